"""When an area speaks: sessions that change from a later day only, hours, both inherited."""

from dataclasses import replace
from datetime import date, time

import pytest

from controller.domain.values import AreaId, FromDay, Hours, InSession, Places, Recurrence, Repeat, SessionId
from controller.operations import broadcasts
from controller.operations.deciding import Wish, decide
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound, OperationError
from controller.operations.times import Sitting, Times, set_hours, set_sessions, times
from tests.support.commune import content, daily
from tests.support.staffed import Staffed

TOMORROW, LATER = date(2026, 11, 25), date(2026, 12, 1)
EVENING = Sitting("Chiều", time(17), 1800)


def found(staffed: Staffed, area: str = "h1", day: date | None = None) -> Times:
    return times(staffed.office, staffed.by("editor"), staffed.areas[area], day)


def held(staffed: Staffed, day: date, *sittings: Sitting, area: str = "commune") -> list[str]:
    return set_sessions(staffed.office, staffed.by("admin"), staffed.areas[area], day, sittings)


def seat(staffed: Staffed, session: str) -> None:
    """A bulletin of a minute stands in the session every day."""
    commune, days = staffed.areas["commune"], Recurrence(Repeat.DAILY, TOMORROW, ())
    said = content(places=Places(areas=(commune,)), recurrence=days, session=InSession(SessionId(session)))
    decide(staffed.office, staffed.by("editor"), Wish(commune, staffed.programme, FromDay(TOMORROW), said))


def refusal(error: pytest.ExceptionInfo[OperationError]) -> list[tuple[str, str]]:
    return [(each.where, each.reason) for each in error.value.problems]


def test_a_new_office_has_three_usual_sessions_and_the_houses_hours(staffed: Staffed) -> None:
    seen = found(staffed)
    assert [(each.name, each.starts_at, each.limit_s) for each in seen.sessions] == [
        ("Sáng", time(5, 30), 3600), ("Trưa", time(11), 1800), ("Chiều", time(17), 3600),
    ]  # fmt: skip
    assert seen.sessions_of is not None
    assert seen.sessions_of.id == staffed.areas["province"]
    assert (seen.hours, seen.hours_of) == (Hours(time(5), time(21)), None)


def test_sessions_change_from_a_later_day_only_and_are_inherited(staffed: Staffed) -> None:
    (evening,) = held(staffed, LATER, EVENING)
    assert len(found(staffed).sessions) == 3
    seen = found(staffed, day=LATER)
    assert [(each.id, each.name) for each in seen.sessions] == [(evening, "Chiều")]
    assert seen.sessions_of is not None
    assert seen.sessions_of.id == staffed.areas["commune"]
    with pytest.raises(Invalid) as caught:
        held(staffed, date(2026, 11, 24), EVENING)
    assert refusal(caught) == [("from_day", "not_later")]


def test_without_sessions_of_its_own_an_area_inherits_them_again(staffed: Staffed) -> None:
    held(staffed, TOMORROW, EVENING)
    held(staffed, LATER)
    assert [len(found(staffed, day=day).sessions) for day in (TOMORROW, LATER)] == [1, 3]


def test_a_session_keeps_its_id_when_its_time_changes_and_another_areas_is_not_ones_own(staffed: Staffed) -> None:
    (evening,) = held(staffed, TOMORROW, EVENING)
    assert held(staffed, LATER, replace(EVENING, starts_at=time(18), id=SessionId(evening))) == [evening]
    with pytest.raises(NotFound):
        held(staffed, LATER, replace(EVENING, id=SessionId(evening)), area="h1")


@pytest.mark.parametrize(
    ("sitting", "where"),
    [
        (replace(EVENING, name=" "), "sessions.name"),
        (replace(EVENING, limit_s=0), "sessions.limit_s"),
        (replace(EVENING, limit_s=7 * 3600), "sessions.limit_s"),
    ],
)
def test_a_session_has_a_name_and_a_length(staffed: Staffed, sitting: Sitting, where: str) -> None:
    with pytest.raises(OperationError) as caught:
        held(staffed, TOMORROW, sitting)
    assert refusal(caught)[0][0] == where


def test_what_still_stands_in_a_session_keeps_it_from_being_left_out(staffed: Staffed) -> None:
    (evening,) = held(staffed, TOMORROW, EVENING)
    seat(staffed, evening)
    with pytest.raises(Conflict) as caught:
        held(staffed, LATER)
    assert refusal(caught) == [("sessions", "in_use")]
    held(staffed, LATER, replace(EVENING, starts_at=time(18), id=SessionId(evening)))


def test_a_session_does_not_change_so_that_what_stands_in_it_no_longer_fits(staffed: Staffed) -> None:
    (evening,) = held(staffed, TOMORROW, EVENING)
    seat(staffed, evening)
    same = replace(EVENING, id=SessionId(evening))
    for change, reason in (
        (replace(same, limit_s=30), "over_limit"),
        (replace(same, starts_at=time(22)), "out_of_hours"),
    ):
        with pytest.raises(Conflict) as caught:
            held(staffed, LATER, change)
        assert refusal(caught) == [("sessions", reason)]
    held(staffed, LATER, replace(same, limit_s=60))


def test_hours_of_an_area_bind_what_is_saved_in_its_hamlets(staffed: Staffed) -> None:
    late = content(places=Places(areas=(staffed.areas["h1"],)), recurrence=daily("21:30"))
    office, editor, commune = staffed.office, staffed.by("editor"), staffed.areas["commune"]

    def save() -> str:
        return broadcasts.create_broadcast(office, editor, commune, staffed.programme, FromDay(TOMORROW), late)

    with pytest.raises(Invalid) as caught:
        save()
    assert refusal(caught) == [("recurrence.times", "out_of_hours")]
    set_hours(office, staffed.by("admin"), commune, Hours(time(6), time(22)))
    seen = found(staffed)
    assert seen.hours == Hours(time(6), time(22))
    assert seen.hours_of is not None
    assert seen.hours_of.id == commune
    assert save()
    set_hours(office, staffed.by("admin"), commune, None)
    assert found(staffed).hours == Hours(time(5), time(21))


def test_hours_that_end_before_they_begin_are_refused(staffed: Staffed) -> None:
    with pytest.raises(Invalid) as caught:
        set_hours(staffed.office, staffed.by("admin"), staffed.areas["commune"], Hours(time(21), time(5)))
    assert refusal(caught) == [("end", "end_before_start")]


def test_only_who_administers_the_area_changes_its_times(staffed: Staffed) -> None:
    area = staffed.areas["commune"]
    with pytest.raises(NotAllowed):
        set_sessions(staffed.office, staffed.by("editor"), area, TOMORROW, (EVENING,))
    with pytest.raises(NotFound):
        set_hours(staffed.office, staffed.by("stranger"), area, None)
    with pytest.raises(NotFound):
        times(staffed.office, staffed.by("stranger"), AreaId("nowhere"))
