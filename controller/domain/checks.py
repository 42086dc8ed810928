"""What is wrong with a version as it was given: every problem at once, each with its field."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.airings import named_by
from controller.domain.problems import Problem
from controller.domain.recurrence import days, starts
from controller.domain.sessions import book
from controller.domain.tree import nodes_at
from controller.domain.values import (
    Assets,
    Content,
    FromDay,
    Late,
    LateKind,
    Places,
    PlaylistItem,
    Recurrence,
    Repeat,
    Scope,
    Tree,
    to_ms,
)
from playlists.models import Priority

LONGEST_WAIT_S = 7 * 86_400
"""How long a whole airing may be held back, as the wire has it."""
MOST_ITEMS, MOST_LANGUAGES = 200, 16
MOST_RANK = 1000
_LONGEST_TITLE = 200
EARLIEST_YEAR, LATEST_YEAR = 2000, 2200
_YEARS = "Give a day between the years 2000 and 2200."
FIRST_MS = to_ms(datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC))
LAST_MS = to_ms(datetime(LATEST_YEAR + 1, 1, 1, tzinfo=UTC))
_FAR = 800
"""Within how many days a recurrence must have a start."""


def problems(scope: Scope, content: Content, tree: Tree, assets: Assets) -> tuple[Problem, ...]:
    """All that is wrong with a version; empty for one that can be saved."""
    return tuple(_all(scope, content, tree, assets))


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of that name, or None."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def one_off_problems(content: Content, tree: Tree, assets: Assets) -> tuple[Problem, ...]:
    """All that is wrong with what is to be played now."""
    found = (_what(content), _playlist(content.playlist or (), assets), _places(content.places or Places(), tree))
    return tuple(problem for each in found for problem in each)


def _all(scope: Scope, content: Content, tree: Tree, assets: Assets) -> Iterator[Problem]:
    yield from _what(content)
    zone = zone_named(content.time_zone)
    if zone is None:
        params = {"name": content.time_zone}
        yield Problem("time_zone", "unknown_time_zone", "There is no time zone named {name}.", params)
    if isinstance(scope, FromDay) or content.playlist is not None:
        yield from _playlist(content.playlist or (), assets)
    if isinstance(scope, FromDay) or content.places is not None:
        yield from _places(content.places or Places(), tree)
    yield from late_problems(content.late)
    yield from _when(scope, content, zone)
    if isinstance(scope, FromDay) and content.session is not None:
        yield from _session(content, tree)


def _what(content: Content) -> Iterator[Problem]:
    if not content.title.strip() or len(content.title) > _LONGEST_TITLE:
        yield Problem("title", "bad_title", "Give a title of at most 200 letters.")
    if content.priority is Priority.EMERGENCY:
        yield Problem("priority", "not_routine", "An emergency is not a broadcast of the plan.")
    if not -MOST_RANK <= content.rank <= MOST_RANK:
        yield Problem("rank", "out_of_range", "A rank lies between -1000 and 1000.")


def _playlist(playlist: tuple[PlaylistItem, ...], assets: Assets) -> Iterator[Problem]:
    if not playlist:
        yield Problem("playlist", "empty_playlist", "The playlist is empty: choose what is to be heard.")
    if len(playlist) > MOST_ITEMS:
        yield Problem("playlist", "too_many", "A playlist has at most 200 items.")
    for index, item in enumerate(playlist):
        if not 1 <= len(item.recordings) <= MOST_LANGUAGES:
            yield Problem(f"playlist.{index}", "empty_item", "This item has no sound.")
        for recording in item.recordings:
            if recording.asset not in assets:
                where = f"playlist.{index}.recordings"
                yield Problem(where, "unknown_asset", "This audio is not in the library.")


def _places(places: Places, tree: Tree) -> Iterator[Problem]:
    named = (*places.areas, *places.hamlets)
    if not named:
        yield Problem("places", "no_place", "Say where it is to be heard: choose at least one zone.")
    elif not set(named) <= set(tree.areas) or not set(places.zones) <= set(tree.zones):
        yield Problem("places", "not_found", "There is no such place.")
    elif not nodes_at(tree, places):
        yield Problem("places", "no_nodes", "No loudspeaker node stands there: nobody would hear it.")


def late_problems(late: Late) -> tuple[Problem, ...]:
    """What is wrong with a late rule."""
    if not 0 <= late.within_s <= LONGEST_WAIT_S:
        return (Problem("late.within_s", "out_of_range", "It can wait for at most 7 days."),)
    if late.kind is not LateKind.WHOLE and late.within_s:
        return (Problem("late.within_s", "out_of_range", "Only an airing that is played whole can wait."),)
    return ()


def _when(scope: Scope, content: Content, zone: ZoneInfo | None) -> Iterator[Problem]:
    if content.start and content.start.starts_at is not None and len(named_by(scope)) != 1:
        yield Problem("start.starts_at", "not_here", "Only one airing at a time can be moved.")
    yield from _far_away(scope, content)
    if isinstance(scope, FromDay):
        if content.recurrence is None:
            yield Problem("recurrence", "no_start", "Say when it is to be heard.")
        else:
            yield from _recurrence(content.recurrence, zone, content.session is not None)
        return
    if not scope.nominals:
        yield Problem("scope", "no_start", "Name at least one airing.")
    if content.recurrence is not None:
        yield Problem("recurrence", "not_here", "A version of named airings has no recurrence of its own.")


def _far_away(scope: Scope, content: Content) -> Iterator[Problem]:
    """Days and moments at the ends of the calendar, with which nothing can be reckoned."""
    start, recurrence = content.start, content.recurrence
    moved = start.starts_at if start else None
    far = {
        "scope": any(not FIRST_MS <= each < LAST_MS for each in named_by(scope)),
        "scope.day": isinstance(scope, FromDay) and scope.day.year > LATEST_YEAR,
        "start.starts_at": moved is not None and not FIRST_MS <= moved < LAST_MS,
        "recurrence.except_days": recurrence is not None and any(map(_far, recurrence.except_days)),
    }
    for where in (each for each, wrong in far.items() if wrong):
        yield Problem(where, "out_of_range", _YEARS)


def _far(day: date) -> bool:
    return not EARLIEST_YEAR <= day.year <= LATEST_YEAR


def _session(content: Content, tree: Tree) -> Iterator[Problem]:
    """It must be held on some day of the recurrence."""
    if content.session is None or content.recurrence is None or content.recurrence.first_day.year > LATEST_YEAR:
        return
    known = book(tree)
    last = content.recurrence.first_day + timedelta(days=_FAR)
    if content.session.session not in known.timetables:
        yield Problem("session", "not_found", "There is no such session.")
    elif not any(known.on(content.session.session, day) for day in days(content.recurrence, date.min, last)):
        yield Problem("session", "no_start", "This session is not held on any of the days chosen.")
    if not 0 <= content.session.order <= MOST_RANK:
        yield Problem("session.order", "out_of_range", "An order number lies between 0 and 1000.")


def _recurrence(recurrence: Recurrence, zone: ZoneInfo | None, in_session: bool) -> Iterator[Problem]:
    found = list(_fields(recurrence, in_session))
    yield from found
    if not found and not _ever(recurrence, zone or ZoneInfo("UTC"), in_session):
        yield Problem(
            "recurrence", "no_start", "It would never be heard: no day of this period is among the days chosen."
        )


def _fields(recurrence: Recurrence, in_session: bool) -> Iterator[Problem]:
    if _far(recurrence.first_day):
        yield Problem("recurrence.first_day", "out_of_range", _YEARS)
    if in_session and recurrence.times:
        yield Problem("recurrence.times", "not_here", "In a session it has no time of its own.")
    if not recurrence.times and not in_session:
        yield Problem("recurrence.times", "no_start", "Give at least one time of day.")
    if recurrence.last_day is not None and recurrence.last_day < recurrence.first_day:
        yield Problem("recurrence.last_day", "end_before_start", "The last day lies before the first.")
    if recurrence.repeat is Repeat.WEEKDAYS and not _among(recurrence.weekdays, 0, 6):
        yield Problem("recurrence.weekdays", "bad_days", "Choose weekdays, from 0 (Monday) to 6 (Sunday).")
    if recurrence.repeat is Repeat.MONTH_DAYS and not _among(recurrence.month_days, 1, 31):
        yield Problem("recurrence.month_days", "bad_days", "Choose days of the month, from 1 to 31.")
    if recurrence.repeat is Repeat.LUNAR_DAYS and not _among(recurrence.month_days, 1, 30):
        yield Problem("recurrence.month_days", "bad_days", "Choose days of the lunar month, from 1 to 30.")


def _among(days: tuple[int, ...], first: int, last: int) -> bool:
    return bool(days) and all(first <= day <= last for day in days)


def _ever(recurrence: Recurrence, zone: ZoneInfo, in_session: bool) -> bool:
    if in_session:
        last = recurrence.first_day + timedelta(days=_FAR)
        return next(days(recurrence, recurrence.first_day, last), None) is not None
    begin = datetime.combine(recurrence.first_day, time.min, tzinfo=zone).astimezone(UTC)
    return bool(starts(recurrence, zone, begin, begin + timedelta(days=_FAR)))
