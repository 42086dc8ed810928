"""What people may see: the part of the tree, the library, broadcasts and ledger that is theirs or touches it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import func, or_, select

from controller.domain import broadcasts as life
from controller.domain.tree import branch, hears, places_of_zone, time_zone
from controller.domain.values import (
    Area,
    AreaId,
    Broadcast,
    BroadcastId,
    Grant,
    Node,
    NodeId,
    OccurrenceId,
    Programme,
    Role,
    Tree,
    VersionState,
    Zone,
    from_ms,
    to_ms,
)
from controller.operations.acting import Act, Office, query
from controller.operations.broadcasts import existing
from controller.operations.errors import not_found
from controller.operations.quiet import live_mutes
from controller.operations.rights import Reach, Right
from controller.storage import queries, results
from controller.storage.engine import reading
from controller.storage.mapping import programme_value
from controller.storage.results import NodeResult, OccurrenceResult
from controller.storage.tables import (
    AssetEntryRow,
    AssetRow,
    AuditRow,
    ConditionRow,
    GrantRow,
    PersonRow,
    ProgrammeRow,
)
from playlists.reports import Heartbeat

MOST_AUDIT = 500


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node and what was last heard of it; `heard_at` is None for a node that never spoke."""

    node: Node
    online: bool
    heard_at: datetime | None
    status: Heartbeat | None


