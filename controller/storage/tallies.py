"""What is owed in a span, as far as a summary needs it: a week of sixty nodes is some thousand rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, not_, or_, select
from sqlalchemy.orm import Session

from controller.domain.values import AreaId, BroadcastId, Lane, NodeId, OccurrenceId
from controller.domain.verdicts import LEVEL_DBFS, PLAYED_SHARE, GoneCause, Kind
from controller.domain.week import Ledger, Tally
from controller.storage import results
from controller.storage.tables import OwedRow, ProofRow
from playlists.models import Kind as ProgrammeKind
from playlists.models import Millis, Priority


def ledgers(session: Session, begin: Millis, end: Millis, now: Millis) -> tuple[Ledger, ...]:
    """The airings owed that start from `begin` up to `end`, in order of their start, with the verdict at `now`."""
    span = and_(OwedRow.starts_at_ms >= begin, OwedRow.starts_at_ms < end)
    judged = _judged(session, span, now)
    plain = case((OwedRow.starts_at_ms <= now, _plainly_played()), else_=None)
    found: dict[str, dict[str, _Row]] = {}
    for row in map(_Row._make, session.execute(select(*_PER_NODE, plain, *_PER_AIRING).where(span))):
        of = found.setdefault(row.occurrence_id, {})
        before = of.get(row.node_id)
        if before is None or _place(row) > _place(before):
            of[row.node_id] = row
    doubtful = {occurrence for _, occurrence in judged}
    made = (
        _ledger(tuple(of.values()), judged) if occurrence in doubtful else _as_written(tuple(of.values()))
        for occurrence, of in found.items()
    )
    return tuple(sorted(made, key=lambda each: (each.starts_at, each.occurrence)))


_PER_NODE = (
    OwedRow.node_id,
    OwedRow.occurrence_id,
    OwedRow.version,
    OwedRow.gone_cause,
    OwedRow.epoch,
    OwedRow.sequence,
    cast(OwedRow.hamlets, Text),
    OwedRow.verdict["kind"].as_string(),
)
_PER_AIRING = (
    OwedRow.broadcast_id,
    OwedRow.nominal_ms,
    OwedRow.starts_at_ms,
    OwedRow.due_ms,
    OwedRow.lane,
    OwedRow.area_id,
    OwedRow.title,
    OwedRow.programme,
    OwedRow.programme_kind,
    OwedRow.priority,
)


class _Row(NamedTuple):
    """What is selected, in its order; a plain tuple, so that rows are quickly found to be the same."""

    node_id: str
    occurrence_id: str
    version: int
    gone_cause: str | None
    epoch: int
    sequence: int
    hamlets: str
    settled: str | None
    plain: int | None
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


_Verdicts = Mapping[tuple[str, str], tuple[Kind, bool]]
"""Of each node and occurrence the verdict, and whether a start was told."""


def _plainly_played() -> ColumnElement[int | None]:
    """1 where every closing fact says that what is owed sounded in full, None where there is none.

    That is the verdict *played* without a further look; all else is judged.
    """
    in_full = and_(
        ProofRow.version == OwedRow.version,
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
    found = results.judged(session, results.read_rows(session, OwedRow, *begun), now)
    return {(each.owed.node, each.owed.occurrence): (each.verdict.kind, each.begun) for each in found}


def _place(row: _Row) -> tuple[bool, int]:
    """Of several versions on a node the newest counts, before what was replaced."""
    return row.gone_cause != GoneCause.REPLACED.value, row.version


@lru_cache(maxsize=128)
def _as_written(rows: tuple[_Row, ...]) -> Ledger:
    """An airing of which nothing has to be judged: as its rows say it, whatever the time."""
    return _ledger(rows, {})


def _ledger(rows: tuple[_Row, ...], judged: _Verdicts) -> Ledger:
    row = max(rows, key=lambda each: (each.gone_cause is None, each.version))
    return Ledger(
        OccurrenceId(row.occurrence_id),
        BroadcastId(row.broadcast_id),
        AreaId(row.area_id),
        row.version,
        Millis(row.nominal_ms),
        Millis(row.starts_at_ms),
        max(each.due_ms for each in rows),
        Lane(row.lane),
        row.title,
        row.programme,
        ProgrammeKind(row.programme_kind),
        Priority[row.priority.upper()],
        tuple(sorted((_tally(each, judged) for each in rows), key=_BY_NODE)),
    )


_BY_NODE = itemgetter(0)


def _tally(row: _Row, judged: _Verdicts) -> Tally:
    node, occurrence, version, gone, epoch, sequence, hamlets, settled, plain, *_ = row
    known = judged.get((node, occurrence))
    if known is not None:
        kind, begun = known
    elif plain == 1 and gone is None:
        kind, begun = Kind.PLAYED, True
    elif settled is not None:
        kind, begun = Kind(settled), True
    else:
        kind, begun = (Kind.WITHDRAWN if gone else Kind.PENDING), False
    return Tally(NodeId(node), version, _hamlets(hamlets), (epoch, sequence), gone is not None, begun, kind)


@lru_cache(maxsize=4096)
def _hamlets(text: str) -> tuple[AreaId, ...]:
    return tuple(AreaId(each["id"]) for each in json.loads(text))
