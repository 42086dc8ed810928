"""What ends, why, and with how many seconds (rules 3, 5, 7, 8)."""

from __future__ import annotations

import pytest

from playlists.models import Kind, NodeSettings, PlannedBroadcast, Priority, Silence
from playlists.reports import Cause, Checkpoint, Closed, Evidence, Progress, Sounded
from tests.unit.speaker_node.playout.scenes import (
    at,
    broadcast,
    clock,
    documents,
    item,
    join,
    plan,
    play_now,
    sha,
    sheet,
    silence,
    whole,
)
from tests.unit.speaker_node.playout.world import World


def airs(*broadcasts: PlannedBroadcast, start: str = "04:59:00", **more: object) -> World:
    return World(documents(plan(*broadcasts)), start, **more)  # type: ignore[arg-type]


def hushed(*broadcasts: PlannedBroadcast, by: Silence, start: str = "04:59:00") -> World:
    return World(documents(plan(*broadcasts, silences=[by])), start)


def id_of(name: str, start: str) -> str:
    return f"{name}-{at(start)}"


def test_the_closing_fact_of_what_was_heard_whole() -> None:
    world = airs(broadcast("x", "05:00:00", playlist=(item("a", 30), item("b", 30, "km"))))
    world.run_to("05:02:00")
    assert world.closed("x") == Closed(
        occurrence=id_of("x", "05:00:00"),
        version=1,
        attempt=1,
        sounded=60_000,
        due=60_000,
        languages=(
            Sounded(language="vi", sounded=30_000, due=30_000),
            Sounded(language="km", sounded=30_000, due=30_000),
        ),
        loudness=-20.0,
        start_error=0,
        evidence=(Evidence.FRAMES,),
        started_at=at("05:00:00"),
        assets=(sha("a"), sha("b")),
    )


def test_withdrawn_by_a_sheet_ends_what_sounds_with_its_seconds() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.accept(None, sheet(withdrawn=[id_of("a", "05:00:00")]))
    world.run_to("05:02:00")
    assert world.sounded("a") == [("05:00:00", 0, 20)]
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.WITHDRAWN, 20_000)


def test_withdrawn_between_start_and_t_sounds_nothing() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("04:59:59")
    world.accept(None, sheet(withdrawn=[id_of("a", "05:00:00")]))
    world.run_to("05:02:00")
    assert world.sounded("a") == []
    assert (world.closed("a").cause, world.closed("a").sounded, world.closed("a").attempt) == (Cause.WITHDRAWN, 0, 1)


def test_withdrawn_before_its_time_is_closed_when_its_time_comes() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.accept(None, sheet(withdrawn=[id_of("a", "05:00:00")]))
    world.run_to("04:59:50")
    assert world.open("a")
    world.run_to("05:00:01")
    assert (world.closed("a").cause, world.closed("a").attempt) == (Cause.WITHDRAWN, 0)


def test_a_withdrawal_that_is_taken_back_in_time_did_nothing() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.accept(None, sheet(withdrawn=[id_of("a", "05:00:00")]))
    world.run_to("04:59:50")
    world.accept(None, sheet())
    world.run_to("05:02:00")
    assert world.closed("a").cause is None


def test_absence_from_the_plan_withdraws_what_sounds() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.accept(plan())
    assert world.decision.target.now is None
    world.run_to("05:02:00")
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.WITHDRAWN, 20_000)


def test_absence_from_the_plan_before_the_start_owes_nothing() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.accept(plan())
    world.run_to("05:02:00")
    assert world.tell() == []


def test_stop_is_a_newer_sheet_without_the_entry() -> None:
    world = airs(start="05:00:00")
    world.accept(None, sheet(play_now("now", "05:00:02", 60)))
    world.run_to("05:00:12")
    world.accept(None, sheet())
    world.run_to("05:02:00")
    assert (world.closed("now").cause, world.closed("now").sounded) == (Cause.STOPPED, 10_000)


