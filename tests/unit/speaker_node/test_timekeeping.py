"""Rule 9: four sources and their bounds, steps that are doubted, what confirms them, and when nobody knows the time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playlists.models import Interval
from playlists.reports import Mark, Trust
from speaker_node.timekeeping import (
    ASK_DAILY,
    ASK_DISPUTED,
    ASK_LATER,
    ASK_SOON,
    CONFIRM,
    LONGEST_BOUND,
    Answer,
    Clock,
    Limits,
    ask_at,
    ask_every,
    floor,
    hear_host,
    hear_welcome,
    mark,
    moment,
    start,
)
from speaker_node.values import Moment, Reading

SECOND = 1_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
NOW = 1_800_000_000_000
"""ms UTC at monotonic 0."""
PLAN = Limits(0, Interval(start=NOW - DAY, end=NOW + 31 * DAY))
Y1970, Y2099 = -NOW, 2_287_000_000_000


def reading(mono_s: float, step_ms: int = 0) -> Reading:
    """The machine's clock as `clock: host` takes it."""
    return Reading((NOW + step_ms) * 1_000_000 + int(mono_s * SECOND), int(mono_s * SECOND))


def kernel(mono_s: float, step_ms: int = 0, bound: int | None = 20, **more: object) -> Reading:
    """The machine's clock with the kernel's word: disciplined, or not (None)."""
    read = reading(mono_s, step_ms)
    return replace(read, synchronised=bound is not None, bound=bound or 16_000, **more)  # type: ignore[arg-type]


def answer(mono_s: float, away_ms: int = 0, trip_s: float = 0) -> Answer:
    """A Welcome that says the right time, or one that is so far away."""
    heard = int(mono_s * SECOND)
    half = int(trip_s * 500)
    return Answer(NOW + int(mono_s * 1000) - half + away_ms, heard - int(trip_s * SECOND), heard)


def at(clock: Clock, mono_s: float = 0, limits: Limits = PLAN) -> Moment:
    return moment(clock, int(mono_s * SECOND), 1, limits)


def trust(clock: Clock, mono_s: float = 0, limits: Limits = PLAN) -> Trust:
    return at(clock, mono_s, limits).trust


def stands(clock: Clock, since: int, until: int, step_ms: int, limits: Limits = PLAN) -> Clock:
    """The machine's clock says the same for so many seconds."""
    for second in range(since, until + 1):
        clock = hear_host(clock, reading(second, step_ms), limits)
    return clock


def agreed() -> Clock:
    """A machine's clock that the office confirmed."""
    return hear_welcome(start(reading(0), None, PLAN), answer(0.5), PLAN)


# the machine's clock, where the settings vouch for it


def test_the_machine_s_clock_counts_as_held() -> None:
    now = moment(start(reading(0)), 5 * SECOND, 3)
    assert (now.wall, now.trust, now.boot, now.source, now.bound) == (NOW + 5000, Trust.HELD, 3, "host", 1001)


def test_a_moment_names_the_instant_at_which_its_millisecond_began() -> None:
    clock = start(Reading(NOW * 1_000_000 + 300, 0))
    now = moment(clock, 1_999_999, 1)
    assert (now.wall, now.mono) == (NOW + 2, 1_999_700)
    assert now.mono_of(NOW + 2) == 1_999_700


def test_small_steps_and_slews_are_followed() -> None:
    clock = start(reading(0))
    for second in range(1, 100):
        clock = hear_host(clock, reading(second, step_ms=second * 500))
        assert trust(clock, second) is Trust.HELD
    assert at(clock, 99).wall == NOW + 99_000 + 99 * 500


@pytest.mark.parametrize("step", [HOUR, -HOUR, DAY, -DAY + 3000, 3000, -3000])
def test_a_step_is_doubted_until_it_has_stood_ten_minutes_and_the_time_goes_on_meanwhile(step: int) -> None:
    clock = start(reading(0), None, PLAN)
    for second in range(1, 601):
        clock = hear_host(clock, reading(second, step), PLAN)
        now = at(clock, second)
        assert (now.trust, now.wall, now.disputed) == (Trust.UNTRUSTED, NOW + second * 1000, True)
    clock = hear_host(clock, reading(601, step), PLAN)
    now = at(clock, 601)
    assert (now.trust, now.wall, now.disputed) == (Trust.HELD, NOW + 601_000 + step, False)


