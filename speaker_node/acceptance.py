"""Which document is taken: pure, and the same answer for the same bytes and the same book.

In this order: size; key; signature; types; what the key may give; audience; number. What is taken is then stored, and
acts only when it is on the disk. A topic only bounds the size; it gives nobody a right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from playlists import wire
from playlists.book import MessageBook
from playlists.models import (
    Acknowledgement,
    AlertSheet,
    Document,
    Key,
    KeySet,
    Occurrence,
    Plan,
    Priority,
    Request,
    Right,
    SheetEntry,
    Welcome,
)
from playlists.reports import Held, Refusal
from playlists.rules import PAUSE_MS, agree, mute_end
from playlists.values import ALARM_KINDS
from playlists.wire import WireError
from speaker_node.values import Documents, StoredDocument

Slot = tuple[str, str, str]
"""Kind, `to` and issuer: what numbers count within."""

_SHEET_RIGHTS = frozenset({Right.ROUTINE_SHEET, Right.EMERGENCY_SHEET})
STAYS_MS = 12 * 3_600_000
"""How long past its end an entry keeps a zone obeyed that the plan has dropped."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A numbered document that the node holds: as stored, what it says, and the key that signed it."""

    stored: StoredDocument
    document: Plan | AlertSheet | KeySet
    key: Key

    @property
    def slot(self) -> Slot:
        held = self.stored.held
        return held.kind, held.to, held.issuer


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that is not taken, and why."""

    document: str
    reason: Refusal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same bytes as held, or a word that was heard before: nothing follows."""


Verdict = Holding | Welcome | Acknowledgement | Request | Repeat | Refused


@dataclass(frozen=True, slots=True)
class Book:
    """What a node judges by. `follows`: the (zone, issuer) pairs that it obeys; `asked`: nonces of this connection's
    births without an answer, `welcomed`: those with one; `digest_at`: digest of its own event at a stream's number;
    `messages`: the message books that were read."""

    node: str
    site: str
    root: Key
    holdings: Mapping[Slot, Holding] = field(default_factory=dict)
    follows: frozenset[tuple[str, str]] = frozenset()
    asked: frozenset[str] = frozenset()
    welcomed: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    digest_at: Callable[[str, int], str | None] = lambda _stream, _number: None
    messages: tuple[MessageBook, ...] = ()

    @property
    def keys(self) -> Mapping[str, Key]:
        """The keys that may sign, by key id: root's own cannot be given away by a key set."""
        sets = (h.document for h in self.holdings.values() if isinstance(h.document, KeySet))
        return {key.kid: key for keys in sets for key in keys.keys} | {self.root.kid: self.root}

    def documents(self, begun: Collection[str] = ()) -> Documents:
        """What the playout asks: the newest plan and every sheet, without withdrawals that its key may not give.

        In a zone that the plan has dropped a sheet counts only for what the node has `begun`, and what answers that.
        """
        held = self.holdings.values()
        plans = (h.document for h in held if isinstance(h.document, Plan))
        plan = max(plans, key=lambda p: (p.number.epoch, p.number.sequence), default=None)
        sheets = {(h.document.to, h.document.issuer): (h.document, h.key)
                  for h in held if isinstance(h.document, AlertSheet)}  # fmt: skip
        known = Documents(plan, {place: sheet for place, (sheet, _) in sheets.items()}).occurrences
        obeyed = _planned(plan)
        return Documents(plan, {
            place: _within_right(sheet if place in obeyed else _only_begun(sheet, begun), key, known)
            for place, (sheet, key) in sheets.items()
        }, self.messages)  # fmt: skip

    def with_holding(self, holding: Holding) -> Book:
        """The book once this document is stored; a key set takes with it what its keys no longer sign."""
        book = replace(self, holdings={**self.holdings, holding.slot: holding})
        if isinstance(holding.document, KeySet):
            return replace(book, holdings=reopen((h.stored for h in book.holdings.values()), book))
        return book


