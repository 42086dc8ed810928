"""What came up, through the exchange: answers to births, statuses and events."""

import pytest
from sqlalchemy.orm import Session

from controller.exchange import Arrived, Exchange, Outgoing
from controller.storage.engine import transact
from controller.storage.tables import NodeRow
from playlists.models import Acknowledgement, AlertSheet, KeySet, Plan
from playlists.reports import Boot, Held
from playlists.topics import Lane
from playlists.wire import digest
from tests.integration.controller.exchange.conftest import Room
from tests.support import decisions
from tests.support.fleet import T0, T0_MS, Voice, closed


def say(exchange: Exchange, node: Voice, lane: Lane, payload: bytes) -> list[Outgoing]:
    return exchange.receive([Arrived(f"loa/1/xa/node/{node.node}/{lane}", payload)])


def held_by(room: Room, node: str, *zones: str) -> list[Held]:
    """What a node holds that took all that lies at the broker."""
    found = [
        Held(kind="keys", to="xa", issuer="root", number=room.key_set().number, digest=digest(room.signer.key_set))
    ]
    for topic in (f"loa/1/xa/node/{node}/plan", *(f"loa/1/xa/zone/{zone}/alert/office" for zone in zones)):
        if topic in room.broker:
            document = room.open(room.broker[topic])
            assert isinstance(document, AlertSheet | Plan)
            found.append(
                Held(
                    kind=document.kind,
                    to=document.to,
                    issuer=document.issuer if isinstance(document, AlertSheet) else "office",
                    number=document.number,
                    digest=digest(room.broker[topic]),
                )
            )
    return found


def kinds(sent: list[Outgoing]) -> list[str]:
    return [each.topic.rsplit("/", 1)[1] for each in sent]


@pytest.fixture
def exchange(room: Room) -> Exchange:
    found = room.start()
    room.look(found)
    room.clock.advance(minutes=1)
    return found


