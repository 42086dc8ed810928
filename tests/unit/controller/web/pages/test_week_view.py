"""The timetable of a week: sessions × days, minutes, lunar days, and an airing's state in sign, word and colour."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from controller.domain.values import AreaId, BroadcastId, OccurrenceId, Session, SessionId, Timetable, Tree
from controller.domain.week import AiringState, Outcome
from controller.operations.week import PlannedAiring
from controller.web.airing_words import airing_state
from controller.web.pages.week_view import Desk, WeekView, week_view
from playlists.models import Kind, Priority
from tests.support.commune import COMMUNE, H1, H2, H3, HCM, NOON, at, tree

MONDAY = date(2026, 11, 23)
MORNING = Session(SessionId("morning"), "Sáng", time(5, 30), 3600)
EVENING = Session(SessionId("evening"), "Chiều", time(17), 600)
EVERYWHERE = (H1, H2, H3)


def with_sessions(*sessions: Session, later: tuple[Session, ...] | None = None) -> Tree:
    known = tree()
    timetables = [Timetable(date(2026, 1, 1), sessions)]
    if later is not None:
        timetables.append(Timetable(date(2026, 11, 26), later))
    commune = replace(known.areas[COMMUNE], sessions=tuple(timetables))
    return replace(known, areas={**known.areas, COMMUNE: commune})


def desk(known: Tree | None = None, monday: date = MONDAY, **changes: object) -> Desk:
    made = Desk(known or with_sessions(MORNING, EVENING), COMMUNE, monday, NOON, HCM, "vi", may_add=True)
    return replace(made, **changes)  # type: ignore[arg-type]


def airing(start: str, title: str = "Tiêm phòng", seconds: float = 60, **changes: object) -> PlannedAiring:
    begins = at(start)
    made = PlannedAiring(
        occurrence=OccurrenceId(f"b-{title}-{start}"),
        broadcast=BroadcastId("b"),
        version=1,
        owner=COMMUNE,
        title=title,
        programme="Bản tin",
        kind=Kind.NOTICE,
        priority=Priority.NORMAL,
        nominal=begins,
        starts_at=begins,
        ends_at=begins + timedelta(seconds=seconds),
        state=AiringState.PLANNED,
        session=None,
        where=("Xã B",),
        hamlets=EVERYWHERE,
        own=True,
        changing=False,
        play_now=False,
        nodes=3,
        ready=3,
        outcome=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def cells(view: WeekView) -> dict[str, dict[str, list[str]]]:
    """What stands where: by row and day."""
    return {
        row.name: {
            day.date: [f"{card.clock} {card.title}" for card in cell.cards]
            for day, cell in zip(view.days, row.cells, strict=True)
            if cell.cards
        }
        for row in view.rows
    }


def test_each_airing_stands_in_its_session_or_in_the_one_whose_time_it_has_else_under_other() -> None:
    found = [
        airing("2026-11-25 17:00", "Trong buổi", session=EVENING.id),
        airing("2026-11-25 17:09", "Giờ riêng trong buổi"),
        airing("2026-11-26 17:10", "Sau buổi"),
        airing("2026-11-26 05:30", "Buổi của nơi khác", session=SessionId("elsewhere")),
    ]
    view = week_view(found, desk())
    assert cells(view) == {
        "Sáng": {},
        "Chiều": {"25/11": ["17:00 Trong buổi", "17:09 Giờ riêng trong buổi"]},
        "Khác": {"26/11": ["05:30 Buổi của nơi khác", "17:10 Sau buổi"]},
    }
    assert [row.times for row in view.rows] == ["05:30", "17:00", ""]


def test_where_no_session_is_held_the_day_has_its_parts() -> None:
    found = [airing(f"2026-11-25 {clock}", clock) for clock in ("05:30", "11:15", "18:00")]
    assert cells(week_view(found, desk(tree()))) == {
        "Sáng": {"25/11": ["05:30 05:30"]},
        "Trưa": {"25/11": ["11:15 11:15"]},
        "Chiều": {"25/11": ["18:00 18:00"]},
    }


def test_sessions_that_change_in_the_week_stand_on_their_own_days() -> None:
    late = replace(EVENING, starts_at=time(18))
    view = week_view((), desk(with_sessions(EVENING, later=(late,))))
    assert view.rows[0].times == "17:00 / 18:00"
    assert [cell.name for cell in view.rows[0].cells] == ["Chiều 17:00"] * 3 + ["Chiều 18:00"] * 4


def test_a_session_made_anew_under_its_name_goes_on_in_its_row_and_a_namesake_has_its_own() -> None:
    anew, namesake = replace(EVENING, id=SessionId("anew")), replace(MORNING, id=SessionId("twin"), name="Chiều")
    view = week_view((), desk(with_sessions(EVENING, later=(anew,))))
    assert [row.name for row in view.rows] == ["Chiều", "Khác"]
    found = airing("2026-11-26 17:00", session=anew.id)
    assert list(cells(week_view([found], desk(with_sessions(EVENING, later=(anew,)))))["Chiều"]) == ["26/11"]
    view = week_view((), desk(with_sessions(EVENING, namesake)))
    assert [(row.name, row.times) for row in view.rows] == [("Chiều", "05:30"), ("Chiều", "17:00"), ("Khác", "")]


def test_the_minutes_of_a_session_are_those_of_the_hamlet_that_hears_most() -> None:
    there = {"session": EVENING.id}
    found = [
        airing("2026-11-25 17:00", "Cả xã", 121, **there),
        airing("2026-11-25 17:02:05", "Thôn 1", 60, hamlets=(H1,), **there),
        airing("2026-11-25 17:02:05", "Thôn 2", 90, hamlets=(H2,), **there),
        airing("2026-11-25 17:05", "Bỏ", 600, state=AiringState.SKIPPED, **there),
    ]
    cell = week_view(found, desk()).rows[1].cells[2]
    assert (cell.used, cell.over) == ("4/10 phút", False)
    over = [airing("2026-11-25 17:00", seconds=601, **there)]
    cell = week_view(over, desk()).rows[1].cells[2]
    assert (cell.used, cell.over) == ("11/10 phút", True)


def test_what_ends_after_the_limit_is_too_much_whatever_stood_before_it() -> None:
    found = [airing("2026-11-25 17:09:30", seconds=60, session=EVENING.id)]
    assert week_view(found, desk()).rows[1].cells[2].over


def test_a_cell_leads_to_deciding_for_its_day_and_session_unless_that_is_over() -> None:
    view = week_view((), desk())
    assert [cell.add for cell in view.rows[1].cells] == [
        "",
        *(f"/decide?day=2026-11-{day}&session=evening" for day in range(24, 30)),
    ]
    assert view.rows[0].cells[1].add == ""
    assert view.rows[2].cells[1].add == "/decide?day=2026-11-24"
    assert view.rows[1].cells[1].add_label == "Thêm vào “Chiều”, Thứ Ba, 24/11/2026"
    assert not any(cell.add for row in week_view((), desk(may_add=False)).rows for cell in row.cells)


def test_a_day_has_its_lunar_date_its_holiday_and_the_days_that_everybody_looks_for_are_marked() -> None:
    days = week_view((), desk()).days
    assert [(day.name, day.date) for day in days[:2]] == [("Thứ Hai", "23/11"), ("Thứ Ba", "24/11")]
    assert [(day.lunar, day.marked, day.holiday) for day in days[:2]] == [
        ("15/10 ÂL, rằm", True, ""),
        ("16/10 ÂL", False, "Ngày Văn hóa Việt Nam"),
    ]
    leap = week_view((), desk(monday=date(2025, 7, 21))).days[4]
    assert (leap.lunar, leap.marked) == ("1/6 nhuận ÂL, mùng một", True)
    exchanged = week_view((), desk(monday=date(2026, 8, 17))).days[5]
    assert (exchanged.date, exchanged.holiday) == ("22/08", "Làm bù")


def test_a_phone_begins_with_today_and_the_days_before_it_stand_apart() -> None:
    view = week_view((), desk())
    assert [day.date for day in view.past] == ["23/11"]
    assert [day.is_today for day in view.coming] == [True, *[False] * 5]
    next_week = week_view((), desk(monday=MONDAY + timedelta(days=7)))
    assert (next_week.past, len(next_week.coming)) == ((), 7)


OUTCOMES = {
    Outcome(12, 12, 0, 0): ("yes", "Đã phát 12/12", "good"),
    Outcome(12, 10, 1, 1): ("part", "Đã phát 10/12", "part"),
    Outcome(12, 0, 1, 0): ("part", "Đã phát 0/12", "part"),
    Outcome(12, 0, 0, 12): ("no", "Không phát 0/12", "bad"),
    Outcome(12, 0, 0, 1): ("ask", "Chưa rõ 0/12", "none"),
    None: ("off", "Không có cụm loa", "none"),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_past_airing_is_grey_with_its_result_in_sign_word_and_colour(outcome: Outcome | None) -> None:
    past = airing("2026-11-24 05:30", state=AiringState.PAST, outcome=outcome)
    (card,) = week_view([past], desk()).rows[0].cells[1].cards
    assert card.looks == "over"
    assert card.state is not None
    assert (card.state.sign, card.state.word, card.state.tone) == OUTCOMES[outcome]


@pytest.mark.parametrize("state", [each for each in AiringState if each is not AiringState.PAST])
def test_every_state_has_a_sign_a_word_and_a_colour_and_what_is_not_approved_is_dashed(state: AiringState) -> None:
    (card,) = week_view([airing("2026-11-25 05:30", state=state)], desk()).rows[0].cells[2].cards
    assert card.state is not None
    assert card.state.sign
    assert card.state.word
    assert card.state.tone in ("good", "part", "warn", "bad", "wait", "none")
    not_approved = state in (AiringState.WAITING, AiringState.DRAFT, AiringState.RETURNED)
    assert ("open" in card.looks) is not_approved


def test_audio_that_is_not_there_yet_is_said_a_day_before() -> None:
    def word(start: str) -> str:
        return airing_state(airing(start, ready=1), NOON, "vi").word

    assert (word("2026-11-25 11:59"), word("2026-11-25 12:01")) == ("Tiếng về 1/3 cụm", "Sẽ phát")


def test_a_silence_that_takes_it_away_is_said_on_the_card() -> None:
    words = [airing_state(airing("2026-11-25 17:00", quiet=each), NOON, "vi").word for each in (0, 1, 3)]
    assert words == ["Sẽ phát", "Im lặng ở 1/3 cụm", "Giờ im lặng"]


def test_a_card_names_its_places_unless_all_of_the_area_hears_it() -> None:
    found = [
        airing("2026-11-25 05:30", "Cả xã"),
        airing("2026-11-25 05:31", "Hai", where=("Thôn 1", "Thôn 2"), hamlets=(H1, H2)),
        airing("2026-11-25 05:32", "Ba", where=("Thôn 1", "Thôn 2", "Thôn 3"), hamlets=(H1, H2)),
    ]
    cards = week_view(found, desk()).rows[0].cells[2].cards
    assert [card.where for card in cards] == ["", "Thôn 1, Thôn 2", "2 thôn"]
    one = week_view(found[1:2], desk(area=AreaId(H1))).rows[0].cells[2].cards
    assert [card.where for card in one] == [""]


def test_drafts_hold_no_place_and_stand_last_and_a_clash_is_named() -> None:
    found = [
        airing("2026-11-25 05:30", "Nháp", state=AiringState.DRAFT),
        airing("2026-11-25 05:31", "Duyệt", clashes_with="Khác"),
        airing("2026-11-25 05:32", "Lạ", clashes_with=""),
    ]
    cards = week_view(found, desk()).rows[0].cells[2].cards
    assert [(card.title, card.clash) for card in cards] == [
        ("Duyệt", "Trùng giờ với “Khác”"),
        ("Lạ", "Trùng giờ với “lịch khác”"),
        ("Nháp", ""),
    ]


def test_the_template_week_has_no_dates_no_states_and_leads_to_broadcasts() -> None:
    view = week_view([airing("2026-11-25 05:30")], desk(template=True))
    (card,) = view.rows[0].cells[2].cards
    assert (view.title, card.state, card.address) == ("Tuần mẫu", None, "/broadcasts/b")
    assert not any(day.is_past or day.add for day in view.days)


def test_a_week_that_begins_in_another_year_says_so() -> None:
    assert week_view((), desk(monday=date(2026, 12, 28))).title == "Tuần 28/12 – 03/01/2027"