def test_a_second_step_begins_the_ten_minutes_anew() -> None:
    clock = hear_host(start(reading(0)), reading(1, HOUR))
    clock = hear_host(clock, reading(500, 2 * HOUR))
    assert trust(hear_host(clock, reading(601, 2 * HOUR))) is Trust.UNTRUSTED


def test_a_step_that_is_taken_back_leaves_no_doubt() -> None:
    clock = hear_host(start(reading(0)), reading(1, HOUR))
    now = at(hear_host(clock, reading(2)), 2)
    assert (now.trust, now.disputed) == (Trust.HELD, False)


@pytest.mark.parametrize("step", [Y1970, Y2099])
def test_a_step_to_a_time_that_the_plan_does_not_admit_is_never_believed_and_after_ten_minutes_forgiven(
    step: int,
) -> None:
    clock = stands(start(reading(0), None, PLAN), 1, 600, step)
    assert trust(clock, 600) is Trust.UNTRUSTED
    now = at(stands(clock, 601, 602, step), 602)
    assert (now.trust, now.wall, now.disputed) == (Trust.HELD, NOW + 602_000, True)


# the office


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_the_office_s_time_confirms_a_step_at_once(step: int) -> None:
    clock = hear_host(start(reading(0)), reading(1, step))
    clock = hear_welcome(clock, answer(2, step))
    assert trust(clock, 2) is Trust.HELD
    now = at(hear_host(clock, reading(3, step)), 3)
    assert (now.trust, now.wall, now.disputed) == (Trust.HELD, NOW + 3000 + step, False)


@pytest.mark.parametrize("step", [HOUR, -HOUR, DAY, -DAY, Y1970, Y2099])
def test_what_two_agreed_on_stands_against_a_step_as_long_as_the_office_denies_it(step: int) -> None:
    clock = stands(agreed(), 1, 2, step)
    assert trust(clock, 2) is Trust.UNTRUSTED
    clock = hear_welcome(clock, answer(3), PLAN)
    for second in (3, 300, 700, 5000):
        clock = hear_host(clock, reading(second, step), PLAN)
        now = at(clock, second)
        assert (now.trust, now.wall, now.disputed) == (Trust.HELD, NOW + second * 1000, True)
    assert at(hear_host(clock, reading(5001), PLAN), 5001).disputed is False


def test_what_only_the_office_said_does_not_deny_a_kernel_that_says_otherwise() -> None:
    clock = hear_welcome(start(kernel(0, Y1970, None), None, PLAN), answer(1), PLAN)
    assert at(clock, 1).source == "office"
    clock = hear_welcome(hear_host(clock, kernel(2, HOUR), PLAN), answer(3), PLAN)
    now = at(clock, 3)
    assert (now.trust, now.disputed) == (Trust.UNTRUSTED, True)


def test_a_kernel_corrects_by_a_little_what_only_the_office_said() -> None:
    clock = hear_welcome(start(kernel(0, Y1970, None), None, PLAN), answer(1, 5000), PLAN)
    now = at(hear_host(clock, kernel(2), PLAN), 2)
    assert (now.wall, now.source, now.disputed, now.trust) == (NOW + 2000, "kernel", True, Trust.HELD)
    assert now.bound == 6001


def test_an_office_that_differs_by_less_than_the_bounds_is_no_dispute() -> None:
    now = at(hear_welcome(start(reading(0)), answer(3, 2500, trip_s=2)), 3)
    assert (now.disputed, now.bound, now.wall) == (False, 1001, NOW + 3000)


def test_the_bound_is_what_two_sources_differ_and_half_the_round_trip() -> None:
    now = at(hear_welcome(start(reading(0)), answer(3, 6000, trip_s=2)), 3)
    assert (now.disputed, now.bound, now.trust) == (True, 6000 + 1000 + 1000, Trust.HELD)


@pytest.mark.parametrize("away", [-120_000, 120_000])
def test_an_office_that_contradicts_by_more_than_a_minute_leaves_no_trust(away: int) -> None:
    clock = hear_welcome(start(reading(0)), answer(0, away))
    assert trust(clock) is Trust.UNTRUSTED
    assert at(clock).wall == NOW + away, "emergencies go by the office's time"
    assert trust(hear_welcome(clock, answer(1), PLAN), 1) is Trust.HELD


