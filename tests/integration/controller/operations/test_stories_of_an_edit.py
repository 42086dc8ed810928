"""Stories of an edit: what airs after it, what needs an approval, what stays on until that is given."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from controller.domain.airings import Airing, airings
from controller.domain.broadcasts import newest
from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.sessions import book
from controller.domain.values import (
    AreaId,
    BroadcastId,
    FromDay,
    InSession,
    NamedStarts,
    Places,
    Recurrence,
    Repeat,
    Session,
    SessionId,
    Timetable,
    Version,
    VersionState,
    to_ms,
)
from controller.operations import reading
from controller.operations.approving import approve_version
from controller.operations.deciding import Wish, decide
from controller.operations.editing import Edit, EditLook, edit_airing, look_at_edit
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound, OperationError
from controller.operations.week import airings_between
from controller.storage import queries
from controller.storage.engine import reading as view
from controller.storage.engine import transact
from controller.storage.mapping import timetables_column
from controller.storage.tables import AreaRow
from tests.support.commune import HCM, at, content, daily, item
from tests.support.staffed import Staffed

MORNING, EVENING = SessionId("morning001"), SessionId("evening001")
WEEK = [date(2026, 11, 24) + timedelta(days=each) for each in range(4)]
TOMORROW = at("2026-11-25 17:00")


@pytest.fixture
def desk(staffed: Staffed) -> Staffed:
    """The commune has a session in the morning and one in the evening, of ten minutes each."""
    held = (Session(MORNING, "Buổi sáng", time(6), 600), Session(EVENING, "Buổi chiều", time(17), 600))

    def keep(session: object) -> None:
        row = session.get_one(AreaRow, staffed.areas["commune"])  # type: ignore[attr-defined]
        row.sessions = timetables_column((Timetable(date(2026, 1, 1), held),))

    transact(staffed.office.engine, keep)
    return staffed


def two_hamlets(desk: Staffed, **changes: object) -> BroadcastId:
    """A bulletin of 60 s every day at 17:00 in Thôn 1 and 2, approved."""
    return desk.approved(**{"places": hamlets(desk, "h1", "h2"), **changes})


def hamlets(desk: Staffed, *names: str) -> Places:
    return Places(areas=tuple(sorted(desk.areas[name] for name in names)))


def in_session(desk: Staffed, letter: str, title: str) -> BroadcastId:
    """A daily bulletin in the evening's session, after what stands there already; approved."""
    said = content(places=hamlets(desk, "h1", "h2"), playlist=(item(letter),), title=title, recurrence=daily())
    wish = Wish(desk.areas["commune"], desk.programme, FromDay(WEEK[0]), replace(said, session=InSession(EVENING)))
    made = BroadcastId(decide(desk.office, desk.by("editor"), wish)["broadcast"])
    approve(desk, made)
    return made


def approve(desk: Staffed, made: BroadcastId) -> None:
    approve_version(desk.office, desk.by("approver"), made, last(desk, made).number, desk.digest(made))


def last(desk: Staffed, made: BroadcastId) -> Version:
    found = newest(reading.broadcast(desk.office, desk.by("auditor"), made))
    assert found is not None
    return found


def wished(
    desk: Staffed, made: BroadcastId, choice: Choice, change: Change, opened: datetime = TOMORROW, rest: bool = False
) -> Edit:
    return Edit(made, last(desk, made).number, choice, (to_ms(opened),), change, rest)


def edit(
    desk: Staffed, made: BroadcastId, choice: Choice, change: Change, opened: datetime = TOMORROW, rest: bool = False
) -> VersionState:
    """The edit, shown beforehand as it is saved; the state of the new version."""
    wanted = wished(desk, made, choice, change, opened, rest)
    shown = look_at_edit(desk.office, desk.by("editor"), wanted)
    assert shown.problems == ()
    state = VersionState(edit_airing(desk.office, desk.by("editor"), wanted)["state"])
    assert shown.look is not None
    assert shown.look.carried is (state is VersionState.APPROVED)
    assert shown.scope == last(desk, made).scope
    return state


def aired(desk: Staffed, made: BroadcastId) -> list[Airing]:
    """What is approved for today and the three days that follow, laid out."""
    begin = datetime.combine(WEEK[0], time(), HCM)
    with view(desk.office.engine) as session:
        tree = queries.tree_at(session, desk.clock.now)
        found = queries.broadcast(session, made)
    assert found is not None
    return list(airings(found, begin, begin + timedelta(days=4), book(tree)))


def starts(desk: Staffed, made: BroadcastId) -> list[str]:
    return [f"{datetime.fromtimestamp(each.starts_at / 1000, HCM):%d %H:%M}" for each in aired(desk, made)]


