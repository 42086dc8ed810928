"""The node's one question."""

from __future__ import annotations

from collections.abc import Iterator

from playlists.reports import Fact, Progress
from speaker_node.playout.closing import closings, forgettings
from speaker_node.playout.local import local_facts, local_instants
from speaker_node.playout.proof import counted, told
from speaker_node.playout.relay import target
from speaker_node.playout.starting import beginnings, climbed, contenders, displaced
from speaker_node.playout.timing import GRACE, MS, SECOND, Run, nanos_of
from speaker_node.playout.view import View
from speaker_node.values import Airing, Decision, Documents, Inputs, Moment, State

EVERY = 10 * SECOND
"""How often (ns) PROGRESS is written down while something sounds."""


def decide(state: State, now: Moment, documents: Documents, inputs: Inputs) -> Decision:
    """Given my state, the moment, my documents and what I observe: what should be sounding now?

    The loop asks, journals the facts durably, evolves the state by them, and asks again until there are no facts;
    only then it holds the target. So the target follows from the journalled state alone, and a START is durable
    before the relay closes for it (rule 10). It is to be asked again at `ask_again` (monotonic ns, None: not by
    itself), and whenever state, documents or inputs changed. It never raises.
    """
    view = View(state, now, documents, inputs)
    facts = (
        closings(view) or displaced(view) or climbed(view) or beginnings(view) or local_facts(view) or _progress(view)
    )
    facts = facts or forgettings(view)
    return Decision(facts, target(view), min((i for i in _instants(view) if i > now.mono), default=None))


def _progress(view: View) -> tuple[Fact, ...]:
    return tuple(fact for run in view.runs for fact in _told(view, run))


def _told(view: View, run: Run) -> Iterator[Progress]:
    airing, now, sound = run.airing, view.now.mono, view.inputs.sound
    for fact in told(airing, sound, now):
        after = counted(airing, fact, view.state.boot)
        if after.run != airing.run or after.heard != airing.heard:
            first = after.heard and not airing.heard
            if first or not sound.alive or after.run.turn != airing.run.turn:
                yield fact
                return
        if run.at <= now < run.end and now >= _noted(airing) + EVERY:
            yield fact
            return


def _noted(airing: Airing) -> int:
    return airing.since if airing.noted is None else airing.noted


def _instants(view: View) -> Iterator[int]:
    """Every monotonic instant (ns) at which another answer may be due though nothing changed."""
    yield from map(view.now.mono_of, _wall_instants(view))
    yield from local_instants(view)
    ahead = view.ahead * MS
    for run in view.runs:
        yield from (run.at - ahead, run.at, run.end, run.end + GRACE)
        if run.at <= view.now.mono < run.end:
            yield max(run.at, _noted(run.airing) + EVERY)
        if run.occurrence.every:
            every = run.occurrence.every * MS
            following = run.at + ((view.now.mono - run.at) // every + 1) * every
            yield from (following - ahead, following, following + nanos_of(run.occurrence.frames))
    if view.state.rested_at is not None:
        yield view.state.rested_at + view.settings.linger * MS


def _wall_instants(view: View) -> Iterator[int]:
    until_start = view.horizon - view.now.wall
    if view.near < len(view.documents.by_start):
        yield view.documents.by_start[view.near].starts_at - until_start
    for occurrence in view.pending:
        yield from (occurrence.starts_at, occurrence.start_by + 1, occurrence.ends_at)
    for airing in view.state.airings.values():
        yield from (airing.start.start_by + 1, airing.start.ends_at)
    if view.state.airings or view.state.locals:
        yield from (silence.start for silence in view.silences)
    for contender in contenders(view):
        yield contender.at - until_start
