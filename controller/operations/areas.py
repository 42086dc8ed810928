"""Areas and hand-made zones. Each area has a zone of its own, made and removed with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.checks import zone_named
from controller.domain.problems import Problem
from controller.domain.tree import branch, path, tier, time_zone, zones_of_node
from controller.domain.values import Area, AreaId, Language, ZoneId
from controller.operations.acting import Act, operation
from controller.operations.approvers import APPROVERS
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right, may
from controller.storage import queries
from controller.storage.tables import AreaPeriodRow, AreaRow, ZoneHamletRow, ZoneRow

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

DEEPEST = 20
"""How far below the root an area can lie: documents tell nodes the tier of a broadcast's owner."""
MOST_ZONES = 32
"""How many zones a node can be in."""


@operation(Right.AREAS)
def add_area(
    act: Act,
    parent: AreaId,
    name: str,
    kind: str,
    head_title: str | None = None,
    time_zone: str | None = None,
    languages: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> str:
    """A new area below `parent`, with its zone; gives its id. What is left out is inherited."""
    act.permit(parent, "parent")
    made = Area(
        AreaId(act.office.new_id()),
        parent,
        name,
        kind,
        head_title,
        time_zone,
        tuple(map(Language, languages)),
        settings or {},
    )
    require_area(made)
    _require_depth(tier(act.tree, parent) + 1)
    plant(act.session, made, act.office.new_id(), act.now, _today(act, parent))
    act.record("add_area", "area", made.id, parent, name=name, kind=kind)
    return made.id


@operation(Right.AREAS)
def change_area(act: Act, area: AreaId, name: str | None = None, parent: AreaId | None = None) -> None:
    """A new name or parent from today on; what it was called and where it lay before stays known."""
    act.permit(area)
    today = _today(act, area)
    if name is not None and not name.strip():
        raise Invalid(Problem("name", "empty", "Give it a name."))
    if parent is not None:
        _require_movable(act, area, parent)
    period = act.session.scalars(
        select(AreaPeriodRow).where(AreaPeriodRow.area_id == area, AreaPeriodRow.to_day.is_(None))
    ).one()
    _split(act, period, today, name or period.name, parent or period.parent_id)
    require_room(act)
    act.record("change_area", "area", area, area, name=name, parent=parent)


@operation(Right.AREAS)
def set_area(
    act: Act,
    area: AreaId,
    head_title: str | None = None,
    time_zone: str | None = None,
    languages: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> None:
    """What an area says itself; None and empty are inherited. The root must have a time zone."""
    act.permit(area)
    tongues = tuple(map(Language, languages))
    said = replace(
        act.tree.areas[area], head_title=head_title, time_zone=time_zone, languages=tongues, settings=settings or {}
    )
    require_area(said)
    row = act.session.get_one(AreaRow, area)
    row.head_title, row.time_zone, row.languages = head_title, time_zone, list(languages) or None
    kept = {name: value for name, value in row.settings.items() if name == APPROVERS}
    row.settings = {**kept, **said.settings}
    act.record("set_area", "area", area, area, time_zone=time_zone, languages=list(languages))


@operation(Right.AREAS)
def remove_area(act: Act, area: AreaId) -> None:
    """Takes an empty area, and its zone, out of the tree."""
    act.permit(area)
    if act.tree.areas[area].parent is None or branch(act.tree, area) != {area}:
        raise Conflict(Problem("", "not_empty", "Areas still lie below it."))
    if any(each.hamlet == area for node in act.tree.nodes.values() for each in node.serves):
        raise Conflict(Problem("", "not_empty", "A loudspeaker node still serves it."))
    act.session.get_one(AreaRow, area).removed_at = act.now
    for zone in act.session.scalars(select(ZoneRow).where(ZoneRow.area_id == area)):
        zone.removed_at = act.now
    act.record("remove_area", "area", area, area)


@operation(Right.HAND_MADE_ZONE)
def add_zone(act: Act, owner: AreaId, name: str, hamlets: Sequence[AreaId]) -> str:
    """A zone made by hand of hamlets of the owner's branch; gives its id."""
    act.permit_sound(owner, hamlets, "hamlets")
    _require_zone(act, name, hamlets)
    zone = act.office.new_id()
    act.session.add(ZoneRow(id=zone, name=name.strip(), owner_area_id=owner, created_at=act.now))
    act.session.flush()
    act.session.add_all(ZoneHamletRow(zone_id=zone, hamlet_id=hamlet) for hamlet in sorted(set(hamlets)))
    require_room(act)
    act.record("add_zone", "zone", zone, owner, name=name, hamlets=sorted(set(hamlets)))
    return zone


@operation(Right.HAND_MADE_ZONE)
def change_zone(act: Act, zone: ZoneId, name: str, hamlets: Sequence[AreaId]) -> None:
    """Another name or other hamlets for a hand-made zone; versions keep the hamlets that were written into them."""
    row = _hand_made(act, zone)
    act.permit_sound(AreaId(row.owner_area_id), hamlets, "hamlets")
    _require_zone(act, name, hamlets)
    row.name = name.strip()
    for each in act.session.scalars(select(ZoneHamletRow).where(ZoneHamletRow.zone_id == zone)):
        act.session.delete(each)
    act.session.flush()
    act.session.add_all(ZoneHamletRow(zone_id=zone, hamlet_id=hamlet) for hamlet in sorted(set(hamlets)))
    require_room(act)
    act.record("change_zone", "zone", zone, AreaId(row.owner_area_id), name=name, hamlets=sorted(set(hamlets)))


@operation(Right.HAND_MADE_ZONE)
def remove_zone(act: Act, zone: ZoneId) -> None:
    """Takes a hand-made zone away."""
    row = _hand_made(act, zone)
    act.permit(AreaId(row.owner_area_id))
    row.removed_at = act.now
    act.record("remove_zone", "zone", zone, AreaId(row.owner_area_id))


def plant(session: Session, area: Area, zone: str, now: datetime, today: date) -> None:
    """The rows of a new area: itself, its first period, its zone."""
    session.add(
        AreaRow(
            id=area.id,
            kind=area.kind.strip(),
            head_title=area.head_title,
            time_zone=area.time_zone,
            languages=list(area.languages) or None,
            settings=dict(area.settings),
            created_at=now,
        )
    )
    session.flush()
    session.add(AreaPeriodRow(area_id=area.id, from_day=today, parent_id=area.parent, name=area.name.strip()))
    session.add(ZoneRow(id=zone, area_id=area.id, owner_area_id=area.id, created_at=now))
    session.flush()


def require_area(area: Area) -> None:
    """Raises Invalid with everything that is wrong with an area as it was given."""
    problems = []
    if not area.name.strip():
        problems.append(Problem("name", "empty", "Give it a name."))
    if not area.kind.strip():
        problems.append(Problem("kind", "empty", "Say what kind of area it is."))
    if area.time_zone is not None and zone_named(area.time_zone) is None:
        params = {"name": area.time_zone}
        problems.append(Problem("time_zone", "unknown_time_zone", "There is no time zone named {name}.", params))
    if area.time_zone is None and area.parent is None:
        problems.append(Problem("time_zone", "missing", "The topmost area must have a time zone."))
    problems.extend(
        Problem("languages", "unknown_language", "There is no language named {name}.", {"name": each})
        for each in area.languages
        if not _LANGUAGE.fullmatch(each)
    )
    if problems:
        raise Invalid(*problems)


def _require_movable(act: Act, area: AreaId, parent: AreaId) -> None:
    if not may(act.tree, act.grants, act.right, parent):
        raise not_found("parent")
    if act.tree.areas[area].parent is None or area in {step.id for step in path(act.tree, parent)}:
        raise Conflict(Problem("parent", "circle", "An area cannot lie below itself."))
    lowest = max(tier(act.tree, each) for each in branch(act.tree, area))
    _require_depth(tier(act.tree, parent) + 1 + lowest - tier(act.tree, area))


def _require_depth(lowest: int) -> None:
    if lowest > DEEPEST:
        params = {"most": str(DEEPEST)}
        message = "An area can lie at most {most} levels below the topmost."
        raise Conflict(Problem("parent", "too_deep", message, params))


def _today(act: Act, area: AreaId) -> date:
    return act.now.astimezone(time_zone(act.tree, area)).date()


def _split(act: Act, period: AreaPeriodRow, today: date, name: str, parent: str | None) -> None:
    if period.from_day >= today:
        period.name, period.parent_id = name, parent
        return
    period.to_day = today
    act.session.add(AreaPeriodRow(area_id=period.area_id, from_day=today, parent_id=parent, name=name))


def _hand_made(act: Act, zone: ZoneId) -> ZoneRow:
    row = act.session.get(ZoneRow, zone)
    if row is None or row.removed_at is not None:
        raise not_found()
    if row.area_id is not None:
        raise Conflict(Problem("", "not_hand_made", "The zone of an area follows the area."))
    return row


def _require_zone(act: Act, name: str, hamlets: Sequence[AreaId]) -> None:
    if not name.strip():
        raise Invalid(Problem("name", "empty", "Give it a name."))
    if not hamlets:
        raise Invalid(Problem("hamlets", "empty", "Choose at least one hamlet."))
    served = {each.hamlet for node in act.tree.nodes.values() for each in node.serves}
    if not served & set(hamlets):
        raise Invalid(Problem("hamlets", "no_nodes", "No loudspeaker node stands there: nobody would hear it."))


def require_room(act: Act) -> None:
    """Raises Conflict if, after what was just flushed, a node would be in more zones than it can be."""
    act.session.flush()
    tree = queries.tree_at(act.session, act.now)
    for node in tree.nodes.values():
        if len(zones_of_node(tree, node)) > MOST_ZONES:
            params = {"node": node.name, "most": str(MOST_ZONES)}
            raise Conflict(Problem("", "too_many_zones", "{node} would be in more than {most} zones.", params))
