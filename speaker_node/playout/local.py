"""Local occurrences: a test tone, a self test; and what the box's buttons do (rule 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from playlists.models import RATE, Silence
from playlists.reports import Button, Cause, Fact, LocalStart, Outcome, RequestDone, RequestTaken, Trust
from speaker_node.copying import but
from speaker_node.playout.ladder import climb_down
from speaker_node.playout.timing import GRACE, MS, nanos_of
from speaker_node.playout.view import View
from speaker_node.values import Cue, Local, PlayerReport, Sound, State

TEST_TONE, SELF_TEST = "test_tone", "self_test"
TONE = "test"
TONE_LEVEL = -20.0
"""dBFS (RMS) of the built-in test tone at a gain of 0 dB."""
LONGEST_TONE, USUAL_TONE = 30, 10
"""Seconds of a test tone, as asked for in its argument `seconds`."""
SELF_TEST_SECONDS, SELF_TEST_GAIN = 1, -20.0
"""A self test is a second at -40 dBFS: hardly heard, and loud enough to be read."""
SOFTEST = -24.0
"""dB: no plan makes a test tone softer than can be read."""
AGREES = 3.0
"""dB between the level that was to go out and the level read."""
WHOLE = 0.9
"""Of the tone, so much is to have gone out behind a closed relay."""
BOX_SILENCE = 2 * 3_600_000
"""ms that one press of SILENCE counts."""


def asked(state: State, fact: RequestTaken) -> State:
    """The state after a Request; one that asks for no sound, or again for the same, changes nothing."""
    if fact.action not in (TEST_TONE, SELF_TEST) or fact.id in state.locals:
        return state
    seconds = _seconds(dict(fact.arguments)) if fact.action == TEST_TONE else SELF_TEST_SECONDS
    gain = None if fact.action == TEST_TONE else SELF_TEST_GAIN
    local = Local(fact.id, fact.action, fact.expires_at, seconds * RATE, gain)
    return but(state, locals={**state.locals, fact.id: local})


def _seconds(arguments: Mapping[str, str]) -> int:
    text = arguments.get("seconds", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else USUAL_TONE
    return min(max(number, 1), LONGEST_TONE)


def began(state: State, fact: LocalStart) -> State:
    """The state after a local occurrence was given its T."""
    local = state.locals.get(fact.id)
    if local is None:
        return state
    return but(state, locals={**state.locals, fact.id: replace(local, at=fact.at_mono)})


def ended(held: Mapping[str, Local], cause: Cause) -> Mapping[str, Local]:
    """All of them over, for this cause where none stands yet."""
    return {id_: replace(local, ended=local.ended or cause) for id_, local in held.items()}


def pressed(state: State, what: str, wall: int) -> State:
    """STOP ends what is routine or local and has begun; SILENCE begins a silence (anew), END_SILENCE ends it."""
    if what == Button.STOP:
        airings = {id_: replace(a, stopped=not a.emergency) for id_, a in state.airings.items()}
        return but(state, airings=airings, locals=ended(state.locals, Cause.STOPPED))
    if what == Button.SILENCE:
        return but(state, silence=Silence(start=wall, end=wall + BOX_SILENCE, source="box"))
    return but(state, silence=None) if what == Button.END_SILENCE else state


def local_facts(view: View) -> tuple[Fact, ...]:
    """What follows for the oldest local occurrence; any other is refused meanwhile: one tone at a time."""
    first, *others = view.state.locals.values() or (None,)
    if first is None:
        return ()
    return (*_followed(view, first), *(_failed(other, Outcome.BUSY, Cause.PRE_EMPTED) for other in others))


def _followed(view: View, local: Local) -> Iterator[Fact]:
    refused = _refused(view, local)
    if refused is not None:
        yield _failed(local, *refused)
    elif local.at is None:
        yield LocalStart(id=local.id, at_mono=view.now.mono + view.lead * MS)
    elif _finished(view, local):
        yield _measured(view, local)


def _refused(view: View, local: Local) -> tuple[Outcome, Cause] | None:
    """Why it does not begin, or ends before its time."""
    if local.ended is not None:
        return Outcome.FAILED, local.ended
    if local.at is None and view.now.trust is not Trust.UNTRUSTED and view.now.wall > local.expires_at:
        return Outcome.EXPIRED, Cause.ENDED
    if _displaced(view, local):
        return Outcome.BUSY, Cause.PRE_EMPTED
    if local.gain is None and _hushed(view):
        return Outcome.FAILED, Cause.QUIET
    if not view.equipped:
        return Outcome.FAILED, Cause.DEVICE if view.inputs.sound.alive else Cause.PLAYER
    return None


def _displaced(view: View, local: Local) -> bool:
    """Whatever a document brings goes first: nothing local begins while it holds the floor, nor goes on from its T."""
    if local.at is None:
        return bool(view.runs)
    end = _end(local)
    return any(run.at <= max(view.now.mono, local.at) and run.at < end for run in view.runs)


def _hushed(view: View) -> bool:
    """A silence of all routine is in force; one that means some kinds does not mean a tone."""
    return any(not s.kinds and s.start <= view.now.wall < s.end for s in view.silences)


def _end(local: Local) -> int:
    assert local.at is not None
    return local.at + nanos_of(local.frames)


def _finished(view: View, local: Local) -> bool:
    report, now = _report(view, local), view.now.mono
    return now >= _end(local) + GRACE or (now >= _end(local) and report is not None and report.ended)


def _report(view: View, local: Local) -> PlayerReport | None:
    return view.inputs.sound.report(local.token)


def _measured(view: View, local: Local) -> RequestDone:
    """What came of it, by the frames that left behind a closed relay and the level read from them."""
    report = _report(view, local)
    level = None if report is None else report.loudness
    outcome, cause = Outcome.DONE, ""
    if report is None or level is None or abs(level - TONE_LEVEL - _gain(view, local)) > AGREES:
        outcome, cause = Outcome.FAILED, Cause.PLAYER
    elif report.taken < WHOLE * local.frames:
        outcome, cause = Outcome.FAILED, Cause.DEVICE
    return RequestDone(id=local.id, action=local.action, outcome=outcome, detail=cause, level=level)


def _failed(local: Local, outcome: Outcome, cause: Cause) -> RequestDone:
    return RequestDone(id=local.id, action=local.action, outcome=outcome, detail=cause)


def local_sound(view: View) -> Sound | None:
    """The sound of the local occurrence that has begun, until what has a START takes its place."""
    local = next((local for local in view.state.locals.values() if local.at is not None), None)
    if local is None or local.at is None or local.ended is not None:
        return None
    until = min([_end(local), *(run.at for run in view.runs)])
    _, cues = climb_down((Cue(None, local.frames, tone=TONE),), (), view.inputs.ready)
    return Sound(local.token, cues, local.at, 0, max(until, local.at), _gain(view, local))


def _gain(view: View, local: Local) -> float:
    return max(view.settings.gain_normal, SOFTEST) if local.gain is None else local.gain


def local_instants(view: View) -> Iterator[int]:
    """When (monotonic ns) something else may follow for it though nothing changed."""
    for local in view.state.locals.values():
        if local.at is not None:
            yield from (local.at, _end(local), _end(local) + GRACE)
