"""How long an amplifier stays on when its node fails, by the edges of the relay: worst of all trials."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Figure, Measured
from tests.support.agent import Agent
from tests.support.switching import GUARD, SOUND, about_to_speak, closed, off_after, part, replaced

TRIALS = 6
LENGTH_S = 240.0


def death() -> Measured:
    """Seconds from kill -9 of the agent, and of the sound process, until the relay is open."""
    with _speaking() as agent:
        took = [off_after(agent, part(agent, SOUND), signal.SIGKILL) for _ in range(TRIALS)]
        for _ in range(TRIALS):
            took.append(off_after(agent, agent.pid, signal.SIGKILL))
            agent.kill()
            agent.start()
            agent.ready()
    return Measured(max(took), tuple(took))


def hang() -> Measured:
    """Seconds from SIGSTOP of the agent, of the sound process, and of the guard under its agent, until it is open."""
    with _speaking() as agent:
        took = [_stopped_agent(agent) for _ in range(TRIALS)]
        for module in (SOUND, GUARD):
            for _ in range(TRIALS):
                closed(agent, 40)
                pid = part(agent, module)
                took.append(off_after(agent, pid, signal.SIGSTOP))
                replaced(agent, module, pid, 40)
    return Measured(max(took), tuple(took))


def _stopped_agent(agent: Agent) -> float:
    try:
        return off_after(agent, agent.pid, signal.SIGSTOP)
    finally:
        os.kill(agent.pid, signal.SIGCONT)


@contextmanager
def _speaking() -> Iterator[Agent]:
    """A node in a long programme."""
    with tempfile.TemporaryDirectory() as name:
        agent, _, _ = about_to_speak(Path(name), LENGTH_S)
        agent.start()
        try:
            agent.ready()
            yield agent
        finally:
            agent.stop()


FIGURES = (
    Figure("amplifier_off_s", "s", "<= 2", death),
    Figure("amplifier_off_hang_s", "s", "<= 5", hang),
)
