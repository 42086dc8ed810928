"""The MQTT client against a real mosquitto, with MQTT 5 and 3.1.1."""

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from playlists.client import Client, Connected, Disconnected, Endpoint, Happening, Message, Published, Subscribed, Will
from tests.support.broker import Broker, free_port
from tests.support.waiting import wait_for

H = TypeVar("H", bound=Happening)
VERSIONS = {5: "5", 4: "3.1.1"}


class Box:
    """A mailbox that remembers."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self.seen: list[Happening] = []

    def next(self, kind: type[H], within: float = 10.0) -> H:
        while True:
            happening = self.queue.get(timeout=within)
            self.seen.append(happening)
            if isinstance(happening, kind):
                return happening

    def none(self, kind: type[Happening], within: float = 0.5) -> bool:
        with contextlib.suppress(queue.Empty):
            while True:
                if isinstance(self.queue.get(timeout=within), kind):
                    return False
        return True


Make = Callable[..., tuple[Client, Box]]


@pytest.fixture
def make(broker: Broker, protocol: int) -> Iterator[Make]:
    clients: list[Client] = []

    def one(name: str = "a", will: Will | None = None, **more: object) -> tuple[Client, Box]:
        manual = bool(more.pop("manual", False))
        fields = {"protocol": VERSIONS[protocol], "longest_backoff": 0.3, **more}
        box = Box()
        endpoint = Endpoint(broker.host, broker.port, name, **fields)  # type: ignore[arg-type]
        client = Client(endpoint, box.queue.put, lambda _: will, manual_acknowledge=manual)
        clients.append(client)
        client.start()
        return client, box

    yield one
    for client in clients:
        client.stop()


def test_a_message_published_by_one_reaches_the_other_and_is_confirmed(make: Make) -> None:
    a, a_box = make("a")
    b, b_box = make("b")
    a_box.next(Connected), b_box.next(Connected)
    b.subscribe(["t/x"])
    wait_subscribed(b_box)
    token = a.publish("t/x", b"hello")
    assert a_box.next(Published) == Published(a_box.seen[0].connection, token or 0, None)
    assert b_box.next(Message).payload == b"hello"


def wait_subscribed(box: Box) -> None:
    assert box.next(Subscribed).refused == ()


def test_nothing_is_taken_while_there_is_no_connection(make: Make, broker: Broker) -> None:
    a, box = make()
    box.next(Connected)
    broker.kill()
    box.next(Disconnected)
    assert a.publish("t/x", b"late") is None
    broker.start()
    box.next(Connected)
    a.subscribe(["t/x"])
    wait_subscribed(box)
    assert box.none(Message)


def test_it_comes_back_under_a_new_connection_id(make: Make, broker: Broker) -> None:
    _, box = make()
    first = box.next(Connected).connection
    broker.kill()
    assert box.next(Disconnected).was_up
    broker.start()
    assert box.next(Connected).connection != first


def test_the_will_speaks_when_the_connection_is_dropped_and_not_at_a_polite_stop(make: Make) -> None:
    _, watcher_box = pair = make("watcher")
    watcher_box.next(Connected)
    pair[0].subscribe(["w"])
    wait_subscribed(watcher_box)
    a, box = make("a", Will("w", b"gone"))
    box.next(Connected)
    a.drop()
    assert watcher_box.next(Message).payload == b"gone"
    box.next(Connected)
    a.stop()
    assert watcher_box.none(Message)


def test_an_unacknowledged_message_comes_again_on_the_next_connection(make: Make) -> None:
    a, box = make("a", manual=True, session_expiry=3600)
    box.next(Connected)
    a.subscribe(["t/x"])
    wait_subscribed(box)
    b, b_box = make("b")
    b_box.next(Connected)
    b.publish("t/x", b"once")
    first = box.next(Message)
    a.drop()
    assert box.next(Connected).session_present
    again = box.next(Message)
    assert again.payload == first.payload
    a.acknowledge(first)
    a.acknowledge(again)
    a.publish("behind", b"the acknowledgement")
    box.next(Published)
    a.drop()
    box.next(Connected)
    assert box.none(Message)


def test_the_window_bounds_what_is_unconfirmed(make: Make, broker: Broker) -> None:
    a, box = make("a", window=3)
    box.next(Connected)
    broker.pause()
    assert [a.publish("t", b"x") is None for _ in range(5)] == [False] * 3 + [True] * 2
    broker.resume()
    for _ in range(3):
        box.next(Published)
    assert a.publish("t", b"x") is not None


def test_two_machines_of_one_name_notice_it_and_give_way_instead_of_fighting(make: Make) -> None:
    both = [make("twin", taken_backoff=3.0)[0] for _ in range(2)]
    wait_for(lambda: all(client.taken for client in both), "both have seen that another takes their connections", 30)
    came = sum(client.connected for client in both)
    assert came < 20, "they do not throw one another out all the time"


def test_a_broker_that_takes_all_and_answers_nothing_is_left(make: Make, broker: Broker) -> None:
    a, box = make("a", answer_within=0.5, keepalive=60)
    first = box.next(Connected).connection
    broker.pause()
    assert a.publish("t", b"x") is not None
    told = box.next(Disconnected)
    assert (told.connection, told.reason) == (first, "no answer")
    broker.resume()
    assert box.next(Connected).connection != first


def test_a_refused_log_in_is_told_and_tried_again(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "closed", passwords={"office": "secret"})
    broker.start()
    box = Box()
    client = Client(Endpoint(broker.host, broker.port, "x", "office", "wrong", longest_backoff=0.2), box.queue.put)
    client.start()
    told = box.next(Disconnected)
    assert not told.was_up
    assert "uthori" in told.reason
    box.next(Disconnected)
    client.stop()
    broker.stop()


def test_nobody_at_the_address_is_told_and_tried_again() -> None:
    box = Box()
    client = Client(Endpoint("127.0.0.1", free_port(), "x", longest_backoff=0.2), box.queue.put)
    client.start()
    assert not box.next(Disconnected).was_up
    assert not box.next(Disconnected).was_up
    client.stop()


def test_a_broker_without_mqtt_5_that_closes_without_a_word_is_asked_in_3_1_1() -> None:
    levels: queue.SimpleQueue[int] = queue.SimpleQueue()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                with sock:
                    hello = sock.recv(1000)
                    level = hello[hello.index(b"MQTT") + 4]
                    levels.put(level)
                    if level == 4:
                        sock.sendall(b"\x20\x02\x00\x00")
                        sock.recv(1000)

    thread = threading.Thread(target=serve)
    thread.start()
    box = Box()
    client = Client(Endpoint("127.0.0.1", listener.getsockname()[1], "x", longest_backoff=0.05), box.queue.put)
    client.start()
    assert box.next(Connected).protocol == "3.1.1"
    assert [levels.get(timeout=5) for _ in range(4)] == [5, 5, 5, 4]
    client.stop()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
