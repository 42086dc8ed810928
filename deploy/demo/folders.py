"""Where the demo keeps what it is: one folder, with settings, keys and secrets for each program in it."""

import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.broker import files
from playlists import wire

SITE = "demo"
HOST = "127.0.0.1"

Tables = dict[str, Mapping[str, object]]


@dataclass(frozen=True)
class Home:
    """The demo's folder and the ports of this run."""

    folder: Path
    page_port: int
    broker_port: int
    set_up_port: int

    @property
    def logs(self) -> Path:
        """What each program said."""
        return self.folder / "logs"

    @property
    def office(self) -> Path:
        """The controller's settings and data."""
        return self.folder / "office"

    @property
    def office_settings(self) -> Path:
        """The controller's settings file."""
        return self.office / "controller.toml"

    @property
    def set_up_settings(self) -> Path:
        """The same office on a private port: the commune is set up there before the page opens."""
        return self.office / "set-up.toml"

    @property
    def broker_settings(self) -> Path:
        """The broker's settings file."""
        return self.folder / "broker" / "mosquitto.conf"

    @property
    def page(self) -> str:
        """The address of the pages and the API."""
        return f"http://{HOST}:{self.page_port}"

    @property
    def set_up_page(self) -> str:
        """Where the office answers before the page opens."""
        return f"http://{HOST}:{self.set_up_port}"

    @property
    def commune(self) -> Path:
        """What the first run set up."""
        return self.folder / "commune.json"

    @property
    def description(self) -> Path:
        """demo.json: all that somebody who wants to talk to this demo must know."""
        return self.folder / "demo.json"

    def node(self, name: str) -> Path:
        """One node's folder."""
        return self.folder / "nodes" / name

    def recordings(self, name: str) -> Path:
        """What a node's sink recorded."""
        return self.node(name) / "recordings"

    def relay_log(self, name: str) -> Path:
        """Each edge of a node's relay with its instant."""
        return self.node(name) / "relay.jsonl"


class Secrets:
    """Passwords made at the first run and kept in the folder, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "secrets.json"
        self._held: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def of(self, name: str) -> str:
        """The password under a name, made at the first call."""
        if name not in self._held:
            self._held[name] = secrets.token_urlsafe(12)
            write_private(self._path, json.dumps(self._held, indent=2))
        return self._held[name]


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def unusable(port: int) -> str:
    """Why we cannot listen on a loopback port; nothing if we can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def write_private(path: Path, text: str) -> Path:
    """A file that only its owner may read, with its folder; a reader sees it whole or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)
    return path


def write_broker(home: Home, kept: Secrets, nodes: tuple[str, ...]) -> None:
    """The broker's files: a password for the controller and one for each node."""
    passwords = {name: kept.of(f"broker {name}") for name in (files.CONTROLLER, *nodes)}
    files.write(home.folder / "broker", home.broker_port, SITE, passwords)


def write_office(home: Home, kept: Secrets, nodes: tuple[str, ...]) -> None:
    """The controller's settings: for the page, and for the private port of the set-up."""
    password = write_private(home.office / "broker-password", kept.of(f"broker {files.CONTROLLER}") + "\n")
    broker = {"host": HOST, "port": home.broker_port, "username": files.CONTROLLER, "password_file": str(password)}
    recordings = {name: str(home.recordings(name)) for name in nodes}
    for path, port in ((home.office_settings, home.page_port), (home.set_up_settings, home.set_up_port)):
        tables: Tables = {
            "": {"site": SITE, "data": str(home.office / "data")},
            "web": {"host": HOST, "port": port},
            "broker": broker,
            "recordings": recordings,
        }
        write_private(path, _toml(tables))


def node_key(home: Home, name: str) -> str:
    """The public half (base64url) of a node's key; the private half is made at the first call and stays here."""
    path = home.node(name) / "node.jwk"
    if not path.exists():
        write_private(path, wire.private_text(wire.new_key(name)))
    return wire.public_x(wire.load_private(path.read_text()))


def write_node(home: Home, kept: Secrets, name: str, listen: bool) -> Path:
    """One node's settings, keys and password; the settings file. `listen`: on the sound card instead of a recording."""
    folder = home.node(name)
    password = write_private(folder / "broker-password", kept.of(f"broker {name}") + "\n")
    for file in ("root-public.jwk", "keyset.jws"):
        (folder / file).write_bytes((home.office / "data" / "keys" / file).read_bytes())
    tables: Tables = {
        "": {"node": name, "site": SITE, "folder": str(folder / "data"), "clock": "host"},
        "keys": {
            "node": str(folder / "node.jwk"),
            "root": str(folder / "root-public.jwk"),
            "key_set": str(folder / "keyset.jws"),
        },
        "sound": {"device": "default"} if listen else {"recordings": str(home.recordings(name))},
        "amplifier": {"pins": [17], "mock": str(home.relay_log(name))},
        "assets": {"addresses": [home.page, home.set_up_page]},
        "broker": {"host": HOST, "port": home.broker_port, "username": name, "password_file": str(password)},
    }
    return write_private(folder / "node.toml", _toml(tables))


def _toml(tables: Tables) -> str:
    """Tables of strings, numbers and lists, whose JSON is also TOML."""
    lines = []
    for table, values in tables.items():
        lines += [f"\n[{table}]"] if table else []
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([*lines, ""])
