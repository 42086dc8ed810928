"""Each process of a node killed or stopped in turn in one bulletin, with a real broker between node and office: the
relay is off in time, who hung is replaced, it goes on at the right frame, and it is closed truly."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from deploy.listening import frames_apart
from deploy.paths import ROOT
from playlists.models import RATE, Request
from playlists.reports import Birth, Closed, Heartbeat, Outcome, RequestDone
from speaker_node.sound.recordings import Recording
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.broker import running_broker
from tests.support.office import NODE
from tests.support.processes import kill
from tests.support.speech import Speech, seconds_heard
from tests.support.switching import GUARD, SOUND, about_to_speak, closed, edges, off_after, part, replaced
from tests.support.waiting import wait_for

OFF_S, OFF_AFTER_HANG_S = 2.0, 5.0
TOLERANCE_S = 0.4
STEP_MS = 5


def off_frames(speech: Speech, recording: Recording, at: int) -> list[float]:
    """By how many ms each loud second of a recording was late against a node that was never off."""
    late, heard = [], recording.samples().astype(np.int64)
    for offset in range(0, len(heard) - RATE, RATE):
        frame = round((recording.first_ms + offset * 1000 / RATE - at) * RATE / 1000)
        original = speech.samples[max(0, frame) : max(0, frame + RATE)]
        came = heard[offset : offset + RATE]
        if len(original) == RATE and np.count_nonzero(came) > 0.9 * RATE:
            late.append(frames_apart(original, came) * 1000 / RATE)
    return late


def closed_s(agent: Agent) -> float:
    """For how long the relay was closed, all edges in pairs."""
    at: list[int] = [edge["mono_ns"] for edge in agent.relay()]
    return (sum(at[1::2]) - sum(at[0::2])) / 1e9


def test_whoever_hangs_in_a_bulletin_the_relay_is_off_in_time_and_it_goes_on_at_the_right_frame(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker") as broker:
        agent, speech, at = about_to_speak(tmp_path, 17.0, broker.port)
        with OfficeAtBroker(agent.office, broker.port, agent.key) as office, running(agent):
            closed(agent)
            wait_for(lambda: seconds_heard(agent) > 2, "it sounds", 15)
            guard = part(agent, GUARD)
            assert off_after(agent, guard, signal.SIGSTOP) < OFF_AFTER_HANG_S
            replaced(agent, GUARD, guard)
            sound = part(agent, SOUND)
            assert off_after(agent, sound, signal.SIGSTOP) < OFF_AFTER_HANG_S
            replaced(agent, SOUND, sound)
            off = off_after(agent, agent.pid, signal.SIGSTOP)
            os.kill(agent.pid, signal.SIGCONT)
            assert off < OFF_AFTER_HANG_S
            closed(agent)
            (fact,) = wait_for(lambda: office.facts(Closed), "it is closed", 30)
            wait_for(lambda: not edges(agent)[-1], "the relay opens", 5)
            told = wait_for(
                lambda: [h for h in office.reports(Heartbeat) if h.restarts.sound and h.restarts.guard], "it is told", 5
            )[-1]
    assert (told.restarts.sound, told.restarts.guard, told.restarts.because) == (1, 1, "sound: hung")
    assert fact.cause is not None
    assert 5 < fact.sounded / 1000 <= min(seconds_heard(agent), closed_s(agent)) + TOLERANCE_S
    late = [late for recording in agent.recordings() for late in off_frames(speech, recording, at)]
    assert len(agent.recordings()) >= 2
    assert len(late) > 5
    assert max(map(abs, late)) < STEP_MS


def test_with_agent_and_guard_killed_together_the_units_last_act_opens_the_relay_and_the_next_start_goes_on(
    tmp_path: Path,
) -> None:
    """Nobody is left to see it: on a Pi the pin stays as it was, here the record does."""
    agent, _, _ = about_to_speak(tmp_path, 12.0)
    with running(agent):
        closed(agent)
        guard = part(agent, GUARD)
        os.kill(agent.pid, signal.SIGSTOP)
        kill(guard)
        agent.kill()
        assert edges(agent) == [True]
        unit = (ROOT / "deploy/units/loa-node.service").read_text()
        (line,) = re.findall(r"^ExecStopPost=(\S+loa-node .+)$", unit, re.M)
        program, *words = line.replace("/etc/loa/node.toml", str(agent.settings)).split()
        assert program.endswith("/loa-node")
        subprocess.run([sys.executable, "-m", "speaker_node", *words], check=True, timeout=20)
        assert edges(agent) == [True, False]
        agent.start()
        closed(agent)
        (fact,) = wait_for(lambda: agent.facts(Closed), "it is closed", 30)
        wait_for(lambda: not edges(agent)[-1], "the relay opens", 5)
        assert 0 < fact.sounded / 1000 <= closed_s(agent) + TOLERANCE_S


def test_a_self_test_asked_for_by_the_office_goes_through_the_real_path_and_its_level_is_read(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker") as broker:
        agent, _, _ = about_to_speak(tmp_path, 5.0, broker.port, ahead_ms=600_000)
        with OfficeAtBroker(agent.office, broker.port, agent.key) as office, running(agent):
            birth = wait_for(lambda: office.reports(Birth), "it is born")[-1]
            wait_for(lambda: office.reports(Heartbeat), "it is welcomed")
            expires = birth.clock.wall + 60_000
            office.give(Request(to=NODE, nonce=birth.nonce, id="r1", expires_at=expires, action="self_test"))
            (done,) = wait_for(lambda: office.facts(RequestDone), "it is answered", 15)
            wait_for(lambda: edges(agent) == [True, False], "the relay opens", 5)
        assert (done.id, done.outcome, done.detail) == ("r1", Outcome.DONE, "")
        assert done.level is not None
        assert abs(done.level + 40) < 1
        (recording,) = agent.recordings()
        assert recording.token == "local/r1"
        assert agent.facts(Closed) == []
