"""Carries over MQTT what the exchange signs and hears; decides nothing.

A process of its own, because paho's select() stops working past 1,023 descriptors. One thread does all the work: what
comes from the network and from nudges waits in a mailbox, is taken in batches, and acknowledged after the commit.
"""

from __future__ import annotations

import logging
import queue
import secrets
import time
from collections import deque
from datetime import UTC, datetime

from controller.domain.facts import OfficeLink
from controller.exchange import Arrived, Exchange, Outgoing
from controller.storage.engine import DatabaseBusy
from playlists.client import Client, Connected, Disconnected, Endpoint, Happening, Message, Published, Subscribed
from playlists.topics import UPWARD, Lane

log = logging.getLogger(__name__)

BATCH = 500
"""Messages that one transaction takes at most."""
MOST_WAITING = 64 * 2**20
"""Bytes that wait at most; of QoS 0, which nothing of ours is, no more than a batch of messages.

Far above what a broker keeps for us while we are away: all of that may come at once, in-flight windows or not.
"""
QUIET_S = 0.3
"""How long no document of ours must come before the reading counts as done: not every broker keeps an order."""
UNQUIET_S = 5.0
"""How long after our note the reading ends though it is not quiet: nobody may keep us from speaking by speaking."""
MARK_EVERY_S = 1.0
"""How often at most is written down what the broker took."""
REST_S = 1.0
"""How long to leave a locked database alone."""
COMPLAIN_AFTER_S = 60.0
"""How long the reading may take before somebody is told."""


class Nudged:
    """Something was committed."""


class Ended:
    """The gateway is to end."""


Item = Happening | Nudged | Ended


