"""The built-in tones: their level, and that no cut of them is heard."""

import numpy as np
import pytest

from speaker_node.sound.levels import decibels, mean_square
from speaker_node.sound.messages import RATE
from speaker_node.sound.tones import ATTENTION_LEVEL, CYCLE, SOUNDING, TEST_LEVEL, tone


def test_the_test_tone_is_a_steady_sine_of_the_stated_level() -> None:
    samples = tone("test", 0, RATE)
    assert decibels(mean_square(samples)) == pytest.approx(TEST_LEVEL, abs=0.01)
    loudest = int(np.abs(np.fft.rfft(samples)).argmax())
    assert loudest == 1000


def test_the_attention_tone_is_loud_rests_a_fifth_of_its_time_and_does_not_clip() -> None:
    samples = tone("attention", 0, CYCLE)
    assert decibels(mean_square(samples[:SOUNDING])) == pytest.approx(ATTENTION_LEVEL, abs=0.01)
    assert not samples[SOUNDING:].any()
    assert np.abs(samples.astype(int)).max() < 32767


def test_its_pitch_changes_without_a_click() -> None:
    samples = tone("attention", 0, SOUNDING).astype(int)
    steepest = np.abs(np.diff(samples)).max()
    assert steepest <= 2 * np.pi * 880 / RATE * np.abs(samples).max() * 1.01


@pytest.mark.parametrize("name", ["test", "attention", "unknown"])
def test_any_cut_of_it_is_the_same(name: str) -> None:
    samples = tone(name, 0, CYCLE * 2)
    for first, frames in ((1, 7), (RATE - 3, 6), (CYCLE - 5, 50), (23_999, 2)):
        assert (tone(name, first, frames) == samples[first : first + frames]).all()
