"""What begins: START, RESUMED, and PAUSED for what something higher takes the place of (rules 3, 4, 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from playlists.models import Occurrence, playlist_frames
from playlists.reports import Cause, Fact, Paused, Resumed, Rung, Start
from playlists.rules import (
    LIGHT,
    SHORTEST_MS,
    TONE_FRAMES,
    Beginning,
    Precedence,
    begin,
    clamped,
    cuts,
    day_start,
    frames_in,
    is_light,
    millis_of,
    permitted,
    precedence,
)
from speaker_node.playout.causes import TOLERANCE
from speaker_node.playout.proof import closed, quiet, told, total
from speaker_node.playout.timing import GRACE, MS, Run, begun, nanos_of, of
from speaker_node.playout.view import View
from speaker_node.values import Airing, Pause

ENOUGH = 0.8
"""A whole occurrence of which this share sounded before a power cut has no second attempt."""


AFTER_THE_END = 3_000
"""So long (ms) after a sheet that ends something was signed, what that had interrupted goes on: all have it by then."""


@dataclass(frozen=True, slots=True)
class Contender:
    """What could begin now: frame `first` at `at` (ms UTC) = `mono` (ns); `airing` where it has a START that rests;
    `rung`: on which it is said."""

    occurrence: Occurrence
    airing: Airing | None
    at: int
    mono: int
    first: int
    rung: Rung = Rung.MESSAGE

    @property
    def key(self) -> Precedence:
        return precedence(self.occurrence, self.airing is not None)


def beginnings(view: View) -> tuple[Fact, ...]:
    """The one fact by which the highest of those that could begin does; a no of the silences closes it (quiet).

    What will be due and waits for its T (a full 10 s, a pass) keeps what ranks lower from beginning for a moment,
    unless a silence forbids that T.
    """
    found, near = list(contenders(view)), view.now.mono_of(view.horizon)
    best = min((c for c in found if c.mono <= near), key=lambda c: c.key, default=None)
    if best is None or any(c.key < best.key and c.occurrence.starts_at <= best.at and _may(view, c) for c in found):
        return ()
    if not _may(view, best):
        return (_refused(view, best),)
    left = allowed(view, best.occurrence, best.at)
    return (_resumed(best, left) if goes_on(best.airing) else _started(best, left),)


def _may(view: View, contender: Contender) -> bool:
    left = allowed(view, contender.occurrence, contender.at)
    return permitted(contender.occurrence, contender.at, view.silences) and left != 0


def allowed(view: View, occurrence: Occurrence, at: int) -> int | None:
    """For how long (ms) music and rebroadcasts may still sound on the day of an instant (ms UTC); None: no limit."""
    plan = view.documents.plan
    if plan is None or plan.minutes is None or not is_light(occurrence):
        return None
    day = day_start(plan.days, at)
    spent = sum(sounded for began, sounded in view.state.light.values() if began >= day)
    light = (a for a in view.state.airings.values() if a.start.programme_kind in LIGHT and not a.emergency)
    spent += sum(millis_of(total(airing.run).taken) for airing in light if airing.start.at_wall >= day)
    return max(0, plan.minutes - spent)


def climbed(view: View) -> tuple[Fact, ...]:
    """PAUSED for each emergency that could be said on a higher rung by now: it goes on there, one that is repeated with
    its next pass."""
    return tuple(
        Paused(occurrence=run.occurrence.id, by=run.occurrence.id, frame=0)
        for run in view.runs
        if run.airing.start.rung is not Rung.MESSAGE and _between_passes(view, run) and _higher(view, run)
    )


def _between_passes(view: View, run: Run) -> bool:
    if not run.occurrence.every:
        return run.at <= view.now.mono < run.end
    since = (view.now.mono - run.at) % (run.occurrence.every * MS)
    return run.at <= view.now.mono and since >= nanos_of(run.occurrence.frames)


def _higher(view: View, run: Run) -> bool:
    held = view.documents.occurrences[run.occurrence.id]
    order = list(Rung)
    return order.index(view.said(held)[0]) < order.index(run.airing.start.rung)


def displaced(view: View) -> tuple[Fact, ...]:
    """PAUSED for each START that something higher took the place of: one whose T has not come at once, one that sounded
    once its last frame is written down."""
    return tuple(fact for run in view.runs if run.limit is Cause.PRE_EMPTED for fact in _paused(view, run))


def _paused(view: View, run: Run) -> Iterator[Fact]:
    unheard = run.end <= run.at
    taker = next((other for other in view.runs if other.at <= run.end < other.end), None)
    if taker is None or not (unheard or finished(view, run)):
        return
    yield from told(run.airing, view.inputs.sound, view.now.mono)
    frame = run.first if unheard else run.until
    yield Paused(occurrence=run.occurrence.id, by=taker.occurrence.id, frame=frame, until=taker.wall_span[1])


def finished(view: View, run: Run) -> bool:
    """Its last frame is past, and the sound process has said its last word, or will not."""
    now, sound = view.now.mono, view.inputs.sound
    if now < run.end:
        return False
    ended = [report.ended for report in (sound.now, sound.last) if report is not None and of(run.airing, report.token)]
    return not sound.alive or run.end <= run.at or now >= run.end + GRACE or (bool(ended) and all(ended))


def contenders(view: View) -> Iterator[Contender]:
    """All that is held, wanted and able, with the instant at which it could begin, however far."""
    for occurrence in view.pending:
        if _wanted(view, occurrence):
            rung, said = view.said(occurrence)
            yield from _contender(view, clamped(said), None, rung)
    for airing in view.state.airings.values():
        held = view.documents.occurrences.get(airing.start.occurrence)
        if airing.rests and held is not None and _wanted(view, held, airing):
            frozen = begun(airing.start, held.ends_at)
            rung, said = view.said(held) if held.falls_back else (airing.start.rung, frozen)
            again = clamped(replace(frozen, items=said.items, tone=said.tone))
            yield from _contender(view.seen_by(airing), again, airing, rung)


def _wanted(view: View, occurrence: Occurrence, airing: Airing | None = None) -> bool:
    return (
        view.equipped
        and occurrence.id not in view.documents.withdrawn
        and not view.waits(occurrence, airing)
        and view.concerned(occurrence)
    )


def _contender(view: View, occurrence: Occurrence, airing: Airing | None, rung: Rung) -> Iterator[Contender]:
    now, held_mono = view.now, _held_until(view, occurrence, airing is not None)
    held_until = now.wall - (now.mono - held_mono) // MS if held_mono else 0
    found = beginning(view, occurrence, airing, held_until)
    if found is None or (airing is not None and airing.pause is not None and _soon(view, occurrence, found.at)):
        return
    if view.ready(occurrence, found.first):
        mono = held_mono if found.at == held_until else now.mono_of(found.at)
        yield Contender(occurrence, airing, found.at, mono, found.first, rung)


def _held_until(view: View, occurrence: Occurrence, has_start: bool) -> int:
    """The monotonic instant at which the last of what outranks it and has a START ends; 0: nothing does."""
    key = precedence(occurrence, has_start)
    ends = [run.end for run in view.runs if precedence(run.occurrence, True) < key and run.end > view.now.mono]
    return max(ends, default=0)


def beginning(view: View, occurrence: Occurrence, airing: Airing | None, held_until: int = 0) -> Beginning | None:
    """When it could begin, go on, or begin again; None: never."""
    now = view.now.wall
    if airing is None or not airing.heard:
        return begin(occurrence, now, view.lead, held_until)
    if occurrence.emergency and not occurrence.every and once_whole(airing):
        return None
    held_until = held_until or released(view, airing.pause)
    if airing.pause is not None and not occurrence.every and not occurrence.emergency:
        return _after(view, airing.pause, occurrence, airing, held_until)
    if goes_on(airing):
        return _going_on(view, occurrence, airing, held_until)
    if airing.start.attempt > 1 or total(airing.run).taken >= ENOUGH * occurrence.frames:
        return None
    return begin(occurrence, now, view.lead, held_until, again=True)


def goes_on(airing: Airing | None) -> bool:
    """An interrupted airing goes on, an emergency with another pass; what is `whole` begins again after a boot."""
    if airing is None or not airing.heard:
        return False
    return not airing.start.whole or airing.start.every > 0 or airing.emergency or airing.pause is not None


def once_whole(airing: Airing) -> bool:
    """One pass of it went out from its first frame to its last; what was not there to be said is not said again."""
    due = playlist_frames(airing.start.items) or TONE_FRAMES
    runs = (airing.best, total(airing.run))
    return any(run.taken + run.missing >= due - TOLERANCE for run in runs)


def _going_on(view: View, occurrence: Occurrence, airing: Airing, held_until: int) -> Beginning | None:
    start, at = airing.start, max(view.now.wall + view.lead, held_until)
    every = occurrence.every
    if every and view.blind:
        first = 0  # passes are counted from this boot's first
    elif every:
        at = start.at_wall + max(0, -(-(at - start.at_wall) // every)) * every
        first = 0
    elif occurrence.emergency:
        first = 0  # until one pass is whole
    else:
        # The position is ahead only where the wall time went back: never a frame twice.
        first = max(start.first + frames_in(at - start.at_wall), airing.run.position)
    return Beginning(at, first) if first < occurrence.frames and at < occurrence.ends_at else None


def _after(view: View, pause: Pause, occurrence: Occurrence, airing: Airing, goes_on_at: int) -> Beginning | None:
    """Where what was interrupted goes on: at the frame at which it rests; one that is not `whole` and comes late to
    that, at the frame of its neighbours."""
    at = max(view.now.wall + view.lead, goes_on_at)
    late = 0 if occurrence.whole or not goes_on_at else at - goes_on_at
    first = max(pause.frame + frames_in(late), airing.run.position)
    return Beginning(at, first) if first < occurrence.frames and at < occurrence.ends_at else None


def _soon(view: View, paused: Occurrence, at: int) -> bool:
    """Something higher is to begin so soon after it that it is not worth to go on before."""
    coming = takewhile(lambda each: each.starts_at < at + SHORTEST_MS, view.documents.by_start[view.passed :])
    return any(each.id not in view.state.done and each.id not in view.state.airings and _wanted(view, each)
               and cuts(each, paused, view.silences) for each in coming)  # fmt: skip


def released(view: View, pause: Pause | None) -> int:
    """When (ms UTC) what was interrupted may go on, the same in every hamlet: 3 s after the signing of the sheet that
    ended the other, else at the other's planned end. 0: at once."""
    if pause is None:
        return 0
    documents, by = view.documents, view.documents.occurrences.get(pause.by)
    ended = [
        min(sheet.issued_at, view.now.wall) + AFTER_THE_END
        for sheet in documents.sheets.values()
        if pause.by in sheet.withdrawn or (by is None and sheet.source == pause.source)
    ]
    if ended or by is None:
        return max(ended, default=0)
    return by.ends_at if by.every else pause.until


