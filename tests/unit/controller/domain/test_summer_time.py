"""Zones whose clocks change: what a gap leaves out, what an overlap says twice, and days that have not 24 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from controller.domain.hours import allows
from controller.domain.planning import listener_at, outlook, plan, window
from controller.domain.recurrence import moment, starts
from controller.domain.silences import PlacedSilence, SilenceId, Why, in_plan, problems
from controller.domain.tree import local_day_start
from controller.domain.values import Hours, PersonId, Recurrence, Repeat, from_ms, to_ms
from playlists.models import Interval
from tests.support.commune import N1, assets, tree

HCM = "Asia/Ho_Chi_Minh"
PARIS, LORD_HOWE, CASABLANCA = "Europe/Paris", "Australia/Lord_Howe", "Africa/Casablanca"
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


GAPS = [
    # zone, day, time said, UTC instant meant, local time then
    pytest.param(PARIS, "2026-03-29", "02:30", "2026-03-29 01:30", "03:30", id="Paris, an hour left out"),
    pytest.param(PARIS, "2026-03-29", "01:59", "2026-03-29 00:59", "01:59", id="Paris, the last minute before"),
    pytest.param(PARIS, "2026-03-29", "03:00", "2026-03-29 01:00", "03:00", id="Paris, the first minute after"),
    pytest.param(LORD_HOWE, "2026-10-04", "02:15", "2026-10-03 15:45", "02:45", id="Lord Howe, half an hour left out"),
    pytest.param(LORD_HOWE, "2026-10-04", "02:30", "2026-10-03 15:30", "02:30", id="Lord Howe, the first minute after"),
    pytest.param(CASABLANCA, "2026-03-22", "02:30", "2026-03-22 02:30", "03:30", id="Casablanca, after Ramadan"),
    pytest.param(HCM, "2026-03-29", "02:30", "2026-03-28 19:30", "02:30", id="Ho Chi Minh, as every day"),
]
OVERLAPS = [
    pytest.param(PARIS, "2026-10-25", "02:30", "2026-10-25 00:30", id="Paris, the first of two"),
    pytest.param(LORD_HOWE, "2026-04-05", "01:45", "2026-04-04 14:45", id="Lord Howe, the first of two half hours"),
    pytest.param(CASABLANCA, "2026-02-15", "02:30", "2026-02-15 01:30", id="Casablanca, before Ramadan"),
]


@pytest.mark.parametrize(("zone", "day", "said", "meant", "shown"), GAPS)
def test_a_time_in_a_gap_is_moved_on_to_the_next_that_there_is(
    zone: str, day: str, said: str, meant: str, shown: str
) -> None:
    found = moment(date.fromisoformat(day), time.fromisoformat(said), ZoneInfo(zone))
    assert found == at(meant)
    assert f"{found.astimezone(ZoneInfo(zone)):%H:%M}" == shown


@pytest.mark.parametrize(("zone", "day", "said", "meant"), OVERLAPS)
def test_a_time_that_comes_twice_airs_once_at_the_first(zone: str, day: str, said: str, meant: str) -> None:
    every = Recurrence(Repeat.DAILY, date.fromisoformat(day), (time.fromisoformat(said),), date.fromisoformat(day))
    assert starts(every, ZoneInfo(zone), at(meant) - 24 * HOUR, at(meant) + 24 * HOUR) == (at(meant),)


@pytest.mark.parametrize("zone", [PARIS, LORD_HOWE, CASABLANCA, HCM])
@pytest.mark.parametrize("said", ["00:00", "01:45", "02:15", "02:30", "03:00", "05:00", "23:59"])
def test_what_airs_every_day_airs_on_every_day_of_a_year_exactly_once(zone: str, said: str) -> None:
    local, clock = ZoneInfo(zone), time.fromisoformat(said)
    every = Recurrence(Repeat.DAILY, date(2026, 1, 1), (clock,), date(2026, 12, 31))
    found = starts(every, local, at("2025-12-30"), at("2027-01-03"))
    assert [each.astimezone(local).date() for each in found] == [date(2026, 1, 1) + timedelta(n) for n in range(365)]
    assert all(23 * HOUR <= later - one <= 25 * HOUR for one, later in pairwise(found))


DAYS = [
    # zone, day, hours of it
    pytest.param(PARIS, "2026-03-29", 23.0, id="Paris, short"),
    pytest.param(PARIS, "2026-10-25", 25.0, id="Paris, long"),
    pytest.param(LORD_HOWE, "2026-10-04", 23.5, id="Lord Howe, short"),
    pytest.param(LORD_HOWE, "2026-04-05", 24.5, id="Lord Howe, long"),
    pytest.param(CASABLANCA, "2026-02-15", 25.0, id="Casablanca, long"),
    pytest.param(CASABLANCA, "2026-03-22", 23.0, id="Casablanca, short"),
    pytest.param(HCM, "2026-03-29", 24.0, id="Ho Chi Minh"),
]


@pytest.mark.parametrize(("zone", "day", "length"), DAYS)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: str, length: float) -> None:
    local = ZoneInfo(zone)
    first = local_day_start(datetime.fromisoformat(day + " 12:00").replace(tzinfo=local), local).astimezone(UTC)
    next_noon = datetime.fromisoformat(day + " 12:00").replace(tzinfo=local) + timedelta(days=1)
    after = local_day_start(next_noon, local).astimezone(UTC)
    assert (after - first) / HOUR == length


@pytest.mark.parametrize(("zone", "day", "length"), DAYS)
def test_the_window_of_a_plan_ends_at_local_midnights_on_both_sides_of_a_change(
    zone: str, day: str, length: float
) -> None:
    local = ZoneInfo(zone)
    for hour in ("00:30", "03:30", "23:30"):
        now = datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=local)
        begin, end = window(local, now)
        assert [each.astimezone(local).time() for each in (begin, end)] == [time.min, time.min]
        assert (begin.astimezone(local).date(), end.astimezone(local).date()) == (
            now.date() - timedelta(days=2),
            now.date() + timedelta(days=31),
        )


@pytest.mark.parametrize("zone", [PARIS, LORD_HOWE, CASABLANCA])
def test_hours_are_local_on_days_whose_clocks_change(zone: str) -> None:
    local, hours = ZoneInfo(zone), Hours(time(5), time(21))
    for day in ("2026-03-29", "2026-10-25", "2026-10-04", "2026-04-05", "2026-02-15", "2026-03-22"):
        for begin, may in (("05:00", True), ("04:59", False), ("20:30", True), ("20:31", False)):
            start = datetime.fromisoformat(f"{day} {begin}").replace(tzinfo=local)
            end = (start.astimezone(UTC) + timedelta(minutes=30)).astimezone(local)
            assert allows(hours, start, end) is may, (day, begin)


@pytest.mark.parametrize(("zone", "day", "length"), DAYS)
def test_the_day_boundaries_of_a_plan_are_the_local_midnights_in_utc(zone: str, day: str, length: float) -> None:
    local, commune = ZoneInfo(zone), tree()
    noon = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=local)
    ahead = outlook((), local, noon, commune, assets())
    found = plan(listener_at(commune.nodes[N1], commune, assets()), ahead, (), noon, "f" * 64, ("office",))
    shown = [from_ms(each).astimezone(local) for each in found.days]
    assert [each.time() for each in shown] == [time.min] * len(shown)
    assert [each.date() for each in shown] == [noon.date() + timedelta(days=n) for n in range(-2, 32)]
    assert (found.days[3] - found.days[2]) / 3_600_000 == length


@pytest.mark.parametrize(("zone", "day", "length"), DAYS)
def test_a_silence_from_midnight_to_midnight_is_one_utc_interval_as_long_as_that_day(
    zone: str, day: str, length: float
) -> None:
    local, commune = ZoneInfo(zone), tree()
    begin = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=local)
    quiet = PlacedSilence(
        SilenceId("s1"), (commune.nodes[N1].home,), begin, begin + timedelta(days=1), (), Why.FUNERAL, "", PersonId("p")
    )
    whole = Interval(start=to_ms(begin - 48 * HOUR), end=to_ms(begin + 96 * HOUR))
    (found,) = in_plan(commune, commune.nodes[N1], (quiet,), whole)
    assert from_ms(found.start).astimezone(local).time() == from_ms(found.end).astimezone(local).time() == time.min
    assert (found.end - found.start) / 3_600_000 == length


def test_a_silence_that_a_gap_turns_around_is_refused_for_it_would_never_be() -> None:
    paris, commune = ZoneInfo(PARIS), tree()
    begin, end = (datetime(2026, 3, 29, hour, minute, tzinfo=paris) for hour, minute in ((2, 30), (3, 10)))
    quiet = PlacedSilence(
        SilenceId("s1"), (commune.nodes[N1].home,), begin, end, (), Why.FUNERAL, "", PersonId("p")
    )  # fmt: skip
    assert [each.reason for each in problems(quiet, commune, at("2026-03-28"))] == ["end_before_start"]
