"""Play now, stop, TẮT HẾT LOA."""

from datetime import timedelta
from itertools import islice, product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.sheets import sheet
from controller.domain.values import BroadcastId, OccurrenceId, Places, PlaylistItem, VersionState, to_ms
from controller.domain.verdicts import GoneCause
from controller.operations import broadcasts, muted, playing_now, quiet, reading
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound
from controller.storage import queries
from controller.storage.engine import reading as view
from controller.storage.engine import transact
from controller.storage.tables import MuteRow, OwedRow, PlayNowRow, WithdrawalRow
from playlists.models import AlertSheet, Priority
from tests.support.commune import assets, at, item
from tests.support.staffed import Staffed


def play(
    staffed: Staffed, who: str = "officer", area: str = "commune", after: bool = False,
    playlist: tuple[PlaylistItem, ...] = (item("a"),), owner: str = "commune",
) -> OccurrenceId:  # fmt: skip
    zones = [staffed.zone(area)]
    return OccurrenceId(
        playing_now.play_now(
            staffed.office, staffed.by(who), staffed.areas[owner], staffed.programme, "Khẩn", playlist, zones, after
        )
    )


def released(staffed: Staffed, occurrence: OccurrenceId) -> None:
    def unit(session: Session) -> None:
        row = session.get_one(PlayNowRow, occurrence)
        now = to_ms(staffed.clock.now)
        row.starts_at_ms, row.start_by_ms, row.ends_at_ms = now, now + 600_000, now + 1_260_000

    transact(staffed.office.engine, unit)


def sheet_of(staffed: Staffed, area: str) -> AlertSheet:
    now = staffed.clock.now
    with view(staffed.office.engine) as session:
        tree, zone = queries.tree_at(session, now), staffed.zone(area)
        ms = to_ms(now)
        return sheet(
            zone,
            "office",
            queries.play_nows(session, zone, "office", tree, ms),
            queries.withdrawals(session, zone, "office", ms),
            queries.mutes(session, zone, "office", ms),
            assets(),
            now,
        )


def test_a_play_now_is_an_approved_one_off_that_stands_in_the_sheet_of_its_zone(staffed: Staffed) -> None:
    made = play(staffed)
    assert sheet_of(staffed, "commune").occurrences == (), "it is not released yet"
    released(staffed, made)
    (entry,) = sheet_of(staffed, "commune").occurrences
    assert (entry.id, entry.priority, entry.tier) == (made, Priority.PRIORITY, 1)
    assert sheet_of(staffed, "h1").occurrences == ()
    found = reading.broadcast(staffed.office, staffed.by("auditor"), BroadcastId(made.rpartition("-")[0]))
    assert found.versions[0].state is VersionState.APPROVED
    assert found.versions[0].decided_by == staffed.by("officer").person


def test_after_what_is_on_air_is_a_normal_airing(staffed: Staffed) -> None:
    made = play(staffed, after=True)
    released(staffed, made)
    assert sheet_of(staffed, "commune").occurrences[0].priority is Priority.NORMAL


def test_an_editor_plays_now_only_what_is_approved_and_only_where(staffed: Staffed) -> None:
    editor, office = staffed.by("editor"), staffed.office
    with pytest.raises(NotAllowed):
        play(staffed, "editor")
    source = staffed.approved(places=Places(areas=(staffed.areas["h1"],)))
    with pytest.raises(Invalid) as caught:
        playing_now.play_approved_now(office, editor, source, [staffed.zone("commune")])
    assert caught.value.problems[0].reason == "not_approved_there"
    made = OccurrenceId(playing_now.play_approved_now(office, editor, source, [staffed.zone("h1")]))
    released(staffed, made)
    assert sheet_of(staffed, "h1").occurrences
    broadcasts.withdraw_broadcast(office, editor, source)
    with pytest.raises(NotAllowed):
        playing_now.play_approved_now(office, editor, source, [staffed.zone("h1")])


def test_a_play_now_asks_for_words_places_and_room(staffed: Staffed) -> None:
    with pytest.raises(Invalid):
        play(staffed, playlist=())
    with pytest.raises(NotFound):
        play(staffed, area="other")
    for first, second in islice(product("abc", repeat=2), 8):
        play(staffed, playlist=(item(first), item(second)))
    with pytest.raises(Conflict) as caught:
        play(staffed)
    assert caught.value.problems[0].reason == "sheet_full"
    play(staffed, area="h1")


