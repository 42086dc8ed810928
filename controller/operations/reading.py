"""What people may see: each query asks for the right to read and leaves out what is foreign to the person."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.tree import areas_of_node, path, within
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    Grant,
    Node,
    NodeId,
    OccurrenceId,
    PersonId,
    Programme,
    Role,
    Sha256,
    Tree,
    to_ms,
)
from controller.operations.acting import Act, query
from controller.operations.errors import not_found
from controller.operations.rights import Reach, Right, may
from controller.storage import queries, results
from controller.storage.field import promised_by
from controller.storage.mapping import programme_value
from controller.storage.results import NodeResult, OccurrenceResult
from controller.storage.tables import (
    AssetEntryRow,
    AssetRow,
    ConditionRow,
    GrantRow,
    NodeRow,
    PersonRow,
    ProgrammeRow,
)

MOST_ROWS = 500
"""How much one answer lists."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node with its key and the last that is known of it."""

    node: Node
    public_key: str
    condition: ConditionRow | None

    @property
    def online(self) -> bool:
        """Whether the broker says that it is there."""
        return self.condition is not None and self.condition.online

    @property
    def heartbeat(self) -> int:
        """How often (ms) it speaks."""
        return promised_by(None if self.condition is None else self.condition.status, self.node.settings.heartbeat)

    @property
    def heard_at(self) -> datetime | None:
        """When it last spoke."""
        moments = () if self.condition is None else (self.condition.birth_at, self.condition.status_at)
        return max((moment for moment in moments if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class AssetView:
    """An asset in a library."""

    asset: AssetRow
    entry: AssetEntryRow


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person with their roles, each by the id of its grant."""

    id: PersonId
    username: str
    name: str
    pen_name: str | None
    language: str
    disabled: bool
    grants: tuple[tuple[str, Grant], ...]


@query(Right.READ)
def tree(act: Act) -> Tree:
    """The areas of the person's branches and those above them, with the nodes and zones of the branches."""
    return visible_tree(act)


@query(Right.READ)
def nodes(act: Act) -> tuple[NodeView, ...]:
    """The nodes of the person's branches with their condition, by name."""
    tops = act.permit_somewhere()
    mine = [node for node in act.tree.nodes.values() if _serves_in(act, node, tops)]
    conditions = {row.node_id: row for row in act.session.scalars(select(ConditionRow))}
    keys = {node: str(key["x"]) for node, key in act.session.execute(select(NodeRow.id, NodeRow.public_key))}
    views = [NodeView(node, keys[node.id], conditions.get(node.id)) for node in mine]
    return tuple(sorted(views, key=lambda view: (view.node.name, view.node.id)))


@query(Right.READ)
def node(act: Act, node: NodeId) -> NodeView:
    """One node with its condition."""
    tops = act.permit_somewhere()
    found = act.tree.nodes.get(node)
    if found is None or not _serves_in(act, found, tops):
        raise not_found("node")
    key = str(act.session.get_one(NodeRow, node).public_key["x"])
    return NodeView(found, key, act.session.get(ConditionRow, node))


@query(Right.READ)
def programmes(act: Act) -> tuple[Programme, ...]:
    """The programmes of the person's branches and of the areas above them, by name."""
    near = libraries(act)
    rows = act.session.scalars(select(ProgrammeRow).where(ProgrammeRow.removed_at.is_(None)))
    found = [programme_value(row) for row in rows if row.area_id in near]
    return tuple(sorted(found, key=lambda programme: (programme.name, programme.id)))


@query(Right.READ)
def assets(act: Act) -> tuple[AssetView, ...]:
    """The libraries of the person's branches and of the areas above them, newest first."""
    near = libraries(act)
    rows = act.session.execute(
        select(*_LISTED)
        .join(AssetEntryRow, AssetEntryRow.sha256 == AssetRow.sha256)
        .where(AssetEntryRow.removed_at.is_(None), AssetEntryRow.area_id.in_(sorted(near)))
        .order_by(AssetEntryRow.added_at.desc(), AssetEntryRow.sha256)
        .limit(MOST_ROWS)
    )
    # A row that is only read stands for both: to make hundreds of objects of it costs more than to read it.
    return tuple(AssetView(cast(AssetRow, row), cast(AssetEntryRow, row)) for row in rows)


_LISTED = (
    *AssetRow.__table__.columns,
    *(column for column in AssetEntryRow.__table__.columns if column.name not in AssetRow.__table__.columns),
)


@query(Right.READ)
def asset(act: Act, sha256: Sha256) -> AssetView:
    """One asset, from the library nearest to the person, or as a broadcast that they may read has it."""
    near = libraries(act)
    row = act.session.get(AssetRow, sha256)
    entries = act.session.scalars(
        select(AssetEntryRow).where(AssetEntryRow.sha256 == sha256).order_by(AssetEntryRow.added_at)
    ).all()
    seen = [entry for entry in entries if entry.area_id in near] or (list(entries) if _heard(act, sha256) else [])
    if row is None or not seen:
        raise not_found()
    return AssetView(row, seen[-1])


@query(Right.READ)
def broadcasts(act: Act, owner: AreaId | None = None) -> tuple[Broadcast, ...]:
    """The broadcasts of the person's branches and those that touch them, by id; of one owner area if it is named."""
    act.permit_somewhere()
    found = [each for each in queries.broadcasts(act.session) if owner is None or each.owner == owner]
    return tuple(each for each in found if _readable(act, each))


@query(Right.READ)
def broadcast(act: Act, broadcast: BroadcastId) -> Broadcast:
    """One broadcast with all its versions."""
    act.permit_somewhere()
    found = queries.broadcast(act.session, broadcast)
    if found is None or not _readable(act, found):
        raise not_found()
    return found


@query(Right.READ)
def occurrences(
    act: Act, begin: datetime, end: datetime, broadcast: BroadcastId | None = None
) -> tuple[OccurrenceResult, ...]:
    """The airings owed that start from `begin` up to `end` with their verdicts; of foreign owners only one's nodes."""
    act.permit_somewhere()
    found = results.occurrences(act.session, to_ms(begin), to_ms(end), to_ms(act.now), broadcast)
    return tuple(each for each in (visible(act, one) for one in found) if each is not None)


@query(Right.READ)
def occurrence(act: Act, occurrence: OccurrenceId) -> OccurrenceResult:
    """One airing with its verdicts and proofs."""
    act.permit_somewhere()
    found = results.occurrence(act.session, occurrence, to_ms(act.now))
    seen = None if found is None else visible(act, found)
    if seen is None:
        raise not_found()
    return seen


@query(Right.PEOPLE)
def people(act: Act) -> tuple[PersonView, ...]:
    """The people with a role in the branches that the person administers, by name."""
    tops = act.permit_somewhere()
    grants = act.session.scalars(select(GrantRow).where(GrantRow.revoked_at.is_(None)).order_by(GrantRow.id))
    mine: dict[str, list[tuple[str, Grant]]] = {}
    for row in grants:
        if _inside(act, AreaId(row.area_id), tops):
            mine.setdefault(row.person_id, []).append((row.id, Grant(Role(row.role), AreaId(row.area_id))))
    rows = act.session.scalars(select(PersonRow).where(PersonRow.id.in_(sorted(mine))).order_by(PersonRow.name))
    return tuple(
        PersonView(
            PersonId(row.id),
            row.username,
            row.name,
            row.pen_name,
            row.language,
            row.disabled_at is not None,
            tuple(mine[row.id]),
        )
        for row in rows
    )


def visible_tree(act: Act) -> Tree:
    """The areas of the person's branches and those above them, with the nodes and zones of the branches."""
    tops = act.permit_somewhere()
    above = {step.id for top in tops for step in path(act.tree, top)}
    mine = {area for area in act.tree.areas if _inside(act, area, tops)}
    nodes = {id_: node for id_, node in act.tree.nodes.items() if areas_of_node(act.tree, node) & mine}
    zones = {id_: zone for id_, zone in act.tree.zones.items() if zone.owner in mine}
    return Tree({id_: act.tree.areas[id_] for id_ in act.tree.areas if id_ in mine | above}, nodes, zones)


def _inside(act: Act, area: AreaId, tops: Iterable[AreaId]) -> bool:
    return any(within(act.tree, area, top) for top in tops)


def _serves_in(act: Act, node: Node, tops: Iterable[AreaId]) -> bool:
    return any(_inside(act, each.hamlet, tops) for each in node.serves)


def libraries(act: Act) -> set[AreaId]:
    """The areas of the person's branches and those above them, whose libraries and programmes they see."""
    tops = act.permit_somewhere()
    above = {step.id for top in tops for step in path(act.tree, top)}
    return above | {area for area in act.tree.areas if _inside(act, area, tops)}


def _readable(act: Act, found: Broadcast) -> bool:
    return act.reach(found.owner, life.all_places(found)) is not Reach.FOREIGN


def _heard(act: Act, sha256: Sha256) -> bool:
    named = queries.broadcasts(act.session, queries.naming(act.session, sha256))
    return any(sha256 in life.hashes(each) and _readable(act, each) for each in named)


def visible(act: Act, found: OccurrenceResult) -> OccurrenceResult | None:
    """The results that the person may see: of a foreign owner only those of nodes in their branches."""
    if may(act.tree, act.grants, Right.READ, found.owner):
        return found
    seen = tuple(each for each in found.nodes if _owed_in(act, each))
    return replace(found, nodes=seen) if seen else None


def _owed_in(act: Act, each: NodeResult) -> bool:
    return any(may(act.tree, act.grants, Right.READ, hamlet.id) for hamlet in each.owed.hamlets)
