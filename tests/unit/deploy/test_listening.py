"""A programme is found in a recording, at the exact frame, and only where it is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from deploy.listening import find, frames_apart

RATE = 8_000


def noise(seconds: float, seed: int = 0) -> NDArray[np.float64]:
    """Something that is like nothing else."""
    return np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * 3000


@pytest.mark.parametrize("offset", [0, 1, 4321, 12 * RATE])
def test_a_programme_is_found_at_its_frame(offset: int) -> None:
    programme = noise(8)
    recording = np.concatenate((np.zeros(offset), programme * 0.2, np.zeros(RATE)))
    found, alike = find(programme, recording, RATE)
    assert found == offset
    assert alike > 0.999


def test_a_recording_that_begins_in_mid_programme_has_a_negative_offset() -> None:
    programme = noise(8)
    found, alike = find(programme, programme[3 * RATE :], RATE)
    assert found == -3 * RATE
    assert alike > 0.999


def test_noise_lowers_the_correlation_and_not_the_place() -> None:
    programme = noise(6)
    recording = np.concatenate((np.zeros(777), programme)) + np.concatenate((np.zeros(777), noise(6, 1)))
    found, alike = find(programme, recording, RATE)
    assert found == 777
    assert 0.6 < alike < 0.8


def test_another_programme_is_not_taken_for_it() -> None:
    assert find(noise(6), noise(9, 5), RATE)[1] < 0.1


def test_silence_is_alike_to_nothing() -> None:
    assert find(noise(2), np.zeros(RATE), RATE) == (0, 0.0)
    assert find(np.zeros(RATE), noise(2), RATE) == (0, 0.0)


def test_a_fraction_of_a_frame_is_seen() -> None:
    times = np.arange(4000)

    def wave(late: float) -> NDArray[np.float64]:
        return np.exp(-(((times - 2000 - late) / 20) ** 2))

    assert frames_apart(wave(0), wave(3.4)) == pytest.approx(3.4, abs=0.05)