@dataclass(frozen=True, slots=True)
class Commune:
    """The areas, zones and nodes that a person may see, and the time zone of the topmost of them."""

    time_zone: ZoneInfo
    areas: tuple[Area, ...]
    zones: tuple[Zone, ...]
    nodes: tuple[NodeSeen, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An asset in the library of an area."""

    sha256: str
    area: AreaId
    title: str
    bytes: int
    frames: int
    loudness: float | None
    peak: float | None
    original_sha256: str | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A person with the roles that lie in the asker's branches; a grant with its id."""

    id: str
    username: str
    name: str
    disabled: bool
    grants: tuple[tuple[str, Grant], ...]


@dataclass(frozen=True, slots=True)
class AuditSeen:
    """One act of one person."""

    at: datetime
    person: str
    act: str
    kind: str
    subject: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MuteSeen:
    """A mute that holds: where, until when, by whom."""

    zone: str
    until: datetime
    by: str


def answers(office: Office) -> bool:
    """Whether the database answers. Raises what the database raises."""
    with reading(office.engine) as session:
        return session.scalar(select(func.count()).select_from(PersonRow)) is not None


@query(Right.READ)
def tree(act: Act) -> Tree:
    """The whole tree, to find out what was named: what is foreign is refused by the operation that names it."""
    act.permit_somewhere()
    return act.tree


@query(Right.READ)
def commune(act: Act) -> Commune:
    """What lies in the person's branches, the zones that reach into them, the nodes that serve them."""
    mine = _mine(act)
    nodes = [node for _, node in sorted(act.tree.nodes.items()) if any(each.hamlet in mine for each in node.serves)]
    conditions = {row.node_id: row for row in act.session.scalars(select(ConditionRow))}
    return Commune(
        time_zone(act.tree, act.permit_somewhere()[0]),
        tuple(area for _, area in sorted(act.tree.areas.items()) if area.id in mine),
        tuple(zone for _, zone in sorted(act.tree.zones.items()) if _concerns(act, zone, mine, nodes)),
        tuple(_seen(node, conditions.get(node.id)) for node in nodes),
    )


@query(Right.READ)
def library(act: Act, area: AreaId | None = None) -> tuple[Entry, ...]:
    """The assets in the libraries of the person's branches, newest first."""
    mine = _mine(act) if area is None else _mine(act) & {area}
    rows = act.session.execute(
        select(AssetEntryRow, AssetRow)
        .join(AssetRow, AssetRow.sha256 == AssetEntryRow.sha256)
        .where(AssetEntryRow.area_id.in_(sorted(mine)), AssetEntryRow.removed_at.is_(None))
        .order_by(AssetEntryRow.added_at.desc(), AssetEntryRow.sha256)
    )
    return tuple(_entry(entry, asset) for entry, asset in rows)


@query(Right.READ)
def programmes(act: Act) -> tuple[Programme, ...]:
    """The programmes of the person's branches, by name."""
    rows = act.session.scalars(
        select(ProgrammeRow)
        .where(ProgrammeRow.area_id.in_(sorted(_mine(act))), ProgrammeRow.removed_at.is_(None))
        .order_by(ProgrammeRow.name, ProgrammeRow.id)
    )
    return tuple(programme_value(row) for row in rows)


@query(Right.READ)
def broadcasts(act: Act, state: VersionState | None = None) -> tuple[Broadcast, ...]:
    """The broadcasts that are the person's or reach into their branches; `state`: of their newest version."""
    act.permit_somewhere()
    near = [each for each in queries.broadcasts(act.session) if _near(act, each)]
    return tuple(each for each in near if state is None or _newest_state(each) is state)


@query(Right.READ)
def broadcast(act: Act, id: BroadcastId) -> Broadcast:  # noqa: A002 - the field's own name
    """One broadcast with all its versions."""
    act.permit_somewhere()
    return existing(act, id)


@query(Right.READ)
def occurrences(
    act: Act, begin: datetime, end: datetime, node: NodeId | None = None, broadcast: BroadcastId | None = None
) -> tuple[OccurrenceResult, ...]:
    """What was and is owed from `begin` up to `end`, with verdicts; of touching airings only one's own nodes."""
    act.permit_somewhere()
    found = results.occurrences(act.session, to_ms(begin), to_ms(end), to_ms(act.now), broadcast)
    seen = (_visible(act, each, node) for each in found)
    return tuple(each for each in seen if each is not None)


@query(Right.READ)
def occurrence(act: Act, id: OccurrenceId) -> OccurrenceResult:  # noqa: A002 - the field's own name
    """One airing with its verdicts."""
    act.permit_somewhere()
    found = results.occurrence(act.session, id, to_ms(act.now))
    seen = None if found is None else _visible(act, found, None)
    if seen is None:
        raise not_found()
    return seen


@query(Right.READ)
def mutes(act: Act) -> tuple[MuteSeen, ...]:
    """The mutes that hold in zones that concern the person."""
    mine = _mine(act)
    nodes = [node for node in act.tree.nodes.values() if any(each.hamlet in mine for each in node.serves)]
    zones = {zone.id for zone in act.tree.zones.values() if _concerns(act, zone, mine, nodes)}
    live = [row for row in live_mutes(act) if row.zone_id in zones]
    names = _names(act, {row.by for row in live})
    return tuple(MuteSeen(row.zone_id, from_ms(row.until_ms), names.get(row.by, "")) for row in live)


@query(Right.PEOPLE)
def people(act: Act) -> tuple[PersonSeen, ...]:
    """Those who have a role in the person's branches, by user name."""
    mine = {area for top in act.permit_somewhere() for area in branch(act.tree, top)}
    granted = select(GrantRow).where(GrantRow.revoked_at.is_(None), GrantRow.area_id.in_(sorted(mine)))
    grants = list(act.session.scalars(granted))
    persons = select(PersonRow).where(PersonRow.id.in_({row.person_id for row in grants})).order_by(PersonRow.username)
    return tuple(_person(row, grants) for row in act.session.scalars(persons))


@query(Right.AUDIT)
def audit(act: Act, before: datetime | None = None) -> tuple[AuditSeen, ...]:
    """The newest acts in the person's branches, and those that concern no area."""
    mine = {area for top in act.permit_somewhere() for area in branch(act.tree, top)}
    wanted = select(AuditRow).where(or_(AuditRow.area_id.is_(None), AuditRow.area_id.in_(sorted(mine))))
    if before is not None:
        wanted = wanted.where(AuditRow.at < before)
    rows = act.session.scalars(wanted.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(MOST_AUDIT))
    return tuple(
        AuditSeen(row.at, row.person_name, row.act, row.object_kind, row.object_id, row.details) for row in rows
    )


def _mine(act: Act) -> frozenset[AreaId]:
    return frozenset(area for top in act.permit_somewhere() for area in branch(act.tree, top))


def _concerns(act: Act, zone: Zone, mine: frozenset[AreaId], nodes: Iterable[Node]) -> bool:
    return zone.owner in mine or any(hears(act.tree, node, places_of_zone(zone)) for node in nodes)


def _seen(node: Node, row: ConditionRow | None) -> NodeSeen:
    if row is None:
        return NodeSeen(node, False, None, None)
    heard = [moment for moment in (row.birth_at, row.status_at) if moment is not None]
    return NodeSeen(node, row.online, max(heard, default=None), _heartbeat(row))


def _heartbeat(row: ConditionRow) -> Heartbeat | None:
    try:
        return None if row.status is None else Heartbeat.model_validate(row.status, strict=False)
    except ValidationError:
        return None


def _entry(entry: AssetEntryRow, asset: AssetRow) -> Entry:
    return Entry(
        asset.sha256,
        AreaId(entry.area_id),
        entry.title,
        asset.bytes,
        asset.frames,
        asset.loudness_lufs,
        asset.peak_dbtp,
        asset.original_sha256,
        entry.added_at,
    )


def _near(act: Act, each: Broadcast) -> bool:
    return act.reach(each.owner, life.all_places(each)) is not Reach.FOREIGN


def _newest_state(each: Broadcast) -> VersionState | None:
    last = life.newest(each)
    return None if last is None else last.state


def _visible(act: Act, found: OccurrenceResult, node: NodeId | None) -> OccurrenceResult | None:
    mine = _mine(act)
    nodes = found.nodes if found.owner in mine else tuple(each for each in found.nodes if _in(each, mine))
    chosen = nodes if node is None else tuple(each for each in nodes if each.owed.node == node)
    return replace(found, nodes=chosen) if chosen else None


def _in(each: NodeResult, mine: frozenset[AreaId]) -> bool:
    return any(hamlet.id in mine for hamlet in each.owed.hamlets)


def _names(act: Act, persons: set[str]) -> dict[str, str]:
    rows = act.session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(persons)))
    return {id_: name for id_, name in rows}  # noqa: C416 - rows are not pairs to mypy


def _person(row: PersonRow, grants: Iterable[GrantRow]) -> PersonSeen:
    held = tuple(
        (grant.id, Grant(Role(grant.role), AreaId(grant.area_id))) for grant in grants if grant.person_id == row.id
    )
    return PersonSeen(row.id, row.username, row.name, row.disabled_at is not None, held)
