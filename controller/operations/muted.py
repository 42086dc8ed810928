"""What is muted now, who has answered, and whom to call: what the bar of every page says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from controller.domain.tree import nodes_of_zone, within
from controller.domain.values import AreaId, NodeId, Tree, Zone, ZoneId, from_ms
from controller.operations.acting import Act, query
from controller.operations.alarm_desk import LiveAlarm, live
from controller.operations.calling import Contact, contacts
from controller.operations.quiet import live_mutes, session_end
from controller.operations.reading import visible_tree
from controller.operations.rights import Right, branches
from controller.storage.heard import Heard, heard
from controller.storage.tables import MuteRow, PersonRow
from playlists.models import Number


@dataclass(frozen=True, slots=True)
class MuteView:
    """A mute that is in force, and who pressed it. `mine`: the person may lift it.

    `nodes` of the person's branches that it means; those in `answered` hold its sheet.
    """

    zone: Zone
    until: datetime
    by: str
    at: datetime
    mine: bool
    nodes: frozenset[NodeId]
    answered: frozenset[NodeId]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around every page: the person's places, the mutes, and the nodes that have not answered.

    `session_end`: until when a mute to the end of the session lasts; None where there is no session soon.
    `alarms`: those that live or wait, the newest first.
    """

    tree: Tree
    mutes: tuple[MuteView, ...]
    waiting: tuple[Contact, ...]
    session_end: datetime | None
    alarms: tuple[LiveAlarm, ...] = ()


@query(Right.READ)
def mutes(act: Act) -> tuple[MuteView, ...]:
    """The mutes in force that touch the person's branches, the first to end first."""
    return _mutes(act, visible_tree(act))[0]


@query(Right.READ)
def surroundings(act: Act) -> Surroundings:
    """What stands around every page."""
    tree = visible_tree(act)
    found, waiting = _mutes(act, tree)
    return Surroundings(tree, found, waiting, session_end(act), live(act, tree))


def _mutes(act: Act, tree: Tree) -> tuple[tuple[MuteView, ...], tuple[Contact, ...]]:
    rows = live_mutes(act)
    if not rows:
        return (), ()
    meant = {row.zone_id: _nodes(act, row, tree) for row in rows}
    known = heard(act.session, frozenset[NodeId]().union(*meant.values()))
    names = _names(act, {row.by for row in rows})
    views = [
        _view(act, row, zone, meant[zone.id], known, names.get(row.by, row.by))
        for row in rows
        if (zone := act.tree.zones.get(ZoneId(row.zone_id))) and (meant[zone.id] or _area(zone) in tree.areas)
    ]
    silent = {node for view in views for node in view.nodes - view.answered}
    return tuple(views), contacts(act, silent, known) if silent else ()


def _nodes(act: Act, row: MuteRow, tree: Tree) -> frozenset[NodeId]:
    """The nodes that a mute means, as far as the person may see them."""
    zone = ZoneId(row.zone_id)
    return frozenset(nodes_of_zone(act.tree, zone)) & tree.nodes.keys() if zone in act.tree.zones else frozenset()


def _view(
    act: Act, row: MuteRow, zone: Zone, nodes: frozenset[NodeId], known: Mapping[NodeId, Heard], by: str
) -> MuteView:
    answered = frozenset(node for node in nodes if _holds(known[node], row))
    mine = any(within(act.tree, _area(zone), top) for top in branches(act.tree, act.grants, Right.MUTE))
    return MuteView(zone, from_ms(row.until_ms), by, row.at, mine, nodes, answered)


def _holds(heard_of: Heard, row: MuteRow) -> bool:
    if row.epoch is None or row.sequence is None:
        return False
    return heard_of.holds("sheet", row.zone_id, row.issuer, Number(epoch=row.epoch, sequence=row.sequence))


def _area(zone: Zone) -> AreaId:
    return zone.area or zone.owner


def _names(act: Act, people: Iterable[str]) -> Mapping[str, str]:
    rows = act.session.scalars(select(PersonRow).where(PersonRow.id.in_(sorted(people))))
    return {row.id: row.name for row in rows}
