"""What should sound: the rules that a node's core and the office's pages both ask. Times are ms UTC, lengths frames."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from playlists.models import (
    RATE,
    AlertSheet,
    AssetItem,
    NodeSettings,
    Occurrence,
    Plan,
    Priority,
    Silence,
    UnknownItem,
)
from playlists.values import ALARM_KINDS, Kind

LATE_IN_STEP = 5_000
"""Up to this late (ms) an occurrence keeps T at starts_at and joins, in step with its neighbours."""
FULL = 10_000
"""A whole occurrence that nothing held back starts late at a full multiple of this (ms)."""

TONE_FRAMES = 15 * RATE
"""Three rounds of the attention tone: who hears it goes and asks."""

LONGEST_MS = 12 * 3_600_000
"""No entry of a sheet lasts longer from its start (ms)."""
LONGEST_MUTE_MS = 24 * 3_600_000
"""No mute lasts longer from the signing of its sheet (ms)."""
PAUSE_MS = 2_000
"""Between two passes there is at least so much (ms)."""

SHORTEST_MS = 10_000
"""What was cut does not come back for less than this (ms) before it would be cut again."""

HOURS = "hours"
"""The source of a silence that is the time outside a plan's hours: `out_of_hours` passes it."""
LIGHT = frozenset({Kind.MUSIC, Kind.REBROADCAST})
"""What is cut where a notice is said to its end."""

Precedence = tuple[int, int, int, bool, int, str]


def frames_in(millis: int) -> int:
    """Frames that fit into a stretch of ms."""
    return millis * RATE // 1000


