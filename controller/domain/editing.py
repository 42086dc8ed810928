"""Which airings an edit is for: only this, from now on, or all; and from which day on it can count."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from controller.domain.airings import airings
from controller.domain.broadcasts import Refused
from controller.domain.problems import Problem
from controller.domain.sessions import Book
from controller.domain.tree import local_day_start
from controller.domain.values import Broadcast, FromDay, NamedStarts, Scope, to_ms
from playlists.models import Millis


class Choice(StrEnum):
    """What an edit is for."""

    ONLY_THIS = "only_this"
    FROM_NOW = "from_now"
    ALL = "all"


def edit_day(broadcast: Broadcast, zone: ZoneInfo, now: datetime, book: Book) -> date:
    """The first day on which an edit can count: today, or tomorrow if a start of today has passed."""
    today = now.astimezone(zone).date()
    passed = any(each.starts_at <= to_ms(now) for each in airings(broadcast, *_day(zone, now), book))
    return today + timedelta(days=1) if passed else today


def rest_of_today(broadcast: Broadcast, zone: ZoneInfo, now: datetime, book: Book) -> tuple[Millis, ...]:
    """The nominal starts of today that are still to come though one has passed: offered as *only this*."""
    found = airings(broadcast, *_day(zone, now), book)
    coming = tuple(each.nominal for each in found if each.starts_at > to_ms(now))
    return coming if len(coming) < len(found) else ()


def scope_of(
    choice: Choice, broadcast: Broadcast, chosen: tuple[Millis, ...], zone: ZoneInfo, now: datetime, book: Book
) -> Scope:
    """The scope of an edit: the chosen airings, or from the edit's day on; *all* ends the named ones.

    Raises Refused for an airing that has begun.
    """
    if choice is not Choice.ONLY_THIS:
        return FromDay(edit_day(broadcast, zone, now, book), ends_named=choice is Choice.ALL)
    if any(nominal <= to_ms(now) for nominal in chosen):
        raise Refused(Problem("scope", "past", "This airing has begun already: choose one that is still to come."))
    return NamedStarts(tuple(sorted(set(chosen))))


def _day(zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    begin = local_day_start(now, zone)
    return begin, local_day_start(begin + timedelta(hours=36), zone)
