"""What nodes told, in a real database: once, in order, and acknowledged only as far as nothing is lacking."""

import hashlib
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from controller.exchange import Exchange
from controller.exchange.upward import Arrived, load_registry, read
from controller.signer import open_signer
from controller.storage.engine import transact
from controller.storage.ingest import Acknowledged, Taken, ingest
from controller.storage.tables import ConditionRow, EventRow, OwedRow, ProofRow, RefusalRow, StreamRow
from playlists.models import Millis, Number
from playlists.reports import Accepted, Boot, Cause, UnknownFact
from playlists.topics import Lane, Topics
from tests.support import decisions
from tests.support.fleet import SITE, T0, T0_MS, Voice, closed, enrol, voices

TOPICS = Topics(SITE)


@pytest.fixture
def node() -> Voice:
    return voices(1)[0]


@pytest.fixture
def office(engine: Engine, node: Voice) -> Engine:
    enrol(engine, [node])
    return engine


def take(office: Engine, *messages: tuple[Lane, bytes], topic: str = "n0") -> Taken:
    arrived = [Arrived(TOPICS.node(topic, lane), payload) for lane, payload in messages]
    told, refused = read(arrived, TOPICS, transact(office, load_registry))
    return transact(office, lambda session: ingest(session, told, refused, T0))


def count(office: Engine, row: type[EventRow | ProofRow]) -> int:
    return transact(office, lambda session: int(session.scalar(select(func.count()).select_from(row)) or 0))


def refusals(office: Engine) -> list[tuple[str, int]]:
    return transact(office, lambda session: [(r.reason, r.count) for r in session.scalars(select(RefusalRow))])


def acknowledged(node: Voice, number: int) -> Acknowledged:
    return Acknowledged("n0", node.stream, number, hashlib.sha256(node.events[number - 1].encode()).hexdigest())


def journal(node: Voice, length: int) -> None:
    node.happen(Boot(boot=1))
    for index in range(length - 1):
        node.happen(closed(f"bulletin01-{index}"))


def test_events_are_stored_as_their_exact_bytes_and_acknowledged(office: Engine, node: Voice) -> None:
    journal(node, 3)
    taken = take(office, (Lane.EVENTS, node.tell(1, 3)))
    assert taken.acknowledged == (acknowledged(node, 3),)
    stored = transact(office, lambda session: list(session.scalars(select(EventRow.body).order_by(EventRow.number))))
    assert [body.decode() for body in stored] == node.events


def test_events_told_twice_are_stored_once_and_acknowledged_again(office: Engine, node: Voice) -> None:
    journal(node, 3)
    batch = (Lane.EVENTS, node.tell(1, 3))
    take(office, batch)
    assert take(office, batch, batch).acknowledged == (acknowledged(node, 3),)
    assert (count(office, EventRow), count(office, ProofRow)) == (3, 2)
    assert refusals(office) == []


def test_nothing_past_a_hole_is_acknowledged_until_it_is_filled(office: Engine, node: Voice) -> None:
    journal(node, 6)
    assert take(office, (Lane.EVENTS, node.tell(4, 6))).acknowledged == ()
    assert take(office, (Lane.EVENTS, node.tell(1, 2))).acknowledged == (acknowledged(node, 2),)
    filled = take(office, (Lane.EVENTS, node.tell(3, 3))).acknowledged
    assert filled == (acknowledged(node, 3), acknowledged(node, 6))


def test_what_a_node_told_just_now_is_acknowledged_though_more_is_held(office: Engine, node: Voice) -> None:
    """After a restore the office may hold, beyond a hole, what the node has dropped since it was acknowledged."""
    journal(node, 6)
    take(office, (Lane.EVENTS, node.tell(1, 6)))
    assert take(office, (Lane.EVENTS, node.tell(1, 4, gone=[(2, 3)]))).acknowledged[0] == acknowledged(node, 4)


def test_numbers_that_the_node_lost_are_recorded_and_not_waited_for(office: Engine, node: Voice) -> None:
    journal(node, 6)
    taken = take(office, (Lane.EVENTS, node.tell(1, 6, gone=[(2, 4)])))
    assert taken.acknowledged == (acknowledged(node, 6),)
    gone = transact(office, lambda session: session.scalars(select(StreamRow.gone)).one())
    assert gone == [[2, 4]]


