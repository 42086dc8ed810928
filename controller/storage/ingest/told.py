"""What goes into a batch and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from playlists.models import Sha256
from playlists.reports import Birth, Closed, Connection, Event, Heartbeat, Refusal


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event with the exact text that was journalled; `wall` in ms UTC, `closed` if it is a closing fact.

    `sign`: read whole, if it tells of the node's health or of a Request.
    """

    number: int
    text: str
    kind: str
    wall: int
    occurrence: str | None = None
    closed: Closed | None = None
    sign: Event | None = None


@dataclass(frozen=True, slots=True)
class ToldEvents:
    """Events of one stream, their numbers rising; `gone` are ranges (from, to) that the node has no more."""

    stream: str
    events: tuple[ToldEvent, ...]
    gone: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Something a registered node said on a topic, its signature verified (a Connection has none)."""

    node: str
    topic: str
    what: Birth | Heartbeat | ToldEvents | Connection


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Something that came up and was refused."""

    topic: str
    reason: Refusal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A stream is held up to `number`, whose event's bytes have this digest."""

    node: str
    stream: str
    number: int
    digest: Sha256


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch gives cause to answer: births to welcome, statuses to compare, streams to acknowledge."""

    births: tuple[Birth, ...] = ()
    statuses: tuple[Heartbeat, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()
