"""When an area speaks: its sessions and its hours."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from controller.domain.values import Area, AreaId, Hours, Session, SessionId
from controller.operations import times
from controller.operations.times import Sitting, Times
from controller.web.api.decisions import Day, TimeOfDay
from controller.web.api.fields import Answer, Body, Id, IdPath, Line
from controller.web.identity import Reader, WebPort, Writer

router = APIRouter(tags=["times"])


class SittingBody(Body):
    """A session; without an id a new one. `limit_s`: how long it may be in all."""

    id: Id | None = None
    name: Line
    starts_at: TimeOfDay
    limit_s: Annotated[int, Field(ge=1, le=10_000_000)] = 3600

    def value(self) -> Sitting:
        """As the office has it."""
        return Sitting(self.name, self.starts_at, self.limit_s, SessionId(self.id) if self.id else None)


class SessionsBody(Body):
    """An area's own sessions from a later day on; none: it inherits them from that day on."""

    from_day: Day
    sessions: Annotated[tuple[SittingBody, ...], Field(max_length=50)] = ()


class HoursBody(Body):
    """From when to when routine may be planned, local time; the end is not included. Without both it is inherited."""

    begin: TimeOfDay
    end: TimeOfDay


class HoursChange(Body):
    """The area's own hours; null: inherited."""

    hours: HoursBody | None = None


class Ids(Answer):
    """The ids of the sessions, in the order given."""

    ids: list[str]


class SessionAnswer(Answer):
    """A session as it is on a day."""

    id: str
    name: str
    starts_at: time
    limit_s: int

    @classmethod
    def of(cls, session: Session) -> SessionAnswer:
        """A session."""
        return cls.model_validate(session)


class TimetableAnswer(Answer):
    """The area's own sessions from a day on."""

    from_day: date
    sessions: list[SessionAnswer]


class TimesAnswer(Answer):
    """What an area has on a day; `sessions_of` and `hours_of` is the area that says so, null where none does."""

    day: date
    sessions: list[SessionAnswer]
    sessions_of: str | None
    begin: time
    end: time
    hours_of: str | None
    own: list[TimetableAnswer]

    @classmethod
    def of(cls, found: Times) -> TimesAnswer:
        """As it is asked."""
        return cls(
            day=found.day, sessions=[SessionAnswer.of(each) for each in found.sessions],
            sessions_of=_id(found.sessions_of), begin=found.hours.begin, end=found.hours.end,
            hours_of=_id(found.hours_of), own=[TimetableAnswer.model_validate(each) for each in found.own],
        )  # fmt: skip


@router.get("/areas/{area}/times")
def area_times(area: IdPath, actor: Reader, web: WebPort, day: Annotated[date | None, Query()] = None) -> TimesAnswer:
    """The sessions and hours of an area on a day, today unless said."""
    return TimesAnswer.of(times.times(web.office, actor, AreaId(area), day))


@router.put("/areas/{area}/sessions")
def set_sessions(area: IdPath, body: SessionsBody, actor: Writer, web: WebPort) -> Ids:
    """The area's own sessions from a later day on."""
    sittings = [each.value() for each in body.sessions]
    return Ids(ids=times.set_sessions(web.office, actor, AreaId(area), body.from_day, sittings))


@router.put("/areas/{area}/hours", status_code=204)
def set_hours(area: IdPath, body: HoursChange, actor: Writer, web: WebPort) -> None:
    """The hours in which routine may be planned, from now on."""
    said = Hours(body.hours.begin, body.hours.end) if body.hours else None
    times.set_hours(web.office, actor, AreaId(area), said)


def _id(area: Area | None) -> str | None:
    return None if area is None else area.id
