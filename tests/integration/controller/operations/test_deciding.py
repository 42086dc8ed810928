"""Deciding: what saving would give is shown, and one act saves and asks for approval."""

from dataclasses import replace
from datetime import date, time

import pytest

from controller.domain.broadcasts import newest
from controller.domain.values import (
    BroadcastId,
    FromDay,
    InSession,
    Places,
    Recurrence,
    Repeat,
    Session,
    SessionId,
    Timetable,
    Version,
    VersionState,
)
from controller.operations import reading
from controller.operations.deciding import Look, Wish, decide, look
from controller.operations.errors import Conflict, Invalid, NotFound, OperationError
from controller.storage.engine import transact
from controller.storage.mapping import timetables_column
from controller.storage.tables import AreaRow
from tests.support.commune import at, content, daily, item
from tests.support.staffed import Staffed

DAY = date(2026, 11, 25)
NOON_SESSION, EVENING = SessionId("noon000001"), SessionId("evening001")


@pytest.fixture
def desk(staffed: Staffed) -> Staffed:
    """The commune has a session at noon and one in the evening, of ten minutes each."""
    held = (Session(NOON_SESSION, "Buổi trưa", time(11, 30), 600), Session(EVENING, "Buổi chiều", time(17), 600))

    def keep(session: object) -> None:
        row = session.get_one(AreaRow, staffed.areas["commune"])  # type: ignore[attr-defined]
        row.sessions = timetables_column((Timetable(date(2026, 1, 1), held),))

    transact(staffed.office.engine, keep)
    return staffed


def once(*times: str, day: date = DAY) -> Recurrence:
    return Recurrence(Repeat.ONCE, day, tuple(map(time.fromisoformat, times)))


def wish(desk: Staffed, area: str = "commune", **changes: object) -> Wish:
    places = Places(areas=(desk.areas[area],))
    said = content(**{"places": places, "recurrence": once("17:00"), **changes})
    return Wish(desk.areas["commune"], desk.programme, FromDay(DAY), said)


def in_session(desk: Staffed, area: str = "commune", **changes: object) -> Wish:
    found = wish(desk, area)
    return replace(found, content=replace(found.content, recurrence=once(), session=InSession(EVENING), **changes))  # type: ignore[arg-type]


def seen(desk: Staffed, wanted: Wish, who: str = "editor") -> Look:
    return look(desk.office, desk.by(who), wanted)


def decided(desk: Staffed, wanted: Wish, *replaced: BroadcastId, submit: bool = True) -> BroadcastId:
    answer = decide(desk.office, desk.by("editor"), wanted, submit, replaced)
    return BroadcastId(answer["broadcast"])


def last(desk: Staffed, made: BroadcastId) -> Version:
    found = newest(reading.broadcast(desk.office, desk.by("auditor"), made))
    assert found is not None
    return found


def refusal(error: pytest.ExceptionInfo[OperationError]) -> list[tuple[str, str]]:
    return [(each.where, each.reason) for each in error.value.problems]


def starts(found: Look) -> list[str]:
    return [f"{each.starts_at:%d %H:%M:%S}" for each in found.airings]


def test_the_exact_start_and_end_are_shown_back_and_nothing_is_saved(desk: Staffed) -> None:
    found = seen(desk, wish(desk))
    assert [(each.starts_at, each.ends_at) for each in found.airings] == [
        (at("2026-11-25 17:00"), at("2026-11-25 17:01"))
    ]
    assert (found.problems, found.clashes, found.carried) == ((), (), False)
    assert found.audience.homes == 300
    assert reading.broadcasts(desk.office, desk.by("editor")) == ()


def test_at_most_the_first_ten_airings_are_shown(desk: Staffed) -> None:
    assert len(seen(desk, wish(desk, recurrence=daily("17:00"))).airings) == 10


def test_one_act_saves_and_asks_for_approval(desk: Staffed) -> None:
    answer = decide(desk.office, desk.by("editor"), wish(desk))
    assert answer == {"broadcast": answer["broadcast"], "version": 1, "state": "submitted"}
    assert last(desk, answer["broadcast"]).state is VersionState.SUBMITTED
    assert desk.audit()[-1] == ("decide", "editor")


