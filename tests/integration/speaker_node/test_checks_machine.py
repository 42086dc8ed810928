"""`--check` on the box itself: a tree as a machine shows it, and a modem's tool of the test."""

import json
from pathlib import Path
from typing import Any

import pytest

from speaker_node.checks.machine import disk, modem, supply, watchdog
from speaker_node.settings import Modem as ModemSettings
from speaker_node.settings import Settings
from tests.unit.speaker_node.host.test_modem import MODEM

VOLT = {"sys/class/hwmon/hwmon1/name": "rpi_volt\n"}
LOW, GOOD = {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1"}, {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0"}
DIPPED = {"sys/devices/platform/soc/soc:firmware/get_throttled": "50000"}


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "condition"),
    [({}, "unknown"), (VOLT | GOOD, "ok"), (VOLT | LOW, "low"), (VOLT | GOOD | DIPPED, "dipped")],
)
def test_the_supply_is_judged_by_what_it_did_since_the_start(
    files: dict[str, str], condition: str, tmp_path: Path
) -> None:
    assert supply(tmp_path, tree(tmp_path, files)).condition == condition


def test_a_disk_says_what_its_file_systems_counted_and_whether_it_takes_writes(tmp_path: Path) -> None:
    assert disk(tmp_path, tmp_path).condition == "uncounted"
    tree(tmp_path, {"sys/fs/ext4/mmcblk0p2/errors_count": "0"})
    assert disk(tmp_path, tmp_path).condition == "ok"
    tree(tmp_path, {"sys/fs/ext4/mmcblk0p2/errors_count": "7"})
    assert (disk(tmp_path, tmp_path).condition, disk(tmp_path, tmp_path).detail) == ("errors", "7")
    assert disk(Path("/sys"), tmp_path / "none").condition == ("read-only" if _read_only("/sys") else "uncounted")


def _read_only(place: str) -> bool:
    rows = [row.split() for row in Path("/proc/mounts").read_text().splitlines()]
    return any(row[1] == place and "ro" in row[3].split(",") for row in rows)


@pytest.mark.parametrize(
    ("seen", "fields", "found"),
    [
        (None, {"profile": "lan"}, ("none", "")),
        (None, {"profile": "4g"}, ("unseen", "")),
        (None, {"profile": "4g", "modem": ModemSettings(ussd="*101#")}, ("missing", "")),
        (MODEM, {"profile": "4g"}, ("ok", "Viettel, 4G, 67 %")),
        ({"modem": {"generic": {}}}, {"profile": "4g"}, ("unregistered", "")),
    ],
)
def test_a_modem_is_missed_where_the_settings_need_one(
    seen: Any, fields: dict[str, Any], found: tuple[str, str], tmp_path: Path
) -> None:
    tool = tmp_path / "mmcli"
    tool.write_text(f"#!/bin/sh\necho '{json.dumps(seen)}'\n")
    tool.chmod(0o700)
    settings = Settings.model_construct(**{"modem": ModemSettings(), **fields})
    finding = modem(settings, str(tool if seen else tmp_path / "none"))
    assert (finding.condition, finding.detail) == found


def test_a_watchdog_counts_when_somebody_feeds_it(tmp_path: Path) -> None:
    assert watchdog(tmp_path).condition == "none"
    tree(tmp_path, {"sys/class/watchdog/watchdog0/state": "inactive\n"})
    assert watchdog(tmp_path).condition == "idle"
    tree(tmp_path, {"sys/class/watchdog/watchdog0/state": "active\n"})
    assert watchdog(tmp_path).condition == "ok"
