"""The guard's loop: Holds in, relay lines held, Reports out. It never writes where it could wait, and asks no clock but
the monotonic one."""

import os
import selectors
import time
from collections.abc import Iterable
from contextlib import suppress

from speaker_node.amplifier.contact import PINS, Contact, judged_at, looked, stuck
from speaker_node.amplifier.lease import AGENT_GONE, FIRST, STOP, Limits, Line, line, renewed, until
from speaker_node.amplifier.messages import Lines, Report, decode_hold, encode
from speaker_node.amplifier.relays import Relays

_CHUNK = 65_536
LOOK_NS = 2_000_000_000
"""The contact is looked at so often though no change of it was told."""


class Guard:
    """Holds the relays to what the lease allows. `holds_fd` brings Holds, `reports_fd` takes Reports, a byte on
    `wake_fd` is a signal to stop (its number) or a change of the read-back contact (0)."""

    def __init__(self, relays: Relays, limits: Limits, holds_fd: int, reports_fd: int, wake_fd: int) -> None:
        self._relays, self._limits = relays, limits
        self._holds_fd, self._reports_fd, self._wake_fd = holds_fd, reports_fd, wake_fd
        self._lease, self._lines = FIRST, Lines()
        self._now = line(self._lease, limits, 0)
        self._since_ns, self._edges = time.monotonic_ns(), 0
        self._contact, self._told = Contact(), ""

    def run(self) -> None:
        """Returns, with the relays open, when the agent is gone or a signal asks to stop."""
        selector = selectors.DefaultSelector()
        for fd in (self._holds_fd, self._reports_fd, self._wake_fd):
            os.set_blocking(fd, False)
        selector.register(self._holds_fd, selectors.EVENT_READ)
        selector.register(self._wake_fd, selectors.EVENT_READ)
        self._report()
        while (stop := self._turn({key.fd for key, _ in selector.select(self._patience())})) is None:
            pass
        self._hold_to(Line(False, stop))

    def _patience(self) -> float | None:
        now_ns = time.monotonic_ns()
        look_ns = None if self._relays.read_back() is None else now_ns + LOOK_NS
        judged_ns = judged_at(self._contact)
        # Once it is judged, only a look changes it.
        ahead = (until(self._lease, self._limits, now_ns), look_ns, None if self._told else judged_ns)
        limit_ns = min((instant for instant in ahead if instant is not None), default=None)
        return None if limit_ns is None else max(0, limit_ns - now_ns) / 1e9

    def _turn(self, ready: Iterable[int]) -> str | None:
        """One turn; the cause to stop, if there is one. A stop and a lost agent stand before any Hold."""
        news = False
        if self._wake_fd in ready:
            if any(os.read(self._wake_fd, _CHUNK)):
                return STOP
            news = True
        if self._holds_fd in ready:
            data = os.read(self._holds_fd, _CHUNK)
            if not data:
                return AGENT_GONE
            self._take(data)
            news = True
        edge = self._hold_to(line(self._lease, self._limits, time.monotonic_ns()))
        if self._look() or edge or news:
            self._report()
        return None

    def _look(self) -> bool:
        """Reads the contact and the lines; whether a fault came or went."""
        now_ns, before = time.monotonic_ns(), self._told
        self._contact = looked(self._contact, self._now.closed, self._relays.read_back(), now_ns)
        self._told = stuck(self._contact, now_ns) or ("" if self._relays.follow() else PINS)
        return self._told != before

    def _take(self, data: bytes) -> None:
        for row in self._lines.feed(data):
            with suppress(ValueError):
                self._lease = renewed(self._lease, decode_hold(row), time.monotonic_ns())

    def _hold_to(self, wanted: Line) -> bool:
        """Converges on `wanted`; whether that was an edge."""
        edge = wanted.closed != self._now.closed
        self._now = wanted
        if edge:
            self._relays.switch(wanted.closed, wanted.cause)
            self._since_ns, self._edges = time.monotonic_ns(), self._edges + 1
        return edge

    def _report(self) -> None:
        """Told if the agent reads; a full or broken pipe is the agent's trouble, and the lease answers it."""
        report = Report(
            self._now.closed,
            self._since_ns,
            self._now.cause,
            self._edges,
            self._relays.read_back(),
            self._relays.fault,
            stuck=self._told,
        )
        with suppress(OSError):
            os.write(self._reports_fd, encode(report))
