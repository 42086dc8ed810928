"""What comes up: what a node says of itself, and its journal in batches, as frozen values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from playlists.facts import (
    LOCAL,
    Accepted,
    Boot,
    Checkpoint,
    Closed,
    Event,
    Fact,
    LocalStart,
    Mark,
    Paused,
    Press,
    Progress,
    Refused,
    RequestDone,
    RequestTaken,
    Resumed,
    Sounded,
    Start,
    UnknownFact,
    Welcomed,
)
from playlists.values import (
    MOST_HELD,
    MOST_OLDER,
    AiringId,
    Ident,
    Instant,
    Number,
    Pairs,
    Sha256,
    Span,
    Text,
    Value,
    Whole,
    Word,
)
from playlists.words import AmplifierFault, Because, Button, Cause, Evidence, Outcome, Refusal, Rung, StoreState, Trust

__all__ = [
    "LOCAL", "Accepted", "AmplifierFault", "Because", "Birth", "Boot", "Button", "Cause", "Checkpoint", "Clock",
    "Closed", "Connection", "Event", "EventBatch", "Evidence", "Fact", "Heartbeat", "Held", "Line", "LocalStart",
    "Mark", "Missing", "OnAir", "Outcome", "Paused", "Press", "Progress", "Refusal", "Refused", "Report",
    "RequestDone", "RequestTaken", "Restarts", "Resumed", "Rung", "Sounded", "Start", "StoreState", "Trust",
    "UnknownFact", "Upload", "Welcomed",
]  # fmt: skip

EventText = Annotated[str, Field(max_length=2**20)]


class Held(Value):
    """A document that the node holds."""

    kind: Word
    to: Ident
    issuer: Ident
    number: Number
    digest: Sha256


class EventBatch(Value):
    """Events as the exact texts that were journalled, in order; `gone` are numbers that were dropped (from, to)."""

    kind: Literal["events"] = "events"
    node: Ident
    stream: Ident
    first: Span
    last: Span
    gone: Annotated[tuple[tuple[Span, Span], ...], Field(max_length=500)] = ()
    events: Annotated[tuple[EventText, ...], Field(max_length=500)]


class Clock(Value):
    """A node's clock: its wall time when it spoke, its trust, its bound in ms.

    `source`: who vouched for it last (kernel, rtc, office, host); `disputed`: two sources differ by more than the
    bound; `rtc`: whether there is a hardware clock that kept its time.
    """

    wall: Instant
    trust: Trust
    bound: Span
    source: Word = ""
    disputed: bool = False
    rtc: bool | None = None


class Birth(Value):
    """Said at every connection: documents held, the journal's range. (stream, boot, number) orders it.

    `older`: other streams that are kept and of which something was acknowledged, the newest first.
    """

    kind: Literal["birth"] = "birth"
    node: Ident
    connection: Ident
    nonce: Ident
    stream: Ident
    boot: Span
    number: Span
    versions: Pairs = ()
    clock: Clock
    held: Annotated[tuple[Held, ...], Field(max_length=MOST_HELD)] = ()
    first: Span = 0
    last: Span = 0
    older: Annotated[tuple[Ident, ...], Field(max_length=MOST_OLDER)] = ()


class OnAir(Value):
    """What sounds: the occurrence, its attempt, seconds in ms; on which rung an emergency stands."""

    occurrence: AiringId
    version: Span
    attempt: Span
    sounded: Span
    due: Span
    rung: Rung = Rung.MESSAGE


class Missing(Value):
    """An asset that is not ready, and why where a fetch failed."""

    sha256: Sha256
    cause: Text = ""


class Line(Value):
    """The line to the office: what carries it, its operator and signal, bytes used this month (both ways), what the
    operator says of the card (balance in its currency, expiry in ms UTC), reconnections and takeovers since boot."""

    bearer: Word = ""
    operator: Text = ""
    signal: Whole | None = None
    quality: Span | None = None
    used: Span | None = None
    balance: Span | None = None
    expires: Instant | None = None
    reconnects: Span = 0
    takeovers: Span = 0
    deaf: Span = 0


class Restarts(Value):
    """How often each part was started anew since the agent began, and why last."""

    sound: Span = 0
    guard: Span = 0
    because: Text = ""


class Heartbeat(Value):
    """A node's present condition. `relay` is what the guard holds; `read_back` only where it is wired.

    `level` in dBFS of what sounds now; `memory_free`, `disk_free` in bytes; `disk_errors`: as the node's file system
    counts them since it was made; `quarantined`: assets whose bytes changed on the disk; `gone`: telemetry dropped for
    want of space; `fetching`: assets on their way; `refused`: documents refused since boot; `because`: why this agent
    began; `profile`: how often it speaks (lan, 4g). `book`: the message book by which it speaks; `book_lacks`: what of
    the newest is not ready.
    """

    kind: Literal["status"] = "status"
    node: Ident
    stream: Ident
    boot: Span
    number: Span
    connection: Ident
    clock: Clock
    held: Annotated[tuple[Held, ...], Field(max_length=MOST_HELD)] = ()
    ready: Span = 0
    missing: Annotated[tuple[Missing, ...], Field(max_length=200)] = ()
    on_air: OnAir | None = None
    relay: bool | None = None
    read_back: bool | None = None
    sound_ok: bool | None = None
    sound_error: Text = ""
    store_ok: bool = True
    outbox: Span = 0
    temperature: float | None = None
    under_voltage: bool | None = None
    disk_free: Span | None = None
    uptime: Span | None = None
    signal: Whole | None = None
    level: float | None = None
    amplifier_fault: AmplifierFault | None = None
    under_voltage_since_boot: bool | None = None
    memory_free: Span | None = None
    load: float | None = None
    store: StoreState = StoreState.OK
    store_error: Text = ""
    disk_errors: Span | None = None
    library_error: Text = ""
    quarantined: Span = 0
    gone: Span = 0
    fetching: Span = 0
    refused: Span = 0
    line: Line = Line()
    restarts: Restarts = Restarts()
    because: Because = Because.UNKNOWN
    machine: Word = ""
    profile: Word = ""
    versions: Pairs = ()
    book: Sha256 | None = None
    book_lacks: Span = 0


class Connection(Value):
    """On or off; the will says off. Unsigned: presence only ever makes a page say less, never more."""

    kind: Literal["conn"] = "conn"
    on: bool
    connection: Ident
    boot: Span


class Upload(Value):
    """What a node says of a file that it PUTs by hash (`Authorization: Loa JWS`): for which Request, and what it is."""

    kind: Literal["upload"] = "upload"
    node: Ident
    sha256: Sha256
    bytes: Annotated[int, Field(gt=0, le=2**31)]
    what: Word
    request: Ident


Report = Birth | Heartbeat | EventBatch
