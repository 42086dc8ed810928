"""What is usual for a node, seen over weeks: at which hours power, line or signal fail it, how often it restarts."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from controller.domain.facts import Booted
from playlists.reports import Because

WEEK = 7
OFTEN = 3
"""On so many days of the week at least it counts as a habit."""


class Why(StrEnum):
    """Why a node was out of contact: `link`: it lived all the while; `unknown`: it is still away, or has not told.

    `signal`: it was in contact, but its signal was weak.
    """

    POWER = "power"
    RESTART = "restart"
    LINK = "link"
    SIGNAL = "signal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch without contact, from its last word to the next; no end: it is still away."""

    begin: datetime
    end: datetime | None
    why: Why = Why.UNKNOWN


@dataclass(frozen=True, slots=True)
class Habit:
    """Out (or weak) from `begin` to `end` (hours of the local day, at most 24) on `days` of the last `of` days."""

    why: Why
    begin: int
    end: int
    days: int
    of: int


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual: outages by the hour, restarts a day (all but those that somebody asked for)."""

    outages: tuple[Habit, ...] = ()
    restarts_a_day: float = 0.0


def why(outage: Outage, boots: Iterable[Booted]) -> Why:
    """Why it was away, by the boot that came after it: whoever lived on was cut off, whoever began anew was down."""
    if outage.end is None:
        return Why.UNKNOWN
    near = [boot for boot in boots if outage.begin - NEAR <= boot.at <= outage.end + NEAR]
    if any(boot.because is Because.POWER for boot in near):
        return Why.POWER
    return Why.RESTART if near else Why.LINK


NEAR = timedelta(minutes=2)


def during(outages: Iterable[Outage], begin: datetime, end: datetime) -> Outage | None:
    """The outage that took the most of a stretch of time, where one took any of it."""

    def taken(outage: Outage) -> timedelta:
        return min(outage.end or end, end) - max(outage.begin, begin)

    longest = max(outages, key=taken, default=None)
    return longest if longest is not None and taken(longest) > timedelta() else None


def habits(outages: Iterable[Outage], boots: Iterable[Booted], zone: ZoneInfo, now: datetime) -> Habits:
    """The habits of the last week. Days are local, and only whole ones count."""
    days = _days(zone, now)
    known = [each for each in outages if now - (each.end or now) <= timedelta(days=WEEK + 1)]
    found = (each for why in (Why.POWER, Why.LINK, Why.SIGNAL) for each in _hours(known, why, days, zone, now))
    lately = [each for each in boots if each.because is not Because.REQUEST and now - each.at <= timedelta(days=WEEK)]
    return Habits(tuple(found), round(len(lately) / WEEK, 1))


def usual_now(habits: Habits, zone: ZoneInfo, now: datetime, *whys: Why) -> Habit | None:
    """The habit of such a kind that would explain what is so at this hour."""
    hour = now.astimezone(zone).hour
    return next((each for each in habits.outages if each.why in whys and each.begin <= hour < each.end), None)


def _days(zone: ZoneInfo, now: datetime) -> tuple[date, ...]:
    today = now.astimezone(zone).date()
    return tuple(today - timedelta(days=back) for back in range(1, WEEK + 1))


def _hours(
    outages: Iterable[Outage], why: Why, days: tuple[date, ...], zone: ZoneInfo, now: datetime
) -> Iterable[Habit]:
    """Stretches of hours in each of which it was out on OFTEN days; `days` of a habit are those of its usual hour."""
    meant = [each for each in outages if each.why is why]
    out = {(day, hour) for each in meant for day, hour in _covered(each, zone, now) if day in days}
    by_hour = Count(hour for _, hour in out)
    usual = sorted(hour for hour, count in by_hour.items() if count >= OFTEN)
    for begin, end in _stretches(usual):
        on = {day for day, hour in out if begin <= hour < end}
        yield Habit(why, begin, end, len(on), len(days))


def _covered(outage: Outage, zone: ZoneInfo, now: datetime) -> Iterable[tuple[date, int]]:
    """The hours of which it took at least half."""
    end = min(outage.end or now, now)
    hour = outage.begin.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    while hour < end:
        after = hour + timedelta(hours=1)
        if min(after, end) - max(hour, outage.begin) >= timedelta(minutes=30):
            local = hour.astimezone(zone)
            yield local.date(), local.hour
        hour = after


def _stretches(hours: Iterable[int]) -> Iterable[tuple[int, int]]:
    begin: int | None = None
    last = -1
    for hour in hours:
        if begin is not None and hour != last + 1:
            yield begin, last + 1
            begin = None
        begin = hour if begin is None else begin
        last = hour
    if begin is not None:
        yield begin, last + 1
