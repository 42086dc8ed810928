"""What the journal says: each event's mark on State. Total: an event that fits nothing changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import TypeVar

from playlists.reports import (
    Accepted,
    Boot,
    Cause,
    Checkpoint,
    Closed,
    Event,
    LocalStart,
    Paused,
    Press,
    Progress,
    RequestDone,
    RequestTaken,
    Resumed,
    Start,
    Trust,
    Welcomed,
)
from playlists.rules import LIGHT
from speaker_node.copying import but
from speaker_node.playout.dating import source_of, timed
from speaker_node.playout.local import asked, began, ended, pressed
from speaker_node.playout.proof import better, counted, total
from speaker_node.playout.timing import MS, token
from speaker_node.values import Airing, Counts, Done, Pause, State, Tally

T = TypeVar("T")

KEPT = 48 * 3_600_000


def restore(events: Iterable[Event], state: State | None = None) -> State:
    """The state that wrote these events: their fold."""
    return reduce(evolve, events, State() if state is None else state)


def evolve(state: State, event: Event) -> State:
    """The state after one more event."""
    return _fact(timed(state, event), event)


def _fact(state: State, event: Event) -> State:
    match event.fact:
        case Boot():
            return _boot(state, event, event.fact)
        case Accepted():
            return _accepted(state, event, event.fact)
        case Welcomed():
            return _welcomed(state, event, event.fact)
        case Start():
            return _start(state, event, event.fact)
        case Paused():
            return _paused(state, event.fact)
        case Resumed():
            return _resumed(state, event, event.fact)
        case Progress():
            return _progress(state, event, event.fact)
        case Closed():
            return _closed(state, event, event.fact)
        case RequestTaken():
            return asked(state, event.fact)
        case LocalStart():
            return began(state, event.fact)
        case RequestDone():
            return but(state, locals=_without(state.locals, (event.fact.id,)))
        case Press():
            return pressed(state, event.fact.what, event.wall)
        case Checkpoint():
            return _checkpoint(state, event.fact)
        case _:
            return state


def _boot(state: State, event: Event, fact: Boot) -> State:
    def interrupted(airing: Airing) -> Airing:
        if airing.rests:
            return airing
        # Where the wall time is not sure, a frame may have been output: better short than twice.
        heard = event.wall > airing.start.at_wall or event.trust is Trust.UNTRUSTED
        return replace(_resting(airing), heard=airing.heard or heard)

    return but(
        state,
        boot=fact.boot,
        booted_at=event.wall,
        fresh=state.fresh or (fact.new_stream and not fact.in_memory),
        stream_since=event.wall if fact.new_stream else state.stream_since,
        welcomed_at=0 if fact.new_stream else state.welcomed_at,
        airings={id_: interrupted(airing) for id_, airing in state.airings.items()},
        accepted={},
        rested_at=None,
        rested="",
        locals=ended(state.locals, Cause.POWER),
        clock_at=0,
    )


def _checkpoint(state: State, fact: Checkpoint) -> State:
    return but(
        state,
        done=_without(state.done, fact.forgotten),
        floor=max(state.floor, fact.floor),
        mark=fact.mark or state.mark,
        book=fact.book or state.book,
    )


def _resting(airing: Airing) -> Airing:
    if airing.rests:
        return airing
    return replace(airing, rests=True, resumptions=airing.resumptions + 1, noted=None)


def _paused(state: State, fact: Paused) -> State:
    by = state.airings.get(fact.by)
    pause = Pause(fact.frame, fact.by, by.start.source if by else "", fact.until)

    def paused(airing: Airing) -> Airing:
        if fact.by == fact.occurrence:  # by itself, to go on with other words
            return replace(_resting(airing), pause=None)
        return replace(_resting(airing), pause=pause, cut=True)

    return _with(state, fact.occurrence, paused)


def _accepted(state: State, event: Event, fact: Accepted) -> State:
    return but(state, accepted={**state.accepted, source_of(fact): event.wall})


def _welcomed(state: State, event: Event, fact: Welcomed) -> State:
    known = state.done.keys() | state.airings.keys()
    elsewhere = {id_: Done(True, 0, 0, event.wall) for id_ in fact.elsewhere if id_ not in known}
    welcomed_at = event.wall if state.fresh else state.welcomed_at
    return but(state, fresh=False, welcomed_at=welcomed_at, done={**state.done, **elsewhere})


def _start(state: State, event: Event, fact: Start) -> State:
    airing = state.airings.get(fact.occurrence)
    if airing is None:
        airing = Airing(fact, event.mono, fact.first)
    elif fact.attempt != airing.start.attempt:
        best = better(airing.best, total(airing.run))
        airing = Airing(fact, event.mono, fact.first, airing.resumptions, best=best)
    else:
        airing = replace(airing, start=fact, since=event.mono, late=fact.first, rests=False, noted=None, pause=None)
    return _put(state, airing)


def _resumed(state: State, event: Event, fact: Resumed) -> State:
    def resumed(airing: Airing) -> Airing:
        changed: dict[str, object] = {
            "at_wall": fact.at_wall, "at_mono": fact.at_mono, "first": fact.first, "allowed": fact.allowed
        }  # fmt: skip
        gap = max(0, fact.first - max(airing.run.position, airing.late))
        if fact.items is not None:  # what sounded of other words proves nothing of these
            changed |= {"items": fact.items, "rung": fact.rung}
            airing = replace(airing, run=Tally(), best=Counts(), late=0)
        elif airing.emergency and not fact.first:
            airing = replace(airing, run=Tally(), best=better(airing.best, total(airing.run)))
        return replace(
            airing,
            start=airing.start.model_copy(update=changed),
            since=event.mono,
            rests=False,
            noted=None,
            gap=airing.gap + gap,
            pause=None,
        )

    return _with(state, fact.occurrence, resumed)


def _progress(state: State, event: Event, fact: Progress) -> State:
    def noted(airing: Airing) -> Airing:
        reached = airing.start.at_wall + fact.since_t // MS
        return replace(counted(airing, fact, event.boot), noted=event.mono, reached=max(airing.reached, reached))

    return _with(state, fact.occurrence, noted)


def _closed(state: State, event: Event, fact: Closed) -> State:
    airing = state.airings.get(fact.occurrence)
    held_from = event.wall if airing is None else airing.start.at_wall
    done = Done(airing is not None, held_from, event.wall, event.wall)
    state = but(
        state,
        airings=_without(state.airings, (fact.occurrence,)),
        done={**state.done, fact.occurrence: done},
        light=_light(state, event, fact.sounded, airing),
    )
    # Past longest_on nothing keeps the relay closed, the linger neither.
    if airing is None or airing.rests or fact.cause is Cause.LONGEST_ON:
        return state
    return but(state, rested_at=event.mono, rested=token(airing))


def _light(state: State, event: Event, sounded: int, airing: Airing | None) -> Mapping[str, tuple[int, int]]:
    """What counts for the minutes of a day: kept for two of them."""
    if airing is None or airing.emergency or airing.start.programme_kind not in LIGHT:
        return state.light
    kept = {id_: each for id_, each in state.light.items() if each[0] > event.wall - KEPT}
    return {**kept, airing.start.occurrence: (airing.start.at_wall, sounded)}


def _with(state: State, occurrence: str, change: Callable[[Airing], Airing]) -> State:
    airing = state.airings.get(occurrence)
    return state if airing is None else _put(state, change(airing))


def _put(state: State, airing: Airing) -> State:
    return but(state, airings={**state.airings, airing.start.occurrence: airing})


def _without(held: Mapping[str, T], gone: Iterable[str]) -> Mapping[str, T]:
    dropped = frozenset(gone)
    return {id_: value for id_, value in held.items() if id_ not in dropped}
