"""What sounded: frames added up over sound processes, resumptions and attempts, and the one CLOSED made of them."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import zip_longest

from playlists.models import Occurrence
from playlists.reports import Cause, Closed, Evidence, Progress, Sounded
from playlists.rules import hush, millis_of
from speaker_node.playout.causes import lacking
from speaker_node.playout.timing import Run, of
from speaker_node.playout.view import View
from speaker_node.values import Airing, Counts, PlayerReport, SoundState, Tally


def added(one: Counts, other: Counts) -> Counts:
    """Both together; the earlier start error stands."""
    return Counts(
        one.taken + other.taken,
        one.sounded + other.sounded,
        one.missing + other.missing,
        tuple(a + b for a, b in zip_longest(one.by_cue, other.by_cue, fillvalue=0)),
        _louder(one, other),
        other.start_error if one.start_error is None else one.start_error,
        one.unheard + other.unheard,
    )


def _louder(one: Counts, other: Counts) -> float | None:
    parts = [(c.sounded, c.loudness) for c in (one, other) if c.sounded and c.loudness is not None]
    if not parts:
        return None
    power = sum(frames * 10 ** (loudness / 10) for frames, loudness in parts) / sum(frames for frames, _ in parts)
    return round(10 * math.log10(power), 2) if power > 0 else None


def total(run: Tally) -> Counts:
    """All frames of one run."""
    return added(run.before, run.latest)


def better(one: Counts, other: Counts) -> Counts:
    """The run of which more sounded, the later of equals."""
    return one if (one.sounded, one.taken) > (other.sounded, other.taken) else other


def counted(airing: Airing, progress: Progress, boot: int) -> Airing:
    """The airing after a PROGRESS; a new sound process or resumption adds to what was before it."""
    if progress.turn != airing.run.turn:
        airing = replace(airing, best=better(airing.best, total(airing.run)), run=Tally(progress.turn))
    run, origin = airing.run, (boot, progress.generation, progress.token)
    latest = Counts(
        progress.taken, progress.sounded, progress.missing, progress.by_cue, progress.loudness, progress.start_error,
        progress.unheard,
    )  # fmt: skip
    before = run.before if origin == run.origin else total(run)
    run = Tally(run.turn, origin, before, latest, max(run.position, progress.position))
    return replace(airing, run=run, heard=airing.heard or progress.taken + progress.unheard > 0)


def told(airing: Airing, sound: SoundState, now: int) -> tuple[Progress, ...]:
    """What the sound process says of an airing, oldest pass first, as PROGRESS; `now` is monotonic ns."""
    reports = [report for report in (sound.last, sound.now) if report is not None and of(airing, report.token)]
    turns = [(int(report.token.rpartition("/")[2]), report) for report in reports]
    return tuple(
        _progress(airing, report, turn, sound.generation, now) for turn, report in turns if turn >= airing.run.turn
    )


def _progress(airing: Airing, report: PlayerReport, turn: int, generation: int, now: int) -> Progress:
    loudness = report.loudness if report.loudness is not None and math.isfinite(report.loudness) else None
    return Progress(
        occurrence=airing.start.occurrence,
        attempt=airing.start.attempt,
        token=report.token,
        turn=turn,
        generation=generation,
        position=max(0, report.position),
        taken=max(0, report.taken),
        sounded=max(0, report.sounded),
        missing=max(0, report.missing),
        by_cue=tuple(max(0, frames) for frames in report.by_cue),
        since_t=now - airing.start.at_mono,
        loudness=loudness,
        start_error=report.start_error,
        unheard=max(0, report.unheard),
    )


def up_to_now(view: View, airing: Airing) -> Airing:
    """The airing as the journal would have it if all that the sound process says were written down."""
    for progress in told(airing, view.inputs.sound, view.now.mono):
        airing = counted(airing, progress, view.state.boot)
    return airing


def closed(
    view: View,
    airing: Airing,
    occurrence: Occurrence,
    cause: Cause | None,
    run: Run | None = None,
    at: int | None = None,
) -> Closed:
    """The closing fact of what had a START; without a forced `cause` the largest part of what is lacking names it."""
    airing = up_to_now(view, airing)
    best = better(airing.best, total(airing.run))
    why = lacking(view, airing, occurrence, best, run, cause)
    return Closed(
        occurrence=occurrence.id,
        version=occurrence.version,
        attempt=airing.start.attempt,
        sounded=millis_of(min(best.sounded, occurrence.frames)),
        due=millis_of(occurrence.frames),
        languages=_languages(occurrence, best.by_cue),
        loudness=best.loudness,
        start_error=best.start_error,
        evidence=(Evidence.FRAMES,) if best.sounded else (),
        cause=why,
        started_at=_started_at(airing) if best.taken else None,
        assets=_assets(occurrence),
        rung=airing.start.rung,
        hushed=_hushed(view, occurrence, _ended(view, run) if at is None else at) if why is Cause.QUIET else "",
    )


MINUTES = "minutes"
"""What is quiet without a silence: the day's minutes of music and rebroadcasts are spent."""


def _ended(view: View, run: Run | None) -> int:
    return view.now.wall if run is None else min(view.now.wall, run.wall_span[1])


def _hushed(view: View, occurrence: Occurrence, at: int) -> str:
    found = hush(occurrence, at, view.silences)
    return MINUTES if found is None else found.source


def _started_at(airing: Airing) -> int:
    since_first = max(0, airing.start.first - airing.late)
    return max(0, airing.start.at_wall - millis_of(since_first))


def quiet(view: View, occurrence: Occurrence, at: int) -> Closed:
    """The closing fact of what a silence kept from its START at `at` (ms UTC)."""
    return missed(occurrence, Cause.QUIET).model_copy(update={"hushed": _hushed(view, occurrence, at)})


def missed(occurrence: Occurrence, cause: Cause) -> Closed:
    """The closing fact of what never had a START."""
    return Closed(
        occurrence=occurrence.id,
        version=occurrence.version,
        attempt=0,
        sounded=0,
        due=millis_of(occurrence.frames),
        languages=_languages(occurrence, ()),
        cause=cause,
        assets=_assets(occurrence),
    )


def _languages(occurrence: Occurrence, by_cue: tuple[int, ...]) -> tuple[Sounded, ...]:
    rows = [row for item in occurrence.items for row in item.rows]
    frames: dict[str, tuple[int, int]] = {}
    for place, row in enumerate(rows):
        sounded, due = frames.get(row.language, (0, 0))
        here = min(row.frames, by_cue[place]) if place < len(by_cue) else 0
        frames[row.language] = (sounded + here, due + row.frames)
    return tuple(
        Sounded(language=language, sounded=millis_of(sounded), due=millis_of(due))
        for language, (sounded, due) in frames.items()
    )


def _assets(occurrence: Occurrence) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.sha256 for item in occurrence.items for row in item.rows))
