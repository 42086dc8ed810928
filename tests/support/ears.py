"""A client of the broker that keeps what it hears and says what it is told."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playlists.client import Client, Connected, Endpoint, Happening, Message, Subscribed
from tests.support.broker import Broker
from tests.support.waiting import wait_for

PROTOCOLS = {5: "5", 4: "3.1.1"}


@dataclass
class Ear:
    """A client of the broker that keeps what it hears."""

    client: Client
    heard: queue.SimpleQueue[Message] = field(default_factory=queue.SimpleQueue)
    kept: list[Message] = field(default_factory=list)

    def messages(self, topic: str) -> list[bytes]:
        """What was heard on a topic so far."""
        while not self.heard.empty():
            self.kept.append(self.heard.get())
        return [each.payload for each in self.kept if each.topic == topic]

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish."""
        wait_for(lambda: self.client.publish(topic, payload, retain=retain) is not None, "a free window")


@contextmanager
def ear(broker: Broker, name: str, protocol: int, filters: list[str]) -> Iterator[Ear]:
    """A connected client that has subscribed."""
    subscribed = threading.Event()
    heard: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def post(happening: object) -> None:
        if isinstance(happening, Message):
            heard.put(happening)
        if isinstance(happening, Connected):
            # Once a connection: each subscription brings what is retained anew.
            client.subscribe(filters)
        if isinstance(happening, Subscribed):
            subscribed.set()

    endpoint = Endpoint(broker.host, broker.port, client_id=name, protocol=PROTOCOLS[protocol], longest_backoff=0.5)
    client = Client(endpoint, post)
    client.start()
    try:
        assert subscribed.wait(10), "subscribed"
        yield Ear(client, heard)
    finally:
        client.stop()


def retained(broker: Broker) -> dict[str, bytes]:
    """What a broker holds."""
    found: dict[str, bytes] = {}
    up: list[str] = []

    def happened(happening: Happening) -> None:
        if isinstance(happening, Connected):
            up.append(happening.connection)
            client.subscribe(["loa/#", "probe"])
        elif isinstance(happening, Message):
            found[happening.topic] = happening.payload

    client = Client(Endpoint(broker.host, broker.port, "ear"), happened)
    client.start()
    wait_for(lambda: up and client.publish("probe", b"") is not None and "probe" in found, "all that lies there came")
    client.stop()
    found.pop("probe")
    return found
