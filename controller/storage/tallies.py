"""What is owed in a span, as far as a summary needs it: a week of sixty nodes is some thousand rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, not_, or_, select
from sqlalchemy.orm import Session

from controller.domain.values import AreaId, BroadcastId, Lane, NodeId, OccurrenceId
from controller.domain.verdicts import LEVEL_DBFS, PLAYED_SHARE, GoneCause, Kind
from controller.domain.week import Ledger, Tally
from controller.storage import results
from controller.storage.plain import read_rows
from controller.storage.tables import OwedRow, ProofRow
from playlists.models import Kind as ProgrammeKind
from playlists.models import Millis, Priority


def ledgers(session: Session, begin: Millis, end: Millis, now: Millis) -> tuple[Ledger, ...]:
    """The airings owed that start from `begin` up to `end`, in order of their start, with the verdict at `now`."""
    span = and_(OwedRow.starts_at_ms >= begin, OwedRow.starts_at_ms < end)
    judged = _judged(session, span, now)
    doubtful = {occurrence for _, occurrence in judged}
    found: dict[str, list[_Group]] = {}
    for group in map(_Group._make, session.execute(_groups(now).where(span))):
        found.setdefault(group.occurrence_id, []).append(group)
    made = (
        _ledger(tuple(groups), judged) if occurrence in doubtful else _as_written(tuple(groups))
        for occurrence, groups in found.items()
    )
    return tuple(sorted(made, key=lambda each: (each.starts_at, each.occurrence)))


class _Group(NamedTuple):
    """What is owed of one version of an airing and went the same way, as `_groups` orders it; `nodes`: a line each.

    A tuple of few texts: a week of sixty nodes is some thousand rows, and groups are quickly found to be the same.
    """

    occurrence_id: str
    version: int
    gone_cause: str | None
    broadcast_id: str
    nominal_ms: int
    starts_at_ms: int
    due_ms: int
    lane: str
    area_id: str
    title: str
    programme: str
    programme_kind: str
    priority: str
    nodes: str


class _Row(NamedTuple):
    """What is owed on one node: a line of a group's `nodes` after the version. `plain`: 1 is plainly played."""

    version: int
    gone_cause: str | None
    node_id: str
    epoch: int
    sequence: int
    plain: str
    settled: str
    hamlets: str


def _groups(now: Millis) -> Select[*tuple[Any, ...]]:
    plain = case((OwedRow.starts_at_ms <= now, _plainly_played()), else_=None)
    said = (
        cast(OwedRow.node_id, Text),
        cast(OwedRow.epoch, Text),
        cast(OwedRow.sequence, Text),
        func.coalesce(cast(plain, Text), ""),
        func.coalesce(OwedRow.verdict["kind"].as_string(), ""),
        cast(OwedRow.hamlets, Text),
    )
    line: ColumnElement[str] = said[0]
    for each in said[1:]:
        line = line.concat("\t").concat(each)
    nodes = func.aggregate_strings(line, "\n")
    return select(*_NAME, *_PER_AIRING, nodes).group_by(*_NAME)


_NAME = (OwedRow.occurrence_id, OwedRow.version, OwedRow.gone_cause)
_PER_AIRING = (
    func.min(OwedRow.broadcast_id),
    func.min(OwedRow.nominal_ms),
    func.min(OwedRow.starts_at_ms),
    func.max(OwedRow.due_ms),
    func.min(OwedRow.lane),
    func.min(OwedRow.area_id),
    func.min(OwedRow.title),
    func.min(OwedRow.programme),
    func.min(OwedRow.programme_kind),
    func.min(OwedRow.priority),
)


_Verdicts = Mapping[tuple[str, str], tuple[Kind, bool]]
"""Of each node and occurrence the verdict, and whether a start was told."""


def _plainly_played() -> ColumnElement[int | None]:
    """1 where every closing fact says that what is owed sounded in full, None where there is none.

    That is the verdict *played* without a further look; all else is judged.
    """
    in_full = and_(
        ProofRow.version == OwedRow.version,
        # A clip that comes twice is told once: then it is judged.
        cast(ProofRow.assets, Text) == cast(OwedRow.hashes, Text),
        ProofRow.sounded_ms > 0,
        ProofRow.sounded_ms >= PLAYED_SHARE * OwedRow.due_ms,
        or_(ProofRow.loudness.is_(None), ProofRow.loudness >= LEVEL_DBFS),
    )
    of_row = and_(ProofRow.node_id == OwedRow.node_id, ProofRow.occurrence_id == OwedRow.occurrence_id)
    return select(func.min(case((in_full, 1), else_=0))).where(of_row).correlate(OwedRow).scalar_subquery()


def _judged(session: Session, span: ColumnElement[bool], now: Millis) -> _Verdicts:
    """What has begun and was neither plainly played nor settled."""
    plain = and_(func.coalesce(_plainly_played(), 0) == 1, OwedRow.gone_cause.is_(None))
    begun = (span, OwedRow.starts_at_ms <= now, OwedRow.settled_at.is_(None), not_(plain))
    found = results.judged(session, read_rows(session, OwedRow, *begun), now)
    return {(each.owed.node, each.owed.occurrence): (each.verdict.kind, each.begun) for each in found}


@lru_cache(maxsize=128)
def _as_written(groups: tuple[_Group, ...]) -> Ledger:
    """An airing of which nothing has to be judged: as its rows say it, whatever the time."""
    return _ledger(groups, {})


def _ledger(groups: tuple[_Group, ...], judged: _Verdicts) -> Ledger:
    group = max(groups, key=lambda each: (each.gone_cause is None, each.version))
    occurrence = OccurrenceId(group.occurrence_id)
    rows: dict[str, _Row] = {}
    for row in sorted((row for each in groups for row in _rows(each)), key=_place):
        rows[row.node_id] = row
    return Ledger(
        occurrence,
        BroadcastId(group.broadcast_id),
        AreaId(group.area_id),
        group.version,
        Millis(group.nominal_ms),
        Millis(group.starts_at_ms),
        max(each.due_ms for each in groups),
        Lane(group.lane),
        group.title,
        group.programme,
        ProgrammeKind(group.programme_kind),
        Priority[group.priority.upper()],
        tuple(_tally(rows[node], judged.get((node, occurrence))) for node in sorted(rows)),
    )


def _rows(group: _Group) -> Iterator[_Row]:
    for line in group.nodes.split("\n"):
        node, epoch, sequence, *rest = line.split("\t", 5)
        yield _Row(group.version, group.gone_cause, node, int(epoch), int(sequence), *rest)


def _place(row: _Row) -> tuple[bool, int]:
    """Of several versions on a node the newest counts, before what was replaced."""
    return row.gone_cause != GoneCause.REPLACED.value, row.version


def _tally(row: _Row, known: tuple[Kind, bool] | None) -> Tally:
    gone = row.gone_cause is not None
    if known is not None:
        kind, begun = known
    elif row.plain == "1" and not gone:
        kind, begun = Kind.PLAYED, True
    elif row.settled:
        kind, begun = Kind(row.settled), True
    else:
        kind, begun = (Kind.WITHDRAWN if gone else Kind.PENDING), False
    document = (row.epoch, row.sequence)
    return Tally(NodeId(row.node_id), row.version, _hamlets(row.hamlets), document, gone, begun, kind)


@lru_cache(maxsize=4096)
def _hamlets(text: str) -> tuple[AreaId, ...]:
    return tuple(AreaId(each["id"]) for each in json.loads(text))
