"""The guard and the relay's contacts: the real lease, the line that it holds, and what the contacts do."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from speaker_node.amplifier.lease import FIRST, Limits, line, renewed
from speaker_node.amplifier.messages import Hold
from speaker_node.values import AmplifierState
from tests.simulation.clocks import SimClock
from tests.simulation.kernel import MS, SECOND, Kernel

LIMITS = Limits(lease_ns=3 * SECOND // 2, longest_on_ns=6 * 3600 * SECOND)


class Stuck(StrEnum):
    """What ails the contacts."""

    NO = ""
    CLOSED = "closed"
    OPEN = "open"


class SimGuard:
    """The agent's side and the guard itself: a port of the loop.

    `edge` hears of the contacts just before they move, `wake` is the agent's.

    While the agent's loop turns, it renews the lease between any two instants that matter: that is not played out. One
    that hangs renews no more: `abandoned`.
    """

    def __init__(
        self,
        kernel: Kernel,
        clock: SimClock,
        wired: bool,
        effect: Callable[[str], None],
        edge: Callable[[bool], None],
        wake: Callable[[], None],
    ) -> None:
        self._kernel, self._clock, self._wired = kernel, clock, wired
        self._effect, self._edge, self._wake = effect, edge, wake
        self.alive, self.stuck, self.contacts, self.leaves_line = False, Stuck.NO, False, False
        self._lease, self._asked = FIRST, Hold(False, "", 0)
        self._closed_since: int | None = None
        self._line = False
        self._limit = 0
        self._shown: tuple[bool, int | None, bool | None] | tuple[()] = ()
        self._said = AmplifierState()

    def start(self) -> None:
        """The guard's process is there, its line open."""
        self.alive, self._lease = True, FIRST
        self._apply()
        self.hold(self._asked.relay, self._asked.cause)

    def hold(self, closed: bool, cause: str) -> None:
        """The level that the loop wants."""
        self._effect("relay")
        self._asked = Hold(closed, cause, self._clock.mono)
        if self.alive:
            self._lease = renewed(self._lease, self._asked, self._clock.mono)
            self._apply()

    def state(self) -> AmplifierState:
        """As the guard reports it."""
        shows = (True, self._closed_since, self.contacts if self._wired else None) if self.alive else ()
        if shows != self._shown:
            self._shown, self._said = shows, AmplifierState(*shows)
        return self._said

    def dies(self) -> None:
        """The process is gone; its line opens, unless the machine keeps a dead process's line as it was."""
        self.alive = False
        if not self.leaves_line:
            self._set(False)

    def forget(self) -> None:
        """The agent that asked is gone."""
        self._asked = Hold(False, "", 0)
        if self.alive:
            self.dies()

    def power_cut(self) -> None:
        """Nothing holds a line without power."""
        self.alive, self._asked = False, Hold(False, "", 0)
        self._set(False)

    def abandoned(self, last_renewal: int) -> None:
        """The agent hangs: its last word is of that monotonic instant, and holds for one lease."""
        if self.alive and self._line:
            last = max(last_renewal, self._lease.hold.at_ns)
            self._kernel.at(self._clock.true_of(last + LIMITS.lease_ns + MS), self._run_out)

    def taken_up(self) -> None:
        """The agent turns again."""
        self.hold(self._asked.relay, self._asked.cause)

    def sticks(self, stuck: Stuck) -> None:
        """The contacts weld, tear off, or are mended."""
        self.stuck = stuck
        self._move()
        self._wake()

    def _run_out(self) -> None:
        if self.alive and self._clock.mono - self._lease.hold.at_ns >= LIMITS.lease_ns:
            self._set(False)

    def _apply(self) -> None:
        now = self._clock.mono
        closed = line(self._lease, LIMITS, now).closed
        self._set(closed)
        if closed and self._limit != self._lease.since_ns:
            self._limit = self._lease.since_ns
            self._kernel.at(self._clock.true_of(self._limit + LIMITS.longest_on_ns), self._too_long)

    def _too_long(self) -> None:
        if self.alive and self._clock.mono - self._lease.since_ns >= LIMITS.longest_on_ns:
            self._set(False)

    def _set(self, closed: bool) -> None:
        if closed != self._line:
            self._line = closed
            self._closed_since = self._clock.mono if closed else None
            self._move()

    def _move(self) -> None:
        contacts = self.stuck is Stuck.CLOSED or (self._line and self.stuck is not Stuck.OPEN)
        if contacts != self.contacts:
            self._edge(contacts)
            self.contacts = contacts
