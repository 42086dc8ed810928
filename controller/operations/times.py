"""When an area speaks: its sessions, which change from a later day only, and the hours in which routine may sound."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from controller.domain.airings import Airing, airings, local_day
from controller.domain.clashes import AHEAD
from controller.domain.guards import hours_problem, limit_problem
from controller.domain.hours import WAKING, hours_of, out_of_hours
from controller.domain.layout import Reach, laid_out, overruns
from controller.domain.problems import Problem
from controller.domain.sessions import book, changed, in_force, sessions_of
from controller.domain.tree import path, time_zone
from controller.domain.values import Area, AreaId, Hours, Session, SessionId, Timetable, Tree
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right
from controller.operations.saving import audio_of, placed
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

    What still stands in a session is moved before the session is left out, or changes so that it does not fit.
    """
    act.permit(area)
    known = act.tree.areas[area]
    today = act.now.astimezone(time_zone(act.tree, area)).date()
    held = tuple(_session(act, known, each) for each in sittings)
    if len(held) > MOST_SESSIONS:
        raise Invalid(Problem("sessions", "too_many", "A day has at most 12 sessions."))
    timetables = changed(known.sessions, held, from_day, today)
    _require_left(act, known, timetables, from_day)
    _require_fitting(act, replace(known, sessions=timetables), from_day)
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
    for airing in _seated(_airings(act, act.tree), gone.keys(), from_day):
        if airing.place:
            params = {"title": airing.title, "session": gone[airing.place.session].name}
            message = "“{title}” still stands in “{session}”: give it another time first."
            raise Conflict(Problem("sessions", "in_use", message, params))


def _require_fitting(act: Act, area: Area, from_day: date) -> None:
    """What stands in the sessions ends within their limit and within the hours, as they will be."""
    tree = replace(act.tree, areas={**act.tree.areas, area.id: area})
    reach = Reach(tree, audio_of(act, placed(act)))
    own = {each.id for each in area.sessions[-1].sessions}
    seated = list(_seated(laid_out(_airings(act, tree), reach), own, from_day))
    over = next(overruns(seated, reach, book(tree)), None)
    if over is not None:
        raise Conflict(replace(limit_problem(over, time_zone(tree, area.id)), where="sessions"))
    outside = next(out_of_hours(seated, reach), None)
    if outside is not None:
        raise Conflict(replace(hours_problem(outside), where="sessions"))


def _airings(act: Act, tree: Tree) -> Iterator[Airing]:
    """All that is planned with the sessions of a tree, not laid out."""
    held = book(tree)
    return (airing for each in placed(act) for airing in airings(each, act.now, act.now + AHEAD, held))


def _seated(every: Iterable[Airing], sessions: Collection[SessionId], from_day: date) -> Iterator[Airing]:
    """The airings that stand in some sessions from a day on."""
    for airing in every:
        place, day = airing.place, local_day(airing.nominal, airing.time_zone)
        if place and place.session in sessions and day >= from_day:
            yield airing
