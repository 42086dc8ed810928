"""What is loud enough has sounded; loudness is that of what sounded."""

import math

import numpy as np
import pytest

from speaker_node.sound.levels import FLOOR, PAUSE, SILENCE_DBFS, WINDOW, Level, Meter, decibels, mean_square


def square(dbfs: float, frames: int = 960) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """A square wave of a level."""
    sign = np.where(np.arange(frames) % 2, 1, -1)
    return (sign * 32768 * 10 ** (dbfs / 20)).astype(np.int16)


@pytest.mark.parametrize("level", [-1.0, -20.0, -45.0])
def test_the_level_of_a_square_wave_is_its_height(level: float) -> None:
    assert decibels(mean_square(square(level))) == pytest.approx(level, abs=0.05)


def test_silence_and_nothing_are_minus_infinity() -> None:
    assert decibels(mean_square(np.zeros(10, np.int16))) == -math.inf
    assert mean_square(np.zeros(0, np.int16)) == 0


def test_what_stays_below_the_threshold_has_not_sounded() -> None:
    meter = Meter(2)
    meter.add(0, square(SILENCE_DBFS + 2))
    meter.add(1, square(SILENCE_DBFS - 2, PAUSE + 960))
    meter.add(1, square(SILENCE_DBFS - 2))
    assert (meter.taken, meter.sounded, meter.by_cue) == (PAUSE + 2880, PAUSE + 960, [960, PAUSE])


def test_the_pauses_of_speech_belong_to_what_sounded() -> None:
    meter = Meter(1)
    for _ in range(5):
        meter.add(0, square(-20))
        meter.add(0, square(-90, PAUSE // 2))
    assert meter.sounded == meter.taken
    assert meter.loudness() == pytest.approx(-20, abs=0.05)


def test_silence_before_the_first_sound_is_no_pause() -> None:
    meter = Meter(1)
    meter.add(0, square(-90))
    assert meter.sounded == 0


def test_loudness_is_the_mean_power_of_what_sounded() -> None:
    meter = Meter(1)
    meter.add(0, square(-10))
    meter.add(0, square(-70))
    assert meter.loudness() == pytest.approx(-10, abs=0.05)


def test_nothing_sounded_has_no_loudness() -> None:
    meter = Meter(1)
    meter.add(0, np.zeros(960, np.int16))
    assert meter.loudness() is None


def test_the_present_level_is_that_of_the_last_seconds_and_none_where_nothing_went_out() -> None:
    level, second = Level(), 1_000_000_000
    assert level.read(0) is None
    level.add(0, square(-40.0))
    assert level.read(second) == pytest.approx(-40.0, abs=0.1)
    level.add(WINDOW, square(-20.0))
    assert level.read(WINDOW + second) == pytest.approx(-20.0, abs=0.1)
    level.add(3 * WINDOW, np.zeros(960, np.int16))
    assert level.read(3 * WINDOW) == FLOOR
    assert level.read(5 * WINDOW) is None
