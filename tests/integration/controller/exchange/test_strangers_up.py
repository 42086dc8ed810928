"""What strangers send up is refused and counted, whatever it is made of; the office goes on."""

import base64
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.exchange import Arrived
from controller.storage.engine import transact
from controller.storage.tables import ConditionRow, EventRow, RefusalRow
from tests.integration.controller.exchange.conftest import Room


def headed(header: bytes) -> bytes:
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, b"{}", b"x" * 64))


RUBBISH = {
    "a list for a header": headed(b'["alg"]'),
    "half a letter in a key id": headed(b'{"alg":"Ed25519","kid":"\\ud800"}'),
    "no letter in a key id": headed(b'{"alg":"Ed25519","kid":"\\u0000"}'),
    "no letter in a kind": b'{"kind":"\\u0000"}',
    "no text": b"\xff\x00\xfe",
    "a header without end": headed(b"[" * 500),
}


@pytest.mark.parametrize("payload", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_on_every_topic_is_counted_and_answered_with_nothing(room: Room, payload: bytes) -> None:
    exchange = room.start()
    exchange.look()
    lanes = ("conn", "birth", "status", "events")
    topics = [f"loa/1/xa/node/{node}/{lane}" for node in ("n0", "nobody", "x" * 2000) for lane in lanes]
    assert exchange.receive([Arrived(topic, payload) for topic in topics]) == []

    def written(session: Session) -> tuple[int, int, int]:
        refused = sum(row.count for row in session.scalars(select(RefusalRow)))
        return refused, len(session.scalars(select(ConditionRow)).all()), len(session.scalars(select(EventRow)).all())

    assert transact(room.engine, written) == (len(topics), 0, 0)


def test_a_node_speaks_for_no_other(room: Room) -> None:
    exchange = room.start()
    exchange.look()
    pretending = replace(room.nodes[0], node="n1")
    assert exchange.receive([Arrived("loa/1/xa/node/n1/birth", pretending.birth())]) == []
    assert len(exchange.receive([Arrived("loa/1/xa/node/n1/birth", room.nodes[1].birth())])) >= 1