def test_an_event_of_an_unknown_kind_is_stored_and_acknowledged(office: Engine, node: Voice) -> None:
    node.happen(UnknownFact(kind="weather"))
    assert take(office, (Lane.EVENTS, node.tell(1, 1))).acknowledged == (acknowledged(node, 1),)


def test_a_closing_fact_that_this_release_cannot_read_is_stored_without_a_proof(office: Engine, node: Voice) -> None:
    node.events.append(node.happen(closed("bulletin01-1")).replace('"frames"', '"smoke"'))
    node.events.pop(0)
    assert take(office, (Lane.EVENTS, node.tell(1, 1))).acknowledged == (acknowledged(node, 1),)
    assert (count(office, EventRow), count(office, ProofRow)) == (1, 0)


def test_a_closing_fact_becomes_a_proof(office: Engine, node: Voice) -> None:
    node.happen(closed("bulletin01-1", Cause.POWER))
    take(office, (Lane.EVENTS, node.tell(1, 1)))
    proof = transact(office, lambda session: session.scalars(select(ProofRow)).one())
    assert (proof.occurrence_id, proof.sounded_ms, proof.due_ms) == ("bulletin01-1", 59_000, 60_000)
    assert (proof.cause, proof.evidence, proof.assets) == ("power", ["frames"], ["a" * 64])


def test_other_bytes_under_a_stored_number_are_a_conflict_and_change_nothing(office: Engine, node: Voice) -> None:
    journal(node, 2)
    take(office, (Lane.EVENTS, node.tell(1, 2)))
    before = acknowledged(node, 2)
    node.events[1] = node.events[1].replace("59000", "60000")
    assert take(office, (Lane.EVENTS, node.tell(1, 2))).acknowledged == (before,)
    assert refusals(office) == [("conflict", 1)]


def test_the_first_of_two_contradicting_batches_in_one_transaction_holds(office: Engine, node: Voice) -> None:
    journal(node, 2)
    first, before = node.tell(1, 2), acknowledged(node, 2)
    node.events[1] = node.events[1].replace("59000", "60000")
    assert take(office, (Lane.EVENTS, first), (Lane.EVENTS, node.tell(1, 2))).acknowledged == (before,)


def test_streams_of_one_node_are_counted_apart(office: Engine, node: Voice) -> None:
    journal(node, 2)
    take(office, (Lane.EVENTS, node.tell(1, 2)))
    node.stream, node.events = "s2", []
    node.happen(Boot(boot=1, new_stream=True))
    assert take(office, (Lane.EVENTS, node.tell(1, 1))).acknowledged == (acknowledged(node, 1),)


def test_birth_and_status_become_the_condition(office: Engine, node: Voice) -> None:
    taken = take(office, (Lane.BIRTH, node.birth("hello")), (Lane.STATUS, node.status()))
    assert [birth.nonce for birth in taken.births] == ["hello"]
    row = transact(office, lambda session: session.scalars(select(ConditionRow)).one())
    assert (row.online, row.connection_id, row.stream, row.boot, row.number) == (True, "c1", "s1", 1, 2)
    assert row.birth is not None
    assert row.status is not None
    assert (row.birth["nonce"], row.status["temperature"]) == ("hello", 44.5)


def test_a_birth_delivered_again_is_answered_again(office: Engine, node: Voice) -> None:
    birth = node.birth("hello")
    take(office, (Lane.BIRTH, birth), (Lane.STATUS, node.status()))
    assert [each.nonce for each in take(office, (Lane.BIRTH, birth)).births] == ["hello"]
    assert refusals(office) == []


def test_a_recorded_birth_is_not_answered_once_there_is_a_newer_one(office: Engine, node: Voice) -> None:
    recorded = node.birth("old")
    take(office, (Lane.BIRTH, recorded))
    take(office, (Lane.BIRTH, node.birth("new")))
    assert take(office, (Lane.BIRTH, recorded)).births == ()
    assert refusals(office) == [("older", 1)]


def test_a_recorded_birth_of_a_stream_that_was_left_is_refused_after_a_restart_too(office: Engine, node: Voice) -> None:
    recorded = node.birth("old")
    take(office, (Lane.BIRTH, recorded), (Lane.STATUS, node.status()))
    node.stream, node.number = "s2", 0
    take(office, (Lane.BIRTH, node.birth("new")))
    assert take(office, (Lane.BIRTH, recorded)).births == ()
    row = transact(office, lambda session: session.scalars(select(ConditionRow)).one())
    assert row.stream == "s2"


