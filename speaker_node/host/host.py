"""The machine as the loop needs it."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from pathlib import Path

from speaker_node.host.machine import HardwareClock, SystemClock, Vitals, hardware_clock, machine_id, system_clock
from speaker_node.host.notifier import Notifier
from speaker_node.host.watch import Watch
from speaker_node.values import Moment, Origin, Reading

log = logging.getLogger(__name__)

_ASK_KERNEL_NS = 10_000_000_000
_READ_HARDWARE_NS = 600_000_000_000


class Host:
    """Its clocks, its condition as `watch` sees it, and the word to systemd. `ask_kernel`: its clock is not taken as it
    is, but counts when the kernel calls it synchronised, and there may be a hardware clock."""

    def __init__(self, watch: Watch, notifier: Notifier, *, ask_kernel: bool = False, root: Path = Path("/")) -> None:
        self._watch, self._notifier, self._ask_kernel, self._root = watch, notifier, ask_kernel, root
        self._kernel, self._hardware = SystemClock(), HardwareClock()
        self._asked_at, self._read_at = -_ASK_KERNEL_NS, -_READ_HARDWARE_NS
        self._machine = machine_id(root)
        self._status = ""

    def reading(self) -> Reading:
        """Both clocks read together, the best of three: T of neighbouring nodes must agree within a millisecond."""
        found = min((_both_clocks() for _ in range(3)), key=lambda taken: taken[0])[1]
        if not self._ask_kernel:
            return replace(found, machine=self._machine)
        if found.mono - self._asked_at >= _ASK_KERNEL_NS:
            self._kernel, self._asked_at = system_clock(), found.mono
        if found.mono - self._read_at >= _READ_HARDWARE_NS:
            self._hardware, self._read_at = hardware_clock(self._root), found.mono
        return replace(
            found,
            synchronised=bool(self._kernel.synchronised),
            bound=self._kernel.bound,
            rtc=self._hardware.offset,
            rtc_kept=self._hardware.kept,
            machine=self._machine,
        )

    def vitals(self) -> Vitals:
        """The machine's condition as it was seen last."""
        return self._watch.vitals

    def whole(self, *, late: bool = False) -> None:
        """The service has started: how long that took since this process was started goes to the log."""
        if late:
            log.error("sound process or guard do not come up: started without them")
        else:
            log.info("ready in %d ms", _age_ms())
        self._notifier.ready()

    def know(self, now: Moment, *, quiet: bool, status: str) -> None:
        """What the watch goes by, and a word for whoever asks systemd."""
        self._watch.know(now, quiet)
        if status != self._status:
            self._status = status
            self._notifier.status(status)

    @property
    def disk_waits_since(self) -> int | None:
        """Monotonic instant (ns) since when a write has been hanging."""
        return self._watch.disk_waits_since

    def feed_watchdog(self) -> None:
        """A sign of life."""
        self._notifier.alive()


def origin(watch: Watch, root: Path = Path("/"), runtime: str = os.environ.get("RUNTIME_DIRECTORY", "")) -> Origin:
    """What the machine says of this start. The unit leaves systemd's word on the end before in `runtime`, a folder that
    a power cut empties; it is read once."""
    return Origin(machine_id(root), _result(Path(runtime) / "ended") if runtime else "", watch.kept.alive)


def _result(path: Path) -> str:
    try:
        word = path.read_text(encoding="ascii").strip()[:40]
        path.unlink()
    except (OSError, ValueError):
        return ""
    return word


def _both_clocks() -> tuple[int, Reading]:
    """How long reading them took (ns), and the wall time with the monotonic instant in the middle."""
    before, wall, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
    return after - before, Reading(wall, (before + after) // 2)


def _age_ms() -> int:
    """Milliseconds since the kernel made this process."""
    ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    return int((time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")) * 1000)
