"""Alarms: raised, merged, agreed to, extended, corrected, ended; what each says in the sheets of its zones."""

from datetime import timedelta
from typing import Any

import pytest

from controller.domain.values import OccurrenceId, to_ms
from controller.operations import alarming, alarms_now, quiet
from controller.operations.alarms_now import Stage, State
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound
from playlists.models import Kind, Priority
from tests.support.alarmed import Alarmed
from tests.support.commune import item

MINUTE = 60_000


def test_an_alarm_goes_into_the_emergency_sheet_with_its_closing_words_and_waits_for_no_download(
    alarmed: Alarmed,
) -> None:
    made = alarmed.press()
    alarm, closing = alarmed.entries()
    assert (alarm.id, alarm.kind, alarm.priority, alarm.message) == (made, Kind.ALARM, Priority.EMERGENCY, "flood")
    assert alarm.starts_at == to_ms(alarmed.staffed.clock.now) + 1000 + 300 + 150
    assert (alarm.ends_at, alarm.every) == (alarm.starts_at + 30 * MINUTE, 60_000)
    assert (closing.message, closing.answers, closing.starts_at) == ("closing", (made,), alarm.ends_at)
    assert closing.every == 0
    assert alarmed.owed(made).keys() == {"n1", "n2", "n3"}
    assert alarmed.owed(closing.id) == {}, "only where the alarm has begun"


def test_closing_words_are_owed_where_the_alarm_has_begun(alarmed: Alarmed) -> None:
    alarmed.press()
    alarm, closing = alarmed.entries()
    alarmed.began("n1", alarm)
    alarmed.look()
    assert alarmed.owed(closing.id).keys() == {"n1"}


def test_two_officers_pressing_in_the_same_second_are_one_alarm(alarmed: Alarmed) -> None:
    first = alarmed.press("officer")
    assert alarmed.press("approver") == first
    assert len(alarmed.entries()) == 2
    assert [act for act, _ in alarmed.staffed.audit()][-2:] == ["raise_alarm", "join_alarm"]


def test_the_same_words_go_only_where_they_do_not_sound_yet(alarmed: Alarmed) -> None:
    alarmed.press(zones=("h1",))
    second = alarmed.press(zones=("h1", "h2"))
    assert [each.id for each in alarmed.entries("h2")][:1] == [second]
    assert second not in {each.id for each in alarmed.entries("h1")}


def test_other_words_are_another_alarm_and_a_fourth_finds_no_room(alarmed: Alarmed) -> None:
    for message in ("flood", "storm", "fire"):
        alarmed.press(message=message)
    assert len(alarmed.entries()) == 6
    with pytest.raises(Conflict) as caught:
        alarmed.press(message="landslide")
    assert caught.value.problems[0].reason == "sheet_full"


def test_a_drill_is_another_message_and_no_flag_turns_one_into_the_other(alarmed: Alarmed) -> None:
    office, officer = alarmed.staffed.office, alarmed.staffed.by("officer")
    with pytest.raises(Invalid):
        alarming.raise_alarm(office, officer, alarmed.wish("drill-flood"))
    with pytest.raises(Invalid):
        alarming.raise_drill(office, officer, alarmed.wish("flood"))
    for message in ("closing", "all-clear", "correction"):
        with pytest.raises(Invalid):
            alarming.raise_alarm(office, officer, alarmed.wish(message))
    alarming.raise_drill(office, officer, alarmed.wish("drill-flood"))
    (drill,) = alarmed.entries()
    assert (drill.kind, drill.priority, drill.message) == (Kind.DRILL, Priority.PRIORITY, "drill-flood")


def test_a_drill_goes_through_no_mute_and_an_alarm_does(alarmed: Alarmed) -> None:
    quiet.mute(alarmed.staffed.office, alarmed.staffed.by("officer"))
    with pytest.raises(Conflict):
        alarming.raise_drill(alarmed.staffed.office, alarmed.staffed.by("officer"), alarmed.wish("drill-flood"))
    alarmed.press()
    assert alarmed.entries()


@pytest.mark.parametrize("minutes", [-1, 0, 4, 121, 10**9])
def test_a_hard_end_in_the_past_or_years_ahead_is_refused(alarmed: Alarmed, minutes: int) -> None:
    with pytest.raises(Invalid):
        alarmed.press(minutes=minutes)
    with pytest.raises(Invalid):
        extend(alarmed, alarmed.press(), minutes)


@pytest.mark.parametrize("every_s", [-1, 0, 9, 301])
def test_passes_without_end_are_refused(alarmed: Alarmed, every_s: int) -> None:
    with pytest.raises(Invalid):
        alarmed.press(every_s=every_s)


def test_a_zone_that_is_not_there_or_foreign_is_refused(alarmed: Alarmed) -> None:
    with pytest.raises(NotFound):
        alarmed.press(zones=("other",))
    with pytest.raises(Invalid):
        alarmed.press(zones=())