def where(desk: Staffed, made: BroadcastId) -> list[tuple[AreaId, ...]]:
    return [each.places.areas for each in aired(desk, made)]


CHOICES = {
    Choice.ONLY_THIS: [False, True, False, False],
    Choice.FROM_NOW: [True, True, True, True],
    Choice.ALL: [True, True, True, True],
}
"""Which of the days' airings an edit of tomorrow's is for."""


@pytest.mark.parametrize("choice", Choice)
def test_a_hamlet_dropped_carries_the_approval(desk: Staffed, choice: Choice) -> None:
    made = two_hamlets(desk)
    assert edit(desk, made, choice, Change(places=hamlets(desk, "h1"))) is VersionState.APPROVED
    fewer = hamlets(desk, "h1").areas
    assert [each == fewer for each in where(desk, made)] == CHOICES[choice]


@pytest.mark.parametrize("choice", Choice)
def test_a_hamlet_added_waits_and_until_then_the_approved_version_airs(desk: Staffed, choice: Choice) -> None:
    made = two_hamlets(desk)
    more = hamlets(desk, "h1", "h2", "h3")
    assert edit(desk, made, choice, Change(places=more)) is VersionState.SUBMITTED
    assert where(desk, made) == [hamlets(desk, "h1", "h2").areas] * 4
    approve(desk, made)
    assert [each == more.areas for each in where(desk, made)] == CHOICES[choice]


@pytest.mark.parametrize("choice", Choice)
@pytest.mark.parametrize(("minute", "state"), [(10, VersionState.APPROVED), (20, VersionState.SUBMITTED)])
def test_ten_minutes_later_carries_the_approval_twenty_wait(
    desk: Staffed, choice: Choice, minute: int, state: VersionState
) -> None:
    made = two_hamlets(desk)
    assert edit(desk, made, choice, Change(starts_at=TOMORROW + timedelta(minutes=minute))) is state
    if state is VersionState.SUBMITTED:
        assert starts(desk, made) == [f"{day.day} 17:00" for day in WEEK]
        approve(desk, made)
    moved = [f"{day.day} 17:{minute if yes else 0:02d}" for day, yes in zip(WEEK, CHOICES[choice], strict=True)]
    assert starts(desk, made) == moved


@pytest.mark.parametrize("choice", Choice)
def test_trimmed_audio_waits_and_until_then_the_whole_airs(desk: Staffed, choice: Choice) -> None:
    made = two_hamlets(desk)
    assert edit(desk, made, choice, Change(playlist=(item("b"),))) is VersionState.SUBMITTED
    assert [each.playlist for each in aired(desk, made)] == [(item("a"),)] * 4
    approve(desk, made)
    assert [each.playlist == (item("b"),) for each in aired(desk, made)] == CHOICES[choice]


def test_drop_one_add_one_move_and_trim_are_one_version(desk: Staffed) -> None:
    made = two_hamlets(desk)
    change = Change("Tin mới", None, at("2026-11-25 17:10"), None, hamlets(desk, "h1", "h3"), (item("b"),))
    assert edit(desk, made, Choice.ONLY_THIS, change) is VersionState.SUBMITTED
    assert last(desk, made).scope == NamedStarts((to_ms(TOMORROW),))
    approve(desk, made)
    found = aired(desk, made)[1]
    said = (found.title, found.playlist, found.places, found.starts_at, found.nominal)
    assert said == ("Tin mới", (item("b"),), hamlets(desk, "h1", "h3"), to_ms(at("2026-11-25 17:10")), to_ms(TOMORROW))
    assert [each.title for each in aired(desk, made)] == ["Tiêm phòng", "Tin mới", "Tiêm phòng", "Tiêm phòng"]


def test_a_start_of_today_has_passed_so_the_edit_counts_tomorrow_and_the_rest_of_today_is_offered(
    desk: Staffed,
) -> None:
    made = two_hamlets(desk, recurrence=daily("13:00", "17:00"))
    desk.clock.now = at("2026-11-24 14:00")
    change, evening = Change(places=hamlets(desk, "h1")), at("2026-11-24 17:00")
    shown = look_at_edit(desk.office, desk.by("editor"), wished(desk, made, Choice.FROM_NOW, change, TOMORROW))
    assert (shown.scope, shown.today) == (FromDay(WEEK[1]), (evening,))
    assert edit(desk, made, Choice.FROM_NOW, change, rest=True) is VersionState.APPROVED
    assert last(desk, made).scope == FromDay(WEEK[1], today=(to_ms(evening),))
    fewer = hamlets(desk, "h1").areas
    assert [each == fewer for each in where(desk, made)] == [False, *[True] * 7]
    desk.owe()


