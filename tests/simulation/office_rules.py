"""What must hold of the office whatever befell it: each rule says what is wrong, in words, or nothing.

* Every act that was answered stands in the audit, once and in order (also after a kill); nothing else does.
* What was acknowledged to a node is held, byte for byte.
* A number under which a document went out is never used for another.
* Plans and sheets say what the book says, after each look.
* What is owed does not change once it has begun, but for what became of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, func, select

from controller.signer import Signer
from controller.storage.engine import reading
from controller.storage.plain import read_rows
from controller.storage.tables import AuditRow, EventRow, OwedRow, SiteRow, StreamRow
from playlists import wire
from playlists.models import Acknowledgement, AlertSheet, Plan, Value
from tests.simulation.book import Book
from tests.simulation.sounds import COMMUNE
from tests.simulation.types import Decided

MOST_TAKEN_BACK = 32
DAY = 86_400_000
_AFTERWARDS = ("epoch", "sequence", "gone_epoch", "gone_sequence", "gone_at", "gone_cause", "verdict", "settled_at")
"""Columns of an owed row that say what became of it."""

Numbered = tuple[str, str, str, int, int]


class Witness:
    """Remembers what the office signed, sent and acknowledged. `wrongs`: what no later look could find again."""

    def __init__(self) -> None:
        self.wrongs: list[str] = []
        self.plans: dict[str, Plan] = {}
        self.sheets: dict[tuple[str, str], AlertSheet] = {}
        self.planned: set[tuple[str, str]] = set()
        self.acknowledged: dict[tuple[str, str], tuple[int, str]] = {}
        self._values: dict[bytes, Value] = {}
        self._sent: dict[Numbered, str] = {}
        self._begun: dict[tuple[str, str, int], tuple[Any, ...]] = {}

    def signed(self, value: Value, signed: bytes) -> None:
        """These bytes were made of this."""
        if isinstance(value, Acknowledgement):
            known = self.acknowledged.get((value.to, value.stream), (0, ""))
            self.acknowledged[value.to, value.stream] = max(known, (value.number, value.digest))
        elif isinstance(value, Plan | AlertSheet):
            self._values[signed] = value

    def stands(self, signed: bytes) -> None:
        """This is the newest document of its name, by what is committed."""
        value = self._values.get(signed)
        if isinstance(value, Plan):
            if self.plans.get(value.to) is not value:
                self.plans[value.to] = value
                self.planned |= {(value.to, each.id) for each in value.occurrences()}
        elif isinstance(value, AlertSheet):
            self.sheets[value.to, value.issuer] = value

    def sent(self, signed: bytes) -> None:
        """This goes out."""
        value = self._values.get(signed)
        if not isinstance(value, Plan | AlertSheet):
            return
        issuer = value.issuer if isinstance(value, AlertSheet) else ""
        name = (value.kind, value.to, issuer, value.number.epoch, value.number.sequence)
        digest = wire.digest(signed)
        if self._sent.setdefault(name, digest) != digest:
            self.wrongs.append(f"the number of {name} was used twice")

    def restored(self) -> None:
        """An old backup: what it forgot was never acknowledged by this database."""
        self.acknowledged.clear()
        self._begun.clear()
        self.plans.clear()
        self.sheets.clear()

    def frozen(self, engine: Engine, now: int) -> Iterator[str]:
        """What began and is not as it was when it was first seen after its start."""
        with reading(engine) as session:
            rows = read_rows(session, OwedRow, OwedRow.starts_at_ms <= now)
        for row in rows:
            said = tuple(value for name, value in row._mapping.items() if name not in _AFTERWARDS)  # type: ignore[attr-defined]
            before = self._begun.setdefault((row.node_id, row.occurrence_id, row.version), said)
            if before != said:
                yield f"what {row.node_id} owed of {row.occurrence_id} changed after its start"


class WatchedSigner(Signer):
    """The real signer, seen at work."""

    witness: Witness

    def sign(self, value: Value, issuer: str) -> bytes:
        """As ever, and the witness sees it."""
        signed = super().sign(value, issuer)
        self.witness.signed(value, signed)
        return signed


def audited(engine: Engine, book: Book) -> Iterator[str]:
    """I5 and I10: the audit is what was answered."""
    with reading(engine) as session:
        rows = session.execute(select(AuditRow.act, AuditRow.object_id).order_by(AuditRow.id)).all()
    found = [(str(act), str(name)) for act, name in rows]
    if found != book.acts:
        lost = next((n for n, pair in enumerate(zip(found, book.acts, strict=False)) if pair[0] != pair[1]), None)
        at = min(len(found), len(book.acts)) if lost is None else lost
        yield f"the audit has {found[at : at + 1]} where {book.acts[at : at + 1]} was answered"


def held(engine: Engine, witness: Witness) -> Iterator[str]:
    """I5: what was acknowledged is here, to its last byte and with all that came before."""
    streams = select(StreamRow.node_id, StreamRow.stream, StreamRow.number, StreamRow.gone)
    with reading(engine) as session:
        reached = {(node, stream): (number, gone) for node, stream, number, gone in session.execute(streams)}
        for (node, stream), (number, digest) in sorted(witness.acknowledged.items()):
            upto, gone = reached.get((node, stream), (0, ()))
            ours = (EventRow.node_id == node, EventRow.stream == stream)
            body = session.scalar(select(EventRow.body).where(*ours, EventRow.number == number))
            if body is None or hashlib.sha256(body).hexdigest() != digest or upto < number:
                yield f"{node} was told that event {number} of {stream} is held, and it is not"
            dropped = sum(min(last, number) - first + 1 for first, last in gone if first <= number)
            here = session.scalar(select(func.count()).where(*ours, EventRow.number <= number)) or 0
            if here + dropped < number:
                yield f"{node} was told that all up to event {number} of {stream} is held; {here} are"


def plans_say(engine: Engine, witness: Witness, book: Book, now: int) -> Iterator[str]:
    """Each plan says what is decided of what has not begun; while plans are held back nothing is asked of them."""
    with reading(engine) as session:
        if session.scalar(select(SiteRow.plans_held_at)) is not None:
            return
    for node, plan in sorted(witness.plans.items()):
        wanted = {name: _window(each) for name, each in book.stands.items() if _planned(book, name, each, node, now)}
        found = {o.id: (o.starts_at, o.start_by, o.ends_at) for o in plan.occurrences() if o.starts_at > now}
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name) != found.get(name):
                yield f"the plan of {node} says {found.get(name)} of {name}, decided is {wanted.get(name)}"
        yield from _quiet(plan, book, node, now)


def sheets_say(witness: Witness, book: Book, now: int) -> Iterator[str]:
    """Each mute, each play now and each thing taken back stands in the sheets of its nodes."""
    for name, quiet in sorted(book.quiets.items()):
        if name.startswith("mute ") and quiet.end > now and not _muted(witness, name.split()[1], quiet.end):
            yield f"{name} until {quiet.end} is in no sheet"
    zones = {node.id: {f"z-{area}" for area in (COMMUNE, *node.zones)} for node in book.nodes}
    for name, each in sorted(book.stands.items()):
        if each.ends_at <= now:
            continue
        for node in sorted(each.nodes):
            sheets = [s for (zone, _), s in witness.sheets.items() if zone in zones[node]]
            if not book.owner[name] and each.withdrawn is None and _entries(sheets).get(name) != _window(each):
                yield f"{node} is told to play {name} at {_entries(sheets).get(name)}, not at {_window(each)}"
            if name in book.taken_back and _is_to_be_told(witness, each, name, node) and not _told_back(sheets, name):
                yield f"{node} is not told that {name} is taken back"


def _planned(book: Book, name: str, each: Decided, node: str, now: int) -> bool:
    return bool(book.owner[name]) and each.withdrawn is None and each.starts_at > now and node in each.nodes


def _window(each: Decided) -> tuple[int, int, int]:
    return each.starts_at, each.start_by, each.ends_at


def _quiet(plan: Plan, book: Book, node: str, now: int) -> Iterator[str]:
    for name, quiet in sorted(book.quiets.items()):
        if name.startswith("mute ") or node not in quiet.nodes or quiet.end <= now:
            continue
        for at in (max(quiet.begin, now), quiet.end - 1):
            if not any(s.start <= at < s.end and set(s.kinds) in (set(), set(quiet.kinds)) for s in plan.silences):
                yield f"the plan of {node} does not say the silence {name}"


def _muted(witness: Witness, zone: str, until: int) -> bool:
    return any(sheet.mute_until >= until for (to, _), sheet in witness.sheets.items() if to == zone)


def _entries(sheets: list[AlertSheet]) -> dict[str, tuple[int, int, int]]:
    return {each.id: (each.starts_at, each.start_by, each.ends_at) for sheet in sheets for each in sheet.occurrences}


def _is_to_be_told(witness: Witness, each: Decided, name: str, node: str) -> bool:
    assert each.withdrawn is not None
    return (node, name) in witness.planned and each.starts_at <= each.withdrawn + DAY


def _told_back(sheets: list[AlertSheet], name: str) -> bool:
    return any(name in sheet.withdrawn or len(sheet.withdrawn) >= MOST_TAKEN_BACK for sheet in sheets)


def ledger_says(rows: Mapping[tuple[str, str], str], heard: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """I6: (node, occurrence) → verdict, against the ms that were heard: no verdict of sound without sound."""
    for (node, occurrence), verdict in sorted(rows.items()):
        if verdict in ("played", "heard", "partly") and not heard.get((node, occurrence)):
            yield f"the ledger says that {occurrence} was {verdict} at {node}, where nobody heard it"
