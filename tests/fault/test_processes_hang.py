"""A process of the node that hangs in mid-bulletin, alive and without a word: the relay opens, and it goes on."""

import os
import signal
import time
from pathlib import Path

from playlists.reports import Cause, Closed
from tests.support.agent import Agent, running
from tests.support.office import Office, broadcast
from tests.support.processes import by_module, kill
from tests.support.speech import Speech, seconds_heard
from tests.support.waiting import wait_for

LENGTH_S = 14.0
WARM_UP_S = 1.0
TOLERANCE_S = 0.3
"""By which the word on what was heard may be long: a report's way, and what the device has not yet put out."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def about_to_speak(folder: Path) -> tuple[Agent, int]:
    """A node that holds a bulletin, and when that starts."""
    office, speech = Office(), Speech(folder, LENGTH_S, 5)
    agent = Agent(folder / "node", office)
    agent.hold_asset(speech.asset, speech.data)
    at = now_ms() + 8000
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", speech.items, at, late=60_000)))
    return agent, at


def edges(agent: Agent) -> list[bool]:
    return [edge["closed"] for edge in agent.relay()]


def closed_s(agent: Agent) -> float:
    """For how long the relay was closed until now, all edges in pairs."""
    at: list[int] = [edge["mono_ns"] for edge in agent.relay()]
    return (sum(at[1::2]) - sum(at[0::2])) / 1e9


def sounds(agent: Agent) -> None:
    wait_for(lambda: seconds_heard(agent) > 2, "it sounds", 15)


def test_the_relay_of_a_hung_agent_opens_by_its_lease_and_the_agent_goes_on_when_it_can(tmp_path: Path) -> None:
    agent, _ = about_to_speak(tmp_path)
    with running(agent):
        sounds(agent)
        os.kill(agent.pid, signal.SIGSTOP)
        try:
            wait_for(lambda: edges(agent) == [True, False], "the lease runs out", 2.0)
        finally:
            os.kill(agent.pid, signal.SIGCONT)
        wait_for(lambda: edges(agent)[2:] == [True], "it closes again", 3)
        wait_for(lambda: agent.facts(Closed), "it is closed", 30)
        wait_for(lambda: not edges(agent)[-1], "the relay opens", 5)
        (fact,) = agent.facts(Closed)
        assert fact.cause is Cause.DEVICE
        assert fact.sounded / 1000 <= closed_s(agent) - WARM_UP_S + TOLERANCE_S


def test_what_sounds_on_without_a_guard_is_not_said_to_have_been_heard(tmp_path: Path) -> None:
    agent, at = about_to_speak(tmp_path)
    with running(agent):
        sounds(agent)
        # The guard's record cannot be opened any more: it dies at each start, and the relay stays open.
        relay = agent.data / "relay.jsonl"
        relay.rename(agent.data / "relay.old")
        relay.mkdir()
        kill(by_module(agent.pid)["speaker_node.amplifier"])
        heard = now_ms() - at
        wait_for(lambda: agent.facts(Closed), "it is closed", 30)
    (fact,) = agent.facts(Closed)
    assert fact.cause is Cause.DEVICE
    assert 0 < fact.sounded <= heard + TOLERANCE_S * 1000
    assert seconds_heard(agent) > LENGTH_S - 1


def test_a_hung_sound_process_is_killed_comes_back_and_what_it_did_not_say_is_not_claimed(tmp_path: Path) -> None:
    agent, _ = about_to_speak(tmp_path)
    with running(agent):
        sounds(agent)
        hung = by_module(agent.pid)["speaker_node.sound"]
        os.kill(hung, signal.SIGSTOP)
        wait_for(lambda: by_module(agent.pid).get("speaker_node.sound", hung) != hung, "another takes its place", 10)
        wait_for(lambda: agent.facts(Closed), "it is closed", 30)
        wait_for(lambda: not edges(agent)[-1], "the relay opens", 5)
    (fact,) = agent.facts(Closed)
    assert fact.cause is Cause.PLAYER
    assert fact.sounded / 1000 <= seconds_heard(agent) + 0.3
    assert seconds_heard(agent) < LENGTH_S - 1
