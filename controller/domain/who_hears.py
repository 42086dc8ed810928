"""Who hears what is being decided: the homes, who else hears, who is silent now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from controller.domain.silences import PlacedSilence, is_quiet
from controller.domain.tree import nodes_at, within
from controller.domain.values import AreaId, Node, NodeId, Places, Tree
from playlists.models import Kind


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears: the hamlets meant, others that hear too, homes of all of them once, nodes that are silent now.

    `unheard`: places named in which nobody hears anything, because no node serves them.
    """

    hamlets: tuple[AreaId, ...]
    others: tuple[AreaId, ...]
    homes: int
    nodes: tuple[NodeId, ...]
    silent: tuple[NodeId, ...]
    unheard: tuple[AreaId, ...]


def audience(
    tree: Tree, places: Places, silences: Iterable[PlacedSilence], now: datetime, kind: Kind | None = None
) -> Audience:
    """Who hears what sounds in some places at `now`; `kind`: of the programme that is to sound."""
    nodes, known = nodes_at(tree, places), list(silences)
    heard = {each.hamlet for node in nodes for each in node.serves}
    meant = {hamlet for hamlet in heard if _meant(tree, hamlet, places)}
    return Audience(
        hamlets=tuple(sorted(meant)),
        others=tuple(sorted(heard - meant)),
        homes=sum(homes_once(nodes).values()),
        nodes=tuple(node.id for node in nodes),
        silent=tuple(node.id for node in nodes if is_quiet(tree, node, known, now, kind)),
        unheard=tuple(each for each in sorted({*places.areas, *places.hamlets}) if not _any(tree, heard, each)),
    )


def homes_once(nodes: Iterable[Node]) -> dict[AreaId, int]:
    """The homes that some nodes reach, by hamlet: each node counts once for each of its hamlets."""
    found: dict[AreaId, int] = {}
    for node in {node.id: node for node in nodes}.values():
        for each in node.serves:
            found[each.hamlet] = found.get(each.hamlet, 0) + each.homes
    return found


def _meant(tree: Tree, hamlet: AreaId, places: Places) -> bool:
    return hamlet in places.hamlets or any(within(tree, hamlet, area) for area in places.areas)


def _any(tree: Tree, heard: set[AreaId], place: AreaId) -> bool:
    return any(within(tree, hamlet, place) for hamlet in heard)
