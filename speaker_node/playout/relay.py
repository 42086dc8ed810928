"""What to hold: the relay, the sound now and the sound next, from the state alone (rules 2, 5)."""

from __future__ import annotations

from dataclasses import replace

from playlists.rules import gain
from speaker_node.playout.local import local_sound
from speaker_node.playout.timing import MS, Run, nanos_of, token
from speaker_node.playout.view import View
from speaker_node.values import Sound, Target


def target(view: View) -> Target:
    """The level for this instant. The relay is closed only for a START, and for the linger after it."""
    now, ahead = view.now.mono, view.ahead * MS
    present, coming = sounding(view), upcoming(view)
    if present is not None and present.occurrence.every:
        present, coming = _passes(present, coming, now, ahead)
    local = local_sound(view)
    cause = _cause(view, present, coming, local)
    relay = bool(cause) and view.inputs.sound.alive
    heard, following = _with_local(_sound(view, present), _sound(view, coming), local, now)
    return Target(relay, cause if relay else "", heard, following)


def _with_local(
    present: Sound | None, coming: Sound | None, local: Sound | None, now: int
) -> tuple[Sound | None, Sound | None]:
    """A local occurrence takes what place a document's leave it."""
    if local is None or present is not None:
        return present, coming
    return (local, coming) if local.at <= now else (None, coming or local)


def sounding(view: View) -> Run | None:
    """What holds the floor now; else the last that ended and is not closed, so that its proof stays in reach."""
    now = view.now.mono
    begun = [run for run in view.runs if run.at <= now]
    return next((run for run in begun if now < run.end), max(begun, key=lambda run: run.end, default=None))


def upcoming(view: View) -> Run | None:
    """What begins next, once it is near enough for the relay to close for it."""
    now, ahead = view.now.mono, view.ahead * MS
    near = [run for run in view.runs if now < run.at <= now + ahead and run.end > run.at]
    return min(near, key=lambda run: run.at, default=None)


def _passes(run: Run, coming: Run | None, now: int, ahead: int) -> tuple[Run, Run | None]:
    """The present pass of a repeated occurrence, and its next if nothing else comes."""
    every = run.occurrence.every * MS
    turn = (min(now, run.end - 1) - run.at) // every
    following = _pass(run, turn + 1)
    near = now < following.at <= now + ahead and following.at + nanos_of(run.occurrence.frames) <= run.end
    return _pass(run, turn), following if coming is None and near else coming


def _pass(run: Run, turn: int) -> Run:
    return replace(run, at=run.at + turn * run.occurrence.every * MS)


def _turn(run: Run) -> int:
    every = run.occurrence.every * MS
    return (run.at - run.airing.start.at_mono) // every if every else 0


def _cause(view: View, present: Run | None, coming: Run | None, local: Sound | None) -> str:
    newest = coming or present
    if newest is not None:
        return token(newest.airing, _turn(newest))
    if local is not None:
        return local.token
    rested_at = view.state.rested_at
    lingers = rested_at is not None and view.now.mono < rested_at + view.settings.linger * MS
    return view.state.rested if lingers else ""


def _sound(view: View, run: Run | None) -> Sound | None:
    if run is None:
        return None
    return Sound(
        token(run.airing, _turn(run)),
        view.cues(run.occurrence),
        run.at,
        run.first,
        run.end,
        gain(view.documents.plan, run.occurrence.priority, run.wall_span[0]),
    )
