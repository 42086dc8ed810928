"""Where samples go: a sink says when the next frame will be heard, and takes blocks at the pace of its clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from speaker_node.sound.pace import nanoseconds
from speaker_node.sound.ring import Samples

log = logging.getLogger(__name__)

BUFFER = 160_000_000
"""ns that a sink holds ahead of what is heard: the latency of a stop, and what a busy processor may take."""
RETRY = 1_000_000_000
"""ns until a device that did not open is tried again."""
STEADY = 5_000_000_000
"""ns after which a device that is lost had been a good one."""
CLIMB = 10_000_000_000
"""ns between two looks for a better device than the one in use."""


class SinkError(Exception):
    """The device cannot be opened, or was lost; trying again later may help."""


class Sink(Protocol):
    """A port: AlsaSink, PacedSink, RecordingSink, Ladder. `name`: of the device that it uses now."""

    @property
    def name(self) -> str: ...

    def open(self) -> None:
        """Begins to run; SinkError where it cannot."""

    def next_instant(self) -> int | None:
        """The monotonic instant (ns) at which the next written frame is heard; None until it runs."""

    def write(self, samples: Samples, token: str) -> bool:
        """Takes a block of `token` ("" for silence), waiting for room; False if it ran dry before, so that instants
        have moved. SinkError when the device is lost."""

    def close(self) -> None:
        """Ends it; it may be opened again."""


class PacedSink:
    """No device: keeps real time exactly and hears nothing."""

    name = "recording"

    def __init__(self) -> None:
        self._origin = 0
        self._written = 0

    def open(self) -> None:
        """Its first frame is heard half a buffer from now."""
        self._origin, self._written = time.monotonic_ns() + BUFFER // 2, 0

    def next_instant(self) -> int:
        """Exact by definition."""
        return self._origin + nanoseconds(self._written)

    def write(self, samples: Samples, token: str) -> bool:
        """Waits until there is room in the buffer that it has not got."""
        now = time.monotonic_ns()
        ahead = self.next_instant() - now
        if ahead < 0:
            self.open()
        end = self.next_instant() + nanoseconds(len(samples))
        if (excess := end - now - BUFFER) > 0:
            time.sleep(excess / 1e9)
        self._written += len(samples)
        return ahead >= 0

    def close(self) -> None:
        """Nothing to let go of."""


class Ladder:
    """Several devices in the order of preference: the first that opens is used.

    A lower one is used while the higher do not open. They are tried again from time to time while nothing sounds, so
    that a device that came back is used from the next sound on.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks, self._rung, self._try_at = list(sinks), 0, 0

    @property
    def name(self) -> str:
        """The device in use."""
        return self._sinks[self._rung].name

    def open(self) -> None:
        """Opens the highest that can be; SinkError with what each said."""
        self._climb(len(self._sinks))

    def next_instant(self) -> int | None:
        """As the device in use."""
        return self._sinks[self._rung].next_instant()

    def write(self, samples: Samples, token: str) -> bool:
        """As the device in use; False after another one was taken."""
        if self._rung and not token and time.monotonic_ns() >= self._try_at:
            lower = self._sinks[self._rung]
            with suppress(SinkError):
                self._climb(self._rung)
                lower.close()
                return False
        return self._sinks[self._rung].write(samples, token)

    def close(self) -> None:
        """Ends the device in use."""
        self._sinks[self._rung].close()

    def _climb(self, below: int) -> None:
        """Opens the highest above a rung."""
        self._try_at = time.monotonic_ns() + CLIMB
        reasons = []
        for rung in range(below):
            try:
                self._sinks[rung].open()
            except SinkError as error:
                reasons.append(str(error))
                continue
            self._rung = rung
            return
        raise SinkError("; ".join(reasons))


class Device:
    """A sink that never fails: while the real one is lost, a PacedSink keeps time and the real one is tried again.

    `ok`: whether a device takes the samples. `moves` grows whenever instants have moved: positions must be set anew.
    """

    def __init__(self, sink: Sink) -> None:
        self.ok, self.error = False, ""
        self.moves = self.underruns = 0
        self._sink, self._clock = sink, PacedSink()
        self._steady_at = 0
        self._retry_at = 0
        self._clock.open()

    @property
    def name(self) -> str:
        """The device that takes the samples; empty: none."""
        return self._sink.name if self.ok else ""

    def next_instant(self) -> int | None:
        """As Sink.next_instant."""
        if not self.ok and time.monotonic_ns() >= self._retry_at:
            self._try_open()
        if self.ok:
            try:
                return self._sink.next_instant()
            except SinkError as error:
                self._lose(error)
        return self._clock.next_instant()

    def write(self, samples: Samples, token: str) -> None:
        """As Sink.write."""
        if not self.ok:
            self._clock.write(samples, token)
            return
        try:
            if not self._sink.write(samples, token):
                self.underruns += 1
                self.moves += 1
        except SinkError as error:
            self._lose(error)

    def close(self) -> None:
        """Ends the real one."""
        if self.ok:
            self._sink.close()
            self.ok = False

    def _try_open(self) -> None:
        try:
            self._sink.open()
        except SinkError as error:
            self._retry_at = time.monotonic_ns() + RETRY
            self._note(str(error))
            return
        self.ok, self.error = True, ""
        self._steady_at = time.monotonic_ns() + STEADY
        self.moves += 1

    def _lose(self, error: SinkError) -> None:
        """One that had served for long is looked for at once: another of the ladder may take its place."""
        self._sink.close()
        self.ok = False
        now = time.monotonic_ns()
        self._retry_at = now if now >= self._steady_at else now + RETRY
        self.moves += 1
        self._clock.open()
        self._note(str(error))

    def _note(self, error: str) -> None:
        if error != self.error:
            log.error("no sound device: %s", error)
            self.error = error
