"""kill -9 of everything in turn in mid-bulletin: the others play on, all come back, the verdicts tell the truth."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.domain.verdicts import Kind
from playlists.reports import Boot, Cause, Closed, Start
from tests.support.agent import Enrolled
from tests.support.processes import by_module, kill
from tests.support.site import Site, running_site
from tests.support.speech import Speech, seconds_heard
from tests.support.waiting import wait_for

LENGTH_S = 30
LEAD_MS = 8000
"""From the decision to its start: planned, signed, published, journalled."""
OPENS_S = 2.0
"""Within which the relay is open after the death of the agent, the sound process or the guard."""
PROGRESS_S = 10
"""How often a position is journalled: what a kill may hide from the node."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path / "site", 4) as running:
        yield running


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def edges(node: Enrolled) -> list[bool]:
    return [edge["closed"] for edge in node.relay()]


def until(second: float, start: int) -> None:
    """The bulletin has come so far."""
    time.sleep(max(0.0, start / 1000 + second - time.time()))


def test_whoever_is_killed_in_mid_bulletin_the_others_play_on_and_the_verdicts_tell_the_truth(
    site: Site, tmp_path: Path
) -> None:
    """n0 loses nothing of its own; n1 its agent, n2 its sound process, n3 its guard; all of them broker and gateway."""
    speech = Speech(tmp_path, LENGTH_S, 11)
    site.hold(speech)
    start = site.air("bulletin01", speech, now_ms() + LEAD_MS + 1000)
    site.planned(2)
    unhurt, restarted, mute, switched = site.nodes
    for node in site.nodes:
        wait_for(lambda n=node: edges(n) == [True], "the relay closes", LEAD_MS / 1000 + 3)  # type: ignore[misc]

    until(2, start)
    site.broker.kill()
    until(4, start)
    site.kill_gateway()
    until(13, start)
    restarted.kill()
    wait_for(lambda: edges(restarted) == [True, False], "the dead agent's relay opens", OPENS_S)
    restarted.start()
    kill(by_module(mute.pid)["speaker_node.sound"])
    wait_for(lambda: edges(mute)[:2] == [True, False], "the relay of a dead sound process opens", OPENS_S)
    kill(by_module(switched.pid)["speaker_node.amplifier"])
    wait_for(lambda: edges(switched)[:2] == [True, False], "the relay of a dead guard is open", OPENS_S)
    site.broker.start()
    site.start_gateway()

    for node in site.nodes:
        wait_for(lambda n=node: n.facts(Closed), "it is closed", LENGTH_S + 5)  # type: ignore[misc]
        wait_for(lambda n=node: site.knows_all(n), f"the office knows all of {node.name}", 40)  # type: ignore[misc]
        wait_for(lambda n=node: not edges(n)[-1], "the relay opens", 10)  # type: ignore[misc]
    said = site.results("bulletin01", start)
    assert said["n0"].verdict.kind is Kind.PLAYED
    assert said["n0"].verdict.cause is None
    assert speech.heard_at(unhurt) == pytest.approx(start, abs=5)
    assert edges(unhurt) == [True, False]
    for node in (restarted, mute, switched):
        verdict, heard = said[node.name].verdict, seconds_heard(node)
        assert 15 < heard <= LENGTH_S + 0.2
        assert heard - PROGRESS_S - 1 <= verdict.sounded / 1000 <= heard + 0.3, f"{node.name}: {verdict}, {heard} s"
        assert verdict.kind is (Kind.PLAYED if verdict.sounded >= 0.95 * verdict.due else Kind.PARTLY)
        assert edges(node) == [True, False, True, False]
    assert said["n1"].verdict.kind is Kind.PARTLY
    assert [node.facts(Closed)[0].cause for node in (restarted, mute)] == [Cause.POWER, Cause.PLAYER]
    assert [fact.boot for fact in restarted.facts(Boot)] == [1, 2]
    for node in site.nodes:
        assert len(node.facts(Start)) + len(node.facts(Closed)) == 2
        causes = [edge["cause"] for edge in node.relay() if edge["closed"]]
        assert all(cause.startswith(f"bulletin01-{start}/") for cause in causes)
