"""What follows from the tree of areas: branches, inheritance, who hears what."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.domain.values import Area, AreaId, Language, Node, NodeId, Places, Tree, Zone, ZoneId

_MOST_PLACES = 1000
"""Of how many places a tree remembers whom they reach."""


def path(tree: Tree, area: AreaId) -> tuple[Area, ...]:
    """The areas from the root down to `area`; empty for an area that the tree does not know."""
    known = tree.paths.get(area)
    if known is not None:
        return known
    found: list[Area] = []
    here = tree.areas.get(area)
    while here is not None and here not in found:
        found.append(here)
        here = tree.areas.get(here.parent) if here.parent else None
    steps = tuple(reversed(found))
    if steps:
        tree.paths[area] = steps
    return steps


def tier(tree: Tree, area: AreaId) -> int:
    """Depth of an area: 0 is the root, the highest authority."""
    return max(0, len(path(tree, area)) - 1)


def within(tree: Tree, area: AreaId, branch: AreaId) -> bool:
    """Whether `area` is `branch` or lies below it."""
    return any(step.id == branch for step in path(tree, area))


def branch(tree: Tree, area: AreaId) -> frozenset[AreaId]:
    """The area and all below it."""
    return frozenset(each for each in tree.areas if within(tree, each, area))


def time_zone(tree: Tree, area: AreaId) -> ZoneInfo:
    """The zone of the nearest ancestor that has one. Raises LookupError where none has."""
    name = next((step.time_zone for step in reversed(path(tree, area)) if step.time_zone), None)
    if name is None:
        raise LookupError(f"area {area} has no time zone and inherits none")
    return ZoneInfo(name)


def local_day_start(moment: datetime, zone: ZoneInfo) -> datetime:
    """Local midnight before or at a moment, in `zone`."""
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def languages(tree: Tree, node: Node) -> tuple[Language, ...]:
    """The languages of a node's home hamlet, nearest ancestor first; what the node's settings say if none has any."""
    steps = reversed(path(tree, node.home))
    return next((step.languages for step in steps if step.languages), tuple(map(Language, node.settings.languages)))


def setting(tree: Tree, area: AreaId, name: str) -> object:
    """A setting of the nearest ancestor that has it, or None."""
    return next((step.settings[name] for step in reversed(path(tree, area)) if name in step.settings), None)


def areas_of_node(tree: Tree, node: Node) -> frozenset[AreaId]:
    """The hamlets that a node serves and all their ancestors."""
    return frozenset(step.id for each in node.serves for step in path(tree, each.hamlet))


def hears(tree: Tree, node: Node, places: Places) -> bool:
    """Whether a node is among the places of a version."""
    return reaches(places, node, areas_of_node(tree, node))


def reaches(places: Places, node: Node, areas: frozenset[AreaId]) -> bool:
    """Whether places reach a node that lies in these areas."""
    hamlets = {each.hamlet for each in node.serves}
    return not hamlets.isdisjoint(places.hamlets) or not areas.isdisjoint(places.areas)


def nodes_at(tree: Tree, places: Places) -> tuple[Node, ...]:
    """The nodes that the places of a version reach, by id."""
    known = tree.reached.get(places)
    if known is None:
        if len(tree.reached) >= _MOST_PLACES:
            tree.reached.clear()
        known = tuple(node for _, node in sorted(tree.nodes.items()) if hears(tree, node, places))
        tree.reached[places] = known
    return known


def places_of_zone(zone: Zone) -> Places:
    """A zone as the places of a version: its area, or its hamlets written down."""
    if zone.area is not None:
        return Places(areas=(zone.area,), zones=(zone.id,))
    return Places(hamlets=tuple(sorted(zone.hamlets)), zones=(zone.id,))


def places_of_zones(zones: Iterable[Zone]) -> Places:
    """Several zones as the places of a version, each place once."""
    each = [places_of_zone(zone) for zone in zones]
    return Places(
        areas=tuple(sorted({area for places in each for area in places.areas})),
        hamlets=tuple(sorted({hamlet for places in each for hamlet in places.hamlets})),
        zones=tuple(sorted({zone for places in each for zone in places.zones})),
    )


def named_areas(places: Places) -> tuple[AreaId, ...]:
    """Every area and hamlet that the places name."""
    return tuple(sorted({*places.areas, *places.hamlets}))


def zones_of_node(tree: Tree, node: Node) -> tuple[ZoneId, ...]:
    """The zones that a node is in, by id."""
    hamlets, areas = {each.hamlet for each in node.serves}, areas_of_node(tree, node)
    return tuple(
        sorted(
            zone.id
            for zone in tree.zones.values()
            if (not hamlets.isdisjoint(zone.hamlets) if zone.area is None else zone.area in areas)
        )
    )


def nodes_of_zone(tree: Tree, zone: ZoneId) -> tuple[NodeId, ...]:
    """The nodes of a zone, by id."""
    return tuple(node.id for node in nodes_at(tree, places_of_zone(tree.zones[zone])))