def judge(data: bytes, limit: int, book: Book, wall: int) -> Verdict:
    """The verdict on bytes as they came, at most `limit` of them, at a wall time (ms UTC)."""
    try:
        envelope = wire.read_envelope(data, limit)
        key = book.keys.get(envelope.kid)
        if key is None:
            return Refused("", Refusal.UNKNOWN_KEY, envelope.kid[:64])
        opened = wire.verify(envelope, wire.public_key(key.kid, key.x))
        document = wire.decode_document(opened.payload)
    except WireError as error:
        return Refused(error.document, error.reason, error.detail)
    except ValueError as error:
        return Refused("", Refusal.UNKNOWN_KEY, str(error))
    return _judge_document(document, key, data, book, wall)


def reopen(stored: Iterable[StoredDocument], book: Book) -> Mapping[Slot, Holding]:
    """What of the stored documents still holds, judged anew from the key set down."""
    kept: dict[Slot, Holding] = {}
    for document in sorted(stored, key=lambda d: (d.held.kind != "keys", d.held.kind)):
        alone = replace(book, holdings=kept, follows=frozenset({(document.held.to, document.held.issuer)}))
        verdict = judge(document.data, wire.PLAN_LIMIT, alone, 0)
        if isinstance(verdict, Holding):
            kept[verdict.slot] = verdict
    return kept


def clamps(sheet: AlertSheet, documents: Documents) -> tuple[Refused, ...]:
    """What of a sheet that was taken is not obeyed as it stands, because no honest sheet says it."""
    return tuple(Refused(sheet.kind, Refusal.CLAMPED, words[:160]) for words in _clamps(sheet, documents))


def _clamps(sheet: AlertSheet, documents: Documents) -> Iterator[str]:
    if mute_end(sheet) < sheet.mute_until:
        yield f"{sheet.source}: the mute ends 24 h after its signing"
    for entry in sheet.occurrences:
        held = documents.occurrences.get(entry.id)
        if held is None or held.source != sheet.source:
            continue
        if held.ends_at < entry.ends_at:
            yield f"{entry.id}: it ends 12 h after its start"
        if held.every > entry.every:
            yield f"{entry.id}: its passes would overlap, each begins {PAUSE_MS} ms after the one before"


def follows(holdings: Iterable[Holding], wall: int) -> frozenset[tuple[str, str]]:
    """The (zone, issuer) pairs to obey: the plan's, and those of a sheet whose entries are not long over."""
    pairs: set[tuple[str, str]] = set()
    for document in (holding.document for holding in holdings):
        if isinstance(document, Plan):
            pairs |= _planned(document)
        elif isinstance(document, AlertSheet) and any(e.ends_at + STAYS_MS > wall for e in document.occurrences):
            pairs.add((document.to, document.issuer))
    return frozenset(pairs)


def _planned(plan: Plan | None) -> frozenset[tuple[str, str]]:
    return frozenset((zone, issuer.id) for issuer in plan.issuers for zone in issuer.zones) if plan else frozenset()


def _only_begun(sheet: AlertSheet, begun: Collection[str]) -> AlertSheet:
    def counts(entry: SheetEntry) -> bool:
        return entry.id in begun or any(id_ in begun for id_ in entry.answers)

    return sheet.model_copy(update={"occurrences": tuple(filter(counts, sheet.occurrences)), "mute_until": 0})


def _judge_document(document: Document, key: Key, data: bytes, book: Book, wall: int) -> Verdict:
    refusal = _right(document, key, book) or _audience(document, book)
    if refusal is not None:
        return refusal
    if isinstance(document, Welcome):
        return document if document.nonce in book.asked else Refused("welcome", Refusal.BAD_NONCE)
    if isinstance(document, Acknowledgement):
        return _acknowledgement(document, book)
    if isinstance(document, Request):
        return _request(document, book, wall)
    return _numbered(document, key, data, book)


def _right(document: Document, key: Key, book: Book) -> Refused | None:
    """What this key may give. Root gives key sets and nothing else; nobody else gives them."""
    if isinstance(document, KeySet) or key == book.root:
        allowed = isinstance(document, KeySet) and key == book.root
    elif isinstance(document, AlertSheet):
        return _sheet_right(document, key)
    else:
        allowed = (Right.PLAN if isinstance(document, Plan) else Right.MESSAGE) in key.rights
    return None if allowed else Refused(document.kind, Refusal.NOT_PERMITTED, f"key {key.kid}")


