"""Who approves in an area, in which order: the first is asked, the next is the deputy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.broadcasts import wrote
from controller.domain.carrying import own_allowed
from controller.domain.problems import Problem
from controller.domain.tree import named_areas, setting
from controller.domain.values import AreaId, Broadcast, Grant, PersonId, Role
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Invalid
from controller.operations.rights import RIGHTS, Right, may_sound
from controller.storage.tables import AreaRow, GrantRow, PersonRow

APPROVERS = "approvers"
"""The setting of an area: ids of its approvers in order, inherited. Who is not named comes after, by their grant."""


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who may approve somewhere, since when."""

    person: PersonId
    name: str
    since: datetime
    grants: tuple[Grant, ...]


@query(Right.READ)
def approvers(act: Act, area: AreaId) -> tuple[Approver, ...]:
    """Who approves in an area, in their order."""
    act.permit(area)
    return in_order(act, everyone(act), area, (area,))


@operation(Right.AREAS)
def set_approvers(act: Act, area: AreaId, persons: Iterable[PersonId]) -> None:
    """The order in which an area's approvers are asked; nobody named: the order that is inherited."""
    act.permit(area)
    named = list(dict.fromkeys(persons))
    known = {each.person for each in in_order(act, everyone(act), area, (area,))}
    if not set(named) <= known:
        raise Invalid(Problem("persons", "not_approver", "Somebody of these does not approve in this area."))
    row = act.session.get_one(AreaRow, area)
    said = {name: value for name, value in row.settings.items() if name != APPROVERS}
    row.settings = {**said, APPROVERS: named} if named else said
    act.record("set_approvers", "area", area, area, persons=named)


def everyone(act: Act) -> tuple[Approver, ...]:
    """All who hold the right to approve anywhere, the longest first."""
    roles = sorted(RIGHTS[Right.APPROVE])
    rows = act.session.execute(
        select(PersonRow, GrantRow)
        .join(GrantRow, GrantRow.person_id == PersonRow.id)
        .where(GrantRow.role.in_(roles), GrantRow.revoked_at.is_(None), PersonRow.disabled_at.is_(None))
        .order_by(GrantRow.granted_at, GrantRow.id)
    )
    found: dict[PersonId, Approver] = {}
    for person, grant in rows:
        id_, held = PersonId(person.id), Grant(Role(grant.role), AreaId(grant.area_id))
        before = found.get(id_)
        grants = (*before.grants, held) if before else (held,)
        found[id_] = Approver(id_, person.name, before.since if before else grant.granted_at, grants)
    return tuple(found.values())


def in_order(act: Act, every: Iterable[Approver], owner: AreaId, areas: Iterable[AreaId]) -> tuple[Approver, ...]:
    """Those who may approve what an owner area wants to be heard in some areas, in the owner's order."""
    wanted = (owner, *areas)
    may = [each for each in every if may_sound(act.tree, each.grants, Right.APPROVE, wanted)]
    said = setting(act.tree, owner, APPROVERS)
    order = [str(each) for each in said] if isinstance(said, list) else []
    place = {person: order.index(person) if person in order else len(order) for person in (one.person for one in may)}
    return tuple(sorted(may, key=lambda each: place[each.person]))


def eligible(act: Act, every: Iterable[Approver], found: Broadcast) -> tuple[Approver, ...]:
    """Those who may decide the newest version of a broadcast, in order; its author only where the area lets them."""
    newest = life.newest(found)
    may = in_order(act, every, found.owner, named_areas(life.named_places(found)))
    if newest is None or own_allowed(act.tree, found.owner):
        return may
    return tuple(each for each in may if not wrote(found, newest.number, each.person))
