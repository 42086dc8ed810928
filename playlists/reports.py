"""What comes up: what a node says of itself and of what it did, as frozen values.

An `Event` is a numbered `Fact`. Facts are what the journal holds; the state of a node is their fold and nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from playlists.models import BookFile, Playlist
from playlists.values import MOST_OLDER, Ident, Instant, Kind, Number, Priority, Sha256, Span, Value

Micros = Annotated[int, Field(ge=-(2**53), le=2**53)]
Nanos = Annotated[int, Field(ge=-(2**63), le=2**63)]
Text = Annotated[str, Field(max_length=2000)]


class Trust(StrEnum):
    """How sure a node is of the wall time."""

    SYNCHRONISED = "synchronised"
    HELD = "held"
    UNTRUSTED = "untrusted"


class Cause(StrEnum):
    """Why seconds that were due did not sound."""

    PLAN_LATE = "plan_late"
    POWER = "power"
    CLOCK = "clock"
    ASSET = "asset"
    PLAYER = "player"
    DEVICE = "device"
    QUIET = "quiet"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    PRE_EMPTED = "pre_empted"
    ENDED = "ended"
    LONGEST_ON = "longest_on"
    NOT_CONCERNED = "not_concerned"
    JOURNAL_NEW = "journal_new"


class Evidence(StrEnum):
    """What a proof rests on, weakest first."""

    FRAMES = "frames"
    CURRENT = "current"
    EAR = "ear"
    PERSON = "person"


class Refusal(StrEnum):
    """Why a document was refused."""

    TOO_BIG = "too_big"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    NOT_PERMITTED = "not_permitted"
    BAD_SIGNATURE = "bad_signature"
    UNSUPPORTED = "unsupported"
    NOT_MINE = "not_mine"
    OLDER = "older"
    CONFLICT = "conflict"
    BAD_NONCE = "bad_nonce"
    EXPIRED = "expired"
    NOT_STORED = "not_stored"
    CLAMPED = "clamped"
    """It was taken, but for what no honest document says."""


class Rung(StrEnum):
    """What a node says of an emergency: what was to be said, a pinned message in its place, or the bare tone."""

    MESSAGE = "message"
    PINNED = "pinned"
    TONE = "tone"


class StoreState(StrEnum):
    """How the journal's disk is: with any but `ok` events live in memory, or only some kinds are still written."""

    OK = "ok"
    LOW = "low"
    FULL = "full"
    READ_ONLY = "read_only"
    FAILED = "failed"


class AmplifierFault(StrEnum):
    """What is wrong between the guard and the amplifier: by read-back, or the pins themselves."""

    STUCK_OPEN = "stuck_open"
    STUCK_CLOSED = "stuck_closed"
    PINS = "pins"


class Because(StrEnum):
    """Why an agent began: the machine lost power or was rebooted, the agent died, was stopped, or was asked to."""

    UNKNOWN = "unknown"
    POWER = "power"
    CRASH = "crash"
    STOPPED = "stopped"
    WATCHDOG = "watchdog"
    REQUEST = "request"


class Outcome(StrEnum):
    """What became of a Request."""

    DONE = "done"
    FAILED = "failed"
    BUSY = "busy"
    EXPIRED = "expired"
    UNSUPPORTED = "unsupported"


class Held(Value):
    """A document that the node holds."""

    kind: str
    to: Ident
    issuer: Ident
    number: Number
    digest: Sha256


class Boot(Value):
    """First row of each start of the agent. `in_memory`: the store cannot be written, so that nobody knows what an
    earlier stream of that kind has begun."""

    kind: Literal["boot"] = "boot"
    boot: Span
    versions: tuple[tuple[str, str], ...] = ()
    trust: Trust = Trust.UNTRUSTED
    new_stream: bool = False
    in_memory: bool = False
    because: Because = Because.UNKNOWN
    machine: str = ""
    """The machine's own boot id, which changes only when it went down."""
    last_alive: Instant = 0
    """Wall time (ms UTC) of the last that the journal knows of the boot before (0: nothing)."""


class Accepted(Value):
    """A document was verified and stored."""

    kind: Literal["accepted"] = "accepted"
    document: str
    to: Ident
    issuer: Ident
    number: Number
    digest: Sha256


class Refused(Value):
    """Documents were refused for one reason: how many since the last such event."""

    kind: Literal["refused"] = "refused"
    document: str
    reason: Refusal
    detail: Text = ""
    times: Span = 1


