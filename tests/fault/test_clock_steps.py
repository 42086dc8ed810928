"""Clocks that are wrong under real nodes: the wall clock alone is moved, by a preload; the truth is the test's own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from controller.domain.verdicts import Kind
from deploy.listening import find
from playlists.models import RATE, occurrence_id
from playlists.reports import Boot, Cause, Closed, Heartbeat, Resumed, Start, Trust
from tests.support.agent import Agent, OfficeAtBroker
from tests.support.audio_server import audio_server
from tests.support.broker import running_broker
from tests.support.office import Office, broadcast
from tests.support.site import Site, make_site, start_site
from tests.support.speech import Speech, seconds_heard
from tests.support.waiting import wait_for
from tests.support.wall import DAY_MS, HOUR_MS, Wall

STEPS = (HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS)
Y1970, Y2099 = 20_000, 4_071_000_000_000
IN_STEP_MS = 5
"""A step moves nothing: what starts under it starts as if there were none."""
BY_THE_OFFICE_MS = 1000
"""What a Welcome's way may put the time off, where it is the only source."""
LATER_MS = 27_000
pytestmark = pytest.mark.timeout(240)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def until(instant_ms: int) -> None:
    """That instant has come."""
    time.sleep(max(0.0, instant_ms / 1000 - time.time()))


def heard_at(agent: Agent, speech: Speech) -> list[float]:
    """The true wall times (ms) of its first frame, wherever a stretch of it was heard, by the machine's monotonic
    clock."""
    truth = time.time_ns() - time.monotonic_ns()
    found = []
    for recording in agent.recordings():
        heard = recording.samples()
        if len(heard) > RATE:
            offset, alike = find(speech.samples, heard, RATE)
            if alike > 0.85:
                found.append((recording.first_ns + truth) / 1e6 + offset * 1000 / RATE)
    return found


def alternate(agent: Agent) -> bool:
    """The relay closed and opened in turn, and is open."""
    edges = [bool(edge["closed"]) for edge in agent.relay()]
    return not edges[-1] and all(one is not other for one, other in pairwise(edges))


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[tuple[Site, Sequence[Wall]]]:
    """Four nodes, each with a wall clock of its own."""
    with ExitStack() as leaving:
        broker = leaving.enter_context(running_broker(tmp_path / "broker"))
        site = make_site(tmp_path / "site", broker, leaving.enter_context(audio_server()), len(STEPS))
        walls = [Wall(node.folder) for node in site.nodes]
        for node, wall in zip(site.nodes, walls, strict=True):
            node.inside = wall.inside
        yield start_site(site, leaving), walls


def test_steps_of_an_hour_and_a_day_while_a_bulletin_sounds_move_nothing_and_repeat_nothing_and_the_verdicts_are_true(
    stepped: tuple[Site, Sequence[Wall]], tmp_path: Path
) -> None:
    site, walls = stepped
    first, second = Speech(tmp_path, 6, 51), Speech(tmp_path, 3, 52)
    for speech in (first, second):
        site.hold(speech)
    at = site.air("bulletin01", first, now_ms() + 8000)
    then = site.air("bulletin02", second, at + 13_000)
    site.planned(2)
    until(at + 2000)
    for wall, away in zip(walls, STEPS, strict=True):
        wall.set(away)
    for node in site.nodes:
        wait_for(lambda n=node: len(n.facts(Closed)) == 2, f"{node.name} has closed both", 40)  # type: ignore[misc]
        wait_for(lambda n=node: site.knows_all(n), f"the office knows all of {node.name}", 20)  # type: ignore[misc]
        wait_for(lambda n=node: not n.relay()[-1]["closed"], "the relay opens", 10)  # type: ignore[misc]
    for node in site.nodes:
        assert [(fact.cause, fact.attempt) for fact in node.facts(Closed)] == [(None, 1)] * 2, node.name
        both = [occurrence_id("bulletin01", at), occurrence_id("bulletin02", then)]
        assert [fact.occurrence for fact in node.facts(Start)] == both
        assert heard_at(node, first) == [pytest.approx(at, abs=IN_STEP_MS)]
        assert heard_at(node, second) == [pytest.approx(then, abs=IN_STEP_MS)]
        assert alternate(node)
        assert any(event.trust is Trust.UNTRUSTED for event in node.events()), "the step was doubted"
    for name, instant in (("bulletin01", at), ("bulletin02", then)):
        assert {result.verdict.kind for result in site.results(name, instant).values()} == {Kind.PLAYED}


