"""Habits: what is usual at which hours, and why a node was away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from controller.domain.facts import Booted
from controller.domain.habits import Habit, Outage, Why, during, habits, usual_now, why
from controller.web.field_words import say_habit
from playlists.reports import Because
from tests.unit.controller.domain.scene import NOW, ZONE

MORNING = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""Local midnight of the scene's day."""


def out(days_back: int, begin: float, end: float, because: Why = Why.POWER) -> Outage:
    """Out between hours of a local day before today."""
    midnight = MORNING - timedelta(days=days_back)
    return Outage(midnight + timedelta(hours=begin), midnight + timedelta(hours=end), because)


def test_power_that_goes_each_evening_is_a_habit_in_words() -> None:
    evenings = [out(day, 17, 19.1) for day in (1, 2, 4, 5, 7)]
    found = habits(evenings, (), ZONE, NOW)
    assert found.outages == (Habit(Why.POWER, 17, 19, 5, 7),)
    assert say_habit(found.outages[0], "vi") == "mất điện 17–19 h, 5/7 ngày"
    assert say_habit(found.outages[0], "en") == "power out 17–19 h, 5/7 days"


def test_what_happened_on_two_days_is_no_habit() -> None:
    assert habits([out(day, 17, 19) for day in (1, 2)], (), ZONE, NOW).outages == ()


def test_a_line_that_fails_at_night_is_told_apart_from_power() -> None:
    found = habits([out(day, 1, 3, Why.LINK) for day in range(1, 5)], (), ZONE, NOW)
    assert [say_habit(each, "vi") for each in found.outages] == ["mất đường truyền 1–3 h, 4/7 ngày"]


def test_a_signal_that_is_weak_each_evening_is_a_habit_beside_the_line_that_fails_at_night() -> None:
    weak = [out(day, 18, 21.2, Why.SIGNAL) for day in range(1, 7)]
    found = habits([*weak, *(out(day, 1, 3, Why.LINK) for day in range(1, 5))], (), ZONE, NOW)
    said = [say_habit(each, "vi") for each in found.outages]
    assert said == ["mất đường truyền 1–3 h, 4/7 ngày", "sóng yếu 18–21 h, 6/7 ngày"]
    assert say_habit(found.outages[1], "en") == "weak signal 18–21 h, 6/7 days"


def test_short_cuts_and_what_is_older_than_a_week_do_not_count() -> None:
    short = [out(day, 17, 17.4) for day in range(1, 8)]
    old = [out(day, 17, 19) for day in range(8, 15)]
    assert habits([*short, *old], (), ZONE, NOW).outages == ()


def test_an_outage_over_midnight_counts_on_both_days() -> None:
    found = habits([out(day, 23, 25) for day in range(2, 6)], (), ZONE, NOW)
    assert {(each.begin, each.end, each.days) for each in found.outages} == {(0, 1, 4), (23, 24, 4)}


def test_an_outage_that_lasts_counts_up_to_now() -> None:
    away = Outage(MORNING - timedelta(days=4), None, Why.POWER)
    assert habits([away], (), ZONE, NOW).outages == (Habit(Why.POWER, 0, 24, 4, 7),)


def test_restarts_a_day_leave_out_those_that_were_asked_for() -> None:
    boots = [Booted(NOW - timedelta(days=day), Because.CRASH) for day in range(1, 8)]
    asked = [Booted(NOW - timedelta(hours=2), Because.REQUEST)]
    assert habits((), [*boots, *asked], ZONE, NOW).restarts_a_day == 1.0


def test_the_usual_hour_explains_an_outage_only_at_that_hour() -> None:
    found = habits([out(day, 9, 11) for day in range(1, 6)], (), ZONE, NOW)
    assert usual_now(found, ZONE, NOW, Why.POWER) == Habit(Why.POWER, 9, 11, 5, 7)
    assert usual_now(found, ZONE, NOW, Why.LINK, Why.SIGNAL) is None
    assert usual_now(found, ZONE, NOW + timedelta(hours=2), Why.POWER) is None


def test_of_several_outages_the_one_that_took_most_of_a_time_explains_it() -> None:
    begin = NOW
    end = NOW + timedelta(minutes=10)
    before = Outage(NOW - timedelta(hours=2), NOW)
    some = Outage(NOW - timedelta(hours=2), NOW + timedelta(minutes=2))
    most = Outage(NOW + timedelta(minutes=4), None)
    assert during([before, some, most], begin, end) is most
    assert during([before, some], begin, end) is some
    assert during([before], begin, end) is None
    assert during([], begin, end) is None


@pytest.mark.parametrize(
    ("because", "told"),
    [(Because.POWER, Why.POWER), (Because.CRASH, Why.RESTART), (Because.UNKNOWN, Why.RESTART), (None, Why.LINK)],
)
def test_why_it_was_away_is_told_by_the_boot_that_came_after(because: Because | None, told: Why) -> None:
    end = NOW + timedelta(minutes=10)
    boots = () if because is None else (Booted(end - timedelta(seconds=20), because),)
    assert why(Outage(NOW, end), boots) is told
    assert why(Outage(NOW, None), boots) is Why.UNKNOWN
