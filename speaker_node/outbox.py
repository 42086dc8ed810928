"""What is told next: events in order, in few open batches, again until the office acknowledges. Pure.

One Outbox per stream. Instants and waits are monotonic ns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from speaker_node.values import JournalRow

_MINUTE = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once, how often: events and bytes of a batch, batches open, first and longest wait for an answer.

    `births`: how long (ns) each birth waits for its Welcome; the last wait is repeated. `deaf_after`: so many births
    without an answer, and the connection is held to be deaf. `ask_again`: how long (ns) after a Welcome the node asks
    anew, so that it knows of a connection that became deaf. `quickest`, `slowest`: intervals of the heartbeat in ms.
    `rate`: bytes of events a minute, which deflated are a third of that on the line, at most.
    """

    events: int = 50
    size: int = 8000
    window: int = 3
    first_wait: int = 30_000_000_000
    longest_wait: int = 600_000_000_000
    births: tuple[int, ...] = (10_000_000_000, 30_000_000_000, 60_000_000_000, 120_000_000_000)
    deaf_after: int = 5
    ask_again: int = 3_600_000_000_000
    quickest: int = 1_000
    slowest: int = 3_600_000
    rate: int = 240_000

    @property
    def burst(self) -> int:
        """Bytes of events that may go out at once after a rest: a full window."""
        return self.size * self.window


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive events of a stream from `first` to `last`; `gone` are numbers among them that no longer exist."""

    first: int
    last: int
    rows: tuple[JournalRow, ...]
    gone: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        """Bytes of its events."""
        return sum(len(row.text.encode()) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that may be told by the pace, as of an instant: less than 0 where something had to be told again."""

    left: int = 0
    at: int | None = None

    def without(self, batches: Sequence[Batch]) -> Room:
        """What is left after these."""
        return replace(self, left=self.left - sum(batch.size for batch in batches))

    def enough_at(self, pace: Pace) -> int:
        """When there is room for a full batch."""
        return (self.at or 0) + max(0, pace.size - self.left) * _MINUTE // pace.rate + 1


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch that was told and not yet acknowledged: when it is told again, and how long is waited then."""

    batch: Batch
    again: int
    wait: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """One stream: acknowledged up to here, these batches open."""

    acknowledged: int = 0
    open: tuple[Sent, ...] = ()

    @property
    def told(self) -> int:
        """The last number that was told at all."""
        return self.open[-1].batch.last if self.open else self.acknowledged

    @property
    def again(self) -> int | None:
        """When the next open batch is to be told again; None: none is open."""
        return min((sent.again for sent in self.open), default=None)


def refill(room: Room, now: int, pace: Pace) -> Room:
    """The room at an instant; it never grows beyond the burst."""
    if room.at is None:
        return Room(pace.burst, now)
    return Room(min(pace.burst, room.left + (now - room.at) * pace.rate // _MINUTE), now)


def tell(
    outbox: Outbox, rows: Sequence[JournalRow], now: int, pace: Pace, room: int = 1 << 62
) -> tuple[Outbox, tuple[Batch, ...]]:
    """What goes out now: overdue batches again, then new ones of `rows` (beyond `told`) while the window and `room`
    (bytes) let them."""
    overdue = tuple(sent.batch for sent in outbox.open if sent.again <= now)
    kept = tuple(_later(sent, now, pace) if sent.again <= now else sent for sent in outbox.open)
    fresh = _batches(outbox.told, rows, pace)[: max(0, pace.window - len(kept))]
    fresh = _fitting(fresh, room - sum(batch.size for batch in overdue), pace)
    sent = tuple(Sent(batch, now + pace.first_wait, pace.first_wait) for batch in fresh)
    return replace(outbox, open=kept + sent), overdue + fresh


def _fitting(batches: tuple[Batch, ...], room: int, pace: Pace) -> tuple[Batch, ...]:
    """The first of them that fit; one that is larger than any batch should be goes when a full one would."""
    fitting = []
    for batch in batches:
        if min(batch.size, pace.size) > room:
            break
        fitting.append(batch)
        room -= batch.size
    return tuple(fitting)


def acknowledge(outbox: Outbox, number: int) -> Outbox:
    """The office has committed up to `number`; a batch of which it lacks a part stays open."""
    if number <= outbox.acknowledged:
        return outbox
    return Outbox(number, tuple(sent for sent in outbox.open if sent.batch.last > number))


def begin_again(acknowledged: int) -> Outbox:
    """A new connection, or an office that went back: all that is not acknowledged is told again."""
    return Outbox(acknowledged)


def _later(sent: Sent, now: int, pace: Pace) -> Sent:
    wait = min(sent.wait * 2, pace.longest_wait)
    return Sent(sent.batch, now + wait, wait)


def _batches(after: int, rows: Sequence[JournalRow], pace: Pace) -> tuple[Batch, ...]:
    batches: list[Batch] = []
    group: list[JournalRow] = []
    size = 0
    for row in rows:
        length = len(row.text.encode())
        if group and (len(group) == pace.events or size + length > pace.size):
            batches.append(_batch(after, group))
            after, group, size = group[-1].number, [], 0
        group.append(row)
        size += length
    if group:
        batches.append(_batch(after, group))
    return tuple(batches)


def _batch(after: int, rows: list[JournalRow]) -> Batch:
    before = [after, *(row.number for row in rows)]
    gone = tuple((a + 1, row.number - 1) for a, row in zip(before, rows, strict=False) if row.number > a + 1)
    return Batch(after + 1, rows[-1].number, tuple(rows), gone)
