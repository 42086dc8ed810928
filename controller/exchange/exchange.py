"""What goes down and what came up, between the database and whoever carries it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.exchange import documents, restoring
from controller.exchange.office import Standing
from controller.exchange.ports import Signer
from controller.exchange.public_keys import keep_keys
from controller.exchange.receiving import Receiver
from controller.exchange.requests import send_requests
from controller.exchange.shelf import Outgoing, Shelf
from controller.exchange.signing import LOOK_AGAIN, Signing
from controller.exchange.upward import Arrived
from controller.storage.engine import transact
from playlists.topics import Lane, Topics

log = logging.getLogger(__name__)


class Exchange:
    """One site's documents and reports. One thread calls it; a call is one transaction or none.

    Any call raises DatabaseBusy while the database stays locked: nothing has then happened, and it may be repeated.
    """

    def __init__(
        self,
        engine: Engine,
        signer: Signer,
        name: str,
        clock: Callable[[], datetime],
        jitter: timedelta = timedelta(),
        monotonic: Callable[[], float] = time.monotonic,
        look_again: timedelta = LOOK_AGAIN,
    ) -> None:
        self.topics = Topics(name)
        self.may_sign = False
        self.due = False
        """Whether something came up that may release what waits: look at once."""
        self._engine, self._signer, self._clock, self._look_again = engine, signer, clock, look_again
        self._shelf = Shelf(self.topics)
        self._signing = Signing(engine, signer, self._shelf, clock, jitter, monotonic, look_again)
        self._receiver = Receiver(engine, signer, self.topics, self._shelf, clock)
        self._newer: dict[str, bytes] = {}
        self._reading = self._asked = True
        self._shelf.put(transact(engine, self._begin))

    @property
    def standing(self) -> Standing:
        """The newest signed document under each name."""
        return self._shelf.standing

    @property
    def own_filters(self) -> tuple[str, ...]:
        """Where our own documents lie."""
        return (self.topics.node("+", Lane.PLAN), *(self.topics.alert("+", key.issuer) for key in self._signer.keys))

    def connected(self) -> None:
        """A new connection: what the broker holds of ours is read before anything is published, or first signed."""
        self._reading, self._newer = True, {}
        self._shelf.forget()

    def holds(self, topic: str, payload: bytes) -> None:
        """The broker holds this on one of our own topics."""
        ours = self._shelf.seen(topic, payload)
        if self._reading and not ours and restoring.open_own(payload, self._signer) is not None:
            self._newer[topic] = payload

    def reading_done(self) -> None:
        """The broker has named all it holds: what is newer than the database is taken over."""
        now = self._clock()

        def work(session: Session) -> list[documents.Current]:
            return restoring.adopt(session, self._newer.values(), self._shelf.standing, self._signer, now)

        adopted = transact(self._engine, work)
        for each in adopted:
            log.error("the broker holds a newer %s than the database: %s", each.name[0], "/".join(each.name[1:]))
        self._shelf.put(adopted)
        for topic, payload in self._newer.items():
            self._shelf.seen(topic, payload)
        self._reading, self._newer, self.may_sign = False, {}, True

    def look(self) -> float:
        """After a nudge, and each time it says: sign the sheets that differ. In how many seconds to look again."""
        self.due, self._asked = False, True
        if not self.may_sign:
            return self._look_again.total_seconds()
        again = self._signing.look()
        self._receiver.commune = self._signing.commune
        self._receiver.forget_nodes()
        return max(0.0, (again - self._clock()).total_seconds())

    def plan(self) -> bool:
        """After a look: sign some of the plans that differ; whether more are waiting."""
        return self.may_sign and self._signing.plan()

    def requests(self) -> list[Outgoing]:
        """After a look: what was asked of nodes, signed for the connections that they have; each is given once."""
        if not self._asked:
            return []
        now = self._clock()
        found = transact(self._engine, lambda session: send_requests(session, self._signer, self.topics, now))
        self._asked = False
        return found

    def to_publish(self) -> list[Outgoing]:
        """The signed documents that the broker does not hold, the most urgent first."""
        return [] if self._reading else self._shelf.to_publish()

    def handed_over(self, message: Outgoing) -> None:
        """This document is on its way to the broker."""
        self._shelf.published(message.topic, message.payload)

    def not_taken(self, message: Outgoing) -> None:
        """The broker refused this document, or the connection ended before it said so."""
        self._shelf.lost(message.topic)

    def published(self, rows: Iterable[int]) -> None:
        """The broker took these documents."""
        now, taken = self._clock(), list(rows)
        transact(self._engine, lambda session: documents.mark_published(session, taken, now))

    def receive(self, arrived: Sequence[Arrived]) -> list[Outgoing]:
        """Write down what came up; afterwards it may be acknowledged to the broker, and the answers sent."""
        answers = self._receiver.receive(arrived)
        self.due = self._signing.waiting
        return answers

    def _begin(self, session: Session) -> list[documents.Current]:
        keep_keys(session, self._signer, self._clock())
        return list(documents.load_current(session).values())
