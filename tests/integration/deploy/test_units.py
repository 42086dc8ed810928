"""The units as systemd reads them: no word that it does not know, and little that a service could reach.

Where a machine has no systemd, its own tools have nothing to say; what the units must not lack is held everywhere.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.paths import ROOT

UNITS = ROOT / "deploy/units"
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = {"loa-node.service": 2.3, "loa-controller.service": 1.6}
"""Of ten; 2.2 and 1.5 by systemd 252. A node reaches its card, pins, the network and the kernel's word on
its clock, an office the network."""
BY_SYSTEMD = sorted(MOST_EXPOSED) if ANALYZE else []


def lines(unit: str) -> list[str]:
    rows = (UNITS / unit).read_text(encoding="utf-8").splitlines()
    return [row for row in rows if row and not row.startswith("#")]


def here(tmp_path: Path, unit: str) -> Path:
    """The unit with a program that is there, or systemd looks no further."""
    copy = tmp_path / unit
    text = (UNITS / unit).read_text(encoding="utf-8")
    for program in ("loa-node", "loa-controller", "python"):
        text = text.replace(f"/opt/loa/env/bin/{program}", "/bin/true")
    copy.write_text(text, encoding="utf-8")
    return copy


@pytest.fixture(params=BY_SYSTEMD)
def unit(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_systemd_understands_every_line(unit: str, tmp_path: Path) -> None:
    command = [str(ANALYZE), "verify", "--man=no", str(here(tmp_path, unit))]
    seen = subprocess.run(command, capture_output=True, text=True, check=False)
    ours = [row for row in seen.stderr.splitlines() if unit in row]
    assert ours == []


def test_a_service_that_was_taken_over_reaches_little(unit: str, tmp_path: Path) -> None:
    threshold = str(round(MOST_EXPOSED[unit] * 10))
    command = [str(ANALYZE), "security", "--offline=true", f"--threshold={threshold}", str(here(tmp_path, unit))]
    seen = subprocess.run(command, capture_output=True, text=True, check=False)
    assert seen.returncode == 0, seen.stdout.splitlines()[-1:]


@pytest.mark.parametrize("unit_file", sorted(MOST_EXPOSED))
def test_both_services_tell_systemd_how_they_are_and_come_back(unit_file: str) -> None:
    assert {"Type=notify", "Restart=always", "WatchdogSec=30", "NoNewPrivileges=yes"} <= set(lines(unit_file))


def test_a_node_that_no_restart_mends_boots_its_machine_and_bad_settings_do_not() -> None:
    rows = dict(row.partition("=")[::2] for row in lines("loa-node.service") if "=" in row)
    burst, pause = int(rows["StartLimitBurst"]), int(rows["RestartSec"])
    assert rows["StartLimitAction"] == "reboot"
    assert burst * pause >= 60, "a machine that boots every few seconds wears its card out"
    assert burst * (pause + 10) <= int(rows["StartLimitIntervalSec"]), "or it is never reached"
    assert rows["RestartPreventExitStatus"] == "2"


def test_the_hardware_watchdog_is_not_asked_for_more_than_a_pi_has() -> None:
    rows = lines("system.conf.d-loa.conf")
    assert {"RuntimeWatchdogSec=14s", "RebootWatchdogSec=14s"} <= set(rows)


def test_a_node_s_log_spares_the_card() -> None:
    assert "Storage=volatile" in lines("journald.conf.d-loa.conf")


def test_a_node_may_ask_the_kernel_how_well_its_clock_is_kept_and_may_not_set_it() -> None:
    rows = lines("loa-node.service")
    filters = [row.partition("=")[2].split() for row in rows if row.startswith("SystemCallFilter=")]
    assert {"adjtimex", "clock_adjtime"} <= set(filters[-1]), "named after what is forbidden"
    assert "ProtectClock=yes" not in rows, "it forbids to ask, too"
    assert "CapabilityBoundingSet=" in rows
    assert not any("time-sync.target" in row for row in rows), "a node without a network does not wait for the time"
