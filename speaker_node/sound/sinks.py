"""Where samples go: a sink says when the next frame will be heard, and takes blocks at the pace of its clock."""

from __future__ import annotations

import logging
import time
from typing import Protocol

from speaker_node.sound.pace import nanoseconds
from speaker_node.sound.ring import Samples

log = logging.getLogger(__name__)

BUFFER = 160_000_000
"""ns that a sink holds ahead of what is heard: the latency of a stop, and what a busy processor may take."""
RETRY = 1_000_000_000
"""ns until a lost device is tried again."""


class SinkError(Exception):
    """The device cannot be opened, or was lost; trying again later may help."""


class Sink(Protocol):
    """A port: AlsaSink, PacedSink, RecordingSink."""

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


class Device:
    """A sink that never fails: while the real one is lost, a PacedSink keeps time and the real one is tried again.

    `ok`: whether a device takes the samples. `moves` grows whenever instants have moved: positions must be set anew.
    """

    def __init__(self, sink: Sink) -> None:
        self.ok, self.error = False, ""
        self.moves = self.underruns = 0
        self._sink, self._clock = sink, PacedSink()
        self._retry_at = 0
        self._clock.open()

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
        self.moves += 1

    def _lose(self, error: SinkError) -> None:
        self._sink.close()
        self.ok = False
        self._retry_at = time.monotonic_ns() + RETRY
        self.moves += 1
        self._clock.open()
        self._note(str(error))

    def _note(self, error: str) -> None:
        if error != self.error:
            log.error("no sound device: %s", error)
            self.error = error
