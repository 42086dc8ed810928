"""A broadcast beside all others in the months ahead: where it would stand, what it would clash with or push out.

A clash: two broadcasts that would sound at the same time on one node with nothing to say which wins.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

from controller.domain.airings import Airing, airings
from controller.domain.layout import Overrun, Reach, laid_out, overruns
from controller.domain.sessions import Book, book
from controller.domain.values import Assets, Broadcast, BroadcastId, NodeId, Tree, from_ms
from playlists.models import Millis

AHEAD = timedelta(days=396)
"""How far ahead is looked at saving: 13 months."""

_NEAR = timedelta(days=2)
"""More than the longest that any audio and any session last."""

_Airings = Mapping[BroadcastId, tuple[Airing, ...]]


@dataclass(frozen=True, slots=True)
class Clash:
    """The first overlap with another broadcast: where, when both would sound, and when the other ends."""

    other: BroadcastId
    title: str
    node: NodeId
    node_name: str
    starts_at: Millis
    other_starts_at: Millis
    other_ends_at: int


@dataclass(frozen=True)
class Prospect:
    """The airings of a broadcast and of the others, from now on for 13 months, before and after they are laid out.

    Of the others only what lies near an airing of the broadcast: nothing else can be in its way.
    """

    candidate: Broadcast
    others: tuple[Broadcast, ...]
    reach: Reach
    book: Book
    now: datetime
    span: tuple[datetime, datetime]
    expanded: _Airings

    @cached_property
    def laid(self) -> _Airings:
        """The airings of each in order of their start, laid out in their sessions."""
        return _laid(self.expanded, self.reach)

    @property
    def airings(self) -> tuple[Airing, ...]:
        """What the broadcast would air, in a session where it would stand beside the others."""
        return self.laid[self.candidate.id]

    def instead(self, candidate: Broadcast, *changed: Broadcast) -> "Prospect":
        """The same with the broadcast as it is now, which airs on the same days, and others that were changed."""
        newer = {each.id: each for each in changed}
        others = tuple(newer.get(each.id, each) for each in self.others)
        expanded = {**self.expanded, **{each: airings(of, *self.span, self.book) for each, of in newer.items()}}
        expanded[candidate.id] = airings(candidate, self.now, self.now + AHEAD, self.book)
        return replace(self, candidate=candidate, others=others, expanded=expanded)

    def clashes(self) -> tuple[Clash, ...]:
        """One clash for each other broadcast whose planned time overlaps at equal priority and rank, whatever the tier.

        The broadcast may clash with itself; a withdrawn one clashes with nothing.
        """
        if self.candidate.withdrawn_at is not None:
            return ()
        others = (each for other, each in self.laid.items() if other != self.candidate.id)
        found = (_own(self.airings, self.reach), *(_first(self.airings, each, self.reach) for each in others))
        return tuple(clash for clash in found if clash)

    def overlap(self) -> Clash | None:
        """The first two airings of the broadcast itself that overlap."""
        return _own(self.airings, self.reach)

    def overruns(self) -> tuple[Overrun, ...]:
        """What would pass its session's limit because of this broadcast, and did not without it."""
        after = list(self._over(self.laid))
        if not after:
            return ()
        without = {each: of for each, of in self.expanded.items() if each != self.candidate.id}
        before = {(each.broadcast, each.nominal) for each in self._over(_laid(without, self.reach))}
        return tuple(each for each in after if (each.broadcast, each.nominal) not in before)

    def beside(self) -> tuple[Airing, ...]:
        """What others air in the sessions in which the broadcast airs, on the same days, in order of its start."""
        return tuple(sorted(self._beside(self.laid), key=lambda each: (each.starts_at, each.broadcast)))

    def orders(self) -> Mapping[BroadcastId, int]:
        """The order number of each other that airs in its sessions on the same days."""
        return {each.broadcast: each.place.order for each in self._beside(self.expanded) if each.place}

    def in_the_way(self, other: BroadcastId) -> tuple[Millis, ...]:
        """The airings of another, by their nominal start, that clash with the broadcast or stand in its session."""
        beside = {each.nominal for each in self.beside() if each.broadcast == other}
        over = {nominal for _, nominal in _overlaps(self.airings, self.laid.get(other, ()), self.reach)}
        return tuple(sorted(beside | over))

    def _beside(self, known: _Airings) -> Iterator[Airing]:
        mine = {(each.nominal, each.place.session) for each in self.expanded[self.candidate.id] if each.place}
        others = (airing for other, of in known.items() if other != self.candidate.id for airing in of) if mine else ()
        return (each for each in others if each.place and (each.nominal, each.place.session) in mine)

    def _over(self, laid: _Airings) -> Iterable[Overrun]:
        return overruns((airing for of in laid.values() for airing in of), self.reach, self.book)


