"""The node's settings file: one frozen value, or a stop that names file, line and reason."""

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from speaker_node.settings import SettingsError, load

GOOD = """\
node = "n1"
site = "xa"
folder = "data"
[keys]
node = "node.key"
root = "root.pub"
[sound]
device = "hw:CARD=Device"
[amplifier]
pins = [17, 27]
[assets]
addresses = ["http://office.example:8080/"]
[broker]
host = "office.example"
username = "n1"
password_file = "password"
"""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder with the files that the settings name."""
    for name in ("node.key", "root.pub"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "password").write_text("secret\n# a note\n")
    return tmp_path


def write(box: Path, text: str) -> Path:
    path = box / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(path)
    return str(caught.value)


def test_a_short_file_is_enough(box: Path) -> None:
    settings = load(write(box, GOOD))
    assert settings.folder == box / "data"
    assert settings.keys.node == box / "node.key"
    assert settings.assets.addresses == ("http://office.example:8080",)
    assert settings.broker.password == "secret"
    assert (settings.clock, settings.profile, settings.no_hardware) == ("system", "lan", False)


def test_settings_are_frozen(box: Path) -> None:
    settings = load(write(box, GOOD))
    with pytest.raises(ValidationError):
        settings.node = "other"  # type: ignore[misc]


def changed(old: str, new: str) -> str:
    """The good text with one row changed."""
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "row", "words"),
    [
        ('node = "n1"', 'node = "N 1"', "node", "node: String should match pattern"),
        ('site = "xa"', "site = 5", "site", "site: Input should be a valid string"),
        ('folder = "data"', 'folder = ""', "folder", "folder: must be a path"),
        ('folder = "data"', 'folder = "data"\nvolume = 3', "volume", "volume: unknown key"),
        ('node = "node.key"', 'node = "gone.key"', "node", "keys.node: no such file: "),
        ('root = "root.pub"', 'root = "root.pub"\nrot = "x"', "rot", "keys.rot: unknown key"),
        ('device = "hw:CARD=Device"', "recordings_mb = 5", "[sound]", "sound: device or recordings"),
        (
            'device = "hw:CARD=Device"',
            'device = "a"\nothers = ["a"]',
            "[sound]",
            "sound: others are cards besides",
        ),
        ("pins = [17, 27]", "pins = []", "pins", "amplifier.pins: Tuple should have at least 1 item"),
        ("pins = [17, 27]", "pins = [17, 17]", "pins", "amplifier.pins: a pin is named twice"),
        ("pins = [17, 27]", "pins = [40]", "pins", "amplifier.pins.0: Input should be less than or equal to 27"),
        ("pins = [17, 27]", "pins = [1, 2, 3, 4, 5]", "pins", "amplifier.pins: Tuple should have at most 4 items"),
        ("pins = [17, 27]", "pins = [true]", "pins", "amplifier.pins.0: Input should be a valid integer"),
        ("[amplifier]", "[amplifier]\nread_back = 27", "[amplifier]", "amplifier: read_back is one of pins"),
        (
            'addresses = ["http://office.example:8080/"]',
            'addresses = ["ftp://x"]',
            "addresses",
            "assets.addresses.0: must be an",
        ),
        (
            'addresses = ["http://office.example:8080/"]',
            "addresses = []",
            "addresses",
            "assets.addresses: Tuple should have",
        ),
        (
            'host = "office.example"',
            'host = "office.example"\nport = 70000',
            "port",
            "broker.port: Input should be less",
        ),
        (
            'password_file = "password"',
            'password_file = "gone"',
            "password_file",
            "broker.password_file: no such file: ",
        ),
        ('password_file = "password"', 'password = "in the clear"', "password", "broker.password: unknown key"),
        ('host = "office.example"', "tls = 1", "tls", "broker.tls: Input should be a valid boolean"),
        ('site = "xa"', 'site = "xa"\nclock = "atomic"', "clock", "clock: Input should be 'host' or 'system'"),
        ('site = "xa"', 'site = "xa"\nprofile = "5g"', "profile", "profile: Input should be 'lan' or '4g'"),
        ('site = "xa"', 'site = "xa"\nlog_level = "loud"', "log_level", "log_level: Input should be 'debug', 'info'"),
        ('site = "xa"', "site = xa", "site", "Invalid value"),
    ],
)
def test_an_unknown_key_or_a_bad_value_stops_the_start_and_names_its_line(
    box: Path, old: str, new: str, row: str, words: str
) -> None:
    text = changed(old, new)
    said = complaint(write(box, text))
    named = int(said.split("node.toml:")[1].split(":")[0])
    assert words in said
    assert text.splitlines()[named - 1].startswith(row)


def test_a_missing_table_is_named(box: Path) -> None:
    assert "keys: missing" in complaint(write(box, 'node = "n1"\nsite = "xa"\nfolder = "d"\n'))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "gone.toml") == f"{tmp_path}/gone.toml: No such file or directory"


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_bytes(b"\xff\xfe\x00")
    assert complaint(tmp_path / "node.toml") == f"{tmp_path}/node.toml: not UTF-8"


def test_without_hardware_recordings_mock_pins_and_the_hosts_clock_stand_in(box: Path) -> None:
    settings = load(write(box, GOOD), no_hardware=True)
    assert settings.no_hardware
    assert settings.clock == "host"
    assert (settings.sound.device, settings.sound.recordings) == (None, box / "data" / "recordings")
    assert settings.amplifier.pins == (17, 27)
    assert settings.amplifier.mock == box / "data" / "relay.jsonl"


def test_a_file_without_hardware_needs_neither_sound_nor_amplifier(box: Path) -> None:
    kept = [row for row in GOOD.splitlines() if not row.startswith(("[sound]", "device", "[amplifier]", "pins"))]
    settings = load(write(box, "\n".join(["no_hardware = true", *kept])))
    assert settings.amplifier.pins == (17,)
    assert settings.sound.recordings == box / "data" / "recordings"


def test_the_guards_command_says_how_the_relays_are_wired(box: Path) -> None:
    text = changed("pins = [17, 27]", "pins = [17, 27]\nactive_low = true\nread_back = 22\nlongest_on = 600")
    command = load(write(box, text), no_hardware=True).amplifier.command
    assert command[:3] == (sys.executable, "-m", "speaker_node.amplifier")
    assert "--pins 17,27 --longest-on 600 --active-low --read-back 22 --mock" in " ".join(command)


def test_the_sound_process_is_told_its_sinks(box: Path) -> None:
    command = " ".join(load(write(box, GOOD)).sound.command)
    assert command.endswith("-m speaker_node.sound --sink alsa:hw:CARD=Device --keep 500000000")
    ladder = GOOD.replace('device = "hw:CARD=Device"', 'device = "a"\nothers = ["b", "c"]')
    assert "--sink alsa:a --sink alsa:b --sink alsa:c" in " ".join(load(write(box, ladder)).sound.command)
    both = changed('device = "hw:CARD=Device"', 'device = "default"\nrecordings = "r"\nrecordings_mb = 1')
    command = " ".join(load(write(box, both)).sound.command)
    assert command.endswith(f"--sink alsa:default --sink recording:{box}/r --keep 1000000")


def test_a_file_without_hardware_may_name_a_card_to_listen_on(box: Path) -> None:
    settings = load(write(box, f"no_hardware = true\n{GOOD}"))
    assert settings.sound.device == "hw:CARD=Device"
    assert settings.sound.recordings == box / "data" / "recordings"
