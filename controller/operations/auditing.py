"""The audit: who did what to what, for those who may read it in their branches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.domain.tree import within
from controller.domain.values import AreaId, ZoneId
from controller.operations.acting import Act, query
from controller.operations.rights import Right
from controller.storage.tables import (
    AssetEntryRow,
    AuditRow,
    GrantRow,
    NodeRow,
    PersonRow,
    ProgrammeRow,
    TokenRow,
    VersionRow,
    ZoneRow,
)

MOST_ENTRIES = 100
"""How much one answer lists."""


@dataclass(frozen=True, slots=True)
class AuditWish:
    """Which entries: from `begin` up to `end`, of a person, of one kind of act, older than the entry `before`."""

    begin: datetime | None = None
    end: datetime | None = None
    person: str | None = None
    act: str | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class AuditView:
    """An entry, the name of what it was done to ("" where that has none), and the name of the area."""

    row: AuditRow
    subject: str
    area: str


@query(Right.AUDIT)
def audit(act: Act, wish: AuditWish = AuditWish()) -> tuple[AuditView, ...]:
    """The newest entries of the person's branches.

    What names no area (a sign-in, one's own password) belongs to every branch in which its person has or had a role.
    """
    rows = act.session.scalars(_wanted(act, wish).order_by(AuditRow.id.desc()).limit(MOST_ENTRIES)).all()
    names = _names(act, rows)
    return tuple(AuditView(row, names.get((row.object_kind, row.object_id), ""), _area(act, row)) for row in rows)


@query(Right.AUDIT)
def persons(act: Act) -> tuple[tuple[str, str], ...]:
    """Who did something in the person's branches: ids with names, by name."""
    wanted = _wanted(act, AuditWish()).with_only_columns(AuditRow.person_id).distinct()
    rows = act.session.scalars(select(PersonRow).where(PersonRow.id.in_(wanted)))
    return tuple(sorted(((row.id, row.name) for row in rows), key=lambda pair: pair[1]))


def _wanted(act: Act, wish: AuditWish) -> Select[Any]:
    wanted = select(AuditRow).where(*_mine(act))
    if wish.begin is not None:
        wanted = wanted.where(AuditRow.at >= wish.begin)
    if wish.end is not None:
        wanted = wanted.where(AuditRow.at < wish.end)
    if wish.person is not None:
        wanted = wanted.where(AuditRow.person_id == wish.person)
    if wish.act is not None:
        wanted = wanted.where(AuditRow.act == wish.act)
    if wish.before is not None:
        wanted = wanted.where(AuditRow.id < wish.before)
    return wanted


def _mine(act: Act) -> list[ColumnElement[bool]]:
    tops = act.permit_somewhere()
    if {area.id for area in act.tree.areas.values() if area.parent is None} <= set(tops):
        return []
    areas = sorted(area for area in act.tree.areas if any(within(act.tree, area, top) for top in tops))
    staff = select(GrantRow.person_id).where(GrantRow.area_id.in_(areas))
    return [AuditRow.area_id.in_(areas) | (AuditRow.area_id.is_(None) & AuditRow.person_id.in_(staff))]


def _area(act: Act, row: AuditRow) -> str:
    area = act.tree.areas.get(AreaId(row.area_id)) if row.area_id else None
    return area.name if area else ""


def _names(act: Act, rows: Iterable[AuditRow]) -> Mapping[tuple[str, str], str]:
    """What the objects of entries are called now."""
    asked: dict[str, set[str]] = {}
    for row in rows:
        asked.setdefault(row.object_kind, set()).add(row.object_id)
    found: dict[tuple[str, str], str] = {("area", area.id): area.name for area in act.tree.areas.values()}
    for kind, ids in asked.items():
        if kind in _NAMED:
            found |= {(kind, id_): name for id_, name in _named(act.session, kind, ids)}
    for airing in asked.get("occurrence", ()):
        titles = dict(_named(act.session, "broadcast", {airing.rpartition("-")[0]}))
        found["occurrence", airing] = next(iter(titles.values()), "")
    for joined in asked.get("zone", ()):
        found["zone", joined] = ", ".join(_zone(act, each) for each in joined.split(",") if each)
    return found


def _named(session: Session, kind: str, ids: set[str]) -> Iterable[tuple[str, str]]:
    key, name = _NAMED[kind]
    return [(str(id_), str(said)) for id_, said in session.execute(select(key, name).where(key.in_(sorted(ids))))]


def _zone(act: Act, id_: str) -> str:
    known = act.tree.zones.get(ZoneId(id_))
    row = None if known else act.session.get(ZoneRow, id_)
    return known.name if known else (row.name or "" if row else "")


_NAMED: Mapping[str, tuple[InstrumentedAttribute[str], InstrumentedAttribute[str]]] = {
    "person": (PersonRow.id, PersonRow.name),
    "node": (NodeRow.id, NodeRow.name),
    "programme": (ProgrammeRow.id, ProgrammeRow.name),
    "asset": (AssetEntryRow.sha256, AssetEntryRow.title),
    "token": (TokenRow.id, TokenRow.name),
    "broadcast": (VersionRow.broadcast_id, VersionRow.title),
}
