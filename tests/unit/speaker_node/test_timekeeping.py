"""Rule 9 as far as `clock: host` goes: follow, doubt a forward step, believe a second source, know when not to know."""

import pytest

from playlists.models import Interval
from playlists.reports import Trust
from speaker_node.timekeeping import Answer, Clock, hear_host, hear_welcome, moment, start
from speaker_node.values import Reading

SECOND = 1_000_000_000
NOW = 1_800_000_000_000
"""ms UTC at monotonic 0."""


def reading(mono_s: float, step_ms: int = 0) -> Reading:
    return Reading((NOW + step_ms) * 1_000_000 + int(mono_s * SECOND), int(mono_s * SECOND))


def trust(clock: Clock, mono_s: float = 0, window: Interval | None = None) -> Trust:
    return moment(clock, int(mono_s * SECOND), 1, window).trust


def test_the_machine_s_clock_counts_as_held() -> None:
    now = moment(start(reading(0)), 5 * SECOND, 3, None)
    assert (now.wall, now.trust, now.boot) == (NOW + 5000, Trust.HELD, 3)


def test_a_moment_names_the_instant_at_which_its_millisecond_began() -> None:
    clock = start(Reading(NOW * 1_000_000 + 300, 0))
    now = moment(clock, 1_999_999, 1, None)
    assert (now.wall, now.mono) == (NOW + 2, 1_999_700)
    assert now.mono_of(NOW + 2) == 1_999_700


def test_small_steps_and_slews_are_followed() -> None:
    clock = start(reading(0))
    for second in range(1, 100):
        clock = hear_host(clock, reading(second, step_ms=second * 500))
        assert trust(clock, second) is Trust.HELD
    assert moment(clock, 99 * SECOND, 1, None).wall == NOW + 99_000 + 99 * 500


def test_a_step_back_is_followed_at_once() -> None:
    clock = hear_host(start(reading(0)), reading(1, step_ms=-3_600_000))
    assert trust(clock) is Trust.HELD
    assert moment(clock, SECOND, 1, None).wall == NOW + 1000 - 3_600_000


def test_a_step_forward_is_doubted_until_it_has_stood_ten_minutes() -> None:
    clock = start(reading(0))
    for second in range(1, 601):
        clock = hear_host(clock, reading(second, step_ms=3_600_000))
        assert trust(clock, second) is Trust.UNTRUSTED
    clock = hear_host(clock, reading(601, step_ms=3_600_000))
    assert trust(clock, 601) is Trust.HELD


def test_a_second_step_forward_begins_the_ten_minutes_anew() -> None:
    clock = hear_host(start(reading(0)), reading(1, step_ms=3_600_000))
    clock = hear_host(clock, reading(500, step_ms=7_200_000))
    assert trust(hear_host(clock, reading(601, step_ms=7_200_000))) is Trust.UNTRUSTED


def test_a_step_forward_that_is_taken_back_leaves_no_doubt() -> None:
    clock = hear_host(start(reading(0)), reading(1, step_ms=3_600_000))
    assert trust(hear_host(clock, reading(2))) is Trust.HELD


def test_the_office_s_time_confirms_a_step_forward_at_once() -> None:
    clock = hear_host(start(reading(0)), reading(1, step_ms=3_600_000))
    clock = hear_welcome(clock, Answer(NOW + 3_600_000 + 2000, 2 * SECOND, 2 * SECOND), NOW)
    assert trust(clock, 2) is Trust.HELD
    assert trust(hear_host(clock, reading(3, step_ms=3_600_000)), 3) is Trust.HELD


def test_the_bound_is_what_the_sources_differ_and_half_the_round_trip() -> None:
    clock = hear_welcome(start(reading(0)), Answer(NOW + 1000 + 3000, SECOND, 3 * SECOND), 0)
    assert clock.bound == 3000
    clock = hear_welcome(start(reading(0)), Answer(NOW + 6000, SECOND, 3 * SECOND), 0)
    assert clock.bound == 5000


@pytest.mark.parametrize("away", [-120_000, 120_000])
def test_an_office_that_contradicts_by_more_than_a_minute_leaves_no_trust(away: int) -> None:
    clock = hear_welcome(start(reading(0)), Answer(NOW + away, 0, 0), 0)
    assert trust(clock) is Trust.UNTRUSTED
    agreeing = hear_welcome(clock, Answer(NOW, 0, 0), 0)
    assert trust(agreeing) is Trust.HELD


@pytest.mark.parametrize(
    ("answer", "floor"),
    [(Answer(NOW + 120_000, 0, 11 * SECOND), 0), (Answer(NOW - 120_000, 0, 0), NOW), (Answer(NOW + 120_000, 5, 0), 0)],
    ids=["too long a trip", "below the floor", "heard before asked"],
)
def test_a_welcome_that_can_not_be_right_says_nothing(answer: Answer, floor: int) -> None:
    clock = start(reading(0))
    assert hear_welcome(clock, answer, floor) == clock


def test_a_time_outside_the_plan_s_window_is_untrusted() -> None:
    clock = start(reading(0))
    assert trust(clock, window=Interval(start=NOW, end=NOW + 1)) is Trust.HELD
    assert trust(clock, window=Interval(start=NOW + 1, end=NOW + 10)) is Trust.UNTRUSTED
    assert trust(clock, window=Interval(start=NOW - 10, end=NOW)) is Trust.UNTRUSTED


def test_a_clock_that_must_be_synchronised_is_untrusted_until_kernel_or_office_have_said_so() -> None:
    def read(mono_s: int, synchronised: bool) -> Reading:
        return Reading(reading(mono_s).wall_ns, mono_s * SECOND, synchronised)

    clock = start(read(0, False))
    assert trust(clock) is Trust.UNTRUSTED
    assert trust(hear_welcome(clock, Answer(NOW, 0, 0), 0)) is Trust.HELD
    clock = hear_host(clock, read(1, True))
    assert trust(clock) is Trust.SYNCHRONISED
    assert trust(hear_host(clock, read(2, False))) is Trust.HELD
