"""Approval: by number and digest, on paper, returned; what waits for whom, and who is next."""

from collections.abc import Callable
from datetime import date

import pytest

from controller.domain.broadcasts import newest
from controller.domain.carrying import OWN_APPROVAL
from controller.domain.values import BroadcastId, FromDay, PersonId, Places, Role, Version, VersionState
from controller.operations import approvers, approving, areas, broadcasts, people, reading
from controller.operations.acting import Actor
from controller.operations.approving import Turn, Waiting
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound, OperationError
from tests.support.commune import at, content, daily, item
from tests.support.staffed import Staffed

SCOPE = FromDay(date(2026, 11, 24))


def asked(staffed: Staffed, who: str = "editor", area: str = "commune", **changes: object) -> BroadcastId:
    """A broadcast that asked for approval."""
    said = content(**{"places": Places(areas=(staffed.areas[area],)), **changes})
    owner = staffed.areas["commune"]
    made = BroadcastId(
        broadcasts.create_broadcast(staffed.office, staffed.by(who), owner, staffed.programme, SCOPE, said)
    )
    broadcasts.submit_version(staffed.office, staffed.by(who), made, 1)
    return made


def approver(staffed: Staffed, name: str, area: str = "commune") -> PersonId:
    """One more approver, under this name."""
    made = people.add_person(staffed.office, staffed.by("admin"), staffed.areas[area], Role.APPROVER, name, name)
    staffed.people[name] = Actor(PersonId(made), name)
    return PersonId(made)


def version(staffed: Staffed, made: BroadcastId) -> Version:
    found = newest(reading.broadcast(staffed.office, staffed.by("auditor"), made))
    assert found is not None
    return found


def waiting(staffed: Staffed, who: str = "approver") -> tuple[Waiting, ...]:
    return approving.waiting(staffed.office, staffed.by(who))


def on_paper(staffed: Staffed, made: BroadcastId, signer: PersonId, who: str = "editor", **said: object) -> None:
    given = {"number": 1, "digest": staffed.digest(made), "note": "Phiếu trình 12", **said}
    approving.approve_on_paper(staffed.office, staffed.by(who), made, approver=signer, **given)  # type: ignore[arg-type]


def refusal(error: pytest.ExceptionInfo[OperationError]) -> list[tuple[str, str]]:
    return [(each.where, each.reason) for each in error.value.problems]


def test_an_older_number_is_refused_and_the_newer_is_named(staffed: Staffed) -> None:
    made = asked(staffed)
    seen = staffed.digest(made)
    said = content(places=Places(areas=(staffed.areas["commune"],)), playlist=(item("b"),))
    broadcasts.revise_broadcast(staffed.office, staffed.by("editor"), made, 1, SCOPE, said)
    office, boss = staffed.office, staffed.by("approver")
    older: list[Callable[[], None]] = [
        lambda: approving.approve_version(office, boss, made, 1, seen),
        lambda: approving.return_version(office, boss, made, 1, "Sai"),
        lambda: on_paper(staffed, made, boss.person, digest=seen),
    ]
    for act in older:
        with pytest.raises(Conflict) as caught:
            act()
        assert refusal(caught) == [("version", "conflict")]
        assert caught.value.problems[0].params == {"number": "2"}
    assert version(staffed, made).state is VersionState.DRAFT


def test_on_paper_it_is_approved_in_the_approvers_name_who_sees_it_until_they_say_so(staffed: Staffed) -> None:
    made, signer = asked(staffed), staffed.by("approver")
    on_paper(staffed, made, signer.person)
    found = version(staffed, made)
    assert (found.state, found.decided_by) == (VersionState.APPROVED, signer.person)
    assert (found.paper_by, found.paper_note) == (staffed.by("editor").person, "Phiếu trình 12")
    (paper,) = approving.papers(staffed.office, signer)
    assert (paper.broadcast, paper.title, paper.recorder, paper.note) == (
        made, "Tiêm phòng", "editor", "Phiếu trình 12",
    )  # fmt: skip
    assert approving.papers(staffed.office, staffed.by("editor")) == ()
    staffed.clock.advance(minutes=5)
    approving.see_paper(staffed.office, signer, made, 1)
    assert approving.papers(staffed.office, signer) == ()
    assert version(staffed, made).paper_seen_at == staffed.clock.now
    assert staffed.audit()[-2:] == [("approve_on_paper", "editor"), ("see_paper", "approver")]


