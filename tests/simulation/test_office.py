"""The office of the simulated world by itself: what it keeps over a kill, and that it comes out of its seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest

from playlists import wire
from tests.simulation import commune
from tests.simulation.book import HOUR
from tests.simulation.kernel import BEGIN, MS
from tests.simulation.office import SimOffice
from tests.simulation.signatures import cheap_signatures, seeded_key
from tests.simulation.types import Message, NodeSpec

DAYS = 2


@dataclass
class Stage:
    """An office with three nodes and a broker that keeps what it is given."""

    seed: int = 1
    now: int = BEGIN // MS
    broker: dict[str, bytes] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = Random(self.seed)
        keys = [seeded_key(f"n{index}", rng) for index in range(3)]
        self.nodes = tuple(NodeSpec(f"n{i}", (f"h{i}",), key, wire.public_x(key)) for i, key in enumerate(keys))
        self.office = SimOffice(rng, lambda: self.now, self.nodes, DAYS)
        self.rng = rng
        self.connect()

    def connect(self) -> None:
        """The broker is reached, and names what it holds."""
        self.office.connected()
        for topic, payload in sorted(self.broker.items()):
            self.office.broker_holds(topic, payload)
        self.office.reading_done()
        self.look()

    def look(self) -> None:
        """One look; the broker takes all of it."""
        self.office.look()
        sent = self.office.to_publish()
        self.broker |= {each.topic: each.payload for each in sent}
        self.sent += sent
        self.office.published(sent)

    def live(self, hours: int) -> list[str]:
        """An act and a look every hour."""
        told = []
        for _ in range(hours):
            self.now += HOUR
            told.append(self.office.act(self.rng))
            self.look()
        return told


@pytest.fixture
def stage() -> Iterator[Stage]:
    with cheap_signatures():
        yield Stage()


def test_the_same_seed_decides_and_signs_the_same() -> None:
    def told() -> tuple[list[str], list[Message]]:
        with cheap_signatures():
            stage = Stage(7)
            return stage.live(24), stage.sent

    assert told() == told()


def test_every_node_gets_its_plan(stage: Stage) -> None:
    topics = {each.topic for each in stage.sent}
    assert {f"loa/1/{commune.SITE}/node/{node.id}/plan" for node in stage.nodes} <= topics


def test_nothing_goes_out_again_after_a_kill_that_changed_nothing(stage: Stage) -> None:
    before = dict(stage.broker)
    stage.office.kill()
    stage.connect()
    assert stage.broker == before