BOOTS = [("host", Y1970), ("system", Y2099)]
if os.environ.get("LOA_LONG"):
    BOOTS += [("host", Y2099), ("system", Y1970)]


def test_boots_at_1970_and_2099_wait_for_the_welcome_and_then_play_what_is_due_once(tmp_path: Path) -> None:
    """Of what was due or over before the office spoke, only what may still be joined sounds, and from where it is."""
    office, joined, later = Office(), Speech(tmp_path, 23, 61), Speech(tmp_path, 3, 62)
    at = now_ms() + 4000
    plan = office.plan(
        at,
        broadcast("over", later.items, at - DAY_MS, at - HOUR_MS, at),
        broadcast("joined", joined.items, at, late=23_000),
        broadcast("later", later.items, at + LATER_MS),
        broadcast("tomorrow", later.items, at + DAY_MS),
    )
    with ExitStack() as leaving:
        nodes = [_dark(leaving, tmp_path / f"{vouched}-{year}", office, vouched) for vouched, year in BOOTS]
        for (agent, wall, _), (_, year) in zip(nodes, BOOTS, strict=True):
            for speech in (joined, later):
                agent.hold_asset(speech.asset, speech.data)
            agent.hold_plan(plan)
            wall.set_to(year)
            agent.start()
            leaving.callback(agent.stop)
        until(at + 4000)
        for agent, _, there in nodes:
            wait_for(lambda t=there: t.reports(Heartbeat), "it speaks")  # type: ignore[misc]
            assert not agent.relay()
            assert [fact.trust for fact in agent.facts(Boot)] == [Trust.UNTRUSTED]
            assert agent.facts(Closed) == []
            assert there.reports(Heartbeat)[-1].clock.trust is Trust.UNTRUSTED
            there.answers = True
        for agent, _, there in nodes:
            _played_what_was_due(agent, at, joined, later)
            clock = there.reports(Heartbeat)[-1].clock
            assert (clock.trust, clock.source) == (Trust.HELD, "office")


def _played_what_was_due(agent: Agent, at: int, joined: Speech, later: Speech) -> None:
    wait_for(lambda: len(agent.facts(Closed)) == 5, "all five are closed", 60)
    wait_for(lambda: not agent.relay()[-1]["closed"], "the relay opens", 10)
    told = {fact.occurrence: fact for fact in agent.facts(Closed)}
    assert len(told) == 5
    assert told[f"later-{at + LATER_MS}"].cause is None
    assert told[f"joined-{at}"].cause is Cause.CLOCK
    assert {told[f"over-{at - ago}"].attempt for ago in (0, HOUR_MS, DAY_MS)} == {0}
    assert sum(fact.sounded for fact in told.values()) == pytest.approx(1000 * seconds_heard(agent), abs=400)
    assert told[f"joined-{at}"].sounded > 1500
    assert heard_at(agent, joined) == [pytest.approx(at, abs=BY_THE_OFFICE_MS)]
    assert heard_at(agent, later) == [pytest.approx(at + LATER_MS, abs=BY_THE_OFFICE_MS)]
    assert [fact.occurrence for fact in agent.facts(Start)] == [f"joined-{at}", f"later-{at + LATER_MS}"]
    assert alternate(agent)


