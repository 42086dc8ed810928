"""Thirty days without a line: a node's real journal and outbox, told to the real exchange under virtual time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from controller.exchange import Arrived, Exchange
from controller.storage.engine import reading, transact
from controller.storage.tables import EventRow, ProofRow, StreamRow
from playlists.models import Acknowledgement, Key, Welcome
from playlists.reports import Boot, Closed, Fact, Refusal, Refused, Trust
from playlists.topics import Lane
from playlists.wire import public_x
from speaker_node.acceptance import Book
from speaker_node.node.heartbeat import Condition
from speaker_node.node.inbox import Inbox
from speaker_node.node.journal import Journal
from speaker_node.node.telling import Identity, Telling
from speaker_node.outbox import Pace
from speaker_node.store import memory_store, open_store, store
from speaker_node.values import Inputs, Moment, State, Target
from tests.integration.controller.exchange.conftest import Room
from tests.support.fleet import SITE, T0_MS
from tests.unit.speaker_node.node.stage import SECOND, Link, Machine

NODE = "n0"
DAYS, AIRINGS, MOST = 30, 40, 1_000
NOTHING = Condition((), Inputs(), (), 0, State(), Target(), True)


@dataclass
class Away:
    """A node that was away: its journal is a real file."""

    room: Room
    path: Path
    mono: int = 0
    link: Link = field(default_factory=Link)

    def __post_init__(self) -> None:
        self.key = self.room.nodes[0].key
        self.open()

    def open(self) -> None:
        """The agent starts on what the disk holds."""
        self.journal = Journal(lambda: open_store(self.path, NODE, 0), memory_store)
        self.journal.load()

    def now(self) -> Moment:
        return Moment(T0_MS + self.mono // 1_000_000, self.mono, Trust.HELD)

    def write(self, *facts: Fact) -> None:
        self.journal.write(facts, self.now())

    def line_returns(self) -> Telling:
        root = self.room.signer.root
        book = Book(NODE, SITE, Key(kid="root", x=public_x(root), issuer="root", rights=()))
        who = Identity(NODE, self.room.topics, self.room.nodes[0].sign)
        telling = Telling(who, 31, self.link, self.journal, Inbox(book, self.room.topics), Machine(), Pace())
        telling.link_up("c1", self.now())
        return telling

    def tell(self, exchange: Exchange, telling: Telling) -> list[tuple[int, int]]:
        """Until nothing is left: each batch as (minute, bytes on the line). Office and line answer in 200 ms."""
        told = []
        while self.journal.depth():
            telling.turn(self.now(), NOTHING, 60_000)
            sent, self.link.published = self.link.published, []
            arrived = [Arrived(topic, payload) for topic, payload, _ in sent]
            told += [(self.mono // (60 * SECOND), len(p)) for t, p, _ in sent if t.endswith(Lane.EVENTS)]
            self.mono += SECOND // 5
            for answer in exchange.receive(arrived):
                if answer.topic.endswith(f"{NODE}/msg"):
                    self.hear(telling, answer.payload)
            at = telling.ask_at
            self.mono = max(self.mono, min(at if at is not None else self.mono, self.mono + 60 * SECOND))
        return told

    def hear(self, telling: Telling, payload: bytes) -> None:
        word = self.room.open(payload)
        if isinstance(word, Welcome):
            telling.welcome(word, self.mono)
        elif isinstance(word, Acknowledgement):
            assert word.digest == self.journal.digest_at(word.stream, word.number)
            telling.acknowledge(word, self.mono)


@pytest.fixture
def exchange(room: Room) -> Exchange:
    found = room.start()
    room.look(found)
    return found


@pytest.fixture
def away(room: Room, tmp_path: Path) -> Iterator[Away]:
    node = Away(room, tmp_path / "store.db")
    yield node
    node.journal.close()


def test_a_month_of_events_reaches_the_office_in_order_whole_and_at_a_pace(
    room: Room, exchange: Exchange, away: Away
) -> None:
    for day in range(DAYS):
        away.write(Boot(boot=day + 1), Refused(document="plan", reason=Refusal.OLDER))
        closed = (Closed(occurrence=f"bulletin01-{day * AIRINGS + n}", version=1, attempt=1, sounded=1, due=1)
                  for n in range(AIRINGS))  # fmt: skip
        away.write(*closed)
    written = [row.text for row in away.journal.rows(away.journal.stream, 0, 5000)]
    told = away.tell(exchange, away.line_returns())
    chosen = select(EventRow.body).where(EventRow.node_id == NODE).order_by(EventRow.number)
    held = transact(room.engine, lambda session: [body.decode() for body in session.scalars(chosen)])
    assert held == written
    assert len(held) == DAYS * (AIRINGS + 2)
    minutes: dict[int, int] = {}
    for minute, size in told:
        minutes[minute] = minutes.get(minute, 0) + size
    assert max(minutes.values()) < 120_000
    assert len(minutes) <= 10


def test_past_the_cap_telemetry_is_a_gap_that_the_office_records_and_every_proof_and_refusal_is_there(
    room: Room, exchange: Exchange, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A supply that fails every few minutes for a month: reboots beyond the cap go, oldest first, whoever restarts."""
    monkeypatch.setattr(store, "MOST_UNTOLD", MOST)
    proofs = 150
    for each in range(proofs):
        boots = [Boot(boot=each * 12 + n + 1) for n in range(12)]
        closed = Closed(occurrence=f"bulletin01-{each}", version=1, attempt=1, sounded=1, due=1)
        away.write(*boots, closed, Refused(document="plan", reason=Refusal.OLDER))
    away.journal.prune(())
    away.journal.close()
    away.open()
    gone = proofs * 14 - MOST
    assert (away.journal.gone, away.journal.depth()) == (gone, MOST)
    away.tell(exchange, away.line_returns())
    with reading(room.engine) as session:
        kinds = list(session.scalars(select(EventRow.kind).where(EventRow.node_id == NODE)))
        proved = list(session.scalars(select(ProofRow.number).where(ProofRow.node_id == NODE)))
        row = session.get(StreamRow, (NODE, away.journal.stream))
    assert (kinds.count("refused"), len(proved), len(kinds)) == (proofs, proofs, MOST)
    assert row is not None
    assert row.number == away.journal.last
    assert sum(last - first + 1 for first, last in row.gone) == gone
