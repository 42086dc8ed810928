"""What the node tells: presence and birth at each connection, its condition, its events until they are acknowledged."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from playlists import wire
from playlists.models import Acknowledgement, Value, Welcome
from playlists.reports import Birth, Connection, EventBatch
from playlists.topics import Lane, Topics
from playlists.values import MOST_OLDER
from speaker_node.node.heartbeat import Condition, Speaker, clock, heartbeat, news
from speaker_node.node.inbox import Inbox
from speaker_node.node.journal import Journal
from speaker_node.node.ports import HostPort, LinkPort
from speaker_node.outbox import Batch, Outbox, Pace, Room, acknowledge, begin_again, refill, tell
from speaker_node.timekeeping import Answer
from speaker_node.values import Moment, Origin

log = logging.getLogger(__name__)

SECOND = 1_000_000_000
COALESCE_NS = SECOND
RETRY_NS = SECOND
MOST_PATIENCE = 16
"""While no office answers on any connection, each is given twice the births of the one before, up to so many times."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the node is to the office: its id, its topics, how it signs, the versions it runs, what the machine says of
    this start, and by which profile it speaks."""

    node: str
    topics: Topics
    sign: Callable[[Value], bytes]
    versions: tuple[tuple[str, str], ...] = ()
    origin: Origin = field(default_factory=Origin)
    profile: str = ""


class Telling:
    """Says what is due on the present connection, and nothing without one."""

    def __init__(
        self, who: Identity, boot: int, link: LinkPort, journal: Journal, inbox: Inbox, host: HostPort, pace: Pace
    ) -> None:
        self._who, self._boot, self._link, self._journal = who, boot, link, journal
        self._inbox, self._host, self._pace = inbox, host, pace
        self._connection: str | None = None
        self._births: dict[str, int] = {}
        self._birth_at: int | None = None
        self._welcomed = False
        self._unanswered, self._patience = 0, 1
        self._number = 0
        self._filters: frozenset[str] = frozenset()
        self._outboxes: dict[str, Outbox] = {}
        self._room = Room()
        self._events_at: int | None = None
        self._status_at: int | None = None
        self._told_at = -COALESCE_NS
        self._told: tuple[object, ...] = ()

    @property
    def ask_at(self) -> int | None:
        """When (monotonic ns) something is due; None: nothing by itself."""
        return nearest((self._birth_at, self._events_at, self._status_at)) if self._connection else None

    @property
    def linked(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    def link_up(self, connection: str, now: Moment) -> None:
        """A new connection: nothing of an older one counts."""
        self._connection, self._births, self._welcomed, self._unanswered = connection, {}, False, 0
        self._filters, self._events_at = frozenset(), None
        self._inbox.connected()
        self.follow()
        present = Connection(on=True, connection=connection, boot=self._boot)
        self._link.publish(self._topic(Lane.CONN), wire.dump(present), retain=True)
        self._birth_at, self._status_at = now.mono, now.mono

    def link_down(self) -> None:
        """The connection is gone."""
        self._connection = None
        self._inbox.connected()

    def follow(self) -> None:
        """Hear exactly what the documents held say."""
        if self._connection is None:
            return
        wanted = self._inbox.filters()
        if fresh := sorted(wanted - self._filters):
            self._link.subscribe(fresh)
        if gone := sorted(self._filters - wanted):
            self._link.unsubscribe(gone)
        self._filters = wanted

    def welcome(self, welcome: Welcome, now: int) -> Answer:
        """The office answered: its time with the instants of question and answer; events flow from here on."""
        self._inbox.welcomed(welcome.nonce)
        self._birth_at = now + self._pace.ask_again
        self._unanswered, self._patience = 0, 1
        if not self._welcomed:
            self._outboxes = {}
        self._welcomed = True
        self._go_back(welcome)
        self.wrote(now)
        return Answer(welcome.time, self._births.pop(welcome.nonce, now), now)

    @property
    def answered(self) -> bool:
        """The office has answered this connection's nonce."""
        return self._connection is not None and self._welcomed

    def ask_time(self, now: int) -> None:
        """Ask the office once more what time it is, by a birth."""
        if self.answered:
            self._doubt(now)

    def acknowledge(self, word: Acknowledgement, now: int) -> None:
        """The office has what was told up to there."""
        outbox = self._outboxes.get(word.stream, Outbox())
        if word.number > outbox.acknowledged:
            self._outboxes[word.stream] = acknowledge(outbox, word.number)
            self._journal.acknowledge(word.stream, word.number)
            self.wrote(now)

    def begin_anew(self, now: Moment) -> None:
        """The journal has another stream: nothing is told before the office has answered a birth that names it."""
        self._outboxes, self._welcomed, self._events_at, self._birth_at = {}, False, None, now.mono

    def wrote(self, now: int) -> None:
        """Something may be new to tell."""
        if self._welcomed:
            self._events_at = now

    def turn(self, now: Moment, condition: Condition, every_ms: int) -> None:
        """Tell what is due; `every_ms` is the heartbeat's interval."""
        if self._connection is None:
            return
        if _due(self._birth_at, now):
            self._ask(now, condition)
        if _due(self._events_at, now):
            self._tell_events(now.mono)
        self._tell_status(now, condition, min(max(every_ms, self._pace.quickest), self._pace.slowest))

    def goodbye(self) -> None:
        """Say that the node leaves."""
        if self._connection:
            gone = Connection(on=False, connection=self._connection, boot=self._boot)
            self._link.publish(self._topic(Lane.CONN), wire.dump(gone), retain=True)

    def _topic(self, lane: Lane) -> str:
        return self._who.topics.node(self._who.node, lane)

    def _say(self, lane: Lane, value: Value, *, retain: bool = False) -> bool:
        return self._link.publish(self._topic(lane), self._who.sign(value), retain=retain)

    def _speaker(self) -> Speaker:
        self._number += 1
        who = self._who
        connection = self._connection or ""
        return Speaker(
            who.node,
            self._journal.stream,
            self._boot,
            self._number,
            connection,
            who.origin.machine,
            who.profile,
            # The birth names the rest: it is said once a connection, a heartbeat thousands of times a month.
            tuple(each for each in who.versions if each[0] == "loa"),
        )

    def _ask(self, now: Moment, condition: Condition) -> None:
        """A birth; but of a connection on which so many had no answer, no more."""
        if self._unanswered < self._pace.deaf_after * self._patience:
            return self._tell_birth(now, condition)
        self._patience = min(self._patience * 2, MOST_PATIENCE)
        self._birth_at = now.mono + self._pace.births[-1]
        return self._link.renew()

    def _tell_birth(self, now: Moment, condition: Condition) -> None:
        speaker, nonce = self._speaker(), secrets.token_hex(16)
        first, last = self._journal.first_and_last()
        birth = Birth(
            node=speaker.node,
            connection=speaker.connection,
            nonce=nonce,
            stream=speaker.stream,
            boot=speaker.boot,
            number=speaker.number,
            versions=self._who.versions,
            clock=clock(now),
            held=condition.held,
            first=first,
            last=last,
            older=self._older(),
        )
        wait = RETRY_NS
        if self._say(Lane.BIRTH, birth):
            wait = self._pace.births[min(self._unanswered, len(self._pace.births) - 1)]
            self._unanswered += 1
            self._births[nonce] = now.mono
            self._inbox.asked(nonce)
        self._birth_at = now.mono + wait

    def _doubt(self, now: int) -> None:
        """Ask by a birth, unless one has no answer yet: whether anybody hears us and is heard, and what time it is."""
        if not self._unanswered:
            self._birth_at = now

    def _go_back(self, welcome: Welcome) -> None:
        """An office that knows less than it once acknowledged is told again: each stream from where it says.

        What it does not say of older streams (an older release) counts as forgotten once it went back in the present
        one, which comes last: if the power goes in between, the next Welcome finds it so still.
        """
        present, kept = self._journal.stream, dict(self._journal.streams())
        said = dict(welcome.older) | ({present: welcome.acknowledged} if welcome.stream == present else {})
        forgot = said.get(present, kept.get(present, 0)) < kept.get(present, 0)
        for stream, before in kept.items():
            held = said.get(stream, 0 if forgot else before)
            if held < before and self._journal.rows(stream, held, 1):
                log.warning("the office went back from event %d to %d of %s: telling again", before, held, stream)
                self._journal.acknowledge(stream, held)
                self._outboxes[stream] = begin_again(held)

    def _older(self) -> tuple[str, ...]:
        """Streams beside the present one in which an office could have gone back, the newest first."""
        told = [id_ for id_, acknowledged in self._journal.streams() if acknowledged and id_ != self._journal.stream]
        return tuple(reversed(told))[:MOST_OLDER]

    def _tell_events(self, now: int) -> None:
        self._events_at = None
        self._room = refill(self._room, now, self._pace)
        for stream, acknowledged in self._journal.streams():
            outbox = self._outboxes.get(stream) or begin_again(acknowledged)
            rows = self._journal.rows(stream, outbox.told, self._pace.events * self._pace.window)
            after, batches = tell(outbox, rows, now, self._pace, self._room.left)
            if any(sent.again <= now for sent in outbox.open):
                self._doubt(now)
            if all(self._tell_batch(stream, batch) for batch in batches):
                self._outboxes[stream] = after
                self._room = self._room.without(batches)
                self._wake(after.again)
                if rows and rows[-1].number > after.told and len(after.open) < self._pace.window:
                    self._wake(self._room.enough_at(self._pace))
            else:
                self._wake(now + RETRY_NS)

    def _tell_batch(self, stream: str, batch: Batch) -> bool:
        texts = tuple(row.text for row in batch.rows)
        told = EventBatch(
            node=self._who.node, stream=stream, first=batch.first, last=batch.last, gone=batch.gone, events=texts
        )
        return self._say(Lane.EVENTS, told)

    def _wake(self, at: int | None) -> None:
        self._events_at = nearest((self._events_at, at))

    def _tell_status(self, now: Moment, condition: Condition, every_ms: int) -> None:
        vitals = self._host.vitals()
        latest = news(now, condition, vitals)
        if latest != self._told:
            self._status_at = min(self._status_at or now.mono, max(now.mono, self._told_at + COALESCE_NS))
        if not _due(self._status_at, now):
            return
        depth, counts = self._journal.depth(), self._link.counts
        told = heartbeat(self._speaker(), now, condition, vitals, depth, counts)
        if self._say(Lane.STATUS, told, retain=True):
            self._told, self._told_at, self._status_at = latest, now.mono, now.mono + every_ms * 1_000_000
        else:
            self._status_at = now.mono + RETRY_NS


def _due(at: int | None, now: Moment) -> bool:
    return at is not None and at <= now.mono


def nearest(instants: Iterable[int | None]) -> int | None:
    """The earliest of some instants, of which any may be None."""
    return min((at for at in instants if at is not None), default=None)
