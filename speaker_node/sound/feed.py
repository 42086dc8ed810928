"""Fills the ring of one sound, cue after cue, in a thread of its own: each cue takes exactly its frames, whatever the
decoder gives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from speaker_node.sound.formats import DecodeError, Way, way_into
from speaker_node.sound.messages import RATE, Cue
from speaker_node.sound.ring import Ring, Samples, Stretch
from speaker_node.sound.tones import tone

log = logging.getLogger(__name__)

AHEAD = 4 * RATE
"""Frames decoded ahead of the writer."""
MUTE = 3 * RATE // 2
"""Frames of zeros in a row, where there must be sound, that are no decoding: more than the pauses of two pages (a
second each) that are full all the same."""
EDGE = RATE // 5
"""Formats other than the delivery profile may lose their last packets in libVLC; what lacks beyond is missing."""


class Decodes(Protocol):
    """What can decode a file: see decoder.Decoder."""

    def decode(self, way: Way, deliver: Callable[[Samples], bool]) -> None:
        """Gives the samples that come that way to `deliver` until the file ends or it answers False."""


class Feed:
    """Decodes `cues` from programme frame `begin` on into `ring`."""

    def __init__(self, decoder: Decodes, cues: Sequence[Cue], begin: int) -> None:
        self.ring = Ring(AHEAD)
        self._decoder, self._cues, self._begin = decoder, tuple(cues), begin
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        """Begins to decode."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it soon; never waits."""
        self.ring.close()

    def _run(self) -> None:
        start = 0
        for number, cue in enumerate(self._cues):
            end = start + cue.frames
            if end > self._begin and not _Filling(self.ring, number, max(start, self._begin), end).fill(
                self._decoder, cue, start
            ):
                return
            start = end
        self.ring.complete()


class _Filling:
    """One cue on its way into the ring: programme frames cursor..end are still to be put."""

    def __init__(self, ring: Ring, number: int, cursor: int, end: int) -> None:
        self._ring, self._number, self._cursor, self._end = ring, number, cursor, end
        self._coming = cursor
        self._nothing = 0

    def fill(self, decoder: Decodes, cue: Cue, start: int) -> bool:
        """Puts the whole cue, which begins at programme frame `start`; False once the ring is closed."""
        if cue.tone:
            return self._tone(cue.tone, start)
        if cue.path is None:
            return self._silence(self._end, missing=True)
        try:
            way = way_into(Path(cue.path), self._cursor - start)
            self._coming = start + way.frame
            self._silence(min(self._coming, self._end), missing=False)
            decoder.decode(way, lambda samples: self._deliver(samples, way, start))
        except (DecodeError, OSError) as error:
            log.warning("cue %d stays silent: %s", self._number, error)
        lacks = self._end - self._cursor > EDGE
        whole = self._silence(self._end, missing=lacks)
        # A ring that was closed ends a decoding too: then nothing is known of the file.
        if lacks and whole:
            self._ring.lament(Path(cue.path).name)
        return whole

    def _tone(self, name: str, start: int) -> bool:
        while self._cursor < self._end:
            frames = min(RATE // 4, self._end - self._cursor)
            samples = tone(name, self._cursor - start, frames)
            if not self._put(Stretch(self._cursor, frames, self._number, samples)):
                return False
        return True

    def _deliver(self, samples: Samples, way: Way, start: int) -> bool:
        self._listen(samples, way.is_lively(self._coming - start + len(samples) // 2))
        came = Stretch(self._coming, len(samples), self._number, samples)
        self._coming += len(samples)
        return self._put(came.part(self._cursor, self._end)) and self._cursor < self._end

    def _listen(self, samples: Samples, lively: bool) -> None:
        """A decoder that gives nothing but zeros where the file is full of sound is broken, not quiet."""
        self._nothing = self._nothing + len(samples) if lively and not samples.any() else 0
        if self._nothing >= MUTE:
            self._ring.mute = True

    def _silence(self, until: int, *, missing: bool) -> bool:
        return self._put(Stretch(self._cursor, max(0, until - self._cursor), self._number, None, missing))

    def _put(self, stretch: Stretch) -> bool:
        self._cursor = max(self._cursor, stretch.at + stretch.frames) if stretch.frames else self._cursor
        return self._ring.put(stretch)
