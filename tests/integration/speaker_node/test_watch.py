"""The machine's own watch: a tree as a Pi shows it, a modem's tool of the test on its path, a real folder."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playlists.reports import Line, Trust
from speaker_node.host import Asked, Rhythm, Watch, origin
from speaker_node.host.kept import BLOCK, Kept, Slots
from speaker_node.host.modem import Card
from speaker_node.host.usage import Usage
from speaker_node.values import Moment
from tests.support.waiting import wait_for
from tests.unit.speaker_node.host.test_modem import BALANCE, DAY, EXPIRES, MODEM, SIGNAL

NOW = 1_795_000_000_000
SURE = Moment(NOW, 0)
QUICK = Rhythm(look=0.02, line=0.05, keep=0.05)
ROUTES = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
WIRELESS = "Inter-| sta-|\n face | tus |\n wlan0: 0000   35.  -56.  -256        0\n"
USSD = Asked(ussd="*101#", balance=BALANCE, expires=EXPIRES)
TOOL = """#!/bin/sh
echo "$*" >> {folder}/asked
case "$*" in
*ussd-initiate*) echo "USSD session initiated; new reply from network: 'TKC: 45.000d, HSD 31/12/2026'";;
*signal-get*) cat {folder}/signal.json;;
*-J*) cat {folder}/modem.json;;
esac
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine on a cable."""
    put(tmp_path / "proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n")
    routes(tmp_path, "eth0")
    counter(tmp_path, "eth0", 1000)
    counter(tmp_path, "lo", 9)
    return tmp_path


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """ModemManager's tool, with a modem on wwan0."""
    import json

    put(tmp_path / "modem.json", json.dumps(MODEM))
    put(tmp_path / "signal.json", json.dumps(SIGNAL))
    put(tmp_path / "asked", "")
    put(tmp_path / "mmcli", TOOL.format(folder=tmp_path))
    (tmp_path / "mmcli").chmod(stat.S_IRWXU)
    return tmp_path / "mmcli"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def routes(root: Path, *interfaces: str) -> None:
    """The default routes, the first with the least metric."""
    rows = [f"{name} 00000000 0101A8C0 0003 0 0 {100 * n} 00000000\n" for n, name in enumerate(interfaces, start=1)]
    put(root / "proc/net/route", ROUTES + "".join(reversed(rows)) + "eth0 0000A8C0 00000000 0001 0 0 1 00FFFFFF\n")


def counter(root: Path, name: str, value: int) -> None:
    put(root / f"sys/class/net/{name}/statistics/rx_bytes", str(value))
    put(root / f"sys/class/net/{name}/statistics/tx_bytes", "0")


@contextmanager
def watching(root: Path, asked: Asked = Asked(), tool: Path | str = "/no/mmcli") -> Iterator[Watch]:  # noqa: B008
    (root / "node").mkdir(exist_ok=True)
    watch = Watch(root / "node", asked, QUICK, root, str(tool))
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def line_of(watch: Watch, bearer: str) -> Line:
    wait_for(lambda: watch.vitals.line.bearer == bearer, f"the line is {bearer}", 5)
    return watch.vitals.line


def test_without_a_modem_s_tool_the_line_is_the_cable_or_the_wireless(root: Path) -> None:
    with watching(root) as watch:
        assert line_of(watch, "ethernet") == Line(bearer="ethernet")
        put(root / "proc/net/wireless", WIRELESS)
        routes(root, "wlan0", "eth0")
        assert line_of(watch, "wifi") == Line(bearer="wifi", signal=-56, quality=50)
        routes(root)
        assert line_of(watch, "") == Line()


def test_a_modem_s_line_says_operator_signal_and_what_was_used(root: Path, tool: Path) -> None:
    routes(root, "wwan0")
    counter(root, "wwan0", 5000)
    with watching(root, tool=tool) as watch:
        watch.know(SURE, True)
        told = line_of(watch, "4g")
        assert (told.operator, told.signal, told.quality) == ("Viettel", -95, 67)
        counter(root, "wwan0", 7500)
        wait_for(lambda: watch.vitals.line.used == 2500, "bytes are counted", 5)


@pytest.mark.parametrize("said", ["", "{", "[]", "no modem", '{"modem":{}}'])
def test_a_tool_that_says_rubbish_is_a_machine_without_a_modem(root: Path, tool: Path, said: str) -> None:
    put(root / "modem.json", said)
    with watching(root, USSD, tool) as watch:
        watch.know(SURE, True)
        line_of(watch, "ethernet")


