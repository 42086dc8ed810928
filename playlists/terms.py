"""What a plan settles for one node: its settings, its box, when it keeps quiet, whom it follows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from playlists.values import Ident, Instant, Kind, Language, Priority, Sha256, Value, Word


class Interval(Value):
    """A stretch of time in UTC: from `start` up to, not including, `end`."""

    start: Instant
    end: Instant


class Silence(Interval):
    """A stretch in which routine is not to sound; `kinds` empty means all routine. `source`: plan, mute or box."""

    kinds: Annotated[tuple[Kind, ...], Field(max_length=16)] = ()
    source: Word = "plan"


class NodeSettings(Value):
    """A node's desired settings: gains in dB by priority, times in ms."""

    languages: Annotated[tuple[Language, ...], Field(max_length=16)] = ("vi",)
    gain_normal: Annotated[float, Field(ge=-60, le=0)] = 0.0
    gain_priority: Annotated[float, Field(ge=-60, le=0)] = 0.0
    gain_emergency: Annotated[float, Field(ge=-60, le=0)] = 0.0
    warm_up: Annotated[int, Field(ge=0, le=10_000)] = 1000
    linger: Annotated[int, Field(ge=0, le=120_000)] = 3000
    longest_on: Annotated[int, Field(ge=60_000, le=6 * 3_600_000)] = 2 * 3_600_000
    heartbeat: Annotated[int, Field(ge=1000, le=3_600_000)] = 60_000


class Volume(Interval):
    """A stretch in which a priority sounds with this gain (dB) in place of the settings'."""

    priority: Priority
    gain: Annotated[float, Field(ge=-60, le=0)]


class Box(Value):
    """What a press at the box may do: the prepared messages of its selector, in the order of its positions, for how
    long (ms) and how often (ms between passes) one sounds; how long (ms) a press of SILENCE counts."""

    messages: Annotated[tuple[Ident, ...], Field(max_length=8)] = ()
    longest: Annotated[int, Field(ge=10_000, le=1_800_000)] = 300_000
    every: Annotated[int, Field(ge=10_000, le=300_000)] = 60_000
    silence: Annotated[int, Field(ge=0, le=24 * 3_600_000)] = 2 * 3_600_000


class BookFile(Value):
    """The file that holds the message book: its hash and its size in bytes."""

    sha256: Sha256
    bytes: Annotated[int, Field(gt=0, le=2**20)]


class Issuer(Value):
    """Whose alert sheets a node follows, and in which zones."""

    id: Ident
    zones: Annotated[tuple[Ident, ...], Field(max_length=32)]