def extend(alarmed: Alarmed, occurrence: OccurrenceId, minutes: int | None = None) -> None:
    alarming.extend_alarm(alarmed.staffed.office, alarmed.staffed.by("officer"), occurrence, minutes)


def test_one_act_extends_and_the_closing_words_move_along(alarmed: Alarmed) -> None:
    made = alarmed.press()
    before, closing = alarmed.entries()
    alarmed.began("n1", before)
    alarmed.staffed.clock.advance(minutes=21)
    assert alarmed.view(made).warn == 10
    alarmed.staffed.clock.advance(minutes=7)
    assert alarmed.view(made).warn == 3
    extend(alarmed, made)
    alarm, after = alarmed.entries()
    assert alarm.id == made
    assert alarm.ends_at == to_ms(alarmed.staffed.clock.now) + 30 * MINUTE
    assert (after.id, after.starts_at) == (closing.id, alarm.ends_at)
    assert alarmed.view(made).warn is None
    assert {row.ends_at_ms for row in alarmed.owed(made).values()} == {alarm.ends_at}


def test_it_is_extended_for_twelve_hours_at_most(alarmed: Alarmed) -> None:
    made = alarmed.press(minutes=120)
    alarmed.look()
    for _ in range(6):
        alarmed.staffed.clock.advance(minutes=100)
        extend(alarmed, made, 110)
    alarmed.staffed.clock.advance(minutes=100)
    with pytest.raises(Conflict):
        extend(alarmed, made, 120)


def test_an_alarm_that_ended_is_extended_no_more_and_its_closing_words_stand(alarmed: Alarmed) -> None:
    made = alarmed.press()
    alarmed.look()
    alarmed.staffed.clock.advance(minutes=31)
    with pytest.raises(Conflict):
        extend(alarmed, made)
    (closing,) = alarmed.entries()
    assert closing.message == "closing"
    assert alarmed.view(made).stage is Stage.OVER


def test_bao_yen_ends_alarms_and_stays_for_twelve_hours(alarmed: Alarmed) -> None:
    office, officer = alarmed.staffed.office, alarmed.staffed.by("officer")
    flood, storm = alarmed.press(), alarmed.press(message="storm", zones=("h1",))
    alarm = alarmed.entries()[0]
    alarmed.began("n2", alarm)
    made = alarming.all_clear(office, officer, [flood, storm])
    (entry,) = alarmed.entries()
    assert (entry.id, entry.kind, entry.message) == (made, Kind.ALL_CLEAR, "all-clear")
    assert set(entry.answers) == {flood, storm}
    assert entry.ends_at - entry.starts_at == 12 * 60 * MINUTE
    assert entry.every == 0
    assert alarmed.entries("h1") == (entry,)
    assert alarmed.owed(made).keys() == {"n2"}
    assert alarmed.view(flood).stage is Stage.STOPPED
    assert [row.name for row in alarmed.view(OccurrenceId(made)).hamlets] == ["Thôn 2"]


def test_bao_yen_after_the_hard_end_takes_the_place_of_the_closing_words(alarmed: Alarmed) -> None:
    made = alarmed.press()
    alarmed.look()
    alarmed.staffed.clock.advance(minutes=31)
    alarming.all_clear(alarmed.staffed.office, alarmed.staffed.by("officer"), [made])
    assert [each.message for each in alarmed.entries()] == ["all-clear"]


def test_a_correction_ends_the_alarm_and_answers_it(alarmed: Alarmed) -> None:
    made = alarmed.press()
    alarmed.look()
    corrected = alarming.correct_alarm(
        alarmed.staffed.office, alarmed.staffed.by("officer"), made, playlist=(item("a"),)
    )
    (entry,) = alarmed.entries()
    assert (entry.id, entry.kind, entry.answers) == (corrected, Kind.CORRECTION, (made,))
    assert len(entry.items) == 1
    with pytest.raises(Invalid):
        alarming.correct_alarm(alarmed.staffed.office, alarmed.staffed.by("officer"), OccurrenceId(corrected))
    with pytest.raises(NotFound):
        alarming.all_clear(alarmed.staffed.office, alarmed.staffed.by("officer"), [OccurrenceId("nothing-1")])
    with pytest.raises(Invalid):
        alarming.all_clear(alarmed.staffed.office, alarmed.staffed.by("officer"), [])


def test_a_stop_takes_alarm_and_closing_words_and_ends_what_is_owed(alarmed: Alarmed) -> None:
    made = alarmed.press()
    alarmed.look()
    alarming.stop_alarm(alarmed.staffed.office, alarmed.staffed.by("editor"), made)
    assert alarmed.entries() == ()
    assert {row.gone_cause for row in alarmed.owed(made).values()} == {"stopped"}
    with pytest.raises(Conflict):
        alarming.stop_alarm(alarmed.staffed.office, alarmed.staffed.by("editor"), made)


