"""A small office that signs plans and sheets by itself: the world without a database behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from playlists import wire
from playlists.models import (
    Acknowledgement,
    AlertSheet,
    Asset,
    AssetItem,
    Interval,
    Issuer,
    Key,
    KeySet,
    Kind,
    Move,
    NodeSettings,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
    Priority,
    Right,
    Row,
    SheetEntry,
    Silence,
    Value,
    Welcome,
)
from playlists.reports import Birth, Closed, EventBatch, Heartbeat, Held, Start
from playlists.topics import Lane, Topics
from tests.simulation.signatures import seeded_key
from tests.simulation.types import Decided, LedgerRow, Message, NodeSpec, Step

DAY, HOUR, MINUTE, SECOND = 86_400_000, 3_600_000, 60_000, 1000
ZONE, SITE = "xa", "xa-vi-du"
OFFSET = 7 * HOUR
SETTINGS = NodeSettings(heartbeat=HOUR)
SLOTS = tuple(5 * HOUR + n * 90 * MINUTE for n in range(11))
"""Local starts of a day's broadcasts."""


@dataclass
class Slot:
    """One daily broadcast: its assets, its late rule, and the local days that it lacks or moves."""

    id: str
    at: int
    asset: Asset
    late: int
    whole: bool
    gone: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)