def test_a_tool_that_fails_or_hangs_holds_nobody_up(root: Path, tool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speaker_node.host.modem.PATIENCE", 0.2)
    put(tool, "#!/bin/sh\nexec sleep 60\n")
    with watching(root, tool=tool) as watch:
        line_of(watch, "ethernet")


def test_the_operator_is_asked_once_a_day_by_a_sure_clock_and_never_while_it_sounds(root: Path, tool: Path) -> None:
    def asked() -> int:
        return (root / "asked").read_text().count("ussd-initiate=*101#")

    def looked() -> None:
        before = (root / "asked").read_text().count("signal-get")
        wait_for(lambda: (root / "asked").read_text().count("signal-get") > before + 2, "it looks again", 10)

    with watching(root, USSD, tool) as watch:
        watch.know(SURE, False)
        looked()
        watch.know(Moment(NOW, 0, Trust.UNTRUSTED), True)
        looked()
        assert asked() == 0
        watch.know(SURE, True)
        wait_for(lambda: watch.vitals.line.balance == 45_000, "the balance is known", 10)
        assert watch.vitals.line.expires == DAY
        looked()
        assert asked() == 1
        wait_for(lambda: Slots(root / "node").kept.asked, "it is kept", 5)
    with watching(root, USSD, tool) as watch:
        watch.know(SURE, True)
        looked()
        assert (asked(), watch.vitals.line.balance) == (1, 45_000)
        watch.know(Moment(NOW + 86_400_000, 0), True)
        wait_for(lambda: asked() == 2, "it is asked the next day", 10)


def test_what_is_kept_outlives_the_agent_and_says_until_when_it_lived(root: Path) -> None:
    with watching(root, Asked(dear=True)) as watch:
        watch.know(SURE, True)
        wait_for(lambda: Slots(root / "node").kept.alive == NOW, "it is kept", 5)
        watch.know(Moment(NOW + 60_000, 0, Trust.UNTRUSTED), True)
        counter(root, "eth0", 1200)
        wait_for(lambda: Slots(root / "node").kept.usage.used == 200, "it counts", 5)
    again = Watch(root / "node", root=root)
    assert origin(again, root, str(root)).alive == NOW
    assert again.kept.usage.used == 200


def test_systemd_s_word_on_the_end_before_is_read_once(root: Path) -> None:
    (root / "node").mkdir()
    watch = Watch(root / "node", root=root)
    put(root / "run/ended", "watchdog\n")
    assert origin(watch, root, str(root / "run")).result == "watchdog"
    seen = origin(watch, root, str(root / "run"))
    assert (seen.result, seen.machine) == ("", "111111112222")
    assert origin(watch, root, "").result == ""


def test_under_voltage_that_flickers_counts_for_a_minute(root: Path) -> None:
    alarm = root / "sys/class/hwmon/hwmon1/in0_lcrit_alarm"
    put(root / "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    put(alarm, "0\n")
    with watching(root) as watch:
        wait_for(lambda: watch.vitals.under_voltage is False, "the supply is good", 5)
        put(alarm, "1\n")
        wait_for(lambda: watch.vitals.under_voltage is True, "it dips", 5)
        put(alarm, "0\n")
        time.sleep(0.2)
        assert watch.vitals.under_voltage is True


def test_errors_that_the_file_systems_counted_are_told(root: Path) -> None:
    put(root / "sys/fs/ext4/mmcblk0p2/errors_count", "2\n")
    put(root / "sys/fs/ext4/mmcblk0p3/errors_count", "1\n")
    with watching(root) as watch:
        wait_for(lambda: watch.vitals.disk_errors == 3, "errors are counted", 5)


def test_a_disk_that_hangs_is_seen_and_goes_on_when_it_can(root: Path) -> None:
    (root / "node").mkdir()
    watch, pipe = Watch(root / "node", rhythm=QUICK, root=root, tool="/no/mmcli"), root / "node/machine-1"
    os.mkfifo(pipe)  # a write to it waits for a reader that never comes
    watch.start()
    try:
        since = wait_for(lambda: watch.disk_waits_since, "the write hangs", 5)
        line_of(watch, "ethernet")
        assert watch.disk_waits_since == since
        descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        wait_for(lambda: watch.disk_waits_since != since, "it goes on", 5)
        os.close(descriptor)
    finally:
        watch.stop()


def test_a_disk_that_refuses_is_not_called_one_that_hangs(root: Path) -> None:
    for name in ("machine-0", "machine-1"):
        (root / "node" / name).mkdir(parents=True)
    with watching(root) as watch:
        line_of(watch, "ethernet")
        wait_for(lambda: watch.disk_waits_since is None, "the write has failed", 5)
        assert Slots(root / "node").kept == Kept()


def test_a_torn_write_leaves_what_was_kept_before(tmp_path: Path) -> None:
    slots = Slots(tmp_path)
    first = Kept(1, Usage("2026-11", 5, "m1", {"wwan0": 3}), Card(7, 8), 9)
    slots.write(first)
    slots.write(Kept(2))
    whole = (tmp_path / "machine-0").read_bytes()
    assert len(whole) == BLOCK
    flipped = whole.replace(b'"alive": 2', b'"alive": 3')
    assert flipped != whole
    for torn in (flipped, b"", whole[:30], whole[:10] + b"\0" * 4086, b"\xff" * BLOCK, b"00000000 {}", b"00000000 []"):
        (tmp_path / "machine-0").write_bytes(torn)
        assert Slots(tmp_path).kept == first
    slots.write(Kept(3))
    assert Slots(tmp_path).kept == Kept(3)
