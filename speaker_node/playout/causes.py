"""Why seconds that were due did not sound."""

from __future__ import annotations

from playlists.models import RATE, Occurrence
from playlists.reports import Cause
from playlists.rules import due, frames_in, millis_of, precedence
from speaker_node.playout.timing import Run
from speaker_node.playout.view import View
from speaker_node.values import Airing, Counts

TOLERANCE = RATE // 20
"""Fewer frames than this are not lacking: device and codec round at both ends."""


def missed_cause(view: View, occurrence: Occurrence) -> Cause:
    """Why an occurrence whose window is past had no START."""
    if not view.concerned(occurrence):
        return Cause.NOT_CONCERNED
    last = _last_chance(occurrence)
    found = _too_late(view, occurrence, last, view.now.wall) or _kept(view, occurrence, last)
    if found is not None:
        return found
    if not view.able(occurrence):
        return Cause.ASSET
    return Cause.CLOCK if view.equipped else _broken(view)


def _last_chance(occurrence: Occurrence) -> int:
    """Up to when (ms UTC) it could have begun: what joins has no frame left once its own length is past."""
    if occurrence.whole or occurrence.when_warm or occurrence.every:
        return occurrence.start_by
    return min(occurrence.start_by, occurrence.starts_at + millis_of(occurrence.frames))


def _too_late(view: View, occurrence: Occurrence, after: int, until: int) -> Cause | None:
    """What it waited for, if the last of that came between two instants: its document, a new stream's Welcome, or,
    where the node was on by the first of them, the time."""
    document = view.state.accepted.get(occurrence.source, 0)
    welcome = 0 if occurrence.emergency else view.state.welcomed_at
    clock = 0 if view.state.booted_at > after else view.state.clock_at
    came, cause = max((document, Cause.PLAN_LATE), (welcome, Cause.JOURNAL_NEW), (clock, Cause.CLOCK))
    return cause if after < came <= until else None


def _dark(view: View, occurrence: Occurrence, began: int) -> int:
    """How many frames were due before a boot that then did not know the time; 0: there was no such boot."""
    booted_at, clock_at = view.state.booted_at, view.state.clock_at
    if not occurrence.starts_at < booted_at <= clock_at <= began:
        return 0
    return frames_in(booted_at - occurrence.starts_at)


def _kept(view: View, occurrence: Occurrence, until: int) -> Cause | None:
    """What kept it from starting between starts_at and `until`, where the journal tells."""
    if _floor_taken(view, occurrence, until):
        return Cause.PRE_EMPTED
    return Cause.POWER if view.state.booted_at > occurrence.starts_at else None


def _floor_taken(view: View, occurrence: Occurrence, until: int) -> bool:
    spans = [(done.start, done.end) for id_, done in view.state.done.items() if done.begun and id_ != occurrence.id]
    spans += [r.wall_span for r in view.runs if r.occurrence.id != occurrence.id]
    key = precedence(occurrence)
    waiting = any(due(o, view.now.wall) and view.able(o) and precedence(o) < key for o in view.pending)
    return waiting or any(start < until and end > occurrence.starts_at for start, end in spans)


def _broken(view: View) -> Cause:
    return Cause.DEVICE if view.inputs.sound.alive else Cause.PLAYER


def lacking(
    view: View, airing: Airing, occurrence: Occurrence, best: Counts, run: Run | None, forced: Cause | None
) -> Cause | None:
    """The cause of what is lacking, or none: a forced one, else that of the most frames."""
    lack = occurrence.frames - best.taken
    if lack <= TOLERANCE and occurrence.frames > 0:
        return None
    if forced is not None:
        return forced
    parts = _parts(view, airing, occurrence, best, run)
    rest = lack - sum(frames for _, frames in parts)
    return max([*parts, (_broken(view) if not view.equipped else Cause.PLAYER, rest)], key=lambda part: part[1])[0]


def _parts(
    view: View, airing: Airing, occurrence: Occurrence, best: Counts, run: Run | None
) -> list[tuple[Cause, int]]:
    parts = [(Cause.ASSET, best.missing), (Cause.DEVICE, best.unheard), (Cause.POWER, airing.gap)]
    if airing.late:
        began = occurrence.starts_at + airing.late * 1000 // RATE
        known = _too_late(view, occurrence, occurrence.starts_at, began) or _kept(view, occurrence, began)
        dark = _dark(view, occurrence, began)
        waited = Cause.CLOCK if dark else known or Cause.ASSET
        parts += [(waited, airing.late - dark), (Cause.POWER, dark)]
    if run is not None and run.limit is not None:
        ended = run.limit is Cause.ENDED and airing.cut
        parts.append((Cause.PRE_EMPTED if ended else run.limit, occurrence.frames - run.until))
    return parts
