"""Frame k belongs at T + k / rate; single frames correct a drift, a jump a loss."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_node.sound.messages import RATE
from speaker_node.sound.pace import JUMP, PAUSE, SURE, TOLERANCE, WINDOW, Pace, frames_between, nanoseconds

T = 5_000_000_000


@given(st.integers(-(10**9), 10**9), st.integers(0, 2**60))
def test_frames_and_time_are_each_others_inverse(frames: int, start: int) -> None:
    assert frames_between(start, start + nanoseconds(frames)) == frames


def test_a_start_on_time_begins_at_first() -> None:
    pace = Pace(T, 480)
    assert abs(pace.begin(T + 3_000)) == 3_000
    assert pace.position == 480


def test_a_late_start_skips_what_is_past() -> None:
    pace = Pace(T, 0)
    error = pace.begin(T + 2_000_000_000)
    assert pace.position == 2 * RATE
    assert abs(error) <= nanoseconds(1)


def _corrections(offset: int, blocks: int) -> list[int]:
    pace = Pace(T, 0)
    pace.begin(T)
    pace.position = 0
    steps = []
    for block in range(blocks):
        step = pace.correct(T + nanoseconds(block * 960) + offset)
        pace.position += 960
        steps.append(step)
    return steps


def test_within_tolerance_nothing_is_corrected() -> None:
    assert not any(_corrections(TOLERANCE - 1000, 60))


@pytest.mark.parametrize("sign", [1, -1])
def test_beyond_tolerance_one_frame_at_a_time_with_a_pause(sign: int) -> None:
    steps = _corrections(sign * (TOLERANCE + 100_000), WINDOW + 4 * PAUSE)
    assert not any(steps[: WINDOW - 1])
    assert set(steps) == {0, sign}
    assert all(not (a and b) for a, b in pairwise(steps))


def test_one_late_reading_of_the_clock_is_no_reason_to_jump() -> None:
    pace = Pace(T, 0)
    pace.begin(T)
    readings = [0, JUMP * 3, 0, 0, JUMP * 3, 0]
    for block, late in enumerate(readings):
        assert pace.position is not None
        assert pace.correct(T + nanoseconds(block * 960) + late) == 0
        pace.position += 960


def test_a_lasting_error_beyond_a_jump_is_set_right_at_once() -> None:
    steps = _corrections(JUMP + 10_000_000, SURE)
    assert steps == [0] * (SURE - 1) + [frames_between(0, JUMP + 10_000_000)]
