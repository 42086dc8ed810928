"""What came up: verified, written down in one transaction, then answered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from controller.domain.owed import OFFICE
from controller.exchange import answers
from controller.exchange.commune import Commune
from controller.exchange.ports import Signer
from controller.exchange.quietly import Quietly
from controller.exchange.shelf import Outgoing, Shelf
from controller.exchange.upward import NOBODY, Arrived, load_registry, read
from controller.storage.engine import transact
from controller.storage.ingest import NotTaken, Taken, Told, ingest
from playlists.models import Value
from playlists.reports import Birth, Heartbeat, Refusal
from playlists.topics import Lane, Topics

log = logging.getLogger(__name__)

RELOAD_AFTER = timedelta(seconds=5)
"""How often at most an unknown key makes us read the registry again."""


class Receiver:
    """Takes what nodes said; `commune` says who is in which zone."""

    def __init__(
        self, engine: Engine, signer: Signer, topics: Topics, shelf: Shelf, clock: Callable[[], datetime]
    ) -> None:
        self.commune = Commune.nowhere()
        self._engine, self._signer, self._topics, self._shelf, self._clock = engine, signer, topics, shelf, clock
        self._issuers = tuple(key.issuer for key in signer.keys)
        self._resender = answers.Resender(topics, shelf, signer)
        self._registry = NOBODY
        self._loaded_at: datetime | None = None
        self._quietly = Quietly(log)

    def receive(self, arrived: Sequence[Arrived]) -> list[Outgoing]:
        """Write a batch down; once this returns it may be acknowledged to the broker, and the answers sent."""
        told, refused = self._read(arrived)
        try:
            taken, greetings = self._store(told, refused)
        except (DataError, IntegrityError, ValueError) as error:
            if len(arrived) > 1:
                return [answer for each in arrived for answer in self.receive([each])]
            # One message that no database takes must not keep all others from being told.
            unstored = [NotTaken(each.topic, Refusal.MALFORMED, "cannot be stored") for each in told]
            log.error("not stored: %s", error)
            taken, greetings = self._store([], [*refused, *unstored])
        self._complain(taken.not_taken)
        return self._answer(taken, greetings)

    def forget_nodes(self) -> None:
        """Something was committed: the registry may have changed."""
        self._loaded_at = None

    def _read(self, arrived: Sequence[Arrived]) -> tuple[list[Told], list[NotTaken]]:
        if self._loaded_at is None:
            self._load()
        told, refused = read(arrived, self._topics, self._registry)
        if any(each.reason is Refusal.UNKNOWN_KEY for each in refused) and self._load():
            return read(arrived, self._topics, self._registry)
        return told, refused

    def _load(self) -> bool:
        """Read the registry, unless that was just done."""
        now = self._clock()
        if self._loaded_at is not None and now - self._loaded_at < RELOAD_AFTER:
            return False
        known = self._registry
        self._registry = transact(self._engine, lambda session: load_registry(session, known))
        self._loaded_at = now
        return True

    def _store(self, told: Sequence[Told], refused: Sequence[NotTaken]) -> tuple[Taken, list[answers.Greeting]]:
        now = self._clock()

        def work(session: Session) -> tuple[Taken, list[answers.Greeting]]:
            taken = ingest(session, told, refused, now)
            return taken, answers.greetings(session, taken.births, now)

        return transact(self._engine, work)

    def _answer(self, taken: Taken, greetings: Sequence[answers.Greeting]) -> list[Outgoing]:
        found: list[Outgoing] = []
        for greeting in greetings:
            lacks = self._lacks(greeting.birth)
            found.append(self._message(greeting.birth.node, answers.welcome(greeting, lacks, self._clock())))
            found += self._resender.again(greeting.birth.node, lacks, self._clock(), at_birth=True)
        for status in taken.statuses:
            found += self._resender.again(status.node, self._lacks(status), self._clock(), at_birth=False)
        found += [self._message(each.node, answers.acknowledgement(each)) for each in taken.acknowledged]
        return found

    def _lacks(self, report: Birth | Heartbeat) -> list[tuple[str, str, str]]:
        zones = self.commune.zones.get(report.node, ())
        return answers.lacking(report, zones, self._issuers, self._shelf.standing, self._signer.key_set_digest)

    def _message(self, node: str, value: Value) -> Outgoing:
        return Outgoing(self._topics.node(node, Lane.MSG), self._signer.sign(value, OFFICE))

    def _complain(self, refused: Sequence[NotTaken]) -> None:
        for each in refused:
            self._quietly.warn(f"refused on {each.topic}: {each.reason}", each.detail, self._clock())
