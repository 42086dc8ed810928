"""Sessions of areas."""

from dataclasses import replace
from datetime import date, time

import pytest

from controller.domain.broadcasts import Refused
from controller.domain.sessions import book, changed, next_end, sessions_of
from controller.domain.values import AreaId, Session, SessionId, Timetable, Tree
from tests.support.commune import COMMUNE, H1, H2, PROVINCE, at, tree

MORNING = Session(SessionId("morning"), "Buổi sáng", time(5, 30), 3600)
EVENING = Session(SessionId("evening"), "Buổi chiều", time(17, 0), 3600)
LATER = replace(EVENING, starts_at=time(18, 0))
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)


def held(**timetables: tuple[Timetable, ...]) -> Tree:
    made = tree()
    areas = {id_: replace(area, sessions=timetables.get(id_, ())) for id_, area in made.areas.items()}
    return replace(made, areas=areas)


ALWAYS = Timetable(date(2026, 1, 1), (EVENING, MORNING))


def test_sessions_are_inherited_from_the_nearest_area_that_has_them_in_order_of_their_start() -> None:
    own = Session(SessionId("own"), "Buổi của thôn", time(6), 600)
    commune = held(commune=(ALWAYS,), h1=(Timetable(date(2026, 1, 1), (own,)),))
    assert sessions_of(commune, H2, TODAY) == sessions_of(commune, COMMUNE, TODAY) == (MORNING, EVENING)
    assert sessions_of(commune, H1, TODAY) == (own,)
    assert sessions_of(commune, PROVINCE, TODAY) == ()
    assert sessions_of(commune, AreaId("nowhere"), TODAY) == ()


def test_a_session_is_as_it_was_until_the_day_from_which_it_changes() -> None:
    commune = held(commune=(ALWAYS, Timetable(TOMORROW, (LATER,))))
    assert sessions_of(commune, H1, TODAY) == (MORNING, EVENING)
    assert sessions_of(commune, H1, TOMORROW) == (LATER,)
    assert book(commune).start(EVENING.id, TODAY) == time(17)
    assert book(commune).start(EVENING.id, TOMORROW) == time(18)
    assert book(commune).start(MORNING.id, TOMORROW) is None, "it is held no more"
    assert book(commune).start(EVENING.id, date(2025, 12, 31)) is None, "it was not held yet"


@pytest.mark.parametrize("day", [date(2026, 11, 23), TODAY])
def test_sessions_change_from_a_later_day_only(day: date) -> None:
    with pytest.raises(Refused, match="later day"):
        changed((ALWAYS,), (LATER,), day, TODAY)


def test_a_change_keeps_what_holds_before_it_and_replaces_what_was_planned_after() -> None:
    planned = Timetable(date(2026, 12, 24), (MORNING,))
    assert changed((ALWAYS, planned), (LATER,), TOMORROW, TODAY) == (ALWAYS, Timetable(TOMORROW, (LATER,)))


@pytest.mark.parametrize(
    "wrong",
    [
        (replace(EVENING, limit_s=0),),
        (replace(EVENING, limit_s=6 * 3600 + 1),),
        (replace(EVENING, name=" "),),
        (EVENING, LATER),
    ],
)
def test_a_session_without_a_name_or_a_limit_or_twice_is_refused(wrong: tuple[Session, ...]) -> None:
    with pytest.raises(Refused):
        changed((), wrong, TOMORROW, TODAY)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-24 05:29", "2026-11-24 06:30"),
        ("2026-11-24 06:00", "2026-11-24 06:30"),
        ("2026-11-24 06:30", "2026-11-24 18:00"),
        ("2026-11-24 20:00", "2026-11-25 06:30"),
    ],
)
def test_the_next_end_is_of_the_session_that_is_held_now_or_else_of_the_next(now: str, end: str) -> None:
    assert next_end(held(commune=(ALWAYS,)), H1, at(now)) == at(end)


def test_a_session_over_midnight_ends_on_the_day_after_and_none_ends_where_there_is_none() -> None:
    night = replace(EVENING, starts_at=time(23, 30))
    commune = held(commune=(Timetable(date(2026, 1, 1), (night,)),))
    assert next_end(commune, H1, at("2026-11-25 00:10")) == at("2026-11-25 00:30")
    assert next_end(held(), H1, at("2026-11-24 12:00")) is None
