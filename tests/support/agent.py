"""A whole node as a process of its own, with real sound and guard processes, and an office that talks to it by MQTT."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from joserfc.jwk import OKPKey

from playlists import wire
from playlists.client import Client, Connected, Endpoint, Happening, Message
from playlists.models import Acknowledgement, Asset, KeySet, Plan, Request, Value, Welcome
from playlists.reports import Birth, Connection, Event, EventBatch, Fact, Heartbeat
from playlists.topics import Lane, Topics
from speaker_node.acceptance import Book, Holding, judge
from speaker_node.sound.recordings import Recording, recordings
from speaker_node.store import open_store
from tests.support.journal import JournalBeside
from tests.support.office import NODE, SITE, Office
from tests.support.waiting import wait_for

T = TypeVar("T")

TOPICS = Topics(SITE)

_SETTINGS = """
node = "{node}"
site = "{site}"
folder = "data"
no_hardware = true
profile = "lan"
[keys]
node = "node.jwk"
root = "root.jwk"
{key_set}
[assets]
addresses = ["{assets}"]
[broker]
host = "127.0.0.1"
port = {port}
protocol = "{protocol}"
"""


class Agent:
    """One node in a folder; it may be started, killed and started again. A broker on `port` need not be there."""

    def __init__(
        self,
        folder: Path,
        office: Office,
        port: int = 1,
        protocol: str = "auto",
        set_up: bool = True,
        assets: str = "http://127.0.0.1:1",
    ) -> None:
        root = {"kty": "OKP", "crv": "Ed25519", "kid": "root", "x": wire.public_x(office.root)}
        key_set = office.sign(office.key_set()) if set_up else None
        self.office = office
        self._lay(folder, wire.new_key(NODE), SITE, json.dumps(root).encode(), key_set, port, protocol, assets)

    def _lay(
        self,
        folder: Path,
        key: OKPKey,
        site: str,
        root: bytes,
        key_set: bytes | None,
        port: int,
        protocol: str = "auto",
        assets: str = "http://127.0.0.1:1",
    ) -> None:
        """All that a set-up leaves in the node's folder; `assets`: where audio is fetched from."""
        self.folder, self.key = folder, key
        self.data = folder / "data"
        (self.data / "assets").mkdir(parents=True)
        (folder / "node.jwk").write_text(wire.private_text(key))
        (folder / "root.jwk").write_bytes(root)
        if key_set is not None:
            (folder / "keys.jws").write_bytes(key_set)
        named = "" if key_set is None else 'key_set = "keys.jws"'
        self.settings = folder / "node.toml"
        self.settings.write_text(
            _SETTINGS.format(node=key.kid, site=site, port=port, protocol=protocol, key_set=named, assets=assets),
            encoding="utf-8",
        )
        self.inside: tuple[str, ...] = ()
        """What stands before its command: where it is to run."""
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0
        self._journal: JournalBeside | None = None

    @property
    def name(self) -> str:
        """The node's id."""
        return str(self.key.kid)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def changed(self, words: Mapping[str, str]) -> None:
        """Its settings with other words, from its next start."""
        text = self.settings.read_text(encoding="utf-8")
        for old, new in words.items():
            assert old in text, old
            text = text.replace(old, new)
        self.settings.write_text(text, encoding="utf-8")

    def hold_asset(self, asset: Asset, data: bytes) -> None:
        """Lay an asset into the library, as if it had been fetched."""
        place = self.data / "assets" / asset.sha256[:2]
        place.mkdir(exist_ok=True)
        (place / asset.sha256).write_bytes(data)

    def hold_plan(self, plan: Plan) -> None:
        """Lay key set and plan into the journal, as the agent itself stores them, in a stream that was welcomed."""
        book = Book(NODE, SITE, self.office.root_key)
        with closing(open_store(self.data / "store.db", NODE)) as store:
            for data in ((self.folder / "keys.jws").read_bytes(), self.office.sign(plan)):
                verdict = judge(data, wire.PLAN_LIMIT, book, 0)
                assert isinstance(verdict, Holding)
                book = book.with_holding(verdict)
                store.commit([], verdict.stored)

    def start(self) -> None:
        """Start the process; its log goes to node.log."""
        self._started_at = len(self.log())
        with (self.folder / "node.log").open("ab") as log:
            command = [*self.inside, sys.executable, "-m", "speaker_node", "run", "--settings", str(self.settings)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def ready(self) -> int:
        """Wait until the node is whole; the milliseconds it took, by its own word."""
        lines = wait_for(lambda: [r for r in self.log()[self._started_at :] if "ready in" in r], "the node is whole")
        line = lines[0]
        return int(line.split("ready in ")[1].split(" ms")[0])

    def kill(self) -> None:
        """kill -9 of the agent alone: sound and guard must notice themselves."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(15)
        self._process = None
        return code

    def ended(self) -> int:
        """The exit code of an agent that leaves by itself."""
        assert self._process
        code = self._process.wait(30)
        self._process = None
        return code

    def log(self) -> list[str]:
        """The log so far."""
        path = self.folder / "node.log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def events(self) -> list[Event]:
        """The journal on the disk, read beside the running agent."""
        return self.journal().events()

    def journal(self) -> JournalBeside:
        """The journal as seen from outside: while it runs nobody but the agent may open the file itself."""
        path = self.data / "store.db"
        if self._journal is None or self._journal.path != path:
            self._journal = JournalBeside(path)
        return self._journal

    def facts(self, kind: type[T]) -> list[T]:
        """The journal's facts of one kind."""
        return [event.fact for event in self.events() if isinstance(event.fact, kind)]

    def relay(self) -> list[dict[str, Any]]:
        """Every edge of the relay's mock pin."""
        path = self.data / "relay.jsonl"
        return [json.loads(row) for row in path.read_text().splitlines() if row] if path.exists() else []

    def recordings(self) -> list[Recording]:
        """What was heard."""
        return recordings(self.data / "recordings")


class Enrolled(Agent):
    """A node that a real controller knows: the files of its set-up are those that the controller made."""

    def __init__(self, folder: Path, key: OKPKey, site: str, keys: Path, port: int, assets: str) -> None:
        root, key_set = (keys / name for name in ("root-public.jwk", "keyset.jws"))
        self._lay(folder, key, site, root.read_bytes(), key_set.read_bytes(), port, assets=assets)


@contextmanager
def running(agent: Agent) -> Iterator[Agent]:
    """A started, whole node for the length of a `with`."""
    agent.start()
    try:
        agent.ready()
        yield agent
    finally:
        agent.stop()


@dataclass
class OfficeAtBroker:
    """Hears one node, answers its births and acknowledges its events unless told not to."""

    office: Office
    port: int
    key: OKPKey
    answers: bool = True
    heard: list[Any] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)
    rubbish: int = 0
    elsewhere: tuple[str, ...] = ()
    _connected: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._client = Client(Endpoint("127.0.0.1", self.port, "office", window=1000), self._happened)

    def __enter__(self) -> OfficeAtBroker:
        self._client.start()
        assert self._connected.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Whatever bytes, wherever."""
        token = wait_for(lambda: self._client.publish(topic, payload, retain=retain), "the broker takes a message")
        assert token is not None

    def give(self, value: Value, *, retain: bool = True) -> bytes:
        """Sign a document and publish it where it belongs; the bytes."""
        data = self.office.sign(value)
        if isinstance(value, Plan):
            self.publish(TOPICS.node(NODE, Lane.PLAN), data, retain=retain)
        elif isinstance(value, KeySet | Welcome | Acknowledgement | Request):
            self.publish(TOPICS.node(NODE, Lane.MSG), data)
        else:
            self.publish(TOPICS.alert(value.to, value.issuer), data, retain=retain)  # type: ignore[attr-defined]
        return data

    def reports(self, kind: type[T]) -> list[T]:
        """What the node said, of one kind."""
        return [value for value in list(self.heard) if isinstance(value, kind)]

    def facts(self, kind: type[T]) -> list[T]:
        """The node's events of one kind, each number once, as they were first told."""
        found: dict[tuple[str, int], Fact] = {}
        for batch in self.reports(EventBatch):
            for text in batch.events:
                event = wire.decode_event(text)
                found.setdefault((batch.stream, event.number), event.fact)
        return [fact for fact in found.values() if isinstance(fact, kind)]

    def _happened(self, happening: Happening) -> None:
        if isinstance(happening, Connected):
            self._client.subscribe(TOPICS.upward())
            self._connected.set()
        elif isinstance(happening, Message) and happening.payload:
            self._hear(happening)

    def _hear(self, message: Message) -> None:
        try:
            value = self._read(message)
        except wire.WireError:
            self.rubbish += 1
            return
        self.heard.append(value)
        if self.answers and isinstance(value, Birth):
            self.give(self._welcome(value))
        if self.answers and isinstance(value, EventBatch):
            digest = wire.digest(value.events[-1].encode())
            self.give(Acknowledgement(to=NODE, stream=value.stream, number=value.last, digest=digest))
            self.acknowledged[value.stream] = max(value.last, self.acknowledged.get(value.stream, 0))

    def _welcome(self, birth: Birth) -> Welcome:
        return Welcome(
            to=NODE,
            nonce=birth.nonce,
            time=time.time_ns() // 1_000_000,
            stream=birth.stream,
            acknowledged=self.acknowledged.get(birth.stream, 0),
            elsewhere=self.elsewhere,
        )

    def _read(self, message: Message) -> Birth | Heartbeat | EventBatch | Connection:
        if message.topic.endswith("/conn"):
            return wire.decode_connection(message.payload)
        return wire.decode_report(wire.open_signed(message.payload, {NODE: self.key}.get, wire.REPORT_LIMIT).payload)