class ScriptedOffice:
    """The commune's daily broadcasts, changed now and then; a sheet of one zone; and all that it was told."""

    def __init__(
        self, dice: Random, clock: Callable[[], int], nodes: Sequence[NodeSpec], days: int, real_signatures: bool
    ) -> None:
        del days, real_signatures
        self._dice, self._clock, self.nodes = dice, clock, nodes
        self.site, self.topics, self.nudged = SITE, Topics(SITE), False
        self.wrongs, self.uncertain = (), frozenset[str]()
        self.nudged = False
        self._root, self._key, self._emergency = (
            seeded_key(kid, dice) for kid in ("root", "office", "office-emergency")
        )
        self.root = Key(kid="root", x=wire.public_x(self._root), issuer="root", rights=())
        self._sequence = 0
        self._public = {node.id: wire.public_key(node.id, node.public) for node in nodes}
        self._key_set = wire.sign(self._keys(), self._root)
        self._slots = [self._slot(n, at) for n, at in enumerate(SLOTS)]
        self._silences: list[Silence] = []
        self._sheet = self._new_sheet(())
        self._day = 0
        self._plans: dict[str, bytes] = {}
        self._told: dict[str, tuple[int, ...]] = {}
        self._waiting: list[Message] = []
        self._acknowledged: dict[str, dict[str, int]] = {node.id: {} for node in nodes}
        self._facts: dict[tuple[str, str], Closed] = {}
        self._begun: dict[str, dict[str, tuple[str, int]]] = {node.id: {} for node in nodes}
        self._number = 0

    # what the world asks

    def key_set(self) -> bytes:
        return self._key_set

    def retained_topics(self) -> Sequence[str]:
        return (*self.topics.upward(), *(self.topics.node(node.id, Lane.PLAN) for node in self.nodes))

    def connected(self) -> None:
        self._publish_all()

    def broker_holds(self, topic: str, payload: bytes) -> None:
        self.receive([(topic, payload)])

    def reading_done(self) -> None:
        """All that was retained was read."""

    def receive(self, batch: Sequence[tuple[str, bytes]]) -> Sequence[Message]:
        replies: list[Message] = []
        for topic, payload in batch:
            parsed = self.topics.parse(topic)
            if parsed and parsed.lane in (Lane.BIRTH, Lane.STATUS, Lane.EVENTS) and parsed.name in self._public:
                opened = wire.open_signed(payload, self._public.get, wire.REPORT_LIMIT)
                replies += self._report(parsed.name, wire.decode_report(opened.payload))
        return replies

    def look(self) -> float:
        now = self._clock()
        day = (now + OFFSET) // DAY
        if day != self._day:
            self._day = day
            self._renew_plans()
        return (day + 1) * DAY / 1000 - (now + OFFSET) / 1000 + 1

    def to_publish(self) -> Sequence[Message]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def published(self, messages: Sequence[Message]) -> None:
        """The broker has them."""

    def lost(self, messages: Sequence[Message]) -> None:
        self._waiting += messages

    def kill(self) -> None:
        """It keeps nothing that it had not written down."""

    def dies_at(self, step: Step | None) -> None:
        """It dies nowhere by itself."""

    def check(self) -> None:
        """It has no rules."""

    def snapshot(self) -> object:
        return None

    def restore(self, snapshot: object) -> None:
        """It has no database that could go back."""

    def audio(self, sha256: str) -> tuple[bytes, int] | None:
        found = next((s.asset for s in self._slots if s.asset.sha256 == sha256), None)
        return None if found is None else (b"", found.frames)

    @property
    def truth(self) -> Mapping[str, Decided]:
        return {}

    def ledger(self) -> Sequence[LedgerRow]:
        return [
            LedgerRow(occurrence, node, "played" if fact.cause is None else "not whole", fact.sounded, fact.due,
                      fact.cause or "")
            for (node, occurrence), fact in sorted(self._facts.items())
        ]  # fmt: skip

    def act(self, rng: Random) -> str:
        act = rng.choice((self._withdraw, self._move, self._play_now, self._clear, self._mute, self._silence))
        return act(rng)

    # acts

    def _withdraw(self, rng: Random) -> str:
        slot = rng.choice(self._slots)
        slot.gone.add(self._day + rng.randint(0, 1))
        self._renew_plans()
        return f"withdrawn {slot.id}"

    def _move(self, rng: Random) -> str:
        slot = rng.choice(self._slots)
        slot.moved[self._day + 1] = rng.randint(5, 40) * MINUTE
        self._renew_plans()
        return f"moved {slot.id}"

    def _play_now(self, rng: Random) -> str:
        now, asset = self._clock(), rng.choice(self._slots).asset
        begin = now + 2 * SECOND
        ends = begin + 10 * MINUTE + asset.frames // 48
        entry = SheetEntry(
            broadcast=f"now{self._sequence}", kind=Kind.PLAY_NOW, priority=Priority.PRIORITY, starts_at=begin,
            start_by=begin + 10 * MINUTE, ends_at=ends, items=(_item(asset),),
        )  # fmt: skip
        self._publish_sheet(self._new_sheet((*self._entries(), entry)[-4:], mute=self._sheet.mute_until))
        return f"play now {entry.id}"

    def _clear(self, rng: Random) -> str:
        del rng
        self._publish_sheet(self._new_sheet(()))
        return "sheet cleared"

    def _mute(self, rng: Random) -> str:
        self._publish_sheet(self._new_sheet(self._entries(), mute=self._clock() + rng.choice((5, 60)) * MINUTE))
        return "muted"

    def _silence(self, rng: Random) -> str:
        start = self._clock() + rng.randint(0, 20) * HOUR
        self._silences = [Silence(start=start, end=start + rng.choice((1, 60)) * MINUTE)]
        self._renew_plans()
        return "silence"

    def _entries(self) -> tuple[SheetEntry, ...]:
        return tuple(entry for entry in self._sheet.occurrences if entry.ends_at > self._clock())

    # documents

    def _slot(self, n: int, at: int) -> Slot:
        seconds = self._dice.randint(12, 40)
        asset = Asset(sha256=f"{n + 1:064x}", bytes=seconds * 6000, frames=seconds * 48_000)
        whole = self._dice.random() < 0.3
        return Slot(f"slot{n}", at, asset, 10 * MINUTE if whole else asset.frames // 48, whole)

    def _next(self) -> Number:
        self._sequence = max(self._sequence + 1, self._clock())
        return Number(epoch=1, sequence=self._sequence)

    def _keys(self) -> KeySet:
        routine = (Right.PLAN, Right.MESSAGE, Right.ROUTINE_SHEET)
        keys = (
            Key(kid="office", x=wire.public_x(self._key), issuer="office", rights=routine),
            Key(kid="office-emergency", x=wire.public_x(self._emergency), issuer="office-emergency",
                rights=(Right.EMERGENCY_SHEET,)),
        )  # fmt: skip
        return KeySet(to=SITE, number=self._next(), keys=keys)

    def _renew_plans(self) -> None:
        broadcasts = tuple(self._planned(slot) for slot in self._slots)
        start = self._day * DAY - OFFSET - 2 * DAY
        for node in self.nodes:
            plan = Plan(
                to=node.id, number=self._next(), window=Interval(start=start, end=start + 33 * DAY),
                key_set=wire.digest(self._key_set), settings=SETTINGS, zones=(ZONE,),
                issuers=tuple(Issuer(id=id_, zones=(ZONE,)) for id_ in ("office", "office-emergency")),
                silences=tuple(self._silences), broadcasts=broadcasts,
            )  # fmt: skip
            self._plans[node.id] = wire.sign(plan, self._key)
            self._waiting.append(self._plan_message(node.id))

    def _planned(self, slot: Slot) -> PlannedBroadcast:
        days = [d for d in range(self._day - 2, self._day + 31) if d not in slot.gone]
        starts = {d: d * DAY + slot.at - OFFSET for d in days}
        moves = tuple(Move(nominal=starts[d], starts_at=starts[d] + slot.moved[d]) for d in days if d in slot.moved)
        version = PlannedVersion(
            number=1, items=(_item(slot.asset),), starts=tuple(starts.values()), moves=moves, late=slot.late,
            whole=slot.whole,
        )  # fmt: skip
        return PlannedBroadcast(id=slot.id, versions=(version,))

    def _plan_message(self, node: str) -> Message:
        return Message(self.topics.node(node, Lane.PLAN), self._plans[node], True)

    def _new_sheet(self, entries: tuple[SheetEntry, ...], mute: int = 0) -> AlertSheet:
        return AlertSheet(
            to=ZONE, issuer="office", number=self._next(), issued_at=self._clock(), occurrences=entries, mute_until=mute
        )

    def _publish_sheet(self, sheet: AlertSheet) -> None:
        self._sheet = sheet
        self._waiting.append(self._sheet_message())

    def _sheet_message(self) -> Message:
        return Message(self.topics.alert(ZONE, "office"), wire.sign(self._sheet, self._key), True)

    def _publish_all(self) -> None:
        self._waiting += [self._plan_message(node) for node in self._plans]
        self._waiting.append(self._sheet_message())

    # reports

    def _report(self, node: str, report: Value) -> list[Message]:
        match report:
            case Birth():
                return [self._welcome(node, report), *self._lacking(node, report.held)]
            case Heartbeat():
                return self._lacking(node, report.held)
            case EventBatch():
                return self._events(node, report)
            case _:
                return []

    def _welcome(self, node: str, birth: Birth) -> Message:
        now = self._clock()
        elsewhere = tuple(
            id_ for id_, (stream, at) in self._begun[node].items() if stream != birth.stream and at > now - 2 * DAY
        )
        welcome = Welcome(
            to=node, nonce=birth.nonce, time=now, stream=birth.stream,
            acknowledged=self._acknowledged[node].get(birth.stream, 0), elsewhere=elsewhere[-500:],
            older=tuple((stream, self._acknowledged[node].get(stream, 0)) for stream in birth.older),
        )  # fmt: skip
        return self._message(node, welcome)

    def _lacking(self, node: str, held: tuple[Held, ...]) -> list[Message]:
        digests = {each.digest for each in held}
        wanted = [self._plan_message(node)] if node in self._plans else []
        wanted.append(self._sheet_message())
        messages = [m for m in wanted if wire.digest(m.payload) not in digests]
        if wire.digest(self._key_set) not in digests:
            messages.append(Message(self.topics.node(node, Lane.MSG), self._key_set))
        return messages

    def _events(self, node: str, batch: EventBatch) -> list[Message]:
        known = self._acknowledged[node]
        if batch.first > known.get(batch.stream, 0) + 1:
            return []
        for text in batch.events:
            fact = wire.decode_event(text).fact
            if isinstance(fact, Closed | Start):
                self._begun[node].setdefault(fact.occurrence, (batch.stream, self._clock()))
            if isinstance(fact, Closed):
                self._facts[node, fact.occurrence] = fact
        if batch.last >= known.get(batch.stream, 0):
            known[batch.stream] = batch.last
            digest = wire.digest(batch.events[-1].encode())
            ack = Acknowledgement(to=node, stream=batch.stream, number=batch.last, digest=digest)
            return [self._message(node, ack)]
        return []

    def _message(self, node: str, value: Value) -> Message:
        return Message(self.topics.node(node, Lane.MSG), wire.sign(value, self._key))


def _item(asset: Asset) -> AssetItem:
    return AssetItem(rows=(Row(sha256=asset.sha256, bytes=asset.bytes, frames=asset.frames, language="vi"),))
