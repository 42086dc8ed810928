"""What every document and report is made of: identifiers, instants, priorities and numbers, as frozen values.

Times are integer milliseconds UTC, lengths are frames at 48 kHz. Unknown fields are ignored, so that an old release
reads what a newer one writes; numbers that are not finite and integers past 2^53 are refused.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import accumulate
from typing import Annotated, Any, NewType

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, ValidationInfo

Millis = NewType("Millis", int)
Frames = NewType("Frames", int)

RATE = 48_000
"""Frames per second of every programme position in Loa."""

LARGEST = 2**53 - 1

MOST_OLDER = 32
"""How many older streams a birth names and its Welcome answers for."""

Ident = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=24)]
Instant = Annotated[int, Field(ge=0, le=LARGEST)]
Span = Annotated[int, Field(ge=0, le=LARGEST)]
SlotValue = Annotated[str, StringConstraints(max_length=40)]


Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]

Word = Annotated[str, StringConstraints(max_length=64)]
"""A kind, an action, a cause by name: short, and of any alphabet, as a newer release may know others."""
Text = Annotated[str, StringConstraints(max_length=2000)]
AiringId = Annotated[str, StringConstraints(max_length=96)]
"""Of an occurrence: its broadcast and its nominal start."""
Source = Annotated[str, StringConstraints(max_length=200)]
"""Names of several of these, put together."""
Pairs = Annotated[tuple[tuple[Word, Annotated[str, StringConstraints(max_length=500)]], ...], Field(max_length=16)]
"""Names and what stands for each."""
MOST_HELD = 300
"""Documents that a node holds: two, and a sheet of each issuer in each zone."""
MOST_ITEMS, MOST_ROWS = 200, 16
MOST_CUES = MOST_ITEMS * MOST_ROWS


class Value(BaseModel):
    """A frozen value of the wire: strict types, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


class Priority(IntEnum):
    """What wins first; routine is all that is not emergency."""

    NORMAL = 1
    PRIORITY = 2
    EMERGENCY = 3


class Kind(StrEnum):
    """What a programme airs (notice, music, rebroadcast) or what a sheet's entry is."""

    NOTICE = "notice"
    MUSIC = "music"
    REBROADCAST = "rebroadcast"
    PLAY_NOW = "play_now"
    ALARM = "alarm"
    CORRECTION = "correction"
    ALL_CLEAR = "all_clear"
    DRILL = "drill"


class Number(Value):
    """A document's number: the epoch rules, then the sequence (UTC milliseconds at signing, at least last + 1)."""

    epoch: Annotated[int, Field(ge=1, le=LARGEST)]
    sequence: Annotated[int, Field(ge=0, le=LARGEST)]

    def __lt__(self, other: Number) -> bool:
        return (self.epoch, self.sequence) < (other.epoch, other.sequence)

    def __le__(self, other: Number) -> bool:
        return self < other or self == other


Slots = Annotated[tuple[tuple[Ident, SlotValue], ...], Field(max_length=8)]
"""What fills the slots of a prepared message: name and value, as the officer tapped them."""

ALARM_KINDS = frozenset({Kind.ALARM, Kind.CORRECTION, Kind.ALL_CLEAR, Kind.DRILL})
"""What only a key for emergencies may give; all of these but the drill are emergencies."""


def _from_differences(value: Any, info: ValidationInfo) -> Any:
    if info.mode == "json" and isinstance(value, list) and all(type(n) is int for n in value):
        return tuple(accumulate(value))
    return value


def _to_differences(starts: tuple[int, ...]) -> list[int]:
    return [start - before for before, start in zip((0, *starts), starts, strict=False)]


Starts = Annotated[
    tuple[Instant, ...],
    Field(max_length=2000),
    BeforeValidator(_from_differences),
    PlainSerializer(_to_differences, when_used="json"),
]
