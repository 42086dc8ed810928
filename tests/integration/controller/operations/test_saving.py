"""What every saving goes through: hours, the session's limit, clashes and their answers, approval that is carried."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from controller.domain.broadcasts import newest
from controller.domain.values import (
    BroadcastId,
    Content,
    FromDay,
    InSession,
    NamedStarts,
    Places,
    Recurrence,
    Repeat,
    SessionId,
    Start,
    Version,
    VersionState,
    to_ms,
)
from controller.operations import approving, areas, broadcasts, nodes, reading, standing, times
from controller.operations.deciding import Look, Wish, decide, look
from controller.operations.errors import Conflict, Invalid, OperationError
from controller.operations.times import Sitting
from tests.support.commune import at, content, daily, item, sha
from tests.support.staffed import Staffed

TOMORROW, DAY = date(2026, 11, 25), date(2026, 11, 26)
Save = Callable[[Staffed, Wish], object]


@pytest.fixture
def desk(staffed: Staffed) -> Staffed:
    """The commune has an evening session of two minutes from tomorrow on."""
    evening = (Sitting("Chiều", time(17), 120),)
    times.set_sessions(staffed.office, staffed.by("admin"), staffed.areas["commune"], TOMORROW, evening)
    return staffed


def evening(desk: Staffed) -> SessionId:
    found = times.times(desk.office, desk.by("editor"), desk.areas["commune"], DAY)
    return found.sessions[0].id


def wish(desk: Staffed, *areas: str, **changes: object) -> Wish:
    """On one day at 17:00, unless said otherwise."""
    places = Places(areas=tuple(desk.areas[area] for area in areas or ("commune",)))
    once = Recurrence(Repeat.ONCE, DAY, (time(17),))
    said = content(**{"places": places, "recurrence": once, **changes})
    return Wish(desk.areas["commune"], desk.programme, FromDay(DAY), said)


def seated(desk: Staffed, letter: str, *areas: str, order: int = 0, repeat: Repeat = Repeat.ONCE) -> Wish:
    place = InSession(evening(desk), order)
    return wish(
        desk,
        *areas,
        title=f"Bài {letter}",
        playlist=(item(letter),),
        recurrence=Recurrence(repeat, DAY, ()),
        session=place,
    )


def seen(desk: Staffed, wanted: Wish) -> Look:
    return look(desk.office, desk.by("editor"), wanted)


def starts(found: Look) -> list[str]:
    return [f"{each.starts_at + timedelta(hours=7):%d %H:%M:%S}" for each in found.airings]


def decided(desk: Staffed, wanted: Wish, *replaced: BroadcastId, submit: bool = True) -> BroadcastId:
    return BroadcastId(decide(desk.office, desk.by("editor"), wanted, submit, replaced)["broadcast"])


def created(desk: Staffed, wanted: Wish) -> BroadcastId:
    office, editor = desk.office, desk.by("editor")
    return BroadcastId(
        broadcasts.create_broadcast(office, editor, wanted.owner, wanted.programme, wanted.scope, wanted.content)
    )


def approved(desk: Staffed, wanted: Wish, *replaced: BroadcastId) -> BroadcastId:
    made = decided(desk, wanted, *replaced)
    approving.approve_version(desk.office, desk.by("approver"), made, 1, desk.digest(made))
    return made


def last(desk: Staffed, made: BroadcastId) -> Version:
    found = newest(reading.broadcast(desk.office, desk.by("auditor"), made))
    assert found is not None
    return found


def refused(desk: Staffed, wanted: Wish, save: Save = decided) -> list[tuple[str, str]]:
    with pytest.raises(OperationError) as caught:
        save(desk, wanted)
    return [(each.where, each.reason) for each in caught.value.problems]


def draft(desk: Staffed, wanted: Wish) -> BroadcastId:
    return decided(desk, wanted, submit=False)


@pytest.mark.parametrize("save", [decided, draft, created])
def test_what_passes_the_sessions_limit_is_not_saved(save: Save, desk: Staffed) -> None:
    for letter in "ab":
        decided(desk, seated(desk, letter))
    assert refused(desk, seated(desk, "a"), save) == [("session", "over_limit")]
    assert save(desk, seated(desk, "c"))


def test_what_would_push_another_past_its_sessions_limit_is_not_saved(desk: Staffed) -> None:
    for letter in "ab":
        decided(desk, seated(desk, letter))
    pushing = wish(desk, "h1", recurrence=Recurrence(Repeat.ONCE, DAY, (time(17),)), rank=3)
    assert refused(desk, pushing) == [("session", "over_limit")]


@pytest.mark.parametrize("save", [decided, draft, created])
@pytest.mark.parametrize(("at_night", "meant"), [(time(3, 15), "15:15"), (time(22), "10:00"), (time(20, 59, 30), "")])
def test_routine_outside_the_hours_is_not_saved_and_a_doubtful_time_is_asked_back(
    save: Save, at_night: time, meant: str, desk: Staffed
) -> None:
    wanted = wish(desk, recurrence=Recurrence(Repeat.ONCE, DAY, (at_night,)))
    assert refused(desk, wanted, save) == [("recurrence.times", "out_of_hours")]
    (problem,) = seen(desk, wanted).problems
    assert problem.params.get("meant", "") == meant


def test_a_named_airing_is_moved_within_the_hours_only(desk: Staffed) -> None:
    made = approved(desk, wish(desk, recurrence=daily("17:00")))
    night = to_ms(at("2026-11-26 22:30"))
    moved = Content("Tiêm phòng", "Asia/Ho_Chi_Minh", start=Start(starts_at=night))
    named = NamedStarts((to_ms(at("2026-11-26 17:00")),))
    edit = replace(wish(desk), scope=named, content=moved, broadcast=made, base=1)
    assert refused(desk, edit) == [("recurrence.times", "out_of_hours")]


def test_named_airings_clash_too(desk: Staffed) -> None:
    approved(desk, wish(desk, recurrence=Recurrence(Repeat.ONCE, DAY, (time(18),)), title="Bài một"))
    made = approved(desk, wish(desk))
    moved = Content("Tiêm phòng", "Asia/Ho_Chi_Minh", start=Start(starts_at=to_ms(at("2026-11-26 18:00:30"))))
    named = NamedStarts((to_ms(at("2026-11-26 17:00")),))
    edit = replace(wish(desk), scope=named, content=moved, broadcast=made, base=1)
    assert [each.title for each in seen(desk, edit).clashes] == ["Bài một"]
    assert refused(desk, edit) == [("recurrence", "clash")]


@pytest.mark.parametrize("save", [decided, draft, created])
def test_a_notice_never_airs_after_its_last_true_day_and_is_not_saved_when_nothing_is_left(
    save: Save, desk: Staffed
) -> None:
    until = wish(desk, recurrence=daily("17:00"), last_true_day=date(2026, 11, 27))
    assert starts(seen(desk, until)) == ["26 17:00:00", "27 17:00:00"]
    assert refused(desk, wish(desk, last_true_day=TOMORROW), save) == [("last_true_day", "never_sounds")]


def test_what_is_past_is_not_saved(desk: Staffed) -> None:
    wanted = wish(desk, recurrence=Recurrence(Repeat.ONCE, date(2026, 11, 23), (time(17),)))
    assert refused(desk, replace(wanted, scope=FromDay(date(2026, 11, 23)))) == [("recurrence", "never_sounds")]


def test_submitted_holds_its_place_and_a_draft_does_not(desk: Staffed) -> None:
    made = draft(desk, seated(desk, "a"))
    assert starts(seen(desk, seated(desk, "b"))) == ["26 17:00:00"]
    broadcasts.submit_version(desk.office, desk.by("editor"), made, 1)
    assert starts(seen(desk, seated(desk, "b"))) == ["26 17:01:00"]


def test_a_broadcast_stands_once_in_a_session_a_day_and_has_no_time_of_its_own_there(desk: Staffed) -> None:
    found = seen(desk, seated(desk, "a", repeat=Repeat.DAILY))
    assert starts(found)[:2] == ["26 17:00:00", "27 17:00:00"]
    both = seated(desk, "a")
    timed = replace(both, content=replace(both.content, recurrence=Recurrence(Repeat.ONCE, DAY, (time(17),))))
    assert refused(desk, timed) == [("recurrence.times", "not_here")]


def test_one_that_is_fixed_stands_and_those_of_the_session_flow_around_it(desk: Staffed) -> None:
    decided(desk, wish(desk, recurrence=Recurrence(Repeat.ONCE, DAY, (time(17, 0, 30),)), playlist=(item("b"),)))
    assert starts(seen(desk, seated(desk, "a"))) == ["26 17:01:00"]
    assert starts(seen(desk, seated(desk, "c"))) == ["26 17:00:00"]


def test_neighbours_who_hear_nothing_of_one_another_do_not_wait(desk: Staffed) -> None:
    decided(desk, seated(desk, "a", "h1"))
    assert starts(seen(desk, seated(desk, "b", "h2"))) == ["26 17:00:00"]
    assert starts(seen(desk, seated(desk, "b", "h1", "h2"))) == ["26 17:01:00"]


def test_a_clash_is_judged_thirteen_months_ahead_whatever_the_tier(desk: Staffed) -> None:
    near, far = date(2027, 12, 20), date(2028, 2, 1)
    for day in (near, far):
        once = Recurrence(Repeat.ONCE, day, (time(17),))
        decided(desk, replace(wish(desk, recurrence=once, title=f"{day}"), scope=FromDay(day)))
    (taken,) = seen(desk, wish(desk, "h2", recurrence=daily("17:00"))).clashes
    assert taken.title == str(near)
    of_head = replace(wish(desk, "h2", recurrence=daily("17:00")), owner=desk.areas["h2"])
    assert len(look(desk.office, desk.by("head"), of_head).clashes) == 1


def test_replacing_leaves_the_other_out_on_those_days_only_and_its_approval_is_carried(desk: Staffed) -> None:
    other = approved(desk, wish(desk, recurrence=daily("17:00")))
    made = decided(desk, wish(desk, title="Khác"), other)
    skip = last(desk, other)
    assert (skip.scope, skip.content.start) == (NamedStarts((to_ms(at("2026-11-26 17:00")),)), Start(skip=True))
    assert (skip.state, skip.carried_from) == (VersionState.APPROVED, 1)
    assert last(desk, made).state is VersionState.SUBMITTED
    assert desk.audit()[-1] == ("decide", "editor")


def test_replacing_in_a_session_takes_the_others_place(desk: Staffed) -> None:
    first = approved(desk, seated(desk, "a"))
    second = approved(desk, seated(desk, "b"))
    made = decided(desk, seated(desk, "c"), first)
    assert last(desk, made).content.session == InSession(evening(desk), 1)
    assert last(desk, first).content.start == Start(skip=True)
    assert last(desk, second).number == 1


def test_what_one_may_not_decide_about_is_not_replaced(desk: Staffed) -> None:
    other = approved(desk, wish(desk))
    of_head = replace(wish(desk, "h2", title="Của thôn"), owner=desk.areas["h2"])
    with pytest.raises(Conflict) as caught:
        decide(desk.office, desk.by("head"), of_head, True, (other,))
    assert [(each.where, each.reason) for each in caught.value.problems] == [("replace", "not_allowed")]


def test_what_waits_or_is_not_in_the_way_is_not_replaced_nor_by_a_draft(desk: Staffed) -> None:
    waiting = decided(desk, wish(desk))
    elsewhere = approved(desk, wish(desk, recurrence=Recurrence(Repeat.ONCE, DAY, (time(9),))))
    for other, reason in (
        (waiting, "waits"),
        (elsewhere, "not_in_the_way"),
        (BroadcastId("nowhere000"), "not_in_the_way"),
    ):
        with pytest.raises(Conflict) as caught:
            decided(desk, wish(desk, title="Khác"), other)
        assert [(each.where, each.reason) for each in caught.value.problems] == [("replace", reason)]
    with pytest.raises(Invalid):
        decided(desk, wish(desk, title="Khác"), waiting, submit=False)
    assert last(desk, waiting).number == 1


def test_an_approval_is_carried_to_what_says_no_more_and_asked_anew_for_what_does(desk: Staffed) -> None:
    made = approved(desk, wish(desk))
    fewer = replace(wish(desk, "h1", "h2"), broadcast=made, base=1)
    assert seen(desk, fewer).carried
    assert decide(desk.office, desk.by("editor"), fewer)["state"] == "approved"
    assert (last(desk, made).carried_from, last(desk, made).decided_by) == (1, None)
    other_sound = replace(wish(desk, playlist=(item("b"),)), broadcast=made, base=2)
    assert not seen(desk, other_sound).carried
    assert decide(desk.office, desk.by("editor"), other_sound)["state"] == "submitted"


def test_moved_by_at_most_a_quarter_of_an_hour_on_its_day_the_approval_is_carried(desk: Staffed) -> None:
    made = approved(desk, wish(desk))
    for minutes, carried in ((15, True), (16, False)):
        once = Recurrence(Repeat.ONCE, DAY, (time(17, minutes),))
        assert seen(desk, replace(wish(desk, recurrence=once), broadcast=made, base=1)).carried is carried


def test_a_standing_approval_approves_what_is_submitted_up_to_its_day(desk: Staffed) -> None:
    standing.grant_standing(desk.office, desk.by("approver"), desk.areas["commune"], sha("a"), date(2026, 12, 1))
    made = created(desk, wish(desk, recurrence=daily("17:00")))
    broadcasts.submit_version(desk.office, desk.by("editor"), made, 1)
    version = last(desk, made)
    assert (version.state, version.approved_until) == (VersionState.APPROVED, date(2026, 12, 1))


def test_an_edit_builds_on_the_newest_version_approved_or_not(desk: Staffed) -> None:
    made = approved(desk, wish(desk))
    second = replace(wish(desk, title="Hai", playlist=(item("b"),)), broadcast=made, base=1)
    decided(desk, second, submit=False)
    third = replace(wish(desk, title="Ba"), broadcast=made)
    with pytest.raises(Conflict):
        decided(desk, replace(third, base=1))
    decided(desk, replace(third, base=2))
    assert last(desk, made).number == 3


def test_an_areas_zone_follows_the_tree_and_a_hand_made_ones_hamlets_do_not(desk: Staffed) -> None:
    office, admin, commune = desk.office, desk.by("admin"), desk.areas["commune"]
    hamlets = (desk.areas["h1"],)
    zone = areas.add_zone(office, desk.by("editor"), commune, "Vùng trũng", hamlets)
    by_hand = wish(desk, places=Places(hamlets=hamlets, zones=(reading.tree(office, admin).zones[zone].id,)))  # type: ignore[index]
    whole = wish(desk)
    before = [len(seen(desk, each).audience.nodes) for each in (whole, by_hand)]
    added = areas.add_area(office, admin, commune, "Thôn 4", "thôn")
    nodes.enrol_node(office, admin, "Loa 4", added, {added: 50}, "4" * 43, None)  # type: ignore[arg-type, dict-item]
    after = [len(seen(desk, each).audience.nodes) for each in (whole, by_hand)]
    assert (before, after) == ([3, 1], [4, 1])


def test_a_day_that_the_month_lacks_is_skipped_and_the_form_says_so(desk: Staffed) -> None:
    monthly = Recurrence(Repeat.MONTH_DAYS, DAY, (time(17),), date(2027, 3, 31), month_days=(31,))
    found = seen(desk, wish(desk, recurrence=monthly))
    assert starts(found) == ["31 17:00:00", "31 17:00:00", "31 17:00:00"]
    assert [(each.day, each.month) for each in found.lacking] == [(31, 11), (31, 2)]
    ends = replace(monthly, repeat=Repeat.MONTH_END, month_days=())
    assert seen(desk, wish(desk, recurrence=ends)).lacking == ()
    assert len(starts(seen(desk, wish(desk, recurrence=ends)))) == 5


def test_a_lunar_month_of_29_days_lacks_its_30th(desk: Staffed) -> None:
    lunar = Recurrence(Repeat.LUNAR_DAYS, DAY, (time(17),), date(2027, 12, 31), month_days=(30,))
    found = seen(desk, wish(desk, recurrence=lunar))
    assert found.lacking
    assert all(each.day == 30 for each in found.lacking)


def test_holidays_are_offered_as_exceptions_and_change_nothing_by_themselves(desk: Staffed) -> None:
    over = wish(desk, recurrence=daily("17:00", first=date(2026, 12, 30), last=date(2027, 1, 2)))
    found = seen(desk, over)
    assert [each.day for each in found.holidays if not each.swapped] == [date(2027, 1, 1)]
    assert len(found.airings) == 4
    excepted = replace(over.content.recurrence, except_days=(date(2027, 1, 1),))  # type: ignore[type-var]
    assert len(seen(desk, wish(desk, recurrence=excepted)).airings) == 3
