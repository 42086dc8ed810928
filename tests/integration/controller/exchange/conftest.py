"""An office with three nodes, its exchange and its signer, over a real database and without a broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.domain.values import to_ms
from controller.exchange import Exchange, Outgoing
from controller.signer import Signer, open_signer
from controller.storage.engine import migrate, open_database
from playlists import wire
from playlists.models import AlertSheet, Document, KeySet, Plan, Welcome
from playlists.topics import Topics
from tests.support import decisions
from tests.support.fleet import SITE, T0, Voice, enrol, voices


@dataclass
class Clock:
    now: datetime = T0

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Room:
    """One office under test. `broker` is what would lie retained at the broker."""

    engine: Engine
    signer: Signer
    nodes: list[Voice]
    clock: Clock = field(default_factory=Clock)
    broker: dict[str, bytes] = field(default_factory=dict)
    topics: Topics = field(default_factory=lambda: Topics(SITE))

    @contextmanager
    def backup(self) -> Iterator[None]:
        """What happens to the database inside is forgotten at the end: a backup from before is put back."""
        path = Path(str(self.engine.url.database))
        self.engine.dispose()
        kept = path.read_bytes()
        yield
        self.engine.dispose()
        path.write_bytes(kept)

    def start(self, jitter: timedelta = timedelta()) -> Exchange:
        """A controller that starts and reads what the broker holds."""
        exchange = Exchange(self.engine, self.signer, SITE, self.clock, jitter)
        exchange.connected()
        for topic, payload in self.broker.items():
            exchange.holds(topic, payload)
        exchange.reading_done()
        return exchange

    def look(self, exchange: Exchange) -> list[Outgoing]:
        """One whole look: sign, publish; what was published."""
        exchange.look()
        while exchange.plan():
            pass
        sent = exchange.to_publish()
        for message in sent:
            exchange.handed_over(message)
            self.broker[message.topic] = message.payload
        exchange.published([each.document for each in sent if each.document is not None])
        return sent

    def open(self, signed: bytes) -> Document:
        """What our own signed bytes say."""
        opened = wire.open_signed(signed, lambda kid: self.signer.public(kid) or self.signer.root, wire.PLAN_LIMIT)
        return wire.decode_document(opened.payload)

    def key_set(self) -> KeySet:
        """The key set as root signed it."""
        opened = wire.open_signed(self.signer.key_set, lambda _: self.signer.root, wire.MESSAGE_LIMIT)
        document = wire.decode_document(opened.payload)
        assert isinstance(document, KeySet)
        return document

    def plans(self, sent: list[Outgoing]) -> dict[str, Plan]:
        """The plans among messages, by node."""
        found = [self.open(each.payload) for each in sent]
        return {each.to: each for each in found if isinstance(each, Plan)}

    def sheets(self, sent: list[Outgoing]) -> dict[str, AlertSheet]:
        """The sheets among messages, by zone/issuer."""
        found = [self.open(each.payload) for each in sent]
        return {each.source: each for each in found if isinstance(each, AlertSheet)}

    def welcomes(self, sent: list[Outgoing]) -> list[Welcome]:
        """The Welcomes among messages."""
        return [each for each in (self.open(one.payload) for one in sent) if isinstance(each, Welcome)]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    engine = open_database(str(tmp_path / "loa.db"))
    migrate(engine)
    nodes = voices(3)
    enrol(engine, nodes)
    decisions.begin(engine)
    yield Room(engine, open_signer(tmp_path / "keys", SITE, to_ms(T0)), nodes)
    engine.dispose()
