"""The node's disk is full, read-only or broken: it plays what it holds, obeys sheets, says so, and loses nothing."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playlists.models import Kind, Priority, SheetEntry
from playlists.reports import Accepted, Cause, Closed, EventBatch, Heartbeat, Start, StoreState
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.ailing import ailing
from tests.support.broker import Broker
from tests.support.office import Office, broadcast
from tests.support.speech import Speech
from tests.support.waiting import wait_for


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def full_disk(agent: Agent) -> Iterator[None]:
    """The agent can write to no file any more: neither journal nor log. Sound process and guard still can."""
    before = resource.prlimit(agent.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, before)


def test_with_a_full_disk_plan_and_sheet_are_heard_and_told_and_later_all_of_it_is_kept(
    tmp_path: Path, broker: Broker
) -> None:
    office, bulletin, urgent = Office(), Speech(tmp_path, 3.0, 1), Speech(tmp_path, 2.0, 2)
    agent = Agent(tmp_path / "node", office, broker.port)
    for speech in (bulletin, urgent):
        agent.hold_asset(speech.asset, speech.data)
    at = now_ms() + 9000
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", bulletin.items, at)))
    with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
        wait_for(lambda: there.reports(EventBatch), "the node is welcomed")
        with full_disk(agent):
            wait_for(lambda: there.facts(Closed), "the office knows of the airing", 25)
            wait_for(lambda: not there.reports(Heartbeat)[-1].store_ok, "the status says that nothing can be stored")
            start = now_ms() + 1300
            entry = SheetEntry(broadcast="now", kind=Kind.PLAY_NOW, priority=Priority.PRIORITY, starts_at=start,
                               start_by=start + 60_000, ends_at=start + 90_000, items=urgent.items)  # fmt: skip
            there.give(office.sheet(now_ms(), entry))
            wait_for(lambda: len(there.facts(Closed)) == 2, "the office knows of the play now", 15)
            newer = office.plan(now_ms())
            there.give(newer)
            assert [fact.occurrence for fact in agent.facts(Start)] == []
        wait_for(lambda: len(agent.facts(Closed)) == 2, "the disk holds both", 25)
        wait_for(lambda: there.reports(Heartbeat)[-1].store_ok, "the status says so")
        wait_for(lambda: newer.number in [f.number for f in agent.facts(Accepted)], "the plan is taken now", 5)
    assert [fact.cause for fact in there.facts(Closed)] == [None, None]
    assert there.facts(Closed) == agent.facts(Closed)
    assert abs(bulletin.heard_at(agent) - at) <= 5
    assert urgent.heard_at(agent) >= start - 5
    assert [edge["closed"] for edge in agent.relay()][::2] == [True] * (len(agent.relay()) // 2)


def test_each_step_of_an_ailing_disk_is_named_the_node_speaks_on_and_returns_to_normal_by_itself(
    tmp_path: Path, broker: Broker
) -> None:
    """Low, full, read-only and broken in turn, with a play now on each."""
    office, urgent = Office(), Speech(tmp_path, 1.0, 2)
    steps = {
        "low": StoreState.LOW,
        "ENOSPC": StoreState.FULL,
        "EROFS": StoreState.READ_ONLY,
        "EIO": StoreState.FAILED,
    }
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(urgent.asset, urgent.data)
    agent.hold_plan(office.plan(now_ms()))
    agent.data.rename(tmp_path / "disk")
    with ailing(agent.data, tmp_path / "disk") as ctl, OfficeAtBroker(office, broker.port, agent.key) as there:

        def says(state: StoreState) -> None:
            wait_for(lambda: there.reports(Heartbeat)[-1].store is state, f"the status says {state}", 25)

        def heard(airings: int) -> None:
            wait_for(lambda: len(there.facts(Closed)) == airings, f"{airings} airings are told", 10)

        with running(agent):
            wait_for(lambda: there.reports(EventBatch), "the node is welcomed")
            for turn, (ill, state) in enumerate(steps.items(), 1):
                ctl.write_text(f"{ill}\n")
                start = now_ms() + 1300
                entry = SheetEntry(broadcast=f"now{ill.lower()}", kind=Kind.PLAY_NOW, priority=Priority.PRIORITY,
                                   starts_at=start, start_by=start + 60_000, ends_at=start + 90_000,
                                   items=urgent.items)  # fmt: skip
                there.give(office.sheet(now_ms(), entry))
                says(state)
                assert there.reports(Heartbeat)[-1].store_ok is (state is StoreState.LOW)
                assert bool(there.reports(Heartbeat)[-1].store_error) is (state is not StoreState.LOW)
                heard(turn)
            ctl.write_text("\n")
            says(StoreState.OK)
            assert there.reports(Heartbeat)[-1].store_error == ""
        # What cannot be read cannot be heard: the node says so, and stays on its feet.
        assert [fact.cause for fact in there.facts(Closed)] == [None, None, None, Cause.ASSET]
        assert agent.facts(Closed) == there.facts(Closed)
        assert list(agent.data.glob("store.db.*")) == []
