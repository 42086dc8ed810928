"""What was owed, what is known of it, and the verdict: the ledger as pages, the API and reports read it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, defer

from controller.domain.values import AreaId, BroadcastId, Lane, OccurrenceId, Owed, from_ms, to_ms
from controller.domain.verdicts import Gone, GoneCause, History, Proof, Taken, Told, Verdict, judge
from controller.storage.mapping import owed_read, words
from controller.storage.plain import read_rows
from controller.storage.tables import DocumentRow, EventRow, OwedRow, ProofRow, StreamRow
from playlists.models import Millis
from playlists.reports import Accepted, Cause, Event, Evidence

EARLIEST_MS = 60_000
"""How long before its start by the office's clock something may be told of an airing."""
_LANES = {"plan": Lane.PLAN, "sheet": Lane.SHEET}
_SETTLED = TypeAdapter(Verdict)


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What one node owed of an airing, and the verdict. `begun`: it told a start."""

    owed: Owed
    verdict: Verdict
    gone: Gone | None
    begun: bool
    proofs: tuple[ProofRow, ...]


@dataclass(frozen=True, slots=True)
class OccurrenceResult:
    """An airing with its results on all nodes that owe it; moments and lengths in ms."""

    id: OccurrenceId
    broadcast: BroadcastId
    owner: AreaId
    version: int
    title: str
    programme: str
    nominal: Millis
    starts_at: Millis
    ends_at: Millis
    due: int
    nodes: tuple[NodeResult, ...]


def occurrences(
    session: Session, begin: Millis, end: Millis, now: Millis, broadcast: BroadcastId | None = None
) -> tuple[OccurrenceResult, ...]:
    """The airings owed that start from `begin` up to `end`, in order of their start, with the verdict at `now`."""
    wanted = [OwedRow.starts_at_ms >= begin, OwedRow.starts_at_ms < end]
    if broadcast is not None:
        wanted.append(OwedRow.broadcast_id == broadcast)
    return _results(session, read_rows(session, OwedRow, *wanted), now)


def occurrence(session: Session, name: OccurrenceId, now: Millis) -> OccurrenceResult | None:
    """One airing with its results, or None if nobody owes it."""
    return next(iter(_results(session, read_rows(session, OwedRow, OwedRow.occurrence_id == name), now)), None)


def judged(session: Session, rows: Iterable[OwedRow], now: Millis) -> list[NodeResult]:
    """The verdicts at `now` on owed rows; of several versions of an occurrence on a node, on the one that counts."""
    current = _current(rows)
    begun = [row for row in current if row.starts_at_ms <= now + EARLIEST_MS]
    histories = _histories(session, begun, now) if begun else {}
    return [_result(row, histories.get((row.node_id, row.occurrence_id), _NOTHING), now) for row in current]


def _results(session: Session, rows: list[OwedRow], now: Millis) -> tuple[OccurrenceResult, ...]:
    results = judged(session, rows, now)
    results.sort(key=lambda pair: (pair.owed.starts_at, pair.owed.occurrence, pair.owed.node_name, pair.owed.node))
    return tuple(_airing(tuple(group)) for _, group in groupby(results, key=lambda pair: pair.owed.occurrence))


def _current(rows: Iterable[OwedRow]) -> list[OwedRow]:
    """Of each occurrence on each node the version that counts: the newest, before what was replaced."""
    found: dict[tuple[str, str], OwedRow] = {}
    for row in sorted(rows, key=lambda row: (row.gone_cause != GoneCause.REPLACED.value, row.version)):
        found[row.node_id, row.occurrence_id] = row
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Known:
    history: History
    proofs: tuple[ProofRow, ...]
    begun: bool


_NOTHING = _Known(History(), (), False)


def _histories(session: Session, rows: list[OwedRow], now: Millis) -> Mapping[tuple[str, str], _Known]:
    proofs: defaultdict[tuple[str, str], list[ProofRow]] = defaultdict(list)
    told: defaultdict[tuple[str, str | None], list[Told]] = defaultdict(list)
    for proof in read_rows(session, ProofRow, _of(rows, ProofRow)):
        proofs[proof.node_id, proof.occurrence_id].append(proof)
    places = select(EventRow.node_id, EventRow.occurrence_id, EventRow.stream, EventRow.number)
    for node, occurrence, stream, number in session.execute(places.where(_of(rows, EventRow))):
        told[node, occurrence].append(Told(stream, number))
    # Of what has not begun nothing can be disproved yet, of what is settled nothing more.
    judged = (row for row in rows if row.starts_at_ms <= now and row.settled_at is None)
    silent = [row for row in judged if not proofs[row.node_id, row.occurrence_id]]
    taken, gone = _taken(session, silent), _gaps(session, {row.node_id for row in silent})
    return {
        key: _Known(
            History(told=tuple(told[key]), taken=tuple(taken.get(key[0], ())), gone=gone.get(key[0], {})),
            tuple(proofs[key]),
            bool(told[key]),
        )
        for key in {(row.node_id, row.occurrence_id) for row in rows}
    }


def _of(rows: list[OwedRow], facts: type[ProofRow] | type[EventRow]) -> ColumnElement[bool]:
    """The facts of these rows, and some more: of few occurrences on their nodes, of many on all nodes."""
    occurrences, nodes = {row.occurrence_id for row in rows}, {row.node_id for row in rows}
    of_occurrence = facts.occurrence_id.in_(sorted(occurrences))
    return of_occurrence if len(occurrences) > _FEW else and_(of_occurrence, facts.node_id.in_(sorted(nodes)))


_FEW = 100


def _proof(row: ProofRow) -> Proof:
    return Proof(
        row.stream,
        row.number,
        row.version,
        row.sounded_ms,
        row.due_ms,
        None if row.cause is None else Cause(row.cause),
        tuple(map(Evidence, words(row.evidence))),
        words(row.assets),
        row.loudness,
    )


def _gaps(session: Session, nodes: Iterable[str]) -> Mapping[str, Mapping[str, tuple[tuple[int, int], ...]]]:
    found: defaultdict[str, dict[str, tuple[tuple[int, int], ...]]] = defaultdict(dict)
    for row in session.scalars(select(StreamRow).where(StreamRow.node_id.in_(sorted(nodes)))):
        found[row.node_id][row.stream] = tuple((first, last) for first, last in row.gone)
    return found


def _taken(session: Session, silent: list[OwedRow]) -> Mapping[str, list[Taken]]:
    """The documents that nodes took since the earliest airing of which they told nothing.

    Only what is acknowledged: before a later one a fact may still be on its way.
    """
    if not silent:
        return {}
    rows = list(
        session.scalars(
            select(EventRow)
            .join(StreamRow, (StreamRow.node_id == EventRow.node_id) & (StreamRow.stream == EventRow.stream))
            .where(EventRow.number <= StreamRow.number)
            .where(EventRow.kind == "accepted", EventRow.node_id.in_(sorted({row.node_id for row in silent})))
            .where(EventRow.received_at >= from_ms(min(row.starts_at_ms for row in silent)))
        )
    )
    facts = [(row, fact) for row in rows if (fact := _accepted(row.body)) is not None]
    documents = _documents(session, {_name(fact) for _, fact in facts})
    found: defaultdict[str, list[Taken]] = defaultdict(list)
    for row, fact in facts:
        document = documents.get(_name(fact))
        if document is not None:
            found[row.node_id].append(_taken_value(row, fact, document))
    return found


def _accepted(body: bytes) -> Accepted | None:
    try:
        fact = Event.model_validate_json(body).fact
    except ValidationError:
        return None
    return fact if isinstance(fact, Accepted) and fact.document in _LANES else None


_Name = tuple[str, str, str, int, int]


def _name(fact: Accepted) -> _Name:
    return fact.document, fact.to, fact.issuer, fact.number.epoch, fact.number.sequence


def _documents(session: Session, names: Collection[_Name]) -> Mapping[_Name, DocumentRow]:
    if not names:
        return {}
    row, (kinds, to, issuers, epochs, sequences) = DocumentRow, (sorted(set(each)) for each in zip(*names, strict=True))
    # By the index on the name: its last part as a span.
    chosen = select(row).where(row.kind.in_(kinds), row.to.in_(to), row.issuer.in_(issuers), row.epoch.in_(epochs))
    chosen = chosen.where(row.sequence.between(sequences[0], sequences[-1])).options(defer(row.signed_bytes))
    rows = session.scalars(chosen)
    return {(each.kind, each.to, each.issuer, each.epoch, each.sequence): each for each in rows}


def _taken_value(row: EventRow, fact: Accepted, document: DocumentRow) -> Taken:
    return Taken(
        row.stream,
        row.number,
        _LANES[fact.document],
        fact.to,
        fact.issuer,
        fact.number,
        None if document.window_start_ms is None else Millis(document.window_start_ms),
        frozenset(map(OccurrenceId, document.entries or ())),
    )


def _result(row: OwedRow, known: _Known, now: Millis) -> NodeResult:
    if known.proofs:
        return _proved(row, known.proofs, known.begun)
    return _judged(row, known, now)


@lru_cache(maxsize=2048)
def _proved(row: OwedRow, proofs: tuple[ProofRow, ...], begun: bool) -> NodeResult:
    """What is proved rests on these rows alone, whatever the time: rows as `read_rows` gives them are the same in
    all that they say.
    """
    return _judged(row, _Known(History(tuple(map(_proof, proofs))), proofs, begun), row.ends_at_ms)


def _judged(row: OwedRow, known: _Known, now: int) -> NodeResult:
    owed = owed_read(row)
    gone = None
    if row.gone_at is not None and row.gone_cause is not None:
        gone = Gone(to_ms(row.gone_at), GoneCause(row.gone_cause))
    verdict = judge(owed, known.history, Millis(now), gone)
    settled = cast(str | None, row.verdict)
    if settled not in _UNSETTLED and not verdict.final:
        # The facts that it rested on were pruned since.
        verdict = _settled(settled)
    return NodeResult(owed, verdict, gone, known.begun, known.proofs)


_UNSETTLED = (None, "null")


@lru_cache(maxsize=1024)
def _settled(said: str | None) -> Verdict:
    return _SETTLED.validate_json(said or "null")


def _airing(nodes: tuple[NodeResult, ...]) -> OccurrenceResult:
    owed = nodes[0].owed
    return OccurrenceResult(
        owed.occurrence,
        owed.broadcast,
        owed.area,
        owed.version,
        owed.title,
        owed.programme,
        owed.nominal,
        owed.starts_at,
        owed.ends_at,
        max(each.owed.due for each in nodes),
        nodes,
    )
