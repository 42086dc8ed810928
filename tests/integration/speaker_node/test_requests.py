"""Requests to a whole node over a real broker: its log arrives, it starts anew when asked, and says why it began."""

import gzip
import time
from pathlib import Path
from typing import Any

from playlists.models import Request
from playlists.reports import Because, Birth, Boot, Checkpoint, Heartbeat, Outcome, RequestDone, RequestTaken
from playlists.topics import Lane
from tests.integration.speaker_node.test_errands import office as uploads
from tests.support.agent import TOPICS, Agent, OfficeAtBroker, running
from tests.support.broker import Broker
from tests.support.office import NODE, Office
from tests.support.waiting import wait_for


def ask(door: OfficeAtBroker, action: str, id_: str, **fields: Any) -> None:
    nonce = door.reports(Birth)[-1].nonce
    expires_at = time.time_ns() // 1_000_000 + 60_000
    request = Request(to=NODE, nonce=nonce, id=id_, expires_at=expires_at, action=action, **fields)
    door.publish(TOPICS.node(NODE, Lane.MSG), door.office.sign(request))


def done(door: OfficeAtBroker, id_: str) -> RequestDone:
    found = wait_for(lambda: [fact for fact in door.facts(RequestDone) if fact.id == id_], f"{id_} is answered", 20)
    return found[0]


def test_a_node_brings_its_log_starts_anew_when_asked_and_says_why(tmp_path: Path, broker: Broker) -> None:
    office = Office()
    with uploads() as server:
        agent = Agent(tmp_path / "node", office, broker.port, assets=server.address)
        with OfficeAtBroker(office, broker.port, agent.key) as door, running(agent):
            wait_for(lambda: [b for b in door.facts(Boot) if b.machine], "the boot is told", 15)
            ask(door, "upload_log", "r1")
            assert done(door, "r1").outcome is Outcome.DONE
            log = gzip.decompress(server.got.get(timeout=5)[2]).decode()
            assert "ready in" in log
            ask(door, "restart", "r2")
            assert done(door, "r2").outcome is Outcome.DONE
            assert agent.ended() == 0
            assert agent.facts(Checkpoint)[-1].left
            agent.start()
            agent.ready()
            wait_for(lambda: len(door.facts(Boot)) > 1, "the next boot is told", 15)
            told = door.facts(Boot)[-1]
            assert (told.because, told.machine) == (Because.REQUEST, door.facts(Boot)[0].machine)
            assert abs(told.last_alive - time.time_ns() // 1_000_000) < 60_000
            wait_for(lambda: door.reports(Heartbeat)[-1].because is Because.REQUEST, "the heartbeat says it", 10)
            wait_for(lambda: len({birth.boot for birth in door.reports(Birth)}) > 1, "it is born again", 10)
            ask(door, "restart", "r3", arguments=(("now", "1"),))
            assert done(door, "r3").outcome is Outcome.BUSY
            assert [fact.id for fact in door.facts(RequestTaken)] == ["r1", "r2", "r3"]
    last = door.reports(Heartbeat)[-1]
    assert last.profile == "lan"
    assert dict(door.reports(Birth)[-1].versions).keys() >= {"python", "kernel"}
    assert last.memory_free
    assert last.load is not None
    assert last.uptime
