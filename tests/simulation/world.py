"""One seed's world: nodes, broker, lines and office, put together and run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random

from playlists import wire
from playlists.topics import Topics
from tests.simulation.documents import Registry
from tests.simulation.faults import Faults
from tests.simulation.gateway import SimGateway
from tests.simulation.judge import at_rest, judge, ledger
from tests.simulation.kernel import SECOND, Kernel, seeded_tokens
from tests.simulation.memo import asked_once_an_instant
from tests.simulation.net import SimBroker
from tests.simulation.node import Box, Make, SetUp
from tests.simulation.office import SimOffice
from tests.simulation.oracle import Oracle
from tests.simulation.scripted import ScriptedOffice
from tests.simulation.signatures import cheap_signatures, seeded_key
from tests.simulation.types import MakeOffice, NodeSpec

DAY = 86_400 * SECOND
PEACE_NS = 4 * 3600 * SECOND
"""How long at the end nothing breaks, so that all comes to rest."""
LONGEST_REST_NS = 600 * SECOND
"""How long after the end what began just before it may still be told."""
EDITS_A_DAY, MOST_EDITS_A_DAY = 1.2, 6.0
"""Acts of the office, for each node, and of the whole commune at most: each is heard of by most of its nodes."""
CRASHES = (0.0, 0.005, 0.01, 0.03)
"""Chances of a death at each effect, one of them for a seed."""


@dataclass(frozen=True)
class Options:
    """What a seed is run with."""

    seed: int
    nodes: int = 3
    days: int = 3
    bug: str = ""
    scripted: bool = False


@dataclass
class World:
    """Everything of one seed."""

    options: Options
    boxes: list[Box] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.options.seed)
        dice = self.kernel.child("world")
        specs = [self._spec(n) for n in range(1, self.options.nodes + 1)]
        make_office: MakeOffice = ScriptedOffice if self.options.scripted else SimOffice
        real = real_signatures(self.options.seed)
        self.office = make_office(self.kernel.child("office"), lambda: self.kernel.ms, specs, self.options.days, real)
        self.registry = Registry(Topics(self.office.site))
        self.oracle = Oracle(self.kernel, self.registry)
        self.broker = SimBroker(self.kernel)
        self.gateway = SimGateway(self.kernel, dice, self.broker, self.office, self.registry)
        self.crash = dice.choice(CRASHES)
        self._edits = self.kernel.child("edits")
        self.begin = self.kernel.now
        set_up = SetUp(self.office.site, self.office.root, self._key_set)
        for spec in specs:
            box = Box(self.kernel, spec, set_up, self._make(dice), self.broker, self.oracle, self._has_audio)
            self.oracle.watch(box)
            self.boxes.append(box)
        self.faults = Faults(self.kernel, self.boxes, self.broker, self.gateway, self.oracle)

    @property
    def end(self) -> int:
        return self.begin + self.options.days * DAY

    def run(self) -> None:
        """All days of it, the last hours in peace, and then the judgement."""
        self.gateway.start()
        for box in self.boxes:
            box.power_on()
        self.faults.start()
        self._edit_later()
        self.kernel.run(self.end - PEACE_NS)
        self.faults.mend()
        self.kernel.run(self.end)
        while self.kernel.now < self.end + LONGEST_REST_NS and any(box.untold for box in self.boxes):
            self.kernel.run(self.kernel.now + 10 * SECOND)
        at_rest(self.oracle)
        judge(self.oracle, self.kernel.ms)
        ledger(self.oracle, self.office.ledger(), self.office.uncertain)
        self.office.check()
        for words in self.office.wrongs:
            self.oracle.wrong(None, words)

    def _edit_later(self) -> None:
        every = DAY / min(EDITS_A_DAY * len(self.boxes), MOST_EDITS_A_DAY)
        self.kernel.after(int(self._edits.expovariate(1 / every)), self._edit)

    def _edit(self) -> None:
        if self.gateway.up and not self.faults.calm:
            self.oracle.counts["edits"] += 1
            self.kernel.note(f"office: {self.gateway.act(self._edits)}")
        self._edit_later()

    def _key_set(self) -> bytes:
        data = self.office.key_set()
        self.registry.trust(data)
        return data

    def _make(self, dice: Random) -> Make:
        return Make(
            has_rtc=dice.random() < 0.8,
            asks_kernel=dice.random() < 0.5,
            wired=dice.random() < 0.5,
            crash=self.crash,
        )

    def _has_audio(self, sha256: str) -> bool:
        return self.gateway.up and self.office.audio(sha256) is not None

    def _spec(self, n: int) -> NodeSpec:
        name = f"node-{n}"
        key = seeded_key(name, self.kernel.child(f"key/{name}"))
        return NodeSpec(name, (f"thon-{n}",), key, wire.public_x(key))


def real_signatures(seed: int) -> bool:
    """One seed in ten signs for real."""
    return seed % 10 == 0


@contextmanager
def virtual(seed: int) -> Iterator[None]:
    """Inside, tokens come from the seed, signatures are cheap but in one seed of ten, and nothing is logged."""
    with ExitStack() as stack:
        stack.enter_context(seeded_tokens(Kernel(seed)))
        stack.enter_context(asked_once_an_instant())
        if not real_signatures(seed):
            stack.enter_context(cheap_signatures())
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        stack.callback(logging.disable, before)
        yield
