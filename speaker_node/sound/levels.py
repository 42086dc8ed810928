"""How loud a block is, and what a programme's blocks were together."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from speaker_node.sound.messages import RATE
from speaker_node.sound.ring import Samples

SILENCE_DBFS = -50.0
"""A block above this level (RMS against full scale) has sounded."""
PAUSE = 2 * RATE
"""So many frames after it still count as sounded: a quarter of good speech is the silence between its words."""
FULL_SCALE = 32768.0
WINDOW = 3_000_000_000
"""ns over which the present level is read: longer than a breath between two sentences."""
FLOOR = -96.0
"""dBFS of 16 bits of nothing."""


def decibels(power: float) -> float:
    """dB of a mean square, where a full-scale square wave is 0; -infinity for silence."""
    return 10 * math.log10(power) if power > 0 else -math.inf


def mean_square(samples: Samples) -> float:
    """Mean square of a block against full scale, 0..1."""
    wide = samples.astype(np.float32)
    return float(np.dot(wide, wide)) / (len(samples) * FULL_SCALE**2) if len(samples) else 0.0


class Level:
    """How loud the last `WINDOW` of what went out was."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[int, int, float]] = deque()

    def add(self, instant: int, samples: Samples) -> None:
        """A block of a sound that the device took, heard at `instant` (ns)."""
        self._blocks.append((instant, len(samples), mean_square(samples)))

    def read(self, instant: int) -> float | None:
        """dBFS (RMS), at least FLOOR; None where nothing went out of late."""
        while self._blocks and self._blocks[0][0] < instant - WINDOW:
            self._blocks.popleft()
        frames = sum(frames for _, frames, _ in self._blocks)
        if not frames:
            return None
        return round(max(FLOOR, decibels(sum(each * power for _, each, power in self._blocks) / frames)), 1)


class Meter:
    """Adds up what sounded: frames of blocks above SILENCE_DBFS and of the pauses after them, and the loudness of
    the former."""

    def __init__(self, cues: int) -> None:
        self.taken = 0
        self.sounded = 0
        self.by_cue = [0] * cues
        self._loud = 0
        self._energy = 0.0
        self._pause_left = 0

    def add(self, cue: int, samples: Samples) -> None:
        """One block of one cue that the device took."""
        frames, power = len(samples), mean_square(samples)
        self.taken += frames
        if decibels(power) > SILENCE_DBFS:
            self._loud += frames
            self._energy += power * frames
            self._pause_left, sounded = PAUSE, frames
        else:
            sounded = min(frames, self._pause_left)
            self._pause_left -= sounded
        self.sounded += sounded
        self.by_cue[cue] += sounded

    def loudness(self) -> float | None:
        """dBFS (RMS) of the loud blocks, None where nothing sounded."""
        return round(decibels(self._energy / self._loud), 2) if self._loud else None
