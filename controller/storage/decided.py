"""Broadcasts with their versions: every plan and most pages ask for them, and seldom does one change.

So the questions are put together once, rows come as plain tuples, and what the same rows said before is the same value.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select, union
from sqlalchemy.orm import Session, aliased

from controller.domain.values import Broadcast, BroadcastId, Version, VersionState
from controller.storage.mapping import broadcast_value, version_value
from controller.storage.plain import columns_of
from controller.storage.tables import BroadcastRow, ProgrammeRow, VersionRow

_ZONES = timedelta(days=2)
"""How far the same moment may lie apart in the local days of two zones."""
_UNFINISHED = tuple(state.value for state in VersionState if state is not VersionState.APPROVED)


def broadcasts(
    session: Session, ids: Iterable[BroadcastId] | None = None, since: date | None = None
) -> tuple[Broadcast, ...]:
    """Broadcasts with all their versions, by id: all of them, or those named.

    `since`: only those that can still air on or after a day, and those whose newest version is unfinished; what was
    withdrawn before it is neither.
    """
    of_broadcasts, of_versions = _asked(ids is not None, since is not None)
    given: dict[str, Any] = {} if ids is None else {"ids": list(ids)}
    if since is not None:
        day = max(since, date.min + _ZONES) - _ZONES
        given |= {"day": day, "moment": datetime.combine(day, time.min, tzinfo=UTC)}
    versions: defaultdict[str, list[VersionRow]] = defaultdict(list)
    for row in session.execute(of_versions, given):
        versions[row.broadcast_id].append(row)  # type: ignore[arg-type] # columns only, named like the class's
    programmes = {row.id: row for row in session.execute(_PROGRAMMES)}
    return tuple(
        _broadcast(row, programmes[row.programme_id], tuple(versions[row.id]))
        for row in session.execute(of_broadcasts, given)
    )


def broadcast(session: Session, name: BroadcastId) -> Broadcast | None:
    """One broadcast, or None."""
    return next(iter(broadcasts(session, [name])), None)


@lru_cache(maxsize=2048)
def _broadcast(row: BroadcastRow, programme: ProgrammeRow, versions: tuple[VersionRow, ...]) -> Broadcast:
    return broadcast_value(row, programme, map(_version, versions))


@lru_cache(maxsize=4096)
def _version(row: VersionRow) -> Version:
    return version_value(row)


@cache
def _asked(named: bool, since: bool) -> tuple[Select[Any], Select[Any]]:
    """The question for broadcasts and the one for their versions."""
    chosen: list[ColumnElement[bool]] = []
    if named:
        chosen.append(BroadcastRow.id.in_(bindparam("ids", expanding=True)))
    if since:
        chosen += [_alive(), BroadcastRow.id.in_(union(_airing(), _unfinished()))]
    of_versions = select(*columns_of(VersionRow))
    if chosen:
        of_versions = of_versions.where(VersionRow.broadcast_id.in_(select(BroadcastRow.id).where(*chosen)))
    return select(*columns_of(BroadcastRow)).where(*chosen).order_by(BroadcastRow.id), of_versions


_PROGRAMMES = select(*columns_of(ProgrammeRow))


def _alive() -> ColumnElement[bool]:
    return or_(BroadcastRow.withdrawn_at.is_(None), BroadcastRow.withdrawn_at >= bindparam("moment"))


def _airing() -> Select[str]:
    return select(VersionRow.broadcast_id).where(
        or_(VersionRow.until_day.is_(None), VersionRow.until_day >= bindparam("day"))
    )


def _unfinished() -> Select[str]:
    newer = aliased(VersionRow)
    replaced = exists().where(newer.broadcast_id == VersionRow.broadcast_id, newer.number > VersionRow.number)
    return select(VersionRow.broadcast_id).where(VersionRow.state.in_(_UNFINISHED), ~replaced)