def test_the_same_from_a_second_tab_is_refused_for_a_minute_and_elsewhere_it_is_played(staffed: Staffed) -> None:
    play(staffed)
    with pytest.raises(Conflict) as caught:
        play(staffed)
    assert caught.value.problems[0].reason == "asked_just_now"
    play(staffed, area="h1")
    play(staffed, playlist=(item("c"),))
    staffed.clock.now += timedelta(minutes=1)
    play(staffed)


def test_a_stop_takes_a_play_now_out_of_its_sheets(staffed: Staffed) -> None:
    made = play(staffed)
    released(staffed, made)
    quiet.stop(staffed.office, staffed.by("editor"), made)
    assert sheet_of(staffed, "commune").occurrences == ()
    with pytest.raises(Conflict):
        quiet.stop(staffed.office, staffed.by("editor"), made)


def running(staffed: Staffed) -> OccurrenceId:
    made = staffed.approved()
    staffed.owe()
    staffed.clock.now = at("2026-11-24 17:00:10")
    return OccurrenceId(f"{made}-{to_ms(at('2026-11-24 17:00'))}")


def gone(staffed: Staffed, occurrence: OccurrenceId) -> dict[str, str | None]:
    with view(staffed.office.engine) as session:
        rows = session.scalars(select(OwedRow).where(OwedRow.occurrence_id == occurrence))
        return {row.node_id: row.gone_cause for row in rows}


def test_a_stop_of_ones_own_broadcast_stops_it_everywhere(staffed: Staffed) -> None:
    occurrence = running(staffed)
    quiet.stop(staffed.office, staffed.by("approver"), occurrence)
    assert set(gone(staffed, occurrence).values()) == {GoneCause.STOPPED.value}
    assert sheet_of(staffed, "commune").withdrawn == (occurrence,)
    with view(staffed.office.engine) as session:
        (row,) = session.scalars(select(WithdrawalRow))
    assert row.until_ms == to_ms(at("2026-11-24 17:00")) + 5_000 + 60_000 + 600_000


def test_a_hamlet_head_stops_it_in_the_own_hamlet_only(staffed: Staffed) -> None:
    occurrence = running(staffed)
    quiet.stop(staffed.office, staffed.by("head"), occurrence)
    assert gone(staffed, occurrence) == {"n1": None, "n2": GoneCause.STOPPED.value, "n3": None}
    assert sheet_of(staffed, "commune").withdrawn == ()
    assert sheet_of(staffed, "h2").withdrawn == (occurrence,)


def test_a_stop_of_what_does_not_sound_or_is_foreign_is_refused(staffed: Staffed) -> None:
    occurrence = running(staffed)
    with pytest.raises(NotFound):
        quiet.stop(staffed.office, staffed.by("stranger"), occurrence)
    with pytest.raises(NotAllowed):
        quiet.stop(staffed.office, staffed.by("technician"), occurrence)
    staffed.clock.now = at("2026-11-24 18:00")
    with pytest.raises(Conflict):
        quiet.stop(staffed.office, staffed.by("editor"), occurrence)


def test_all_is_muted_two_hours_in_the_topmost_area_of_ones_branches(staffed: Staffed) -> None:
    zones = quiet.mute(staffed.office, staffed.by("editor"))
    assert zones == [staffed.zone("commune")]
    assert sheet_of(staffed, "commune").mute_until == to_ms(staffed.clock.now + timedelta(hours=2))
    assert sheet_of(staffed, "h1").mute_until == 0


def test_mutes_add_up_and_one_lifts_those_in_ones_own_branch_only(staffed: Staffed) -> None:
    now, office = staffed.clock.now, staffed.office
    quiet.mute(office, staffed.by("editor"))
    quiet.mute(office, staffed.by("approver"), now + timedelta(hours=5))
    quiet.mute(office, staffed.by("head"), now + timedelta(hours=3))
    assert sheet_of(staffed, "commune").mute_until == to_ms(now + timedelta(hours=5))
    assert quiet.lift(office, staffed.by("head")) == [staffed.zone("h2")]
    assert sheet_of(staffed, "h2").mute_until == 0
    assert sheet_of(staffed, "commune").mute_until
    assert quiet.lift(office, staffed.by("officer")) == [staffed.zone("commune")]
    assert sheet_of(staffed, "commune").mute_until == 0