def _refused(view: View, contender: Contender) -> Fact:
    if contender.airing is None:
        return quiet(view, contender.occurrence, contender.at)
    return closed(view, contender.airing, contender.occurrence, Cause.QUIET, at=contender.at)


def _resumed(contender: Contender, left: int | None) -> Fact:
    o, airing = contender.occurrence, contender.airing
    same = airing is not None and airing.start.items == o.items and airing.start.rung is contender.rung
    return Resumed(
        occurrence=o.id,
        at_wall=contender.at,
        at_mono=contender.mono,
        first=contender.first,
        items=None if same else o.items,
        rung=contender.rung,
        allowed=left,
    )


def _started(contender: Contender, left: int | None) -> Fact:
    o, airing = contender.occurrence, contender.airing
    attempt = 1 if airing is None else min(2, airing.start.attempt + airing.heard)
    return Start(
        occurrence=o.id,
        version=o.version,
        source=o.source,
        attempt=attempt,
        at_wall=contender.at,
        at_mono=contender.mono,
        first=contender.first,
        items=o.items,
        starts_at=o.starts_at,
        ends_at=o.ends_at,
        start_by=o.start_by,
        whole=o.whole,
        programme_kind=o.kind,
        priority=o.priority,
        rank=o.rank,
        tier=o.tier,
        out_of_hours=o.out_of_hours,
        every=o.every,
        rung=contender.rung,
        allowed=left,
    )