def test_a_will_makes_the_node_absent_and_a_stranger_can_do_no_more(office: Engine, node: Voice) -> None:
    take(office, (Lane.STATUS, node.status()))
    take(office, (Lane.CONN, node.conn(on=False)))
    take(office, (Lane.CONN, node.conn(on=True)))
    assert transact(office, lambda session: session.scalars(select(ConditionRow.online)).one()) is False


def test_strangers_and_forgers_are_refused_and_counted(office: Engine, node: Voice) -> None:
    stranger = voices(1)[0]
    stranger.happen(closed("bulletin01-1"))
    for _ in range(3):
        taken = take(office, (Lane.STATUS, stranger.status()), (Lane.EVENTS, stranger.tell(1, 1)), (Lane.BIRTH, b"x"))
        assert (taken.births, taken.statuses, taken.acknowledged) == ((), (), ())
    assert sorted(refusals(office)) == [("bad_signature", 3), ("bad_signature", 3), ("malformed", 3)]
    assert count(office, EventRow) == 0


def test_a_node_cannot_speak_for_another(engine: Engine) -> None:
    nodes = voices(2)
    enrol(engine, nodes)
    impostor = Voice("n0", nodes[1].key)
    assert take(engine, (Lane.STATUS, impostor.status())).statuses == ()
    assert refusals(engine) == [("not_permitted", 1)]


def test_the_topic_gives_no_right(office: Engine, node: Voice) -> None:
    taken = take(office, (Lane.STATUS, node.status()), topic="somebody")
    assert [status.node for status in taken.statuses] == ["n0"]


def test_the_names_that_strangers_invent_do_not_fill_the_table(office: Engine) -> None:
    for name in ("a", "b", "c"):
        take(office, (Lane.CONN, b"{}"), topic=name)
    assert refusals(office) == [("unknown_key", 3)]


def test_accepted_documents_are_kept_for_verdicts(office: Engine, node: Voice) -> None:
    fact = Accepted(document="plan", to="n0", issuer="office", number=Number(epoch=1, sequence=5), digest="b" * 64)
    node.happen(fact)
    take(office, (Lane.EVENTS, node.tell(1, 1)))
    assert transact(office, lambda session: session.scalars(select(EventRow.kind)).one()) == "accepted"


def test_one_message_that_cannot_be_stored_keeps_no_other_from_being_told(engine: Engine, tmp_path: Path) -> None:
    """PostgreSQL takes no NUL in a text; SQLite takes it."""
    poison, good = voices(2)
    enrol(engine, [poison, good])
    exchange = Exchange(engine, open_signer(tmp_path / "keys", SITE, Millis(T0_MS)), SITE, lambda: T0)
    poison.happen(closed("bulletin01-\0"))
    good.happen(Boot(boot=1))
    batch = [Arrived(TOPICS.node(node.node, Lane.EVENTS), node.tell(1, 1)) for node in (poison, good)]
    told = {answer.topic for answer in exchange.receive(batch)}
    assert TOPICS.node(good.node, Lane.MSG) in told
    if engine.dialect.name == "postgresql":
        assert told == {TOPICS.node(good.node, Lane.MSG)}
        assert refusals(engine) == [("malformed", 1)]


def test_a_whole_turn_of_the_exchange(engine: Engine, node: Voice, tmp_path: Path) -> None:
    enrol(engine, [node])
    decisions.begin(engine)
    decisions.broadcast(engine, "bulletin01", [time(9)])
    exchange = Exchange(engine, open_signer(tmp_path / "keys", SITE, Millis(T0_MS)), SITE, lambda: T0)
    exchange.connected()
    exchange.reading_done()
    decisions.play_now(engine, "urgent0001", "z-commune", T0)
    exchange.look()
    while exchange.plan():
        pass
    sent = exchange.to_publish()
    assert [each.topic.rsplit("/", 1)[1] for each in sent] == ["office", "plan"]
    exchange.published([each.document for each in sent if each.document is not None])
    owed = transact(engine, lambda session: list(session.scalars(select(OwedRow.lane).distinct())))
    assert sorted(owed) == ["plan", "sheet"]
