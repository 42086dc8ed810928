"""Bytes that came in, and what is to follow: accepted, heard before, or refused and counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from playlists import wire
from playlists.book import MessageBook
from playlists.reports import Held, Refusal
from playlists.reports import Refused as RefusedFact
from playlists.topics import Lane, Topics
from speaker_node.acceptance import Book, Holding, Refused, Repeat, Verdict, follows, judge, reopen
from speaker_node.values import Documents, StoredDocument

QUIET_NS = 60_000_000_000
LIMITS = {Lane.PLAN: wire.PLAN_LIMIT, Lane.MSG: wire.MESSAGE_LIMIT, Lane.ALERT: wire.SHEET_LIMIT}


@dataclass
class Refusals:
    """Refusals as events: of each reason the first at once, then one a minute with how many there were."""

    _quiet_until: dict[Refusal, int] = field(default_factory=dict)
    _waiting: dict[Refusal, RefusedFact] = field(default_factory=dict)
    total: int = 0
    """Documents refused since boot."""

    def add(self, refused: Refused, now: int) -> RefusedFact | None:
        """The event to journal at once, if any; `now` is monotonic ns."""
        self.total += 1
        fact = RefusedFact(document=refused.document, reason=refused.reason, detail=refused.detail[:160])
        if now >= self._quiet_until.get(refused.reason, 0):
            self._quiet_until[refused.reason] = now + QUIET_NS
            return fact
        before = self._waiting.get(refused.reason)
        self._waiting[refused.reason] = fact.model_copy(update={"times": 1 + (before.times if before else 0)})
        return None

    def due(self, now: int) -> tuple[RefusedFact, ...]:
        """What has waited its minute."""
        ready = [reason for reason in self._waiting if self._quiet_until[reason] <= now]
        self._quiet_until |= dict.fromkeys(ready, now + QUIET_NS)
        return tuple(self._waiting.pop(reason) for reason in ready)

    @property
    def ask_at(self) -> int | None:
        """When the next is due."""
        return min((self._quiet_until[reason] for reason in self._waiting), default=None)


@dataclass
class Inbox:
    """The documents held, this connection's nonces, and the verdict on what comes in."""

    book: Book
    topics: Topics
    documents: Documents = field(default_factory=Documents)
    _parked: dict[str, bytes] = field(default_factory=dict)

    def load(self, stored: Iterable[StoredDocument], begun: Collection[str]) -> None:
        """What was stored holds again, if it still verifies. `begun`: what the node has begun by now."""
        self._hold(replace(self.book, holdings=reopen(stored, self.book)), 0, begun)

    def judge(self, topic: str, payload: bytes, wall: int) -> Verdict:
        """The verdict on a message; an empty one means nothing, whatever its topic."""
        parsed = self.topics.parse(topic)
        limit = LIMITS.get(parsed.lane) if parsed else None
        if limit is None or not payload:
            return Repeat()
        self.book = replace(self.book, follows=follows(self.book.holdings.values(), wall))
        verdict = judge(payload, limit, self.book, wall)
        if (
            isinstance(verdict, Refused)
            and verdict.reason is Refusal.UNKNOWN_KEY
            and parsed
            and parsed.lane != Lane.MSG
        ):
            self.park(topic, payload)
        return verdict

    def park(self, topic: str, payload: bytes) -> None:
        """Keep what cannot be taken now, the last of each topic heard; it is judged again when `parked` is asked."""
        if topic in self.filters():
            self._parked[topic] = payload

    def parked(self) -> tuple[tuple[str, bytes], ...]:
        """What waited for a key set, or for the disk; it waits no more."""
        waiting, self._parked = tuple(self._parked.items()), {}
        return waiting

    def hold(self, holding: Holding, wall: int, begun: Collection[str]) -> None:
        """A document is stored: from now on it acts."""
        self._hold(self.book.with_holding(holding), wall, begun)

    def speak_by(self, messages: tuple[MessageBook, ...], wall: int, begun: Collection[str]) -> None:
        """These are the message books from now on."""
        self._hold(replace(self.book, messages=messages), wall, begun)

    def held(self) -> tuple[Held, ...]:
        """What is held, for the office to compare."""
        return tuple(
            sorted((h.stored.held for h in self.book.holdings.values()), key=lambda h: (h.kind, h.to, h.issuer))
        )

    def filters(self) -> frozenset[str]:
        """Every topic to hear: exact, without wildcard."""
        own = {self.topics.node(self.book.node, lane) for lane in (Lane.PLAN, Lane.MSG)}
        return frozenset(own | {self.topics.alert(zone, issuer) for zone, issuer in self.book.follows})

    def connected(self) -> None:
        """A new connection: what was asked on an older one has no answer any more."""
        self.book = replace(self.book, asked=frozenset(), welcomed=frozenset())

    def asked(self, nonce: str) -> None:
        """A birth with this nonce went out."""
        self.book = replace(self.book, asked=self.book.asked | {nonce})

    def welcomed(self, nonce: str) -> None:
        """Its answer came: once."""
        book = self.book
        self.book = replace(book, asked=book.asked - {nonce}, welcomed=book.welcomed | {nonce})

    def took(self, requests: Iterable[str]) -> None:
        """These Requests were journalled: whoever repeats one gets nothing more of it."""
        self.book = replace(self.book, taken=self.book.taken | set(requests))

    def _hold(self, book: Book, wall: int, begun: Collection[str]) -> None:
        self.book = replace(book, follows=follows(book.holdings.values(), wall))
        self.documents = self.book.documents(begun)
