"""What time it is and how sure that is: wall time = monotonic + an offset with a bound. Pure.

The machine's own clock is the source: with `clock: host` it counts as held, else the kernel must once have called it
synchronised. The office's Welcome is the second source: it confirms, or widens the bound by what the two differ. Past
60 s of bound nobody knows the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from playlists.models import Interval
from playlists.reports import Trust
from speaker_node.values import Moment, Reading

HOST_BOUND_MS = 1000
"""What the machine's clock may be off, and step, without a word from elsewhere."""
LONGEST_BOUND_MS = 60_000
LONGEST_TRIP_NS = 10_000_000_000
FLOOR_SLACK_MS = 5000
CONFIRM_NS = 600_000_000_000
"""How long a forward step must stand until it is believed without a second source."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The offset in use, the last one beyond doubt (ns), the bound (ms), since when it is doubted (monotonic ns).

    `vouched`: somebody has said that this clock is right: the settings, the kernel or the office. `synchronised`: the
    kernel says so now.
    """

    offset: int
    sure: int
    vouched: bool
    synchronised: bool
    bound: int = HOST_BOUND_MS
    doubted_since: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A Welcome's time (ms UTC) with the monotonic instants (ns) of its birth and of its arrival."""

    time: int
    asked: int
    heard: int


def start(reading: Reading) -> Clock:
    """The clock as the agent finds it."""
    return Clock(reading.offset, reading.offset, reading.synchronised is not False, bool(reading.synchronised))


def hear_host(clock: Clock, reading: Reading) -> Clock:
    """Follow the machine's clock; a forward step beyond the bound is doubted until it has stood long enough."""
    slack = HOST_BOUND_MS * 1_000_000
    synchronised = bool(reading.synchronised)
    clock = replace(clock, vouched=clock.vouched or synchronised, synchronised=synchronised)
    if reading.offset - clock.sure <= slack:
        return replace(clock, offset=reading.offset, sure=reading.offset, doubted_since=None)
    stepped_again = abs(reading.offset - clock.offset) > slack
    since = reading.mono if clock.doubted_since is None or stepped_again else clock.doubted_since
    if reading.mono - since >= CONFIRM_NS:
        return replace(clock, offset=reading.offset, sure=reading.offset, doubted_since=None)
    return replace(clock, offset=reading.offset, doubted_since=since)


def hear_welcome(clock: Clock, answer: Answer, floor: int) -> Clock:
    """The office's time confirms or widens; one that took too long, or lies below the floor (ms UTC), says nothing."""
    trip = answer.heard - answer.asked
    if not 0 <= trip <= LONGEST_TRIP_NS or answer.time < floor - FLOOR_SLACK_MS:
        return clock
    half_ms = -(-trip // 2_000_000)
    office = (answer.time + half_ms) * 1_000_000 - answer.heard
    bound = max(HOST_BOUND_MS, abs(office - clock.offset) // 1_000_000 + half_ms)
    if bound > LONGEST_BOUND_MS:
        return replace(clock, bound=bound)
    return replace(clock, bound=bound, sure=clock.offset, doubted_since=None, vouched=True)


def moment(clock: Clock, mono: int, boot: int, window: Interval | None) -> Moment:
    """The millisecond in which `mono` (ns) lies, from where it began; outside the plan's window nobody believes it."""
    wall = (mono + clock.offset) // 1_000_000
    outside = window is not None and not window.start <= wall < window.end
    sure = clock.vouched and clock.doubted_since is None and clock.bound <= LONGEST_BOUND_MS and not outside
    trust = (Trust.SYNCHRONISED if clock.synchronised else Trust.HELD) if sure else Trust.UNTRUSTED
    return Moment(wall, wall * 1_000_000 - clock.offset, trust, clock.bound, boot)
