"""Plans and sheets in few words, for stories on one morning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playlists.book import Clip, Part, PreparedMessage
from playlists.models import (
    RATE,
    AlertSheet,
    AssetItem,
    Interval,
    Kind,
    Move,
    NodeSettings,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
    Priority,
    Row,
    SheetEntry,
    Silence,
    UnknownItem,
)
from speaker_node.values import Documents

MS = 1_000_000
FIVE = 1_790_546_400_000
"""05:00:00 of some day (ms UTC), on a full 10 s."""


def at(text: str) -> int:
    """`05:02:10.5` as ms UTC of that day."""
    hours, minutes, seconds = text.split(":")
    return FIVE + (int(hours) - 5) * 3_600_000 + int(minutes) * 60_000 + round(float(seconds) * 1000)


def clock(wall: int) -> str:
    """The other way round, for assertions that read like stories."""
    seconds, millis = divmod(wall - FIVE + 5 * 3_600_000, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{millis:03}" if millis else text


def sha(name: str) -> str:
    return (name.encode().hex() * 64)[:64]


def item(name: str, seconds: float, language: str = "vi") -> AssetItem:
    return AssetItem(rows=(Row(sha256=sha(name), bytes=1000, frames=round(seconds * RATE), language=language),))


def items(name: str, seconds: float) -> tuple[AssetItem, ...]:
    return (item(name, seconds),) if seconds else ()


def broadcast(
    name: str,
    start: str,
    seconds: float = 60,
    *,
    late: float = 5,
    whole: bool = False,
    allowance: float = 0,
    priority: Priority = Priority.NORMAL,
    rank: int = 0,
    tier: int = 0,
    version: int = 1,
    playlist: tuple[AssetItem | UnknownItem, ...] | None = None,
    moved: str | None = None,
    kind: Kind = Kind.NOTICE,
    out_of_hours: bool = False,
) -> PlannedBroadcast:
    """One airing; by default it is skipped if its start was missed by 5 s."""
    moves = () if moved is None else (Move(nominal=at(start), starts_at=at(moved)),)
    planned = PlannedVersion(
        number=version,
        items=items(name, seconds) if playlist is None else playlist,
        starts=(at(start),),
        moves=moves,
        late=round(late * 1000),
        whole=whole,
        allowance=round(allowance * 1000),
    )
    return PlannedBroadcast(id=name, kind=kind, priority=priority, rank=rank, tier=tier, out_of_hours=out_of_hours,
                            versions=(planned,))  # fmt: skip


def join(name: str, start: str, seconds: float = 600, **more: object) -> PlannedBroadcast:
    return broadcast(name, start, seconds, late=seconds, **more)  # type: ignore[arg-type]


def whole(name: str, start: str, seconds: float = 600, late: float = 1800, **more: object) -> PlannedBroadcast:
    return broadcast(name, start, seconds, late=late, whole=True, **more)  # type: ignore[arg-type]


def silence(start: str, end: str, *kinds: Kind) -> Silence:
    """A stretch of silence that the plan brings; without kinds for all routine."""
    return Silence(start=at(start), end=at(end), kinds=kinds)


def plan(
    *broadcasts: PlannedBroadcast, settings: NodeSettings | None = None, silences: Sequence[Silence] = (), **more: Any
) -> Plan:
    return Plan(
        to="n1",
        number=Number(epoch=1, sequence=1),
        window=Interval(start=FIVE - 3 * 86_400_000, end=FIVE + 31 * 86_400_000),
        key_set="0" * 64,
        settings=NodeSettings() if settings is None else settings,
        silences=tuple(silences),
        broadcasts=broadcasts,
        **more,
    )


def play_now(
    name: str,
    start: str,
    seconds: float = 30,
    *,
    priority: Priority = Priority.PRIORITY,
    rank: int = 0,
    late: float = 600,
    every: float = 0,
    ends: str | None = None,
    kind: Kind = Kind.PLAY_NOW,
    answers: tuple[str, ...] = (),
    playlist: tuple[AssetItem | UnknownItem, ...] | None = None,
    **more: Any,
) -> SheetEntry:
    start_by = at(start) + round(late * 1000)
    return SheetEntry(
        broadcast=name,
        kind=kind,
        priority=priority,
        rank=rank,
        starts_at=at(start),
        start_by=start_by,
        ends_at=start_by + round(seconds * 1000) if ends is None else at(ends),
        items=items(name, seconds) if playlist is None else playlist,
        every=round(every * 1000),
        answers=answers,
        **more,
    )


def alarm(name: str, start: str, seconds: float = 0, *, ends: str, every: float = 0, **more: Any) -> SheetEntry:
    """An emergency that may begin until it ends; of a prepared message, unless it has `seconds` of its own."""
    given: dict[str, Any] = {"kind": Kind.ALARM, "priority": Priority.EMERGENCY, **more}
    late = (at(ends) - at(start)) / 1000
    return play_now(name, start, seconds, ends=ends, late=late, every=every, **given)


def urgent(*entries: SheetEntry, zone: str = "z1", **more: Any) -> AlertSheet:
    """The emergency sheet of a zone."""
    return sheet(*entries, issuer="office-emergency", **more).model_copy(update={"to": zone})


def clip(name: str, seconds: float, language: str = "vi", value: str = "") -> Clip:
    row = item(name, seconds, language).rows[0]
    return Clip(name=name.partition(" ")[0], value=value, **row.model_dump())


def message(name: str, *parts: str, kind: Kind = Kind.ALARM, opening: tuple[str, ...] = ()) -> PreparedMessage:
    """Fixed words by name; a part in braces is a slot."""
    found = tuple(Part(name=part.strip("{}"), slot=part.startswith("{")) for part in parts)
    return PreparedMessage(name=name, kind=kind, opening=opening, parts=found)


def sheet(
    *entries: SheetEntry, withdrawn: Sequence[str] = (), mute_until: int = 0, issuer: str = "office"
) -> AlertSheet:
    return AlertSheet(
        to="z1",
        issuer=issuer,
        number=Number(epoch=1, sequence=1),
        issued_at=FIVE,
        occurrences=entries,
        withdrawn=tuple(withdrawn),
        mute_until=mute_until,
    )


def documents(planned: Plan | None = None, *sheets: AlertSheet) -> Documents:
    return Documents(plan(settings=None) if planned is None else planned, {(s.to, s.issuer): s for s in sheets})
