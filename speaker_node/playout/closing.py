"""What ends: the one CLOSED of each occurrence that was held (rules 3, 5, 8)."""

from __future__ import annotations

from collections.abc import Iterator

from playlists.facts import MOST_FORGOTTEN
from playlists.models import Occurrence
from playlists.reports import Cause, Checkpoint, Closed, Fact, Trust
from playlists.rules import ended_by, over
from speaker_node.playout.causes import missed_cause
from speaker_node.playout.proof import closed, missed
from speaker_node.playout.starting import beginning, finished, released
from speaker_node.playout.timing import MS, begun
from speaker_node.playout.view import View
from speaker_node.values import Airing

KEPT = 48 * 3_600_000
"""How long (ms) a closed row stays after its last word, though no document names it: a sheet may come again."""
ENOUGH_TO_FORGET = 64
"""Rows are forgotten by the dozen, so that it costs the card little."""


def closings(view: View) -> tuple[Fact, ...]:
    """Every closing fact that is owed by now."""
    return (*_begun(view), *_never_begun(view))


def _begun(view: View) -> Iterator[Closed]:
    runs = {run.occurrence.id: run for run in view.runs}
    for id_, airing in view.state.airings.items():
        held = view.documents.occurrences.get(id_)
        occurrence = begun(airing.start, airing.start.ends_at if held is None else held.ends_at)
        forced = _forced(view, airing, occurrence, held is not None)
        if forced is not None:
            yield closed(view, airing, occurrence, forced, runs.get(id_))
        elif airing.rests:
            yield from _never_resumed(view, airing, occurrence)
        elif runs[id_].limit is not Cause.PRE_EMPTED and finished(view, runs[id_]):
            yield closed(view, airing, occurrence, None, runs[id_])


def _forced(view: View, airing: Airing, occurrence: Occurrence, held: bool) -> Cause | None:
    if occurrence.id in view.documents.withdrawn:
        return Cause.WITHDRAWN
    if not held:
        return Cause.WITHDRAWN if occurrence.source == "plan" else Cause.STOPPED
    if airing.stopped:
        return Cause.STOPPED
    if airing.rests and view.waits(occurrence, airing):
        return None
    return Cause.QUIET if ended_by(occurrence, _here(view, airing), view.silences) else None


def _here(view: View, airing: Airing) -> int:
    """The wall time (ms) at which an airing is: what sounds keeps the offset that START froze while the time is not
    known."""
    start = airing.start
    if airing.rests:
        return view.now.wall
    if view.now.trust is Trust.UNTRUSTED:
        return start.at_wall + max(0, view.now.mono - start.at_mono) // MS
    return max(view.now.wall, start.at_wall)


def _never_resumed(view: View, airing: Airing, occurrence: Occurrence) -> Iterator[Closed]:
    if view.waits(occurrence, airing):
        return
    view = view.seen_by(airing)
    if not occurrence.emergency and occurrence.starts_at < view.state.stream_since:
        # Nobody knows what a memory that is lost has let sound of it since.
        yield closed(view, airing, occurrence, Cause.JOURNAL_NEW)
    elif not airing.heard and over(occurrence, view.now.wall):
        yield closed(view, airing, occurrence, missed_cause(view, occurrence))
    elif airing.heard and (over(occurrence, view.now.wall, True) or _lost(view, airing, occurrence)):
        yield closed(view, airing, occurrence, Cause.POWER if airing.pause is None else Cause.PRE_EMPTED)


def _lost(view: View, airing: Airing, occurrence: Occurrence) -> bool:
    """It can go on no more; what something higher interrupted may until that has ended, which may be sooner than
    planned."""
    waits = airing.pause is not None and view.now.wall < released(view, airing.pause)
    return not waits and beginning(view, occurrence, airing) is None


def _never_begun(view: View) -> Iterator[Closed]:
    now, state = view.now.wall, view.state
    for occurrence in view.pending:
        if view.waits(occurrence):
            continue
        come = occurrence.starts_at <= now
        if come and not occurrence.emergency and occurrence.starts_at < state.stream_since:
            yield missed(occurrence, Cause.JOURNAL_NEW)
        elif come and occurrence.id in view.documents.withdrawn:
            yield missed(occurrence, Cause.WITHDRAWN)
        elif over(occurrence, now):
            yield missed(occurrence, missed_cause(view, occurrence))


def forgettings(view: View) -> tuple[Fact, ...]:
    """A CHECKPOINT of the closed rows that no held document has named for long."""
    if view.now.trust is Trust.UNTRUSTED:
        return ()
    held, before = view.documents.occurrences, view.now.wall - KEPT
    gone = [id_ for id_, done in view.state.done.items() if done.told_at < before and id_ not in held]
    if len(gone) < ENOUGH_TO_FORGET:
        return ()
    state = view.state
    kept = Checkpoint(
        wall=view.now.wall, forgotten=tuple(gone[:MOST_FORGOTTEN]), floor=state.floor, mark=state.mark, book=state.book
    )  # fmt: skip
    return (kept,)
