"""When and where: the token, T, first, until of what has a START, on the monotonic clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from playlists.models import RATE, NodeSettings, Occurrence, Silence
from playlists.reports import Cause, Rung, Start
from playlists.rules import TONE_FRAMES, clamped, frames_in, hushed_at, precedence
from speaker_node.values import Airing, Documents

MS = 1_000_000
"""Nanoseconds in a millisecond."""
SECOND = 1_000_000_000
SLACK = 300
"""The relay closes, and `next` is given, this much (ms) sooner than the amplifier's warm-up needs."""
GRACE = 2 * SECOND
"""How long (ns) the final word on a sound that is past may take."""


def nanos_of(frames: int) -> int:
    """The ns that frames take, rounded up."""
    return -(-frames * SECOND // RATE)


def token(airing: Airing, turn: int = 0) -> str:
    """Names one stretch of sound: occurrence, attempt, resumptions, pass."""
    return f"{airing.start.occurrence}/{airing.start.attempt}/{airing.resumptions}/{turn}"


def of(airing: Airing, named: str) -> bool:
    """Does a token name a pass of this airing, as last begun or resumed."""
    stem, _, turn = named.rpartition("/")
    return turn.isdecimal() and turn.isascii() and stem == token(airing).rpartition("/")[0]


def begun(start: Start, ends_at: int) -> Occurrence:
    """The occurrence as its START froze it; only the end is the documents'."""
    frozen = Occurrence(
        start.occurrence, start.occurrence.rpartition("-")[0], start.version, start.starts_at, start.starts_at,
        start.start_by, ends_at, start.whole, start.programme_kind, start.priority, start.rank, start.tier,
        start.items, start.source, start.out_of_hours, start.every,
        when_warm=start.source != "plan" and start.every == 0, tone=TONE_FRAMES if start.rung is Rung.TONE else 0,
    )  # fmt: skip
    return clamped(frozen)


@dataclass(frozen=True, slots=True)
class Run:
    """What has a START and does not rest: it holds the floor from `at` to `end` (monotonic ns).

    Frame `first` sounds at `at`, none from `until` on; `limit` says what keeps it from its last frame.
    """

    airing: Airing
    occurrence: Occurrence
    at: int
    first: int
    until: int
    end: int
    limit: Cause | None = None

    @property
    def wall_span(self) -> tuple[int, int]:
        """From when to when it holds the floor, in ms UTC by the offset that its START froze."""
        start = self.airing.start.at_wall
        return start, start + (self.end - self.at) // MS

    def frame_at(self, mono: int) -> int:
        """The frame due at an instant, never before `first`."""
        return max(self.first, self.first + (mono - self.at) * RATE // SECOND)


def runs(airings: Iterable[Airing], documents: Documents, silences: Iterable[Silence], now: int) -> tuple[Run, ...]:
    """All that has a START, does not rest and is still held, in order of precedence, each cut by what outranks it.

    `now`, ms UTC: a silence that is past by then ends nothing, however late its document came.
    """
    settings, silences = documents.settings, [silence for silence in silences if silence.end > now]
    found: list[Run] = []
    for airing in airings:
        held = documents.occurrences.get(airing.start.occurrence)
        if held is not None and not airing.rests:
            found.append(_limited(airing, begun(airing.start, held.ends_at), settings, silences))
    found.sort(key=lambda run: precedence(run.occurrence, begun=True))
    cut: list[Run] = []
    for run in found:
        cut.append(_cut(run, cut))
    return tuple(cut)


def _limited(airing: Airing, occurrence: Occurrence, settings: NodeSettings, silences: Iterable[Silence]) -> Run:
    start = airing.start
    stop, why = occurrence.ends_at, Cause.ENDED
    hushed = hushed_at(occurrence, start.at_wall, silences)
    if hushed is not None and hushed < stop:
        stop, why = hushed, Cause.QUIET
    # All limits keep the offset that START froze: an offset that is corrected meanwhile must not move `until`.
    hard_stop = start.at_mono + (stop - start.at_wall) * MS
    whole = Run(airing, occurrence, start.at_mono, start.first, occurrence.frames, hard_stop)
    if occurrence.every:
        return whole
    limits: tuple[tuple[int, Cause | None], ...] = (
        (occurrence.frames, None),
        (whole.frame_at(hard_stop), why),
        (whole.frame_at(airing.since + settings.longest_on * MS), Cause.LONGEST_ON),
    )
    if start.allowed is not None:
        limits = (*limits, (start.first + frames_in(start.allowed), Cause.QUIET))
    until, limit = min(limits, key=lambda pair: pair[0])
    until = max(until, start.first)
    return replace(whole, until=until, limit=limit, end=start.at_mono + nanos_of(until - start.first))


def _cut(run: Run, higher: list[Run]) -> Run:
    cuts = [other.at for other in higher if other.at < min(run.end, other.end) and other.end > run.at]
    if not cuts:
        return run
    at = max(run.at, min(cuts))
    return replace(run, until=min(run.until, run.frame_at(at)), end=at, limit=Cause.PRE_EMPTED)
