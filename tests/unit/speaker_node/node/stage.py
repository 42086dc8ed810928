"""A loop on a stage: every port a double that keeps its history, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from joserfc.jwk import OKPKey

from playlists import wire
from playlists.models import Acknowledgement, Asset, BookFile, Value, Welcome
from playlists.reports import Birth, Connection, Event, EventBatch, Fact, Heartbeat, Missing, RequestTaken, StoreState
from playlists.topics import Lane, Topics
from speaker_node.acceptance import Book
from speaker_node.host import Vitals
from speaker_node.node.inbox import Inbox
from speaker_node.node.journal import Journal
from speaker_node.node.loop import RENEW_NS, Loop, Mailbox, Ports, Post
from speaker_node.node.ports import StorePort
from speaker_node.node.telling import Identity, nearest
from speaker_node.outbox import Pace
from speaker_node.store import MOST_UNTOLD, Store, memory_store
from speaker_node.values import (
    AmplifierState,
    Arrived,
    JournalRow,
    LibraryState,
    LinkCounts,
    LinkUp,
    Moment,
    Origin,
    Reading,
    Sound,
    SoundState,
    StoredDocument,
    StoreError,
)
from tests.support.office import NODE, SITE, ZONE, Office

T = TypeVar("T")

NOW = 1_800_000_000_000
SECOND = 1_000_000_000
PACE = Pace(first_wait=30 * SECOND, longest_wait=600 * SECOND)
TOPICS = Topics(SITE)
PLAN, MSG = TOPICS.node(NODE, Lane.PLAN), TOPICS.node(NODE, Lane.MSG)
ALERT = TOPICS.alert(ZONE, "office")
ASSET = Asset(sha256="a" * 64, bytes=1000, frames=10 * 48_000)


class Link:
    """Takes everything while `room`."""

    def __init__(self) -> None:
        self.room = True
        self.ticked, self.hangs = 0, False
        self.published: list[tuple[str, bytes, bool]] = []
        self.subscribed: list[str] = []
        self.unsubscribed: list[str] = []
        self.counts = LinkCounts()

    def renew(self) -> None:
        self.counts = replace(self.counts, deaf=self.counts.deaf + 1)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if self.room:
            self.published.append((topic, payload, retain))
        return self.room

    def subscribe(self, filters: Sequence[str]) -> None:
        self.subscribed += filters

    def unsubscribe(self, filters: Sequence[str]) -> None:
        self.unsubscribed += filters


class SoundDouble:
    """Alive, and says what the test makes it say."""

    def __init__(self) -> None:
        self.held: list[tuple[Sound | None, Sound | None]] = []
        self.says = SoundState(alive=True, device_ok=True)

    def hold(self, now: Sound | None, next: Sound | None = None) -> None:  # noqa: A002 - the contract's word
        self.held.append((now, next))

    def state(self) -> SoundState:
        return self.says


class Amplifier:
    """Closes at once. `journal` is looked at when it does: what was durable by then."""

    def __init__(self, host: Machine) -> None:
        self.host = host
        self.held: list[tuple[bool, str]] = []
        self.says = AmplifierState(alive=True)
        self.look: Any = lambda: None
        self.seen: list[Any] = []
        self.dead = False

    def dies(self) -> None:
        """The guard is gone for good, and the relay open."""
        self.dead, self.says = True, AmplifierState()

    def hold(self, closed: bool, cause: str) -> None:
        if self.dead:
            return
        if closed and self.says.closed_since is None:
            self.seen.append(self.look())
        since = (self.says.closed_since or self.host.mono) if closed else None
        self.says = replace(self.says, alive=True, closed_since=since)
        self.held.append((closed, cause))

    def state(self) -> AmplifierState:
        return self.says


class Library:
    """Holds what the test puts in; `damaged` hashes do not survive a look."""

    def __init__(self) -> None:
        self.holds: set[str] = {ASSET.sha256}
        self.damaged: set[str] = set()
        self.wanted: list[Asset | BookFile] = []
        self.files: dict[str, bytes] = {}
        self.hurried = 0
        self.says = LibraryState()

    def want(self, assets: Sequence[Asset | BookFile]) -> None:
        self.wanted = list(assets)

    def hurry(self) -> None:
        self.hurried += 1

    def ready(self) -> frozenset[str]:
        return frozenset(self.holds)

    def path(self, sha256: str) -> Path | None:
        if sha256 in self.damaged:
            self.holds.discard(sha256)
        return Path(sha256) if sha256 in self.holds else None

    def read(self, sha256: str, most: int) -> bytes | None:
        return self.files.get(sha256) if self.path(sha256) else None

    def missing(self) -> tuple[Missing, ...]:
        return tuple(Missing(sha256=a.sha256) for a in self.wanted if a.sha256 not in self.holds)

    def state(self) -> LibraryState:
        return self.says


class Machine:
    """A wall clock and a monotonic one that move together, unless the test steps one of them."""

    def __init__(self) -> None:
        self.mono, self.step = 0, 0
        self.fed = self.became_whole = self.late = 0
        self.says = Vitals(temperature=45.5)
        self.disk_waits_since: int | None = None
        self.quiet: list[bool] = []
        self.status = ""

    def reading(self) -> Reading:
        return Reading((NOW + self.step) * 1_000_000 + self.mono, self.mono)

    def vitals(self) -> Vitals:
        return self.says

    def whole(self, *, late: bool = False) -> None:
        self.became_whole += not late
        self.late += late

    def know(self, now: Moment, *, quiet: bool, status: str) -> None:
        self.quiet.append(quiet)
        self.status = status

    def feed_watchdog(self) -> None:
        self.fed += 1


class Errands:
    """Takes note of what is asked."""

    def __init__(self) -> None:
        self.asked: list[RequestTaken] = []

    def upload_log(self, taken: RequestTaken) -> None:
        self.asked.append(taken)


class Disk:
    """A real journal that lives in memory and cannot be written while `full`, nor opened while `away`."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store or memory_store()
        self.full = self.away = False
        self.room, self.most = StoreState.OK, MOST_UNTOLD
        self._opened = 0

    @property
    def stream(self) -> str:
        return self.store.stream

    @property
    def fresh(self) -> bool:
        return self._opened == 1

    def open(self) -> StorePort:
        if self.away:
            raise StoreError("no such disk")
        self._opened += 1
        return self

    @property
    def notice(self) -> str:
        return self.store.notice

    def secure(self) -> StoreState:
        return self.room

    def begin(self) -> None:
        self._write()
        self.store.begin()

    def untold(self) -> int:
        return self.store.untold()

    def gone(self) -> int:
        return self.store.gone()

    def drop_telemetry(self) -> int:
        self._write()
        return self.store.drop_telemetry(self.most)

    def streams(self) -> tuple[tuple[str, int], ...]:
        return self.store.streams()

    def events(self) -> tuple[Event, ...]:
        return self.store.events()

    def documents(self) -> tuple[StoredDocument, ...]:
        return self.store.documents()

    def last(self, stream: str) -> int:
        return self.store.last(stream)

    def rows(self, stream: str, after: int, limit: int) -> tuple[JournalRow, ...]:
        return self.store.rows(stream, after, limit)

    def commit(self, events: Sequence[Event], document: StoredDocument | None = None) -> None:
        self._write()
        self.store.commit(events, document)

    def acknowledge(self, stream: str, number: int) -> None:
        self._write()
        self.store.acknowledge(stream, number)

    def adopt(self, other: StorePort, sure: tuple[str, int] | None = None) -> None:
        self._write()
        self.store.adopt(other, sure)

    def prune(self, named: Collection[str]) -> None:
        self._write()
        self.store.prune(named)

    def close(self) -> None:
        """The disk stays, for the next boot."""

    def _write(self) -> None:
        if self.full:
            raise StoreError("database or disk is full", StoreState.FULL)


