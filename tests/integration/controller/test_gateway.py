"""The gateway between a real broker, a real database and nodes that speak MQTT; with both protocol versions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from controller.domain.values import to_ms
from controller.exchange import Exchange
from controller.gateway import BATCH, Gateway
from controller.signer import Signer, open_signer
from controller.storage.engine import migrate, open_database, transact
from controller.storage.tables import ConditionRow, DocumentRow, EventRow, RefusalRow
from playlists import wire
from playlists.client import Endpoint
from playlists.models import Acknowledgement, AlertSheet, Plan, Welcome
from playlists.reports import Boot
from playlists.topics import Lane, Topics
from tests.support import decisions
from tests.support.broker import Broker
from tests.support.ears import PROTOCOLS, Ear, ear
from tests.support.fleet import SITE, Voice, enrol, voices
from tests.support.flood import pour
from tests.support.waiting import wait_for


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Station:
    """An office with its gateway running beside a broker."""

    broker: Broker
    engine: Engine
    signer: Signer
    nodes: list[Voice]
    protocol: int
    topics: Topics = field(default_factory=lambda: Topics(SITE))
    stack: ExitStack = field(default_factory=ExitStack)
    gateway: Gateway | None = None
    log: pytest.LogCaptureFixture = field(kw_only=True)

    def start(self) -> None:
        """Start a gateway."""
        exchange = Exchange(self.engine, self.signer, SITE, now)
        endpoint = Endpoint(
            self.broker.host,
            self.broker.port,
            client_id="controller",
            protocol=PROTOCOLS[self.protocol],
            longest_backoff=0.5,
            session_expiry=3600,
            window=20,
        )
        self.gateway = Gateway(exchange, endpoint)
        self.stack.enter_context(_running(self.gateway))

    def stop(self) -> None:
        """End the gateway."""
        self.stack.close()

    def nudge(self) -> None:
        """Something was committed."""
        assert self.gateway is not None
        self.gateway.nudge()

    def open(self, signed: bytes) -> object:
        """What our own signed bytes say."""
        root = self.signer.root
        opened = wire.open_signed(signed, lambda kid: self.signer.public(kid) or root, wire.PLAN_LIMIT)
        return wire.decode_document(opened.payload)

    def count(self, row: type[EventRow | DocumentRow | RefusalRow]) -> int:
        """Rows of a table."""
        return transact(self.engine, lambda session: int(session.scalar(select(func.count()).select_from(row)) or 0))


@contextmanager
def _running(gateway: Gateway) -> Iterator[None]:
    thread = threading.Thread(target=gateway.run, name="gateway")
    thread.start()
    try:
        yield
    finally:
        gateway.end()
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture
def gives_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a lock is SQLite's own work: here it gives up early, so that the gateway is seen to try again."""
    monkeypatch.setattr("controller.storage.engine.BUSY_MS", 300)


@pytest.fixture
def station(tmp_path: Path, broker: Broker, protocol: int, caplog: pytest.LogCaptureFixture) -> Iterator[Station]:
    engine = open_database(str(tmp_path / "loa.db"))
    migrate(engine)
    nodes = voices(3)
    enrol(engine, nodes)
    decisions.begin(engine)
    made = Station(broker, engine, open_signer(tmp_path / "keys", SITE, to_ms(now())), nodes, protocol, log=caplog)
    yield made
    made.stop()
    engine.dispose()


def soon() -> time:
    return (now().astimezone(decisions.ZONE) + timedelta(hours=1)).time().replace(second=0, microsecond=0)


def heard(listener: Ear, topic: str, count: int = 1) -> list[bytes]:
    """Messages of a topic, once there are so many."""
    return wait_for(lambda: found if len(found := listener.messages(topic)) >= count else None, f"{topic}") or []


def test_a_birth_is_welcomed_with_its_nonce_and_the_time(station: Station) -> None:
    station.start()
    node, mailbox = station.nodes[0], station.topics.node("n0", Lane.MSG)
    with ear(station.broker, "n0", station.protocol, [mailbox]) as listener:
        wait_for(lambda: _welcome(station, listener, node, mailbox), "a Welcome")
        welcome = next(each for each in map(station.open, listener.messages(mailbox)) if isinstance(each, Welcome))
    assert welcome.to == "n0"
    assert abs(welcome.time - to_ms(now())) < 10_000
    assert (welcome.stream, welcome.acknowledged, welcome.elsewhere) == ("s1", 0, ())
    row = transact(station.engine, lambda session: session.get_one(ConditionRow, "n0"))
    assert row.online


