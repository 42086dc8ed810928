"""Every document that the office really signed, by digest, and what it says: the oracle's own reading of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from playlists import wire
from playlists.models import AlertSheet, Interval, Occurrence, Plan, Silence
from playlists.topics import Lane, Topics
from tests.simulation.signatures import payload_of
from tests.simulation.types import Message


@dataclass(frozen=True)
class Genuine:
    """A signed plan, sheet or key set as it left the office."""

    document: object
    occurrences: Mapping[str, Occurrence]
    withdrawn: frozenset[str] = frozenset()
    silences: tuple[Silence, ...] = ()
    window: Interval | None = None


@dataclass
class Registry:
    """By digest. A document that the office published and the world did not change is genuine, nothing else is."""

    topics: Topics
    known: dict[str, Genuine] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """The office publishes this."""
        parsed = self.topics.parse(message.topic)
        if message.payload and parsed is not None and parsed.lane in (Lane.PLAN, Lane.MSG, Lane.ALERT):
            self.trust(message.payload)
            if message.retain:
                self.newest[message.topic] = wire.digest(message.payload)

    def trust(self, payload: bytes) -> None:
        """These bytes are genuine."""
        digest = wire.digest(payload)
        if digest not in self.known:
            self.known[digest] = _read(payload)


def _read(payload: bytes) -> Genuine:
    document = wire.decode_document(payload_of(payload))
    if isinstance(document, Plan):
        return Genuine(document, {o.id: o for o in document.occurrences()}, silences=document.silences,
                       window=document.window)  # fmt: skip
    if isinstance(document, AlertSheet):
        mute = (Silence(start=0, end=document.mute_until, source="mute"),) if document.mute_until else ()
        rows = {e.id: e.occurrence(document.source) for e in document.occurrences}
        return Genuine(document, rows, frozenset(document.withdrawn), mute)
    return Genuine(document, {})


@dataclass
class Shelf:
    """What one box holds by its own disk (or memory), read with the oracle's eyes. `since`: when (ms UTC) an occurrence
    came to stand; `gone`: when it stopped to stand."""

    held: dict[tuple[str, str, str], tuple[tuple[int, int], str]] = field(default_factory=dict)
    present: dict[str, Occurrence] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    all: dict[str, Occurrence] = field(default_factory=dict)

    def place(self, slot: tuple[str, str, str], number: tuple[int, int], digest: str) -> str:
        """A document is written; what is wrong with that, if anything."""
        before = self.held.get(slot)
        self.held[slot] = (number, digest)
        if before is not None and (number < before[0] or (number == before[0] and digest != before[1])):
            return f"{slot} goes from {before[0]} to {number}"
        return ""

    def read(self, genuine: Iterable[Genuine], now: int) -> None:
        """What stands from now on (ms UTC)."""
        found = list(genuine)
        withdrawn = frozenset(id_ for each in found for id_ in each.withdrawn)
        rows: dict[str, Occurrence] = {}
        for each in sorted(found, key=lambda g: isinstance(g.document, Plan)):
            rows |= each.occurrences
        present = {id_: o for id_, o in rows.items() if id_ not in withdrawn}
        for id_ in present.keys() - self.present.keys():
            self.since[id_] = now
            self.gone.pop(id_, None)
        for id_ in self.present.keys() - present.keys():
            self.gone[id_] = now
        for id_, occurrence in present.items():
            old = self.present.get(id_)
            if old is not None and old is not occurrence and old != occurrence:
                self.since[id_] = now
        self.present = present
        self.all |= present
        self.silences = tuple(s for each in found for s in each.silences)
