"""Broadcasts with their versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from controller.domain.values import (
    Broadcast,
    Content,
    FromDay,
    PlaylistItem,
    Recurrence,
    Scope,
    Version,
    from_ms,
)
from controller.web.api.fields import Answer


class RecordingAnswer(Answer):
    """An item's sound in one language."""

    language: str
    asset: str
    text: str | None
    voice: str | None


class ItemAnswer(Answer):
    """One item of a playlist."""

    title: str
    recordings: tuple[RecordingAnswer, ...]


class RecurrenceAnswer(Answer):
    """Local days and times."""

    repeat: str
    first_day: date
    last_day: date | None
    times: tuple[time, ...]
    weekdays: tuple[int, ...]
    month_days: tuple[int, ...]
    except_days: tuple[date, ...]


class PlacesAnswer(Answer):
    """Where a version is to be heard."""

    zones: tuple[str, ...]
    areas: tuple[str, ...]
    hamlets: tuple[str, ...]


class SessionPlace(Answer):
    """In which session a version stands, and where among the others."""

    session: str
    order: int


class VersionAnswer(Answer):
    """All that a version decides, and what became of it. `digest` is what an approval names."""

    number: int
    state: str
    digest: str
    title: str
    scope: dict[str, Any]
    playlist: list[ItemAnswer] | None
    places: PlacesAnswer | None
    recurrence: RecurrenceAnswer | None
    start: dict[str, Any] | None
    time_zone: str
    priority: str
    rank: int
    late: dict[str, Any]
    last_true_day: date | None
    session: SessionPlace | None
    author: str
    created_at: datetime
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    returned_why: str | None
    carried_from: int | None
    approved_until: date | None
    paper_by: str | None
    paper_note: str | None
    paper_seen_at: datetime | None

    @classmethod
    def of(cls, version: Version) -> VersionAnswer:
        """A version."""
        content = version.content
        return cls(
            number=version.number, state=version.state.value, digest=version.digest, scope=scope_answer(version.scope),
            author=version.author, created_at=version.created_at, submitted_at=version.submitted_at,
            decided_by=version.decided_by, decided_at=version.decided_at, returned_why=version.returned_why,
            carried_from=version.carried_from, approved_until=version.approved_until, paper_by=version.paper_by,
            paper_note=version.paper_note, paper_seen_at=version.paper_seen_at,
            **_content(content),
        )  # fmt: skip


class BroadcastAnswer(Answer):
    """A broadcast with all its versions, the newest last."""

    id: str
    area: str
    programme: str
    lane: str
    withdrawn_at: datetime | None
    versions: list[VersionAnswer]

    @classmethod
    def of(cls, broadcast: Broadcast) -> BroadcastAnswer:
        """A broadcast."""
        return cls(
            id=broadcast.id, area=broadcast.owner, programme=broadcast.programme.id, lane=broadcast.lane.value,
            withdrawn_at=broadcast.withdrawn_at, versions=[VersionAnswer.of(each) for each in broadcast.versions],
        )  # fmt: skip


def scope_answer(scope: Scope) -> dict[str, Any]:
    """Which airings a version is for."""
    if isinstance(scope, FromDay):
        today = [from_ms(each).isoformat() for each in scope.today]
        return {"kind": "from_day", "day": scope.day.isoformat(), "ends_named": scope.ends_named, "today": today}
    return {"kind": "named_starts", "nominals": [from_ms(each).isoformat() for each in scope.nominals]}


def _content(content: Content) -> Mapping[str, Any]:
    start = content.start
    moved = None if start is None or start.starts_at is None else from_ms(start.starts_at).isoformat()
    return {
        "title": content.title,
        "playlist": None if content.playlist is None else [_item(each) for each in content.playlist],
        "places": None if content.places is None else PlacesAnswer.model_validate(content.places),
        "recurrence": None if content.recurrence is None else _recurrence(content.recurrence),
        "start": None if start is None else {"skip": start.skip, "starts_at": moved},
        "time_zone": content.time_zone,
        "priority": content.priority.name.lower(),
        "rank": content.rank,
        "late": {"kind": content.late.kind.value, "within_s": content.late.within_s},
        "last_true_day": content.last_true_day,
        "session": None if content.session is None else SessionPlace.model_validate(content.session),
    }


def _item(item: PlaylistItem) -> ItemAnswer:
    return ItemAnswer.model_validate(item)


def _recurrence(recurrence: Recurrence) -> RecurrenceAnswer:
    return RecurrenceAnswer(
        repeat=recurrence.repeat.value, first_day=recurrence.first_day, last_day=recurrence.last_day,
        times=recurrence.times, weekdays=recurrence.weekdays, month_days=recurrence.month_days,
        except_days=recurrence.except_days,
    )  # fmt: skip
