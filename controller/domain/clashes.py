"""A broadcast beside all others in the months ahead: where it would stand, what it would clash with or push out.

A clash: two broadcasts that would sound at the same time on one node with nothing to say which wins.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from controller.domain.airings import Airing, airings
from controller.domain.layout import Overrun, Reach, laid_out, overruns
from controller.domain.sessions import Book, book
from controller.domain.values import Assets, Broadcast, BroadcastId, NodeId, Tree
from playlists.models import Millis

AHEAD = timedelta(days=396)
"""How far ahead is looked at saving: 13 months."""

_Airings = Mapping[BroadcastId, tuple[Airing, ...]]


@dataclass(frozen=True, slots=True)
class Clash:
    """The first overlap with another broadcast: where, and when both would sound."""

    other: BroadcastId
    title: str
    node: NodeId
    node_name: str
    starts_at: Millis
    other_starts_at: Millis


@dataclass(frozen=True, slots=True)
class Prospect:
    """The airings of a broadcast and of the others, from now on for 13 months, before and after they are laid out."""

    candidate: Broadcast
    reach: Reach
    book: Book
    expanded: _Airings
    laid: _Airings

    @property
    def airings(self) -> tuple[Airing, ...]:
        """What the broadcast would air, in a session where it would stand beside the others."""
        return self.laid[self.candidate.id]

    def clashes(self) -> tuple[Clash, ...]:
        """One clash for each other broadcast whose planned time overlaps at equal priority and rank, whatever the tier.

        The broadcast may clash with itself; a withdrawn one clashes with nothing.
        """
        if self.candidate.withdrawn_at is not None:
            return ()
        others = (each for other, each in self.laid.items() if other != self.candidate.id)
        found = (_own(self.airings, self.reach), *(_first(self.airings, each, self.reach) for each in others))
        return tuple(clash for clash in found if clash)

    def overruns(self) -> tuple[Overrun, ...]:
        """What would pass its session's limit because of this broadcast, and did not without it."""
        after = list(self._over(self.laid))
        if not after:
            return ()
        without = {each: of for each, of in self.expanded.items() if each != self.candidate.id}
        before = {(each.broadcast, each.nominal) for each in self._over(_laid(without, self.reach))}
        return tuple(each for each in after if (each.broadcast, each.nominal) not in before)

    def _over(self, laid: _Airings) -> Iterable[Overrun]:
        return overruns((airing for of in laid.values() for airing in of), self.reach, self.book)


def look_ahead(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> Prospect:
    """`candidate` is the broadcast as if its newest version were approved; withdrawn others have no place."""
    reach, sessions = Reach(tree, assets), book(tree)
    rivals = [each for each in others if each.id != candidate.id and each.withdrawn_at is None]
    every = (candidate, *sorted(rivals, key=lambda one: one.id))
    expanded = {each.id: airings(each, now, now + AHEAD, sessions) for each in every}
    return Prospect(candidate, reach, sessions, expanded, _laid(expanded, reach))


def clashes(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> tuple[Clash, ...]:
    """The clashes of a broadcast alone."""
    return look_ahead(candidate, others, tree, assets, now).clashes()


def _laid(expanded: _Airings, reach: Reach) -> _Airings:
    """The airings of each in order of their start, laid out in their sessions."""
    if not any(airing.place for of in expanded.values() for airing in of):
        return expanded
    found: dict[BroadcastId, list[Airing]] = {each: [] for each in expanded}
    for airing in laid_out((airing for of in expanded.values() for airing in of), reach):
        found[airing.broadcast].append(airing)
    return {each: tuple(sorted(of, key=lambda one: (one.starts_at, one.nominal))) for each, of in found.items()}


def _first(mine: tuple[Airing, ...], theirs: tuple[Airing, ...], reach: Reach) -> Clash | None:
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


def _own(mine: tuple[Airing, ...], reach: Reach) -> Clash | None:
    """The first two airings of one broadcast that overlap."""
    return next((clash for pair in pairwise(mine) if (clash := _clash(*pair, reach))), None)


def _clash(airing: Airing, other: Airing, reach: Reach) -> Clash | None:
    if (airing.priority, airing.rank) != (other.priority, other.rank):
        return None
    if reach.end(airing) <= other.starts_at or reach.end(other) <= airing.starts_at:
        return None
    both = sorted(reach.at(airing.places).keys() & reach.at(other.places).keys())
    if not both:
        return None
    node = reach.at(airing.places)[both[0]]
    return Clash(other.broadcast, other.title, node.id, node.name, airing.starts_at, other.starts_at)
