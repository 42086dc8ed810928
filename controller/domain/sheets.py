"""What the alert sheet of a zone says now: play now, what is taken back, how long all is mute."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.domain.planning import ALLOWANCE_MS, UNNUMBERED
from controller.domain.sounding import items
from controller.domain.values import (
    Assets,
    BroadcastId,
    OccurrenceId,
    PlaylistItem,
    ZoneId,
    to_ms,
)
from playlists.models import AlertSheet, Kind, Millis, Priority, SheetEntry, occurrence_id

MOST_ENTRIES, MOST_WITHDRAWN = 8, 32
"""What a sheet can carry."""
LONGEST_MUTE = timedelta(hours=24)
WITHDRAW_AHEAD = timedelta(hours=24)
"""How far ahead a sheet takes occurrences back; what starts later is withdrawn by the plan."""
WAIT_FOR_AUDIO = timedelta(seconds=20)
"""How long a play now waits for reachable nodes to hold its audio."""
SILENT_AFTER = 2.5
"""Heartbeats without a word, after which nobody knows how a node is, whatever the broker says of its connection."""
START_WITHIN_MS = 600_000
"""How late a play now may start."""
_AFTERWARDS = frozenset({Kind.CORRECTION, Kind.ALL_CLEAR})
HEADROOM_MS = 300
"""What is added to the longest warm-up, so that every amplifier is warm at the start."""


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of a play now, set once and the same in all its zones."""

    starts_at: Millis
    start_by: Millis
    ends_at: Millis


@dataclass(frozen=True, slots=True)
class PlayNow:
    """A one-off airing that lives in sheets only; without `times` it is not released yet.

    An alarm says a prepared `message`, again `every` so many ms, and then its playlist, if it has one.
    """

    broadcast: BroadcastId
    version: int
    nominal: Millis
    kind: Kind
    priority: Priority
    rank: int
    tier: int
    playlist: tuple[PlaylistItem, ...]
    times: Times | None
    stopped_at: datetime | None = None
    message: str | None = None
    slots: tuple[tuple[str, str], ...] = ()
    every: int = 0
    answers: tuple[str, ...] = ()
    out_of_hours: bool = False

    @property
    def occurrence(self) -> OccurrenceId:
        """The occurrence's id."""
        return OccurrenceId(occurrence_id(self.broadcast, self.nominal))


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An occurrence taken back until it would have ended."""

    occurrence: OccurrenceId
    until: Millis


@dataclass(frozen=True, slots=True)
class Mute:
    """TẮT HẾT LOA until a moment, unless it was lifted."""

    until: Millis
    lifted: bool = False


def release(now: datetime, longest_warm_up: int, length: int) -> Times:
    """The moments of a play now released now: when the slowest amplifier is warm; lengths in ms."""
    starts_at = to_ms(now) + longest_warm_up + HEADROOM_MS
    start_by = starts_at + START_WITHIN_MS
    return Times(Millis(starts_at), Millis(start_by), Millis(start_by + length + ALLOWANCE_MS))


def may_release(asked_at: datetime, now: datetime, all_hold_it: bool) -> bool:
    """Whether a play now waits no longer: the reachable nodes hold its audio, or they had their time."""
    return all_hold_it or now - asked_at >= WAIT_FOR_AUDIO


def sheet(
    zone: ZoneId,
    issuer: str,
    play_nows: Iterable[PlayNow],
    withdrawals: Iterable[Withdrawal],
    mutes: Iterable[Mute],
    assets: Assets,
    now: datetime,
) -> AlertSheet:
    """The sheet of an issuer in a zone at `now`, unnumbered and without its moment of issue."""
    at = to_ms(now)
    entries = [_entry(each, each.times, assets) for each in play_nows if each.times and _lives(each, each.times, at)]
    taken_back = {each.occurrence for each in withdrawals if each.until > at}
    return AlertSheet(
        to=zone,
        issuer=issuer,
        number=UNNUMBERED,
        issued_at=0,
        occurrences=_fitting(entries),
        withdrawn=tuple(sorted(taken_back)[:MOST_WITHDRAWN]),
        mute_until=mute_until(mutes, now),
    )


def mute_until(mutes: Iterable[Mute], now: datetime) -> Millis:
    """Until when all is mute: the latest that was not lifted, at most 24 h ahead; 0 for none."""
    until = max((each.until for each in mutes if not each.lifted and each.until > to_ms(now)), default=Millis(0))
    return Millis(min(until, to_ms(now + LONGEST_MUTE)))


def _fitting(entries: Iterable[SheetEntry]) -> tuple[SheetEntry, ...]:
    """As many as a sheet carries, by their start: the oldest give way, of corrections and all-clears before others."""
    kept = sorted(entries, key=lambda entry: (entry.kind not in _AFTERWARDS, entry.starts_at, entry.broadcast))
    return tuple(sorted(kept[-MOST_ENTRIES:], key=lambda entry: (entry.starts_at, entry.broadcast)))


def _lives(each: PlayNow, times: Times, at: int) -> bool:
    return each.stopped_at is None and times.ends_at > at


def _entry(each: PlayNow, times: Times, assets: Assets) -> SheetEntry:
    return SheetEntry(
        broadcast=each.broadcast,
        kind=each.kind,
        priority=each.priority,
        starts_at=times.starts_at,
        start_by=times.start_by,
        ends_at=times.ends_at,
        items=items(each.playlist, assets),
        nominal=each.nominal,
        version=each.version,
        whole=True,
        rank=each.rank,
        tier=each.tier,
        every=each.every,
        answers=each.answers,
        out_of_hours=each.out_of_hours,
        message=each.message,
        slots=each.slots,
    )