def test_a_birth_is_welcomed_with_what_is_acknowledged(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    for _ in range(3):
        node.happen(Boot(boot=1))
    say(exchange, node, Lane.EVENTS, node.tell(1, 3))
    (welcome,) = room.welcomes(say(exchange, node, Lane.BIRTH, node.birth("n7", held_by(room, "n0"))))
    assert (welcome.to, welcome.nonce, welcome.stream, welcome.acknowledged) == ("n0", "n7", "s1", 3)
    assert (welcome.time, welcome.lacks) == (T0_MS + 60_000, ())


def test_a_welcome_names_what_other_streams_of_the_node_told(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    node.happen(closed("bulletin01-1"))
    node.happen(closed("bulletin01-2"))
    say(exchange, node, Lane.EVENTS, node.tell(1, 2))
    node.stream, node.events, node.number = "s2", [], 0
    (welcome,) = room.welcomes(say(exchange, node, Lane.BIRTH, node.birth()))
    assert set(welcome.elsewhere) == {"bulletin01-1", "bulletin01-2"}
    assert welcome.acknowledged == 0
    room.clock.advance(hours=49)
    (later,) = room.welcomes(say(exchange, node, Lane.BIRTH, node.birth()))
    assert later.elsewhere == ()


def test_a_welcome_says_how_far_each_older_stream_is_held_that_the_birth_names(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    for _ in range(3):
        node.happen(Boot(boot=1))
    say(exchange, node, Lane.EVENTS, node.tell(1, 2))
    node.stream, node.events, node.number = "s3", [], 0
    (welcome,) = room.welcomes(say(exchange, node, Lane.BIRTH, node.birth(older=("s2", "s1"))))
    assert welcome.older == (("s2", 0), ("s1", 2))


def test_events_are_acknowledged_to_the_node(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    text = node.happen(Boot(boot=1))
    (sent,) = say(exchange, node, Lane.EVENTS, node.tell(1, 1))
    assert sent.topic == "loa/1/xa/node/n0/msg"
    assert not sent.retained
    expected = Acknowledgement(to="n0", stream="s1", number=1, digest=digest(text.encode()))
    assert room.open(sent.payload) == expected


def test_a_node_that_holds_all_gets_only_its_welcome(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    assert kinds(say(exchange, node, Lane.BIRTH, node.birth("n1", held_by(room, "n0")))) == ["msg"]
    assert say(exchange, node, Lane.STATUS, node.status(held_by(room, "n0"))) == []


def test_a_status_that_lacks_the_plan_is_answered_with_the_same_signed_plan(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    keys = held_by(room, "n0")[:1]
    (sent,) = say(exchange, node, Lane.STATUS, node.status(keys))
    assert (sent.topic, sent.payload, sent.retained) == (
        "loa/1/xa/node/n0/plan",
        room.broker["loa/1/xa/node/n0/plan"],
        True,
    )


def test_the_same_document_is_not_sent_again_at_every_status(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    say(exchange, node, Lane.STATUS, node.status())
    assert say(exchange, node, Lane.STATUS, node.status()) == []
    room.clock.advance(seconds=31)
    assert kinds(say(exchange, node, Lane.STATUS, node.status())) == ["plan", "msg"]


def test_what_lies_at_the_broker_is_not_sent_again_at_a_birth(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    sent = say(exchange, node, Lane.BIRTH, node.birth("n1", held_by(room, "n0")[:1]))
    assert kinds(sent) == ["msg"]
    assert room.welcomes(sent)[0].lacks == ("plan/n0/office",)


def test_a_node_without_the_key_set_gets_it(room: Room, exchange: Exchange) -> None:
    node = room.nodes[0]
    sent = say(exchange, node, Lane.BIRTH, node.birth("n1", held_by(room, "n0")[1:]))
    assert [each.payload for each in sent[1:]] == [room.signer.key_set]
    assert isinstance(room.key_set(), KeySet)


def test_a_sheet_that_a_status_lacks_comes_as_a_copy(room: Room, exchange: Exchange) -> None:
    decisions.mute(room.engine, "z-h-n0", T0)
    room.look(exchange)
    room.clock.advance(seconds=10)
    node = room.nodes[0]
    (sent,) = say(exchange, node, Lane.STATUS, node.status(held_by(room, "n0")))
    assert (sent.topic, sent.payload) == ("loa/1/xa/node/n0/msg", room.broker["loa/1/xa/zone/z-h-n0/alert/office"])
    assert say(exchange, room.nodes[1], Lane.STATUS, room.nodes[1].status(held_by(room, "n1"))) == []


def test_a_removed_node_is_a_stranger(room: Room, exchange: Exchange) -> None:
    def remove(session: Session) -> None:
        session.get_one(NodeRow, "n0").removed_at = T0

    transact(room.engine, remove)
    room.look(exchange)
    assert say(exchange, room.nodes[0], Lane.BIRTH, room.nodes[0].birth()) == []


def test_a_play_now_waits_until_the_reachable_nodes_hold_its_audio(room: Room, exchange: Exchange) -> None:
    nodes = room.nodes
    for node in nodes[:2]:
        say(exchange, node, Lane.STATUS, node.status(held_by(room, node.node)))
    decisions.play_now(room.engine, "urgent0001", "z-commune", room.clock.now)
    assert "z-commune/office" not in room.sheets(room.look(exchange))
    say(exchange, nodes[0], Lane.STATUS, nodes[0].status(held_by(room, "n0")))
    assert exchange.due
    assert room.look(exchange) == []
    say(exchange, nodes[1], Lane.STATUS, nodes[1].status(held_by(room, "n1")))
    assert "z-commune/office" in room.sheets(room.look(exchange))


def test_a_play_now_does_not_wait_for_a_node_of_which_nothing_was_heard_for_long(
    room: Room, exchange: Exchange
) -> None:
    silent, heard = room.nodes[:2]
    say(exchange, silent, Lane.STATUS, silent.status(held_by(room, "n0")))
    room.clock.advance(minutes=4)
    decisions.play_now(room.engine, "urgent0001", "z-commune", room.clock.now)
    say(exchange, heard, Lane.STATUS, heard.status())
    assert "z-commune/office" not in room.sheets(room.look(exchange))
    say(exchange, heard, Lane.STATUS, heard.status(held_by(room, "n1")))
    assert "z-commune/office" in room.sheets(room.look(exchange))


def test_a_play_now_starts_after_twenty_seconds_whoever_lacks_its_audio(room: Room, exchange: Exchange) -> None:
    say(exchange, room.nodes[0], Lane.STATUS, room.nodes[0].status())
    decisions.play_now(room.engine, "urgent0001", "z-commune", room.clock.now)
    room.look(exchange)
    assert exchange.look() == pytest.approx(20)
    room.clock.advance(seconds=19)
    assert room.sheets(room.look(exchange)) == {}
    room.clock.advance(seconds=1)
    assert "z-commune/office" in room.sheets(room.look(exchange))