def _sheet_right(sheet: AlertSheet, key: Key) -> Refused | None:
    if key.issuer != sheet.issuer or (key.zones and sheet.to not in key.zones) or not set(key.rights) & _SHEET_RIGHTS:
        return Refused(sheet.kind, Refusal.NOT_PERMITTED, f"key {key.kid} for {sheet.source}"[:160])
    if sheet.mute_until and Right.ROUTINE_SHEET not in key.rights:
        return Refused(sheet.kind, Refusal.NOT_PERMITTED, f"key {key.kid} for a mute"[:160])
    for entry in sheet.occurrences:
        if not agree(entry.kind, entry.priority):
            said = f"entry {entry.id}: {entry.kind} of priority {entry.priority}"
            return Refused(sheet.kind, Refusal.NOT_PERMITTED, said[:160])
        if _needed(entry) not in key.rights:
            return Refused(sheet.kind, Refusal.NOT_PERMITTED, f"key {key.kid} for entry {entry.id}"[:160])
    return None


def _needed(entry: SheetEntry) -> Right:
    alarm = entry.kind in ALARM_KINDS or entry.priority is Priority.EMERGENCY
    return Right.EMERGENCY_SHEET if alarm else Right.ROUTINE_SHEET


def _within_right(sheet: AlertSheet, key: Key, known: Mapping[str, Occurrence]) -> AlertSheet:
    """Without the withdrawals of what this key could not have ordered either."""

    def may(id_: str) -> bool:
        occurrence = known.get(id_)
        return occurrence is None or (
            Right.EMERGENCY_SHEET if occurrence.emergency else Right.ROUTINE_SHEET
        ) in key.rights  # fmt: skip

    return sheet.model_copy(update={"withdrawn": tuple(filter(may, sheet.withdrawn))})


def _audience(document: Document, book: Book) -> Refused | None:
    if isinstance(document, AlertSheet):
        mine = (document.to, document.issuer) in book.follows
    else:
        mine = document.to == (book.site if isinstance(document, KeySet) else book.node)
    return None if mine else Refused(document.kind, Refusal.NOT_MINE, document.to)


def _acknowledgement(document: Acknowledgement, book: Book) -> Verdict:
    own = book.digest_at(document.stream, document.number)
    if own is None:
        return Repeat()
    return document if own == document.digest else Refused("ack", Refusal.CONFLICT, f"event {document.number}")


def _request(document: Request, book: Book, wall: int) -> Verdict:
    if document.nonce not in book.welcomed:
        return Refused("request", Refusal.BAD_NONCE, document.id)
    if document.id in book.taken:
        return Repeat()
    if document.expires_at <= wall:
        return Refused("request", Refusal.EXPIRED, document.id)
    return document


def _numbered(document: Plan | AlertSheet | KeySet, key: Key, data: bytes, book: Book) -> Verdict:
    limit = wire.SHEET_LIMIT if isinstance(document, AlertSheet) else wire.PLAN_LIMIT
    if len(data) > limit:
        return Refused(document.kind, Refusal.TOO_BIG, f"{len(data)} bytes, at most {limit}")
    held = Held(kind=document.kind, to=document.to, issuer=_issuer(document, key), number=document.number,
                digest=wire.digest(data))  # fmt: skip
    holding = Holding(StoredDocument(held, data), document, key)
    before = book.holdings.get(holding.slot)
    if before is None or before.document.number < document.number:
        return holding
    if before.document.number != document.number:
        return Refused(document.kind, Refusal.OLDER, f"{document.number.epoch}/{document.number.sequence}")
    same = before.stored.held.digest == held.digest
    return Repeat() if same else Refused(document.kind, Refusal.CONFLICT, held.digest)


def _issuer(document: Plan | AlertSheet | KeySet, key: Key) -> str:
    return document.issuer if isinstance(document, AlertSheet) else key.issuer
