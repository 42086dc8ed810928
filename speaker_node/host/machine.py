"""The machine under the node: its vitals and its clocks. What cannot be read is None, never a guess."""

from __future__ import annotations

import ctypes
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from playlists.reports import Line
from speaker_node.host.files import read

_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_UNDER_VOLTAGE_NOW, _UNDER_VOLTAGE_SINCE_BOOT = 1 << 0, 1 << 16
_UNSYNCHRONISED, _CLOCK_ERROR = 0x40, 5
EARLIEST = 1_704_067_200
"""2024-01-01: a hardware clock that says less has lost its time."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """The machine's condition: °C, bytes, seconds, the load of one minute, dBm, errors that the file systems count.
    None: not readable here."""

    temperature: float | None = None
    under_voltage: bool | None = None
    under_voltage_since_boot: bool | None = None
    disk_free: int | None = None
    disk_errors: int | None = None
    read_only: bool | None = None
    memory_free: int | None = None
    uptime: int | None = None
    load: float | None = None
    signal: int | None = None
    line: Line = field(default_factory=Line)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """What the kernel says of its clock: disciplined or not, and the largest error in ms. None: it does not say."""

    synchronised: bool | None = None
    bound: int | None = None


def vitals(folder: Path, root: Path = Path("/")) -> Vitals:
    """Reads them now; takes a millisecond. `folder`: whose disk; `root`: where proc and sys lie."""
    throttled = read(root / _THROTTLED, lambda text: int(text, 16))
    return Vitals(
        temperature=read(root / "sys/class/thermal/thermal_zone0/temp", lambda text: int(text) / 1000),
        under_voltage=_under_voltage(root, throttled),
        under_voltage_since_boot=None if throttled is None else bool(throttled & _UNDER_VOLTAGE_SINCE_BOOT),
        disk_free=_disk_free(folder),
        disk_errors=_disk_errors(root),
        read_only=_read_only(folder),
        memory_free=read(root / "proc/meminfo", _memory_free),
        uptime=read(root / "proc/uptime", lambda text: int(float(text.split()[0]))),
        load=read(root / "proc/loadavg", lambda text: float(text.split()[0])),
        signal=read(root / "proc/net/wireless", _wireless_level),
    )


def machine_id(root: Path = Path("/")) -> str:
    """What the kernel draws at each boot of the machine, in short; empty where it says nothing."""
    return (read(root / "proc/sys/kernel/random/boot_id", str) or "").replace("-", "")[:12]


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
        second = read(clock / "since_epoch", int)
        if second is not None and second >= EARLIEST:
            return HardwareClock(True, second * 1_000_000_000 + 500_000_000 - time.monotonic_ns())
    return HardwareClock(False)


def _under_voltage(root: Path, throttled: int | None) -> bool | None:
    for sensor in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        if read(sensor / "name", str) == "rpi_volt":
            return read(sensor / "in0_lcrit_alarm", lambda text: bool(int(text)))
    return None if throttled is None else bool(throttled & _UNDER_VOLTAGE_NOW)


def _disk_free(folder: Path) -> int | None:
    try:
        stat = os.statvfs(folder)
    except OSError:
        return None
    return stat.f_bavail * stat.f_frsize


def _read_only(folder: Path) -> bool | None:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return None


def _disk_errors(root: Path) -> int | None:
    """All that the ext4 file systems of this machine have counted: they lie on one card."""
    counts = [read(each, int) for each in (root / "sys/fs/ext4").glob("*/errors_count")]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _memory_free(text: str) -> int | None:
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _wireless_level(text: str) -> int | None:
    """The level (dBm) of the first interface in /proc/net/wireless."""
    rows = [row.split() for row in text.splitlines() if ":" in row]
    return int(float(rows[0][3])) if rows else None