class Reading:
    """The reading of what the broker holds of ours: done when a note we sent after it came back, and it is quiet."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.note = b""
        self.going_on = self.asked = False
        self._began = self._last = 0.0
        self._back_at: float | None = None

    def begin(self) -> None:
        """A new connection."""
        self.note = b"reading " + secrets.token_hex(8).encode()
        self.going_on, self.asked, self._back_at = True, False, None
        self._began = self._last = time.monotonic()

    def came(self, message: Message) -> bool:
        """A message on a topic of ours; whether it is our note."""
        self._last = time.monotonic()
        mine = message.topic == self.topic and message.payload == self.note
        if mine and self._back_at is None:
            self._back_at = self._last
        return mine or (message.topic == self.topic and message.payload.startswith(b"reading "))

    def end(self) -> bool:
        """Whether it is done now, and was not before."""
        if not self.going_on or self._back_at is None or time.monotonic() < self._done_at(self._back_at):
            return False
        self.going_on = False
        return True

    def due(self) -> list[float]:
        """When it may be done, or somebody is to be told that it is not."""
        if not self.going_on:
            return []
        return [self._began + COMPLAIN_AFTER_S if self._back_at is None else self._done_at(self._back_at)]

    def complain(self) -> None:
        """Say so if it takes too long."""
        if self.going_on and self._back_at is None and time.monotonic() >= self._began + COMPLAIN_AFTER_S:
            log.error("the broker does not let us read our own documents: nothing is published (access list?)")
            self._began = time.monotonic()

    def _done_at(self, back_at: float) -> float:
        return min(self._last + QUIET_S, back_at + UNQUIET_S)


class Gateway:
    """Between one exchange and one broker. `nudge` and `end` may be called from any thread."""

    def __init__(self, exchange: Exchange, endpoint: Endpoint) -> None:
        self._exchange = exchange
        self._mailbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._client = Client(endpoint, self._post, manual_acknowledge=True)
        self._reading = Reading(exchange.topics.node(endpoint.client_id, Lane.PLAN))
        self._unread: list[Message] = []
        self._documents: deque[Outgoing] = deque()
        self._answers: deque[Outgoing] = deque()
        self._sent: dict[int, Outgoing] = {}
        self._taken: list[int] = []
        self._look_at = self._mark_at = self._rest_until = 0.0
        # Each counted by one thread alone: bytes of messages that came, and that were written down.
        self._came = self._done = 0
        self._up = self._plans_wait = self._flooded = False
        self._link = OfficeLink(False, datetime.now(UTC))

    @property
    def link(self) -> OfficeLink:
        """Whether the broker is reached, and since when it is or is not; from any thread."""
        return self._link

    def nudge(self) -> None:
        """Something was committed: look at once."""
        self._mailbox.put(Nudged())

    def end(self) -> None:
        """Let `run` return."""
        self._mailbox.put(Ended())

    def run(self) -> None:
        """Carry until `end`."""
        self._client.start()
        try:
            while self._turn():
                pass
        finally:
            self._client.stop()

    def _post(self, happening: Happening) -> None:
        """Hand over, on a network thread; but of a flood only what there is room for."""
        if not isinstance(happening, Message):
            return self._mailbox.put(happening)
        too_many = self._mailbox.qsize() + len(self._unread) >= BATCH and not happening.qos
        before, self._flooded = self._flooded, too_many or self._came - self._done >= MOST_WAITING
        if not self._flooded:
            self._came += len(happening.payload)
            return self._mailbox.put(happening)
        if not before:
            log.warning("more messages come than can be written down: some are let go")
        if happening.qos:
            # Not acknowledged: the broker brings it again on the next connection.
            self._client.drop()
        return None

    def _turn(self) -> bool:
        """Take what came, then do what is due; False to end."""
        items = self._wait()
        for item in items:
            self._handle(item)
        if time.monotonic() >= self._rest_until:
            try:
                self._work()
            except DatabaseBusy as error:
                # Nothing was acknowledged and nothing marked as done: all of it is due again.
                log.warning("the database is locked, trying again: %s", error)
                self._rest_until = time.monotonic() + REST_S
        return not any(isinstance(item, Ended) for item in items)

    def _wait(self) -> list[Item]:
        items: list[Item] = []
        try:
            items.append(self._mailbox.get(timeout=self._patience()))
            while len(items) < BATCH:
                items.append(self._mailbox.get_nowait())
        except queue.Empty:
            pass
        return items

    def _patience(self) -> float:
        due = [self._look_at, *self._reading.due()]
        if self._taken:
            due.append(self._mark_at)
        if self._unread or self._plans_wait:
            due.append(0.0)
        return max(0.0, max(min(due), self._rest_until) - time.monotonic())

    def _handle(self, item: Item) -> None:
        match item:
            case Message():
                self._unread.append(item)
            case Published():
                self._confirmed(item)
            case Nudged():
                self._look_at = 0.0
            case Connected():
                self._connected(item)
            case Subscribed():
                self._subscribed(item)
            case Disconnected():
                self._disconnected(item)

    def _work(self) -> None:
        self._receive()
        if self._reading.end():
            self._exchange.reading_done()
            self._look_at = 0.0
        self._reading.complain()
        if time.monotonic() >= self._look_at or self._exchange.due:
            self._look_at = time.monotonic() + self._exchange.look()
            self._plans_wait = True
            self._send(fresh=True)
        if self._plans_wait:
            self._plans_wait = self._exchange.plan()
            self._send(fresh=True)
        if self._up:
            self._answers += self._exchange.requests()
        self._send()
        if self._taken and time.monotonic() >= self._mark_at:
            self._exchange.published(self._taken)
            self._taken, self._mark_at = [], time.monotonic() + MARK_EVERY_S

    def _receive(self) -> None:
        """All messages of one turn in one transaction; acknowledged in the order in which they came."""
        if not self._unread:
            return
        reports = [message for message in self._unread if not self._is_own(message)]
        if reports:
            self._answers += self._exchange.receive([Arrived(each.topic, each.payload) for each in reports])
        for message in self._unread:
            if self._is_own(message) and not self._reading.came(message):
                self._exchange.holds(message.topic, message.payload)
            self._client.acknowledge(message)
            self._done += len(message.payload)
        self._unread = []

    def _is_own(self, message: Message) -> bool:
        topic = self._exchange.topics.parse(message.topic)
        return topic is not None and topic.lane in (Lane.PLAN, Lane.ALERT)

    def _send(self, *, fresh: bool = False) -> None:
        """Publish while the window is open: sheets, answers, plans."""
        if fresh:
            self._documents = deque(self._exchange.to_publish())
        while self._up and (line := self._next_line()):
            token = self._client.publish(line[0].topic, line[0].payload, retain=line[0].retained)
            if token is None:
                return
            message = self._sent[token] = line.popleft()
            if message.document is not None:
                self._exchange.handed_over(message)

    def _next_line(self) -> deque[Outgoing]:
        urgent = bool(self._documents) and self._documents[0].urgent
        return self._documents if urgent or not self._answers else self._answers

    def _confirmed(self, published: Published) -> None:
        message = self._sent.pop(published.token, None)
        if message is None:
            return
        if published.refused is not None:
            log.error("the broker refuses %s: %s", message.topic, published.refused)
            self._exchange.not_taken(message)
        elif message.document is not None:
            self._taken.append(message.document)

    def _connected(self, connected: Connected) -> None:
        log.info("connected to the broker (MQTT %s)", connected.protocol)
        self._up = True
        self._link = OfficeLink(True, datetime.now(UTC))
        self._answers.clear()
        self._documents.clear()
        self._sent.clear()
        self._exchange.connected()
        self._reading.begin()
        self._client.subscribe(self._exchange.own_filters)

    def _subscribed(self, subscribed: Subscribed) -> None:
        if subscribed.refused:
            log.error("the broker refuses to let us hear %s", ", ".join(subscribed.refused))
        if not self._reading.asked:
            # Sent after the broker took the subscription: what it holds of ours comes before this note comes back.
            self._reading.asked = self._client.publish(self._reading.topic, self._reading.note) is not None
            topics = self._exchange.topics
            # Presence last: it is about the connection that a birth or status names.
            self._client.subscribe([topics.node("+", lane) for lane in reversed(UPWARD)])

    def _disconnected(self, disconnected: Disconnected) -> None:
        (log.warning if self._up else log.debug)("no broker: %s", disconnected.reason)
        if self._up:
            self._link = OfficeLink(False, datetime.now(UTC))
        self._up = False
