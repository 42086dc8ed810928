"""A machine's clocks: a monotonic one that drifts, and a wall clock that is disciplined, runs free, or was stepped."""

from __future__ import annotations

from random import Random

from tests.simulation.kernel import MS, SECOND, Kernel

MILLION = 1_000_000
BOOT_NS = 20 * SECOND
"""From power to the agent's first instruction."""


class SimClock:
    """One machine's. `error`: ns that the disciplined wall clock is off."""

    def __init__(self, kernel: Kernel, rng: Random, has_rtc: bool) -> None:
        self._kernel, self.has_rtc = kernel, has_rtc
        self.ppm, self.error = rng.randint(-50, 50), rng.randint(-5, 5) * MS
        self.rtc_error = rng.randint(-300, 300) * MS
        self.booted, self.disciplined, self._offset = kernel.now, True, 0
        self.network_time = True

    def power_on(self) -> None:
        """The monotonic clock begins anew; the wall clock comes from the hardware clock, or stands at 1970."""
        self.booted = self._kernel.now
        self.disciplined = False
        self._offset = self._kernel.now + self.rtc_error if self.has_rtc else 0

    @property
    def mono(self) -> int:
        """Monotonic ns."""
        passed = self._kernel.now - self.booted
        return passed + passed * self.ppm // MILLION

    @property
    def wall(self) -> int:
        """What the machine believes (ns UTC)."""
        return self._kernel.now + self.error if self.disciplined else self.mono + self._offset

    @property
    def off_by(self) -> int:
        """How far the wall clock is ahead of the truth (ns)."""
        return self.wall - self._kernel.now

    def true_of(self, mono: int) -> int:
        """The true instant at which the monotonic clock shows that."""
        return self.booted + mono * MILLION // (MILLION + self.ppm) + 1

    @property
    def rtc(self) -> int | None:
        """Wall time at monotonic 0 (ns) by the hardware clock, which nobody steps."""
        return self._kernel.now + self.rtc_error - self.mono if self.has_rtc else None

    def discipline(self) -> None:
        """Network time sets and steers the wall clock."""
        self.disciplined = True

    def step(self, ns: int) -> None:
        """Somebody sets the wall clock; nobody steers it any more."""
        wall = self.wall
        self.disciplined = False
        self._offset = wall + ns - self.mono

    def run_free(self) -> None:
        """Nobody steers the wall clock any more."""
        self.step(0)
