"""Why this agent began, and until when the one before it is known to have lived. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playlists.reports import Because, Boot, Checkpoint, Event, Outcome, RequestDone, Trust
from speaker_node.node.requests import RESTART
from speaker_node.values import Origin


@dataclass(frozen=True, slots=True)
class Began:
    """Why an agent began, and the last instant (ms UTC) at which the one before it is known to have lived (0: none)."""

    because: Because = Because.UNKNOWN
    last_alive: int = 0


def began(events: Sequence[Event], origin: Origin) -> Began:
    """From the journal as the boot before left it, and what the machine says of itself."""
    boots = [event.fact for event in events if isinstance(event.fact, Boot)]
    if not boots:
        return Began(last_alive=origin.alive)
    before = [event for event in events if event.boot == boots[-1].boot]
    sure = (event.wall for event in before if event.trust is not Trust.UNTRUSTED)
    return Began(_because(before, boots[-1].machine, origin), max(0, origin.alive, *sure))


def _because(before: Sequence[Event], machine: str, origin: Origin) -> Because:
    """What was ordered stands before what happened: a machine that was shut down in order lost no power."""
    facts = [event.fact for event in before]
    if any(isinstance(f, RequestDone) and f.action == RESTART and f.outcome is Outcome.DONE for f in facts):
        return Because.REQUEST
    if any(isinstance(fact, Checkpoint) and fact.left for fact in facts):
        return Because.STOPPED
    if not machine or not origin.machine:
        return Because.UNKNOWN
    if machine != origin.machine:
        return Because.POWER
    return {"watchdog": Because.WATCHDOG, "success": Because.STOPPED}.get(origin.result, Because.CRASH)
