"""Two broadcasts that would sound at the same time on one node with nothing to say which wins."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from controller.domain.airings import Airing, airings
from controller.domain.sheets import longest_ms
from controller.domain.tree import nodes_at
from controller.domain.values import Assets, Broadcast, BroadcastId, Node, NodeId, Places, Tree
from playlists.models import Millis

AHEAD = timedelta(days=396)
"""How far ahead clashes are looked for at saving: 13 months."""


@dataclass(frozen=True, slots=True)
class Clash:
    """The first overlap with another broadcast: where, and when both would sound."""

    other: BroadcastId
    title: str
    node: NodeId
    node_name: str
    starts_at: Millis
    other_starts_at: Millis


def clashes(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> tuple[Clash, ...]:
    """One clash for each other broadcast whose planned time overlaps at equal priority and rank, whatever the tier.

    `candidate` is the broadcast as if its newest version were approved, and may clash with itself; withdrawn ones
    clash with nothing.
    """
    mine = airings(candidate, now, now + AHEAD)
    if not mine or candidate.withdrawn_at is not None:
        return ()
    reach = _Reach(tree, {}, assets, {})
    rivals = [each for each in others if each.id != candidate.id and each.withdrawn_at is None]
    theirs = (airings(each, now, now + AHEAD) for each in sorted(rivals, key=lambda one: one.id))
    found = (_own(mine, reach), *(_first(mine, each, reach) for each in theirs))
    return tuple(clash for clash in found if clash)


@dataclass(frozen=True, slots=True)
class _Reach:
    tree: Tree
    nodes: dict[Places, dict[NodeId, Node]]
    assets: Assets
    lengths: dict[object, int]

    def at(self, places: Places) -> dict[NodeId, Node]:
        if places not in self.nodes:
            self.nodes[places] = {node.id: node for node in nodes_at(self.tree, places)}
        return self.nodes[places]

    def end(self, airing: Airing) -> int:
        if airing.playlist not in self.lengths:
            self.lengths[airing.playlist] = longest_ms(airing.playlist, self.assets)
        return airing.starts_at + self.lengths[airing.playlist]


def _first(mine: tuple[Airing, ...], theirs: tuple[Airing, ...], reach: _Reach) -> Clash | None:
    """The first overlap of two lists, both in order of their start."""
    waiting = deque(theirs)
    for airing in mine:
        while waiting and reach.end(waiting[0]) <= airing.starts_at:
            waiting.popleft()
        for other in waiting:
            if other.starts_at >= reach.end(airing):
                break
            clash = _clash(airing, other, reach)
            if clash:
                return clash
    return None


def _own(mine: tuple[Airing, ...], reach: _Reach) -> Clash | None:
    """The first two airings of one broadcast that overlap."""
    return next((clash for pair in pairwise(mine) if (clash := _clash(*pair, reach))), None)


def _clash(airing: Airing, other: Airing, reach: _Reach) -> Clash | None:
    if (airing.priority, airing.rank) != (other.priority, other.rank):
        return None
    if reach.end(airing) <= other.starts_at or reach.end(other) <= airing.starts_at:
        return None
    both = sorted(reach.at(airing.places).keys() & reach.at(other.places).keys())
    if not both:
        return None
    node = reach.at(airing.places)[both[0]]
    return Clash(other.broadcast, other.title, node.id, node.name, airing.starts_at, other.starts_at)