def _welcome(station: Station, listener: Ear, node: Voice, mailbox: str) -> bool:
    """A node says its birth until it is welcomed: one said before the gateway listens is lost."""
    if not listener.messages(mailbox):
        listener.say(station.topics.node(node.node, Lane.BIRTH), node.birth(f"nonce-{node.number}"))
    return any(isinstance(station.open(each), Welcome) for each in listener.messages(mailbox))


def test_a_plan_is_published_once_and_an_edit_is_one_newer(station: Station) -> None:
    decisions.broadcast(station.engine, "bulletin01", [soon()], area="h-n0")
    topic = station.topics.node("n0", Lane.PLAN)
    station.start()
    with ear(station.broker, "watcher", station.protocol, [topic]) as listener:
        first = station.open(heard(listener, topic)[0])
        for _ in range(3):
            station.nudge()
        decisions.edit(station.engine, "bulletin01", [soon()], ["other"], now(), area="h-n0")
        station.nudge()
        second = station.open(heard(listener, topic, 2)[1])
        station.nudge()
        mute_all(station)
        wait_for(lambda: station.count(DocumentRow) == 5, "three plans, an edit, a sheet")
        assert len(listener.messages(topic)) == 2
    assert isinstance(first, Plan)
    assert isinstance(second, Plan)
    assert first.number < second.number


def mute_all(station: Station) -> None:
    decisions.mute(station.engine, "z-commune", now())
    station.nudge()


def test_events_are_acknowledged_after_they_are_in_the_database(station: Station) -> None:
    station.start()
    node, mailbox = station.nodes[0], station.topics.node("n0", Lane.MSG)
    for _ in range(5):
        node.happen(Boot(boot=1))
    with ear(station.broker, "n0", station.protocol, [mailbox]) as listener:
        wait_for(lambda: _welcome(station, listener, node, mailbox), "a Welcome")
        listener.say(station.topics.node("n0", Lane.EVENTS), node.tell(1, 5))
        found = wait_for(
            lambda: [
                each for each in map(station.open, listener.messages(mailbox)) if isinstance(each, Acknowledgement)
            ],
            "an Acknowledgement",
        )
        assert station.count(EventRow) == 5
    assert (found[0].stream, found[0].number) == ("s1", 5)


def test_forged_and_replayed_reports_are_refused_and_change_nothing(station: Station) -> None:
    station.start()
    node, stranger = station.nodes[0], voices(1)[0]
    stranger.happen(Boot(boot=1))
    mailbox, status = station.topics.node("n0", Lane.MSG), station.topics.node("n0", Lane.STATUS)
    with ear(station.broker, "n0", station.protocol, [mailbox]) as listener:
        wait_for(lambda: _welcome(station, listener, node, mailbox), "a Welcome")
        recorded = node.status()
        listener.say(status, recorded)
        listener.say(status, node.status())
        wait_for(lambda: _number(station) == node.number, "the newest status")
        for topic, payload in (
            (status, recorded),
            (status, stranger.status()),
            (station.topics.node("n0", Lane.EVENTS), stranger.tell(1, 1)),
            (station.topics.node("n0", Lane.BIRTH), b"\xff" * 70_000),
            (station.topics.node("n0", Lane.EVENTS), b""),
        ):
            listener.say(topic, payload)
        wait_for(lambda: station.count(RefusalRow) == 5, "five refusals")
    assert _number(station) == node.number
    assert station.count(EventRow) == 0


def _number(station: Station) -> int | None:
    return transact(station.engine, lambda session: session.get_one(ConditionRow, "n0").number)


def test_a_stranger_cannot_take_our_place_on_our_topics(station: Station) -> None:
    """With every right on the broker: what we signed comes back."""
    decisions.broadcast(station.engine, "bulletin01", [soon()], area="h-n0")
    topic = station.topics.node("n0", Lane.PLAN)
    station.start()
    with ear(station.broker, "watcher", station.protocol, [topic]) as listener:
        ours = heard(listener, topic)[0]
        listener.say(topic, b"rubbish", retain=True)
        listener.say(topic, b"", retain=True)
        heard(listener, topic, 3)
        station.nudge()
        assert heard(listener, topic, 4)[-1] == ours