def test_a_mute_closes_what_sounds_and_what_would_start_and_nothing_comes_back() -> None:
    world = airs(join("a", "05:00:00", 100), join("b", "05:00:10", 600, rank=1), broadcast("c", "05:02:00", 10))
    world.run_to("05:00:05")
    world.accept(None, sheet(mute_until=at("05:01:00")))
    world.run_to("05:12:00")
    assert world.sounded("a") == [("05:00:00", 0, 5)]
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.QUIET, 5_000)
    assert (world.closed("b").cause, world.starts("b")) == (Cause.QUIET, [])
    assert world.closed("c").cause is None


def test_what_begins_as_a_mute_ends_is_not_quiet() -> None:
    world = airs(broadcast("a", "05:00:00", 10))
    world.accept(None, sheet(mute_until=at("05:00:00")))
    world.run_to("05:01:00")
    assert world.sounded("a") == [("05:00:00", 0, 10)]


def test_a_silence_of_the_plan_closes_what_sounds_at_its_start_and_nothing_comes_back_when_it_ends() -> None:
    by = silence("05:00:10", "05:01:00")
    world = hushed(join("a", "05:00:00", 100), broadcast("c", "05:02:00", 10), by=by)
    world.run_to("05:12:00")
    assert world.sounded("a") == [("05:00:00", 0, 10)]
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.QUIET, 10_000)
    assert world.closed("c").cause is None


def test_a_silence_is_judged_at_the_start_of_sound_not_when_it_is_decided() -> None:
    both = [silence("04:00:00", "05:00:00"), silence("05:02:00", "05:03:00")]
    entries = (broadcast("a", "05:00:00", 10), broadcast("b", "05:02:00", 10))
    world = World(documents(plan(*entries, silences=both)), "04:59:00")
    world.run_to("05:12:00")
    assert world.sounded("a") == [("05:00:00", 0, 10)]
    assert (world.closed("b").cause, world.starts("b")) == (Cause.QUIET, [])


def test_a_silence_closes_what_is_paused_or_waits_for_power_and_judges_the_resumption() -> None:
    world = hushed(join("a", "05:00:00", 100), by=silence("05:00:30", "05:00:40"))
    world.run_to("05:00:20")
    world.power_cut(15)
    world.run_to("05:02:00")
    assert (world.closed("a").cause, world.starts("a")[-1].attempt) == (Cause.QUIET, 1)
    assert world.sounded("a") == [("05:00:00", 0, 20)]


def test_a_second_attempt_that_falls_into_a_silence_is_quiet() -> None:
    world = hushed(whole("a", "05:00:00", 100), by=silence("05:00:49", "05:01:00"))
    world.run_to("05:00:20")
    world.power_cut(20)
    world.run_to("05:05:00")
    assert world.closed("a").cause is Cause.QUIET
    assert world.sounded("a") == [("05:00:00", 0, 20)]


def test_what_waits_behind_something_higher_when_a_silence_begins_is_quiet_too() -> None:
    high = broadcast("a", "05:00:00", 60, rank=1)
    world = hushed(high, whole("b", "05:00:10", 30), by=silence("05:00:20", "05:01:30"))
    world.run_to("05:05:00")
    assert (world.closed("b").cause, world.starts("b")) == (Cause.QUIET, [])


def test_a_silence_of_kinds_means_those_only() -> None:
    notice, music = broadcast("a", "05:00:00", 10), broadcast("b", "05:01:00", 10, kind=Kind.MUSIC)
    world = hushed(notice, music, by=silence("04:00:00", "06:00:00", Kind.MUSIC, Kind.REBROADCAST))
    world.run_to("05:05:00")
    assert (world.closed("a").cause, world.closed("b").cause) == (None, Cause.QUIET)


def test_music_that_a_silence_ends_holds_back_until_then_only() -> None:
    music = join("a", "05:00:00", 100, kind=Kind.MUSIC)
    world = hushed(music, whole("b", "05:00:10", 30), by=silence("05:00:25", "05:10:00", Kind.MUSIC))
    world.run_to("05:05:00")
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.QUIET, 25_000)
    assert world.sounded("b") == [("05:00:25", 0, 30)]


def test_a_play_now_is_routine_and_an_emergency_passes_every_silence() -> None:
    alarm = play_now("alarm", "05:00:02", 10, priority=Priority.EMERGENCY, kind=Kind.ALARM)
    world = hushed(by=silence("04:00:00", "06:00:00"), start="05:00:00")
    world.accept(None, sheet(play_now("now", "05:00:02", 10)), sheet(alarm, issuer="office-emergency"))
    world.run_to("05:02:00")
    assert world.closed("now").cause is Cause.QUIET
    assert (world.closed("alarm").cause, world.closed("alarm").sounded) == (None, 10_000)


