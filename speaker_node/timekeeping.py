"""What time it is and how sure that is: wall time = monotonic + an offset with a bound. Pure.

Four may vouch for it: the kernel, while chrony disciplines it; the hardware clock, at boot; the office's Welcome; and
the machine's clock as it is, where the settings say so. Each gives a Word: an offset and how far it may be off, which
grows by 50 ppm from then on. One of them is in use; past 60 s of bound nobody knows the time.

What the machine's clock says beyond the bounds is not followed, forwards or back, until the office confirms it or it
has stood for ten minutes; what the office then confirms instead is kept. Meanwhile the time is untrusted. A word that
no held plan and no floor admits (1970, 2099) is never taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from playlists.models import Interval
from playlists.reports import Mark, Trust
from speaker_node.copying import but
from speaker_node.values import Moment, Reading

MS = 1_000_000
SECOND = 1_000_000_000
DRIFT_PPM = 50
"""How fast a clock that nobody disciplines may go wrong."""
HOST_BOUND = SECOND
"""What the machine's clock may be off, and step, where the settings vouch for it; and the office's own clock."""
LONGEST_BOUND = 60 * SECOND
LONGEST_TRIP = 2 * LONGEST_BOUND
RTC_GRAIN = SECOND
"""A hardware clock tells whole seconds."""
FLOOR_SLACK_MS = 5000
CONFIRM = 600 * SECOND
"""How long (ns) a step must stand until it is believed without a second source."""
ASK_SOON, ASK_LATER = 60 * SECOND, 600 * SECOND
ASK_DISPUTED, ASK_DAILY = 3600 * SECOND, 86_400 * SECOND
"""How often (ns) the office is asked for the time: while a step is fresh, while it is not known, else."""


@dataclass(frozen=True, slots=True)
class Word:
    """What one source says: the wall time (ns) at monotonic 0, off by `bound` (ns) at most at the instant `at`."""

    offset: int
    bound: int
    at: int

    def bound_at(self, mono: int) -> int:
        """How far it may be off by then."""
        return self.bound + max(0, mono - self.at) * DRIFT_PPM // 1_000_000

    def agrees(self, other: Word, mono: int) -> bool:
        """Whether both can be right."""
        return abs(self.offset - other.offset) <= self.bound_at(mono) + other.bound_at(mono)


@dataclass(frozen=True, slots=True)
class Limits:
    """What no time can be outside of: the floor on disk (ms UTC), and the window of the plan held."""

    floor: int = 0
    window: Interval | None = None

    def admit(self, offset: int, mono: int) -> bool:
        """Whether the time by this offset can be right."""
        return (mono + offset) // MS >= self.floor - FLOOR_SLACK_MS and not self.outside(offset, mono)

    def outside(self, offset: int, mono: int) -> bool:
        """Whether the time by this offset lies outside the plan's window."""
        return self.window is not None and not self.window.start <= (mono + offset) // MS < self.window.end


@dataclass(frozen=True)  # copied at each look at the machine's clock
class Clock:
    """What is known of the time.

    `own`: the word in use, from `source`; `agreed`: a second source has said the same. `host`: the machine's clock,
    whose offset has stood since `host_since` (monotonic ns); it `counts` while somebody vouches for it, and the plan
    has `admitted` it. `office`: its last word, the same since `office_since`.
    """

    host: Word
    host_since: int
    counts: bool = False
    admitted: bool = True
    synchronised: bool = False
    own: Word | None = None
    source: str = ""
    agreed: bool = False
    office: Word | None = None
    office_since: int = 0
    rtc: bool | None = None
    rtc_offset: int | None = None
    machine: str = ""

    def known(self, mono: int) -> Word | None:
        """The word in use, while its bound says anything."""
        return None if self.own is None or self.own.bound_at(mono) > LONGEST_BOUND else self.own

    def stepped(self, mono: int) -> bool:
        """The machine's clock counts, and contradicts the word in use."""
        return self.counts and self.own is not None and not self.host.agrees(self.own, mono)

    def contradicted(self, mono: int) -> bool:
        """The office contradicts the word in use."""
        return self.own is not None and self.office is not None and not self.office.agrees(self.own, mono)

    def doubted(self, mono: int) -> bool:
        """A step that neither the office has denied since, nor ten minutes."""
        if not self.stepped(mono):
            return False
        asked = self.office is not None and self.office.at > self.host_since and not self.contradicted(mono)
        denied = asked and (self.agreed or not self.admitted)
        return not denied and (self.admitted or mono - self.host_since < CONFIRM)


