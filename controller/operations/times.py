"""When an area speaks: its sessions, which change from a later day only, and the hours in which routine may sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from controller.domain.airings import airings, local_day
from controller.domain.broadcasts import as_if_approved
from controller.domain.clashes import AHEAD
from controller.domain.hours import WAKING, hours_of
from controller.domain.problems import Problem
from controller.domain.sessions import book, changed, in_force, sessions_of
from controller.domain.tree import path, time_zone
from controller.domain.values import Area, AreaId, Hours, Session, SessionId, Timetable
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right
from controller.storage import queries
from controller.storage.mapping import hours_column, timetables_column
from controller.storage.tables import AreaRow

MOST_SESSIONS = 12
"""How many sessions a day can have."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session as somebody wants it; `id` None: a new one."""

    name: str
    starts_at: time
    limit_s: int
    id: SessionId | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """What an area has on a day; `sessions_of` and `hours_of` name the area that says so, None for the house's hours.

    `own`: the area's own timetables, also those that are still to come.
    """

    area: Area
    day: date
    sessions: tuple[Session, ...]
    sessions_of: Area | None
    hours: Hours
    hours_of: Area | None
    own: tuple[Timetable, ...]


@query(Right.READ)
def times(act: Act, area: AreaId, day: date | None = None) -> Times:
    """The sessions and hours of an area on a day, today unless said."""
    act.permit(area)
    wanted = day or act.now.astimezone(time_zone(act.tree, area)).date()
    steps = tuple(reversed(path(act.tree, area)))
    return Times(
        area=act.tree.areas[area],
        day=wanted,
        sessions=sessions_of(act.tree, area, wanted),
        sessions_of=next((step for step in steps if in_force(step.sessions, wanted)), None),
        hours=hours_of(act.tree, area),
        hours_of=next((step for step in steps if step.hours), None),
        own=act.tree.areas[area].sessions,
    )


@operation(Right.AREAS)
def set_sessions(act: Act, area: AreaId, from_day: date, sittings: Sequence[Sitting]) -> list[str]:
    """The area's own sessions from a later day on; gives their ids. None at all: it inherits them from that day on.

    What still stands in a session is moved before the session is left out.
    """
    act.permit(area)
    known = act.tree.areas[area]
    today = act.now.astimezone(time_zone(act.tree, area)).date()
    held = tuple(_session(act, known, each) for each in sittings)
    if len(held) > MOST_SESSIONS:
        raise Invalid(Problem("sessions", "too_many", "A day has at most 12 sessions."))
    timetables = changed(known.sessions, held, from_day, today)
    _require_left(act, known, timetables, from_day)
    act.session.get_one(AreaRow, area).sessions = timetables_column(timetables)
    act.record("set_sessions", "area", area, area, from_day=from_day.isoformat(), sessions=[each.name for each in held])
    return [each.id for each in held]


@operation(Right.AREAS)
def set_hours(act: Act, area: AreaId, hours: Hours | None) -> None:
    """From when to when routine may be planned there, from now on; None is inherited."""
    act.permit(area)
    if hours is not None and hours.begin >= hours.end:
        raise Invalid(Problem("end", "end_before_start", "The end lies before the beginning."))
    act.session.get_one(AreaRow, area).hours = hours_column(hours)
    said = hours or WAKING
    act.record(
        "set_hours", "area", area, area, inherited=hours is None, begin=f"{said.begin:%H:%M}", end=f"{said.end:%H:%M}"
    )


def _session(act: Act, area: Area, wanted: Sitting) -> Session:
    own = {session.id for timetable in area.sessions for session in timetable.sessions}
    if wanted.id is not None and wanted.id not in own:
        raise not_found("sessions")
    id_ = wanted.id or SessionId(act.office.new_id())
    return Session(id_, wanted.name.strip(), wanted.starts_at, wanted.limit_s)


def _require_left(act: Act, area: Area, timetables: tuple[Timetable, ...], from_day: date) -> None:
    """Nothing stands in a session that would be left out: it would fall silent, and nobody would have said so."""
    kept = {session.id for session in timetables[-1].sessions}
    gone = {session.id: session for each in area.sessions for session in each.sessions if session.id not in kept}
    if not gone:
        return
    held = book(act.tree)
    for broadcast in queries.broadcasts(act.session, since=act.now.date()):
        if broadcast.withdrawn_at is not None:
            continue
        for airing in airings(as_if_approved(broadcast, act.now), act.now, act.now + AHEAD, held):
            place = airing.place
            if place and place.session in gone and local_day(airing.nominal, airing.time_zone) >= from_day:
                params = {"title": airing.title, "session": gone[place.session].name}
                message = "“{title}” still stands in “{session}”: give it another time first."
                raise Conflict(Problem("sessions", "in_use", message, params))