def test_without_the_rest_of_today_it_airs_as_it_was(desk: Staffed) -> None:
    made = two_hamlets(desk, recurrence=daily("13:00", "17:00"))
    desk.clock.now = at("2026-11-24 14:00")
    edit(desk, made, Choice.FROM_NOW, Change(places=hamlets(desk, "h1")))
    fewer = hamlets(desk, "h1").areas
    assert [each == fewer for each in where(desk, made)] == [False, False, *[True] * 6]


def test_all_ends_what_was_changed_by_name_and_from_now_leaves_it(desk: Staffed) -> None:
    made = two_hamlets(desk)
    edit(desk, made, Choice.ONLY_THIS, Change(starts_at=at("2026-11-25 17:10")))
    edit(desk, made, Choice.FROM_NOW, Change(places=hamlets(desk, "h1")))
    assert starts(desk, made)[1] == "25 17:10"
    edit(desk, made, Choice.ALL, Change(title="Như cũ"))
    assert starts(desk, made)[1] == "25 17:00"


def test_an_airing_is_skipped_and_aired_again(desk: Staffed) -> None:
    made = two_hamlets(desk)
    assert edit(desk, made, Choice.ONLY_THIS, Change(skip=True)) is VersionState.APPROVED
    assert starts(desk, made) == ["24 17:00", "26 17:00", "27 17:00"]
    assert edit(desk, made, Choice.ONLY_THIS, Change(skip=False)) is VersionState.APPROVED
    assert len(starts(desk, made)) == 4


def laid(desk: Staffed, day: date) -> dict[str, str]:
    """What stands on a day, title → start."""
    begin = datetime.combine(day, time(), HCM)
    found = airings_between(desk.office, desk.by("editor"), begin, begin + timedelta(days=1))
    return {each.title: f"{each.starts_at.astimezone(HCM):%H:%M:%S}" for each in found}


def test_the_others_of_a_session_flow_around_what_is_given_a_fixed_start_and_that_is_told(desk: Staffed) -> None:
    first, second = in_session(desk, "a", "Một phút"), in_session(desk, "b", "Nửa phút")
    assert laid(desk, WEEK[1]) == {"Một phút": "17:00:00", "Nửa phút": "17:01:00"}
    change = Change(starts_at=at("2026-11-25 17:00:30"))
    wanted = wished(desk, second, Choice.ONLY_THIS, change)
    shown = look_at_edit(desk.office, desk.by("editor"), wanted)
    assert shown.look is not None
    assert [each.starts_at for each in shown.look.airings] == [at("2026-11-25 17:00:30")]
    (told,) = shown.shifted
    assert (told.broadcast, told.title) == (first, "Một phút")
    assert (told.before, told.after) == (at("2026-11-25 17:00"), at("2026-11-25 17:01"))
    edit_airing(desk.office, desk.by("editor"), wanted)
    approve(desk, second)
    assert laid(desk, WEEK[1]) == {"Một phút": "17:01:00", "Nửa phút": "17:00:30"}
    assert laid(desk, WEEK[2]) == {"Một phút": "17:00:00", "Nửa phút": "17:01:00"}
    back = Change(session=EVENING)
    assert edit(desk, second, Choice.ONLY_THIS, back) is VersionState.SUBMITTED
    approve(desk, second)
    assert laid(desk, WEEK[1]) == {"Một phút": "17:00:00", "Nửa phút": "17:01:00"}


def test_one_airing_goes_after_what_stands_in_another_session_and_all_from_a_day_on(desk: Staffed) -> None:
    in_session(desk, "a", "Trước")
    made = two_hamlets(desk, recurrence=daily("06:30"), playlist=(item("b"),), title="Sau")
    opened = at("2026-11-25 06:30")
    assert edit(desk, made, Choice.ONLY_THIS, Change(session=EVENING), opened) is VersionState.SUBMITTED
    approve(desk, made)
    assert laid(desk, WEEK[1]) == {"Trước": "17:00:00", "Sau": "17:01:00"}
    assert laid(desk, WEEK[2]) == {"Trước": "17:00:00", "Sau": "06:30:00"}
    assert edit(desk, made, Choice.ALL, Change(session=EVENING), opened) is VersionState.SUBMITTED
    approve(desk, made)
    assert laid(desk, WEEK[2]) == {"Trước": "17:00:00", "Sau": "17:01:00"}


