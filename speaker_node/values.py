"""What the node's pure modules and its adapters exchange: frozen values, no behaviour that could surprise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from playlists.book import MessageBook
from playlists.models import (
    AlertSheet,
    AssetItem,
    BookFile,
    Kind,
    NodeSettings,
    Occurrence,
    Plan,
    Priority,
    SheetEntry,
    Silence,
)
from playlists.reports import AmplifierFault, Cause, Fact, Held, Mark, RequestDone, Start, StoreState, Trust
from playlists.rules import clamped, hushes, mute_end, spoken
from playlists.values import Slots


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant: wall time (ms UTC), monotonic (ns), how sure the wall time is (bound in ms), the agent's boot.

    `mono` is the very instant at which `wall` began, or T would be off by what the milliseconds cut away. `source`: who
    vouched for it last; `disputed`: two sources differ by more than their bounds; `rtc`: the hardware clock is right.
    """

    wall: int
    mono: int
    trust: Trust = Trust.HELD
    bound: int = 0
    boot: int = 1
    source: str = ""
    disputed: bool = False
    rtc: bool | None = None

    def mono_of(self, wall: int) -> int:
        """The monotonic instant (ns) of a wall time (ms), by this moment's offset."""
        return self.mono + (wall - self.wall) * 1_000_000

    def wall_of(self, mono: int) -> int:
        """The wall time (ms) of a monotonic instant (ns), by this moment's offset."""
        return self.wall + (mono - self.mono) // 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The machine's clock and the monotonic clock, read together (both ns).

    `synchronised`: what the kernel says of its clock, and `bound` (ms) how far it may be off; None: nobody asks, the
    machine's clock is taken as it is. `rtc`: wall time at monotonic 0 (ns) by the hardware clock; `rtc_kept`: whether
    there is one that kept its time. `machine`: changes when the machine went down, and with it the monotonic clock.
    """

    wall_ns: int
    mono: int
    synchronised: bool | None = None
    bound: int | None = None
    rtc: int | None = None
    rtc_kept: bool | None = None
    machine: str = ""

    @property
    def offset(self) -> int:
        """Wall time at monotonic 0 (ns)."""
        return self.wall_ns - self.mono


@dataclass(frozen=True, slots=True)
class Cue:
    """One stretch of a programme: an asset and its exact frames; no hash: not ready, its time stays silent.

    `tone`: in place of an asset a built-in sound that needs no file, by its name: `test` or `attention`.
    """

    sha256: str | None
    frames: int
    language: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """What is to sound: programme frame `first` at `at`, nothing from `until` on (both monotonic ns), `gain` in dB."""

    token: str
    cues: tuple[Cue, ...]
    at: int
    first: int
    until: int
    gain: float = 0.0

    def same_as(self, other: Sound | None) -> bool:
        """Equal in all but the cues, by which adapters compare."""
        return other is not None and (self.token, self.at, self.first, self.until, self.gain) == (
            other.token, other.at, other.first, other.until, other.gain)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """A level on which the adapters converge: the relay (and who caused it), the sound now, the sound next."""

    relay: bool = False
    cause: str = ""
    now: Sound | None = None
    next: Sound | None = None


@dataclass(frozen=True, slots=True)
class PlayerReport:
    """What the sound process says of one token.

    Frames: `position` next to be output, `taken` of real content by the device, `sounded` of those above the stated
    level, `missing` silent for want of an asset or decoder. `start_error` in µs, `loudness` in dBFS. `unheard`: what
    the device took while the relay was not known to be closed, which `taken`, `sounded`, `by_cue` then leave out.
    """

    token: str
    position: int
    taken: int
    sounded: int
    missing: int = 0
    by_cue: tuple[int, ...] = ()
    loudness: float | None = None
    start_error: int | None = None
    ended: bool = False
    unheard: int = 0


@dataclass(frozen=True, slots=True)
class SoundState:
    """The sound process as the agent sees it; `last` is the final report of the token before the present one.

    `generation` rises with each start of the process within a boot of the agent; a new one counts frames from 0.
    `level`: dBFS of what sounds now. `device`: the one in use. `because`: why the process was last started anew, seen
    at `because_at` (monotonic ns).
    """

    alive: bool = False
    generation: int = 0
    device_ok: bool = False
    error: str = ""
    now: PlayerReport | None = None
    last: PlayerReport | None = None
    level: float | None = None
    device: str = ""
    because: str = ""
    because_at: int = 0

    def report(self, token: str) -> PlayerReport | None:
        """The newest report of a token, if this process still knows it."""
        return next((r for r in (self.now, self.last) if r is not None and r.token == token), None)


@dataclass(frozen=True, slots=True)
class AmplifierState:
    """The relay as the guard holds it: closed since (monotonic ns) or open (None); `read_back` only where wired.

    `fault`: by read-back, or the pins themselves. `generation` rises with each start of the guard; `because`: why it
    was last started anew, seen at `because_at` (monotonic ns).
    """

    alive: bool = False
    closed_since: int | None = None
    read_back: bool | None = None
    fault: AmplifierFault | None = None
    generation: int = 0
    because: str = ""
    because_at: int = 0


@dataclass(frozen=True, slots=True)
class LibraryState:
    """How the library is: what keeps it from holding what is wanted, assets quarantined lately because their bytes had
    changed on the disk, and assets on their way."""

    error: str = ""
    quarantined: int = 0
    fetching: int = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the node observes now: assets that are ready, the sound process as it is believed, the relay; `answered`:
    the office has answered this connection's nonce."""

    ready: frozenset[str] = frozenset()
    sound: SoundState = SoundState()
    amplifier: AmplifierState = AmplifierState()
    answered: bool = False


