"""How loud a block is, and what a programme's blocks were together."""

from __future__ import annotations

import math

import numpy as np

from speaker_node.sound.ring import Samples

SILENCE_DBFS = -50.0
"""A block above this level (RMS against full scale) has sounded."""
FULL_SCALE = 32768.0


def decibels(power: float) -> float:
    """dB of a mean square, where a full-scale square wave is 0; -infinity for silence."""
    return 10 * math.log10(power) if power > 0 else -math.inf


def mean_square(samples: Samples) -> float:
    """Mean square of a block against full scale, 0..1."""
    wide = samples.astype(np.float32)
    return float(np.dot(wide, wide)) / (len(samples) * FULL_SCALE**2) if len(samples) else 0.0


class Meter:
    """Adds up what sounded: frames of blocks above SILENCE_DBFS, and their common loudness."""

    def __init__(self, cues: int) -> None:
        self.taken = 0
        self.sounded = 0
        self.by_cue = [0] * cues
        self._energy = 0.0

    def add(self, cue: int, samples: Samples) -> None:
        """One block of one cue that the device took."""
        frames, power = len(samples), mean_square(samples)
        self.taken += frames
        if decibels(power) > SILENCE_DBFS:
            self.sounded += frames
            self.by_cue[cue] += frames
            self._energy += power * frames

    def loudness(self) -> float | None:
        """dBFS (RMS) of all that sounded, None where nothing did."""
        return round(decibels(self._energy / self.sounded), 2) if self.sounded else None