@dataclass(frozen=True, slots=True)
class Answer:
    """A Welcome's time (ms UTC) with the monotonic instants (ns) of its birth and of its arrival."""

    time: int
    asked: int
    heard: int


def start(reading: Reading, mark: Mark | None = None, limits: Limits = Limits()) -> Clock:
    """The clock as the agent finds it: what it knew itself before it died on this machine, or the hardware clock."""
    clock = Clock(Word(reading.offset, 0, reading.mono), reading.mono)
    if mark is not None and mark.machine and mark.machine == reading.machine and mark.mono <= reading.mono:
        own = Word(mark.wall * MS - mark.mono, mark.bound * MS, mark.mono)
        clock = but(clock, own=own, source=mark.source, agreed=mark.agreed)
    elif mark is not None and reading.rtc is not None and limits.admit(reading.rtc, reading.mono):
        clock = _from_hardware(clock, reading.rtc, reading.mono, mark)
    return hear_host(clock, reading, limits)


def _from_hardware(clock: Clock, offset: int, mono: int, mark: Mark) -> Clock:
    """The hardware clock, its bound grown since it was last seen to be right; one never seen so says nothing."""
    age = mono + offset - mark.wall * MS
    if not mark.rtc or age < -FLOOR_SLACK_MS * MS:
        return clock
    bound = mark.rtc * MS + RTC_GRAIN // 2 + max(0, age) * DRIFT_PPM // 1_000_000
    return but(clock, own=Word(offset, bound, mono), source="rtc")


def hear_host(clock: Clock, reading: Reading, limits: Limits = Limits()) -> Clock:
    """Follow the machine's clock while somebody vouches for it and it does not step."""
    mono, host = reading.mono, Word(reading.offset, _host_bound(reading), reading.mono)
    stands = abs(reading.offset - clock.host.offset) <= HOST_BOUND
    clock = but(
        clock,
        host=host,
        host_since=clock.host_since if stands else mono,
        counts=reading.synchronised is not False,
        admitted=not limits.outside(reading.offset, mono)
        and (clock.known(mono) is not None or limits.admit(reading.offset, mono)),
        synchronised=bool(reading.synchronised),
        machine=reading.machine,
        rtc_offset=reading.rtc,
    )
    clock = _followed(clock) if clock.counts else clock
    return but(clock, rtc=_hardware(clock, reading))


def _followed(clock: Clock) -> Clock:
    host, mono = clock.host, clock.host.at
    known = clock.known(mono)
    if known is not None and host.agrees(known, mono):
        away = abs(host.offset - known.offset)
        bound = min(host.bound, known.bound_at(mono) + away)
        return _taken(clock, replace(host, bound=bound), clock.agreed or clock.source in ("office", "rtc"))
    return _taken(clock, host, False) if clock.admitted and _believed(clock, known, mono) else clock


def _believed(clock: Clock, known: Word | None, mono: int) -> bool:
    """Whether a machine's clock that contradicts the word in use is believed: it has stood long enough, or the kernel
    corrects by a little what only the office has said."""
    if known is None:
        return True
    little = abs(clock.host.offset - known.offset) <= LONGEST_BOUND
    if clock.synchronised and little and clock.source == "office" and not clock.agreed:
        return True
    return clock.doubted(mono) and mono - clock.host_since >= CONFIRM


def _taken(clock: Clock, word: Word, agreed: bool) -> Clock:
    return but(clock, own=word, source="kernel" if clock.synchronised else "host", agreed=agreed)


def _host_bound(reading: Reading) -> int:
    return HOST_BOUND if reading.bound is None else reading.bound * MS


def _hardware(clock: Clock, reading: Reading) -> bool | None:
    """Whether there is a hardware clock that kept its time, by the word in use where there is one."""
    own = clock.known(reading.mono)
    if reading.rtc is None or own is None:
        return reading.rtc_kept
    return abs(reading.rtc - own.offset) <= own.bound_at(reading.mono) + 2 * RTC_GRAIN


