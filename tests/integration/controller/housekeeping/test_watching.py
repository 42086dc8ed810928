"""The watch over a real database, fed through the exchange: what nodes say, or do not say, becomes faults."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session

from controller.domain.facts import NodeFacts, OfficeLink
from controller.domain.faults import Life
from controller.domain.signs import SIGNS, FaultKind, Severity, Sign
from controller.exchange import Arrived, Exchange
from controller.housekeeping import Watch
from controller.signer import open_signer
from controller.storage.engine import migrate, open_database, transact
from controller.storage.tables import FaultRow, NodeRow, OutageRow, SignRow, SiteRow
from playlists.models import Millis
from playlists.reports import (
    AmplifierFault,
    Because,
    Boot,
    Clock,
    Held,
    Line,
    Outcome,
    Refusal,
    Refused,
    RequestDone,
    Restarts,
    StoreState,
    Trust,
)
from tests.support import decisions
from tests.support.fleet import SITE, T0, T0_MS, Voice, enrol, voices
from tests.support.waiting import wait_for


@dataclass
class Post:
    """An office that watches some nodes, its clock set by hand."""

    engine: Engine
    nodes: list[Voice]
    exchange: Exchange = field(init=False)
    watch: Watch = field(init=False)
    now: datetime = T0
    link: OfficeLink = field(default_factory=lambda: OfficeLink(True, T0 - timedelta(days=1)))

    def hear(self, *told: tuple[int, bytes], lane: str = "status") -> None:
        """What nodes say."""
        self.exchange.receive([Arrived(f"loa/1/{SITE}/node/n{node}/{lane}", payload) for node, payload in told])

    def beat(self, *nodes: int, **said: Any) -> None:
        """Heartbeats of some nodes, all alike."""
        self.hear(*((node, self.nodes[node].status(**said)) for node in nodes))

    def tell(self, node: int, fact: Any) -> None:
        """An event of a node, told at once."""
        voice = self.nodes[node]
        text = voice.happen(fact)
        assert text
        number = len(voice.events)
        self.hear((node, voice.tell(number, number)), lane="events")

    def passes(self, seconds: float, *speaking: int) -> None:
        """Time passes, looked at every two seconds; some nodes go on speaking every ten."""
        for step in range(1, int(seconds // 2) + 1):
            self.now += timedelta(seconds=2)
            if step % 5 == 0 and speaking:
                self.beat(*speaking)
            self.watch.look()

    def faults(self) -> list[FaultRow]:
        """All faults, the oldest first."""
        chosen = select(FaultRow).order_by(FaultRow.opened_at, FaultRow.id)
        return transact(self.engine, lambda session: list(session.scalars(chosen)))

    def alarms(self) -> list[tuple[str, str | None, str]]:
        """Kind, node and life of those that are told and stand for themselves."""
        told = [row for row in self.faults() if row.under is None and row.life in ("new", "acknowledged")]
        return [(row.kind, row.node_id, row.life) for row in told]


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Voice]]:
    """A database to be copied, with six nodes that are to speak every ten seconds; and their voices."""
    folder = tmp_path_factory.mktemp("watched")
    engine = open_database(str(folder / "loa.db"))
    migrate(engine)
    nodes = voices(6)
    enrol(engine, nodes)
    decisions.begin(engine)
    transact(engine, lambda session: session.execute(update(NodeRow).values(settings={"heartbeat": 10_000})))
    engine.dispose()
    return folder / "loa.db", nodes


@pytest.fixture
def post(tmp_path: Path, commune: tuple[Path, list[Voice]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """The office, with nodes that know nothing of its plans yet."""
    monkeypatch.setattr("controller.storage.engine.BUSY_MS", 200)
    shutil.copy(commune[0], tmp_path / "loa.db")
    engine = open_database(str(tmp_path / "loa.db"))
    made = Post(engine, [Voice(each.node, each.key) for each in commune[1]])
    made.exchange = Exchange(engine, open_signer(tmp_path / "keys", SITE, Millis(T0_MS)), SITE, lambda: made.now)
    made.exchange.connected()
    made.exchange.reading_done()
    made.watch = Watch(engine, lambda: made.now, lambda: made.link)
    made.exchange.look()
    while made.exchange.plan():
        pass
    yield made
    engine.dispose()


def holding(post: Post, node: int) -> list[Held]:
    """What a node says that holds the newest plan."""
    (document,) = [each for each in post.exchange.to_publish() if each.topic.endswith(f"/n{node}/plan")]
    current = next(each for name, each in post.exchange._shelf.standing.items() if name[1] == f"n{node}")
    assert current.signed == document.payload
    return [Held(kind="plan", to=f"n{node}", issuer="office", number=current.number, digest=current.digest)]


def test_a_node_that_falls_silent_is_known_within_thirty_seconds(post: Post) -> None:
    held = {node: holding(post, node) for node in (0, 1)}
    for node in (0, 1):
        post.beat(node, held=held[node])
    for step in range(1, 15):
        post.now += timedelta(seconds=2)
        if step % 5 == 0:
            post.beat(1, held=held[1])
        post.watch.look()
    assert post.alarms() == [("silent", "n0", "new")]
    (row,) = post.faults()
    assert row.opened_at == T0
    assert row.known_at - row.opened_at <= timedelta(seconds=30)


def test_a_node_that_has_not_heard_of_a_shorter_heartbeat_is_held_to_the_one_it_knows(post: Post) -> None:
    transact(post.engine, lambda session: session.execute(update(NodeRow).values(settings={"heartbeat": 1000})))
    post.beat(0, profile="lan")
    post.passes(24)
    assert post.alarms() == []
    post.passes(4)
    assert post.alarms() == [("silent", "n0", "new")]


def test_a_node_on_a_mobile_line_is_held_to_what_that_line_bears(post: Post) -> None:
    post.beat(0, profile="4g")
    post.now += timedelta(seconds=748)
    post.watch.look()
    assert ("silent", "n0", "new") not in post.alarms()
    post.passes(4)
    assert ("silent", "n0", "new") in post.alarms()


@pytest.mark.parametrize(
    ("said", "kind", "what"),
    [
        ({"sound_ok": False, "sound_error": "device gone"}, "sound", "device"),
        ({"store": StoreState.FULL}, "store", "full"),
        ({"amplifier_fault": AmplifierFault.STUCK_OPEN}, "amplifier", "stuck_open"),
        ({"line": Line(bearer="4g", balance=0)}, "card", "balance"),
        ({"under_voltage": True}, "voltage", "low"),
    ],
)
def test_what_a_heartbeat_says_opens_a_fault_and_its_contrary_closes_it(
    post: Post, said: dict[str, Any], kind: str, what: str
) -> None:
    post.beat(0)
    post.watch.look()
    assert post.alarms() == []
    post.beat(0, **said)
    post.watch.look()
    assert [(row.kind, row.what, row.life) for row in post.faults()] == [(kind, what, "new")]
    post.passes(30, 0)
    assert [row.life for row in post.faults()] == ["resolved"]


def test_a_sign_that_falls_over_one_node_hides_no_other_and_is_said_once(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def falls(of: NodeFacts, _open: bool, _now: datetime) -> None:
        if of.node == "n0" and of.status is not None:
            raise ZeroDivisionError

    monkeypatch.setattr("controller.domain.faults.SIGNS", (*SIGNS, Sign(FaultKind.DEAF, falls)))
    monkeypatch.setattr("controller.storage.field._said", set())
    post.beat(0, 1, sound_ok=False)
    for _ in range(3):
        post.watch.look()
    assert post.alarms() == [("sound", "n1", "new")]
    assert caplog.text.count("what node n0 told cannot be judged") == 1
    post.now += timedelta(seconds=150)
    post.beat(1, sound_ok=False)
    post.watch.look()
    assert ("silent", "n0", "new") in post.alarms()


def test_a_fact_that_this_release_cannot_read_hides_no_other_node(post: Post) -> None:
    post.tell(0, Boot(boot=1))
    odd = {"kind": "boot", "boot": "seven"}
    transact(post.engine, lambda session: session.execute(update(SignRow).values(fact=odd)))
    post.watch = Watch(post.engine, lambda: post.now, lambda: post.link)
    post.beat(0, 1, sound_ok=False)
    post.watch.look()
    assert post.alarms() == [("sound", "n1", "new")]


def test_a_fault_survives_a_start_of_the_office_and_is_not_opened_twice(post: Post) -> None:
    post.beat(0, sound_ok=False)
    post.watch.look()
    post.watch = Watch(post.engine, lambda: post.now, lambda: post.link)
    post.watch.look()
    assert len(post.faults()) == 1


def test_somebody_who_acknowledges_is_not_undone_by_the_next_look(post: Post) -> None:
    post.beat(0, sound_ok=False)
    post.watch.look()
    seen = {"life": Life.ACKNOWLEDGED.value, "note": "đã gọi"}
    transact(post.engine, lambda session: session.execute(update(FaultRow).values(seen)))
    post.beat(0, sound_ok=False)
    post.passes(20)
    post.beat(0, sound_ok=True)
    post.watch.look()
    (row,) = post.faults()
    assert (row.life, row.note, row.clear_since) == ("acknowledged", "đã gọi", post.now)


def test_a_broker_that_fails_is_one_alarm_which_closes_by_itself(post: Post) -> None:
    every = range(6)
    post.beat(*every)
    post.link = OfficeLink(False, post.now)
    post.passes(60)
    assert post.alarms() == [("broker", None, "new")]
    post.link = OfficeLink(True, post.now)
    post.beat(*every)
    post.passes(30, *every)
    assert post.alarms() == []
    assert len(post.faults()) == 1


def test_an_uplink_that_fails_is_one_alarm_and_each_node_keeps_its_own_outage(post: Post) -> None:
    held = {node: holding(post, node) for node in range(6)}
    for node in range(6):
        post.beat(node, held=held[node])
    post.passes(40, 5)
    assert post.alarms() == [("together", None, "new")]
    (group,) = [row for row in post.faults() if row.kind == "together"]
    assert (group.members, group.area_id) == ([f"n{node}" for node in range(5)], "commune")
    post.beat(*range(5))
    post.passes(40, *range(6))
    assert post.alarms() == []
    assert {row.life for row in post.faults()} == {"resolved"}
    outages = transact(post.engine, lambda session: list(session.scalars(select(OutageRow))))
    told = {(row.node_id, row.begin_at, row.end_at is not None) for row in outages}
    assert told == {(f"n{node}", T0, True) for node in range(5)}


def test_counters_tell_by_growing_alone(post: Post) -> None:
    post.beat(0, restarts=Restarts(sound=7))
    post.watch.look()
    assert post.alarms() == []
    for times, severity in ((8, Severity.NOTE), (9, Severity.NOTE), (10, Severity.WARNING)):
        post.beat(0, restarts=Restarts(sound=times))
        post.watch.look()
        assert post.alarms() == [("sound_restarts", "n0", "new")]
        (row,) = post.faults()
        assert (row.severity, row.grounds["times"]) == (severity, times - 7)
    post.passes(620, 0)
    assert "sound_restarts" not in [kind for kind, _, _ in post.alarms()], "it is over by itself"


def test_two_machines_of_one_name_are_known_by_their_words_and_count_their_restarts_each_for_itself(post: Post) -> None:
    for one, restarts in (("a", 7), ("b", 0), ("a", 7), ("b", 0)):
        post.nodes[0].stream = f"s{one}"
        post.beat(0, machine=one, restarts=Restarts(sound=restarts))
        post.now += timedelta(seconds=1)
        post.watch.look()
    assert [(row.kind, row.what, row.grounds["times"]) for row in post.faults()] == [("twice", "machines", 2)]
    post.passes(620, 0)
    assert [row.life for row in post.faults() if row.kind == "twice"] == ["resolved"]
    assert "sound_restarts" not in [row.kind for row in post.faults()]


def test_a_copied_card_is_known_though_one_of_its_machines_is_always_too_old(post: Post) -> None:
    voice = post.nodes[0]
    for second, (one, number) in enumerate((("a", 50), ("b", 10), ("a", 51), ("b", 11))):
        voice.number = number
        post.beat(0, machine=one, clock=Clock(wall=T0_MS + second * 1000, trust=Trust.HELD, bound=10))
    post.watch.look()
    assert [(row.kind, row.what, row.grounds["times"]) for row in post.faults()] == [("twice", "machines", 2)]


def test_events_tell_of_restarts_refusals_and_a_test_that_failed(post: Post) -> None:
    post.beat(0, 1, 2)
    for boot in range(1, 4):
        post.tell(0, Boot(boot=boot, because=Because.CRASH))
    post.tell(1, Refused(document="plan", reason=Refusal.UNKNOWN_KEY))
    post.tell(2, RequestDone(id="r1", action="self_test", outcome=Outcome.FAILED, detail="player", level=-80.0))
    post.watch.look()
    assert {(kind, node) for kind, node, _ in post.alarms()} == {
        ("restarts", "n0"),
        ("documents", "n1"),
        ("unheard", "n2"),
    }


def test_an_event_that_is_told_again_counts_once(post: Post) -> None:
    post.beat(0)
    post.tell(0, Boot(boot=1))
    for _ in range(5):
        post.hear((0, post.nodes[0].tell(1, 1)), lane="events")
    post.watch.look()
    assert post.alarms() == []


def test_a_look_at_nodes_that_are_well_writes_nothing_but_that_somebody_looked(post: Post) -> None:
    post.beat(*range(6))
    post.watch.look()
    writes = 0

    def counted(*_: Any) -> None:
        nonlocal writes
        writes += 1

    event.listen(post.engine, "commit", counted)
    post.now += timedelta(seconds=2)
    post.watch.look()
    assert writes == 0
    post.now += timedelta(seconds=40)
    post.beat(*range(6))
    writes = 0
    post.watch.look()
    assert writes == 1

    def site(session: Session) -> SiteRow:
        return session.scalars(select(SiteRow)).one()

    assert transact(post.engine, site).watched_at == post.now


def test_the_watch_goes_on_after_a_locked_database(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("controller.housekeeping.watching.LOOK_EVERY_S", 0.05)
    post.beat(0, sound_ok=False)
    post.engine.dispose()
    with closing(sqlite3.connect(tmp_path / "loa.db", isolation_level=None)) as other, post.watch.running():
        other.execute("BEGIN EXCLUSIVE")
        wait_for(lambda: "the watch over the nodes" in caplog.text, "the lock was noticed")
        other.execute("ROLLBACK")
        wait_for(lambda: post.alarms() == [("sound", "n0", "new")], "the fault is known")


def test_the_watch_goes_on_after_a_look_that_nobody_foresaw_to_fail(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.beat(0, sound_ok=False)
    odd = iter([OverflowError("date value out of range")])

    def clock() -> datetime:
        for error in odd:
            raise error
        return post.now

    with Watch(post.engine, clock, lambda: post.link).running():
        wait_for(lambda: post.alarms() == [("sound", "n0", "new")], "the fault is known")
    assert "date value out of range" in caplog.text
