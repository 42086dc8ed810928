"""What was decided, written down by the workload itself: the oracle's truth, reckoned without the code under test.

Moments are ms UTC, days are local days since 1970 in Việt Nam (UTC+7 all year). A broadcast has bases (from a day on)
and, by nominal start, what single airings were changed to; what has begun stands as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.simulation.sounds import COMMUNE, audio
from tests.simulation.types import Decided, NodeSpec

HOUR, DAY, MINUTE, SHIFT = 3_600_000, 86_400_000, 60_000, 7 * 3_600_000
ALLOWANCE = 10 * MINUTE
SKIP, NOW = 5_000, 10 * MINUTE


def day_of(ms: int) -> int:
    """The local day of a moment."""
    return (ms + SHIFT) // DAY


def at(day: int, minute: int) -> int:
    """A local time of a day."""
    return day * DAY + minute * MINUTE - SHIFT


@dataclass(frozen=True, slots=True)
class Base:
    """What a version says from a day on: times in local minutes, areas, a recording, how late in ms or its length.

    `first`: the first day on which it is heard.
    """

    day: int
    first: int
    times: tuple[int, ...]
    areas: tuple[str, ...]
    recording: int
    late: int | None = SKIP


@dataclass(frozen=True, slots=True)
class Named:
    """What a single airing was changed to; None is left."""

    skip: bool = False
    starts_at: int | None = None
    areas: tuple[str, ...] | None = None
    recording: int | None = None


@dataclass
class Booked:
    """A broadcast: its newest version, its last day, its bases in order, its named airings."""

    id: str
    number: int
    last_day: int
    bases: list[Base]
    named: dict[int, Named] = field(default_factory=dict)
    rank: int = 0
    priority: bool = False

    def nominals(self, first: int, last: int) -> list[int]:
        """The nominal starts on local days."""
        days = range(first, min(last, self.last_day) + 1)
        return sorted(
            at(day, minute) for day in days for base in self._base(day) for minute in base.times if day >= base.first
        )

    def _base(self, day: int) -> Iterable[Base]:
        known = [base for base in self.bases if base.day <= day]
        return known[-1:]

    def says(self, nominal: int) -> tuple[Base, Named]:
        """What counts for one airing."""
        (base,) = self._base(day_of(nominal))
        return base, self.named.get(nominal, Named())

    def copy(self) -> Booked:
        """As it is now."""
        return replace(self, bases=list(self.bases), named=dict(self.named))


@dataclass(frozen=True, slots=True)
class Quiet:
    """A mute or a silence on nodes, decided at `since`; `kinds` empty: of all routine."""

    id: str
    nodes: frozenset[str]
    begin: int
    end: int
    since: int
    kinds: tuple[str, ...] = ()


class Book:
    """The decisions of a world; `copy` is what a backup remembers."""

    def __init__(self, nodes: Sequence[NodeSpec]) -> None:
        self.nodes = nodes
        self.broadcasts: dict[str, Booked] = {}
        self.stands: dict[str, Decided] = {}
        self.before: dict[str, tuple[Decided, ...]] = {}
        self.owner: dict[str, str] = {}
        self.waiting: dict[str, tuple[frozenset[str], int]] = {}
        self.quiets: dict[str, Quiet] = {}
        self.acts: list[tuple[str, str]] = []
        self.uncertain: set[str] = set()
        self.taken_back: set[str] = set()

    def hearers(self, areas: Iterable[str]) -> frozenset[str]:
        """The nodes in areas."""
        named = set(areas)
        return frozenset(each.id for each in self.nodes if COMMUNE in named or named & set(each.zones))

    def decide(self, booked: Booked, now: int) -> None:
        """A broadcast as it is now: what has not begun is reckoned anew."""
        self.broadcasts[booked.id] = booked
        first = min(day_of(now), booked.bases[0].day)
        wanted = dict(self._expanded(booked, first))
        for occurrence, was in list(self.stands.items()):
            ours = self.owner[occurrence] == booked.id
            if ours and was.starts_at > now and was.withdrawn is None and occurrence not in wanted:
                self._put(occurrence, replace(was, withdrawn=now))
        for occurrence, said in wanted.items():
            known = self.stands.get(occurrence)
            begun = known is not None and known.starts_at <= now
            if not begun and said.starts_at > now and not _same(known, said):
                self.owner[occurrence] = booked.id
                self._put(occurrence, replace(said, since=now))

    def withdraw(self, broadcast: str, now: int) -> None:
        """The broadcast as a whole is taken back."""
        del self.broadcasts[broadcast]
        for occurrence, was in list(self.stands.items()):
            if self.owner[occurrence] == broadcast and was.ends_at > now and was.withdrawn is None:
                self.taken_back.add(occurrence)
                self._put(occurrence, replace(was, withdrawn=now))

    def stop(self, occurrence: str, now: int) -> None:
        """One airing is stopped, or a play now taken back before its release."""
        self.waiting.pop(occurrence, None)
        was = self.stands.get(occurrence)
        if was is not None and was.withdrawn is None:
            self.taken_back.add(occurrence)
            self._put(occurrence, replace(was, withdrawn=now))

    def play(self, occurrence: str, areas: Iterable[str], recording: int) -> None:
        """A play now was asked for; its moments are set at its release."""
        self.waiting[occurrence] = self.hearers(areas), audio(recording)[1]

    def released(self, occurrence: str, starts_at: int, now: int) -> None:
        """The moments of a play now are set."""
        nodes, length = self.waiting.pop(occurrence)
        start_by = starts_at + NOW
        self.owner[occurrence] = ""
        self._put(occurrence, Decided(nodes, starts_at, start_by, start_by + length + ALLOWANCE, now))

    def end_quiet(self, name: str, now: int) -> None:
        """A mute or silence is lifted."""
        self.quiets[name] = replace(self.quiets[name], end=min(now, self.quiets[name].end))

    def copy(self) -> Book:
        """What a backup made now remembers."""
        made = Book(self.nodes)
        made.broadcasts = {name: each.copy() for name, each in self.broadcasts.items()}
        made.stands, made.before, made.owner = dict(self.stands), dict(self.before), dict(self.owner)
        made.waiting, made.quiets, made.acts = dict(self.waiting), dict(self.quiets), list(self.acts)
        made.uncertain, made.taken_back = set(self.uncertain), set(self.taken_back)
        return made

    def restored(self, backup: Book, now: int) -> None:
        """The database is a backup's again. What it forgot may still sound where an older document says so."""
        old = backup.copy()
        known, self.broadcasts, self.waiting = self.stands, old.broadcasts, old.waiting
        self.stands, self.acts, self.quiets, self.taken_back = dict(known), old.acts, old.quiets, old.taken_back
        for occurrence, was in known.items():
            then = old.stands.get(occurrence)
            if then == was:
                continue
            self.uncertain.add(occurrence)
            if then is not None:
                self._put(occurrence, replace(then, since=now))
            elif was.withdrawn is None and was.ends_at > now:
                self._put(occurrence, replace(was, withdrawn=now))

    def _expanded(self, booked: Booked, first: int) -> Iterable[tuple[str, Decided]]:
        for nominal in booked.nominals(first, booked.last_day):
            base, named = booked.says(nominal)
            if named.skip:
                continue
            starts_at = nominal if named.starts_at is None else named.starts_at
            length = audio(base.recording if named.recording is None else named.recording)[1]
            start_by = starts_at + (length if base.late is None else base.late)
            nodes = self.hearers(base.areas if named.areas is None else named.areas)
            yield f"{booked.id}-{nominal}", Decided(nodes, starts_at, start_by, start_by + length + ALLOWANCE)

    def _put(self, occurrence: str, said: Decided) -> None:
        was = self.stands.get(occurrence)
        if was is not None:
            self.before[occurrence] = (*self.before.get(occurrence, ()), was)
        self.stands[occurrence] = said


def _same(known: Decided | None, said: Decided) -> bool:
    return known is not None and replace(known, since=0) == replace(said, since=0)


def standing(stands: Mapping[str, Decided], now: int) -> list[str]:
    """The occurrences that still stand and have not begun, in order of their start."""
    ahead = [(each.starts_at, name) for name, each in stands.items() if each.starts_at > now and each.withdrawn is None]
    return [name for _, name in sorted(ahead)]
