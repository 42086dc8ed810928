"""The line between two ends and the broker in the middle, with mosquitto's real weaknesses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from playlists import wire
from playlists.reports import Connection as Presence
from speaker_node.values import Arrived, LinkCounts, LinkDown, LinkUp
from tests.simulation.kernel import MS, SECOND, Kernel
from tests.simulation.types import Message

KEEPALIVE_NS = 120 * SECOND
FIRST_BACK_OFF_NS, LONGEST_BACK_OFF_NS = SECOND, 300 * SECOND
SAVED_EVERY_NS = 1800 * SECOND
MOST_QUEUED = 1000
SWIFT, SLOW = (20 * MS, 20 * MS, 200 * MS), (20 * MS, 200 * MS, 2 * SECOND, 30 * SECOND)


@dataclass
class Path:
    """One line. `forth` and `back`: whether that direction carries anything; `loss` and `double`: shares of 1."""

    kernel: Kernel
    dice: Random
    delays: tuple[int, ...] = SWIFT
    forth: bool = True
    back: bool = True
    loss: float = 0.0
    double: float = 0.0
    in_order: bool = True
    under_way: int = 0
    _last: dict[bool, int] | None = None

    @property
    def whole(self) -> bool:
        """Both directions carry."""
        return self.forth and self.back

    def carry(self, forth: bool, act: Callable[[], None]) -> None:
        """A message leaves; it may come late, twice, out of order or never."""
        if not (self.forth if forth else self.back) or self.under_way >= MOST_QUEUED:
            return
        if self.loss and self.dice.random() < self.loss:
            return
        self._send(forth, act)
        if self.double and self.dice.random() < self.double:
            self._send(forth, act)

    def heal(self) -> None:
        """As good as lines get."""
        self.forth = self.back = self.in_order = True
        self.loss = self.double = 0.0
        self.delays = SWIFT

    def _send(self, forth: bool, act: Callable[[], None]) -> None:
        at = self.kernel.now + self.dice.choice(self.delays)
        if self.in_order:
            self._last = self._last or {True: 0, False: 0}
            at = self._last[forth] = max(at, self._last[forth])
        self.under_way += 1

        def arrive() -> None:
            self.under_way -= 1
            act()

        self.kernel.at(at, arrive)


class Client(Protocol):
    """Whoever has a session at the broker."""

    def deliver(self, connection: str, topic: str, payload: bytes, retained: bool) -> None: ...
    def dropped(self, connection: str) -> None: ...


@dataclass
class Session:
    """One client's, thrown away at its end. `will`: what the broker says if it ends without a goodbye."""

    name: str
    connection: str
    client: Client
    will: Message | None
    topics: set[str]


