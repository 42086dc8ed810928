"""What is not saved because of its hour: routine outside the hours, and what passes its session's limit."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from controller.domain.clashes import Prospect
from controller.domain.hours import OutOfHours, doubtful, out_of_hours
from controller.domain.layout import Overrun
from controller.domain.problems import Problem
from controller.domain.tree import time_zone
from controller.domain.values import from_ms


def timing_problems(ahead: Prospect) -> tuple[Problem, ...]:
    """What is wrong with the hours of a broadcast, as if its newest version were approved; the first of each kind."""
    return tuple(_all(ahead))


def _all(ahead: Prospect) -> Iterator[Problem]:
    outside = next(out_of_hours(ahead.airings, ahead.reach), None)
    if outside is not None:
        yield _hours(outside)
    over = next(iter(ahead.overruns()), None)
    if over is not None:
        yield _limit(over, time_zone(ahead.reach.tree, ahead.candidate.owner))


def _hours(found: OutOfHours) -> Problem:
    params = {
        "node": found.node_name,
        "first": f"{found.hours.begin:%H:%M}",
        "last": f"{found.hours.end:%H:%M}",
        "begin": f"{found.begin:%H:%M}",
        "end": f"{found.end:%H:%M}",
    }
    doubt = doubtful(found.begin.time())
    if doubt is None or doubt.meant is None:
        message = "Routine sounds at {node} from {first} to {last} only; this would sound from {begin} to {end}."
        return Problem("recurrence.times", "out_of_hours", message, params)
    message = "Routine sounds at {node} from {first} to {last} only, not at {begin}: did you mean {meant}?"
    return Problem("recurrence.times", "out_of_hours", message, {**params, "meant": f"{doubt.meant:%H:%M}"})


def _limit(found: Overrun, zone: ZoneInfo) -> Problem:
    message = "On {day} “{title}” would end at {end}, after the {limit} minutes of “{session}”."
    ends = from_ms(found.ends_at).astimezone(zone)
    params = {
        "title": found.title,
        "day": f"{ends:%d/%m/%Y}",
        "end": f"{ends:%H:%M:%S}",
        "limit": str(found.session.limit_s // 60),
        "session": found.session.name,
    }
    return Problem("session", "over_limit", message, params)
