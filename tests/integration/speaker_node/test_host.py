"""The machine's condition, read from a tree as a Pi shows it and from this machine; systemd's door is a real socket."""

import os
import socket
import time
from pathlib import Path

import pytest

from speaker_node.host import (
    HardwareClock,
    Host,
    Notifier,
    SystemClock,
    Vitals,
    Watch,
    hardware_clock,
    system_clock,
    vitals,
)

PI = {
    "sys/class/thermal/thermal_zone0/temp": "48250\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
    "sys/class/rtc/rtc0/since_epoch": "1790000000\n",
    "proc/meminfo": "MemTotal:        947828 kB\nMemAvailable:     500000 kB\n",
    "proc/uptime": "12345.67 40000.00\n",
    "proc/loadavg": "0.42 0.30 0.20 1/123 4567\n",
    "proc/net/wireless": "Inter-| sta-|\n face | tus |\n wlan0: 0000   54.  -56.  -256        0\n",
}


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """A tree with the files that a Pi's kernel shows."""
    for name, text in PI.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_pi_shows_its_condition(pi: Path) -> None:
    seen = vitals(pi, pi)
    assert (seen.temperature, seen.under_voltage, seen.under_voltage_since_boot) == (48.25, True, True)
    assert (seen.memory_free, seen.uptime, seen.load, seen.signal) == (512_000_000, 12345, 0.42, -56)
    assert seen.disk_free
    found = hardware_clock(pi)
    assert found.kept is True
    assert found.offset is not None


def test_without_the_sensor_the_firmwares_bits_tell_of_under_voltage(pi: Path) -> None:
    (pi / "sys/class/hwmon/hwmon1/name").write_text("other\n")
    assert vitals(pi, pi).under_voltage is True
    (pi / "sys/devices/platform/soc/soc:firmware/get_throttled").write_text("50000\n")
    seen = vitals(pi, pi)
    assert (seen.under_voltage, seen.under_voltage_since_boot) == (False, True)


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    assert vitals(tmp_path / "gone", tmp_path) == Vitals()
    assert hardware_clock(tmp_path) == HardwareClock()


@pytest.mark.parametrize("name", [name for name in PI if "rtc" not in name and "hwmon0" not in name])
@pytest.mark.parametrize("text", ["", "rubbish\n", "\x00\n", "-\n: \n"])
def test_rubbish_is_unknown_and_raises_nothing(pi: Path, name: str, text: str) -> None:
    whole = vitals(pi, pi)
    (pi / name).write_text(text)
    seen = vitals(pi, pi)
    fields = set(Vitals.__dataclass_fields__) - {"disk_free"}
    assert all(getattr(seen, field) in (getattr(whole, field), None, True) for field in fields)


def test_a_hardware_clock_that_lost_its_time_does_not_count(pi: Path) -> None:
    (pi / "sys/class/rtc/rtc0/since_epoch").write_text("12\n")
    assert hardware_clock(pi) == HardwareClock(False)


def test_the_kernel_says_how_it_is_with_its_clock() -> None:
    seen = system_clock()
    assert seen != SystemClock()
    assert isinstance(seen.synchronised, bool)
    assert seen.bound is not None
    assert 0 <= seen.bound <= 3_600_000


def test_both_clocks_are_read_together(tmp_path: Path) -> None:
    host = Host(Watch(tmp_path), Notifier({}))
    offsets = [host.reading().offset for _ in range(200)]
    assert max(offsets) - min(offsets) < 1_000_000
    assert abs(host.reading().wall_ns - time.time_ns()) < 1_000_000_000
    assert host.vitals().disk_free


def test_systemd_hears_that_the_service_is_ready_alive_and_stopping(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        door.settimeout(5)
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "10000000"})
        notifier.ready()
        Host(Watch(tmp_path), notifier).feed_watchdog()
        notifier.status("phát\nsecond line")
        notifier.stopping()
        assert [door.recv(100).decode() for _ in range(4)] == ["READY=1", "WATCHDOG=1", "STATUS=phát", "STOPPING=1"]
        assert notifier.watchdog_period == 10.0


def test_systemd_behind_an_abstract_address_hears_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(f"\0loa-test-{os.getpid()}")
        door.settimeout(5)
        Notifier({"NOTIFY_SOCKET": f"@loa-test-{os.getpid()}"}).ready()
        assert door.recv(100) == b"READY=1"


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": "/gone"}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "5", "WATCHDOG_PID": "1"}],
)
def test_where_nobody_listens_nothing_happens(environment: dict[str, str]) -> None:
    notifier = Notifier(environment)
    notifier.ready()
    notifier.alive()
    assert notifier.watchdog_period is None


def test_a_systemd_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        began = time.monotonic()
        for _ in range(2000):
            notifier.alive()
        assert time.monotonic() - began < 5
