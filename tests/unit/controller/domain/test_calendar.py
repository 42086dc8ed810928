"""Lunar dates and holidays."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.calendar import (
    Holiday,
    LunarDay,
    holidays,
    lacking_days,
    last_of_lunar_month,
    last_of_month,
    lunar_day,
)


@pytest.mark.parametrize(
    ("day", "lunar"),
    [
        (date(2026, 2, 17), LunarDay(1, 1, 2026, False)),  # Tết
        (date(2026, 11, 24), LunarDay(16, 10, 2026, False)),
        (date(2030, 2, 2), LunarDay(1, 1, 2030, False)),  # a day before the Chinese calendar has it
        (date(2025, 7, 25), LunarDay(1, 6, 2025, True)),  # the leap sixth month
        (date(2025, 6, 25), LunarDay(1, 6, 2025, False)),
    ],
)
def test_the_vietnamese_lunar_date_of_a_day(day: date, lunar: LunarDay) -> None:
    assert lunar_day(day) == lunar


def test_outside_the_years_that_are_computed_there_is_no_lunar_date() -> None:
    assert (lunar_day(date.min), lunar_day(date(2101, 1, 1)), lunar_day(date.max)) == (None, None, None)
    assert not last_of_lunar_month(date.max)
    assert not last_of_month(date.max)


@given(st.dates(date(1945, 1, 1), date(2051, 12, 30)))
def test_a_lunar_month_has_29_or_30_days_and_each_day_follows_the_one_before(day: date) -> None:
    today, tomorrow = lunar_day(day), lunar_day(day + timedelta(days=1))
    assert today
    assert tomorrow
    if last_of_lunar_month(day):
        assert (today.day in (29, 30), tomorrow.day) == (True, 1)
    else:
        assert tomorrow == LunarDay(today.day + 1, today.month, today.year, today.leap)


def test_a_month_that_lacks_a_day_is_named() -> None:
    found = lacking_days((30, 31), date(2027, 1, 1), date(2027, 4, 30), lunar=False)
    assert [(each.day, each.month, each.year) for each in found] == [(30, 2, 2027), (31, 2, 2027), (31, 4, 2027)]


def test_a_lunar_month_of_29_days_is_named_with_its_leap() -> None:
    found = lacking_days((30,), date(2025, 6, 1), date(2025, 9, 30), lunar=True)
    assert [(each.month, each.leap) for each in found] == [(5, False), (6, True)]


def test_holidays_are_named_in_both_languages_with_swapped_days() -> None:
    year = {each.day: each for each in holidays(date(2026, 1, 1), date(2026, 12, 31))}
    assert year[date(2026, 11, 24)] == Holiday(date(2026, 11, 24), "Ngày Văn hóa Việt Nam")
    assert year[date(2026, 8, 31)].name == "Ngày nghỉ (thay cho ngày 22/08/2026)"
    assert year[date(2026, 8, 22)] == Holiday(date(2026, 8, 22), "", swapped=True)
    assert holidays(date(2026, 9, 2), date(2026, 9, 2), "en") == (Holiday(date(2026, 9, 2), "National Day"),)
    assert holidays(date(2026, 11, 2), date(2026, 11, 3)) == ()