class SimBroker:
    """Sessions by client id, retained messages, and a file that is as old as its last save."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.up = True
        self.retained: dict[str, bytes] = {}
        self._saved: dict[str, bytes] = {}
        self._saved_at = kernel.now
        self._sessions: dict[str, Session] = {}
        self._hearers: defaultdict[str, set[str]] = defaultdict(set)
        self.office: Callable[[str, bytes], None] = lambda _topic, _payload: None
        self.takeovers = 0

    def connect(self, session: Session) -> None:
        """A client comes; one of the same name is thrown out."""
        if session.name in self._sessions:
            self.takeovers += 1
            self.end(session.name, told=True)
        self._sessions[session.name] = session

    def connected(self, name: str, connection: str) -> bool:
        """Whether that very connection still stands here."""
        session = self._sessions.get(name)
        return session is not None and session.connection == connection

    def end(self, name: str, *, told: bool, will: bool = True) -> None:
        """A session ends; `told`: its client learns it."""
        session = self._sessions.pop(name, None)
        if session is None:
            return
        for topic in session.topics:
            self._hearers[topic].discard(name)
        if told:
            session.client.dropped(session.connection)
        if will and session.will is not None:
            self.publish(session.will)

    def subscribe(self, name: str, connection: str, topics: Sequence[str]) -> None:
        """From now on these are heard, what is retained at once."""
        if self.connected(name, connection):
            session = self._sessions[name]
            for topic in topics:
                session.topics.add(topic)
                self._hearers[topic].add(name)
                if topic in self.retained:
                    session.client.deliver(connection, topic, self.retained[topic], True)

    def unsubscribe(self, name: str, connection: str, topics: Sequence[str]) -> None:
        """These are heard no more."""
        if self.connected(name, connection):
            for topic in topics:
                self._sessions[name].topics.discard(topic)
                self._hearers[topic].discard(name)

    def publish(self, message: Message) -> None:
        """To everybody who hears that topic, and to whoever comes later."""
        if not self.up:
            return
        if message.retain:
            self.save_when_due()
            if message.payload:
                self.retained[message.topic] = message.payload
            else:
                self.retained.pop(message.topic, None)
        for name in sorted(self._hearers.get(message.topic, ())):
            session = self._sessions[name]
            session.client.deliver(session.connection, message.topic, message.payload, False)
        self.office(message.topic, message.payload)

    def save_when_due(self) -> None:
        """The file is written now and then."""
        if self.kernel.now - self._saved_at >= SAVED_EVERY_NS:
            self._saved, self._saved_at = dict(self.retained), self.kernel.now

    def crash(self) -> None:
        """Gone, with every session and all that was retained since the last save."""
        self.up = False
        self.save_when_due()
        for name in sorted(self._sessions):
            self.end(name, told=True, will=False)
        self.retained = dict(self._saved)

    def wipe(self) -> None:
        """Its file is lost, too."""
        self.crash()
        self.retained, self._saved = {}, {}

    def start(self) -> None:
        """It is there again."""
        self.up, self._saved_at = True, self.kernel.now


class SimLink:
    """A node's line: connects until stopped, and tells the loop of it. A port of the loop.

    Its thread cannot hang: `ticked` lies ahead of every instant.
    """

    ticked = 2**62

    def __init__(
        self,
        broker: SimBroker,
        path: Path,
        name: str,
        conn_topic: str,
        effect: Callable[[str], None],
        post: Callable[[LinkUp | LinkDown | Arrived], None],
    ) -> None:
        self._broker, self.path, self._name, self._conn_topic = broker, path, name, conn_topic
        self._effect, self._post = effect, post
        self._kernel, self._dice = path.kernel, path.dice
        self._connection: str | None = None
        self._running, self._boot, self._count, self._life = False, 0, 0, 0
        self._connects = self._deaf = 0
        self._back_off = FIRST_BACK_OFF_NS

    @property
    def up(self) -> bool:
        """Whether the node believes to be connected."""
        return self._connection is not None

    # the port

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand over one message."""
        self._effect("publish")
        connection = self._connection
        if connection is None:
            return False
        message = Message(topic, payload, retain)

        def arrive() -> None:
            if self._broker.connected(self._name, connection):
                self._broker.publish(message)

        self.path.carry(True, arrive)
        return True

    def subscribe(self, filters: Sequence[str]) -> None:
        """Hear these topics on this connection."""
        connection = self._connection
        if connection is not None:
            self.path.carry(True, lambda: self._broker.subscribe(self._name, connection, tuple(filters)))

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Hear these topics no more."""
        connection = self._connection
        if connection is not None:
            self.path.carry(True, lambda: self._broker.unsubscribe(self._name, connection, tuple(filters)))

    @property
    def counts(self) -> LinkCounts:
        """What became of the connections since the agent began."""
        return LinkCounts(max(0, self._connects - 1), 0, self._deaf)

    def renew(self) -> None:
        """Give a deaf connection up for a new one."""
        self._deaf += 1
        self._kernel.after(0, lambda: self._leave_for_another())

    # the world

    def _leave_for_another(self) -> None:
        connection = self._connection
        if connection is not None:
            self._leave(0)
            self._post(LinkDown("given up"))
            self._again(self._wait())

    def start(self, boot: int) -> None:
        """Begin to connect."""
        self._running, self._boot, self._back_off = True, boot, FIRST_BACK_OFF_NS
        self._connects = self._deaf = 0
        self._life += 1
        self._again(self._dice.randint(0, SECOND))

    def stop(self) -> None:
        """The agent or the machine is gone; the broker notices when it does."""
        if self._running:
            self._running = False
            self._leave(self._dice.choice((0, KEEPALIVE_NS)))

    def broken(self) -> None:
        """The line does not carry (both ways) any more: both ends find out after their patience."""
        connection = self._connection
        if connection is not None:
            wait = self._patience()
            self._kernel.after(wait, lambda: self._noticed(connection))

    def deliver(self, connection: str, topic: str, payload: bytes, retained: bool) -> None:
        """From the broker, on its way."""
        del retained
        self.path.carry(False, lambda: self._arrived(connection, topic, payload))

    def dropped(self, connection: str) -> None:
        """The broker ended the session: the line is closed, if the word comes through."""
        self.path.carry(False, lambda: self._down(connection, "the broker closed the connection"))
        self._kernel.after(self._patience(), lambda: self._noticed(connection))

    def _patience(self) -> int:
        return self._dice.randint(KEEPALIVE_NS, KEEPALIVE_NS * 3 // 2)

    def _noticed(self, connection: str) -> None:
        if not self.path.whole or not self._broker.connected(self._name, connection):
            self._down(connection, "keep-alive")
            if self._broker.connected(self._name, connection):
                self._broker.end(self._name, told=False)

    def _down(self, connection: str, reason: str) -> None:
        if self._running and connection == self._connection:
            self._connection = None
            self._post(LinkDown(reason))
            if self._running:
                self._again(self._wait())

    def _leave(self, wait: int) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:

            def gone() -> None:
                if self._broker.connected(self._name, connection):
                    self._broker.end(self._name, told=False)

            self._kernel.after(wait, gone)

    def _again(self, wait: int) -> None:
        life = self._life
        self._kernel.after(wait, lambda: self._try(life))

    def _wait(self) -> int:
        wait = int(self._back_off * self._dice.uniform(0.5, 1))
        self._back_off = min(self._back_off * 2, LONGEST_BACK_OFF_NS)
        return wait

    def _try(self, life: int) -> None:
        if not self._running or life != self._life or self._connection is not None:
            return
        if not self.path.whole or not self._broker.up:
            self._again(self._wait())
            return
        self._count += 1
        self._connects += 1
        self._back_off = FIRST_BACK_OFF_NS
        self._connection = f"{self._name}-{self._count}"
        gone = wire.dump(Presence(on=False, connection=self._connection, boot=self._boot))
        will = Message(self._conn_topic, gone, True)
        self._broker.connect(Session(self._name, self._connection, self, will, set()))
        self._post(LinkUp(self._connection))

    def _arrived(self, connection: str, topic: str, payload: bytes) -> None:
        if self._running and connection == self._connection:
            self._post(Arrived(connection, topic, payload))