def _dark(leaving: ExitStack, folder: Path, office: Office, vouched: str) -> tuple[Agent, Wall, OfficeAtBroker]:
    """A node that has a plan, and an office that hears and does not answer yet."""
    broker = leaving.enter_context(running_broker(folder / "broker"))
    agent, wall = Agent(folder / "node", office, broker.port), Wall(folder)
    agent.settings.write_text(agent.settings.read_text().replace("[keys]", f'clock = "{vouched}"\n[keys]', 1))
    agent.inside = wall.inside
    there = OfficeAtBroker(office, broker.port, agent.key, answers=False)
    return agent, wall, leaving.enter_context(there)


if os.environ.get("LOA_LONG"):

    @pytest.mark.timeout(1200)
    def test_without_an_office_a_step_of_an_hour_is_believed_after_ten_minutes_and_not_sooner(tmp_path: Path) -> None:
        office, speech = Office(), Speech(tmp_path, 3, 63)
        wall, agent = Wall(tmp_path), Agent(tmp_path / "node", office)
        agent.inside = wall.inside
        agent.hold_asset(speech.asset, speech.data)
        at = now_ms() + 10_000
        agent.hold_plan(
            office.plan(
                at,
                broadcast("doubted", speech.items, at + 30_000),
                broadcast("jumped", speech.items, at + HOUR_MS // 2),
                broadcast("believed", speech.items, at + HOUR_MS + 700_000),
            )
        )
        agent.start()
        try:
            until(at)
            wall.set(HOUR_MS)
            until(at + 590_000)
            assert agent.facts(Start) == []
            assert agent.facts(Closed) == []
            wait_for(lambda: len(agent.facts(Closed)) == 3, "the third is closed", 150)
            told = {fact.occurrence.split("-")[0]: fact.cause for fact in agent.facts(Closed)}
            assert told == {"doubted": Cause.CLOCK, "jumped": Cause.CLOCK, "believed": None}
            assert heard_at(agent, speech) == [pytest.approx(at + 700_000, abs=IN_STEP_MS)]
        finally:
            agent.stop()

    def test_a_power_cut_in_mid_bulletin_under_each_late_rule(tmp_path: Path) -> None:
        """The whole node is killed after 4 s and back 3 s later, three times over: it joins, it begins again, it goes
        on though it may not begin late."""
        office, speech = Office(), Speech(tmp_path, 20, 64)
        rules = {"join": {"late": 20_000}, "whole": {"late": 60_000, "whole": True}, "skip": {"late": 5000}}
        nodes = {name: Agent(tmp_path / name, office) for name in rules}
        at = now_ms() + 8000
        try:
            for name, agent in nodes.items():
                agent.hold_asset(speech.asset, speech.data)
                agent.hold_plan(office.plan(at, broadcast("b", speech.items, at, **rules[name])))
                agent.start()
            until(at + 4000)
            for agent in nodes.values():
                agent.kill()
            until(at + 7000)
            for agent in nodes.values():
                agent.start()
            for name, agent in nodes.items():
                wait_for(lambda a=agent: a.facts(Closed), f"{name} is closed", 60)  # type: ignore[misc]
                (fact,) = agent.facts(Closed)
                whole = name == "whole"
                assert (fact.attempt, fact.cause) == ((2, None) if whole else (1, Cause.POWER))
                resumed = [(each.at_wall, each.first) for each in agent.facts(Resumed)]
                if whole:
                    assert resumed == []
                    assert agent.facts(Start)[-1].at_wall % 10_000 == 0
                else:
                    assert [wall - first * 1000 // RATE for wall, first in resumed] == [pytest.approx(at, abs=2)]
                assert len(agent.facts(Start)) == 1 + whole
                assert (fact.sounded == fact.due) is whole
                wait_for(lambda a=agent: not a.relay()[-1]["closed"], "the relay opens", 10)  # type: ignore[misc]
                assert alternate(agent)
        finally:
            for agent in nodes.values():
                agent.stop()