@pytest.mark.parametrize(
    ("said", "lowest"),
    [
        (Answer(NOW + 120_000, 0, 121 * SECOND), 0),
        (Answer(NOW - 120_000, 0, 0), NOW),
        (Answer(NOW + 120_000, 5, 0), 0),
    ],
    ids=["too long a trip", "below the floor", "heard before asked"],
)
def test_a_welcome_that_can_not_be_right_says_nothing(said: Answer, lowest: int) -> None:
    clock = start(reading(0))
    assert hear_welcome(clock, said, Limits(lowest)) == clock


@pytest.mark.parametrize("step", [Y1970, Y2099])
@pytest.mark.parametrize("read", [reading, lambda s, step: kernel(s, step, None)], ids=["host", "system"])
def test_a_boot_at_1970_or_2099_is_put_right_by_the_welcome(read: object, step: int) -> None:
    clock = start(read(0, step), None, PLAN)  # type: ignore[operator]
    assert at(clock).trust is Trust.UNTRUSTED
    clock = hear_welcome(clock, answer(5, trip_s=4), PLAN)
    for second in (5, 6, 1000):
        clock = hear_host(clock, read(second, step), PLAN)  # type: ignore[operator]
        now = at(clock, second)
        assert (now.trust, now.source, now.wall) == (Trust.HELD, "office", NOW + second * 1000)
        assert now.bound == pytest.approx(3000, abs=60)


def test_a_hardware_clock_alone_gives_way_to_an_office_that_stands_by_its_word_for_ten_minutes() -> None:
    before = Mark(wall=NOW - HOUR, mono=1, bound=20, source="kernel", machine="m1", rtc=1000)
    clock = start(kernel(0, HOUR, None, rtc=(NOW + HOUR) * 1_000_000, rtc_kept=True, machine="m2"), before, PLAN)
    assert at(clock).source == "rtc"
    for second in range(1, 601, 60):
        clock = hear_welcome(clock, answer(second), PLAN)
        assert trust(clock, second) is Trust.UNTRUSTED
    now = at(hear_welcome(clock, answer(602), PLAN), 602)
    assert (now.trust, now.wall, now.source) == (Trust.HELD, NOW + 602_000, "office")


# the kernel


def test_a_clock_that_must_be_synchronised_is_untrusted_until_somebody_has_said_so() -> None:
    clock = start(kernel(0, bound=None))
    assert trust(clock) is Trust.UNTRUSTED
    assert trust(hear_welcome(clock, answer(0))) is Trust.HELD
    clock = hear_host(clock, kernel(1))
    now = at(clock, 1)
    assert (now.trust, now.bound, now.source) == (Trust.SYNCHRONISED, 20, "kernel")
    assert trust(hear_host(clock, kernel(2, bound=None)), 2) is Trust.HELD


def test_the_kernel_s_first_word_is_believed_however_far_it_steps_a_clock_that_nobody_vouched_for() -> None:
    clock = hear_host(start(kernel(0, Y1970, None), None, PLAN), kernel(1), PLAN)
    now = at(clock, 1)
    assert (now.trust, now.wall) == (Trust.SYNCHRONISED, NOW + 1000)


def test_a_clock_without_discipline_may_be_set_as_it_likes_once_another_vouches() -> None:
    clock = hear_welcome(start(kernel(0, bound=None)), answer(1))
    for step in (HOUR, -DAY, Y1970, Y2099):
        clock = hear_host(clock, kernel(2, step, None), PLAN)
        now = at(clock, 2)
        assert (now.trust, now.wall, now.disputed) == (Trust.HELD, NOW + 2000, False)


def test_the_bound_grows_50_ppm_while_nobody_vouches_and_past_a_minute_nobody_knows_the_time() -> None:
    clock = hear_host(start(kernel(0)), kernel(1, bound=None))
    day = 86_400
    assert at(clock, day).bound == 20 + 4320
    assert trust(clock, 13 * day, Limits()) is Trust.HELD
    assert trust(clock, 14 * day, Limits()) is Trust.UNTRUSTED


def test_a_kernel_whose_bound_grows_faster_than_ours_does_not_widen_it() -> None:
    clock = hear_host(start(kernel(0)), kernel(10_000, bound=5000))
    assert at(clock, 10_000).bound == 20 + 500


# at boot