def test_what_a_broker_lost_is_published_again(station: Station) -> None:
    decisions.broadcast(station.engine, "bulletin01", [soon()])
    topic = station.topics.node("n0", Lane.PLAN)
    station.start()
    with ear(station.broker, "watcher", station.protocol, [topic]) as listener:
        ours = heard(listener, topic)[0]
    station.broker.kill()
    for stored in station.broker.log.parent.glob("mosquitto.db*"):
        stored.unlink()
    station.broker.start()
    with ear(station.broker, "watcher", station.protocol, [topic]) as listener:
        assert heard(listener, topic)[0] == ours
    assert station.count(DocumentRow) == 3


def test_a_lost_nudge_is_healed_at_the_next_look(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.exchange.signing.LOOK_AGAIN", timedelta(seconds=1))
    station.start()
    topic = station.topics.alert("z-commune", "office")
    with ear(station.broker, "watcher", station.protocol, [topic]) as listener:
        decisions.mute(station.engine, "z-commune", now())
        sheet = station.open(heard(listener, topic)[0])
    assert isinstance(sheet, AlertSheet)


@pytest.mark.usefixtures("gives_up_early")
def test_a_locked_database_loses_nothing_that_was_acknowledged(station: Station, tmp_path: Path) -> None:
    station.start()
    node, mailbox = station.nodes[0], station.topics.node("n0", Lane.MSG)
    for _ in range(5):
        node.happen(Boot(boot=1))
    with ear(station.broker, "n0", station.protocol, [mailbox]) as listener:
        wait_for(lambda: _welcome(station, listener, node, mailbox), "a Welcome")
        with closing(sqlite3.connect(tmp_path / "loa.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            listener.say(station.topics.node("n0", Lane.EVENTS), node.tell(1, 5))
            wait_for(lambda: "the database is locked, trying again" in station.log.text, "the gateway noticed")
            assert not _acknowledged(station, listener, mailbox)
        wait_for(lambda: _acknowledged(station, listener, mailbox), "an Acknowledgement")
    assert station.count(EventRow) == 5


@pytest.mark.usefixtures("gives_up_early")
def test_what_was_not_committed_is_delivered_again(station: Station, tmp_path: Path) -> None:
    """The broker is told only after the commit: a gateway that ends before it leaves nothing behind."""
    station.start()
    node, mailbox = station.nodes[0], station.topics.node("n0", Lane.MSG)
    for _ in range(5):
        node.happen(Boot(boot=1))
    with ear(station.broker, "n0", station.protocol, [mailbox]) as listener:
        wait_for(lambda: _welcome(station, listener, node, mailbox), "a Welcome")
        with closing(sqlite3.connect(tmp_path / "loa.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            listener.say(station.topics.node("n0", Lane.EVENTS), node.tell(1, 5))
            wait_for(lambda: "the database is locked, trying again" in station.log.text, "the gateway noticed")
            station.stop()
        station.start()
        wait_for(lambda: _acknowledged(station, listener, mailbox), "an Acknowledgement, and nothing was told again")
    assert station.count(EventRow) == 5


def _acknowledged(station: Station, listener: Ear, mailbox: str) -> bool:
    return any(isinstance(station.open(each), Acknowledgement) for each in listener.messages(mailbox))


@pytest.mark.usefixtures("gives_up_early")
def test_a_flood_while_the_database_is_locked_is_let_go_beyond_its_bound(station: Station, tmp_path: Path) -> None:
    station.start()
    node, mailbox = station.nodes[0], station.topics.node("n0", Lane.MSG)
    node.happen(Boot(boot=1))
    with ear(station.broker, "n0", station.protocol, [mailbox]) as listener:
        wait_for(lambda: _welcome(station, listener, node, mailbox), "a Welcome")
        with closing(sqlite3.connect(tmp_path / "loa.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            pour(station.broker, station.topics.node("n1", Lane.BIRTH), b"rubbish", 3 * BATCH)
            wait_for(lambda: "some are let go" in station.log.text, "the flood was noticed")
            listener.say(station.topics.node("n0", Lane.EVENTS), node.tell(1, 1))
        wait_for(lambda: _acknowledged(station, listener, mailbox), "an Acknowledgement")
    times = transact(station.engine, lambda session: session.scalar(select(func.sum(RefusalRow.count))))
    assert times is not None
    assert 0 < times <= 2 * BATCH
