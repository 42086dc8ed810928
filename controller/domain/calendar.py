"""The lunar calendar and the public holidays: what the office shows beside a date, and what a month lacks.

lunar-vn is asked solar → lunar only: the other way it errs. Holidays and swapped days change nothing by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays
from lunar_vn import SUPPORTED_YEAR_RANGE, solar_to_lunar

_DAY = timedelta(days=1)
_LANGUAGES = {"vi": "vi", "en": "en_US"}


@dataclass(frozen=True, slots=True)
class LunarDay:
    """A day of the Vietnamese lunar calendar; `leap`: in a leap month (nhuận)."""

    day: int
    month: int
    year: int
    leap: bool


@dataclass(frozen=True, slots=True)
class Lacking:
    """A day of a month that does not exist; `leap` only in the lunar calendar."""

    day: int
    month: int
    year: int
    leap: bool = False


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday, or a day on which work is done for another (`swapped`)."""

    day: date
    name: str
    swapped: bool = False


@lru_cache(maxsize=4096)
def lunar_day(day: date) -> LunarDay | None:
    """The lunar date of a day; None outside the years that the calendar is computed for."""
    first, last = SUPPORTED_YEAR_RANGE
    if not first <= day.year <= last:
        return None
    found = solar_to_lunar(day)
    return LunarDay(found.day, found.month, found.year, found.leap)


def last_of_month(day: date) -> bool:
    """Whether a day is the last of its solar month."""
    return day < date.max and (day + _DAY).day == 1


def last_of_lunar_month(day: date) -> bool:
    """Whether a day is the last of its lunar month."""
    following = lunar_day(day + _DAY) if day < date.max else None
    return following is not None and following.day == 1


def lacking_days(wanted: tuple[int, ...], first: date, last: date, lunar: bool) -> tuple[Lacking, ...]:
    """The wanted days of the month (solar or lunar) that the months ending from `first` to `last` do not have."""
    return tuple(_lacking(sorted(set(wanted)), first, last, lunar))


def holidays(first: date, last: date, language: str = "vi") -> tuple[Holiday, ...]:
    """Public holidays from `first` to `last`, and working days that were swapped for a holiday, in order."""
    known = country_holidays("VN", years=range(first.year, last.year + 1), language=_LANGUAGES.get(language, "vi"))
    found = {day: Holiday(day, name) for day, name in known.items()}
    for day in known.weekend_workdays:
        found.setdefault(day, Holiday(day, "", swapped=True))
    return tuple(each for day, each in sorted(found.items()) if first <= day <= last)


def _lacking(wanted: list[int], first: date, last: date, lunar: bool) -> Iterator[Lacking]:
    day = first
    while day <= last:
        if lunar and last_of_lunar_month(day):
            end = lunar_day(day)
            yield from (Lacking(each, end.month, end.year, end.leap) for each in wanted if end and each > end.day)
        elif not lunar and last_of_month(day):
            yield from (Lacking(each, day.month, day.year) for each in wanted if each > day.day)
        day += _DAY