def test_one_airing_goes_into_its_session_on_another_day(desk: Staffed) -> None:
    in_session(desk, "a", "Trước")
    said = content(places=hamlets(desk, "h1"), playlist=(item("b"),), title="Sau", session=InSession(EVENING))
    once = replace(said, recurrence=Recurrence(Repeat.ONCE, WEEK[1], ()))
    wish = Wish(desk.areas["commune"], desk.programme, FromDay(WEEK[1]), once)
    made = BroadcastId(decide(desk.office, desk.by("editor"), wish)["broadcast"])
    approve(desk, made)
    change = Change(session=EVENING, starts_at=at("2026-11-26 17:00"))
    assert edit(desk, made, Choice.ONLY_THIS, change) is VersionState.SUBMITTED
    approve(desk, made)
    assert laid(desk, WEEK[1]) == {"Trước": "17:00:00"}
    assert laid(desk, WEEK[2]) == {"Trước": "17:00:00", "Sau": "17:01:00"}


def refused(desk: Staffed, wanted: Edit, kind: type[OperationError], who: str = "editor") -> list[str]:
    """Why an edit is refused; looking says the same, and nothing was saved."""
    before = last(desk, wanted.broadcast)
    with pytest.raises(kind) as caught:
        edit_airing(desk.office, desk.by(who), wanted)
    assert last(desk, wanted.broadcast) == before
    return [each.reason for each in caught.value.problems]


def looked(desk: Staffed, wanted: Edit) -> EditLook:
    return look_at_edit(desk.office, desk.by("editor"), wanted)


def test_what_would_sound_outside_the_hours_or_clash_is_refused_as_at_any_saving(desk: Staffed) -> None:
    made, other = two_hamlets(desk), two_hamlets(desk, recurrence=daily("18:00"), title="Bài khác")
    late = wished(desk, made, Choice.ONLY_THIS, Change(starts_at=at("2026-11-25 22:00")))
    assert refused(desk, late, Invalid) == ["out_of_hours"]
    over = wished(desk, made, Choice.FROM_NOW, Change(starts_at=at("2026-11-25 18:00:30")))
    assert refused(desk, over, Conflict) == ["clash"]
    shown = looked(desk, over).look
    assert shown is not None
    assert [each.other for each in shown.clashes] == [other]


def test_what_has_begun_or_is_past_is_refused(desk: Staffed) -> None:
    made = two_hamlets(desk)
    desk.clock.now = at("2026-11-24 17:02")
    today = wished(desk, made, Choice.ONLY_THIS, Change(skip=True), at("2026-11-24 17:00"))
    assert refused(desk, today, Conflict) == ["past"]
    early = wished(desk, made, Choice.ONLY_THIS, Change(starts_at=at("2026-11-24 17:01")))
    assert refused(desk, early, Conflict) == ["past"]
    nowhere = wished(desk, made, Choice.ONLY_THIS, Change(skip=True), at("2026-11-25 17:03"))
    assert refused(desk, nowhere, Invalid) == ["not_found"]
    assert [each.reason for each in looked(desk, nowhere).problems] == ["not_found"]


def test_the_second_of_two_clerks_is_told_that_there_is_a_newer_version(desk: Staffed) -> None:
    made = two_hamlets(desk)
    mine = wished(desk, made, Choice.ONLY_THIS, Change(title="Của tôi"))
    edit(desk, made, Choice.ONLY_THIS, Change(title="Của bạn"))
    assert refused(desk, mine, Conflict) == ["conflict"]
    assert [each.where for each in looked(desk, mine).problems] == ["base"]


def test_a_version_that_waits_is_named_if_the_edit_takes_its_place(desk: Staffed) -> None:
    made = two_hamlets(desk)
    assert looked(desk, wished(desk, made, Choice.FROM_NOW, Change(title="Một"))).instead is None
    edit(desk, made, Choice.FROM_NOW, Change(playlist=(item("b"),)))
    assert looked(desk, wished(desk, made, Choice.ONLY_THIS, Change(title="Hai"))).instead == 2


def test_who_may_not_make_sound_in_all_its_places_does_not_edit(desk: Staffed) -> None:
    made = two_hamlets(desk)
    wanted = wished(desk, made, Choice.ONLY_THIS, Change(skip=True))
    assert refused(desk, wanted, NotAllowed, "approver") == ["not_allowed"]
    assert refused(desk, wanted, NotFound, "head") == ["not_found"]
    assert refused(desk, wanted, NotFound, "stranger") == ["not_found"]
    foreign = replace(wanted, change=Change(places=Places(areas=(desk.areas["other"],))))
    assert refused(desk, foreign, NotFound) == ["not_found"]


def test_an_edit_is_one_act_in_the_log(desk: Staffed) -> None:
    made = two_hamlets(desk)
    before = len(desk.audit())
    edit(desk, made, Choice.ALL, Change(title="Mới"))
    assert desk.audit()[before:] == [("edit_airing", "editor")]
