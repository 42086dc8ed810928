"""Faults as people see them: with their life, by whom they were seen; acknowledged, never ended by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from controller.domain.faults import Fault, Life
from controller.domain.problems import Problem
from controller.domain.signs import LOOP
from controller.domain.values import AreaId, NodeId
from controller.operations.acting import Act, operation
from controller.operations.errors import Conflict, not_found
from controller.operations.rights import Right, may
from controller.storage import field
from controller.storage.tables import FaultRow, PersonRow

LONGEST_NOTE = 500
MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault with its life. `place`: the name of its node or area, "" for the whole site; `nodes`: how many it is of.

    `mine`: the person may acknowledge it.
    """

    fault: Fault
    place: str
    nodes: int
    known_at: datetime
    acknowledged_by: str
    acknowledged_at: datetime | None
    note: str
    mine: bool


@operation(Right.REQUESTS)
def acknowledge_fault(act: Act, fault: str, note: str = "") -> None:
    """Somebody has seen it and sees to it. It ends by facts alone."""
    row = act.session.get(FaultRow, fault)
    if row is None or row.life == Life.BUDDING.value:
        raise not_found()
    area = _area_of(act, row)
    act.permit(area)
    if row.life == Life.RESOLVED.value:
        raise Conflict(Problem("", "over", "This fault is over already."))
    row.life, row.note = Life.ACKNOWLEDGED.value, note.strip()[:LONGEST_NOTE]
    row.acknowledged_by, row.acknowledged_at = act.actor.person, act.now
    act.record("acknowledge_fault", "fault", fault, area, kind=row.kind, node=row.node_id, note=row.note)


def fault_views(act: Act, rows: Sequence[FaultRow]) -> tuple[FaultView, ...]:
    """Faults with the names of who acknowledged them, worst first."""
    seen = sorted({row.acknowledged_by for row in rows if row.acknowledged_by is not None})
    found = act.session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(seen)))
    names = {row.id: row.name for row in found}
    views = (_fault_view(act, row, names) for row in rows)
    return tuple(sorted(views, key=lambda view: (-view.fault.severity, view.fault.opened_at, view.fault.id)))


def _fault_view(act: Act, row: FaultRow, names: Mapping[str, str]) -> FaultView:
    fault = field.fault_value(row)
    node, area = act.tree.nodes.get(fault.node or NodeId("")), act.tree.areas.get(fault.area or AreaId(""))
    place = node.name if node else area.name if area else ""
    return FaultView(
        fault,
        place,
        len(fault.members) or int(fault.grounds.get("nodes", 1)),
        row.known_at,
        names.get(row.acknowledged_by or "", ""),
        row.acknowledged_at,
        row.note,
        _may_acknowledge(act, fault),
    )


def _may_acknowledge(act: Act, fault: Fault) -> bool:
    node = act.tree.nodes.get(fault.node) if fault.node else None
    where = node.home if node else fault.area
    roots = [area.id for area in act.tree.areas.values() if area.parent is None]
    return any(may(act.tree, act.grants, Right.REQUESTS, each) for each in ([where] if where else roots))


def standing_faults(act: Act) -> list[FaultRow]:
    """The faults that are told and not over, or were a moment ago."""
    recent = FaultRow.resolved_at.is_(None) | (FaultRow.resolved_at > act.now - LOOP)
    told = recent & (FaultRow.life != Life.BUDDING.value) & (FaultRow.times > 0)
    return list(act.session.scalars(select(FaultRow).where(told)))


def fault_history(act: Act, node: NodeId) -> tuple[FaultView, ...]:
    """The faults of a node: those that stand, then those that are over, the newest first."""
    rows = act.session.scalars(
        select(FaultRow).where(FaultRow.node_id == node, FaultRow.life != Life.BUDDING.value, FaultRow.times > 0)
        .order_by(FaultRow.opened_at.desc(), FaultRow.id).limit(MOST_FAULTS)
    ).all()  # fmt: skip
    views = fault_views(act, rows)
    return tuple(sorted(views, key=lambda view: (not view.fault.stands, -view.fault.opened_at.timestamp())))


def _area_of(act: Act, row: FaultRow) -> AreaId:
    node = act.tree.nodes.get(NodeId(row.node_id)) if row.node_id else None
    if node is not None:
        return node.home
    if row.area_id is not None:
        return AreaId(row.area_id)
    return next(area.id for area in act.tree.areas.values() if area.parent is None)
