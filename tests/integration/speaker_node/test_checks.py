"""`--check` on this machine: the probes find what is there and what is not, and disturb nothing."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from playlists import wire
from playlists.models import Key, KeySet, Number, Right
from speaker_node import checks
from speaker_node.checks import probes
from speaker_node.checks.sentences import WORDS, Finding, Subject
from speaker_node.host import SystemClock
from speaker_node.settings import Settings, load

SETTINGS = """\
node = "n1"
site = "xa"
folder = "data"
no_hardware = true
[keys]
node = "node.jwk"
root = "root.jwk"
key_set = "keyset.jws"
[assets]
addresses = ["http://127.0.0.1:9"]
[broker]
port = {port}
password_file = "password"
"""


def private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A node's folder as the set-up leaves it."""
    root = wire.new_key("root-1")
    office = Key(kid="office-1", x=wire.public_x(wire.new_key("office-1")), issuer="office", rights=(Right.PLAN,))
    key_set = KeySet(to="xa", number=Number(epoch=1, sequence=1), keys=(office,))
    private(tmp_path / "node.jwk", wire.private_text(wire.new_key("n1")))
    private(tmp_path / "root.private", wire.private_text(root))
    (tmp_path / "root.jwk").write_text(f'{{"kid": "root-1", "x": "{wire.public_x(root)}"}}')
    (tmp_path / "keyset.jws").write_bytes(wire.sign(key_set, root))
    private(tmp_path / "password", "secret\n")
    return tmp_path


@pytest.fixture
def settings_of(box: Path) -> Callable[..., Settings]:
    """The settings of that folder, with rows added."""

    def make(more: str = "", port: int = 9) -> Settings:
        (box / "node.toml").write_text(SETTINGS.format(port=port) + more)
        return load(box / "node.toml")

    return make


Make = Callable[..., Settings]


