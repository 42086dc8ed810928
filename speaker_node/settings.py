"""The node's settings: wiring and addresses of this one box, from a TOML file. What is heard stands in the plan."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from playlists.models import Ident
from playlists.toml import SettingsError, parse

__all__ = ["Settings", "SettingsError", "load"]


def _beside(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("must be a path")
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / Path(value).expanduser()


def _existing(value: Any, info: ValidationInfo) -> Path:
    path = _beside(value, info)
    if not path.is_file():
        raise ValueError(f"no such file: {path}")
    return path


def _address(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError("must be an address as https://office.example")
    return value.rstrip("/")


def _pattern(value: str) -> str:
    try:
        groups = re.compile(value).groups
    except re.error as error:
        raise ValueError(f"not a pattern: {error}") from error
    if groups != 1:
        raise ValueError("must have one group, for what is read")
    return value


def _different(pins: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(pins)) != len(pins):
        raise ValueError("a pin is named twice")
    return pins


Place = Annotated[Path, BeforeValidator(_beside)]
ExistingFile = Annotated[Path, BeforeValidator(_existing)]
Address = Annotated[str, AfterValidator(_address)]
Card = Annotated[str, Field(min_length=1, max_length=200)]
Pin = Annotated[int, Field(ge=0, le=27)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Broker(_Table):
    """The MQTT broker and who the node is there: by a password (the first line of a file of its own), or by the
    certificate of mutual TLS."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: Annotated[str, Field(min_length=1)] | None = None
    password_file: ExistingFile | None = None
    tls: bool = False
    ca_file: ExistingFile | None = None
    certificate_file: ExistingFile | None = None
    key_file: ExistingFile | None = None
    protocol: Literal["auto", "5", "3.1.1"] = "auto"

    @property
    def password(self) -> str | None:
        """Read anew at each call, so that a changed one needs no restart."""
        return None if self.password_file is None else self.password_file.read_text().split("\n", 1)[0].strip()


class Keys(_Table):
    """The node's private key, the root's public key, and the key set that the set-up left here."""

    node: ExistingFile
    root: ExistingFile
    key_set: ExistingFile | None = None


class Sound(_Table):
    """A sound card by its stable name, a folder of recordings that keep real time (cut to so many MB), or both.

    `others`: cards to use, in this order, while `device` does not open.
    """

    device: Card | None = None
    others: Annotated[tuple[Card, ...], Field(max_length=3, strict=False)] = ()
    recordings: Place | None = None
    recordings_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 500

    @model_validator(mode="after")
    def _a_sink(self) -> Self:
        if self.others and (self.device is None or len({self.device, *self.others}) <= len(self.others)):
            raise ValueError("others are cards besides device")
        if self.device is None and self.recordings is None:
            raise ValueError("device or recordings must be given")
        return self

    @property
    def cards(self) -> tuple[str, ...]:
        """The cards in the order of preference."""
        return () if self.device is None else (self.device, *self.others)

    @property
    def command(self) -> tuple[str, ...]:
        """What starts the sound process."""
        card = [word for name in self.cards for word in ("--sink", f"alsa:{name}")]
        folder = [] if self.recordings is None else ["--sink", f"recording:{self.recordings}"]
        keep = str(self.recordings_mb * 1_000_000)
        return (sys.executable, "-m", "speaker_node.sound", *card, *folder, "--keep", keep)


