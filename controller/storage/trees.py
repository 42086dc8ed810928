"""The tree of the commune as it stands on a day, put together anew only where its rows changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, Connection, Select, Text, cast, select
from sqlalchemy.orm import Session

from controller.domain.values import Area, AreaId, NodeId, Tree, ZoneId
from controller.storage.mapping import area_value, node_value, zone_value
from controller.storage.tables import AreaPeriodRow, AreaRow, Base, NodeRow, ServesRow, ZoneHamletRow, ZoneRow
from controller.storage.writing import table

R = TypeVar("R", bound=Base)
Raw = tuple[tuple[Any, ...], ...]

_TABLES: tuple[type[Base], ...] = (AreaRow, AreaPeriodRow, NodeRow, ServesRow, ZoneRow, ZoneHamletRow)
_KEPT = "loa_tree"
_KNOWN = 4
"""How many trees are kept: the day's, and a few more where several databases are open."""


def tree_at(session: Session, now: datetime) -> Tree:
    """The areas, nodes and zones as they stand on the root's local day; empty before the first area is made.

    The same object as long as nothing changed: whoever gets it leaves it as it is.
    """
    session.flush()
    raw = _raw(session.connection())
    return _built(raw, now.astimezone(ZoneInfo(_root_zone(raw))).date())


def _raw(connection: Connection) -> tuple[Raw, ...]:
    """The rows; those of the last view through this connection where nobody has written since."""
    mark = _mark(connection)
    before: tuple[object, tuple[Raw, ...]] | None = connection.info.get(_KEPT)
    if mark is not None and before is not None and before[0] == mark:
        return before[1]
    raw = tuple(tuple(map(tuple, connection.execute(statement))) for statement in _STATEMENTS)
    if mark is not None:
        connection.info[_KEPT] = (mark, raw)
    return raw


def _mark(connection: Connection) -> object | None:
    """What changes with every commit of others and with every change of our own; None where that cannot be told.

    Not asked while we write: what is then rolled back would be taken for true.
    """
    if connection.dialect.name != "sqlite" or not connection.get_execution_options().get("loa_reads"):
        return None
    driver: Any = connection.connection.dbapi_connection
    return driver.execute("PRAGMA data_version").fetchone()[0], driver.total_changes


def _selected(row: type[Base]) -> Select[Any]:
    """JSON comes as text: it can be compared, and is read only where it is new."""
    columns = table(row).columns
    chosen = select(*(cast(each, Text) if isinstance(each.type, JSON) else each for each in columns))
    return chosen.order_by(*table(row).primary_key)


_STATEMENTS = tuple(map(_selected, _TABLES))


def _rows(row: type[R], raw: Iterable[tuple[Any, ...]]) -> list[R]:
    columns = table(row).columns
    named = (zip(columns, each, strict=True) for each in raw)
    return [row(**{column.name: _value(column.type, value) for column, value in each}) for each in named]


def _value(kind: object, value: Any) -> Any:
    return json.loads(value) if isinstance(kind, JSON) and value is not None else value


def _root_zone(raw: tuple[Raw, ...]) -> str:
    names = [column.name for column in table(AreaRow).columns]
    id_, zone = names.index("id"), names.index("time_zone")
    zones = {each[id_]: each[zone] for each in raw[0]}
    parent, area = (_PERIOD.index(name) for name in ("parent_id", "area_id"))
    return next((zones[each[area]] for each in raw[1] if each[parent] is None and zones.get(each[area])), "UTC")


_PERIOD = [column.name for column in table(AreaPeriodRow).columns]


@lru_cache(maxsize=_KNOWN)
def _built(raw: tuple[Raw, ...], day: date) -> Tree:
    areas = {row.id: row for row in _rows(AreaRow, raw[0]) if row.removed_at is None}
    periods = [each for each in _rows(AreaPeriodRow, raw[1]) if each.area_id in areas and _on(each, day)]
    known = {AreaId(each.area_id): area_value(areas[each.area_id], each) for each in periods}
    serves = _grouped(_rows(ServesRow, raw[3]), lambda row: row.node_id)
    nodes = [row for row in _rows(NodeRow, raw[2]) if row.removed_at is None]
    hamlets = _grouped(_rows(ZoneHamletRow, raw[5]), lambda row: row.zone_id)
    zones = [row for row in _rows(ZoneRow, raw[4]) if row.removed_at is None]
    return Tree(
        known,
        {NodeId(row.id): node_value(row, serves[row.id]) for row in nodes},
        {ZoneId(row.id): zone_value(row, _zone_name(row, known), hamlets[row.id]) for row in zones},
    )


def _on(period: AreaPeriodRow, day: date) -> bool:
    return period.from_day <= day and (period.to_day is None or day < period.to_day)


def _zone_name(row: ZoneRow, areas: Mapping[AreaId, Area]) -> str:
    area = areas.get(AreaId(row.area_id)) if row.area_id else None
    return row.name or (area.name if area else row.id)


def _grouped(rows: Iterable[R], key: Callable[[R], str]) -> Mapping[str, list[R]]:
    found: defaultdict[str, list[R]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
