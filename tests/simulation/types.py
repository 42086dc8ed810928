"""What the world and the office in it exchange."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Protocol

from joserfc.jwk import OKPKey

from playlists.models import Key


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node that the world made: its id, the hamlets (by the world's own names) whose zones it obeys, its keys."""

    id: str
    zones: tuple[str, ...]
    key: OKPKey
    public: str


@dataclass(frozen=True, slots=True)
class Message:
    """One publish."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """What was validly decided of one occurrence: on which nodes, in which window (ms UTC), whether it still stands.

    `since`: from when (ms UTC) the office had told it so; `withdrawn`: from when it no longer stood, or None.
    """

    nodes: frozenset[str]
    starts_at: int
    start_by: int
    ends_at: int
    since: int = 0
    withdrawn: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One verdict of the office at rest. `sounded` and `due` in ms; `verdict` and `cause` in the office's words.

    `other`: another version sounded than was owed, or a stop ended what was due: the card closed something else.
    """

    occurrence: str
    node: str
    verdict: str
    sounded: int
    due: int
    cause: str = ""
    other: bool = False


class Step(StrEnum):
    """Where the office can die."""

    BEFORE_COMMIT = "before a commit"
    RECEIVED = "after the commit of what came up"
    SHEETS_SIGNED = "after the sheets are signed"
    PLANS_SIGNED = "after the plans are signed"


class Killed(BaseException):
    """The office's process ends here."""


class Office(Protocol):
    """The controller as the world drives it; every instant is ms UTC.

    `site`, `root`, `key_set`: what the set-up leaves on each node: the site's id, root's public half, the key set.
    `wrongs`: what the office's own rules say. `uncertain`: what a restored backup leaves in doubt.
    `nudged`: something was committed, or came up, that wants a look at once.
    """

    @property
    def site(self) -> str: ...
    @property
    def root(self) -> Key: ...
    @property
    def nudged(self) -> bool: ...
    @property
    def wrongs(self) -> Sequence[str]: ...
    @property
    def uncertain(self) -> Collection[str]: ...
    def dies_at(self, step: Step | None) -> None: ...
    def check(self) -> None: ...
    def key_set(self) -> bytes: ...
    def retained_topics(self) -> Sequence[str]: ...
    def connected(self) -> None: ...
    def broker_holds(self, topic: str, payload: bytes) -> None: ...
    def reading_done(self) -> None: ...
    def receive(self, batch: Sequence[tuple[str, bytes]]) -> Sequence[Message]: ...
    def look(self) -> float: ...
    def to_publish(self) -> Sequence[Message]: ...
    def published(self, messages: Sequence[Message]) -> None: ...
    def lost(self, messages: Sequence[Message]) -> None: ...
    def kill(self) -> None: ...
    def snapshot(self) -> object: ...
    def restore(self, snapshot: object) -> None: ...
    def act(self, rng: Random) -> str: ...
    def audio(self, sha256: str) -> tuple[bytes, int] | None: ...
    @property
    def truth(self) -> Mapping[str, Decided]: ...
    def ledger(self) -> Sequence[LedgerRow]: ...


MakeOffice = Callable[[Random, Callable[[], int], Sequence[NodeSpec], int, bool], Office]
"""world_rng, clock (ms UTC), nodes, days, real_signatures."""