class Button(StrEnum):
    """What is used at a box: what sounds is closed; routine is silenced from the press on; that silence ends; the
    selector's prepared message is said; the node says its state; the hamlet's microphone takes or leaves the
    amplifier; the technician's switch keeps the relay open, or no more."""

    STOP = "stop"
    SILENCE = "silence"
    END_SILENCE = "end_silence"
    MESSAGE = "message"
    STATE = "state"
    BUSY = "busy"
    FREE = "free"
    TECHNICIAN = "technician"
    TECHNICIAN_OFF = "technician_off"


class Press(Value):
    """A button or switch of the box was used; `message`: the prepared message that the selector stood on."""

    kind: Literal["press"] = "press"
    what: str
    message: Ident | Literal[""] = ""


class RequestTaken(Value):
    """A Request was taken, before it acts."""

    kind: Literal["request"] = "request"
    id: Ident
    action: str
    expires_at: Instant
    arguments: tuple[tuple[str, str], ...] = ()


class RequestDone(Value):
    """What became of a Request: a level in dBFS where one was read, the hash of what was uploaded."""

    kind: Literal["request_done"] = "request_done"
    id: Ident
    action: str
    outcome: Outcome
    detail: Text = ""
    level: float | None = None
    sha256: Sha256 | None = None


class Welcomed(Value):
    """The office answered this connection's birth: `elsewhere` are ids that other streams of this node told."""

    kind: Literal["welcomed"] = "welcomed"
    stream: Ident
    elsewhere: tuple[str, ...] = ()


class Start(Value):
    """The occurrence as it will sound: what is journalled before the relay closes.

    Frame `first` sounds at `at_wall` (ms UTC) = `at_mono` (ns, of this boot). `rows` are the frames of each cue.
    """

    kind: Literal["start"] = "start"
    occurrence: str
    version: Span
    source: str
    attempt: Annotated[int, Field(ge=1, le=2)]
    at_wall: Instant
    at_mono: Nanos
    first: Span
    items: Playlist
    starts_at: Instant
    ends_at: Instant
    start_by: Instant
    whole: bool
    programme_kind: Kind
    priority: Priority
    rank: int
    tier: int
    out_of_hours: bool = False
    every: Span = 0
    rung: Rung = Rung.MESSAGE


class Paused(Value):
    """A higher precedence interrupts: the frame at which the occurrence rests."""

    kind: Literal["paused"] = "paused"
    occurrence: str
    by: str
    frame: Span


class Resumed(Value):
    """An interrupted occurrence goes on: frame `first` sounds at `at_wall` = `at_mono`. `items`: what an emergency that
    has changed its `rung` says from here on."""

    kind: Literal["resumed"] = "resumed"
    occurrence: str
    at_wall: Instant
    at_mono: Nanos
    first: Span
    items: Playlist | None = None
    rung: Rung = Rung.MESSAGE


class Sounded(Value):
    """Milliseconds sounded of those due, in one language."""

    language: str
    sounded: Span
    due: Span


class Closed(Value):
    """The one closing fact of an occurrence on a node. Times in ms, loudness in dBFS, start error in µs. `rung`: on
    which an emergency stood last; the rest is of that."""

    kind: Literal["closed"] = "closed"
    occurrence: str
    version: Span
    attempt: Span
    sounded: Span
    due: Span
    languages: tuple[Sounded, ...] = ()
    loudness: float | None = None
    start_error: Micros | None = None
    evidence: tuple[Evidence, ...] = ()
    cause: Cause | None = None
    started_at: Instant | None = None
    assets: tuple[Sha256, ...] = ()
    rung: Rung = Rung.MESSAGE


class Progress(Value):
    """Local, never told: how far an occurrence is (frames; ns since T), every 10 s while it sounds.

    Frames are those of one sound process (`generation`, of this boot) for one `token`; `turn`: the pass. `unheard`:
    frames that left while the relay was not known to be closed; no other count has them.
    """

    kind: Literal["progress"] = "progress"
    occurrence: str
    attempt: Span
    token: str = ""
    turn: Span = 0
    generation: Span = 0
    position: Span
    taken: Span
    sounded: Span
    missing: Span = 0
    by_cue: tuple[Span, ...] = ()
    since_t: Nanos = 0
    loudness: float | None = None
    start_error: Micros | None = None
    unheard: Span = 0


class LocalStart(Value):
    """Local, never told: the local occurrence of a Request begins, its first frame at `at_mono` (ns, of this boot)."""

    kind: Literal["local_start"] = "local_start"
    id: Ident
    at_mono: Nanos


