"""How fast the office takes what nodes tell: against paho whose callback only verifies messages of the same kind."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from joserfc.jwk import OKPKey
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine

from controller.domain.values import to_ms
from controller.exchange import Arrived, Exchange, Outgoing
from controller.gateway import Gateway
from controller.signer import Signer, open_signer
from controller.storage.engine import migrate, open_database
from playlists import wire
from playlists.client import Endpoint
from playlists.reports import Closed, Evidence, Fact, Paused
from playlists.topics import Lane, Topics
from tests.bench.figures import Figure, Measured
from tests.support.broker import Broker
from tests.support.fleet import SITE, Voice, enrol, voices
from tests.support.forgetful import forgetful_broker
from tests.support.mqtt_raw import publish_all

NODES, ROUNDS, RUNS = 200, 20, 5
TELLS_EVERY = 10
"""One message in so many is a batch of two events, the others are heartbeats."""
TOPICS = Topics(SITE)
FACTS: tuple[Fact, ...] = (
    Paused(occurrence="bulletin01-1790000000000", by="urgent0001-1790000000000", frame=1),
    Closed(
        occurrence="bulletin01-1790000000000",
        version=3,
        attempt=1,
        sounded=59_980,
        due=60_000,
        loudness=-23.4,
        start_error=120,
        evidence=(Evidence.FRAMES,),
        assets=("a" * 64,),
    ),
)

Messages = Sequence[tuple[str, bytes]]


def ingest_ratio() -> Measured:
    """Messages a second of the gateway into its database, over those of bare paho, alternating over fresh backlogs."""
    with tempfile.TemporaryDirectory() as folder, forgetful_broker(Path(folder) / "broker") as broker:
        nodes = voices(NODES)
        keys = {node.node: wire.public_key(node.node, wire.public_x(node.key)) for node in nodes}
        engine, signer = _office(Path(folder), nodes)
        _gateway(broker, engine, signer, 0)
        _paho(broker, keys, 0)
        pairs = [_pair(broker, nodes, keys, engine, signer) for _ in range(RUNS)]
        engine.dispose()
    ratios = tuple(ours / limit for limit, ours in pairs)
    return Measured(statistics.median(ratios), ratios, statistics.median(limit for limit, _ in pairs))


def _pair(
    broker: Broker, nodes: Sequence[Voice], keys: Mapping[str, OKPKey], engine: Engine, signer: Signer
) -> tuple[float, float]:
    """Both get the same messages, queued by the broker while they were away."""
    messages = _messages(nodes)
    publish_all(broker, "nodes", messages)
    return _paho(broker, keys, len(messages)), _gateway(broker, engine, signer, len(messages))


def _office(folder: Path, nodes: Sequence[Voice]) -> tuple[Engine, Signer]:
    engine = open_database(str(folder / "loa.db"))
    migrate(engine)
    enrol(engine, nodes)
    return engine, open_signer(folder / "keys", SITE, to_ms(datetime.now(UTC)))


def _messages(nodes: Sequence[Voice]) -> Messages:
    return [_message(node, turn + index) for turn in range(ROUNDS) for index, node in enumerate(nodes)]


def _message(node: Voice, turn: int) -> tuple[str, bytes]:
    if turn % TELLS_EVERY:
        return TOPICS.node(node.node, Lane.STATUS), node.status()
    first = len(node.events) + 1
    for fact in FACTS:
        node.happen(fact)
    return TOPICS.node(node.node, Lane.EVENTS), node.tell(first, len(node.events))


def _paho(broker: Broker, keys: Mapping[str, OKPKey], expected: int) -> float:
    """Messages a second of paho's own loop; with none expected it only subscribes, for the broker to queue."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="paho", clean_session=False)
    times: list[float] = []

    def on_message(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        wire.open_signed(bytes(message.payload), keys.get, wire.REPORT_LIMIT)
        times.append(time.monotonic())
        if len(times) == expected:
            client.disconnect()

    def on_connect(_client: Any, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        client.subscribe([(each, 1) for each in TOPICS.upward()])

    def on_subscribe(_client: Any, _data: Any, _mid: int, _reasons: Any, _properties: Any) -> None:
        client.disconnect()

    client.on_message = on_message
    client.on_connect = on_connect
    if not expected:
        client.on_subscribe = on_subscribe
    client.connect(broker.host, broker.port)
    client.loop_forever()
    return _rate(times[0], times[-1], expected) if expected else 0.0


class _Counting(Exchange):
    """An exchange that ends its gateway once it has written down so many messages."""

    gateway: Gateway
    expected = 1
    count = 0
    began = ended = 0.0

    def receive(self, arrived: Sequence[Arrived]) -> list[Outgoing]:
        """As ever, timed."""
        self.began = self.began or time.monotonic()
        answers = super().receive(arrived)
        self.count += len(arrived)
        if self.count >= self.expected:
            self.ended = time.monotonic()
            self.gateway.end()
        return answers


def _gateway(broker: Broker, engine: Engine, signer: Signer, expected: int) -> float:
    """Messages a second from the first batch to the commit of the last; none expected: only subscribe."""
    exchange = _Counting(engine, signer, SITE, lambda: datetime.now(UTC))
    endpoint = Endpoint(broker.host, broker.port, client_id="controller", session_expiry=3600, window=20)
    gateway = exchange.gateway = Gateway(exchange, endpoint)
    if expected:
        exchange.expected = expected
        gateway.run()
        return _rate(exchange.began, exchange.ended, expected)
    thread = threading.Thread(target=gateway.run)
    thread.start()
    while thread.is_alive():
        publish_all(broker, "knock", [(TOPICS.node("nobody", Lane.CONN), b"{}")])
        thread.join(0.2)
    return 0.0


def _rate(began: float, ended: float, count: int) -> float:
    return count / (ended - began)


FIGURES = (Figure("ingest_ratio", "of bare paho that verifies", ">= 0.6", ingest_ratio),)
