"""A whole node: agent, sound and guard as processes, signed documents, a real broker or none."""

import os
import sqlite3
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws

from playlists import wire
from playlists.models import Kind, Plan, Priority, SheetEntry
from playlists.reports import (
    Birth,
    Boot,
    Cause,
    Closed,
    Connection,
    EventBatch,
    Heartbeat,
    Refusal,
    Refused,
    Start,
    Welcomed,
)
from playlists.topics import Lane
from tests.support.agent import TOPICS, Agent, OfficeAtBroker, running
from tests.support.broker import Broker
from tests.support.office import NODE, ZONE, Office, broadcast
from tests.support.processes import by_module, kill
from tests.support.speech import Speech
from tests.support.waiting import wait_for

PLAN = TOPICS.node(NODE, Lane.PLAN)
MSG = TOPICS.node(NODE, Lane.MSG)
RATE = 48_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def speech(tmp_path: Path) -> Speech:
    return Speech(tmp_path, 3.0, 1)


@pytest.fixture
def office() -> Office:
    return Office()


def closed(agent: Agent) -> list[Closed]:
    return wait_for(lambda: agent.facts(Closed), "it is closed", 25)


def test_with_broker_and_office_dead_from_the_start_a_plan_that_is_held_plays_on_time(
    tmp_path: Path, office: Office, speech: Speech
) -> None:
    agent = Agent(tmp_path / "node", office)
    agent.hold_asset(speech.asset, speech.data)
    at = now_ms() + 6000
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", speech.items, at)))
    with running(agent):
        (fact,) = closed(agent)
        assert fact.cause is None
        assert fact.sounded >= 0.98 * fact.due
        assert fact.start_error is not None
        assert abs(fact.start_error) <= 5000
        wait_for(lambda: len(agent.relay()) == 2, "the relay opens after its linger")
    close, open_ = agent.relay()
    assert (close["closed"], open_["closed"]) == (True, False)
    assert close["cause"].startswith(f"abc-{at}/")
    assert at - 2500 <= close["wall_ms"] <= at - 1000
    assert abs(speech.heard_at(agent) - at) <= 5


def test_a_new_node_is_welcomed_gets_its_plan_plays_it_and_tells_it(
    tmp_path: Path, broker: Broker, protocol: int, office: Office, speech: Speech
) -> None:
    version = {5: "5", 4: "3.1.1"}[protocol]
    agent = Agent(tmp_path / "node", office, broker.port, version)
    agent.hold_asset(speech.asset, speech.data)
    with OfficeAtBroker(office, broker.port, agent.key) as there:
        with running(agent):
            wait_for(lambda: agent.facts(Welcomed), "the Welcome is journalled")
            at = now_ms() + 3000
            there.give(office.plan(now_ms(), broadcast("abc", speech.items, at)))
            wait_for(lambda: there.facts(Closed), "the office knows", 15)
            assert there.facts(Closed) == agent.facts(Closed)
            assert there.facts(Closed)[0].cause is None
            assert [f.boot for f in there.facts(Boot)] == [1]
            wait_for(lambda: there.reports(Heartbeat)[-1].outbox == 0, "all is acknowledged")
            status = there.reports(Heartbeat)[-1]
            assert {held.kind for held in status.held} == {"keys", "plan"}
            assert (status.sound_ok, status.store_ok) == (True, True)
            assert any(s.relay for s in there.reports(Heartbeat))
            assert any(s.on_air and s.on_air.occurrence == f"abc-{at}" for s in there.reports(Heartbeat))
            assert f"MQTT {version}" in "\n".join(agent.log())
        wait_for(lambda: not there.reports(Connection)[-1].on, "the node says goodbye")


def test_play_now_and_stop_come_as_two_sheets(tmp_path: Path, broker: Broker, office: Office) -> None:
    long = Speech(tmp_path, 20.0, 7)
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(long.asset, long.data)
    agent.hold_plan(office.plan(now_ms()))
    with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
        start = now_ms() + 1300
        entry = SheetEntry(broadcast="now", kind=Kind.PLAY_NOW, priority=Priority.PRIORITY, starts_at=start,
                           start_by=start + 600_000, ends_at=start + 900_000, items=long.items)  # fmt: skip
        there.give(office.sheet(now_ms(), entry))
        wait_for(lambda: any(s.on_air for s in there.reports(Heartbeat)), "it is on air")
        wait_for(lambda: any(len(r.samples()) > RATE for r in agent.recordings()), "it is heard")
        there.give(office.sheet(now_ms()))
        (fact,) = wait_for(lambda: there.facts(Closed), "it is stopped")
        assert fact.cause is Cause.STOPPED
        assert 0 < fact.sounded < 15_000
        wait_for(lambda: [e["closed"] for e in agent.relay()] == [True, False], "the relay opens")