def test_a_silence_that_comes_and_goes_with_newer_plans_counts_while_it_is_held() -> None:
    entries = (join("a", "05:00:00", 100), broadcast("b", "05:02:00", 10))
    world = airs(*entries)
    world.run_to("05:00:10")
    world.accept(plan(*entries, silences=[silence("05:00:00", "06:00:00")]))
    world.run_to("05:00:30")
    world.accept(plan(*entries))
    world.run_to("05:05:00")
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.QUIET, 10_000)
    assert world.closed("b").cause is None, "it was lifted in time"


def test_a_node_that_is_silent_all_day_closes_each_airing_once_as_quiet_and_lets_an_alarm_through() -> None:
    planned = (join("a", "05:00:00", 60), whole("b", "05:02:00", 10, late=120), broadcast("c", "11:00:00", 10))
    world = hushed(*planned, by=silence("00:00:00", "23:59:59"))
    loud = play_now("alarm", "05:30:00", 10, priority=Priority.EMERGENCY, kind=Kind.ALARM)
    world.accept(None, sheet(loud, issuer="office-emergency"))
    world.run_to("12:00:00")
    assert [(world.closed(name).cause, world.closed(name).sounded) for name in "abc"] == [(Cause.QUIET, 0)] * 3
    assert (world.closed("alarm").cause, world.closed("alarm").sounded) == (None, 10_000)
    assert len(world.facts(Closed)) == 4


def test_ends_at_is_a_hard_stop() -> None:
    world = airs(start="05:00:00")
    world.accept(None, sheet(play_now("now", "05:00:02", 60, ends="05:00:30")))
    world.run_to("05:02:00")
    assert world.sounded("now") == [("05:00:02", 0, 28)]
    assert (world.closed("now").cause, world.closed("now").sounded) == (Cause.ENDED, 28_000)


def test_longest_on_counts_from_the_new_token_and_nothing_ignores_it() -> None:
    settings = NodeSettings(longest_on=60_000)
    world = World(documents(plan(broadcast("a", "05:00:00", 600), settings=settings)))
    world.run_to("05:10:00")
    assert world.closed("a").cause is Cause.LONGEST_ON
    assert world.closed("a").sounded == 58_200
    closed, opened = world.edges
    assert (closed[0], opened[0]) == ("04:59:58.700", "05:00:58.200")


CAUSES = {
    "skip": (broadcast("a", "05:00:00", 10), Cause.POWER),
    "join": (join("a", "05:00:00", 60), Cause.POWER),
    "whole": (whole("a", "05:00:00", 10, late=30), Cause.POWER),
}


@pytest.mark.parametrize("story", CAUSES)
def test_a_node_that_was_off_through_the_window_says_power(story: str) -> None:
    planned, cause = CAUSES[story]
    world = airs(planned)
    world.run_to("04:59:30")
    world.power_cut(600)
    assert (world.closed("a").cause, world.closed("a").attempt) == (cause, 0)


def test_a_plan_that_came_after_start_by_says_plan_late() -> None:
    world = airs(start="05:10:00")
    world.accept(plan(broadcast("a", "05:00:00")))
    assert world.closed("a").cause is Cause.PLAN_LATE


def test_a_sheet_that_came_too_late_says_plan_late() -> None:
    world = airs(start="05:20:00")
    world.accept(None, sheet(play_now("now", "05:00:00", 10)))
    assert world.closed("now").cause is Cause.PLAN_LATE


def test_what_was_held_back_past_start_by_says_pre_empted() -> None:
    world = airs(broadcast("a", "05:00:00", 60), broadcast("b", "05:00:20", 10))
    world.run_to("05:02:00")
    assert (world.closed("b").cause, world.closed("b").attempt) == (Cause.PRE_EMPTED, 0)


def test_nothing_ready_until_start_by_says_asset() -> None:
    world = airs(broadcast("a", "05:00:00"), whole("b", "05:00:00", 10, late=60), ready=frozenset())
    world.run_to("05:00:06")
    assert world.closed("a").cause is Cause.ASSET
    assert world.open("b")
    world.run_to("05:02:00")
    assert world.closed("b").cause is Cause.ASSET


