"""The broker's rules, asked of a real mosquitto."""

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.support.broker import Broker, running_broker
from tests.support.waiting import wait_for

PASSWORDS = {"controller": "c", "n1": "1", "n2": "2", "province": "p"}
BASE = "loa/1/demo"
FENCES = {"n1": ("controller", f"{BASE}/node/n1/msg"), "controller": ("n2", f"{BASE}/node/n2/conn")}


class Client:
    """A client that keeps what it hears."""

    def __init__(self, broker: Broker, user: str, password: str, protocol: int) -> None:
        self.heard: queue.Queue[bytes] = queue.Queue()
        self.answer = ""
        self._answered, self._subscribed = threading.Event(), threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion(protocol))
        self._client.username_pw_set(user, password)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self.heard.put(bytes(message.payload))
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        assert self._answered.wait(5)

    def _connected(self, *arguments: object) -> None:
        self.answer = str(arguments[3])
        self._answered.set()

    def subscribe(self, *topics: str) -> None:
        for topic in topics:
            self._subscribed.clear()
            self._client.subscribe(topic, qos=1)
            assert self._subscribed.wait(5)

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(5)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    with running_broker(tmp_path / "broker", passwords=PASSWORDS, issuers=("province",)) as broker:
        yield broker


def passes(broker: Broker, protocol: int, writer: str, topic: str, reader: str) -> bool:
    """Whether what `writer` publishes reaches `reader`; an allowed message sent after it bounds the wait."""
    fencer, fence = FENCES[reader]
    with ExitStack() as stack:
        clients = {user: Client(broker, user, PASSWORDS[user], protocol) for user in {writer, reader, fencer}}
        for client in clients.values():
            stack.callback(client.close)
        clients[reader].subscribe(topic, fence)
        clients[writer].publish(topic, "asked")
        clients[fencer].publish(fence, "fence")
        heard = list(iter(lambda: clients[reader].heard.get(timeout=5), b"fence"))
    return heard == [b"asked"]


@pytest.mark.parametrize(
    ("writer", "topic", "reader"),
    [
        *[("controller", f"node/n1/{name}", "n1") for name in ("plan", "msg")],
        *[("n1", f"node/n1/{name}", "controller") for name in ("conn", "birth", "status", "events")],
        ("controller", "zone/z1/alert/office", "n1"),
        ("controller", "zone/z1/alert/office-emergency", "n1"),
        ("province", "zone/z1/alert/province", "n1"),
    ],
)
def test_what_the_wire_needs_passes(guarded: Broker, protocol: int, writer: str, topic: str, reader: str) -> None:
    assert passes(guarded, protocol, writer, f"{BASE}/{topic}", reader)


@pytest.mark.parametrize(
    ("writer", "topic", "reader"),
    [
        ("controller", "node/n2/plan", "n1"),
        ("n1", "node/n2/status", "controller"),
        ("n1", "node/n1/plan", "n1"),
        ("n1", "zone/z1/alert/office", "n1"),
        ("province", "zone/z1/alert/office-emergency", "n1"),
        ("province", "node/n1/plan", "n1"),
        ("controller", "zone/z1/alert/province", "n1"),
    ],
)
def test_what_nobody_should_say_or_hear_does_not_pass(
    guarded: Broker, protocol: int, writer: str, topic: str, reader: str
) -> None:
    assert not passes(guarded, protocol, writer, f"{BASE}/{topic}", reader)


def test_a_wrong_password_is_refused(guarded: Broker, protocol: int) -> None:
    stranger = Client(guarded, "n1", "guess", protocol)
    stranger.close()
    assert stranger.answer in ("Not authorized", "Bad user name or password")


def test_a_node_added_later_gets_in_without_a_restart(guarded: Broker, protocol: int) -> None:
    guarded.add_user("n3", "3")

    def enters() -> bool:
        client = Client(guarded, "n3", "3", protocol)
        client.close()
        return client.answer == "Success"

    wait_for(enters, "the new node's password is taken")


def test_a_retained_document_outlives_a_restart(guarded: Broker, protocol: int) -> None:
    office = Client(guarded, "controller", "c", protocol)
    office.publish(f"{BASE}/node/n1/plan", "plan", retain=True)
    office.close()
    guarded.restart()
    node = Client(guarded, "n1", "1", protocol)
    node.subscribe(f"{BASE}/node/n1/plan")
    assert node.heard.get(timeout=5) == b"plan"
    node.close()
