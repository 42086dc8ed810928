"""Sessions: they belong to an area, are inherited, and change from a later date only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.broadcasts import Refused
from controller.domain.problems import Problem
from controller.domain.tree import path, time_zone
from controller.domain.values import AreaId, Session, SessionId, Timetable, Tree

LONGEST_S = 6 * 3600
"""How long a session may be at most."""


@dataclass(frozen=True, slots=True)
class Book:
    """Every session of the tree by its id, with the timetables that may hold it."""

    timetables: Mapping[SessionId, tuple[Timetable, ...]] = field(default_factory=dict)

    def on(self, session: SessionId, day: date) -> Session | None:
        """A session as it is on a day; None where it is not held then."""
        held = in_force(self.timetables.get(session, ()), day) or ()
        return next((each for each in held if each.id == session), None)

    def start(self, session: SessionId, day: date) -> time | None:
        """The local time at which a session starts on a day."""
        found = self.on(session, day)
        return None if found is None else found.starts_at


def book(tree: Tree) -> Book:
    """The sessions of all areas."""
    found: dict[SessionId, tuple[Timetable, ...]] = {}
    for area in tree.areas.values():
        named = {session.id for timetable in area.sessions for session in timetable.sessions}
        found |= dict.fromkeys(named, area.sessions)
    return Book(found)


def in_force(timetables: Iterable[Timetable], day: date) -> tuple[Session, ...] | None:
    """The sessions of an area on a day; None before its first timetable."""
    begun = [each for each in timetables if each.from_day <= day]
    return max(begun, key=lambda each: each.from_day).sessions if begun else None


def sessions_of(tree: Tree, area: AreaId, day: date) -> tuple[Session, ...]:
    """The sessions that an area has on a day, in order of their start: its own, or those of the nearest ancestor."""
    each = (in_force(step.sessions, day) for step in reversed(path(tree, area)))
    return tuple(sorted(next((found for found in each if found), ()), key=lambda one: (one.starts_at, one.id)))


def next_end(tree: Tree, area: AreaId, now: datetime) -> datetime | None:
    """When the session that an area has now ends by its limit, or else the next; None where none is soon."""
    zone = time_zone(tree, area)
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=ahead) for ahead in (-1, 0, 1)]
    ends = [_end(session, day, zone) for day in days for session in sessions_of(tree, area, day)]
    return min((end for end in ends if end > now), default=None)


def _end(session: Session, day: date, zone: ZoneInfo) -> datetime:
    begin = datetime.combine(day, session.starts_at, zone).astimezone(UTC)
    return begin + timedelta(seconds=session.limit_s)


def changed(
    timetables: tuple[Timetable, ...], sessions: tuple[Session, ...], from_day: date, today: date
) -> tuple[Timetable, ...]:
    """An area's timetables with other sessions from a later day on. Raises Refused for today or before."""
    if from_day <= today:
        raise Refused(
            Problem("from_day", "not_later", "Sessions change from a later day only: tomorrow at the earliest.")
        )
    for session in sessions:
        _require(session)
    if len({session.id for session in sessions}) != len(sessions):
        raise Refused(Problem("sessions", "twice", "A session stands here twice."))
    before = tuple(each for each in timetables if each.from_day < from_day)
    return (*sorted(before, key=lambda each: each.from_day), Timetable(from_day, sessions))


def _require(session: Session) -> None:
    if not session.name.strip():
        raise Refused(Problem("sessions.name", "empty", "Give the session a name."))
    if not 0 < session.limit_s <= LONGEST_S:
        raise Refused(Problem("sessions.limit_s", "out_of_range", "A session lasts at most 6 hours."))
