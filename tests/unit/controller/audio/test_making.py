"""One gain brings a sound to the target, and never crushes it; a name is for people only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.audio import AudioRefused, Profile
from controller.audio.making import Measured, checked_name, gain_for
from controller.audio.probing import falls_short

PROFILE = Profile()


@pytest.mark.parametrize(
    ("loudness", "peak", "gain"),
    [
        (-26.0, -20.0, 10.0),  # as it is wanted
        (-10.0, 0.0, -6.0),  # too loud
        (-26.0, -2.0, 6.0),  # held back: its peaks would be limited by more than 6 dB
        (-58.0, -50.0, 40.0),  # very quiet: no more than noise allows
    ],
)
def test_the_gain_brings_the_target_without_crushing_peaks(loudness: float, peak: float, gain: float) -> None:
    assert gain_for(Measured(loudness, peak), PROFILE) == gain


@given(st.floats(-60, 0), st.floats(-60, 6))
def test_no_gain_takes_limiter_or_sound_beyond_their_bounds(loudness: float, peak: float) -> None:
    gain = gain_for(Measured(loudness, peak), PROFILE)
    assert loudness + gain <= PROFILE.loudness + 0.01
    assert peak + gain <= PROFILE.ceiling + PROFILE.most_limited + 0.01


@pytest.mark.parametrize(
    ("found", "promised", "short"),
    [(10.0, None, False), (9.8, 10.0, False), (9.5, 10.0, True), (3590.0, 3600.0, False), (3500.0, 3600.0, True)],
)
def test_rounding_is_not_truncation(found: float, promised: float | None, short: bool) -> None:
    assert falls_short(found, promised) is short


@given(st.text(max_size=300))
def test_a_name_without_paths_and_controls_is_shown_as_it_is(name: str) -> None:
    if all(letter.isprintable() and letter not in "/\\" for letter in name):
        assert len(checked_name(name)) <= 120


@given(st.text(max_size=20), st.sampled_from("/\\\0\n\x1b"), st.text(max_size=20))
def test_a_name_that_could_be_more_than_a_name_is_refused(before: str, bad: str, after: str) -> None:
    with pytest.raises(AudioRefused) as refused:
        checked_name("a" + before + bad + after + "z")
    assert refused.value.reason == "bad_name"