def test_ones_own_new_mute_replaces_the_old_and_may_be_shorter(staffed: Staffed) -> None:
    now = staffed.clock.now
    quiet.mute(staffed.office, staffed.by("editor"), now + timedelta(hours=24))
    quiet.mute(staffed.office, staffed.by("editor"), now + timedelta(minutes=30))
    assert sheet_of(staffed, "commune").mute_until == to_ms(now + timedelta(minutes=30))


@pytest.mark.parametrize("hours", [0, -1, 24.01])
def test_a_mute_lasts_at_most_24_hours(staffed: Staffed, hours: float) -> None:
    with pytest.raises(Invalid):
        quiet.mute(staffed.office, staffed.by("editor"), staffed.clock.now + timedelta(hours=hours))


def test_one_mutes_only_what_lies_in_ones_branches(staffed: Staffed) -> None:
    with pytest.raises(NotFound):
        quiet.mute(staffed.office, staffed.by("head"), areas=[staffed.areas["commune"]])
    with pytest.raises(NotAllowed):
        quiet.mute(staffed.office, staffed.by("auditor"))
    assert quiet.mute(staffed.office, staffed.by("editor"), areas=[staffed.areas["h1"], staffed.areas["commune"]]) == [
        staffed.zone("commune")
    ]


def test_a_play_now_into_a_mute_is_refused_and_names_who_muted(staffed: Staffed) -> None:
    quiet.mute(staffed.office, staffed.by("head"))
    with pytest.raises(Conflict) as caught:
        play(staffed)
    assert str(caught.value) == "head has muted Thôn 2. Lift that first."
    play(staffed, area="h1")
    staffed.clock.advance(hours=2)
    play(staffed)


def test_everybody_sees_the_mutes_that_touch_them(staffed: Staffed) -> None:
    quiet.mute(staffed.office, staffed.by("editor"))
    (seen,) = muted.mutes(staffed.office, staffed.by("head"))
    assert (seen.by, seen.zone.name) == ("editor", "Xã B")
    assert muted.mutes(staffed.office, staffed.by("stranger")) == ()


def test_every_mute_keeps_who_pressed_and_who_lifted(staffed: Staffed) -> None:
    quiet.mute(staffed.office, staffed.by("editor"))
    quiet.lift(staffed.office, staffed.by("approver"))
    with view(staffed.office.engine) as session:
        (row,) = session.scalars(select(MuteRow))
    assert (row.by, row.lifted_by) == (staffed.by("editor").person, staffed.by("approver").person)


def at_night(staffed: Staffed, reason: str = "Lũ về đêm", playlist: tuple[PlaylistItem, ...] = (item("a"),)) -> str:
    zones, area = [staffed.zone("commune")], staffed.areas["commune"]
    return playing_now.air_out_of_hours(
        staffed.office, staffed.by("officer"), area, staffed.programme, "Khẩn", playlist, zones, reason
    )


def test_one_bulletin_passes_the_hours_with_a_reason_that_leaders_see(staffed: Staffed) -> None:
    made = OccurrenceId(at_night(staffed))
    released(staffed, made)
    (entry,) = sheet_of(staffed, "commune").occurrences
    assert (entry.out_of_hours, entry.priority) == (True, Priority.PRIORITY)
    (seen,) = playing_now.aired_out_of_hours(staffed.office, staffed.by("approver"))
    assert (seen.occurrence, seen.by, seen.reason) == (made, "officer", "Lũ về đêm")
    assert playing_now.aired_out_of_hours(staffed.office, staffed.by("stranger")) == ()
    with pytest.raises(Conflict):
        at_night(staffed, playlist=(item("b"),))


def test_a_bulletin_in_quiet_hours_is_short_and_says_why(staffed: Staffed) -> None:
    with pytest.raises(Invalid):
        at_night(staffed, reason=" ")
    with pytest.raises(Invalid):
        at_night(staffed, playlist=(item("a"),) * 4)
    with pytest.raises(NotAllowed):
        playing_now.air_out_of_hours(
            staffed.office, staffed.by("approver"), staffed.areas["commune"], staffed.programme, "Khẩn", (item("a"),),
            [staffed.zone("commune")], "Lũ",
        )  # fmt: skip