def test_the_hardware_clock_holds_with_a_bound_that_grows_since_it_was_last_seen_right() -> None:
    before = Mark(wall=NOW - DAY, mono=77, bound=20, source="kernel", machine="m1", rtc=1000)
    rtc = NOW * 1_000_000
    clock = start(kernel(0, Y1970, None, rtc=rtc, rtc_kept=True, machine="m2"), before, PLAN)
    now = at(clock)
    assert (now.trust, now.source, now.wall, now.rtc) == (Trust.HELD, "rtc", NOW, True)
    assert now.bound == 1000 + 500 + 4320


@pytest.mark.parametrize(
    ("before", "rtc"),
    [
        (None, NOW),
        (Mark(wall=NOW - DAY, mono=0, bound=20, source="kernel", machine="m1", rtc=0), NOW),
        (Mark(wall=NOW - DAY, mono=0, bound=20, source="kernel", machine="m1", rtc=900), NOW - 2 * DAY),
        (Mark(wall=NOW - 20 * DAY, mono=0, bound=20, source="kernel", machine="m1", rtc=900), NOW),
        (Mark(wall=NOW - DAY, mono=0, bound=20, source="kernel", machine="m1", rtc=900), NOW + Y2099),
    ],
    ids=["never seen", "seen wrong", "went back", "too long ago", "in 2099"],
)
def test_a_hardware_clock_of_which_nobody_knows_that_it_is_right_says_nothing(before: Mark | None, rtc: int) -> None:
    clock = start(kernel(0, Y1970, None, rtc=rtc * 1_000_000, rtc_kept=True, machine="m2"), before, PLAN)
    assert trust(clock) is Trust.UNTRUSTED


def test_an_agent_that_died_on_a_machine_that_did_not_goes_on_with_its_own_time() -> None:
    clock = hear_welcome(start(kernel(0, Y1970, None, machine="m1"), None, PLAN), answer(1), PLAN)
    left = mark(hear_host(clock, kernel(10, Y1970, None, machine="m1"), PLAN), at(clock, 10))
    again = start(kernel(40, Y1970, None, machine="m1"), left, PLAN)
    now = at(again, 40)
    assert (now.trust, now.wall, now.source) == (Trust.HELD, NOW + 40_000, "office")
    assert trust(start(kernel(40, Y1970, None, machine="m2"), left, PLAN), 40) is Trust.UNTRUSTED


def test_a_step_while_the_agent_was_down_is_doubted_too() -> None:
    clock = hear_host(start(replace(reading(0), machine="m1"), None, PLAN), replace(reading(9), machine="m1"), PLAN)
    again = start(replace(reading(40, HOUR), machine="m1"), mark(clock, at(clock, 9)), PLAN)
    now = at(again, 40)
    assert (now.trust, now.wall) == (Trust.UNTRUSTED, NOW + 40_000)


def test_the_mark_says_what_the_hardware_clock_was_off_or_nothing_of_a_wrong_one() -> None:
    right = start(kernel(0, rtc=(NOW - 700) * 1_000_000, rtc_kept=True))
    left = mark(right, at(right, 1))
    assert left is not None
    assert (left.rtc, left.wall, left.source) == (721, NOW + 1000, "kernel")
    wrong = start(kernel(0, rtc=(NOW - HOUR) * 1_000_000, rtc_kept=True))
    left = mark(wrong, at(wrong, 1))
    assert left is not None
    assert (left.rtc, at(wrong, 1).rtc) == (0, False)


def test_nothing_is_left_of_a_time_that_nobody_knows() -> None:
    clock = start(kernel(0, bound=None))
    assert mark(clock, at(clock)) is None


# window and floor


def test_a_time_outside_the_plan_s_window_is_untrusted() -> None:
    clock = start(reading(0))
    assert trust(clock, limits=Limits(0, Interval(start=NOW, end=NOW + 1))) is Trust.HELD
    assert trust(clock, limits=Limits(0, Interval(start=NOW + 1, end=NOW + 10))) is Trust.UNTRUSTED
    assert trust(clock, limits=Limits(0, Interval(start=NOW - 10, end=NOW))) is Trust.UNTRUSTED