def look_ahead(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> Prospect:
    """`candidate` is the broadcast as if its newest version were approved; withdrawn others have no place."""
    reach, sessions = Reach(tree, assets), book(tree)
    rivals = sorted((each for each in others if _rivals(candidate, each)), key=lambda one: one.id)
    mine = airings(candidate, now, now + AHEAD, sessions)
    span = _around(mine, reach, now)
    expanded = {candidate.id: mine, **{each.id: airings(each, *span, sessions) for each in rivals}}
    return Prospect(candidate, tuple(rivals), reach, sessions, now, span, expanded)


def _rivals(candidate: Broadcast, other: Broadcast) -> bool:
    return other.id != candidate.id and other.withdrawn_at is None


def among(laid: Iterable[Airing], reach: Reach) -> Iterator[tuple[Airing, Airing]]:
    """Each two airings of different broadcasts that clash with one another as they are laid out: found later, since
    nothing that clashes is saved."""
    sounding: list[Airing] = []
    for airing in sorted(laid, key=lambda each: (each.starts_at, each.broadcast)):
        sounding = [each for each in sounding if reach.end(each) > airing.starts_at]
        yield from (
            (each, airing)
            for each in sounding
            if each.broadcast != airing.broadcast and _clash(each, airing, reach) is not None
        )
        sounding.append(airing)


def _around(mine: tuple[Airing, ...], reach: Reach, now: datetime) -> tuple[datetime, datetime]:
    """From when to when another airing could be in the way of one of these."""
    if not mine:
        return now, now
    first, last = from_ms(mine[0].starts_at), from_ms(max(reach.end(each) for each in mine))
    return max(now, first - _NEAR), min(now + AHEAD, last + _NEAR)


def clashes(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> tuple[Clash, ...]:
    """The clashes of a broadcast alone."""
    return look_ahead(candidate, others, tree, assets, now).clashes()


def _laid(expanded: _Airings, reach: Reach) -> _Airings:
    if not any(airing.place for of in expanded.values() for airing in of):
        return expanded
    found: dict[BroadcastId, list[Airing]] = {each: [] for each in expanded}
    for airing in laid_out((airing for of in expanded.values() for airing in of), reach):
        found[airing.broadcast].append(airing)
    return {each: tuple(sorted(of, key=lambda one: (one.starts_at, one.nominal))) for each, of in found.items()}


def _first(mine: tuple[Airing, ...], theirs: tuple[Airing, ...], reach: Reach) -> Clash | None:
    return next((clash for clash, _ in _overlaps(mine, theirs, reach)), None)


def _overlaps(mine: tuple[Airing, ...], theirs: tuple[Airing, ...], reach: Reach) -> Iterator[tuple[Clash, Millis]]:
    """Every overlap of two lists, both in order of their start, with the nominal start of theirs."""
    waiting = deque(theirs)
    for airing in mine:
        while waiting and reach.end(waiting[0]) <= airing.starts_at:
            waiting.popleft()
        for other in waiting:
            if other.starts_at >= reach.end(airing):
                break
            clash = _clash(airing, other, reach)
            if clash:
                yield clash, other.nominal


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
    return Clash(other.broadcast, other.title, node.id, node.name, airing.starts_at, other.starts_at, reach.end(other))