def attacks(office: Office, plan: Plan) -> dict[str, tuple[str, bytes, Refusal]]:
    """Everything that a stranger with every right on the broker may write, and why it is refused."""
    stranger = wire.new_key("office")

    def sealed(packed: bytes) -> bytes:
        header = {"alg": "Ed25519", "kid": "office"}
        return jws.serialize_compact(header, packed, office.key, algorithms=["Ed25519"]).encode()

    fresh = office.sign(office.plan(now_ms()))
    return {
        "rubbish": (PLAN, os.urandom(5000), Refusal.MALFORMED),
        "cut": (PLAN, fresh[: len(fresh) // 2], Refusal.MALFORMED),
        "NaN": (PLAN, wire.sign_payload(b'{"kind":"plan","to":NaN}', office.key), Refusal.MALFORMED),
        "depth 1000": (MSG, wire.sign_payload(b'{"kind":' * 1000 + b"1" + b"}" * 1000, office.key), Refusal.MALFORMED),
        "forged": (PLAN, office.sign(office.plan(now_ms()), stranger), Refusal.BAD_SIGNATURE),
        "unknown key": (PLAN, office.sign(office.plan(now_ms()), wire.new_key("nobody")), Refusal.UNKNOWN_KEY),
        "replayed": (PLAN, office.sign(plan), Refusal.OLDER),
        "for another": (PLAN, office.sign(office.plan(now_ms(), to="node-2")), Refusal.NOT_MINE),
        "unknown kind": (MSG, wire.sign_payload(b'{"kind":"poem","to":"node-1"}', office.key), Refusal.UNSUPPORTED),
        "80 MB in 80 kB": (PLAN, sealed(zlib.compress(bytes(80 << 20), 9)[2:-4]), Refusal.TOO_BIG),
        "too long a plan": (PLAN, b"x" * 264_000, Refusal.TOO_BIG),
        "too long a sheet": (TOPICS.alert(ZONE, "office"), b"x" * 5000, Refusal.TOO_BIG),
    }


def test_a_stranger_who_may_write_everywhere_moves_nothing_and_is_told_of(
    tmp_path: Path, broker: Broker, office: Office, speech: Speech
) -> None:
    """Each attack three times: one event of its reason at once, the rest counted; no sample, no edge, no document."""
    old = office.plan(now_ms(), broadcast("old", speech.items, now_ms() + 4000))
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(speech.asset, speech.data)
    agent.hold_plan(office.plan(now_ms()))
    with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
        wait_for(lambda: there.reports(EventBatch), "the node is welcomed")
        held = there.reports(Birth)[-1].held
        reasons = set()
        for name, (topic, data, reason) in attacks(office, old).items():
            for _ in range(3):
                there.publish(topic, data)
            reasons.add(reason)
            wait_for(lambda: {f.reason for f in there.facts(Refused)} >= reasons, f"{name} is refused")
        time.sleep(max(0.0, (old.broadcasts[0].versions[0].starts[0] + 3000 - now_ms()) / 1000))
        first_words = [f.reason for f in agent.facts(Refused) if f.times == 1]
        assert sorted(first_words) == sorted(reasons)
        assert agent.relay() == []
        assert all(not r.samples().any() for r in agent.recordings())
        assert agent.facts(Start) == []
        there.give(office.plan(now_ms()))
        wait_for(lambda: there.reports(Heartbeat)[-1].held != held, "a true plan is still taken")


def test_kill_9_in_mid_bulletin_silences_at_once_and_the_next_start_goes_on(
    tmp_path: Path, broker: Broker, office: Office
) -> None:
    long = Speech(tmp_path, 12.0, 3)
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(long.asset, long.data)
    at = now_ms() + 4000
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", long.items, at, late=60_000)))
    with OfficeAtBroker(office, broker.port, agent.key) as there:
        with running(agent):
            wait_for(
                lambda: now_ms() > at + 3000 and any(len(r.samples()) for r in agent.recordings()), "it sounds", 15
            )
            agent.kill()
            wait_for(lambda: [e["closed"] for e in agent.relay()] == [True, False], "the relay opens", 2.0)
            wait_for(lambda: not there.reports(Connection)[-1].on, "the will is spoken")
            agent.start()
            agent.ready()
            (fact,) = closed(agent)
        assert fact.attempt == 1
        assert 3000 < fact.sounded < 11_900
        assert fact.cause is Cause.POWER
        assert [f.boot for f in there.facts(Boot)] == [1, 2]
        assert len(agent.facts(Start)) == 1


def test_a_node_that_begins_while_another_process_holds_its_journal_says_so_and_goes_on_with_it_when_it_can(
    tmp_path: Path, broker: Broker, office: Office, speech: Speech
) -> None:
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(speech.asset, speech.data)
    at = now_ms() + 14_000
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", speech.items, at)))
    with OfficeAtBroker(office, broker.port, agent.key) as there:
        with closing(sqlite3.connect(agent.data / "store.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            agent.start()
            wait_for(lambda: there.reports(Heartbeat), "the node speaks", 20)
            said = there.reports(Heartbeat)[-1]
            other.execute("ROLLBACK")
        try:
            assert (said.store_ok, said.store_error) == (False, "database is locked")
            wait_for(lambda: there.reports(Heartbeat)[-1].store_ok, "the status says so")
            late = sqlite3.connect(agent.data / "store.db", isolation_level=None)
            with closing(late), pytest.raises(sqlite3.OperationalError, match="locked"):
                late.execute("BEGIN EXCLUSIVE")
            (fact,) = wait_for(lambda: agent.facts(Closed), "what its plan said was aired", 25)
        finally:
            assert agent.stop() == 0
    assert fact.cause is None
    assert abs(speech.heard_at(agent) - at) <= 5


def test_a_broker_that_dies_and_comes_back_loses_nothing_of_what_was_not_acknowledged(
    tmp_path: Path, broker: Broker, office: Office, speech: Speech
) -> None:
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(speech.asset, speech.data)
    with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
        wait_for(lambda: there.reports(EventBatch), "the node is welcomed")
        at = now_ms() + 3000
        there.give(office.plan(now_ms(), broadcast("abc", speech.items, at)))
        wait_for(lambda: any(h.kind == "plan" for s in there.reports(Heartbeat) for h in s.held), "the plan is held")
        broker.kill()
        (fact,) = closed(agent)
        assert fact.cause is None
        broker.start()
        wait_for(lambda: there.facts(Closed), "the office knows", 30)
        connections = [c.connection for c in there.reports(Connection) if c.on]
        assert len(set(connections)) >= 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text + "\nsomething = 1\n", "something"),
        (lambda text: text.replace("root.jwk", "gone.jwk"), "gone.jwk"),
        (lambda text: text.replace('"root.jwk"', '"node.toml"'), "not root's public key"),
    ],
    ids=["unknown key", "missing file", "no key in it"],
)
def test_settings_with_which_nothing_starts_say_why(
    tmp_path: Path, office: Office, change: Callable[[str], str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from speaker_node.__main__ import main

    agent = Agent(tmp_path / "node", office)
    agent.settings.write_text(change(agent.settings.read_text()))
    assert main(["run", "--settings", str(agent.settings)]) == 2
    assert said in capsys.readouterr().err


def test_two_agents_do_not_share_a_folder(tmp_path: Path, office: Office) -> None:
    agent = Agent(tmp_path / "node", office)
    with running(agent):
        other = Agent.__new__(Agent)
        other.__dict__.update(agent.__dict__)
        other.start()
        code: Any = other._process
        assert code is not None
        assert code.wait(10) == 2
        assert any("another loa-node runs" in row for row in agent.log())


def test_inspect_prints_a_document_and_says_whether_it_verifies(
    tmp_path: Path, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    from speaker_node.__main__ import main

    agent = Agent(tmp_path / "node", office)
    good, forged = tmp_path / "good.jws", tmp_path / "forged.jws"
    good.write_bytes(office.sign(office.plan(now_ms())))
    forged.write_bytes(office.sign(office.plan(now_ms()), wire.new_key("office")))
    assert main(["inspect", str(good), "--settings", str(agent.settings)]) == 0
    assert "verified: yes" in capsys.readouterr().out
    assert main(["inspect", str(forged), "--settings", str(agent.settings)]) == 1
    assert "verified: NO (bad_signature" in capsys.readouterr().out


@pytest.mark.parametrize("victim", ["speaker_node.sound", "speaker_node.amplifier"])
def test_a_process_that_is_killed_in_mid_bulletin_opens_the_relay_comes_back_and_goes_on(
    tmp_path: Path, office: Office, victim: str
) -> None:
    long = Speech(tmp_path, 12.0, 4)
    agent = Agent(tmp_path / "node", office)
    agent.hold_asset(long.asset, long.data)
    at = now_ms() + 4000
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", long.items, at, late=60_000)))
    with running(agent):
        wait_for(lambda: any(len(r.samples()) > 2 * RATE for r in agent.recordings()), "it sounds", 15)
        kill(by_module(agent.pid)[victim])
        wait_for(lambda: [e["closed"] for e in agent.relay()][1:2] == [False], "the relay opens", 2.0)
        wait_for(lambda: [e["closed"] for e in agent.relay()][2:3] == [True], "it closes again", 5.0)
        (fact,) = closed(agent)
        assert 6000 < fact.sounded <= 12_000
    assert [e["closed"] for e in agent.relay()] == [True, False, True, False]
