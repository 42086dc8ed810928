"""An office with pages and API over a real database and a real studio, and a hand to work them."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from httpx import Response
from starlette.types import ASGIApp

from controller.audio import MadeAsset, MediaFolder, Profile, cut_asset, make_asset
from controller.audio.making import checked_name
from controller.operations import setting_up
from controller.operations.acting import Office
from controller.operations.secrets import random_id
from controller.storage.engine import open_database
from controller.voices import VOICES, speak
from controller.web import Studio, Web, create_app
from playlists import wire
from tests.support.broker import HOST, free_port
from tests.support.databases import FILE, fresh_sqlite
from tests.support.waiting import wait_for

MORNING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PASSWORD = "mật khẩu rất dài"
SECRET = b"of the web"


@dataclass
class Nudges:
    """Counts nudges; stands in for the gateway."""

    count: int = 0

    def nudge(self) -> None:
        """One more."""
        self.count += 1


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)


@dataclass
class Desk:
    """The application with its database; `token` speaks for the administrator once set up."""

    app: FastAPI
    office: Office
    media: MediaFolder
    clock: Clock
    nudges: Nudges
    client: httpx.Client
    origin: str
    root: str = ""
    programme: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    hamlets: dict[str, str] = field(default_factory=dict)

    def knowing(self, other: Desk) -> Desk:
        """This desk, over a copy of another's database."""
        self.root, self.programme = other.root, other.programme
        self.tokens, self.hamlets = dict(other.tokens), dict(other.hamlets)
        return self

    def ask(self, method: str, path: str, who: str = "admin", **options: Any) -> Response:
        """A request to /api/v1 in somebody's name; nobody's where there is no token."""
        headers = dict(options.pop("headers", {}))
        if who in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        return self.client.request(method, f"/api/v1{path}", headers=headers, **options)

    def get(self, path: str, who: str = "admin", **options: Any) -> Response:
        """Read."""
        return self.ask("GET", path, who, **options)

    def post(self, path: str, body: Any = None, who: str = "admin", **options: Any) -> Response:
        """Make or do."""
        return self.ask("POST", path, who, json={} if body is None else body, **options)

    def made(self, path: str, body: Mapping[str, Any], who: str = "admin") -> str:
        """The id of something that had to be made."""
        answer = self.post(path, body, who)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def set_up(self) -> None:
        """The first start: the topmost area and its administrator, by the one-time code."""
        code = setting_up.setup_code(self.office)
        body = {"code": code, "area": "Tân Phú", "kind": "xã", "name": "Nguyễn Văn An", "username": "an"}
        answer = self.post("/set-up", {**body, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        self.sign_up("admin", "an")
        self.root = next(area["id"] for area in self.get("/areas").json())

    def sign_up(self, who: str, username: str) -> None:
        """A token for somebody."""
        body = {"username": username, "password": PASSWORD, "name": "test"}
        answer = self.client.post("/api/v1/tokens", json=body)
        assert answer.status_code == 201, answer.text
        self.tokens[who] = answer.json()["token"]

    def add_person(self, who: str, role: str, area: str | None = None) -> str:
        """Somebody with a role, signed in under its name."""
        body = {"area": area or self.root, "role": role, "name": f"Người {who}", "username": who, "password": PASSWORD}
        person = self.made("/people", body)
        self.sign_up(who, who)
        return person

    def add_hamlet(self, name: str, node: str | None = None) -> str:
        """A hamlet with a node of its own; gives the hamlet's id."""
        hamlet = self.made("/areas", {"parent": self.root, "name": name, "kind": "thôn"})
        if node is not None:
            key = wire.public_x(wire.new_key(node))
            served = [{"hamlet": hamlet, "homes": 120}]
            self.made("/nodes", {"id": node, "name": name, "home": hamlet, "serves": served, "public_key": key})
        return hamlet

    def zone_of(self, area: str) -> str:
        """The zone that follows an area."""
        return str(next(zone["id"] for zone in self.get("/zones").json() if zone["area"] == area))

    def speech(self, text: str = "Kính mời bà con đi họp lúc bảy giờ.") -> str:
        """The hash of a spoken text in the library of the root."""
        answer = self.post("/speech", {"area": self.root, "text": text}, "editor")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sha256"])

    def version(self, asset: str, **changes: Any) -> dict[str, Any]:
        """The body of a broadcast tomorrow at 17:00 in both hamlets that have a node."""
        zones = [self.zone_of(self.hamlets[name]) for name in ("Thôn 1", "Thôn 2")]
        body = {
            "area": self.root,
            "programme": self.programme,
            "title": "Tiêm phòng",
            "zones": zones,
            "playlist": [{"recordings": [{"language": "vi", "asset": asset}]}],
            "recurrence": {"repeat": "once", "first_day": "2026-11-25", "times": ["17:00"]},
        }
        return body | changes

    def approved(self, **changes: Any) -> str:
        """A broadcast that somebody approved; its id."""
        asset = changes.pop("asset", None) or self.speech()
        broadcast = self.made("/broadcasts", self.version(asset, **changes), "editor")
        assert self.post(f"/broadcasts/{broadcast}/versions/1/submit", who="editor").status_code == 204
        digest = self.get(f"/broadcasts/{broadcast}").json()["versions"][0]["digest"]
        answer = self.post(f"/broadcasts/{broadcast}/versions/1/approve", {"digest": digest}, "approver")
        assert answer.status_code == 204, answer.text
        return broadcast

    def upload(self, path: Path, name: str, who: str = "admin", area: str | None = None, **headers: str) -> Response:
        """An audio file into a library."""
        with path.open("rb") as file:
            return self.ask(
                "POST", "/assets", who, files={"file": (name, file)}, data={"area": area or self.root}, headers=headers
            )


_MADE: dict[str, tuple[MadeAsset, bytes]] = {}


def made_once(upload: Path, name: str, media: MediaFolder, profile: Profile) -> MadeAsset:
    """What the real tools make of a file is made once, and laid into each other media folder afterwards."""
    key = sha256(upload.read_bytes()).hexdigest()
    if profile != Profile() or key not in _MADE:
        made = make_asset(upload, name, media, profile)
        _MADE[key] = made, made.path.read_bytes()
        return made
    made, audio = _MADE[key]
    title, copied = checked_name(name), media.making / f"copied-{random_id()}"
    copied.write_bytes(audio)
    return replace(made, path=media.keep_asset(copied).path, name=title, original=media.keep_original(upload))


def studio(media: MediaFolder, profile: Profile | None = None) -> Studio:
    """A studio with the real tools."""
    profile = profile or Profile()
    return Studio(
        make=partial(made_once, media=media, profile=profile),
        cut=partial(cut_asset, media=media, profile=profile),
        speak=speak,
        asset=media.asset,
        original=media.original,
        making=media.making,
        largest=profile.largest,
        voices={voice.name: voice.language for voice in VOICES.values()},
    )


@contextmanager
def open_desk(folder: Path, address: str | None = None, recordings: Mapping[str, Path] | None = None) -> Iterator[Desk]:
    """A desk over a new database, served on a free port, closed at the end."""
    if not (folder / FILE).exists():
        fresh_sqlite(folder)
    engine = open_database(str(folder / FILE))
    clock, nudges, media = Clock(), Nudges(), MediaFolder(folder / "media")
    office = Office(engine, nudges, clock, random_id)
    port = free_port()
    origin = f"http://{HOST}:{port}"
    app = create_app(Web(office, studio(media), address or origin, SECRET, folder / "uploads", recordings or {}))
    setting_up.found_site(office, "tan-phu")
    try:
        with served(app, port), httpx.Client(base_url=origin, trust_env=False, timeout=30) as client:
            yield Desk(app, office, media, clock, nudges, client, origin)
    finally:
        engine.dispose()


def settled(desk: Desk) -> Desk:
    """Tân Phú with two hamlets with a node each, one without, an editor, an approver and a programme."""
    desk.set_up()
    desk.add_person("editor", "editor")
    desk.add_person("approver", "approver")
    nodes = {"Thôn 1": "n1", "Thôn 2": "n2", "Thôn 3": None}
    desk.hamlets = {name: desk.add_hamlet(name, node) for name, node in nodes.items()}
    desk.programme = desk.made("/programmes", {"area": desk.root, "name": "Bản tin sáng"}, "editor")
    return desk


@contextmanager
def served(app: ASGIApp, port: int) -> Iterator[None]:
    """The application on a port of the loopback, by the server that it has in use."""
    server = uvicorn.Server(uvicorn.Config(app, HOST, port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, name="uvicorn")
    thread.start()
    try:
        wait_for(lambda: server.started, "the server answers")
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def tone(path: Path, seconds: float = 2.0) -> Path:
    """A short sound in a file of the kind that its name says."""
    source = f"sine=frequency=440:duration={seconds}"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, str(path)], check=True)
    return path