@pytest.mark.parametrize("signer", ["editor", "officer", "auditor", "stranger", "other_approver"])
def test_only_somebody_who_approves_there_can_have_signed(staffed: Staffed, signer: str) -> None:
    approver(staffed, "other_approver", "other")
    made = asked(staffed)
    with pytest.raises(NotFound) as caught:
        on_paper(staffed, made, staffed.by(signer).person)
    assert refusal(caught) == [("approver", "not_found")]


def test_who_wrote_it_cannot_have_signed_it_though_the_area_lets_them_approve_their_own(staffed: Staffed) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    people.grant_role(office, admin, staffed.by("editor").person, Role.APPROVER, commune)
    areas.set_area(office, admin, commune, settings={OWN_APPROVAL: True})
    made = asked(staffed)
    with pytest.raises(NotFound):
        on_paper(staffed, made, staffed.by("editor").person)


def test_a_paper_has_a_note_and_is_recorded_by_an_editor_only(staffed: Staffed) -> None:
    made, signer = asked(staffed), staffed.by("approver").person
    with pytest.raises(Invalid) as caught:
        on_paper(staffed, made, signer, note=" ")
    assert refusal(caught) == [("note", "empty")]
    for who in ("approver", "officer", "technician", "auditor", "admin"):
        with pytest.raises(NotAllowed):
            on_paper(staffed, made, signer, who)


def test_nobody_else_says_that_a_paper_was_seen(staffed: Staffed) -> None:
    approver(staffed, "second")
    made = asked(staffed)
    on_paper(staffed, made, staffed.by("approver").person)
    with pytest.raises(NotFound):
        approving.see_paper(staffed.office, staffed.by("second"), made, 1)
    with pytest.raises(NotAllowed):
        approving.see_paper(staffed.office, staffed.by("editor"), made, 1)
    other = staffed.approved(title="Không giấy", rank=4)
    with pytest.raises(NotFound):
        approving.see_paper(staffed.office, staffed.by("approver"), other, 1)


def test_what_waits_is_said_to_who_may_approve_it_the_earliest_first(staffed: Staffed) -> None:
    late, soon = asked(staffed, recurrence=daily("19:00")), asked(staffed, recurrence=daily("17:00"), title="Họp")
    found = waiting(staffed)
    assert [(each.broadcast, each.title, each.author, each.areas) for each in found] == [
        (soon, "Họp", "editor", ("Xã B",)),
        (late, "Tiêm phòng", "editor", ("Xã B",)),
    ]
    assert [each.starts_at for each in found] == [at("2026-11-24 17:00"), at("2026-11-24 19:00")]
    assert (found[0].digest, found[0].number, found[0].link) == (staffed.digest(soon), 1, f"/approvals/{soon}")
    for who in ("editor", "auditor", "stranger", "admin"):
        assert waiting(staffed, who) == ()


def test_what_is_decided_withdrawn_or_written_anew_waits_no_longer(staffed: Staffed) -> None:
    first, second, third, fourth = (
        asked(staffed, recurrence=daily(f"1{hour}:00"), title=str(hour)) for hour in (3, 4, 5, 6)
    )
    approving.approve_version(staffed.office, staffed.by("approver"), first, 1, staffed.digest(first))
    approving.return_version(staffed.office, staffed.by("approver"), second, 1, "Sai")
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("editor"), third)
    said = content(places=Places(areas=(staffed.areas["commune"],)), recurrence=daily("16:00"))
    broadcasts.revise_broadcast(staffed.office, staffed.by("editor"), fourth, 1, SCOPE, said)
    assert waiting(staffed) == ()


def test_sixty_minutes_before_its_first_air_it_stands_on_the_approvers_and_the_deputys_day(staffed: Staffed) -> None:
    approver(staffed, "deputy")
    approver(staffed, "third")
    asked(staffed)
    people_ = ("approver", "deputy", "third")
    staffed.clock.now = at("2026-11-24 15:59:59")
    assert [waiting(staffed, who)[0].on_today for who in people_] == [False] * 3
    staffed.clock.now = at("2026-11-24 16:00")
    found = [waiting(staffed, who)[0] for who in people_]
    assert [each.late for each in found] == [True] * 3
    assert [each.turn for each in found] == [Turn.APPROVER, Turn.DEPUTY, Turn.OTHER]
    assert [each.on_today for each in found] == [True, True, False]
    assert {each.asked for each in found} == {("approver", "deputy")}