def test_a_draft_stays_a_draft(desk: Staffed) -> None:
    assert last(desk, decided(desk, wish(desk), submit=False)).state is VersionState.DRAFT


def test_what_is_wrong_is_said_by_looking_and_refused_by_deciding(desk: Staffed) -> None:
    wanted = wish(desk, playlist=(), title=" ")
    assert [each.where for each in seen(desk, wanted).problems] == ["title", "playlist"]
    with pytest.raises(Invalid) as caught:
        decide(desk.office, desk.by("editor"), wanted)
    assert refusal(caught) == [("title", "bad_title"), ("playlist", "empty_playlist")]


def test_a_taken_place_names_who_has_it_and_whether_it_may_be_replaced(desk: Staffed) -> None:
    first = decided(desk, wish(desk, title="Bài một"))
    (taken,) = seen(desk, wish(desk, "h1")).clashes
    assert (taken.starts_at, taken.node_name) == (at("2026-11-25 17:00"), "Loa 1")
    assert (taken.other, taken.title, taken.mine) == (first, "Bài một", True)
    (of_head,) = seen(desk, replace(wish(desk, "h2"), owner=desk.areas["h2"]), "head").clashes
    assert (of_head.other, of_head.mine) == (first, False)
    with pytest.raises(Conflict) as caught:
        decided(desk, wish(desk, "h1"))
    assert refusal(caught) == [("recurrence", "clash")]


def test_right_after_the_others_in_the_same_session_is_the_default(desk: Staffed) -> None:
    first = decided(desk, in_session(desk))
    found = seen(desk, in_session(desk, title="Bài hai"))
    assert starts(found) == ["25 10:01:00"]
    assert [each.other for each in found.beside] == [first]
    second = decided(desk, in_session(desk, title="Bài hai"))
    assert [last(desk, each).content.session for each in (first, second)] == [
        InSession(EVENING, 1),
        InSession(EVENING, 2),
    ]


def test_an_edit_keeps_its_place_in_the_session(desk: Staffed) -> None:
    first = decided(desk, in_session(desk))
    decided(desk, in_session(desk, title="Bài hai"))
    edit = replace(in_session(desk, title="Sửa"), broadcast=first, base=1)
    decided(desk, edit)
    assert last(desk, first).content.session == InSession(EVENING, 1)


def test_a_rank_answers_a_clash(desk: Staffed) -> None:
    decided(desk, wish(desk))
    made = decided(desk, wish(desk, title="Bài hai", rank=1))
    assert last(desk, made).content.rank == 1


def test_an_edit_of_an_older_version_is_told_so_by_looking_too(desk: Staffed) -> None:
    made = decided(desk, wish(desk))
    decided(desk, replace(wish(desk, title="Sửa"), broadcast=made, base=1))
    stale = replace(wish(desk, title="Sửa nữa"), broadcast=made, base=1)
    assert [(each.where, each.reason) for each in seen(desk, stale).problems] == [("base", "conflict")]
    with pytest.raises(Conflict):
        decided(desk, stale)


def test_what_is_foreign_is_neither_looked_at_nor_decided(desk: Staffed) -> None:
    with pytest.raises(NotFound):
        seen(desk, wish(desk, "other"))
    with pytest.raises(NotFound):
        look(desk.office, desk.by("stranger"), wish(desk))


def test_the_form_says_which_days_months_lack_and_which_are_holidays(desk: Staffed) -> None:
    monthly = Recurrence(Repeat.MONTH_DAYS, DAY, (time(17),), date(2027, 3, 31), month_days=(30,))
    assert [(each.day, each.month) for each in seen(desk, wish(desk, recurrence=monthly)).lacking] == [(30, 2)]
    found = seen(desk, wish(desk, recurrence=daily("17:00", last=date(2027, 1, 31)), playlist=(item("c"),)))
    assert date(2027, 1, 1) in [each.day for each in found.holidays]