def test_a_head_raises_prepared_messages_by_pin_in_the_own_hamlet_alone(alarmed: Alarmed) -> None:
    own: dict[str, Any] = {"area": "h2", "zones": ("h2",)}
    with pytest.raises(NotAllowed) as caught:
        alarmed.press("head", **own)
    assert caught.value.problems[0].reason == "pin_wanted"
    with pytest.raises(NotAllowed):
        alarmed.press("head", **own, pinned=True, playlist=(item("a"),))
    wrong: tuple[dict[str, Any], ...] = (
        {"area": "h1", "zones": ("h1",)},
        {"zones": ("h2",)},
        {**own, "zones": ("commune",)},
    )
    for elsewhere in wrong:
        with pytest.raises((NotAllowed, NotFound)):
            alarmed.press("head", **elsewhere, pinned=True)
    made = alarmed.press("head", **own, pinned=True)
    assert [each.id for each in alarmed.entries("h2")][:1] == [made]


def test_the_office_sees_a_heads_alarm_at_once_and_stops_it_and_a_head_does_not_stop_the_communes(
    alarmed: Alarmed,
) -> None:
    office = alarmed.staffed.office
    made = alarmed.press("head", area="h2", zones=("h2",), pinned=True)
    (seen,) = alarms_now.alarms_now(office, alarmed.staffed.by("officer"))
    assert (seen.occurrence, seen.own) == (made, True)
    alarming.stop_alarm(office, alarmed.staffed.by("officer"), made)
    alarmed.staffed.clock.advance(seconds=1)
    above = alarmed.press("officer", message="storm")
    (storm, _) = alarms_now.alarms_now(office, alarmed.staffed.by("head"))
    assert (storm.occurrence, storm.own) == (above, False)
    with pytest.raises(NotFound):
        alarming.stop_alarm(office, alarmed.staffed.by("head"), above)
    with pytest.raises(NotAllowed):
        quiet.stop(office, alarmed.staffed.by("head"), above)


def test_a_second_person_is_asked_by_policy_and_with_no_answer_it_goes_out_and_that_is_logged(
    alarmed: Alarmed,
) -> None:
    alarmed.setting("commune", second_person_s=30)
    made = alarmed.press()
    assert alarmed.entries() == ()
    assert alarmed.view(made).stage is Stage.WAITING
    assert alarmed.exchange.look() <= 30
    alarmed.staffed.clock.advance(seconds=30)
    assert len(alarmed.entries()) == 2
    assert alarmed.staffed.audit()[-1][0] == "alarm_unanswered"
    alarmed.look()
    assert [act for act, _ in alarmed.staffed.audit()].count("alarm_unanswered") == 1


def test_the_second_person_says_yes_or_no_and_is_somebody_else(alarmed: Alarmed) -> None:
    office = alarmed.staffed.office
    alarmed.setting("commune", second_person_s=30)
    made = alarmed.press()
    with pytest.raises(NotAllowed):
        alarming.confirm_alarm(office, alarmed.staffed.by("officer"), made)
    alarming.confirm_alarm(office, alarmed.staffed.by("approver"), made)
    assert len(alarmed.entries()) == 2
    with pytest.raises(Conflict):
        alarming.confirm_alarm(office, alarmed.staffed.by("approver"), made)
    other = alarmed.press(message="storm")
    alarming.refuse_alarm(office, alarmed.staffed.by("approver"), other, "Nhầm xã")
    alarmed.staffed.clock.advance(seconds=31)
    assert other not in {each.id for each in alarmed.entries()}


def test_the_second_press_of_the_same_words_is_the_second_persons_yes(alarmed: Alarmed) -> None:
    alarmed.setting("commune", second_person_s=30)
    made = alarmed.press("officer")
    assert alarmed.press("approver") == made
    assert len(alarmed.entries()) == 2


def test_a_head_waits_for_nobody(alarmed: Alarmed) -> None:
    alarmed.setting("province", second_person_s=30)
    alarmed.press("head", area="h2", zones=("h2",), pinned=True)
    assert alarmed.entries("h2")


def test_each_hamlet_has_a_row_with_seconds_since_the_press(alarmed: Alarmed) -> None:
    made = alarmed.press()
    alarm = alarmed.entries()[0]
    alarmed.began("n1", alarm, after_ms=1500)
    rows = {row.name: row for row in alarmed.view(made).hamlets}
    assert (rows["Thôn 1"].state, rows["Thôn 1"].seconds) == (State.SOUNDING, 1.5)
    assert rows["Thôn 3"].state is State.NOT_REACHED
    assert rows["Thôn 2"].heads[0].name


def test_an_alarm_is_sent_again_as_it_was_after_a_restart(alarmed: Alarmed) -> None:
    alarmed.press()
    before = alarmed.entries()
    alarmed.staffed.clock.now += timedelta(seconds=5)
    assert alarmed.entries() == before