class Mark(Value):
    """What a boot left of its clock: `wall` (ms UTC) at `mono` (ns), off by `bound` ms at most, by `source`.

    `agreed`: a second source said the same. `machine`: its boot id; `rtc`: what the hardware clock was off at most, in
    ms (0: not known).
    """

    wall: Instant
    mono: Nanos
    bound: Span
    source: str = ""
    agreed: bool = False
    machine: str = ""
    rtc: Span = 0


class Checkpoint(Value):
    """Local, never told: high-water marks and the day's minutes of routine sound, in ms.

    `forgotten`: closed occurrences that no held document names any more; State drops them. `left`: the agent was told
    to leave, and this is its last word. `floor`: no time is earlier; `mark`: of the clock, where that is known.
    `book`: the message book that stands.
    """

    kind: Literal["checkpoint"] = "checkpoint"
    wall: Instant
    forgotten: tuple[str, ...] = ()
    floor: Instant = 0
    day: Instant = 0
    minutes: Span = 0
    left: bool = False
    mark: Mark | None = None
    book: BookFile | None = None


class UnknownFact(Value):
    """A fact of a kind that this release does not know: stored and acknowledged."""

    kind: str


_KNOWN: dict[str, type[Value]] = {
    "boot": Boot,
    "accepted": Accepted,
    "refused": Refused,
    "press": Press,
    "request": RequestTaken,
    "request_done": RequestDone,
    "welcomed": Welcomed,
    "start": Start,
    "paused": Paused,
    "resumed": Resumed,
    "closed": Closed,
    "progress": Progress,
    "local_start": LocalStart,
    "checkpoint": Checkpoint,
}


def _fact_tag(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) and kind in _KNOWN else "unknown"


Fact = Annotated[
    Annotated[Boot, Tag("boot")]
    | Annotated[Accepted, Tag("accepted")]
    | Annotated[Refused, Tag("refused")]
    | Annotated[Press, Tag("press")]
    | Annotated[RequestTaken, Tag("request")]
    | Annotated[RequestDone, Tag("request_done")]
    | Annotated[Welcomed, Tag("welcomed")]
    | Annotated[Start, Tag("start")]
    | Annotated[Paused, Tag("paused")]
    | Annotated[Resumed, Tag("resumed")]
    | Annotated[Closed, Tag("closed")]
    | Annotated[Progress, Tag("progress")]
    | Annotated[LocalStart, Tag("local_start")]
    | Annotated[Checkpoint, Tag("checkpoint")]
    | Annotated[UnknownFact, Tag("unknown")],
    Discriminator(_fact_tag),
]

LOCAL = (Progress, LocalStart, Checkpoint)
"""Facts outside the stream's numbers, never told."""


class Event(Value):
    """A fact with its place in the stream (0: local) and the moment it was journalled."""

    number: Span
    wall: Instant
    mono: Nanos
    boot: Span
    trust: Trust
    fact: Fact


class EventBatch(Value):
    """Events as the exact texts that were journalled, in order; `gone` are numbers that were dropped (from, to)."""

    kind: Literal["events"] = "events"
    node: Ident
    stream: Ident
    first: Span
    last: Span
    gone: tuple[tuple[Span, Span], ...] = ()
    events: Annotated[tuple[str, ...], Field(max_length=500)]


class Clock(Value):
    """A node's clock: its wall time when it spoke, its trust, its bound in ms.

    `source`: who vouched for it last (kernel, rtc, office, host); `disputed`: two sources differ by more than the
    bound; `rtc`: whether there is a hardware clock that kept its time.
    """

    wall: Instant
    trust: Trust
    bound: Span
    source: str = ""
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
    versions: tuple[tuple[str, str], ...] = ()
    clock: Clock
    held: tuple[Held, ...] = ()
    first: Span = 0
    last: Span = 0
    older: Annotated[tuple[Ident, ...], Field(max_length=MOST_OLDER)] = ()


class OnAir(Value):
    """What sounds: the occurrence, its attempt, seconds in ms; on which rung an emergency stands."""

    occurrence: str
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

    bearer: str = ""
    operator: Text = ""
    signal: int | None = None
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
    held: tuple[Held, ...] = ()
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
    signal: int | None = None
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
    machine: str = ""
    profile: str = ""
    versions: tuple[tuple[str, str], ...] = ()
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
    what: str
    request: Ident


Report = Birth | Heartbeat | EventBatch
