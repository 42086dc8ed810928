"""What is not saved because of its time: routine outside the hours, what passes its session's limit or its own airings,
what is longer than an amplifier may be on, and what would never sound.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.airings import airings, gives, local_day, named_by
from controller.domain.broadcasts import newest
from controller.domain.clashes import AHEAD, Prospect
from controller.domain.hours import OutOfHours, doubtful, out_of_hours
from controller.domain.layout import Overrun
from controller.domain.problems import Problem
from controller.domain.recurrence import final_day
from controller.domain.tree import time_zone
from controller.domain.values import Broadcast, NamedStarts, Version, VersionState, from_ms, to_ms
from playlists.models import Millis, Priority

_FAR = timedelta(days=800)
"""Within how much time from its first day on a broadcast must have a start."""


def timing_problems(ahead: Prospect) -> tuple[Problem, ...]:
    """What is wrong with the times of a broadcast, as if its newest version were approved; the first of each kind."""
    last = newest(ahead.candidate)
    return tuple(_all(ahead, last)) if last is not None else ()


def _all(ahead: Prospect, last: Version) -> Iterator[Problem]:
    yield from _named(ahead, named_by(last.scope)) or _nothing(ahead, last)
    outside = next(out_of_hours(ahead.airings, ahead.reach), None)
    if outside is not None:
        yield hours_problem(outside)
    zone = time_zone(ahead.reach.tree, ahead.candidate.owner)
    yield from _too_long(ahead)
    over = next(iter(ahead.overruns()), None)
    if over is not None:
        yield limit_problem(over, zone)
    twice = ahead.overlap()
    if twice is not None:
        params = {"at": f"{from_ms(twice.starts_at).astimezone(zone):%d/%m/%Y %H:%M}", "node": twice.node_name}
        message = "On {at} it would still sound at {node} when it begins again: leave more time between."
        yield Problem("recurrence.times", "overlaps_itself", message, params)


def _named(ahead: Prospect, nominals: tuple[Millis, ...]) -> tuple[Problem, ...]:
    """Named starts are airings of the broadcast that are still to come."""
    if any(nominal <= to_ms(ahead.now) for nominal in nominals):
        return (Problem("scope", "past", "This airing has begun already: choose one that is still to come."),)
    if not all(gives(ahead.candidate, nominal, ahead.book) for nominal in nominals):
        message = "There is no such airing: only what is approved can be changed singly."
        return (Problem("scope", "not_found", message),)
    return ()


def _nothing(ahead: Prospect, last: Version) -> tuple[Problem, ...]:
    if _ends(ahead.candidate, last) or _sounds(ahead, last):
        return ()
    where = "last_true_day" if last.content.last_true_day else "recurrence"
    return (Problem(where, "never_sounds", "Nothing of it would ever sound. To end a broadcast, withdraw it."),)


def _ends(candidate: Broadcast, last: Version) -> bool:
    """Whether a version leaves named airings out, or ends a recurrence that was approved: that is a decision, too."""
    content, scope = last.content, last.scope
    if isinstance(scope, NamedStarts):
        return content.start is not None and content.start.skip
    final = final_day(content.recurrence) if content.recurrence else None
    approved = any(each.state is VersionState.APPROVED for each in candidate.versions if each.number != last.number)
    return approved and final is not None and final < scope.day


def _sounds(ahead: Prospect, last: Version) -> bool:
    """Whether anything is left of what a version decides."""
    content, scope = last.content, last.scope
    if isinstance(scope, NamedStarts):
        return any(each.version == last.number for each in ahead.airings)
    if any(local_day(each.nominal, each.time_zone) >= scope.day for each in ahead.airings):
        return True
    if content.recurrence is None:
        return False
    first = max(content.recurrence.first_day, scope.day)
    begin = max(ahead.now + AHEAD, datetime.combine(first, time.min, tzinfo=UTC) - timedelta(days=1))
    return bool(airings(ahead.candidate, begin, begin + _FAR, ahead.book))


def _too_long(ahead: Prospect) -> Iterator[Problem]:
    """Routine that a node would close before its end: no relay is closed for longer than its settings allow."""
    kinds = {(each.places, id(each.playlist)): each for each in ahead.airings}
    for airing in kinds.values():
        if airing.priority is Priority.EMERGENCY:
            continue
        nodes = ahead.reach.at(airing.places).values()
        strictest = min(nodes, key=lambda node: (node.settings.longest_on, node.id), default=None)
        length = ahead.reach.length(airing)
        if strictest is not None and length + strictest.settings.warm_up > strictest.settings.longest_on:
            params = {"node": strictest.name, "limit": str(strictest.settings.longest_on // 60_000)}
            message = "The amplifier at {node} is on for {limit} minutes at most: this is longer."
            yield Problem("playlist", "longer_than_longest_on", message, params)
            return


def hours_problem(found: OutOfHours) -> Problem:
    """Routine outside the hours, in words; a doubtful time is asked back."""
    params = {
        "node": found.node_name,
        "first": f"{found.hours.begin:%H:%M}",
        "last": f"{found.hours.end:%H:%M}",
        "begin": f"{found.begin:%H:%M}",
        "end": f"{found.end:%H:%M}",
    }
    where = "session" if found.airing.place else "recurrence.times"
    doubt = doubtful(found.begin.time())
    if doubt is None or doubt.meant is None or found.airing.place:
        message = "Routine sounds at {node} from {first} to {last} only; this would sound from {begin} to {end}."
        return Problem(where, "out_of_hours", message, params)
    message = "Routine sounds at {node} from {first} to {last} only, not at {begin}: did you mean {meant}?"
    return Problem(where, "out_of_hours", message, {**params, "meant": f"{doubt.meant:%H:%M}"})


def limit_problem(found: Overrun, zone: ZoneInfo) -> Problem:
    """What passes its session's limit, in words."""
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
