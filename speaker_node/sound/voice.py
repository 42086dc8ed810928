"""One sound on its way out: takes its frames from the ring, places them, fades them, and counts what came of it."""

from __future__ import annotations

import numpy as np

from speaker_node.sound.levels import Meter
from speaker_node.sound.messages import RATE, Progress, Sound
from speaker_node.sound.pace import Pace, frames_between, nanoseconds
from speaker_node.sound.ring import Ring, Samples, Stretch

FADE_OUT = 25_000_000
FADE_IN = 10_000_000
"""ns. A cut in mid-programme fades out and comes back softly; a programme's own first and last frames are let be."""
PATIENCE = 500_000_000
"""ns that a late decoder is waited for; what is past by then is skipped."""
STARVED = 2_500_000_000
"""ns without a frame after which its decoder hangs."""
NEVER = 2**63
"""An instant that does not come."""


class Voice:
    """A sound with its ring. It is asked block by block, in the order of time, by one thread."""

    def __init__(self, sound: Sound, ring: Ring, given: int) -> None:
        """`given`: the instant (ns) at which it could have begun at the earliest."""
        self.token, self.ring = sound.token, ring
        self.total = sum(cue.frames for cue in sound.cues)
        self.begun = self.dropped = False
        self.underruns = 0
        self._pace = Pace(sound.at, sound.first)
        self._meter = Meter(len(sound.cues))
        self._missing = 0
        self._start_error: int | None = None
        self._soft_from: int | None = None
        self._given = given
        self._fed_at: int | None = None
        self._over_at: int | None = None
        self._ended = False
        self.yields = NEVER
        self.follow(sound)

    def follow(self, sound: Sound) -> None:
        """Takes instants and gain of the same token as they are now wanted; its cues stay what they were."""
        self._pace.at, self._pace.first = sound.at, sound.first
        self._until, self._factor = sound.until, 10 ** (sound.gain / 20)

    @property
    def at(self) -> int:
        """The instant of its first frame, ns."""
        return self._pace.at

    @property
    def cut(self) -> int:
        """The instant from which nothing of it is heard, ns."""
        return min(self._until, self.yields)

    def is_over(self, instant: int) -> bool:
        """Whether nothing of it is left at an instant."""
        return self._next(instant) >= self.total or instant >= self.cut

    def is_past(self, now: int) -> bool:
        """Whether its last frame has been heard."""
        return self._over_at is not None and now >= self._over_at

    def frames_left(self, instant: int) -> int:
        """Frames from `instant` to its end, at least 1 while it is not over."""
        return max(1, min(self.total - self._next(instant), frames_between(instant, self.cut)))

    def end(self, instant: int) -> None:
        """Nothing of it comes after `instant`."""
        if self._over_at is None:
            self._over_at = instant
            self._ended = self._next(instant) >= self.total or instant >= self._until
            self.ring.close()

    def is_ready(self, instant: int) -> bool:
        """Whether it can begin: something is decoded, or waiting for it would hide a decoder that hangs."""
        return self.ring.held() > 0 or self.ring.is_complete() or instant > max(self.at, self._given) + PATIENCE

    def starves(self, instant: int) -> bool:
        """Whether its decoder has given nothing for too long."""
        return self._fed_at is not None and instant > self._fed_at + STARVED

    def realign(self) -> None:
        """The device lost its place: the next block begins where it belongs."""
        if self.begun:
            self._pace.position = None

    def render(self, instant: int, frames: int, *, heard: bool = True) -> Samples:
        """The block that begins at `instant`. `heard`: whether a device will take it, so that it counts."""
        self._place(instant)
        position = self._pace.position or 0
        step = self._pace.correct(instant)
        if step == -1:
            block = self._take(instant, position, frames - 1, frames, heard)
            block[-1] = block[-2] if frames > 1 else 0
            self._pace.position = position + frames - 1
        else:
            block = self._take(instant, position + step, frames, frames, heard)
            self._pace.position = position + step + frames
        return self._faded(block, instant)

    def progress(self, now: int, next_instant: int | None) -> Progress:
        """What it has done by `now`; `next_instant`: when the next written frame will be heard."""
        waiting = 0 if next_instant is None else max(0, frames_between(now, next_instant))
        position = self._next(now)
        heard = position if self._over_at is not None else position - waiting
        return Progress(
            self.token,
            min(self.total, max(self._pace.first, heard)),
            self._meter.taken,
            self._meter.sounded,
            self._missing,
            tuple(self._meter.by_cue),
            self._meter.loudness(),
            self._start_error,
            self._ended and self.is_past(now),
            final=self.is_past(now),
        )

    def _next(self, instant: int) -> int:
        return self._pace.due(instant) if self._pace.position is None else self._pace.position

    def _place(self, instant: int) -> None:
        if self._pace.position is not None:
            return
        error = self._pace.begin(instant)
        if not self.begun:
            self.begun, self._start_error = True, round(error / 1000)
        if self._pace.position != 0:
            self._soft_from = instant

    def _take(self, instant: int, position: int, wanted: int, frames: int, heard: bool) -> Samples:
        block = np.zeros(frames, np.int16)
        complete, filled = self.ring.is_complete(), 0
        for stretch in self.ring.take(position, wanted):
            filled += stretch.frames
            self._lay(block, stretch, stretch.at - position, heard)
        if filled < wanted and not complete and self._pace.first <= position:
            self._missing += wanted - filled
            self.underruns += 1
        if self._fed_at is None or filled or complete:
            self._fed_at = instant
        return block

    def _lay(self, block: Samples, stretch: Stretch, offset: int, heard: bool) -> None:
        if stretch.samples is None:
            self._missing += stretch.frames if stretch.missing else 0
            return
        part = self._louder(stretch.samples)
        block[offset : offset + stretch.frames] = part
        if heard:
            self._meter.add(stretch.cue, part)

    def _louder(self, samples: Samples) -> Samples:
        if self._factor == 1:
            return samples
        loud: Samples = np.clip(samples * np.float32(self._factor), -32768, 32767).astype(np.int16)
        return loud

    def _faded(self, block: Samples, instant: int) -> Samples:
        last = instant + nanoseconds(len(block))
        # A natural end within a millisecond of the cut is no cut: the pace may be off by a fraction of one.
        cuts = self._pace.instant(self.total) > self.cut + 1_000_000
        fades_out = cuts and last > self.cut - FADE_OUT
        fades_in = self._soft_from is not None and instant < self._soft_from + FADE_IN
        if not fades_out and not fades_in:
            return block
        times = instant + np.arange(len(block)) * (1e9 / RATE)
        shape = np.ones(len(block))
        if fades_out:
            shape = np.clip((self.cut - times) / FADE_OUT, 0, 1)
        if fades_in and self._soft_from is not None:
            shape = shape * np.clip((times - self._soft_from) / FADE_IN, 0, 1)
        faded: Samples = (block * shape).astype(np.int16)
        return faded