class Amplifier(_Table):
    """How the relays are wired (GPIO numbers); `mock`: no pins, each edge goes to this file. `longest_on` in s is the
    guard's own ceiling, whatever a plan allows."""

    pins: Annotated[tuple[Pin, ...], Field(min_length=1, max_length=4, strict=False), AfterValidator(_different)]
    active_low: bool = False
    read_back: Pin | None = None
    mock: Place | None = None
    longest_on: Annotated[int, Field(ge=60, le=21_600)] = 21_600

    @model_validator(mode="after")
    def _contact_of_its_own(self) -> Self:
        if self.read_back in self.pins:
            raise ValueError("read_back is one of pins")
        return self

    @property
    def command(self) -> tuple[str, ...]:
        """What starts the guard process."""
        pins = ",".join(map(str, self.pins))
        command = [sys.executable, "-m", "speaker_node.amplifier", "--pins", pins, "--longest-on", str(self.longest_on)]
        command += ["--active-low"] if self.active_low else []
        command += [] if self.read_back is None else ["--read-back", str(self.read_back)]
        command += [] if self.mock is None else ["--mock", str(self.mock)]
        return tuple(command)


class Assets(_Table):
    """Where audio is fetched from (tried in turn), and how much of the disk is left to others. `keep_days`: how long an
    asset that no document names any more stays after its last use."""

    addresses: Annotated[tuple[Address, ...], Field(min_length=1, max_length=8, strict=False)]
    keep_days: Annotated[int, Field(ge=0, le=3660)] = 14
    leave_free_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 200


class Modem(_Table):
    """The line where bytes cost. `interface`: whose bytes are counted, where it is not the modem's own (an LTE router
    behind a cable). `ussd`: what the operator is asked once a day, by ModemManager; `balance` and `expires` are
    patterns whose first group is the amount and the day (day/month/year) in its answer."""

    interface: Annotated[str, Field(min_length=1, max_length=15, pattern=r"^[A-Za-z0-9_.-]+$")] | None = None
    ussd: Annotated[str, Field(pattern=r"^[*#0-9]{2,20}$")] | None = None
    balance: Annotated[str, Field(max_length=200), AfterValidator(_pattern)] = r"(\d[\d.,]*)\s*(?:đ|d\b|VND|dong)"
    expires: Annotated[str, Field(max_length=200), AfterValidator(_pattern)] = r"(\d{1,2}[/-]\d{1,2}[/-]\d{4})"


class Settings(_Table):
    """All that the agent is told by this box. `clock`: whether the machine's clock is taken as held (host) or must be
    known to be synchronised (system). Paths may be told relative to the settings file."""

    node: Ident
    site: Ident
    folder: Place
    keys: Keys
    sound: Sound
    amplifier: Amplifier
    assets: Assets
    broker: Broker = Broker()
    modem: Modem = Modem()
    clock: Literal["host", "system"] = "system"
    profile: Literal["lan", "4g"] = "lan"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    no_hardware: bool = False

    @model_validator(mode="before")
    @classmethod
    def _without_hardware(cls, values: Any, info: ValidationInfo) -> Any:
        """Recordings for the card, mock pins for the relay, the host's clock. What the file says of them stands; but
        who asks for it at the start means this file's card too."""
        asked = (info.context or {}).get("no_hardware", False)
        if not isinstance(values, dict) or not (asked or values.get("no_hardware") is True):
            return values
        folder = str(values.get("folder", ""))
        stand_ins: dict[str, Any] = {
            "sound": {"recordings": f"{folder}/recordings"},
            "amplifier": {"pins": [17], "mock": f"{folder}/relay.jsonl"},
        }
        merged = {"clock": "host", **values, "no_hardware": True}
        for table, instead in stand_ins.items():
            said = merged.get(table, {})
            merged[table] = {**instead, **said} if isinstance(said, dict) else said
        if asked and isinstance(merged["sound"], dict):
            for name in ("device", "others"):
                merged["sound"].pop(name, None)
        return merged

    @property
    def store(self) -> Path:
        """The journal and the documents."""
        return self.folder / "store.db"

    @property
    def library(self) -> Path:
        """Audio by hash."""
        return self.folder / "assets"


def load(path: Path, *, no_hardware: bool = False) -> Settings:
    """The settings of a file; SettingsError names file, line and reason. `no_hardware` as if the file said so."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8") from error
    return parse(text, str(path), Settings, {"folder": path.absolute().parent, "no_hardware": no_hardware})
