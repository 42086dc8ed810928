"""What a node's journal holds: an `Event` is a numbered `Fact`; the state of a node is their fold and nothing else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from playlists.models import BookFile, Playlist
from playlists.values import (
    MOST_CUES,
    AiringId,
    Ident,
    Instant,
    Kind,
    Number,
    Pairs,
    Priority,
    Sha256,
    Source,
    Span,
    Text,
    Value,
    Whole,
    Word,
)
from playlists.words import Because, Cause, Evidence, Outcome, Refusal, Rung, Trust

Micros = Annotated[int, Field(ge=-(2**53), le=2**53)]
Nanos = Annotated[int, Field(ge=-(2**63), le=2**63)]
MOST_FORGOTTEN = 2000


class Boot(Value):
    """First row of each start of the agent. `in_memory`: the store cannot be written, so that nobody knows what an
    earlier stream of that kind has begun."""

    kind: Literal["boot"] = "boot"
    boot: Span
    versions: Pairs = ()
    trust: Trust = Trust.UNTRUSTED
    new_stream: bool = False
    in_memory: bool = False
    because: Because = Because.UNKNOWN
    machine: Word = ""
    """The machine's own boot id, which changes only when it went down."""
    last_alive: Instant = 0
    """Wall time (ms UTC) of the last that the journal knows of the boot before (0: nothing)."""


class Accepted(Value):
    """A document was verified and stored."""

    kind: Literal["accepted"] = "accepted"
    document: Word
    to: Ident
    issuer: Ident
    number: Number
    digest: Sha256


class Refused(Value):
    """Documents were refused for one reason: how many since the last such event."""

    kind: Literal["refused"] = "refused"
    document: Word
    reason: Refusal
    detail: Text = ""
    times: Span = 1


class Press(Value):
    """A button or switch of the box was used; `message`: the prepared message that the selector stood on."""

    kind: Literal["press"] = "press"
    what: Word
    message: Ident | Literal[""] = ""


class RequestTaken(Value):
    """A Request was taken, before it acts."""

    kind: Literal["request"] = "request"
    id: Ident
    action: Word
    expires_at: Instant
    arguments: Pairs = ()


class RequestDone(Value):
    """What became of a Request: a level in dBFS where one was read, the hash of what was uploaded."""

    kind: Literal["request_done"] = "request_done"
    id: Ident
    action: Word
    outcome: Outcome
    detail: Text = ""
    level: float | None = None
    sha256: Sha256 | None = None


class Welcomed(Value):
    """The office answered this connection's birth: `elsewhere` are ids that other streams of this node told."""

    kind: Literal["welcomed"] = "welcomed"
    stream: Ident
    elsewhere: Annotated[tuple[AiringId, ...], Field(max_length=500)] = ()


class Start(Value):
    """The occurrence as it will sound: what is journalled before the relay closes.

    Frame `first` sounds at `at_wall` (ms UTC) = `at_mono` (ns, of this boot). `rows` are the frames of each cue.
    `allowed`: for how long (ms) it may sound from here, by the day's minutes (None: no limit).
    """

    kind: Literal["start"] = "start"
    occurrence: AiringId
    version: Span
    source: Source
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
    rank: Whole
    tier: Whole
    out_of_hours: bool = False
    every: Span = 0
    rung: Rung = Rung.MESSAGE
    allowed: Span | None = None


class Paused(Value):
    """A higher precedence interrupts: the frame at which the occurrence rests, and when the other is to end."""

    kind: Literal["paused"] = "paused"
    occurrence: AiringId
    by: AiringId
    frame: Span
    until: Instant = 0


class Resumed(Value):
    """An interrupted occurrence goes on: frame `first` sounds at `at_wall` = `at_mono`. `items`: what an emergency that
    has changed its `rung` says from here on; `allowed`: as in START."""

    kind: Literal["resumed"] = "resumed"
    occurrence: AiringId
    at_wall: Instant
    at_mono: Nanos
    first: Span
    items: Playlist | None = None
    rung: Rung = Rung.MESSAGE
    allowed: Span | None = None


class Sounded(Value):
    """Milliseconds sounded of those due, in one language."""

    language: Word
    sounded: Span
    due: Span


class Closed(Value):
    """The one closing fact of an occurrence on a node. Times in ms, loudness in dBFS, start error in µs. `rung`: on
    which an emergency stood last; the rest is of that. `hushed`: what made it quiet (plan, mute, box, hours,
    minutes)."""

    kind: Literal["closed"] = "closed"
    occurrence: AiringId
    version: Span
    attempt: Span
    sounded: Span
    due: Span
    languages: Annotated[tuple[Sounded, ...], Field(max_length=MOST_CUES)] = ()
    loudness: float | None = None
    start_error: Micros | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=16)] = ()
    cause: Cause | None = None
    started_at: Instant | None = None
    assets: Annotated[tuple[Sha256, ...], Field(max_length=MOST_CUES)] = ()
    rung: Rung = Rung.MESSAGE
    hushed: Word = ""


class Progress(Value):
    """Local, never told: how far an occurrence is (frames; ns since T), every 10 s while it sounds.

    Frames are those of one sound process (`generation`, of this boot) for one `token`; `turn`: the pass. `unheard`:
    frames that left while the relay was not known to be closed; no other count has them.
    """

    kind: Literal["progress"] = "progress"
    occurrence: AiringId
    attempt: Span
    token: Source = ""
    turn: Span = 0
    generation: Span = 0
    position: Span
    taken: Span
    sounded: Span
    missing: Span = 0
    by_cue: Annotated[tuple[Span, ...], Field(max_length=MOST_CUES)] = ()
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
    source: Word = ""
    agreed: bool = False
    machine: Word = ""
    rtc: Span = 0


class Checkpoint(Value):
    """Local, never told: high-water marks and the day's minutes of routine sound, in ms.

    `forgotten`: closed occurrences that no held document names any more; State drops them. `left`: the agent was told
    to leave, and this is its last word. `floor`: no time is earlier; `mark`: of the clock, where that is known.
    `book`: the message book that stands.
    """

    kind: Literal["checkpoint"] = "checkpoint"
    wall: Instant
    forgotten: Annotated[tuple[AiringId, ...], Field(max_length=MOST_FORGOTTEN)] = ()
    floor: Instant = 0
    day: Instant = 0
    minutes: Span = 0
    left: bool = False
    mark: Mark | None = None
    book: BookFile | None = None


class UnknownFact(Value):
    """A fact of a kind that this release does not know: stored and acknowledged."""

    kind: Word


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
