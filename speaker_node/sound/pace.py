"""Which frame of a programme belongs at which instant, and what to do about the error. Pure."""

from __future__ import annotations

from collections import deque
from statistics import median

from speaker_node.sound.messages import RATE

TOLERANCE = 300_000
"""ns of median error from which single frames are dropped or repeated."""
JUMP = 20_000_000
"""ns of error from which the position is set anew."""
WINDOW = 20
"""Blocks over which the median is taken."""
PAUSE = 2
"""Blocks between two single-frame corrections, so that none is heard."""
SURE = 3
"""Blocks in a row that must be off by JUMP: one late reading of the device's clock is no error."""


def nanoseconds(frames: int) -> int:
    """The time that so many frames take."""
    return frames * 1_000_000_000 // RATE


def frames_between(start: int, end: int) -> int:
    """The whole number of frames nearest to the time from one instant to another; negative if `end` is earlier."""
    return (2 * (end - start) * RATE + 1_000_000_000) // 2_000_000_000


class Pace:
    """Keeps frame k of a programme at `at` + (k - first) / RATE."""

    def __init__(self, at: int, first: int) -> None:
        self.at, self.first = at, first
        self.position: int | None = None
        self._errors: deque[int] = deque(maxlen=WINDOW)
        self._pause = 0

    def due(self, instant: int) -> int:
        """The frame that belongs at an instant."""
        return self.first + frames_between(self.at, instant)

    def instant(self, frame: int) -> int:
        """The instant at which a frame belongs."""
        return self.at + nanoseconds(frame - self.first)

    def begin(self, instant: int) -> int:
        """Sets the position for the first block, or anew after the device lost its place: frames that are past are
        skipped. Returns the error that is left, in ns."""
        self.position = max(self.first, self.due(instant))
        self._errors.clear()
        return instant - self.instant(self.position)

    def correct(self, instant: int) -> int:
        """The next block will be heard at `instant`: by how many frames to move on (1: drop one, -1: repeat one, more:
        jump). The caller moves `position`."""
        assert self.position is not None
        self._errors.append(instant - self.instant(self.position))
        self._pause -= 1
        last = list(self._errors)[-SURE:]
        if len(last) == SURE and all(abs(error) > JUMP for error in last):
            self._errors.clear()
            return self.due(instant) - self.position
        if len(self._errors) < WINDOW or self._pause > 0:
            return 0
        middle = median(self._errors)
        return self._one(1) if middle > TOLERANCE else self._one(-1) if middle < -TOLERANCE else 0

    def _one(self, step: int) -> int:
        self._errors = deque((error - step * nanoseconds(1) for error in self._errors), maxlen=WINDOW)
        self._pause = PAUSE
        return step
