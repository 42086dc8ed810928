"""What is owed in a span, as far as a summary needs it: a week of sixty nodes is some thousand rows."""

import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

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
    rows = session.execute(select(*_COLUMNS, plain.label("plain")).where(span)).all()
    current = {(row.node_id, row.occurrence_id): row for row in sorted(rows, key=_newest_last)}
    ordered = sorted(current.values(), key=lambda row: (row.starts_at_ms, row.occurrence_id, row.node_id))
    return tuple(_ledger(list(group), judged) for _, group in groupby(ordered, key=lambda row: row.occurrence_id))


_COLUMNS = (
    OwedRow.node_id,
    OwedRow.occurrence_id,
    OwedRow.version,
    OwedRow.broadcast_id,
    OwedRow.nominal_ms,
    OwedRow.starts_at_ms,
    OwedRow.due_ms,
    OwedRow.lane,
    OwedRow.epoch,
    OwedRow.sequence,
    OwedRow.gone_cause,
    OwedRow.area_id,
    OwedRow.title,
    OwedRow.programme,
    OwedRow.programme_kind,
    OwedRow.priority,
    cast(OwedRow.hamlets, Text).label("hamlets"),
    OwedRow.verdict["kind"].as_string().label("settled"),
)

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


def _newest_last(row: Any) -> tuple[bool, int]:
    return row.gone_cause != GoneCause.REPLACED.value, row.version


def _ledger(rows: list[Any], judged: _Verdicts) -> Ledger:
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
        tuple(_tally(each, judged) for each in rows),
    )


def _tally(row: Any, judged: _Verdicts) -> Tally:
    kind, begun = _verdict(row, judged)
    gone = row.gone_cause is not None
    return Tally(NodeId(row.node_id), row.version, _hamlets(row.hamlets), (row.epoch, row.sequence), gone, begun, kind)


def _verdict(row: Any, judged: _Verdicts) -> tuple[Kind, bool]:
    known = judged.get((row.node_id, row.occurrence_id))
    if known is not None:
        return known
    if row.plain == 1 and row.gone_cause is None:
        return Kind.PLAYED, True
    if row.settled is not None:
        return Kind(row.settled), True
    return (Kind.WITHDRAWN if row.gone_cause else Kind.PENDING), False


@lru_cache(maxsize=4096)
def _hamlets(text: str) -> tuple[AreaId, ...]:
    return tuple(AreaId(each["id"]) for each in json.loads(text))
