"""When a recurrence starts."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.recurrence import lacking, on_holidays, starts
from controller.domain.values import Recurrence, Repeat

HCM = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
SIX, FIVE_PM = time(6, 0), time(17, 0)


def local(recurrence: Recurrence, first: str, last: str, zone: ZoneInfo = HCM) -> list[str]:
    begin = datetime.fromisoformat(first).replace(tzinfo=zone)
    end = datetime.fromisoformat(last).replace(tzinfo=zone)
    return [f"{each.astimezone(zone):%Y-%m-%d %H:%M}" for each in starts(recurrence, zone, begin, end)]


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        pytest.param(
            Recurrence(Repeat.ONCE, date(2026, 2, 3), (FIVE_PM,)), ["2026-02-03 17:00"], id="once is one day"
        ),
        pytest.param(
            Recurrence(Repeat.DAILY, date(2026, 2, 26), (FIVE_PM, SIX), date(2026, 2, 27)),
            ["2026-02-26 06:00", "2026-02-26 17:00", "2026-02-27 06:00", "2026-02-27 17:00"],
            id="several times a day, in order, from first to last day inclusive",
        ),
        pytest.param(
            Recurrence(Repeat.WEEKDAYS, date(2026, 2, 1), (SIX,), date(2026, 2, 12), weekdays=(0, 3)),
            ["2026-02-02 06:00", "2026-02-05 06:00", "2026-02-09 06:00", "2026-02-12 06:00"],
            id="Mondays and Thursdays",
        ),
        pytest.param(
            Recurrence(Repeat.MONTH_DAYS, date(2026, 1, 1), (SIX,), date(2026, 4, 30), month_days=(31, 1)),
            ["2026-01-01 06:00", "2026-01-31 06:00", "2026-02-01 06:00", "2026-03-01 06:00", "2026-03-31 06:00",
             "2026-04-01 06:00"],
            id="a day that the month lacks is skipped",
        ),
        pytest.param(
            Recurrence(Repeat.DAILY, date(2026, 2, 1), (SIX,), date(2026, 2, 4), except_days=(date(2026, 2, 2),)),
            ["2026-02-01 06:00", "2026-02-03 06:00", "2026-02-04 06:00"],
            id="exceptions are left out",
        ),
        pytest.param(
            Recurrence(Repeat.MONTH_END, date(2026, 1, 1), (SIX,), date(2026, 4, 1)),
            ["2026-01-31 06:00", "2026-02-28 06:00", "2026-03-31 06:00"],
            id="the last day of the month is a choice of its own",
        ),
        pytest.param(
            Recurrence(Repeat.LUNAR_DAYS, date(2026, 1, 1), (SIX,), date(2026, 4, 16), month_days=(15, 1)),
            ["2026-01-03 06:00", "2026-01-19 06:00", "2026-02-02 06:00", "2026-02-17 06:00", "2026-03-03 06:00",
             "2026-03-19 06:00", "2026-04-02 06:00"],
            id="the first and the fifteenth of the lunar month",
        ),
        pytest.param(
            Recurrence(Repeat.LUNAR_MONTH_END, date(2026, 1, 1), (SIX,), date(2026, 4, 1)),
            ["2026-01-18 06:00", "2026-02-16 06:00", "2026-03-18 06:00"],
            id="the last day of the lunar month, of 29 or 30 days",
        ),
        pytest.param(
            Recurrence(Repeat.LUNAR_DAYS, date(2026, 1, 1), (SIX,), date(2026, 4, 30), month_days=(30,)),
            ["2026-01-18 06:00", "2026-03-18 06:00"],
            id="the thirtieth is skipped in a lunar month of 29 days",
        ),
        pytest.param(Recurrence(Repeat.LUNAR_DAYS, date(2026, 2, 5), (SIX,), month_days=(31,)), [], id="no lunar day"),
        pytest.param(Recurrence(Repeat.DAILY, date(2026, 2, 5), (SIX,), date(2026, 2, 4)), [], id="end before start"),
        pytest.param(Recurrence(Repeat.WEEKDAYS, date(2026, 2, 5), (SIX,)), [], id="no weekday"),
        pytest.param(Recurrence(Repeat.MONTH_DAYS, date(2026, 2, 5), (SIX,), month_days=(0, 32)), [], id="no such day"),
    ],
)  # fmt: skip
def test_the_days_and_times_of_a_recurrence(recurrence: Recurrence, expected: list[str]) -> None:
    assert local(recurrence, "2026-01-01", "2026-05-01") == expected


def test_the_window_takes_its_first_instant_and_leaves_its_last() -> None:
    every = Recurrence(Repeat.DAILY, date(2026, 2, 1), (SIX,))
    assert local(every, "2026-02-03 06:00", "2026-02-05 06:00") == ["2026-02-03 06:00", "2026-02-04 06:00"]


def test_a_time_that_the_clock_leaves_out_is_moved_on_by_the_gap() -> None:
    every = Recurrence(Repeat.DAILY, date(2026, 3, 28), (time(2, 30),), date(2026, 3, 30))
    found = local(every, "2026-03-28", "2026-03-31", BERLIN)
    assert found == ["2026-03-28 02:30", "2026-03-29 03:30", "2026-03-30 02:30"]


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    once = Recurrence(Repeat.ONCE, date(2026, 10, 25), (time(2, 30),))
    found = starts(once, BERLIN, datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
    assert found == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC),)


def test_two_times_that_fall_on_one_instant_start_once() -> None:
    gap = Recurrence(Repeat.ONCE, date(2026, 3, 29), (time(2, 30), time(3, 30)))
    assert local(gap, "2026-03-29", "2026-03-30", BERLIN) == ["2026-03-29 03:30"]


def test_the_last_day_of_the_calendar_does_no_harm() -> None:
    west = ZoneInfo("America/St_Johns")
    last = Recurrence(Repeat.DAILY, date(9999, 12, 30), (time(0, 30), time(23, 30)))
    found = starts(last, west, datetime(9999, 12, 30, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert len(found) == 3


ANY = st.builds(
    Recurrence,
    st.sampled_from(Repeat),
    st.dates(),
    st.lists(st.times(), max_size=4).map(tuple),
    st.none() | st.dates(),
    st.lists(st.integers(-3, 9), max_size=4).map(tuple),
    st.lists(st.integers(-3, 40), max_size=4).map(tuple),
    st.lists(st.dates(), max_size=3).map(tuple),
)
ZONES = st.sampled_from([HCM, BERLIN, ZoneInfo("UTC"), ZoneInfo("Pacific/Apia"), ZoneInfo("America/St_Johns")])
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 11, 1, tzinfo=UTC)
MOMENTS = st.integers(0, (LAST - FIRST) // timedelta(seconds=1)).map(lambda s: FIRST + timedelta(seconds=s))


@given(ANY, ZONES, MOMENTS, st.timedeltas(timedelta(days=-2), timedelta(days=50)))
def test_never_raises_and_is_sorted_once_each_inside_the_window(
    recurrence: Recurrence, zone: ZoneInfo, begin: datetime, span: timedelta
) -> None:
    end = min(begin + span, datetime(9999, 12, 30, tzinfo=UTC)) if span > timedelta() else begin
    found = starts(recurrence, zone, begin, end)
    assert list(found) == sorted(set(found))
    assert all(begin <= each < end and each.utcoffset() == timedelta() for each in found)


@given(
    st.sampled_from([HCM, BERLIN]),
    st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_two_windows_give_what_one_over_both_gives(zone: ZoneInfo, begin: datetime, first: int, second: int) -> None:
    every = Recurrence(Repeat.WEEKDAYS, date(2026, 1, 1), (time(2, 30), FIVE_PM), weekdays=(1, 5, 6))
    middle, end = begin + timedelta(days=first), begin + timedelta(days=first + second)
    assert starts(every, zone, begin, middle) + starts(every, zone, middle, end) == starts(every, zone, begin, end)


def test_a_leap_month_airs_what_is_monthly() -> None:
    first = Recurrence(Repeat.LUNAR_DAYS, date(2025, 6, 1), (SIX,), date(2025, 8, 31), month_days=(1,))
    assert local(first, "2025-06-01", "2025-09-01") == ["2025-06-25 06:00", "2025-07-25 06:00", "2025-08-23 06:00"]


def test_the_form_is_told_which_days_a_month_lacks() -> None:
    solar = Recurrence(Repeat.MONTH_DAYS, date(2027, 1, 31), (SIX,), month_days=(31,))
    lunar = Recurrence(Repeat.LUNAR_DAYS, date(2026, 11, 1), (SIX,), date(2027, 2, 28), month_days=(15, 30))
    everything = (date(2026, 1, 1), date(2027, 4, 1))
    assert [(each.day, each.month) for each in lacking(solar, *everything)] == [(31, 2)]
    assert [(each.day, each.month, each.year) for each in lacking(lunar, *everything)] == [(30, 12, 2026)]
    assert lacking(Recurrence(Repeat.MONTH_END, date(2026, 1, 1), (SIX,)), *everything) == ()


def test_lunar_days_end_where_the_calendar_does_and_never_raise() -> None:
    far = Recurrence(Repeat.LUNAR_DAYS, date(9999, 12, 1), (SIX,), month_days=(1,))
    assert local(far, "9999-12-30", "9999-12-31") == []


def test_holidays_are_offered_as_exceptions_and_change_nothing_by_themselves() -> None:
    monday = Recurrence(Repeat.WEEKDAYS, date(2026, 8, 1), (SIX,), weekdays=(0, 2))
    found = on_holidays(monday, date(2026, 8, 1), date(2026, 9, 30))
    assert [(each.day, each.name) for each in found] == [
        (date(2026, 8, 31), "Ngày nghỉ (thay cho ngày 22/08/2026)"), (date(2026, 9, 2), "Quốc khánh"),
    ]  # fmt: skip
    assert "2026-08-31 06:00" in local(monday, "2026-08-01", "2026-09-30")
    excepted = replace(monday, except_days=tuple(each.day for each in found))
    assert on_holidays(excepted, date(2026, 8, 1), date(2026, 9, 30)) == ()
    assert on_holidays(monday, date(2026, 9, 1), date(2026, 8, 1)) == ()
