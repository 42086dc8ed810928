"""What goes down: the documents that the office signs and a node obeys, as frozen values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo
from pydantic_core import to_json

from playlists.keys import Key, KeySet, Right
from playlists.terms import BookFile, Box, Interval, Issuer, NodeSettings, Silence, Volume
from playlists.values import (
    ALARM_KINDS,
    LARGEST,
    MOST_HELD,
    MOST_ITEMS,
    MOST_OLDER,
    MOST_ROWS,
    RATE,
    AiringId,
    Frames,
    Ident,
    Instant,
    Kind,
    Language,
    Millis,
    Number,
    Pairs,
    Priority,
    Sha256,
    Slots,
    Source,
    Span,
    Starts,
    Value,
    Word,
)

__all__ = [
    "RATE", "SOON", "Acknowledgement", "AlertSheet", "Asset", "AssetItem", "BookFile", "Box", "Document", "Frames",
    "Ident", "Instant", "Interval", "Issuer", "Item", "Key", "KeySet", "Kind", "Language", "Millis", "Move",
    "NodeSettings", "Number", "Occurrence", "Plan", "PlannedBroadcast", "PlannedVersion", "Playlist", "Priority",
    "Request", "Right", "Row", "Sha256", "SheetEntry", "Silence", "Span", "UnknownItem", "Value", "Volume", "Welcome",
    "occurrence_id", "playlist_frames",
]  # fmt: skip

SOON = 3_600_000
"""What begins within this time (ms) is fetched before all else."""


class Asset(Value):
    """An immutable audio file named by its hash: its size in bytes, its exact length in frames at 48 kHz."""

    sha256: Sha256
    bytes: Annotated[int, Field(gt=0, le=2**31)]
    frames: Annotated[int, Field(gt=0, le=24 * 3600 * RATE)]


class Row(Asset):
    """An item's sound in one language."""

    language: Language


class AssetItem(Value):
    """An item whose rows (language → asset) sound one after another, in the order given."""

    kind: Literal["asset"] = "asset"
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=MOST_ROWS)]

    @property
    def frames(self) -> int:
        return sum(row.frames for row in self.rows)


class UnknownItem(Value):
    """An item of a kind that this release does not know: it is skipped."""

    kind: Word

    @property
    def rows(self) -> tuple[Row, ...]:
        return ()

    @property
    def frames(self) -> int:
        return 0


def _item_tag(value: Any) -> str:
    kind = value.get("kind", "asset") if isinstance(value, dict) else getattr(value, "kind", "")
    return "asset" if kind == "asset" else "unknown"


Item = Annotated[
    Annotated[AssetItem, Tag("asset")] | Annotated[UnknownItem, Tag("unknown")],
    Discriminator(_item_tag),
]
Playlist = Annotated[tuple[Item, ...], Field(max_length=MOST_ITEMS)]


def playlist_frames(items: tuple[AssetItem | UnknownItem, ...]) -> int:
    """Length of a playlist in frames."""
    return sum(item.frames for item in items)


