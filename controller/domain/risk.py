"""What of the near future may go wrong: audio that has not reached a node, a node out of contact.

A node plays by itself what it holds. So one that is out of contact is only looked for when something is near, and what
it held when it was last heard is said beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from controller.domain.sheets import SILENT_AFTER
from controller.domain.values import NodeId, OccurrenceId

AUDIO_BEFORE = timedelta(minutes=30)
"""From when on before a start audio that has not reached a node is a danger."""
CONTACT_BEFORE = timedelta(minutes=60)
"""From when on before a start a node out of contact is a danger."""


class Danger(StrEnum):
    """`blind`: out of contact and not known to hold it; `lacking`: in contact without it; `cut_off`: holds it."""

    BLIND = "blind"
    LACKING = "lacking"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Due:
    """An airing that a node is to sound. `ready`: it said that it holds the plan and all of the audio."""

    node: NodeId
    occurrence: OccurrenceId
    starts_at: datetime
    ready: bool
    in_contact: bool


@dataclass(frozen=True, slots=True)
class Threat:
    """A danger to one airing, with the nodes concerned."""

    danger: Danger
    occurrence: OccurrenceId
    starts_at: datetime
    nodes: tuple[NodeId, ...]


def in_contact(online: bool, heard_at: datetime | None, heartbeat_ms: int, now: datetime) -> bool:
    """Whether a node was heard of lately: connected, and not silent for several of its heartbeats."""
    return online and heard_at is not None and now - heard_at <= SILENT_AFTER * timedelta(milliseconds=heartbeat_ms)


def danger(due: Due, now: datetime) -> Danger | None:
    """What threatens an airing on a node; None where nothing does, or not yet, or it has begun."""
    ahead = due.starts_at - now
    if ahead <= timedelta():
        return None
    if due.in_contact:
        return Danger.LACKING if not due.ready and ahead <= AUDIO_BEFORE else None
    if ahead > CONTACT_BEFORE:
        return None
    return Danger.CUT_OFF if due.ready else Danger.BLIND


def threats(every: Iterable[Due], now: datetime) -> tuple[Threat, ...]:
    """The dangers of the near future by airing, the earliest start first; of a node out of contact its next airing."""
    found: dict[tuple[datetime, Danger, OccurrenceId], list[NodeId]] = {}
    named: set[NodeId] = set()
    for due in sorted(every, key=lambda each: (each.starts_at, each.occurrence, each.node)):
        kind = danger(due, now)
        if kind is None or (kind is not Danger.LACKING and due.node in named):
            continue
        if kind is not Danger.LACKING:
            named.add(due.node)
        found.setdefault((due.starts_at, kind, due.occurrence), []).append(due.node)
    return tuple(Threat(kind, occurrence, at, tuple(nodes)) for (at, kind, occurrence), nodes in sorted(found.items()))