@dataclass(frozen=True)
class Documents:
    """The accepted documents: the plan, the sheet of each (zone, issuer), and the message books that were read, in the
    order in which a message is looked for."""

    plan: Plan | None = None
    sheets: Mapping[tuple[str, str], AlertSheet] = field(default_factory=dict)
    books: tuple[MessageBook, ...] = ()

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """Occurrence ids that any sheet withdraws."""
        return frozenset(i for sheet in self.sheets.values() for i in sheet.withdrawn)

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """All stretches in which routine is not to sound: those of the plan, also outside its hours, and the mute of
        each sheet."""
        mutes = (Silence(start=0, end=mute_end(each), source="mute") for each in self.sheets.values())
        return (*(() if self.plan is None else hushes(self.plan)), *(mute for mute in mutes if mute.end))

    @cached_property
    def occurrences(self) -> Mapping[str, Occurrence]:
        """Every occurrence held, by id; the plan's row stands before a sheet's."""
        found: dict[str, Occurrence] = {}
        for sheet in self.sheets.values():
            found |= {entry.id: self._spoken(entry, sheet.source) for entry in sheet.occurrences}
        if self.plan is not None:
            found |= {occurrence.id: occurrence for occurrence in self.plan.occurrences()}
        return found

    @cached_property
    def by_start(self) -> tuple[Occurrence, ...]:
        """Every occurrence held, the earliest first: a month's are looked through without touching each."""
        return tuple(sorted(self.occurrences.values(), key=lambda occurrence: occurrence.starts_at))

    @property
    def settings(self) -> NodeSettings:
        """The plan's settings, the defaults without a plan."""
        return NodeSettings() if self.plan is None else self.plan.settings

    def message(self, name: str, kind: Kind, slots: Slots) -> tuple[AssetItem, ...]:
        """A prepared message as this node says it, from the first book that holds it."""
        languages = self.settings.languages
        return next(filter(None, (book.items(name, kind, slots, languages) for book in self.books)), ())

    def cores(self, id_: str) -> tuple[frozenset[str], ...]:
        """Of an entry, sets of assets of which one must be ready, or it says nothing."""
        entry = self._entries.get(id_)
        if entry is None:
            return ()
        languages = self.settings.languages
        rows = (row for item in spoken(entry.items, languages) for row in item.rows)
        prepared = (book.cores(entry.message or "", entry.kind, languages) for book in self.books)
        return (*next(filter(None, prepared), ()), *(frozenset((row.sha256,)) for row in rows))

    def pinned(self, id_: str) -> tuple[tuple[AssetItem, ...], ...]:
        """The messages that may stand in for an emergency that cannot be said, the first choice first."""
        entry = self._entries.get(id_)
        if entry is None or (entry.answers and entry.kind is Kind.ALARM):
            return ()
        names = dict.fromkeys(each.name for book in self.books for each in book.messages if each.kind is entry.kind)
        return tuple(filter(None, (self.message(name, entry.kind, entry.slots) for name in names)))

    @cached_property
    def _entries(self) -> Mapping[str, SheetEntry]:
        return {entry.id: entry for sheet in self.sheets.values() for entry in sheet.occurrences}

    def _spoken(self, entry: SheetEntry, source: str) -> Occurrence:
        prepared = () if entry.message is None else self.message(entry.message, entry.kind, entry.slots)
        own = spoken(entry.items, self.settings.languages)
        return clamped(replace(entry.occurrence(source), items=(*prepared, *own)))


@dataclass(frozen=True, slots=True)
class Counts:
    """Frames as in PlayerReport, added up over sound processes and resumptions."""

    taken: int = 0
    sounded: int = 0
    missing: int = 0
    by_cue: tuple[int, ...] = ()
    loudness: float | None = None
    start_error: int | None = None
    unheard: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What the journal says of one run (an attempt, or one pass of it): `before` by earlier sound processes or
    resumptions, `latest` by `origin` (boot, generation, token); `position`: the frame after the furthest output."""

    turn: int = 0
    origin: tuple[int, int, str] = (0, 0, "")
    before: Counts = Counts()
    latest: Counts = Counts()
    position: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Interrupted at `frame` by another occurrence of that source, which was to end at `until` (ms UTC)."""

    frame: int
    by: str
    source: str
    until: int


