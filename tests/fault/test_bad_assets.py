"""Audio that is not what was signed, from servers that stall and lie: never played, told of, and missed (asset)."""

import time
from pathlib import Path

from playlists.reports import Cause, Closed, Heartbeat, Start
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.audio_server import (
    audio_server,
    breaks_off,
    other_bytes,
    promises_gigabytes,
    promises_less,
    stalls,
    whole,
)
from tests.support.broker import Broker
from tests.support.office import Office, broadcast
from tests.support.speech import Speech
from tests.support.waiting import wait_for

LATE_MS = 500
MANNERS = {
    "other-bytes": (other_bytes, "wrong bytes"),
    "less": (promises_less, "wrong length"),
    "gigabytes": (promises_gigabytes, "wrong length"),
    "half": (breaks_off, "no answer"),
    "stall": (stalls, "the server stalls"),
}
"""What a server does, and what the status says of the asset."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_bytes_that_were_not_signed_are_never_heard_and_each_airing_is_missed_for_its_asset(
    tmp_path: Path, broker: Broker
) -> None:
    """One node, a bad server for each of five airings; the sixth, from a true one, is heard to the last second."""
    office = Office()
    speeches = {name: Speech(tmp_path, 2.0, seed) for seed, name in enumerate((*MANNERS, "good"))}
    with audio_server() as server:
        for name, speech in speeches.items():
            server.serve(speech, MANNERS[name][0] if name in MANNERS else whole)
        agent = Agent(tmp_path / "node", office, broker.port, assets=server.address)
        first = now_ms() + 8000
        airings = {name: first + 3000 * place for place, name in enumerate(speeches)}
        plan = office.plan(now_ms(), *(broadcast(n, speeches[n].items, at, late=LATE_MS) for n, at in airings.items()))
        agent.hold_plan(plan)
        with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
            wait_for(lambda: len(there.facts(Closed)) == len(airings), "all is closed", 45)
            wait_for(lambda: "the server stalls" in causes(there).values(), "the stalled server is told of", 25)
            told = causes(there)
            asked = list(server.asked)
    closed = {fact.occurrence.partition("-" + str(first)[:3])[0]: fact for fact in there.facts(Closed)}
    for name, (_, lack) in MANNERS.items():
        assert (closed[name].sounded, closed[name].cause) == (0, Cause.ASSET), name
        assert told[speeches[name].asset.sha256] == lack, name
        assert asked.count(speeches[name].asset.sha256) >= (1 if name == "stall" else 2), f"{name} is tried again"
    assert closed["good"].cause is None
    assert [fact.occurrence for fact in agent.facts(Start)] == [f"good-{airings['good']}"]
    assert len(agent.recordings()) == 1
    assert abs(speeches["good"].heard_at(agent) - airings["good"]) <= 5
    assert {edge["cause"].partition("-")[0] for edge in agent.relay() if edge["closed"]} == {"good"}


def test_a_file_that_breaks_while_it_sounds_is_read_again_quarantined_and_fetched_anew(
    tmp_path: Path, broker: Broker
) -> None:
    office, first, second = Office(), Speech(tmp_path, 6.0, 1), Speech(tmp_path, 3.0, 2)
    with audio_server() as server:
        for speech in (first, second):
            server.serve(speech, whole)
        agent = Agent(tmp_path / "node", office, broker.port, assets=server.address)
        for speech in (first, second):
            agent.hold_asset(speech.asset, speech.data)
        broken, again = now_ms() + 5000, now_ms() + 20_000
        late = broadcast("again", second.items, again, late=20_000)
        agent.hold_plan(office.plan(now_ms(), broadcast("broken", first.items + second.items, broken, late=3000), late))
        file = agent.data / "assets" / second.asset.sha256[:2] / second.asset.sha256
        with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
            wait_for(lambda: there.facts(Start), "it sounds", 20)
            assert server.asked == []
            half = len(second.data) // 2
            with file.open("r+b") as disk:
                disk.seek(half)
                disk.write(bytes(len(second.data) - half))
            wait_for(lambda: server.asked == [second.asset.sha256], "it is fetched anew", 20)
            wait_for(lambda: len(there.facts(Closed)) == 2, "both are closed", 60)
            wait_for(lambda: any(status.quarantined for status in there.reports(Heartbeat)), "it is told", 20)
    assert file.read_bytes() == second.data
    told = {fact.occurrence.partition("-")[0]: fact for fact in there.facts(Closed)}
    assert first.asset.frames * 1000 // 48_000 <= told["broken"].sounded < 8900
    assert (told["again"].cause, told["again"].sounded > 2800) == (None, True)


def causes(there: OfficeAtBroker) -> dict[str, str]:
    """What was ever said of each missing asset, the last word on it."""
    return {m.sha256: m.cause for status in there.reports(Heartbeat) for m in status.missing if m.cause}