def test_a_whole_node_without_hardware_lacks_nothing(settings_of: Make, capsys: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        code = checks.main(settings_of(port=door.getsockname()[1]))
    said = capsys.readouterr().out
    assert "THIẾU" not in said
    assert said.count("\n") == len(Subject) - 1
    assert code == 0


def test_what_is_missing_is_told_and_the_exit_code_says_so(
    settings_of: Make, capsys: Any, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    (box / "password").chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    assert checks.main(settings_of(port=port)) == 1
    said = capsys.readouterr().out
    assert f"Máy chủ MQTT [THIẾU]: 127.0.0.1:{port} từ chối kết nối." in said
    assert f"Mật khẩu MQTT [THIẾU]: Người khác cũng đọc được {box}/password." in said


def test_english_is_spoken_where_it_is_asked_for_or_the_machine_speaks_it(
    settings_of: Make, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    checks.main(settings_of(), english=True)
    assert "Broker [MISSING]" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    checks.main(settings_of())
    assert "Broker [MISSING]" in capsys.readouterr().out


def test_every_finding_on_this_machine_has_its_sentence(settings_of: Make) -> None:
    found = probes.gather(settings_of())
    asked = [subject for subject in Subject if subject is not Subject.WATCHDOG]  # of a real box only
    assert [finding.subject for finding in found] == asked
    assert all((finding.subject, finding.condition) in WORDS for finding in found)


def test_libvlc_is_found_by_its_version() -> None:
    found = probes.player()
    assert found.condition == "ok"
    assert found.detail.startswith("3.")


def test_a_card_that_is_not_there_is_missing(settings_of: Make) -> None:
    (found,) = probes.sound(settings_of('[sound]\ndevice = "hw:CARD=NoSuchCard"\n'))
    assert (found.subject, found.condition) == (Subject.SOUND, "failed")
    assert found.detail


def test_each_card_of_the_ladder_is_tried_and_one_named_by_its_index_is_told(
    settings_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "card_error", lambda command: None)
    names = ["plughw:CARD=Device,DEV=0", "hw:1,0", "plughw:0", "sysdefault:CARD=1"]
    first, *others = names
    found = tuple(probes.sound(settings_of(f'[sound]\ndevice = "{first}"\nothers = {others}\n')))
    assert [finding.detail for finding in found] == names
    assert [finding.condition for finding in found] == ["ok", "by index", "by index", "by index"]


def test_a_sink_that_runs_is_heard_of_and_left_alone(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "speaker_node.sound", "--sink", f"recording:{tmp_path}")
    assert probes.card_error(command) is None


def test_a_sound_process_that_ends_is_an_error() -> None:
    assert probes.card_error((sys.executable, "-c", "")) == "the sound process ended"


def test_a_machine_without_pins_says_so_and_mock_pins_are_named(settings_of: Make, box: Path) -> None:
    assert tuple(probes.pins(settings_of())) == (Finding(Subject.PINS, "mock", str(box / "data" / "relay.jsonl")),)
    plain = settings_of()
    wired = plain.model_copy(update={"amplifier": plain.amplifier.model_copy(update={"mock": None})})
    (found,) = probes.pins(wired)
    assert found.condition == "missing"
    assert "pin factory" in found.detail


@pytest.mark.parametrize(
    ("wiring", "condition"),
    [
        ("pins = [17, 27]", []),
        ("pins = [4, 17, 8]", [("high at boot", "GPIO 4, GPIO 8")]),
        ("pins = [14]", [("high at boot", "GPIO 14")]),
        ("pins = [4]\nactive_low = true", []),
        ("pins = [17]\nactive_low = true", [("active low", "GPIO 17")]),
    ],
)
def test_pins_that_close_the_relay_before_anybody_drives_them_are_told(
    settings_of: Make, wiring: str, condition: list[tuple[str, str]]
) -> None:
    found = tuple(probes.pins(settings_of(f"[amplifier]\n{wiring}\n")))
    assert [(finding.condition, finding.detail) for finding in found[1:]] == condition


def test_the_clock_is_taken_as_it_is_or_asked(settings_of: Make) -> None:
    assert probes.clock(settings_of()).condition == "host"
    asked = settings_of().model_copy(update={"clock": "system"})
    assert probes.clock(asked).condition in ("ok", "adrift")


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_machine_in_1970_or_2099_is_said_to_be_wrong_whoever_vouches_for_it(
    settings_of: Make, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    monkeypatch.setattr(time, "time", lambda: datetime(year, 1, 2, tzinfo=UTC).timestamp())
    for clock in ("host", "system"):
        found = probes.clock(settings_of().model_copy(update={"clock": clock}))
        assert found.condition == "impossible"


@pytest.mark.parametrize(
    ("away", "synchronised", "said"),
    [(0, True, "ok"), (0, False, "unproved"), (3600, True, "wrong"), (3600, False, "unproved")],
)
def test_a_hardware_clock_is_right_wrong_or_not_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: int, synchronised: bool, said: str
) -> None:
    clock = tmp_path / "sys/class/rtc/rtc0"
    clock.mkdir(parents=True)
    (clock / "since_epoch").write_text(f"{int(time.time()) + away}\n")
    monkeypatch.setattr(probes, "system_clock", lambda: SystemClock(synchronised, 20))
    assert probes.rtc(tmp_path).condition == said
    (clock / "since_epoch").write_text("7\n")
    assert probes.rtc(tmp_path).condition == "missing"


def test_little_space_is_missing_space(settings_of: Make) -> None:
    plain = settings_of()
    assert probes.space(plain).condition == "ok"
    greedy = plain.assets.model_copy(update={"leave_free_mb": 1_000_000_000})
    assert probes.space(plain.model_copy(update={"assets": greedy})).condition == "low"


def test_a_broker_without_a_name_or_without_a_listener_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        assert probes.broker("127.0.0.1", port) == Finding(Subject.BROKER, "ok", f"127.0.0.1:{port}")
    assert probes.broker("127.0.0.1", port).condition == "refused"
    assert probes.broker("broker.invalid", 1883).condition == "no name"


def test_a_password_is_there_empty_open_or_unreadable(box: Path) -> None:
    assert probes.password(None).condition == "none"
    assert probes.password(box / "password").condition == "ok"
    assert probes.password(box).condition == "unreadable"
    (box / "password").chmod(0o640)
    assert probes.password(box / "password").condition == "open"
    private(box / "password", "\nsecond\n")
    assert probes.password(box / "password").condition == "empty"


def test_the_nodes_key_is_there_bad_open_or_unreadable(box: Path) -> None:
    assert probes.node_key(box / "node.jwk", "n1") == Finding(Subject.NODE_KEY, "ok", "n1")
    assert probes.node_key(box / "root.jwk", "n1").condition == "bad"
    assert probes.node_key(box / "gone", "n1").condition == "unreadable"
    (box / "node.jwk").chmod(0o644)
    assert probes.node_key(box / "node.jwk", "n1").condition == "open"


def test_a_key_of_another_node_is_told_and_nothing_starts_with_it(settings_of: Make, box: Path) -> None:
    settings = settings_of()
    private(box / "node.jwk", wire.private_text(wire.new_key("n2")))
    found = probes.node_key(settings.keys.node, settings.node)
    assert found == Finding(Subject.NODE_KEY, "foreign", f"{box / 'node.jwk'} (n2)")
    command = [sys.executable, "-m", "speaker_node", "run", "--settings", str(box / "node.toml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "the key of node n2, but the settings name node n1" in done.stderr
    assert not settings.store.exists()


def test_roots_key_is_public_and_a_private_one_is_an_alarm(box: Path) -> None:
    assert probes.root_key(box / "root.jwk") == Finding(Subject.ROOT_KEY, "ok", "root-1")
    assert probes.root_key(box / "root.private").condition == "private"
    assert probes.root_key(box / "password").condition == "bad"
    assert probes.root_key(box / "gone").condition == "unreadable"


def test_a_key_set_counts_only_if_root_signed_it_for_this_site(settings_of: Make, box: Path) -> None:
    assert probes.key_set(settings_of()) == Finding(Subject.KEY_SET, "ok", "1")
    elsewhere = KeySet(to="other", number=Number(epoch=1, sequence=1), keys=())
    root = wire.load_private((box / "root.private").read_text())
    for data in (wire.sign(elsewhere, root), wire.sign(elsewhere, wire.new_key("root-1")), b"rubbish"):
        (box / "keyset.jws").write_bytes(data)
        assert probes.key_set(settings_of()).condition == "bad"
    without = settings_of()
    keys = without.keys.model_copy(update={"key_set": None})
    assert probes.key_set(without.model_copy(update={"keys": keys})).condition == "none"


@pytest.mark.parametrize("order", ["{f} --check --english", "--check --english {f}"])
def test_the_program_checks_the_machine_of_its_settings(settings_of: Make, box: Path, order: str) -> None:
    settings_of()
    arguments = order.format(f=f"--settings {box}/node.toml").split()
    ended = subprocess.run(
        [sys.executable, "-m", "speaker_node", *arguments], capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == 1
    assert "Broker [MISSING]: 127.0.0.1:9 refuses the connection." in ended.stdout


@pytest.mark.parametrize("order", ["{f} run", "run {f}"])
def test_settings_with_which_nothing_starts_are_told_by_line(settings_of: Make, box: Path, order: str) -> None:
    settings_of()
    with (box / "node.toml").open("a") as file:
        file.write("volume = 3\n")
    arguments = order.format(f=f"--settings {box}/node.toml").split()
    ended = subprocess.run(
        [sys.executable, "-m", "speaker_node", *arguments], capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.strip() == f"{box}/node.toml:14: broker.volume: unknown key"
