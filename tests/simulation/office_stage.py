"""The office of the simulated world by itself, with nodes that do and tell at once what their plans say."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from playlists import wire
from playlists.models import Millis, Occurrence
from playlists.reports import Closed, Evidence, Start
from playlists.rules import millis_of
from playlists.topics import Lane, Topics
from tests.simulation import office_rules
from tests.simulation.book import HOUR, MINUTE
from tests.simulation.commune import SITE
from tests.simulation.kernel import BEGIN, MS
from tests.simulation.office import SimOffice
from tests.simulation.signatures import seeded_key
from tests.simulation.types import Killed, Message, NodeSpec, Step
from tests.support.fleet import Voice

TOPICS = Topics(SITE)
STEPS = (1000, MINUTE, 20 * MINUTE, HOUR)


@dataclass
class Stage:
    """An office, three nodes, and a broker that keeps what it is given."""

    seed: int = 1
    days: int = 2
    now: int = BEGIN // MS
    broker: dict[str, bytes] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    heard: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        keys = [seeded_key(f"n{index}", self.rng) for index in range(3)]
        nodes = tuple(NodeSpec(f"n{i}", (f"h{i}",), key, wire.public_x(key)) for i, key in enumerate(keys))
        self.voices = [Voice(node.id, node.key) for node in nodes]
        self.told = dict.fromkeys((node.id for node in nodes), 0)
        self.office = SimOffice(self.rng, lambda: self.now, nodes, self.days)
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

    def pass_time(self, ms: int) -> None:
        """The nodes sound what begins meanwhile, one whole hour at most, and tell of it; one message in ten is lost."""
        since, self.now = self.now, self.now + ms
        batch = [message for voice in self.voices for message in self._tells(voice, since)]
        if batch:
            self.office.receive([each for each in batch if self.rng.random() < 0.9])

    def live(self, acts: int) -> list[str]:
        """Acts, looks, and now and then a death in the middle of one; what was done."""
        return [self._once(Step(self.rng.choice(list(Step))), self.rng.random() < 0.2) for _ in range(acts)]

    def wrongs(self) -> list[str]:
        """All that the rules say at the end."""
        self.office.check()
        rows = {(each.node, each.occurrence): each.verdict for each in self.office.ledger()}
        return [*self.office.wrongs, *office_rules.ledger_says(rows, self.heard)]

    def _once(self, step: Step, dies: bool) -> str:
        if dies:
            self.office.dies_at(step)
        try:
            self.pass_time(self.rng.choice(STEPS))
            done = self.office.act(self.rng)
            self.look()
            if not dies:
                return done
        except Killed:
            done = f"died {step.value}"
        self.office.kill()
        self.connect()
        return done

    def _tells(self, voice: Voice, since: int) -> list[tuple[str, bytes]]:
        plan = self.office.witness.plans.get(voice.node)
        for each in plan.occurrences() if plan else ():
            if since < each.starts_at <= self.now and self.rng.random() < 0.9:
                self._sounds(voice, each)
        first, last = self.told[voice.node] + 1, len(voice.events)
        self.told[voice.node] = last
        return [(TOPICS.node(voice.node, Lane.EVENTS), voice.tell(first, last))] if first <= last else []

    def _sounds(self, voice: Voice, each: Occurrence) -> None:
        length = millis_of(each.frames)
        hashes = tuple(row.sha256 for item in each.items for row in item.rows)
        voice.happen(
            Start(
                occurrence=each.id, version=each.version, source="plan", attempt=1, at_wall=each.starts_at, at_mono=1,
                first=0, items=each.items, starts_at=each.starts_at, ends_at=each.ends_at, start_by=each.start_by,
                whole=each.whole, programme_kind=each.kind, priority=each.priority, rank=each.rank, tier=each.tier,
            )
        )  # fmt: skip
        voice.happen(
            Closed(
                occurrence=each.id, version=each.version, attempt=1, sounded=length, due=length, loudness=-20.0,
                start_error=10, evidence=(Evidence.FRAMES,), started_at=Millis(each.starts_at), assets=hashes,
            )
        )  # fmt: skip
        self.heard[voice.node, each.id] = length