@dataclass
class Stage:
    """The node between its doubles, and an office that signs."""

    office: Office = field(default_factory=Office)
    disk: Disk = field(default_factory=Disk)
    host: Machine = field(default_factory=Machine)
    link: Link = field(default_factory=Link)
    library: Library = field(default_factory=Library)
    errands: Errands = field(default_factory=Errands)
    origin: Origin = field(default_factory=lambda: Origin(machine="m1"))
    key: OKPKey = field(default_factory=lambda: wire.new_key(NODE))
    pace: Pace = PACE
    silent: bool = False
    connections: int = 0

    def __post_init__(self) -> None:
        self.boot()

    def boot(self) -> None:
        """The agent starts on what the disk holds."""
        self.sound, self.amplifier = SoundDouble(), Amplifier(self.host)
        self.sound.says = SoundState() if self.silent else self.sound.says
        self.amplifier.look = lambda: [event.fact.kind for event in self.disk.events()]
        self.journal = Journal(self.disk.open, memory_store)
        inbox = Inbox(Book(NODE, SITE, self.office.root_key, digest_at=self.journal.digest_at), TOPICS)
        ports = Ports(self.link, self.sound, self.amplifier, self.library, self.host, self.errands)
        who = Identity(NODE, TOPICS, partial(wire.sign, key=self.key), (("loa", "1"),), self.origin, "lan")
        self.mailbox: Mailbox = SimpleQueue()
        self.loop = Loop(ports, self.mailbox, self.journal, inbox, who, self.pace)
        self.turn()

    def turn(self, *posts: Post) -> None:
        self.link.ticked = self.link.ticked if self.link.hangs else self.host.mono
        self.loop.turn(posts)

    def settle_in(self) -> None:
        """A key set and a plan are held, the node is welcomed and all it told is acknowledged."""
        self.give(MSG, self.office.key_set())
        self.give(PLAN, self.office.plan(self.wall))
        self.connect()
        self.welcome()
        self.acknowledge()

    @property
    def wall(self) -> int:
        return NOW + self.host.step + self.host.mono // 1_000_000

    def connect(self) -> None:
        self.connections += 1
        self.turn(LinkUp(f"c{self.connections}"))

    def give(self, topic: str, value: Value, key: OKPKey | None = None) -> bytes:
        """The office publishes; the bytes."""
        data = self.office.sign(value, key)
        self.bring(topic, data)
        return data

    def bring(self, topic: str, data: bytes) -> None:
        self.turn(Arrived(f"c{self.connections}", topic, data))

    def welcome(self, **fields: Any) -> Welcome:
        """The office answers the newest birth."""
        birth = self.told(Birth)[-1]
        given: dict[str, Any] = {"to": NODE, "nonce": birth.nonce, "time": self.wall, "stream": birth.stream}
        value = Welcome(**given | fields)
        self.give(MSG, value)
        return value

    def acknowledge(self, digest: str | None = None) -> None:
        """The office has committed all that was told."""
        batch = self.told(EventBatch)[-1]
        found = digest or wire.digest(batch.events[-1].encode())
        self.give(MSG, Acknowledgement(to=NODE, stream=batch.stream, number=batch.last, digest=found))

    def advance(self, ms: int) -> None:
        """Time passes; the loop turns whenever it asked to, and as often as it renews the lease of a closed relay."""
        end = self.host.mono + ms * 1_000_000
        for _ in range(10_000):
            renewal = None if self.amplifier.says.closed_since is None else self.host.mono + RENEW_NS
            at = nearest((self.loop.ask_at, renewal))
            if at is None or at > end:
                break
            self.host.mono = max(self.host.mono + 1000, at)
            self.turn()
        self.host.mono = end
        self.turn()

    def facts(self, kind: type[T]) -> list[T]:
        """What the disk's journal says, of one kind."""
        return [event.fact for event in self.disk.events() if isinstance(event.fact, kind)]

    def told(self, kind: type[T]) -> list[T]:
        """What was published, of one kind."""
        return [value for value in map(self._read, self.link.published) if isinstance(value, kind)]

    def told_facts(self) -> list[Fact]:
        """Every event told, in the order of telling."""
        return [wire.decode_event(text).fact for batch in self.told(EventBatch) for text in batch.events]

    def _read(self, message: tuple[str, bytes, bool]) -> Birth | Heartbeat | EventBatch | Connection:
        topic, payload, _ = message
        if topic.endswith("/conn"):
            return wire.decode_connection(payload)
        opened = wire.open_signed(payload, lambda kid: self.key if kid == NODE else None, wire.REPORT_LIMIT)
        return wire.decode_report(opened.payload)
