"""When a recurrence starts: the one place that turns local days and times into moments.

A day that the month lacks is skipped. A local time that a change of the clock leaves out is moved on by the gap; of a
time that comes twice, the first is meant.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule

from controller.domain.values import Recurrence, Repeat

_DAY = timedelta(days=1)


def starts(recurrence: Recurrence, zone: ZoneInfo, begin: datetime, end: datetime) -> tuple[datetime, ...]:
    """All starts from `begin` up to, not including, `end`: moments in UTC, rising, each once. Never raises."""
    if begin >= end:
        return ()
    found = {
        moment
        for day in _days(recurrence, _local_day(begin, zone, -_DAY), _local_day(end, zone, _DAY))
        for at in recurrence.times
        if (moment := _moment(day, at, zone)) is not None and begin <= moment < end
    }
    return tuple(sorted(found))


def _days(recurrence: Recurrence, first: date, last: date) -> Iterator[date]:
    first = max(first, recurrence.first_day)
    final = recurrence.first_day if recurrence.repeat is Repeat.ONCE else recurrence.last_day
    last = last if final is None else min(last, final)
    if first > last:
        return
    rule = _rule(recurrence, first, last)
    excepted = set(recurrence.except_days)
    yield from (moment.date() for moment in rule if moment.date() not in excepted)


def _rule(recurrence: Recurrence, first: date, last: date) -> Iterator[datetime]:
    begin, until = datetime.combine(first, time.min), datetime.combine(last, time.min)
    match recurrence.repeat:
        case Repeat.WEEKDAYS:
            weekdays = [day for day in recurrence.weekdays if 0 <= day <= 6]
            return iter(rrule(WEEKLY, begin, byweekday=weekdays, until=until) if weekdays else ())
        case Repeat.MONTH_DAYS:
            month_days = [day for day in recurrence.month_days if 1 <= day <= 31]
            return iter(rrule(MONTHLY, begin, bymonthday=month_days, until=until) if month_days else ())
        case _:
            return iter(rrule(DAILY, begin, until=until))


def _local_day(moment: datetime, zone: ZoneInfo, margin: timedelta) -> date:
    try:
        return (moment.astimezone(zone) + margin).date()
    except OverflowError:
        return date.min if margin < timedelta() else date.max


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(day, at.replace(fold=0, tzinfo=None), tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
