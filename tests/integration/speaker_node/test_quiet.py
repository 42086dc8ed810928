"""Rule 3 in a whole node: silences of the plan and mutes of a zone, as they are heard."""

import time
from pathlib import Path

import pytest

from playlists import wire
from playlists.models import Kind, Priority, SheetEntry, Silence
from playlists.reports import Cause, Closed, Start
from tests.support.agent import TOPICS, Agent, OfficeAtBroker, running
from tests.support.broker import Broker
from tests.support.office import ZONE, Office, broadcast
from tests.support.speech import Speech, seconds_heard
from tests.support.waiting import wait_for

LEAD_MS = 7_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def office() -> Office:
    return Office()


def closed(agent: Agent, name: str, within: float = 40) -> Closed:
    """The one closing fact of an airing."""

    def found() -> list[Closed]:
        return [fact for fact in agent.facts(Closed) if fact.occurrence.startswith(name)]

    (fact,) = wait_for(found, f"{name} is closed", within)
    return fact


def entry(name: str, kind: Kind, priority: Priority, speech: Speech) -> SheetEntry:
    """What a sheet says of something that starts in a moment."""
    start = now_ms() + 1_500
    return SheetEntry(
        broadcast=name, kind=kind, priority=priority, items=speech.items, starts_at=start, start_by=start + 60_000,
        ends_at=start + 90_000,
    )  # fmt: skip


def test_a_silence_ends_what_sounds_at_its_instant_and_nothing_comes_back_when_it_ends(
    tmp_path: Path, office: Office
) -> None:
    long, short = Speech(tmp_path, 14.0, 51), Speech(tmp_path, 2.0, 52)
    agent = Agent(tmp_path / "node", office)
    for speech in (long, short):
        agent.hold_asset(speech.asset, speech.data)
    at = now_ms() + LEAD_MS
    quiet = Silence(start=at + 4_000, end=at + 8_000)
    entries = (
        broadcast("long", long.items, at),
        broadcast("within", short.items, at + 5_000),
        broadcast("after", short.items, at + 10_000),
    )
    agent.hold_plan(office.plan(now_ms(), *entries, silences=(quiet,)))
    with running(agent):
        first, second, third = closed(agent, "long"), closed(agent, "within"), closed(agent, "after")
        wait_for(lambda: not agent.relay()[-1]["closed"], "the relay opens", 10)
    assert (first.cause, second.cause, third.cause) == (Cause.QUIET, Cause.QUIET, None)
    assert 3_000 <= first.sounded <= 4_100, "not a word into the silence"
    assert second.sounded == 0
    assert [fact.occurrence.split("-")[0] for fact in agent.facts(Start)] == ["long", "after"]
    assert 5 <= seconds_heard(agent) <= 6.6, "four seconds, and the two after the silence"


def test_a_silence_of_music_keeps_no_notice_away(tmp_path: Path, office: Office) -> None:
    speech = Speech(tmp_path, 2.0, 53)
    agent = Agent(tmp_path / "node", office)
    agent.hold_asset(speech.asset, speech.data)
    at = now_ms() + LEAD_MS
    quiet = Silence(start=at - 60_000, end=at + 60_000, kinds=(Kind.MUSIC, Kind.REBROADCAST))
    entries = (
        broadcast("notice", speech.items, at),
        broadcast("music", speech.items, at + 4_000, kind=Kind.MUSIC),
        broadcast("abroad", speech.items, at + 8_000, kind=Kind.REBROADCAST),
    )
    agent.hold_plan(office.plan(now_ms(), *entries, silences=(quiet,)))
    with running(agent):
        causes = {name: closed(agent, name).cause for name in ("notice", "music", "abroad")}
    assert causes == {"notice": None, "music": Cause.QUIET, "abroad": Cause.QUIET}


def test_the_strictest_of_plan_and_sheet_counts_and_an_emergency_passes_both(
    tmp_path: Path, broker: Broker, office: Office
) -> None:
    speech = Speech(tmp_path, 3.0, 54)
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(speech.asset, speech.data)
    music_only = Silence(start=now_ms() - 60_000, end=now_ms() + 600_000, kinds=(Kind.MUSIC,))
    agent.hold_plan(office.plan(now_ms(), silences=(music_only,)))
    with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
        routine = entry("now", Kind.PLAY_NOW, Priority.PRIORITY, speech)
        there.give(office.sheet(now_ms(), routine, mute_until=now_ms() + 600_000))
        assert closed(agent, "now").cause is Cause.QUIET
        alarm = entry("alarm", Kind.ALARM, Priority.EMERGENCY, speech)
        sheet = office.sheet(now_ms(), alarm, issuer="office-emergency")
        there.publish(TOPICS.alert(ZONE, "office-emergency"), wire.sign(sheet, office.emergency), retain=True)
        fact = closed(agent, "alarm")
        assert (fact.cause, fact.sounded >= 0.95 * fact.due) == (None, True)
        assert [each.occurrence.split("-")[0] for each in agent.facts(Start)] == ["alarm"]


def test_a_mute_that_is_lifted_brings_nothing_back_but_what_starts_later(
    tmp_path: Path, broker: Broker, office: Office
) -> None:
    long, short = Speech(tmp_path, 12.0, 55), Speech(tmp_path, 2.0, 56)
    agent = Agent(tmp_path / "node", office, broker.port)
    for speech in (long, short):
        agent.hold_asset(speech.asset, speech.data)
    at = now_ms() + LEAD_MS
    agent.hold_plan(
        office.plan(now_ms(), broadcast("long", long.items, at), broadcast("later", short.items, at + 11_000))
    )
    with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
        wait_for(lambda: now_ms() > at + 2_000 and seconds_heard(agent) > 1, "it is heard", 20)
        there.give(office.sheet(now_ms(), mute_until=now_ms() + 600_000))
        assert closed(agent, "long").cause is Cause.QUIET
        there.give(office.sheet(now_ms()))
        assert closed(agent, "later").cause is None
        assert len([fact for fact in agent.facts(Start) if fact.occurrence.startswith("long")]) == 1