def hear_welcome(clock: Clock, answer: Answer, limits: Limits = Limits()) -> Clock:
    """The office's time confirms, decides between two, or stands as the only one.

    One that took too long, or lies below the floor, says nothing; what it alone contradicts it replaces only once it
    has said so for ten minutes, and never what the kernel calls synchronised.
    """
    trip, mono = answer.heard - answer.asked, answer.heard
    if not 0 <= trip <= LONGEST_TRIP or answer.time < limits.floor - FLOOR_SLACK_MS:
        return clock
    half = -(-trip // 2)
    word = Word(answer.time * MS + half - mono, half + HOST_BOUND, mono)
    stands = clock.office is not None and word.agrees(clock.office, mono)
    clock = but(clock, office=word, office_since=clock.office_since if stands else mono)
    return _weighed(clock, word, limits)


def _weighed(clock: Clock, word: Word, limits: Limits) -> Clock:
    mono, known = word.at, clock.known(word.at)
    by_office = but(clock, own=word, source="office", agreed=False)
    if known is None:
        return by_office
    if word.agrees(known, mono):
        clock = but(clock, agreed=clock.agreed or clock.source != "office")
        return but(clock, own=word, source="office") if word.bound < known.bound_at(mono) else clock
    if clock.counts and clock.admitted and clock.host.agrees(word, mono):
        return _taken(clock, clock.host, True)
    if limits.admit(word.offset, mono) and not limits.admit(known.offset, mono):
        return by_office
    alone = not clock.counts or clock.stepped(mono)
    return by_office if alone and mono - clock.office_since >= CONFIRM else clock


def moment(clock: Clock, mono: int, boot: int, limits: Limits = Limits()) -> Moment:
    """The millisecond in which `mono` (ns) lies, from where it began. What nobody vouches for lies at the floor at
    least; while what is known is contradicted beyond trust, the wall time is the office's."""
    known, office = clock.known(mono), clock.office
    offset = max(clock.host.offset, limits.floor * MS - mono) if clock.own is None else clock.own.offset
    bound = 0 if clock.own is None else clock.own.bound_at(mono)
    if office is not None and clock.contradicted(mono):
        bound = abs(office.offset - offset) + office.bound_at(mono)
    doubted, disputed = clock.doubted(mono), clock.stepped(mono) or clock.contradicted(mono)
    outside = limits.outside(offset, mono)
    sure = known is not None and bound <= LONGEST_BOUND and not doubted and not outside
    if not sure and office is not None and clock.contradicted(mono):
        offset = office.offset
    trust = Trust.UNTRUSTED if not sure else Trust.HELD
    if sure and clock.synchronised and not disputed:
        trust = Trust.SYNCHRONISED
    wall = (mono + offset) // MS
    return Moment(
        wall, wall * MS - offset, trust, -(-bound // MS), boot, clock.source if sure else "", disputed, clock.rtc
    )


def floor(clock: Clock, mono: int, limits: Limits = Limits()) -> int:
    """The floor (ms UTC) from now on: it rises only with a time on which the office and another source agree."""
    own = clock.known(mono)
    if own is None or not clock.agreed or clock.stepped(mono) or clock.contradicted(mono):
        return limits.floor
    wall = (mono + own.offset) // MS
    return max(limits.floor, wall) if limits.admit(own.offset, mono) else limits.floor


def mark(clock: Clock, now: Moment) -> Mark | None:
    """What the next boot is to know of this clock; None while nobody knows the time."""
    own = clock.known(now.mono)
    if now.trust is Trust.UNTRUSTED or own is None:
        return None
    bound = own.bound_at(now.mono)
    rtc = 0
    if clock.rtc and clock.rtc_offset is not None:
        rtc = -(-(bound + abs(clock.rtc_offset - own.offset)) // MS)
    return Mark(
        wall=now.wall,
        mono=now.mono,
        bound=-(-bound // MS),
        source=clock.source,
        agreed=clock.agreed,
        machine=clock.machine,
        rtc=rtc,
    )


def ask_after(clock: Clock, now: Moment, last: int) -> int:
    """When (monotonic ns) the office is to be asked for the time again, after its last word or the last question: at
    once where the machine's clock has stepped since."""
    if now.trust is Trust.UNTRUSTED and clock.stepped(now.mono) and last < clock.host_since:
        return clock.host_since
    return last + ask_every(clock, now)


def ask_every(clock: Clock, now: Moment) -> int:
    """How often (ns) the office is asked for the time."""
    fresh = now.mono - max(clock.host_since, clock.office_since) < CONFIRM + ASK_SOON
    if now.trust is Trust.UNTRUSTED:
        return ASK_SOON if fresh else ASK_LATER
    return ASK_DISPUTED if now.disputed else ASK_DAILY


def ask_at(clock: Clock, mono: int) -> int | None:
    """When (monotonic ns) a step will have stood long enough, if one is doubted."""
    return clock.host_since + CONFIRM if clock.doubted(mono) else None
