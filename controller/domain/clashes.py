"""Two broadcasts that would sound at the same time on one node with nothing to say which wins."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from controller.domain.airings import Airing, airings
from controller.domain.layout import Overrun, Reach, laid_out, overruns
from controller.domain.sessions import Book, book
from controller.domain.values import Assets, Broadcast, BroadcastId, NodeId, Tree
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
    if candidate.withdrawn_at is not None:
        return ()
    reach, sessions = Reach(tree, assets), book(tree)
    rivals = _rivals(candidate, others)
    each = _laid((candidate, *rivals), reach, sessions, now)
    mine = each[candidate.id]
    found = (_own(mine, reach), *(_first(mine, each[one.id], reach) for one in rivals))
    return tuple(clash for clash in found if clash)


def planned(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> tuple[Airing, ...]:
    """The airings of the next 13 months as they would be, in a session where they would stand beside the others."""
    reach, sessions = Reach(tree, assets), book(tree)
    return _laid((candidate, *_rivals(candidate, others)), reach, sessions, now)[candidate.id]


def over_limit(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> tuple[Overrun, ...]:
    """What would pass its session's limit because of `candidate`, and did not without it."""
    reach, sessions = Reach(tree, assets), book(tree)
    rivals = _rivals(candidate, others)
    before, after = (
        [airing for laid in _laid(all_, reach, sessions, now).values() for airing in laid]
        for all_ in (rivals, [candidate, *rivals])
    )
    known = {(each.broadcast, each.nominal) for each in overruns(before, reach, sessions)}
    return tuple(each for each in overruns(after, reach, sessions) if (each.broadcast, each.nominal) not in known)


def _rivals(candidate: Broadcast, others: Iterable[Broadcast]) -> list[Broadcast]:
    rivals = [each for each in others if each.id != candidate.id and each.withdrawn_at is None]
    return sorted(rivals, key=lambda one: one.id)


def _laid(
    broadcasts: Iterable[Broadcast], reach: Reach, sessions: Book, now: datetime
) -> dict[BroadcastId, tuple[Airing, ...]]:
    """The airings of each in order of their start, laid out in their sessions."""
    found = {each.id: airings(each, now, now + AHEAD, sessions) for each in broadcasts}
    laid = {each: list[Airing]() for each in found}
    for airing in laid_out((airing for each in found.values() for airing in each), reach):
        laid[airing.broadcast].append(airing)
    return {each: tuple(sorted(of, key=lambda airing: (airing.starts_at, airing.nominal))) for each, of in laid.items()}


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