def test_it_stays_there_when_its_first_air_has_passed_unapproved(staffed: Staffed) -> None:
    asked(staffed)
    staffed.clock.now = at("2026-11-24 17:30")
    (found,) = waiting(staffed)
    assert (found.starts_at, found.on_today) == (at("2026-11-25 17:00"), True)
    once = asked(staffed, title="Một lần", recurrence=daily("18:00", last=date(2026, 11, 24)))
    staffed.clock.now = at("2026-11-24 18:30")
    last = waiting(staffed)[-1]
    assert (last.broadcast, last.starts_at, last.on_today) == (once, None, True)


def test_the_administrator_sets_the_order_and_it_is_inherited(staffed: Staffed) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    second, third = approver(staffed, "second"), approver(staffed, "third")
    first = staffed.by("approver").person
    assert order(staffed, "h1") == [first, second, third]
    approvers.set_approvers(office, admin, commune, [third])
    assert order(staffed, "h1") == [third, first, second]
    asked(staffed)
    assert [waiting(staffed, who)[0].turn for who in ("third", "approver", "second")] == [
        Turn.APPROVER, Turn.DEPUTY, Turn.OTHER,
    ]  # fmt: skip
    areas.set_area(office, admin, commune, settings={"note": "x"})
    assert order(staffed, "commune") == [third, first, second]
    approvers.set_approvers(office, admin, commune, [])
    assert order(staffed, "commune") == [first, second, third]


def order(staffed: Staffed, area: str) -> list[PersonId]:
    found = approvers.approvers(staffed.office, staffed.by("auditor"), staffed.areas[area])
    return [each.person for each in found]


def test_only_who_approves_there_is_put_into_the_order_and_only_by_an_administrator(staffed: Staffed) -> None:
    commune = staffed.areas["commune"]
    for who in ("editor", "stranger"):
        with pytest.raises(Invalid) as caught:
            approvers.set_approvers(staffed.office, staffed.by("admin"), commune, [staffed.by(who).person])
        assert refusal(caught) == [("persons", "not_approver")]
    with pytest.raises(NotAllowed):
        approvers.set_approvers(staffed.office, staffed.by("approver"), commune, [])


def test_who_wrote_it_or_left_is_passed_over(staffed: Staffed) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    people.grant_role(office, admin, staffed.by("editor").person, Role.APPROVER, commune)
    second = approver(staffed, "second")
    approvers.set_approvers(office, admin, commune, [staffed.by("editor").person, second])
    asked(staffed)
    assert waiting(staffed, "editor") == ()
    assert waiting(staffed, "second")[0].turn is Turn.APPROVER
    people.disable_person(office, admin, second)
    assert waiting(staffed)[0].turn is Turn.APPROVER


def test_who_approves_in_one_hamlet_only_is_not_asked_for_the_commune(staffed: Staffed) -> None:
    approver(staffed, "small", "h1")
    asked(staffed)
    assert waiting(staffed, "small") == ()
    assert waiting(staffed)[0].asked == ("approver",)


def test_those_who_write_see_what_waits_and_why_something_was_returned_for_two_weeks(staffed: Staffed) -> None:
    waits, back = asked(staffed, title="Chờ"), asked(staffed, title="Sai", recurrence=daily("18:00"))
    approving.return_version(staffed.office, staffed.by("approver"), back, 1, "Sai tên thôn")
    found = approving.asked(staffed.office, staffed.by("officer"))
    assert [(each.broadcast, each.returned, each.why, each.mine) for each in found] == [
        (back, True, "Sai tên thôn", False),
        (waits, False, "", False),
    ]
    assert found[1].asked == ("approver",)
    assert [each.mine for each in approving.asked(staffed.office, staffed.by("editor"))] == [True, True]
    for who in ("approver", "auditor", "stranger", "head"):
        assert approving.asked(staffed.office, staffed.by(who)) == ()
    staffed.clock.advance(days=15)
    assert [each.broadcast for each in approving.asked(staffed.office, staffed.by("editor"))] == [waits]
