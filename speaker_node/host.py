"""The machine under the node: its vitals, its clock, its watchdog. What cannot be read is None, never a guess."""

from __future__ import annotations

import ctypes
import logging
import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from speaker_node.values import Reading

log = logging.getLogger(__name__)

T = TypeVar("T")

_ASK_KERNEL_NS = 10_000_000_000
_READ_HARDWARE_NS = 600_000_000_000

_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_UNDER_VOLTAGE_NOW, _UNDER_VOLTAGE_SINCE_BOOT = 1 << 0, 1 << 16
_UNSYNCHRONISED, _CLOCK_ERROR = 0x40, 5
EARLIEST = 1_704_067_200
"""2024-01-01: a hardware clock that says less has lost its time."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """The machine's condition: °C, bytes, seconds, the load of one minute, dBm. None: not readable here."""

    temperature: float | None = None
    under_voltage: bool | None = None
    under_voltage_since_boot: bool | None = None
    disk_free: int | None = None
    memory_free: int | None = None
    uptime: int | None = None
    load: float | None = None
    signal: int | None = None


@dataclass(frozen=True, slots=True)
class SystemClock:
    """What the kernel says of its clock: disciplined or not, and the largest error in ms. None: it does not say."""

    synchronised: bool | None = None
    bound: int | None = None


def vitals(folder: Path, root: Path = Path("/")) -> Vitals:
    """Reads them now; takes a millisecond. `folder`: whose disk; `root`: where proc and sys lie."""
    throttled = _read(root / _THROTTLED, lambda text: int(text, 16))
    return Vitals(
        temperature=_read(root / "sys/class/thermal/thermal_zone0/temp", lambda text: int(text) / 1000),
        under_voltage=_under_voltage(root, throttled),
        under_voltage_since_boot=None if throttled is None else bool(throttled & _UNDER_VOLTAGE_SINCE_BOOT),
        disk_free=_disk_free(folder),
        memory_free=_read(root / "proc/meminfo", _memory_free),
        uptime=_read(root / "proc/uptime", lambda text: int(float(text.split()[0]))),
        load=_read(root / "proc/loadavg", lambda text: float(text.split()[0])),
        signal=_read(root / "proc/net/wireless", _wireless_level),
    )


def system_clock() -> SystemClock:
    """The kernel's word, which chrony and timesyncd both set; reading it needs no right."""
    buffer = (ctypes.c_long * 64)()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(buffer))
    except (OSError, AttributeError):
        return SystemClock()
    if state < 0:
        return SystemClock()
    # struct timex: modes, offset, freq, maxerror (µs), esterror, status; each in a word of its own.
    status = ctypes.cast(ctypes.addressof(buffer) + 5 * ctypes.sizeof(ctypes.c_long), ctypes.POINTER(ctypes.c_int))[0]
    synchronised = state != _CLOCK_ERROR and not status & _UNSYNCHRONISED
    return SystemClock(synchronised, -(-buffer[3] // 1000))


@dataclass(frozen=True, slots=True)
class HardwareClock:
    """`kept`: whether there is one that kept its time; None: the kernel shows no clocks at all. `offset`: its wall time
    at monotonic 0 (ns), half a second at most off for its whole seconds."""

    kept: bool | None = None
    offset: int | None = None


def hardware_clock(root: Path = Path("/")) -> HardwareClock:
    """Reads the first hardware clock that kept its time; it may take some ms on a slow bus."""
    clocks = root / "sys/class/rtc"
    if not clocks.is_dir():
        return HardwareClock()
    for clock in sorted(clocks.iterdir()):
        second = _read(clock / "since_epoch", int)
        if second is not None and second >= EARLIEST:
            return HardwareClock(True, second * 1_000_000_000 + 500_000_000 - time.monotonic_ns())
    return HardwareClock(False)


def machine_id(root: Path = Path("/")) -> str:
    """The machine's own boot id, which changes when it went down; empty where the kernel tells none."""
    return _read(root / "proc/sys/kernel/random/boot_id", str) or ""


class Notifier:
    """Tells systemd how the service is, where it listens (NOTIFY_SOCKET); elsewhere every call does nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        own = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        period = environment.get("WATCHDOG_USEC", "")
        self.watchdog_period = int(period) / 1e6 if own and period.isdecimal() and int(period) else None
        """Seconds within which `alive` must be called; None where nobody watches."""

    def ready(self) -> None:
        """The service has started."""
        self._say("READY=1")

    def alive(self) -> None:
        """Feeds the watchdog; to be called by a loop that turns and whose adapters advance."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is about to end."""
        self._say("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._say(f"STATUS={text.splitlines()[0] if text else ''}")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.setblocking(False)
            door.sendto(words.encode(), address)


class Host:
    """The machine as the loop needs it. `folder`: the node's, for the space that is left there; `ask_kernel`: its clock
    is not taken as it is, but counts when the kernel calls it synchronised, and there may be a hardware clock."""

    def __init__(self, folder: Path, notifier: Notifier, *, ask_kernel: bool = False, root: Path = Path("/")) -> None:
        self._folder, self._notifier, self._ask_kernel, self._root = folder, notifier, ask_kernel, root
        self._kernel, self._hardware = SystemClock(), HardwareClock()
        self._asked_at, self._read_at = -_ASK_KERNEL_NS, -_READ_HARDWARE_NS
        self._machine = machine_id(root)

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
        """The machine's condition now."""
        return vitals(self._folder)

    def whole(self) -> None:
        """Sound process and guard live too: how long that took since this process was started goes to the log."""
        log.info("ready in %d ms", _age_ms())

    def feed_watchdog(self) -> None:
        """A sign of life."""
        self._notifier.alive()


def _both_clocks() -> tuple[int, Reading]:
    """How long reading them took (ns), and the wall time with the monotonic instant in the middle."""
    before, wall, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
    return after - before, Reading(wall, (before + after) // 2)


def _age_ms() -> int:
    """Milliseconds since the kernel made this process."""
    ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    return int((time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")) * 1000)


def _read(path: Path, parse: Callable[[str], T]) -> T | None:
    try:
        return parse(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError, IndexError):
        return None


def _under_voltage(root: Path, throttled: int | None) -> bool | None:
    for sensor in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        if _read(sensor / "name", str) == "rpi_volt":
            return _read(sensor / "in0_lcrit_alarm", lambda text: bool(int(text)))
    return None if throttled is None else bool(throttled & _UNDER_VOLTAGE_NOW)


def _disk_free(folder: Path) -> int | None:
    try:
        stat = os.statvfs(folder)
    except OSError:
        return None
    return stat.f_bavail * stat.f_frsize


def _memory_free(text: str) -> int | None:
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _wireless_level(text: str) -> int | None:
    """The level (dBm) of the first interface in /proc/net/wireless."""
    rows = [row.split() for row in text.splitlines() if ":" in row]
    return int(float(rows[0][3])) if rows else None