@dataclass(frozen=True, slots=True)
class Airing:
    """An open START: `start` as last resumed, `late` the frame at which its attempt began.

    `since`: monotonic instant (ns) of the newest START or RESUMED; `reached`: the wall time (ms UTC, by the offset that
    START froze) up to which PROGRESS carries it. `rests`: interrupted, by a boot or a pause, and not
    resumed. `heard`: a frame of this attempt may have been output. `noted`: monotonic instant of the last PROGRESS of
    this boot. `gap`: frames jumped over by resumptions. `best`: the best run before the present one. `stopped`: by the
    box's STOP. `pause`: why it rests, if something higher interrupted it; `cut`: that has happened.
    """

    start: Start
    since: int
    late: int = 0
    resumptions: int = 0
    rests: bool = False
    heard: bool = False
    noted: int | None = None
    gap: int = 0
    run: Tally = Tally()
    best: Counts = Counts()
    stopped: bool = False
    reached: int = 0
    pause: Pause | None = None
    cut: bool = False

    @property
    def emergency(self) -> bool:
        return self.start.priority is Priority.EMERGENCY


@dataclass(frozen=True, slots=True)
class Local:
    """A local occurrence: the tone that a Request asked for, of so many frames, at `gain` in dB (None: routine's).

    `at`: its T (monotonic ns), None while it waits. `ended`: why it is over before its end.
    """

    id: str
    action: str
    expires_at: int
    frames: int
    gain: float | None
    at: int | None = None
    ended: Cause | None = None

    @property
    def token(self) -> str:
        """Names its sound; no occurrence has such a token."""
        return f"local/{self.id}"


@dataclass(frozen=True, slots=True)
class Done:
    """An occurrence that is closed: whether it had a START, from when to when it held the floor, when that was said
    (ms UTC)."""

    begun: bool
    start: int
    end: int
    told_at: int


@dataclass(frozen=True, slots=True)
class Timed:
    """An instant as it was journalled: wall time (ms UTC), monotonic (ns), whether the time was known."""

    wall: int
    mono: int
    sure: bool


@dataclass(frozen=True)  # copied for each event
class State:
    """What the journal says, and nothing else: the fold of its events by `playout.evolve`.

    `booted_at`: wall time of this boot. `stream_since`: wall time at which a new stream began (0: an old one); `fresh`:
    it has had no Welcome; `welcomed_at`: wall time of that first Welcome (0: none). `airings`: what is open; `done`:
    what is closed, here or in another stream. `accepted`: wall time of each source's newest document of this boot.
    `rested_at`, `rested`: when (monotonic ns, this boot) a sound was last closed, and its token. `locals`: local
    occurrences in the order in which they were asked for; `silence`: the one that the box's SILENCE began.
    `light`: of music and rebroadcasts closed lately, when they began and how long they sounded (ms UTC, ms).
    `clock_at`: wall time at which this boot came to know the time after it had not (0: it always did). `floor`, `mark`:
    of the clock, and `book`, the message book that stands, from the newest CHECKPOINT that names them. `timed`: the
    newest event's instant; `unsure`: what was noted while nobody knew the time, and is put right as soon as somebody
    does.
    """

    boot: int = 0
    booted_at: int = 0
    stream_since: int = 0
    fresh: bool = False
    welcomed_at: int = 0
    airings: Mapping[str, Airing] = field(default_factory=dict)
    done: Mapping[str, Done] = field(default_factory=dict)
    accepted: Mapping[str, int] = field(default_factory=dict)
    rested_at: int | None = None
    rested: str = ""
    locals: Mapping[str, Local] = field(default_factory=dict)
    silence: Silence | None = None
    clock_at: int = 0
    floor: int = 0
    mark: Mark | None = None
    book: BookFile | None = None
    light: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    timed: Timed | None = None
    unsure: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows: facts to journal, the target to hold, the monotonic instant (ns) at which to ask again."""

    facts: tuple[Fact, ...] = ()
    target: Target = Target()
    ask_again: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What the machine says of this start: its boot id, how the service ended last (systemd's word; empty: unknown),
    and the last wall time (ms UTC) that it wrote down while the agent was sure of it (0: none)."""

    machine: str = ""
    result: str = ""
    alive: int = 0


class StoreError(Exception):
    """The store could not be read or written; what was asked did not happen. Trying later may help. `state`: the step
    of the status that it means."""

    def __init__(self, text: str, state: StoreState = StoreState.FAILED) -> None:
        super().__init__(text)
        self.state = state


class Damaged(StoreError):
    """The file is no journal, or not whole: it must be opened anew, which sets it aside."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """An accepted document as it is kept: what it is, and its signed bytes as they came."""

    held: Held
    data: bytes


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A numbered event of the journal as its exact text: what is told, and what an acknowledgement's digest is of."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The broker took connection `connection`."""

    connection: str


@dataclass(frozen=True, slots=True)
class LinkDown:
    """There is no connection (any more)."""

    reason: str


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Since the agent began: connections after the first, those that another machine of our name took, and those that
    were given up because nothing came down."""

    reconnects: int = 0
    takeovers: int = 0
    deaf: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The machine has ended what a Request asked of it."""

    fact: RequestDone


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes of a topic, as they came on connection `connection`."""

    connection: str
    topic: str
    payload: bytes
