"""When routine may sound: a setting of areas, the strictest over the hamlets of a node."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

from controller.domain.airings import Airing
from controller.domain.layout import Reach
from controller.domain.tree import path
from controller.domain.values import AreaId, Hours, Node, NodeId, Places, Tree, from_ms
from playlists.models import Priority

WAKING = Hours(time(5), time(21))
"""Where no area says otherwise."""
DAY_AND_NIGHT = Hours(time.min, time(23, 59))
"""The hours of the whole day, to its last minute."""


@dataclass(frozen=True, slots=True)
class OutOfHours:
    """Routine that would sound on a node when it may not."""

    airing: Airing
    node: NodeId
    node_name: str
    hours: Hours
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """A time of day that is asked back; `meant`: twelve hours off, where people are awake."""

    said: time
    meant: time | None


def hours_of(tree: Tree, area: AreaId) -> Hours:
    """The hours of the nearest area that has them."""
    return next((step.hours for step in reversed(path(tree, area)) if step.hours), WAKING)


def hours_at(tree: Tree, node: Node) -> Hours:
    """The hours of a node: the strictest of all its hamlets. None of the day is left where begin is not before end."""
    each = [hours_of(tree, hamlet) for hamlet in {node.home, *(one.hamlet for one in node.serves)}]
    return Hours(max(one.begin for one in each), min(one.end for one in each))


def allows(hours: Hours, begin: datetime, end: datetime) -> bool:
    """Whether all of a stretch of local time lies within the hours; those of the whole day have no midnight."""
    if hours.begin <= DAY_AND_NIGHT.begin and hours.end >= DAY_AND_NIGHT.end:
        return True
    return begin.date() == end.date() and hours.begin <= begin.time() and end.time() <= hours.end


def out_of_hours(airings: Iterable[Airing], reach: Reach) -> Iterator[OutOfHours]:
    """The airings of routine that would not lie whole within the hours of a node; one node is named for each."""
    known: dict[Places, Mapping[Hours, Node]] = {}
    for airing in airings:
        if airing.priority is Priority.EMERGENCY:
            continue
        if airing.places not in known:
            known[airing.places] = _by_hours(airing.places, reach)
        begin, end = _local(airing, reach)
        wrong = ((hours, node) for hours, node in known[airing.places].items() if not allows(hours, begin, end))
        for hours, node in islice(wrong, 1):
            yield OutOfHours(airing, node.id, node.name, hours, begin, end)


def doubtful(at: time) -> Doubt | None:
    """A time that is asked back because people sleep then: 03:15, was 15:15 meant?"""
    if WAKING.begin <= at < WAKING.end:
        return None
    other = at.replace(hour=(at.hour + 12) % 24)
    return Doubt(at, other if WAKING.begin <= other < WAKING.end else None)


def _by_hours(places: Places, reach: Reach) -> Mapping[Hours, Node]:
    """The first node for each of the hours that count in some places."""
    found: dict[Hours, Node] = {}
    for node in reach.at(places).values():
        found.setdefault(hours_at(reach.tree, node), node)
    return found


def _local(airing: Airing, reach: Reach) -> tuple[datetime, datetime]:
    zone = ZoneInfo(airing.time_zone)
    return from_ms(airing.starts_at).astimezone(zone), from_ms(reach.end(airing)).astimezone(zone)