@pytest.mark.parametrize(("part", "cause"), [("alive", Cause.PLAYER), ("device_ok", Cause.DEVICE)])
def test_a_dead_player_or_device_is_named(part: str, cause: Cause) -> None:
    world = airs(broadcast("a", "05:00:00"))
    setattr(world.speaker, part, False)
    world.run_to("05:02:00")
    assert world.closed("a").cause is cause


def test_sound_is_believed_from_frames_never_from_a_players_end() -> None:
    """Rule 7: the process says ended on time, but the device took nothing."""
    world = airs(broadcast("a", "05:00:00", 60))
    world.speaker.silent = True
    world.run_to("05:02:00")
    assert (world.closed("a").sounded, world.closed("a").evidence) == (0, ())
    assert world.closed("a").cause is Cause.ASSET


def test_a_sound_process_that_never_says_its_last_word_is_waited_for_two_seconds() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:59")
    world.speaker.hung = True
    world.run_to("05:01:01.9")
    assert world.open("a")
    world.run_to("05:01:10")
    assert world.closed("a").sounded == 59_000, "as last reported"
    assert next(clock(event.wall) for event in world.events if isinstance(event.fact, Closed)) == "05:01:02"


def test_what_came_due_while_a_part_was_late_names_the_larger_part() -> None:
    world = airs(join("a", "05:00:00", 100))
    world.run_to("05:00:10")
    world.sound_dies(20)
    world.run_to("05:03:00")
    assert (world.closed("a").sounded, world.closed("a").cause) == (80_000, Cause.PLAYER)


def test_the_last_word_of_a_dying_sound_process_is_written_down() -> None:
    world = airs(join("a", "05:00:00", 100))
    world.run_to("05:00:10")
    world.sound_dies(1)
    world.run_to("05:00:15")
    world.sound_dies(1)
    world.run_to("05:00:17.5")
    world.power_cut(100)
    assert world.closed("a").sounded == 14_000


def test_each_owed_row_of_a_first_plan_is_closed_once() -> None:
    world = airs(start="05:30:00")
    world.accept(plan(broadcast("a", "05:00:00"), broadcast("b", "05:10:00"), broadcast("c", "06:00:00")))
    world.accept(plan(broadcast("a", "05:00:00"), broadcast("b", "05:10:00"), broadcast("c", "06:00:00")))
    assert [f.occurrence[0] for f in world.facts(Closed)] == ["a", "b"]


def test_an_answer_airs_only_where_what_it_answers_had_a_start() -> None:
    world = airs(broadcast("a", "05:00:00", 10))
    world.accept(None, sheet(play_now("yes", "05:00:20", 5, answers=(id_of("a", "05:00:00"),))))
    world.run_to("05:00:40")
    world.accept(None, sheet(play_now("no", "05:01:00", 5, late=10, answers=("other-1",))))
    world.run_to("05:02:00")
    assert world.closed("yes").cause is None
    assert world.closed("no").cause is Cause.NOT_CONCERNED


def test_closed_rows_are_forgotten_once_no_document_names_them_for_long() -> None:
    names = [f"a{n}" for n in range(70)]
    world = airs(*[broadcast(name, "05:00:00") for name in names], ready=frozenset())
    world.run_to("05:01:00")
    assert len(world.state.done) == 70
    world.accept(plan(broadcast("a0", "05:00:00")))
    world.run(47 * 3600)
    assert world.facts(Checkpoint) == []
    world.run(3600)
    world.turn()
    assert list(world.state.done) == [id_of("a0", "05:00:00")]
    assert len(world.facts(Closed)) == 70


def test_progress_carries_the_proof_over_a_power_cut() -> None:
    world = airs(join("a", "05:00:00", 100))
    world.run_to("05:00:09")
    world.power_cut(10)
    world.run_to("05:03:00")
    assert next(f.taken for f in world.facts(Progress)) == round(8.2 * 48_000)
    assert world.closed("a").sounded == 8_200 + 79_700
    assert world.closed("a").cause is Cause.POWER
    assert world.closed("a").started_at == at("05:00:00")
