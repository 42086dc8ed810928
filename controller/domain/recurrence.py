"""When a recurrence starts: the one place that turns local days and times into moments.

A day that the month lacks is skipped, solar or lunar; a leap month airs what is monthly. A local time that a change of
the clock leaves out is moved on by the gap; of a time that comes twice, the first is meant.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule

from controller.domain.calendar import Holiday, Lacking, holidays, lacking_days, last_of_lunar_month, lunar_day
from controller.domain.values import Recurrence, Repeat

_DAY = timedelta(days=1)


def starts(recurrence: Recurrence, zone: ZoneInfo, begin: datetime, end: datetime) -> tuple[datetime, ...]:
    """All starts from `begin` up to, not including, `end`: moments in UTC, rising, each once. Never raises."""
    if begin >= end:
        return ()
    found = {
        start
        for day in days_around(recurrence, zone, begin, end)
        for at in recurrence.times
        if (start := moment(day, at, zone)) is not None and begin <= start < end
    }
    return tuple(sorted(found))


def days_around(recurrence: Recurrence, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[date]:
    """The days of a recurrence from the local day before `begin` to that after `end`. Never raises."""
    return days(recurrence, _local_day(begin, zone, -_DAY), _local_day(end, zone, _DAY))


def days(recurrence: Recurrence, first: date, last: date) -> Iterator[date]:
    """The local days of a recurrence from `first` to `last`, rising."""
    first = max(first, recurrence.first_day)
    final = final_day(recurrence)
    last = last if final is None else min(last, final)
    if first > last:
        return
    excepted = set(recurrence.except_days)
    yield from (day for day in _chosen(recurrence, first, last) if day not in excepted)


def final_day(recurrence: Recurrence) -> date | None:
    """The day after which a recurrence gives none; None: it has no end."""
    return recurrence.first_day if recurrence.repeat is Repeat.ONCE else recurrence.last_day


def lacking(recurrence: Recurrence, first: date, last: date) -> tuple[Lacking, ...]:
    """The days that were chosen and that months between two days lack: no airing there, and the form says so."""
    if recurrence.repeat not in (Repeat.MONTH_DAYS, Repeat.LUNAR_DAYS):
        return ()
    first = max(first, recurrence.first_day)
    last = last if recurrence.last_day is None else min(last, recurrence.last_day)
    return lacking_days(recurrence.month_days, first, last, lunar=recurrence.repeat is Repeat.LUNAR_DAYS)


def on_holidays(recurrence: Recurrence, first: date, last: date, language: str = "vi") -> tuple[Holiday, ...]:
    """Public holidays and swapped days among the days of a recurrence: offered as exceptions, nothing by themselves."""
    if first > last:
        return ()
    chosen = set(days(recurrence, first, last))
    return tuple(each for each in holidays(first, last, language) if each.day in chosen)


def moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """A local day and time as a moment in UTC; None at the end of the calendar."""
    try:
        return datetime.combine(day, at.replace(fold=0, tzinfo=None), tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None


def _chosen(recurrence: Recurrence, first: date, last: date) -> Iterator[date]:
    begin, until = datetime.combine(first, time.min), datetime.combine(last, time.min)
    every = (each.date() for each in rrule(DAILY, begin, until=until))
    match recurrence.repeat:
        case Repeat.WEEKDAYS:
            weekdays = [day for day in recurrence.weekdays if 0 <= day <= 6]
            return _dates(rrule(WEEKLY, begin, byweekday=weekdays, until=until) if weekdays else ())
        case Repeat.MONTH_DAYS:
            month_days = [day for day in recurrence.month_days if 1 <= day <= 31]
            return _dates(rrule(MONTHLY, begin, bymonthday=month_days, until=until) if month_days else ())
        case Repeat.MONTH_END:
            return _dates(rrule(MONTHLY, begin, bymonthday=-1, until=until))
        case Repeat.LUNAR_DAYS:
            return (day for day in every if (on := lunar_day(day)) and on.day in recurrence.month_days)
        case Repeat.LUNAR_MONTH_END:
            return (day for day in every if last_of_lunar_month(day))
        case _:
            return every


def _dates(moments: Iterable[datetime]) -> Iterator[date]:
    return (each.date() for each in moments)


def _local_day(moment: datetime, zone: ZoneInfo, margin: timedelta) -> date:
    try:
        return (moment.astimezone(zone) + margin).date()
    except OverflowError:
        return date.min if margin < timedelta() else date.max
