"""Drafted, submitted, approved, returned, withdrawn."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from controller.domain.broadcasts import newest
from controller.domain.carrying import OWN_APPROVAL
from controller.domain.tree import places_of_zones
from controller.domain.values import AreaId, BroadcastId, FromDay, Places, Role, VersionState, ZoneId
from controller.domain.verdicts import GoneCause, Kind
from controller.operations import approving, areas, broadcasts, library, people, reading
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound, OperationError
from controller.storage.engine import reading as view
from controller.storage.tables import OwedRow, WithdrawalRow
from tests.support.commune import at, content, daily, item, sha
from tests.support.staffed import Staffed

SCOPE = FromDay(date(2026, 11, 24))


def places(staffed: Staffed, *names: str) -> Places:
    return Places(areas=tuple(staffed.areas[name] for name in names))


def create(staffed: Staffed, who: str = "editor", area: str = "commune", **changes: object) -> BroadcastId:
    said = content(**{"places": places(staffed, area), **changes})
    owner = staffed.areas["commune"]
    return BroadcastId(
        broadcasts.create_broadcast(staffed.office, staffed.by(who), owner, staffed.programme, SCOPE, said)
    )


def state(staffed: Staffed, made: BroadcastId) -> VersionState:
    found = newest(reading.broadcast(staffed.office, staffed.by("auditor"), made))
    assert found is not None
    return found.state


def refusal(error: pytest.ExceptionInfo[OperationError]) -> list[tuple[str, str]]:
    return [(each.where, each.reason) for each in error.value.problems]


def test_a_draft_is_submitted_and_approved_by_number_and_digest(staffed: Staffed) -> None:
    made = create(staffed)
    broadcasts.submit_version(staffed.office, staffed.by("editor"), made, 1)
    assert state(staffed, made) is VersionState.SUBMITTED
    with pytest.raises(Conflict) as caught:
        approving.approve_version(staffed.office, staffed.by("approver"), made, 1, "0" * 64)
    assert refusal(caught) == [("digest", "conflict")]
    approving.approve_version(staffed.office, staffed.by("approver"), made, 1, staffed.digest(made))
    assert state(staffed, made) is VersionState.APPROVED


def test_every_act_is_one_audit_entry_and_one_nudge(staffed: Staffed) -> None:
    before, nudged = staffed.audit(), staffed.nudges.times
    made = staffed.approved()
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("approver"), made, "hoãn")
    assert staffed.audit()[len(before) :] == [
        ("create_broadcast", "editor"),
        ("submit_version", "editor"),
        ("approve_version", "approver"),
        ("withdraw_broadcast", "approver"),
    ]
    assert staffed.nudges.times == nudged + 4


def test_what_is_refused_leaves_no_trace_and_nudges_nobody(staffed: Staffed) -> None:
    before, nudged = staffed.audit(), staffed.nudges.times
    with pytest.raises(Invalid):
        create(staffed, playlist=())
    assert (staffed.audit(), staffed.nudges.times) == (before, nudged)
    assert reading.broadcasts(staffed.office, staffed.by("editor")) == ()


@pytest.mark.parametrize(
    ("changes", "where", "reason"),
    [
        ({"places": Places()}, "places", "no_place"),
        ({"playlist": ()}, "playlist", "empty_playlist"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone", "unknown_time_zone"),
        ({"recurrence": daily("17:00", last=date(2026, 11, 1))}, "recurrence.last_day", "end_before_start"),
        ({"playlist": (item("z"),)}, "playlist.0.recordings", "unknown_asset"),
    ],
)
def test_bad_input_names_field_and_reason(
    staffed: Staffed, changes: dict[str, object], where: str, reason: str
) -> None:
    with pytest.raises(Invalid) as caught:
        create(staffed, "editor", "commune", **changes)
    assert refusal(caught) == [(where, reason)]


def test_a_zone_without_nodes_is_refused(staffed: Staffed) -> None:
    made = areas.add_area(staffed.office, staffed.by("admin"), staffed.areas["commune"], "Thôn 4", "thôn")
    with pytest.raises(Invalid) as caught:
        create(staffed, places=Places(areas=(AreaId(made),)))
    assert refusal(caught) == [("places", "no_nodes")]


def test_a_clash_at_equal_precedence_names_the_other_once_that_is_submitted(staffed: Staffed) -> None:
    first = create(staffed, title="Bài một")
    create(staffed, title="Bài nháp")
    broadcasts.submit_version(staffed.office, staffed.by("editor"), first, 1)
    with pytest.raises(Conflict) as caught:
        create(staffed, "editor", "h1", title="Bài hai")
    (problem,) = caught.value.problems
    assert (problem.where, problem.reason) == ("recurrence", "clash")
    assert problem.params["other"] == "Bài một"
    assert problem.params["node"] == "Loa 1"
    assert str(problem).startswith("On 24/11/2026 17:00 Loa 1 already has “Bài một”")
    create(staffed, title="Bài hai", rank=1)


def test_a_draft_that_another_overtook_is_refused_when_it_is_submitted(staffed: Staffed) -> None:
    first, second = create(staffed), create(staffed, title="Bài hai")
    broadcasts.submit_version(staffed.office, staffed.by("editor"), first, 1)
    with pytest.raises(Conflict):
        broadcasts.submit_version(staffed.office, staffed.by("editor"), second, 1)
    assert state(staffed, second) is VersionState.DRAFT


def test_an_edit_builds_on_the_newest_version(staffed: Staffed) -> None:
    made = staffed.approved()
    said = content(places=places(staffed, "commune"), title="Sửa")
    office, editor = staffed.office, staffed.by("editor")
    assert broadcasts.revise_broadcast(office, editor, made, 1, SCOPE, said) == 2
    with pytest.raises(Conflict) as caught:
        broadcasts.revise_broadcast(office, editor, made, 1, SCOPE, said)
    assert refusal(caught) == [("base", "conflict")]
    with pytest.raises(Conflict):
        approving.approve_version(office, staffed.by("approver"), made, 1, "")


def test_nobody_approves_what_they_wrote_unless_the_area_allows_it(staffed: Staffed) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    people.grant_role(office, admin, staffed.by("editor").person, Role.APPROVER, commune)
    made = create(staffed)
    broadcasts.submit_version(office, staffed.by("editor"), made, 1)
    with pytest.raises(NotAllowed) as caught:
        approving.approve_version(office, staffed.by("editor"), made, 1, staffed.digest(made))
    assert refusal(caught) == [("", "own_version")]
    areas.set_area(office, admin, commune, settings={OWN_APPROVAL: True})
    approving.approve_version(office, staffed.by("editor"), made, 1, staffed.digest(made))


def test_a_version_is_returned_with_a_reason(staffed: Staffed) -> None:
    made = create(staffed)
    broadcasts.submit_version(staffed.office, staffed.by("editor"), made, 1)
    with pytest.raises(Invalid):
        approving.return_version(staffed.office, staffed.by("approver"), made, 1, " ")
    approving.return_version(staffed.office, staffed.by("approver"), made, 1, "Sai tên thôn")
    assert state(staffed, made) is VersionState.RETURNED


@pytest.mark.parametrize("who", ["approver", "technician", "auditor"])
def test_who_may_not_draft_is_told_so(staffed: Staffed, who: str) -> None:
    with pytest.raises(NotAllowed):
        create(staffed, who)


def test_what_is_foreign_is_answered_like_what_does_not_exist(staffed: Staffed) -> None:
    made = staffed.approved()
    stranger, nowhere = staffed.by("stranger"), BroadcastId("nowhere000")
    answers = []
    for asked in (made, nowhere):
        for deed in (
            lambda asked=asked: reading.broadcast(staffed.office, stranger, asked),
            lambda asked=asked: broadcasts.submit_version(staffed.office, stranger, asked, 1),
            lambda asked=asked: broadcasts.withdraw_broadcast(staffed.office, stranger, asked),
        ):
            with pytest.raises(NotFound) as caught:
                deed()
            answers.append(str(caught.value))
    assert len(set(answers)) == 1


def test_sound_is_made_only_where_every_hamlet_lies_in_the_branch(staffed: Staffed) -> None:
    with pytest.raises(NotFound):
        create(staffed, "head", "h2")
    with pytest.raises(NotFound) as caught:
        create(staffed, "editor", "other")
    assert refusal(caught) == [("places", "not_found")]


def test_audio_of_a_foreign_library_cannot_be_aired(staffed: Staffed) -> None:
    foreign = library.Made(sha("d"), 10, 480_000, None, None, None, None, None)
    library.register_asset(staffed.office, staffed.by("stranger"), staffed.areas["other"], foreign, "Của xã C")
    with pytest.raises(Invalid) as caught:
        create(staffed, playlist=(item("d"),))
    assert refusal(caught) == [("playlist.0.recordings", "unknown_asset")]


def test_audio_taken_out_of_the_library_stays_in_the_broadcast_that_has_it(staffed: Staffed) -> None:
    made = staffed.approved()
    library.remove_asset(staffed.office, staffed.by("editor"), staffed.areas["commune"], sha("a"))
    said = content(places=places(staffed, "commune"), title="Sửa")
    assert broadcasts.revise_broadcast(staffed.office, staffed.by("editor"), made, 1, SCOPE, said) == 2
    with pytest.raises(Invalid):
        create(staffed, rank=5)


def owed(staffed: Staffed) -> list[OwedRow]:
    with view(staffed.office.engine) as session:
        return list(session.scalars(select(OwedRow).order_by(OwedRow.starts_at_ms, OwedRow.node_id)))


def withdrawn(staffed: Staffed) -> set[tuple[str, str]]:
    with view(staffed.office.engine) as session:
        return {(row.zone_id, row.occurrence_id) for row in session.scalars(select(WithdrawalRow))}


def test_a_withdrawal_takes_back_all_that_is_owed_and_puts_today_into_the_sheets(staffed: Staffed) -> None:
    made = staffed.approved(recurrence=daily("17:00", "19:00"))
    staffed.owe()
    staffed.clock.now = at("2026-11-24 17:00:20")
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("editor"), made, "bão")
    rows = owed(staffed)
    assert {row.gone_cause for row in rows} == {GoneCause.WITHDRAWN.value}
    assert all(row.gone_at == staffed.clock.now for row in rows)
    zone = staffed.zone("commune")
    soon = {(zone, row.occurrence_id) for row in rows if row.starts_at_ms <= rows[0].starts_at_ms + 86_400_000}
    assert withdrawn(staffed) == soon
    assert len(soon) == 3
    found = reading.occurrences(staffed.office, staffed.by("auditor"), at("2026-11-24 18:00"), at("2026-11-24 20:00"))
    assert [node.verdict.kind for node in found[0].nodes] == [Kind.WITHDRAWN] * 3


def test_what_is_over_stays_as_it_was_when_a_broadcast_is_withdrawn(staffed: Staffed) -> None:
    made = staffed.approved()
    staffed.owe()
    staffed.clock.now = at("2026-11-25 12:00")
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("editor"), made)
    assert [row.gone_cause for row in owed(staffed)[:3]] == [None] * 3
    with pytest.raises(Conflict) as caught:
        broadcasts.withdraw_broadcast(staffed.office, staffed.by("editor"), made)
    assert refusal(caught) == [("", "withdrawn")]


def test_a_hand_made_zone_is_written_into_the_version_as_its_hamlets(staffed: Staffed) -> None:
    office, editor = staffed.office, staffed.by("editor")
    hamlets = [staffed.areas["h1"], staffed.areas["h2"]]
    zone = ZoneId(areas.add_zone(office, editor, staffed.areas["commune"], "Vùng trũng", hamlets))
    tree = reading.tree(office, editor)
    written = places_of_zones([each for each in tree.zones.values() if each.id == zone])
    made = create(staffed, places=written)
    areas.change_zone(office, editor, zone, "Vùng trũng", hamlets[:1])
    found = newest(reading.broadcast(office, editor, made))
    assert found is not None
    assert found.content.places == replace(written, hamlets=tuple(sorted(hamlets)))
