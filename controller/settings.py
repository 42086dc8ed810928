"""The controller's settings: one TOML file becomes one frozen value, or the start stops and says where and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo

from playlists.models import Ident
from playlists.toml import SettingsError, parse

__all__ = ["Settings", "SettingsError", "load"]


def _beside(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a path")
    return Path(info.context["folder"] if info.context else ".") / Path(value).expanduser()


def _existing(value: Any, info: ValidationInfo) -> Path:
    path = _beside(value, info)
    if not path.is_file():
        raise ValueError(f"no such file: {path}")
    return path


Folder = Annotated[Path, BeforeValidator(_beside)]
SecretFile = Annotated[Path, BeforeValidator(_existing)]
Port = Annotated[int, Field(ge=1, le=65535)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Web(_Table):
    """Where the pages and the API answer. `address` is how people and nodes reach them."""

    host: str = "127.0.0.1"
    port: Port = 8080
    address: str = ""

    @property
    def base(self) -> str:
        """The address without a trailing slash."""
        return (self.address or f"http://{self.host}:{self.port}").rstrip("/")


class BrokerSettings(_Table):
    """The MQTT broker and who we are there: by a password in a file of its own, or by the certificate of mutual TLS."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: Annotated[str, Field(min_length=1)] = "controller"
    password_file: SecretFile | None = None
    tls: bool = False
    ca_file: SecretFile | None = None
    certificate_file: SecretFile | None = None
    key_file: SecretFile | None = None
    protocol: Literal["auto", "5", "3.1.1"] = "auto"

    @property
    def password(self) -> str | None:
        """The first line of the password's file."""
        return None if self.password_file is None else self.password_file.read_text().split("\n", 1)[0].strip()


class Housekeeping(_Table):
    """Chores: times of day are this machine's; nodes' plans roll within `jitter_minutes` after local midnight."""

    backup_at: TimeOfDay = "02:30"
    backups_kept: Annotated[int, Field(ge=1, le=366)] = 14
    documents_days: Annotated[int, Field(ge=3, le=3660)] = 62
    events_days: Annotated[int, Field(ge=62, le=3660)] = 400
    jitter_minutes: Annotated[int, Field(ge=0, le=360)] = 60


class Settings(_Table):
    """All that the controller's processes are told. `database` empty: SQLite in the data folder.

    `recordings`: node → the folder of its recording sink, where this machine can read it (demo).
    """

    site: Ident
    data: Folder
    database: str = ""
    web: Web = Web()
    broker: BrokerSettings = BrokerSettings()
    housekeeping: Housekeeping = Housekeeping()
    recordings: dict[Ident, Folder] = {}

    @property
    def database_url(self) -> str:
        """What storage opens."""
        return self.database or f"sqlite:///{self.data / 'loa.db'}"

    @property
    def keys(self) -> Path:
        """The signer's folder."""
        return self.data / "keys"

    @property
    def web_secret(self) -> Path:
        """The secret of the web."""
        return self.data / "web.key"

    @property
    def media(self) -> Path:
        """Audio by hash."""
        return self.data / "media"

    @property
    def uploads(self) -> Path:
        """What nodes bring, by hash."""
        return self.data / "uploads"

    @property
    def backups(self) -> Path:
        """Copies of the database and the keys."""
        return self.data / "backups"

    @property
    def nudge(self) -> Path:
        """The socket on which the gateway hears that something was committed."""
        return self.data / "nudge.sock"


def load(path: Path) -> Settings:
    """The settings of a file; SettingsError where it is not there, not TOML, or says what it may not."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8") from error
    return parse(text, str(path), Settings, {"folder": path.absolute().parent})