def occurrence_id(broadcast: str, nominal: int) -> str:
    """Id of one airing: its broadcast and its nominal start (ms UTC)."""
    return f"{broadcast}-{nominal}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One airing as a node knows it, whichever document brought it. `source` is `plan` or `zone/issuer`; `tone`: frames
    of the built-in attention tone that sounds where nothing else can."""

    id: str
    broadcast: str
    version: int
    nominal: int
    starts_at: int
    start_by: int
    ends_at: int
    whole: bool
    kind: Kind
    priority: Priority
    rank: int
    tier: int
    items: tuple[AssetItem | UnknownItem, ...]
    source: str
    out_of_hours: bool = False
    every: int = 0
    answers: tuple[str, ...] = ()
    when_warm: bool = False
    tone: int = 0

    @property
    def frames(self) -> int:
        """Length of one pass in frames."""
        return playlist_frames(self.items) + self.tone

    @property
    def emergency(self) -> bool:
        return self.priority is Priority.EMERGENCY

    @property
    def falls_back(self) -> bool:
        """An alarm, correction or all-clear: where it cannot be said, something else says that something is wrong."""
        return self.emergency and self.source != "plan" and self.kind in ALARM_KINDS - {Kind.DRILL}


class Move(Value):
    """An airing that starts elsewhere than its nominal start."""

    nominal: Instant
    starts_at: Instant


class PlannedVersion(Value):
    """One version of a broadcast in a node's window.

    `starts` are nominal starts in rising order; on the wire the first is absolute and each later one the difference to
    the one before. `late` is start_by − starts_at, `allowance` what ends_at leaves for resumption.
    """

    number: Annotated[int, Field(ge=1, le=LARGEST)]
    items: Playlist
    starts: Starts
    moves: Annotated[tuple[Move, ...], Field(max_length=2000)] = ()
    late: Annotated[int, Field(ge=0, le=7 * 86_400_000)] = 5000
    whole: bool = False
    allowance: Annotated[int, Field(ge=0, le=86_400_000)] = 0


class PlannedBroadcast(Value):
    """A broadcast as a node is to air it: what decides precedence, then its versions."""

    id: Ident
    kind: Kind = Kind.NOTICE
    priority: Priority = Priority.NORMAL
    rank: Annotated[int, Field(ge=-LARGEST, le=LARGEST)] = 0
    tier: Annotated[int, Field(ge=0, le=20)] = 0
    out_of_hours: bool = False
    versions: Annotated[tuple[PlannedVersion, ...], Field(max_length=400)]

    def occurrences(self) -> tuple[Occurrence, ...]:
        """Every airing in the window, expanded."""
        return tuple(each for version in self.versions for each in self._of_version(version))

    def _of_version(self, v: PlannedVersion) -> Iterator[Occurrence]:
        length = -(-playlist_frames(v.items) * 1000 // RATE)
        moved = {each.nominal: each.starts_at for each in reversed(v.moves)}
        for nominal in v.starts:
            starts_at = moved.get(nominal, nominal)
            start_by = starts_at + v.late
            yield Occurrence(
                occurrence_id(self.id, nominal), self.id, v.number, nominal, starts_at, start_by,
                start_by + length + v.allowance, v.whole, self.kind, self.priority, self.rank, self.tier,
                v.items, "plan", self.out_of_hours,
            )  # fmt: skip


class Plan(Value):
    """All that one node is to air in its window, from `window.start` (local midnight two days back) to `window.end`.

    `hours`: when routine may sound (none: always); `days`: local midnights; `minutes`: how many ms of music and
    rebroadcast may sound from one of them to the next (None: no limit).
    """

    kind: Literal["plan"] = "plan"
    to: Ident
    number: Number
    window: Interval
    key_set: Sha256
    settings: NodeSettings = NodeSettings()
    zones: Annotated[tuple[Ident, ...], Field(max_length=32)] = ()
    issuers: Annotated[tuple[Issuer, ...], Field(max_length=8)] = ()
    hours: Annotated[tuple[Interval, ...], Field(max_length=200)] = ()
    days: Annotated[tuple[Instant, ...], Field(max_length=64)] = ()
    minutes: Annotated[int, Field(ge=0, le=86_400_000)] | None = None
    volumes: Annotated[tuple[Volume, ...], Field(max_length=400)] = ()
    book: BookFile | None = None
    box: Box = Box()
    silences: Annotated[tuple[Silence, ...], Field(max_length=400)] = ()
    prefetch: Annotated[tuple[Asset, ...], Field(max_length=2000)] = ()
    broadcasts: Annotated[tuple[PlannedBroadcast, ...], Field(max_length=2000)] = ()

    def occurrences(self) -> tuple[Occurrence, ...]:
        """Every airing of the window, expanded."""
        return tuple(occurrence for broadcast in self.broadcasts for occurrence in broadcast.occurrences())

    def assets(self, now: int) -> tuple[Asset, ...]:
        """Every asset to hold, each once, in the order of need at `now` (ms UTC): what is due or begins soon, then
        `prefetch`, which may be released at any moment, then what comes later, then what is over."""
        first: dict[str, tuple[tuple[int, int], Asset]] = {
            asset.sha256: ((_Need.PREFETCH, 0), asset) for asset in self.prefetch
        }
        for occurrence in self.occurrences():
            need = (_need(occurrence, now), occurrence.starts_at)
            for item in occurrence.items:
                for row in item.rows:
                    known = first.get(row.sha256)
                    if known is None or need < known[0]:
                        first[row.sha256] = (need, row)
        return tuple(asset for _, asset in sorted(first.values(), key=lambda pair: (pair[0], pair[1].sha256)))


class _Need(IntEnum):
    SOON = 0
    PREFETCH = 1
    LATER = 2
    OVER = 3


def _need(occurrence: Occurrence, now: int) -> _Need:
    if occurrence.ends_at <= now:
        return _Need.OVER
    return _Need.SOON if occurrence.starts_at < now + SOON else _Need.LATER


class SheetEntry(Value):
    """An inline occurrence of an alert sheet: play now and, with `every` (ms between passes), emergencies.

    `message`, `slots`: a prepared message of the book, which every node says in its languages; `items` follow it.
    """

    broadcast: Ident
    kind: Kind
    priority: Priority
    starts_at: Instant
    start_by: Instant
    ends_at: Instant
    items: Playlist = ()
    nominal: Instant | None = None
    version: Annotated[int, Field(ge=1, le=LARGEST)] = 1
    whole: bool = False
    rank: Annotated[int, Field(ge=-LARGEST, le=LARGEST)] = 0
    tier: Annotated[int, Field(ge=0, le=20)] = 0
    every: Annotated[int, Field(ge=0, le=300_000)] = 0
    answers: Annotated[tuple[Ident, ...], Field(max_length=8)] = ()
    out_of_hours: bool = False
    message: Ident | None = None
    slots: Slots = ()

    @property
    def id(self) -> str:
        return occurrence_id(self.broadcast, self.starts_at if self.nominal is None else self.nominal)

    def occurrence(self, source: str) -> Occurrence:
        """The entry as a node holds it; play now and single-pass emergencies start when the amplifier is warm."""
        nominal = self.starts_at if self.nominal is None else self.nominal
        return Occurrence(
            self.id, self.broadcast, self.version, nominal, self.starts_at, self.start_by, self.ends_at, self.whole,
            self.kind, self.priority, self.rank, self.tier, self.items, source, self.out_of_hours, self.every,
            self.answers, when_warm=self.every == 0,
        )  # fmt: skip


_KINDS = frozenset(Kind)


def _of_known_kinds(value: Any, info: ValidationInfo) -> Any:
    """Without entries of a kind that this release does not know: the stop and the mute beside them still hold."""
    if info.mode != "json" or not isinstance(value, list):
        return value
    # What a validator is handed counts as Python's from here on: JSON again, for arrays are no tuples there.
    return tuple(SheetEntry.model_validate_json(to_json(each)) for each in value if not _is_unknown(each))


def _is_unknown(entry: Any) -> bool:
    kind = entry.get("kind") if isinstance(entry, dict) else None
    return isinstance(kind, str) and kind not in _KINDS


class AlertSheet(Value):
    """The whole of what one issuer overrides in one zone; a newer sheet replaces it, an empty one clears it."""

    kind: Literal["sheet"] = "sheet"
    to: Ident
    issuer: Ident
    number: Number
    issued_at: Instant
    occurrences: Annotated[tuple[SheetEntry, ...], Field(max_length=8), BeforeValidator(_of_known_kinds)] = ()
    withdrawn: Annotated[tuple[Ident, ...], Field(max_length=32)] = ()
    mute_until: Instant = 0

    @property
    def source(self) -> str:
        return f"{self.to}/{self.issuer}"


class Welcome(Value):
    """The office's answer to one birth: its time, what it has acknowledged, what the node lacks, ids told elsewhere.

    `older`: of each older stream that the birth named, up to which number it is held (0: not at all).
    """

    kind: Literal["welcome"] = "welcome"
    to: Ident
    nonce: Ident
    time: Instant
    stream: Ident
    acknowledged: Span = 0
    lacks: Annotated[tuple[Source, ...], Field(max_length=MOST_HELD)] = ()
    elsewhere: Annotated[tuple[AiringId, ...], Field(max_length=500)] = ()
    older: Annotated[tuple[tuple[Ident, Span], ...], Field(max_length=MOST_OLDER)] = ()


class Acknowledgement(Value):
    """The office has committed a stream up to `number`, whose journalled bytes have this SHA-256."""

    kind: Literal["ack"] = "ack"
    to: Ident
    stream: Ident
    number: Span
    digest: Sha256


class Request(Value):
    """What cannot be state: one act asked of a node within one connection (`nonce`)."""

    kind: Literal["request"] = "request"
    to: Ident
    nonce: Ident
    id: Ident
    expires_at: Instant
    action: Word
    arguments: Pairs = ()


Document = Plan | AlertSheet | KeySet | Welcome | Acknowledgement | Request
