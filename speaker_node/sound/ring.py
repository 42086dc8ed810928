"""The bounded ring between decoder and writer: decoded stretches, each with its place in the programme."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Stretch:
    """`frames` from programme frame `at` on, of one cue. No samples: silence; `missing` tells why it is silent."""

    at: int
    frames: int
    cue: int
    samples: Samples | None = None
    missing: bool = False

    def part(self, start: int, end: int) -> Stretch:
        """What lies in programme frames start..end; it may be empty."""
        start, end = max(start, self.at), min(end, self.at + self.frames)
        cut = None if self.samples is None else self.samples[start - self.at : end - self.at]
        return Stretch(start, max(0, end - start), self.cue, cut, self.missing)


MOST_UNREAD = 16


class Ring:
    """Filled in order by one decoder, emptied by one writer. `put` waits while it is full, `take` never waits."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._queue: deque[Stretch] = deque()
        self._held = 0
        self._floor = 0
        self._open = True
        self._complete = False
        self.mute = False
        """Its decoder gives silence though the file holds sound."""
        self.unread: tuple[str, ...] = ()
        """Files that could not be read, or gave less than they should; the first few, by name."""
        self._room = threading.Condition()

    def put(self, stretch: Stretch) -> bool:
        """Adds a stretch, waiting for room; False once the ring is closed: then stop decoding."""
        with self._room:
            while self._open and self._held >= self._capacity:
                self._room.wait()
            if self._open and stretch.at + stretch.frames > self._floor and stretch.frames:
                self._queue.append(stretch)
                self._held += stretch.frames
            return self._open

    def lament(self, name: str) -> None:
        """A file could not be read, or gave less than it should."""
        if name not in self.unread and len(self.unread) < MOST_UNREAD:
            self.unread = (*self.unread, name)

    def complete(self) -> None:
        """Nothing more will be put."""
        self._complete = True

    def is_complete(self) -> bool:
        """Whether all was put that ever will be."""
        return self._complete

    def held(self) -> int:
        """Frames that wait to be taken."""
        return self._held

    def take(self, start: int, frames: int) -> list[Stretch]:
        """What is there of programme frames start..start+frames. All before is let go: no frame is given twice."""
        end, found = start + frames, []
        with self._room:
            self._floor = max(self._floor, end)
            while self._queue and self._queue[0].at < end:
                stretch = self._queue.popleft()
                self._held -= stretch.frames
                if (part := stretch.part(start, end)).frames:
                    found.append(part)
                if (rest := stretch.part(end, stretch.at + stretch.frames)).frames:
                    self._queue.appendleft(rest)
                    self._held += rest.frames
            # Woken at half: the decoder works in bursts, and the processor sleeps between them.
            if self._held <= self._capacity // 2:
                self._room.notify()
        return found

    def close(self) -> None:
        """Lets go of everything and of a waiting decoder, for good."""
        with self._room:
            self._open = False
            self._queue.clear()
            self._held = 0
            self._room.notify()
