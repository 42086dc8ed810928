"""The node's line to a real broker."""

from pathlib import Path
from queue import SimpleQueue

import pytest

from playlists.client import Endpoint
from speaker_node.link import MOST_WAITING, Link
from speaker_node.values import Arrived, LinkDown, LinkUp
from tests.support.broker import running_broker
from tests.support.flood import pour
from tests.support.waiting import wait_for

TOPIC = "loa/1/demo/node/n0/msg"
FLOOD = 3 * MOST_WAITING


def test_a_flood_is_let_go_beyond_its_bound_and_later_messages_are_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox: SimpleQueue[LinkUp | LinkDown | Arrived] = SimpleQueue()
    with running_broker(tmp_path) as broker:
        endpoint = Endpoint(broker.host, broker.port, client_id="n0")
        link = Link(endpoint, "loa/1/demo/node/n0/conn", mailbox.put, mailbox.qsize)
        link.start(boot=1)
        try:
            wait_for(lambda: mailbox.qsize() == 1, "a connection")
            link.subscribe([TOPIC])
            wait_for(lambda: pour(broker, TOPIC, b"first") and mailbox.qsize() > 1, "a subscription")
            pour(broker, TOPIC, b"flood", FLOOD)
            wait_for(lambda: "some are let go" in caplog.text, "the flood was noticed")
            assert mailbox.qsize() == MOST_WAITING
            while not mailbox.empty():
                mailbox.get()
            wait_for(lambda: pour(broker, TOPIC, b"later") and _last(mailbox) == b"later", "a later message")
        finally:
            link.stop()


def test_its_thread_shows_that_it_lives_on_line_and_off_line(tmp_path: Path) -> None:
    mailbox: SimpleQueue[LinkUp | LinkDown | Arrived] = SimpleQueue()
    with running_broker(tmp_path) as broker:
        link = Link(
            Endpoint(broker.host, broker.port, client_id="n0"), "loa/1/demo/node/n0/conn", mailbox.put, lambda: 0
        )
        link.start(boot=1)
        try:
            wait_for(lambda: mailbox.qsize() == 1, "a connection")
            _ticks(link)
            broker.stop()
            wait_for(lambda: mailbox.qsize() > 1, "no connection")
            _ticks(link)
        finally:
            link.stop()


def _ticks(link: Link) -> None:
    for _ in range(3):
        before = link.ticked
        wait_for(lambda at=before: link.ticked > at, "a sign of life", 10)  # type: ignore[misc]


def _last(mailbox: SimpleQueue[LinkUp | LinkDown | Arrived]) -> bytes:
    found = b""
    while not mailbox.empty():
        post = mailbox.get()
        found = post.payload if isinstance(post, Arrived) else found
    return found
