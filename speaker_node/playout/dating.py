"""When something was, as State has it: what was noted while nobody knew the time is put right once somebody does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from playlists.models import Silence
from playlists.reports import Accepted, Boot, Button, Closed, Event, Fact, Press, Trust, Welcomed
from speaker_node.copying import but
from speaker_node.playout.timing import MS
from speaker_node.values import Done, State, Timed

BOOTED: Final = "booted"
STREAM: Final = "stream"
WELCOMED: Final = "welcomed"
ACCEPTED: Final = "accepted "
DONE: Final = "done "
SILENCE: Final = "silence"


def timed(state: State, event: Event) -> State:
    """The state at an event, before its fact: earlier instants moved to the offset by which the event is dated."""
    sure, before = event.trust is not Trust.UNTRUSTED, state.timed
    if isinstance(event.fact, Boot):
        state = _dated(state, lambda _: event.wall)
    elif before is not None:
        shift = event.wall - before.wall - (event.mono - before.mono) // MS
        state = _dated(state, lambda wall: max(0, wall + shift))
        if sure and not before.sure:
            state = but(state, clock_at=event.wall)
    unsure: frozenset[str] = frozenset() if sure else state.unsure | _noted(state, event.fact)
    return but(state, timed=Timed(event.wall, event.mono, sure), unsure=unsure)


def source_of(fact: Accepted) -> str:
    """The source of occurrences that an accepted document is."""
    return "plan" if fact.document == "plan" else f"{fact.to}/{fact.issuer}"


def _noted(state: State, fact: Fact) -> frozenset[str]:
    """What a fact is about to note of an instant."""
    match fact:
        case Boot():
            return frozenset((BOOTED, STREAM) if fact.new_stream else (BOOTED,))
        case Welcomed():
            elsewhere = (DONE + id_ for id_ in fact.elsewhere if id_ not in state.done)
            return frozenset((*((WELCOMED,) if state.fresh else ()), *elsewhere))
        case Accepted():
            return frozenset((ACCEPTED + source_of(fact),))
        case Press(what=Button.SILENCE):
            return frozenset((SILENCE,))
        case Closed():
            return frozenset((DONE + fact.occurrence,))
        case _:
            return frozenset()


def _dated(state: State, date: Callable[[int], int]) -> State:
    """The state with every instant that is not sure dated anew."""
    unsure = state.unsure
    if not unsure:
        return state
    return but(
        state,
        booted_at=date(state.booted_at) if BOOTED in unsure else state.booted_at,
        stream_since=date(state.stream_since) if STREAM in unsure else state.stream_since,
        welcomed_at=date(state.welcomed_at) if WELCOMED in unsure else state.welcomed_at,
        accepted={s: date(wall) if ACCEPTED + s in unsure else wall for s, wall in state.accepted.items()},
        done=_done(state.done, unsure, date),
        silence=_moved(state.silence, date) if state.silence and SILENCE in unsure else state.silence,
    )


def _moved(silence: Silence, date: Callable[[int], int]) -> Silence:
    """As long as it was, from its start's right date."""
    start = date(silence.start)
    return silence.model_copy(update={"start": start, "end": start + silence.end - silence.start})


def _done(done: Mapping[str, Done], unsure: frozenset[str], date: Callable[[int], int]) -> Mapping[str, Done]:
    named = [name.removeprefix(DONE) for name in unsure if name.startswith(DONE)]
    moved = {id_: replace(done[id_], told_at=date(done[id_].told_at)) for id_ in named if id_ in done}
    return {**done, **moved} if moved else done
