"""Built-in sounds that need no file: the last that a node can say, and what its own path is tested with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speaker_node.sound.messages import RATE
from speaker_node.sound.ring import Samples

TEST_HZ = 1000.0
TEST_LEVEL = -20.0
"""dBFS (RMS) of the test tone: a steady sine, about as loud as speech."""
ATTENTION_HZ = (660.0, 880.0)
ATTENTION_LEVEL = -9.0
STEP, SOUNDING = RATE // 2, 4 * RATE
"""Frames: the attention tone changes its pitch twice a second; after four seconds of it comes one of rest."""
CYCLE = 5 * RATE
FULL_SCALE = 32767


def tone(name: str, first: int, frames: int) -> Samples:
    """Frames [first, first + frames) of a built-in tone, mono; an unknown name is the attention tone.

    Any stretch of it is the same however it is cut, so that it goes on where another process left it.
    """
    at = np.arange(first, first + frames)
    return _sine(at, np.full(frames, TEST_HZ), TEST_LEVEL) if name == "test" else _attention(at)


def _attention(at: npt.NDArray[np.int64]) -> Samples:
    # Both pitches make whole waves in a step, so that no step clicks.
    pitch = np.where((at // STEP) % 2 == 0, *ATTENTION_HZ)
    sounds = at % CYCLE < SOUNDING
    return np.where(sounds, _sine(at, pitch, ATTENTION_LEVEL), 0).astype(np.int16)


def _sine(at: npt.NDArray[np.int64], pitch: npt.NDArray[np.float64], level: float) -> Samples:
    peak = 10 ** (level / 20) * np.sqrt(2) * FULL_SCALE
    phase = (at % RATE) * pitch / RATE
    samples: Samples = np.round(peak * np.sin(2 * np.pi * phase)).astype(np.int16)
    return samples
