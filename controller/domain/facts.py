"""What the office knows of a node: what it told, when it was last heard, and how the office itself is linked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from controller.domain.machines import Turn
from controller.domain.sheets import SILENT_AFTER
from controller.domain.values import AreaId, NodeId
from playlists.reports import Because, Heartbeat, Outcome, Refusal

LEAST_SILENCE = timedelta(seconds=4)
"""A node that speaks every second is not called silent for the pauses of a busy line."""
RETURN = timedelta(seconds=60)
"""How long after the office itself was away nodes are given to come back: they do not all come at once."""
LATELY = timedelta(minutes=10)
OVERDUE = 1.2
"""Heartbeats without a word, after which one did not come."""


def silent_after(heartbeat_ms: int) -> timedelta:
    """After how long without a word a node is silent: two and a half of the heartbeats that it promised.

    The office looks every two seconds, so that a node on a LAN (one every 10 s, or more often) is known to be silent
    within 27 s of its last word; one on 4G (every 5 minutes, unless its plan asks for less) within 12 min 32 s.
    """
    return max(LEAST_SILENCE, SILENT_AFTER * timedelta(milliseconds=heartbeat_ms))


class Counter(StrEnum):
    """What a node counts since it began; that it grows is the news."""

    TAKEOVERS = "takeovers"
    DEAF = "deaf"
    SOUND = "sound"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Grown:
    """By how much a counter grew lately, and when last."""

    by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Booted:
    """A BOOT: when, why, until when the boot before is known to have lived (None: not known).

    `machine`: which machine it was; `sure`: whether it knew the time.
    """

    at: datetime
    because: Because = Because.UNKNOWN
    last_alive: datetime | None = None
    new_stream: bool = False
    in_memory: bool = False
    machine: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True)
class RefusedThere:
    """Documents that the node refused for one reason."""

    at: datetime
    document: str
    reason: Refusal
    times: int = 1


@dataclass(frozen=True, slots=True)
class Tested:
    """What a self test told: the level read of what left the sound card, in dBFS; why it failed."""

    at: datetime
    outcome: Outcome
    level: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A switch or button of the box was used."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """All that is known of one node. `heartbeat`: how often it promised to speak, ms.

    `heard_at`: its last signed word. `online`, `left_at`: presence at the broker, which nobody signs: a hint.
    `boots`, `refusals`, `tests` and `presses` are of the last day, the newest last; `grown`: counters in LATELY;
    `turns`: which machines spoke by its name, the newest last. `unclear`: what it told cannot be judged, so that
    nothing is known of its condition.
    """

    node: NodeId
    heartbeat: int = 60_000
    enrolled_at: datetime | None = None
    heard_at: datetime | None = None
    online: bool = False
    left_at: datetime | None = None
    status: Heartbeat | None = None
    status_at: datetime | None = None
    boots: tuple[Booted, ...] = ()
    refusals: tuple[RefusedThere, ...] = ()
    tests: tuple[Tested, ...] = ()
    presses: tuple[Pressed, ...] = ()
    grown: Mapping[Counter, Grown] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    unclear: bool = False

    def bare(self) -> NodeFacts:
        """Only when it was heard, of a node whose facts cannot be judged."""
        return NodeFacts(
            self.node, self.heartbeat, self.enrolled_at, self.heard_at, self.online, self.left_at, unclear=True
        )


@dataclass(frozen=True, slots=True)
class OfficeLink:
    """Whether the office reaches its broker, and since when it does or does not."""

    up: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """All nodes with the office's own link; `above`: the areas of each node, its hamlet first, the root last."""

    link: OfficeLink
    nodes: Mapping[NodeId, NodeFacts]
    above: Mapping[NodeId, tuple[AreaId, ...]] = field(default_factory=dict)


def is_silent(facts: NodeFacts, link: OfficeLink, now: datetime) -> bool:
    """Whether it is silent past its bound, as far as the office can tell: not while the office itself hears nothing."""
    base = _base(facts, link)
    return base is not None and now >= base + silent_after(facts.heartbeat)


def is_overdue(facts: NodeFacts, link: OfficeLink, now: datetime) -> bool:
    """Whether a word that was promised has not come, though the bound is not past."""
    base = _base(facts, link)
    return base is not None and now >= base + OVERDUE * timedelta(milliseconds=facts.heartbeat) + timedelta(seconds=1)


def _base(facts: NodeFacts, link: OfficeLink) -> datetime | None:
    if not link.up or facts.heard_at is None:
        return None
    return facts.heard_at if facts.heard_at >= link.since else link.since + RETURN