def millis_of(frames: int) -> int:
    """The ms that frames take, rounded up."""
    return -(-frames * 1000 // RATE)


def spoken(items: tuple[AssetItem | UnknownItem, ...], languages: Collection[str]) -> tuple[AssetItem, ...]:
    """The items with those rows whose language is spoken, in the order of `languages`; none: the item's first row."""
    return tuple(_spoken(item, languages) for item in items if isinstance(item, AssetItem))


def _spoken(item: AssetItem, languages: Collection[str]) -> AssetItem:
    rows = tuple(row for language in dict.fromkeys(languages) for row in item.rows if row.language == language)
    return AssetItem(rows=rows or item.rows[:1])


def agree(kind: Kind, priority: Priority) -> bool:
    """Whether an entry's kind and priority go together: no flag makes a drill an alarm, nor play now an emergency."""
    if kind in ALARM_KINDS:
        return priority is (Priority.PRIORITY if kind is Kind.DRILL else Priority.EMERGENCY)
    return priority is not Priority.EMERGENCY


def clamped(occurrence: Occurrence) -> Occurrence:
    """An occurrence of a sheet without what no honest sheet says: longer than 12 h, or passes that overlap."""
    if occurrence.source == "plan":
        return occurrence
    ends_at = min(occurrence.ends_at, occurrence.starts_at + LONGEST_MS)
    every = max(occurrence.every, millis_of(occurrence.frames) + PAUSE_MS) if occurrence.every else 0
    start_by = min(occurrence.start_by, ends_at)
    return replace(occurrence, ends_at=ends_at, start_by=start_by, every=every)


def mute_end(sheet: AlertSheet) -> int:
    """Until when (ms UTC) a sheet mutes; 0: it does not. One that is not signed yet has no `issued_at`."""
    return min(sheet.mute_until, sheet.issued_at + LONGEST_MUTE_MS) if sheet.issued_at else sheet.mute_until


def due(occurrence: Occurrence, now: int, begun: bool = False) -> bool:
    """In its window: from starts_at, begun or within start_by, not past ends_at."""
    return occurrence.starts_at <= now < occurrence.ends_at and (begun or now <= occurrence.start_by)


def over(occurrence: Occurrence, now: int, begun: bool = False) -> bool:
    """Its window is past: it can never be due again."""
    return now >= occurrence.ends_at or (not begun and now > occurrence.start_by)


def hushes(plan: Plan) -> tuple[Silence, ...]:
    """The silences of a plan, and the stretches of its window in which no routine may begin: outside its hours."""
    ends = [plan.window.start, *(hours.end for hours in plan.hours)]
    starts = [*(hours.start for hours in plan.hours), plan.window.end]
    closed = [(end, start) for end, start in zip(sorted(ends), sorted(starts), strict=True) if end < start]
    outside = (Silence(start=begin, end=end, source=HOURS) for begin, end in closed if plan.hours)
    return (*plan.silences, *outside)


def hush(occurrence: Occurrence, at: int, silences: Iterable[Silence]) -> Silence | None:
    """What keeps it from beginning or going on at this instant, if anything does: never an emergency."""
    if occurrence.emergency:
        return None
    return next((s for s in silences if s.start <= at < s.end and _meant(s, occurrence)), None)


def permitted(occurrence: Occurrence, at: int, silences: Iterable[Silence]) -> bool:
    """May it begin or go on at this instant: a silence forbids routine, all of it or some kinds, never an emergency."""
    return hush(occurrence, at, silences) is None


def ended_by(occurrence: Occurrence, at: int, silences: Iterable[Silence]) -> Silence | None:
    """What ends it at this instant though it sounds or is paused: as `hush`, but the end of the hours ends music and
    rebroadcasts only."""
    return hush(occurrence, at, (s for s in silences if _ends(s, occurrence)))


def day_start(days: Collection[int], at: int) -> int:
    """The local midnight (ms UTC) before an instant; 0: none is known."""
    return max((day for day in days if day <= at), default=0)


def is_light(occurrence: Occurrence) -> bool:
    """What the minutes of a day shorten."""
    return occurrence.kind in LIGHT and not occurrence.emergency


def gain(plan: Plan | None, priority: Priority, at: int) -> float:
    """How loud (dB) a priority sounds at an instant (ms UTC)."""
    settings = NodeSettings() if plan is None else plan.settings
    usual = {
        Priority.NORMAL: settings.gain_normal,
        Priority.PRIORITY: settings.gain_priority,
        Priority.EMERGENCY: settings.gain_emergency,
    }[priority]
    volumes = () if plan is None else plan.volumes
    return next((v.gain for v in volumes if v.priority is priority and v.start <= at < v.end), usual)


def hushed_at(occurrence: Occurrence, since: int, silences: Iterable[Silence]) -> int | None:
    """The first instant after `since` at which a silence ends it if it sounds, or None."""
    begins = (s.start for s in silences if since < s.start < s.end and _ends(s, occurrence))
    return None if occurrence.emergency else min(begins, default=None)


def _meant(silence: Silence, occurrence: Occurrence) -> bool:
    if silence.source == HOURS:
        return not occurrence.out_of_hours
    return not silence.kinds or occurrence.kind in silence.kinds


def _ends(silence: Silence, occurrence: Occurrence) -> bool:
    return _meant(silence, occurrence) and (silence.source != HOURS or occurrence.kind in LIGHT)


def precedence(occurrence: Occurrence, begun: bool = False) -> Precedence:
    """A key, smaller wins: priority; of emergencies tier, rank, later start; else rank, begun, earlier start; id."""
    if occurrence.priority is Priority.EMERGENCY:
        return (-occurrence.priority, occurrence.tier, -occurrence.rank, False, -occurrence.starts_at, occurrence.id)
    return (-occurrence.priority, 0, -occurrence.rank, not begun, occurrence.starts_at, occurrence.id)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Frame `first` sounds at `at` (ms UTC)."""

    at: int
    first: int


def begin(
    occurrence: Occurrence, now: int, lead: int = 0, held_until: int = 0, again: bool = False
) -> Beginning | None:
    """When and where an occurrence that is not sounding begins, or None: never.

    `lead`: ms until the relay can be warm. `held_until`: planned end of what holds it back. `again`: second attempt.
    """
    at = max(now + lead, occurrence.starts_at, held_until)
    found = _beginning(occurrence, at, held_until, again)
    time_zero = found.at - found.first * 1000 // RATE
    in_time = max(now, occurrence.starts_at, held_until, time_zero) <= occurrence.start_by
    sounds = found.first < occurrence.frames and found.at < occurrence.ends_at
    return found if in_time and sounds else None


def _beginning(occurrence: Occurrence, at: int, held_until: int, again: bool) -> Beginning:
    late = at - occurrence.starts_at
    if occurrence.every:
        if 0 < late <= LATE_IN_STEP and occurrence.kind in ALARM_KINDS:
            # The sheet was on its way too long: better a little after the neighbours than a whole pass.
            return Beginning(at, 0)
        return Beginning(occurrence.starts_at + -(-late // occurrence.every) * occurrence.every, 0)
    out_of_step = late > LATE_IN_STEP or frames_in(late) >= occurrence.frames
    if occurrence.whole and (again or (out_of_step and not occurrence.when_warm)):
        return Beginning(at if at == held_until else -(-at // FULL) * FULL, 0)
    if occurrence.when_warm:
        return Beginning(at, 0)
    return Beginning(at, frames_in(late))


class Reason(StrEnum):
    """Why a row of `resolve` stands as it does."""

    ON_TIME = "on_time"
    HELD_BACK = "held_back"
    CUT = "cut"
    RESUMED = "resumed"
    PRE_EMPTED = "pre_empted"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What becomes of one occurrence: it sounds from `start` to `end` (equal: not at all); `by`: what is in its way.
    What goes on after it was cut has a row for each stretch."""

    occurrence: Occurrence
    start: int
    end: int
    reason: Reason
    by: str | None = None


def resolve(
    occurrences: Iterable[Occurrence],
    settings: NodeSettings,
    start: int,
    end: int,
    withdrawn: Collection[str] = (),
    silences: Collection[Silence] = (),
    days: Collection[int] = (),
    minutes: int | None = None,
) -> tuple[Resolved, ...]:
    """What a node that is on, with all it needs ready, sounds of these from `start` to `end`, in order of starts_at.
    What answers another sounds only where that did.

    What is withdrawn, or has nothing to sound, has no row.
    """
    held = [o for o in occurrences if o.id not in withdrawn and o.starts_at < end and o.ends_at > start]
    heard = [_heard(o, settings.languages) for o in held if o.frames or o.falls_back]
    rows = _Day(heard, silences, days, minutes).rows()
    return tuple(sorted(rows, key=lambda row: (row.occurrence.starts_at, row.start, row.occurrence.id)))


def _heard(occurrence: Occurrence, languages: Collection[str]) -> Occurrence:
    tone = 0 if occurrence.frames else TONE_FRAMES
    return clamped(replace(occurrence, items=spoken(occurrence.items, languages), tone=tone))


class _Day:
    """A node's turns in thought, from one instant (ms) that matters to the next, with a relay that is always warm."""

    def __init__(
        self,
        occurrences: Iterable[Occurrence],
        silences: Collection[Silence],
        days: Collection[int],
        minutes: int | None,
    ) -> None:
        self.days, self.minutes = days, minutes
        self.coming = sorted(occurrences, key=lambda o: o.starts_at, reverse=True)
        self.silences = silences
        self.now = 0
        self.pending: list[Occurrence] = []
        self.paused: dict[str, tuple[Occurrence, int]] = {}
        self.silent: list[Resolved] = []
        self.sounding: list[Resolved] = []
        self.floor: Resolved | None = None
        self.first = 0

    def rows(self) -> list[Resolved]:
        while (instant := min(self._instants(), default=None)) is not None:
            self.now = instant
            self._come()
            while (best := self._best()) is not None and best[1].at == instant:
                self._begin(*best)
        self._drop(self.pending)
        return self.silent + self.sounding

    def _instants(self) -> Iterator[int]:
        if self.coming:
            yield self.coming[-1].starts_at
        if self.floor is not None and self.floor.end > self.now:
            yield self.floor.end
        yield from (found.at for _, found in self._contenders() if found.at > self.now)
        for occurrence, _ in self.paused.values():
            first = hushed_at(occurrence, self.now, self.silences)
            yield from () if first is None else (first,)

    def _come(self) -> None:
        while self.coming and self.coming[-1].starts_at <= self.now:
            self.pending.append(self.coming.pop())
        self._drop([o for o in self.pending if over(o, self.now)])
        hushed = [o.id for o, _ in self.paused.values() if ended_by(o, self.now, self.silences)]
        self.paused = {id_: each for id_, each in self.paused.items() if id_ not in hushed}

    def _drop(self, missed: list[Occurrence]) -> None:
        self.silent += [_silent(o, Reason.PRE_EMPTED, self.sounding) for o in missed if self._concerned(o)]
        self.pending = [o for o in self.pending if o not in missed]

    def _contenders(self) -> Iterator[tuple[Occurrence, Beginning]]:
        for occurrence in filter(self._concerned, self.pending):
            found = begin(occurrence, self.now, held_until=self._held_until(occurrence))
            if found is not None:
                yield occurrence, found
        for occurrence, first in self.paused.values():
            found = self._going_on(occurrence, first)
            if found is not None and not self._soon(occurrence, found.at + SHORTEST_MS):
                yield occurrence, found

    def _soon(self, occurrence: Occurrence, until: int) -> bool:
        """Something higher is to begin before then."""
        coming = takewhile(lambda each: each.starts_at < until, reversed(self.coming))
        return any(cuts(each, occurrence, self.silences) for each in coming)

    def _concerned(self, occurrence: Occurrence) -> bool:
        """What answers others airs only where one of those sounded."""
        return not occurrence.answers or any(row.occurrence.id in occurrence.answers for row in self.sounding)

    def _going_on(self, occurrence: Occurrence, first: int) -> Beginning | None:
        """Where what was cut goes on: an emergency with another pass."""
        at = max(self.now, self._held_until(occurrence))
        if occurrence.every:
            at = occurrence.starts_at + -(-(at - occurrence.starts_at) // occurrence.every) * occurrence.every
        first = 0 if occurrence.every or occurrence.emergency else first
        return Beginning(at, first) if at < occurrence.ends_at else None

    def _key(self, occurrence: Occurrence) -> Precedence:
        return precedence(occurrence, occurrence.id in self.paused)

    def _held_until(self, occurrence: Occurrence) -> int:
        """The planned end of what sounds, if that outranks it."""
        floor = self.floor
        return floor.end if floor and precedence(floor.occurrence, begun=True) < self._key(occurrence) else 0

    def _best(self) -> tuple[Occurrence, Beginning] | None:
        """The highest that begins now, or waits for an instant at which it may sound."""
        able = [
            (occurrence, found)
            for occurrence, found in self._contenders()
            if found.at == self.now or permitted(occurrence, found.at, self.silences)
        ]
        return min(able, key=lambda pair: self._key(pair[0]), default=None)

    def _begin(self, occurrence: Occurrence, found: Beginning) -> None:
        again = self.paused.pop(occurrence.id, None) is not None
        if not again:
            self.pending.remove(occurrence)
        left = self._left(occurrence, found.at)
        if not permitted(occurrence, found.at, self.silences) or left == 0:
            self.silent += [] if again else [_silent(occurrence, Reason.QUIET, self.sounding)]
            return
        if self.floor is not None and self.now < self.floor.end:
            self._cut(self.floor, occurrence)
        row = _sounding(occurrence, found, self.sounding)
        row = replace(row, reason=Reason.RESUMED, by=self.sounding[-1].occurrence.id) if again else row
        row = _hushed(row, self.silences)
        if left is not None and row.start + left < row.end:
            row = replace(row, end=row.start + left, reason=Reason.QUIET, by=None)
        self.floor, self.first = row, found.first
        self.sounding.append(self.floor)

    def _left(self, occurrence: Occurrence, at: int) -> int | None:
        """For how long (ms) music and rebroadcasts may still sound on that day; None: without a limit."""
        if self.minutes is None or not is_light(occurrence):
            return None
        day = day_start(self.days, at)
        spent = sum(row.end - row.start for row in self.sounding if is_light(row.occurrence) and row.start >= day)
        return max(0, self.minutes - spent)

    def _cut(self, floor: Resolved, by: Occurrence) -> None:
        self.sounding[-1] = replace(floor, end=self.now, reason=Reason.CUT, by=by.id)
        self.paused[floor.occurrence.id] = floor.occurrence, self.first + frames_in(self.now - floor.start)


def cuts(coming: Occurrence, paused: Occurrence, silences: Collection[Silence]) -> bool:
    """Whether what is to begin at its time would cut what goes on."""
    return precedence(coming) < precedence(paused, begun=True) and permitted(coming, coming.starts_at, silences)


def _hushed(row: Resolved, silences: Collection[Silence]) -> Resolved:
    """A row as a silence that begins while it sounds leaves it."""
    first = hushed_at(row.occurrence, row.start, silences)
    return row if first is None or first >= row.end else replace(row, end=first, reason=Reason.QUIET, by=None)


def _silent(occurrence: Occurrence, reason: Reason, sounding: list[Resolved]) -> Resolved:
    by = None if reason is Reason.QUIET else _holder(occurrence, occurrence.start_by, sounding)
    return Resolved(occurrence, occurrence.starts_at, occurrence.starts_at, reason, by)


def _holder(occurrence: Occurrence, until: int, sounding: list[Resolved]) -> str | None:
    held = (row.occurrence.id for row in sounding if row.start <= until and row.end > occurrence.starts_at)
    return next(held, None)


def _sounding(occurrence: Occurrence, found: Beginning, sounding: list[Resolved]) -> Resolved:
    length = occurrence.ends_at - found.at if occurrence.every else millis_of(occurrence.frames - found.first)
    end = min(found.at + length, occurrence.ends_at)
    if found.at > occurrence.starts_at:
        return Resolved(occurrence, found.at, end, Reason.HELD_BACK, _holder(occurrence, found.at, sounding))
    return Resolved(occurrence, found.at, end, Reason.ON_TIME)
