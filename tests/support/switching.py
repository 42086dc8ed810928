"""How long an amplifier stays on after something of its node died or hung, by the relay's own record."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from playlists.models import NodeSettings
from tests.support.agent import Agent
from tests.support.office import Office, broadcast
from tests.support.processes import by_module
from tests.support.speech import Speech
from tests.support.waiting import wait_for

SOUND, GUARD = "speaker_node.sound", "speaker_node.amplifier"
LATE_MS = 3_600_000


def about_to_speak(folder: Path, length: float, port: int = 1, ahead_ms: int = 3000) -> tuple[Agent, Speech, int]:
    """A node that holds a bulletin of so many seconds, what that says, and when it starts (ms)."""
    office, speech = Office(), Speech(folder, length, 5)
    agent = Agent(folder / "node", office, port)
    agent.hold_asset(speech.asset, speech.data)
    now = time.time_ns() // 1_000_000
    at = now + ahead_ms
    programme = broadcast("abc", speech.items, at, late=LATE_MS)
    agent.hold_plan(office.plan(now, programme, settings=NodeSettings(warm_up=200)))
    return agent, speech, at


def edges(agent: Agent) -> list[bool]:
    """Each edge of the relay: closed or open."""
    return [edge["closed"] for edge in agent.relay()]


def closed(agent: Agent, within: float = 20) -> None:
    """Waits until the amplifier is on and something sounds."""
    wait_for(lambda: edges(agent)[-1:] == [True], "the relay closes", within)


def off_after(agent: Agent, pid: int, how: signal.Signals, within: float = 10) -> float:
    """Sends a signal to one of the node's processes while the relay is closed; seconds until the relay opens."""
    closed(agent)
    before = len(agent.relay())
    struck = time.monotonic_ns()
    os.kill(pid, how)
    rows = wait_for(lambda: agent.relay()[before:], "the relay opens", within)
    assert not rows[0]["closed"]
    return float(rows[0]["mono_ns"] - struck) / 1e9


def part(agent: Agent, module: str) -> int:
    """The process id of the node's sound process or guard."""
    return wait_for(lambda: by_module(agent.pid).get(module, 0), f"{module} runs")


def replaced(agent: Agent, module: str, pid: int, within: float = 15) -> None:
    """Waits until another process has the place of this one."""
    wait_for(lambda: by_module(agent.pid).get(module, pid) != pid, f"another {module}", within)
