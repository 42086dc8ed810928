"""A recurrence in words, in the language of the reader, with the exact start and end shown back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from controller.domain.calendar import Lacking
from controller.domain.values import Recurrence, Repeat

Say = Callable[[str, Mapping[str, object]], str]
"""Gives a message (English, with named places) in the reader's language, its places filled in."""


def in_words(recurrence: Recurrence, say: Say, session: str = "") -> str:
    """`Every Monday, Thursday at 17:00, from 24/11/2026 on, except 26/11/2026`; `session`: the name of its session."""
    parts = [_when(recurrence, say, session), *_period(recurrence, say)]
    if recurrence.except_days:
        parts.append(say("except {days}", {"days": _listed(map(_day, sorted(set(recurrence.except_days))))}))
    return ", ".join(parts)


def shown_back(start: datetime, length: timedelta, zone: ZoneInfo, say: Say) -> str:
    """`Tuesday 24/11/2026, 17:00:00–17:01:05`: from when to when one airing sounds."""
    begin, end = start.astimezone(zone), (start + length).astimezone(zone)
    params = {"weekday": _weekday(begin.weekday(), say), "day": _day(begin.date())}
    return say("{weekday} {day}, {begin}–{end}", {**params, "begin": f"{begin:%H:%M:%S}", "end": f"{end:%H:%M:%S}"})


def lacking_in_words(lacking: Iterable[Lacking], lunar: bool, say: Say) -> str:
    """What is skipped because a month lacks the day; empty for nothing."""
    each = [_lacking(one, lunar, say) for one in lacking]
    return say("Not heard, because the month has no such day: {days}.", {"days": _listed(each)}) if each else ""


def _when(recurrence: Recurrence, say: Say, session: str) -> str:
    days = _days(recurrence, say)
    if session:
        return say("{days} in the session “{session}”", {"days": days, "session": session})
    times = _listed(f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}" for at in sorted(set(recurrence.times)))
    return say("{days} at {times}", {"days": days, "times": times})


def _days(recurrence: Recurrence, say: Say) -> str:
    of_month = {"days": _listed(map(str, sorted(set(recurrence.month_days))))}
    match recurrence.repeat:
        case Repeat.ONCE:
            return say("Once, on {day}", {"day": _day(recurrence.first_day)})
        case Repeat.DAILY:
            return say("Every day", {})
        case Repeat.WEEKDAYS:
            names = (_weekday(day, say) for day in sorted(set(recurrence.weekdays)))
            return say("Every {weekdays}", {"weekdays": _listed(names)})
        case Repeat.MONTH_DAYS:
            return say("Every month on day {days}", of_month)
        case Repeat.MONTH_END:
            return say("Every month on its last day", {})
        case Repeat.LUNAR_DAYS:
            return say("Every lunar month on day {days}", of_month)
        case Repeat.LUNAR_MONTH_END:
            return say("Every lunar month on its last day", {})


def _period(recurrence: Recurrence, say: Say) -> Iterable[str]:
    if recurrence.repeat is Repeat.ONCE:
        return ()
    first = _day(recurrence.first_day)
    if recurrence.last_day is None:
        return (say("from {first} on", {"first": first}),)
    return (say("from {first} to {last}", {"first": first, "last": _day(recurrence.last_day)}),)


def _lacking(one: Lacking, lunar: bool, say: Say) -> str:
    params = {"day": one.day, "month": one.month, "year": one.year}
    if not lunar:
        return say("{day}/{month}/{year}", params)
    if one.leap:
        return say("{day} of the leap lunar month {month}/{year}", params)
    return say("{day} of the lunar month {month}/{year}", params)


def _weekday(day: int, say: Say) -> str:
    return say(_WEEKDAYS[day], {})


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)


# The names are marked for the catalogues where dates are written (web/formats.py).
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
