"""What limits a node's routine and its box: hours, minutes a day, volumes and buttons, from the settings of its areas.

Of a node that serves several hamlets the strictest counts; its volumes and its box are those of its home.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from controller.domain.hours import DAY_AND_NIGHT, hours_at
from controller.domain.tree import path, setting
from controller.domain.values import AreaId, Node, Tree, to_ms
from playlists.models import Box, Interval, Priority, Volume

MINUTES, VOLUMES, BOX = "minutes_a_day", "volumes", "box"
"""Settings of areas. `minutes_a_day`: of music and rebroadcast. `volumes`: a list of {priority, begin, end, gain}, with
local times of day, gain in dB. `box`: {messages, longest_s, every_s, silence_min}."""
MOST_VOLUMES = 400
_MINUTE_MS = 60_000


def hours(tree: Tree, node: Node, days: Sequence[datetime], zone: ZoneInfo) -> tuple[Interval, ...]:
    """When routine may sound on a node, day by day; none: always, as where no area says hours."""
    if not any(step.hours for hamlet in _hamlets(node) for step in path(tree, hamlet)):
        return ()
    said = hours_at(tree, node)
    if said.begin <= DAY_AND_NIGHT.begin and said.end >= DAY_AND_NIGHT.end:
        return ()
    if said.begin >= said.end:
        return (Interval(start=0, end=0),)
    return tuple(Interval(start=_at(day, said.begin, zone), end=_at(day, said.end, zone)) for day in days[:-1])


def minutes(tree: Tree, node: Node) -> int | None:
    """How many ms of music and rebroadcast may sound a day; None: no limit."""
    found = [setting(tree, hamlet, MINUTES) for hamlet in _hamlets(node)]
    usable = [each for each in found if isinstance(each, int) and not isinstance(each, bool) and 0 <= each <= 1440]
    return min(usable) * _MINUTE_MS if usable else None


def volumes(tree: Tree, node: Node, days: Sequence[datetime], zone: ZoneInfo) -> tuple[Volume, ...]:
    """How loud routine is at some times of day; what is not readable is left out."""
    said = setting(tree, node.home, VOLUMES)
    rows = [row for row in said if _readable(row)] if isinstance(said, list) else []
    found = [
        Volume(
            start=_at(day, time.fromisoformat(row["begin"]), zone),
            end=_at(day, time.fromisoformat(row["end"]), zone),
            priority=Priority[str(row["priority"]).upper()],
            gain=float(row["gain"]),
        )
        for day in days[:-1]
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (each.start, each.priority))[:MOST_VOLUMES])


def box(tree: Tree, node: Node) -> Box:
    """What a press at the box may do; as usual where no area says otherwise."""
    said = setting(tree, node.home, BOX)
    return _box(said) if isinstance(said, dict) else Box()


def _box(said: dict[str, Any]) -> Box:
    given = {
        "messages": tuple(said["messages"]) if "messages" in said else (),
        **{name: said[key] * unit for key, (name, unit) in _BOX_TIMES.items() if isinstance(said.get(key), int)},
    }
    try:
        return Box.model_validate(given)
    except ValueError:
        return Box()


_BOX_TIMES = {"longest_s": ("longest", 1000), "every_s": ("every", 1000), "silence_min": ("silence", _MINUTE_MS)}


def _readable(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    try:
        Priority[str(row["priority"]).upper()]
        begin, end = time.fromisoformat(row["begin"]), time.fromisoformat(row["end"])
        return begin < end and -60 <= float(row["gain"]) <= 0
    except (TypeError, ValueError, KeyError):
        return False


def _hamlets(node: Node) -> Iterable[AreaId]:
    return sorted({node.home, *(each.hamlet for each in node.serves)})


def _at(day: datetime, moment: time, zone: ZoneInfo) -> int:
    return to_ms(day.astimezone(zone).replace(hour=moment.hour, minute=moment.minute, second=moment.second))
