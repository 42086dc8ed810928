"""What is not saved because of its hour: routine outside the hours, and what passes its session's limit."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.domain.clashes import over_limit, planned
from controller.domain.hours import OutOfHours, doubtful, out_of_hours
from controller.domain.layout import Overrun, Reach
from controller.domain.problems import Problem
from controller.domain.tree import time_zone
from controller.domain.values import Assets, Broadcast, Tree, from_ms


def timing_problems(
    candidate: Broadcast, others: Iterable[Broadcast], tree: Tree, assets: Assets, now: datetime
) -> tuple[Problem, ...]:
    """What is wrong with the hours of a broadcast, as if its newest version were approved; the first of each kind."""
    rivals = list(others)
    return tuple(_all(candidate, rivals, tree, assets, now))


def _all(candidate: Broadcast, rivals: list[Broadcast], tree: Tree, assets: Assets, now: datetime) -> Iterator[Problem]:
    airings = planned(candidate, rivals, tree, assets, now)
    outside = next(out_of_hours(airings, Reach(tree, assets)), None)
    if outside is not None:
        yield _hours(outside)
    if any(airing.place for airing in airings) or any(_in_session(each) for each in rivals):
        over = next(iter(over_limit(candidate, rivals, tree, assets, now)), None)
        if over is not None:
            yield _limit(over, time_zone(tree, candidate.owner))


def _in_session(broadcast: Broadcast) -> bool:
    return any(version.content.session is not None for version in broadcast.versions)


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
