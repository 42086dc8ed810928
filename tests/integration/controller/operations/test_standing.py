"""Standing approvals: granted, listed, said before their end, revoked."""

from datetime import date, timedelta

import pytest

from controller.domain.airings import airings
from controller.domain.broadcasts import newest
from controller.domain.carrying import OWN_APPROVAL, StandingId
from controller.domain.values import Broadcast, BroadcastId, FromDay, Places, Role, Version, VersionState
from controller.operations import areas, broadcasts, people, reading, standing
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.support.commune import at, content, item, sha
from tests.support.staffed import Staffed

TODAY, SOON, LATER = date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 10)
SCOPE = FromDay(TODAY)


def grant(
    staffed: Staffed, letter: str = "a", until: date = LATER, area: str = "commune", who: str = "approver"
) -> str:
    return standing.grant_standing(staffed.office, staffed.by(who), staffed.areas[area], sha(letter), until)


def planned(staffed: Staffed, who: str = "editor", area: str = "commune", **changes: object) -> BroadcastId:
    """A daily broadcast at 17:00 that asked for approval."""
    said = content(**{"places": Places(areas=(staffed.areas[area],)), **changes})
    made = broadcasts.create_broadcast(
        staffed.office, staffed.by(who), staffed.areas["commune"], staffed.programme, SCOPE, said
    )
    broadcasts.submit_version(staffed.office, staffed.by(who), BroadcastId(made), 1)
    return BroadcastId(made)


def broadcast(staffed: Staffed, made: BroadcastId) -> Broadcast:
    return reading.broadcast(staffed.office, staffed.by("auditor"), made)


def version(staffed: Staffed, made: BroadcastId) -> Version:
    found = newest(broadcast(staffed, made))
    assert found is not None
    return found


def test_an_asset_that_is_approved_to_a_day_airs_at_once_and_not_after_that_day(staffed: Staffed) -> None:
    grant(staffed)
    found = version(staffed, planned(staffed))
    assert (found.state, found.approved_until, found.decided_by) == (VersionState.APPROVED, LATER, None)


@pytest.mark.parametrize(
    ("area", "letter", "until"),
    [("h1", "a", LATER), ("commune", "b", LATER), ("commune", "a", TODAY)],
    ids=["another place", "another asset", "to the end of today only"],
)
def test_what_it_does_not_cover_waits_or_ends(staffed: Staffed, area: str, letter: str, until: date) -> None:
    grant(staffed, letter, until, area)
    found = version(staffed, planned(staffed))
    if until == TODAY:
        assert found.approved_until == TODAY
    else:
        assert found.state is VersionState.SUBMITTED


def test_a_day_that_is_past_and_audio_that_is_not_there_are_refused(staffed: Staffed) -> None:
    with pytest.raises(Invalid) as caught:
        grant(staffed, until=TODAY - timedelta(days=1))
    assert [(each.where, each.reason) for each in caught.value.problems] == [("until", "past")]
    for who, area, letter in (("approver", "commune", "z"), ("approver", "other", "a")):
        with pytest.raises(NotFound):
            grant(staffed, letter, area=area, who=who)
    with pytest.raises(NotAllowed):
        grant(staffed, who="editor")


def test_it_is_listed_with_what_rests_on_it_and_said_seven_days_before_its_end(staffed: Staffed) -> None:
    later, soon = grant(staffed), grant(staffed, "b", SOON + timedelta(days=1))
    made = planned(staffed)
    listed = standing.standing(staffed.office, staffed.by("editor"))
    assert [(each.id, each.ends_soon, each.mine) for each in listed] == [(soon, True, False), (later, False, False)]
    assert [each.resting for each in listed] == [(), ((made, "Tiêm phòng"),)]
    assert (listed[1].title, listed[1].area_name, listed[1].by) == ("Tệp a", "Xã B", "approver")
    ending = standing.standing_ending(staffed.office, staffed.by("approver"))
    assert [(each.id, each.mine) for each in ending] == [(soon, True)]
    assert standing.standing(staffed.office, staffed.by("stranger")) == ()
    staffed.clock.now = at("2026-12-11 00:00")
    assert standing.standing(staffed.office, staffed.by("editor")) == ()


def test_revoked_it_plans_no_later_start_and_leaves_the_past(staffed: Staffed) -> None:
    id_, made = grant(staffed), planned(staffed)
    staffed.clock.now = at("2026-11-25 17:00:20")
    assert standing.revoke_standing(staffed.office, staffed.by("approver"), StandingId(id_)) == 1
    left = airings(broadcast(staffed, made), at("2026-11-24 00:00"), at("2026-12-31 00:00"))
    assert [each.starts_at for each in left] == [int(at(f"2026-11-{day} 17:00").timestamp() * 1000) for day in (24, 25)]
    assert version(staffed, made).approved_until == date(2026, 11, 25)
    with pytest.raises(Conflict):
        standing.revoke_standing(staffed.office, staffed.by("approver"), StandingId(id_))


def test_revoked_in_the_morning_the_evening_of_the_same_day_is_not_planned(staffed: Staffed) -> None:
    id_, made = grant(staffed), planned(staffed)
    standing.revoke_standing(staffed.office, staffed.by("approver"), StandingId(id_))
    assert airings(broadcast(staffed, made), at("2026-11-24 00:00"), at("2026-12-31 00:00")) == ()


def test_another_that_still_holds_only_shortens_and_none_makes_longer(staffed: Staffed) -> None:
    long, short = grant(staffed), grant(staffed, until=SOON)
    made = planned(staffed)
    standing.revoke_standing(staffed.office, staffed.by("approver"), StandingId(long))
    found = version(staffed, made)
    assert (found.approved_until, found.approval_ended_at) == (SOON, None)
    other = planned(staffed, title="Bài khác", playlist=(item("a"),), rank=3)
    grant(staffed, until=LATER)
    standing.revoke_standing(staffed.office, staffed.by("approver"), StandingId(short))
    assert [version(staffed, each).approved_until for each in (made, other)] == [SOON, SOON]


def test_what_a_person_approved_does_not_rest_on_it(staffed: Staffed) -> None:
    made = staffed.approved()
    id_ = grant(staffed)
    assert standing.revoke_standing(staffed.office, staffed.by("approver"), StandingId(id_)) == 0
    assert version(staffed, made).approved_until is None


def test_only_who_approves_there_revokes_it_and_elsewhere_it_does_not_exist(staffed: Staffed) -> None:
    id_ = StandingId(grant(staffed))
    with pytest.raises(NotAllowed):
        standing.revoke_standing(staffed.office, staffed.by("editor"), id_)
    for who, named in (("stranger", id_), ("approver", StandingId("nowhere"))):
        with pytest.raises(NotFound):
            standing.revoke_standing(staffed.office, staffed.by(who), named)


def test_an_author_has_no_standing_approval_of_their_own_unless_the_area_lets_them(
    staffed: Staffed,
) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    people.grant_role(office, admin, staffed.by("editor").person, Role.APPROVER, commune)
    grant(staffed, who="editor")
    assert version(staffed, planned(staffed)).state is VersionState.SUBMITTED
    areas.set_area(office, admin, commune, settings={OWN_APPROVAL: True})
    assert version(staffed, planned(staffed, rank=2)).state is VersionState.APPROVED
