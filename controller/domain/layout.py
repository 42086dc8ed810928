"""Where in its session each broadcast stands: one start per airing, because neighbours hear one another.

Fixed starts stand. The others, in order number, take the first full 5 s at which they fit whole on all their nodes.
With the session's first START its starts are frozen: what comes later takes what is left.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from controller.domain.airings import Airing, local_day
from controller.domain.sessions import Book
from controller.domain.sounding import longest_ms
from controller.domain.tree import nodes_at
from controller.domain.values import (
    Assets,
    BroadcastId,
    InSession,
    Node,
    NodeId,
    OccurrenceId,
    Places,
    Session,
    SessionId,
    Tree,
)
from playlists.models import Millis

STEP_MS = 5_000
"""A start that is given lies on a full multiple of this."""
_DAY_MS = 86_400_000

Group = tuple[Millis, SessionId]
"""One session on one day: its start and its id."""


@dataclass(frozen=True)
class Reach:
    """Which nodes places reach and how long a playlist is, each found out once."""

    tree: Tree
    assets: Assets
    _nodes: dict[Places, dict[NodeId, Node]] = field(default_factory=dict)
    _lengths: dict[int, tuple[object, int]] = field(default_factory=dict)

    def at(self, places: Places) -> dict[NodeId, Node]:
        """The nodes that places reach."""
        if places not in self._nodes:
            self._nodes[places] = {node.id: node for node in nodes_at(self.tree, places)}
        return self._nodes[places]

    def length(self, airing: Airing) -> int:
        """The longest that any node sounds of an airing, in ms."""
        # Known by the very tuple, which is kept: to compare long playlists costs more than to measure them.
        known = self._lengths.get(id(airing.playlist))
        if known is None:
            known = self._lengths[id(airing.playlist)] = airing.playlist, longest_ms(airing.playlist, self.assets)
        return known[1]

    def end(self, airing: Airing) -> int:
        """When an airing ends if it begins on time."""
        return airing.starts_at + self.length(airing)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An airing that looks for its place in a session; length in ms."""

    occurrence: OccurrenceId
    nominal: Millis
    place: InSession
    length: int
    nodes: frozenset[NodeId]


@dataclass(frozen=True, slots=True)
class Busy:
    """From when to when something stands on nodes already."""

    start: int
    end: int
    nodes: frozenset[NodeId]


@dataclass(frozen=True, slots=True)
class Stood:
    """Where airings stand that are owed, as it is at `now`."""

    starts: Mapping[OccurrenceId, Millis]
    now: Millis


@dataclass(frozen=True, slots=True)
class Overrun:
    """An airing that passes its session's limit."""

    broadcast: BroadcastId
    title: str
    session: Session
    nominal: Millis
    ends_at: int


def layout(
    wanted: Iterable[Wanted], fixed: Iterable[Busy], frozen: Mapping[OccurrenceId, Millis] | None = None
) -> dict[OccurrenceId, Millis]:
    """The start of each airing that looks for a place; `frozen` ones have theirs already."""
    found, held, placed = dict[OccurrenceId, Millis](), frozen or {}, list[Busy]()
    line = _Line(sorted(fixed, key=lambda each: each.start))
    for (nominal, _), group in groupby(sorted(wanted, key=_order), key=_group):
        placed = [one for one in placed if one.end > nominal]
        stands = [*line.near(nominal), *placed]
        for one in sorted(group, key=lambda each: (each.occurrence not in held, _order(each))):
            start = found[one.occurrence] = held.get(one.occurrence) or first_fit(one, stands)
            placed.append(Busy(start, start + one.length, one.nodes))
            stands.append(placed[-1])
    return found


class _Line:
    """What stands, in order of its start: what may be in the way of a session is found without looking at all."""

    def __init__(self, stands: list[Busy]) -> None:
        self._stands, self._starts = stands, [each.start for each in stands]
        self._longest = max((each.end - each.start for each in stands), default=0)

    def near(self, nominal: Millis) -> list[Busy]:
        """What may sound within a day from a session's start on."""
        first = bisect_left(self._starts, nominal - self._longest)
        return self._stands[first : bisect_left(self._starts, nominal + _DAY_MS)]


def first_fit(wanted: Wanted, stands: Iterable[Busy]) -> Millis:
    """The first full 5 s from the session's start on at which it fits whole on all its nodes."""
    at = _full(wanted.nominal)
    for busy in sorted(stands, key=lambda each: each.start):
        if busy.nodes.isdisjoint(wanted.nodes) or busy.end <= at:
            continue
        if busy.start >= at + wanted.length:
            break
        at = _full(busy.end)
    return Millis(at)


def laid_out(
    airings: Iterable[Airing], reach: Reach, frozen: Mapping[OccurrenceId, Millis] | None = None
) -> tuple[Airing, ...]:
    """The airings with the starts that their sessions give them."""
    known = list(airings)
    if not any(airing.place for airing in known):
        return tuple(known)
    stands = [_busy(airing, reach) for airing in known if airing.place is None]
    given = layout(_wanted(known, reach), stands, frozen)
    return tuple(replace(airing, starts_at=given[airing.occurrence]) if airing.place else airing for airing in known)


def frozen(airings: Iterable[Airing], stood: Stood) -> dict[OccurrenceId, Millis]:
    """The starts that no longer change: those owed of every session whose first START has come."""
    in_sessions = sorted((each for each in airings if each.place), key=_airing_group)
    found = dict[OccurrenceId, Millis]()
    for _, group in groupby(in_sessions, key=_airing_group):
        starts = {each.occurrence: stood.starts[each.occurrence] for each in group if each.occurrence in stood.starts}
        if starts and min(starts.values()) <= stood.now:
            found |= starts
    return found


def overruns(laid: Iterable[Airing], reach: Reach, book: Book) -> Iterator[Overrun]:
    """What ends after its session's limit."""
    for airing in laid:
        place = airing.place
        session = book.on(place.session, local_day(airing.nominal, airing.time_zone)) if place else None
        if session is not None and reach.end(airing) > airing.nominal + session.limit_s * 1000:
            yield Overrun(airing.broadcast, airing.title, session, airing.nominal, reach.end(airing))


def _full(ms: int) -> int:
    return -(-ms // STEP_MS) * STEP_MS


def _group(wanted: Wanted) -> Group:
    return wanted.nominal, wanted.place.session


def _airing_group(airing: Airing) -> Group:
    return airing.nominal, airing.place.session if airing.place else SessionId("")


def _order(wanted: Wanted) -> tuple[Group, int, OccurrenceId]:
    return _group(wanted), wanted.place.order, wanted.occurrence


def _busy(airing: Airing, reach: Reach) -> Busy:
    return Busy(airing.starts_at, reach.end(airing), frozenset(reach.at(airing.places)))


def _wanted(airings: Iterable[Airing], reach: Reach) -> Iterator[Wanted]:
    """Each occurrence once: one that airs and is edited meanwhile holds the place of the longer in all its nodes."""
    found: dict[OccurrenceId, Wanted] = {}
    for airing in airings:
        if airing.place is None:
            continue
        nodes, length = frozenset(reach.at(airing.places)), reach.length(airing)
        before = found.get(airing.occurrence)
        if before is None:
            found[airing.occurrence] = Wanted(airing.occurrence, airing.nominal, airing.place, length, nodes)
        else:
            found[airing.occurrence] = replace(before, length=max(length, before.length), nodes=nodes | before.nodes)
    return iter(found.values())