def test_a_clock_that_nobody_vouches_for_lies_at_the_floor_at_least() -> None:
    limits = Limits(NOW - DAY)
    clock = start(kernel(0, Y1970, None), None, limits)
    assert at(clock, 0, limits).wall == NOW - DAY
    assert trust(start(reading(0, Y1970), None, limits), 0, limits) is Trust.UNTRUSTED


def test_the_floor_rises_only_with_a_time_on_which_two_agree() -> None:
    alone = start(reading(0, DAY))
    assert floor(alone, 0) == 0
    assert floor(hear_welcome(alone, answer(0)), 0) == 0
    office = hear_welcome(start(kernel(0, bound=None)), answer(0, DAY))
    assert floor(hear_welcome(office, answer(60, DAY)), 60 * SECOND) == 0
    assert floor(agreed(), 5 * SECOND, Limits(NOW)) == NOW + 5000
    assert floor(agreed(), 5 * SECOND, Limits(NOW + DAY)) == NOW + DAY


@pytest.mark.parametrize("year", [2038, 2106, 2200])
def test_no_year_is_the_last(year: int) -> None:
    away = (year - 1970) * 365 * DAY - NOW + 25 * DAY
    limits = Limits(NOW + away - DAY, Interval(start=NOW + away - DAY, end=NOW + away + DAY))
    clock = hear_welcome(start(reading(0, away), None, limits), answer(1, away), limits)
    now = at(hear_host(clock, reading(2, away), limits), 2, limits)
    assert (now.wall, now.trust) == (NOW + away + 2000, Trust.HELD)


# when the office is asked


def test_the_office_is_asked_soon_while_a_step_is_fresh_and_seldom_else() -> None:
    clock = agreed()
    assert ask_every(clock, at(clock, 1)) == ASK_DAILY
    clock = stands(clock, 1, 2, HOUR)
    assert ask_every(clock, at(clock, 2)) == ASK_SOON
    assert ask_at(clock, 2 * SECOND) == SECOND + CONFIRM
    denied = hear_welcome(clock, answer(3), PLAN)
    assert ask_every(denied, at(denied, 3)) == ASK_DISPUTED
    assert ask_at(denied, 3 * SECOND) is None
    unknown = start(kernel(0, bound=None))
    assert ask_every(unknown, at(unknown, 5000)) == ASK_LATER


# what no history can bring about

STEPS = (0, 900, -900, 3000, HOUR, -HOUR, DAY, -DAY, Y1970, Y2099)
happening = st.tuples(
    st.sampled_from(("host", "kernel", "adrift", "office", "wait")),
    st.sampled_from(STEPS),
    st.integers(1, 900),
)


@given(st.lists(happening, max_size=25))
@settings(max_examples=300, deadline=None)
def test_whoever_lies_a_trusted_time_is_one_that_somebody_said_and_that_the_plan_admits(
    history: list[tuple[str, int, int]],
) -> None:
    clock, second = start(kernel(0, bound=None), None, PLAN), 0
    said: set[int] = set()
    for what, step, seconds in history:
        second += seconds
        match what:
            case "host":
                clock, said = hear_host(clock, reading(second, step), PLAN), said | {step}
            case "kernel":
                clock, said = hear_host(clock, kernel(second, step), PLAN), said | {step}
            case "adrift":
                clock = hear_host(clock, kernel(second, step, None), PLAN)
            case "office":
                clock, said = hear_welcome(clock, answer(second, step), PLAN), said | {step}
        now = at(clock, second)
        if now.trust is Trust.UNTRUSTED:
            continue
        assert PLAN.window is not None
        assert PLAN.window.start <= now.wall < PLAN.window.end
        assert min(abs(now.wall - NOW - second * 1000 - step) for step in said) <= 1
        assert now.bound * 1_000_000 <= LONGEST_BOUND


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 59)), max_size=20))
@settings(max_examples=300, deadline=None)
def test_as_long_as_the_office_is_right_and_asked_each_minute_no_step_moves_the_time(
    history: list[tuple[int, int]],
) -> None:
    clock, second = agreed(), 1
    for step, seconds in history:
        clock = hear_host(clock, reading(second, step), PLAN)
        clock = hear_host(clock, reading(second + seconds, step), PLAN)
        second += seconds
        now = at(clock, second)
        assert abs(now.wall - NOW - second * 1000) <= 5000
        clock = hear_welcome(clock, answer(second), PLAN)
        assert trust(clock, second) is not Trust.UNTRUSTED
        second += 1
