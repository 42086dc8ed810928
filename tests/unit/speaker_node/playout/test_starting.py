"""What begins, and when (rules 3, 4, 6, 8, 9, 10)."""

from __future__ import annotations

import pytest

from playlists.models import NodeSettings, PlannedBroadcast, Priority
from playlists.reports import Cause, Closed, Progress, Start, Trust
from speaker_node.playout import decide
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


def test_on_time_to_the_frame() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:02:00")
    assert world.tell() == ["START a/1 05:00:00 +0", "CLOSED a 60000/60000 None"]
    assert world.sounded("a") == [("05:00:00", 0, 60)]


def test_start_is_journalled_before_the_relay_closes_and_only_a_little() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:10")
    started = next(event.wall for event in world.events if isinstance(event.fact, Start))
    assert clock(started) == "04:59:58.200"
    assert world.edges == [("04:59:58.700", True, world.decision.target.cause)]


def test_a_target_never_runs_ahead_of_the_journal() -> None:
    """Rule 10: while the START is not evolved, the very same question gives no sound and an open relay."""
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("04:59:58")
    world.wall = at("05:00:00") * 1_000_000
    asked = decide(world.state, world.moment, world.documents, world.inputs)
    assert [type(fact) for fact in asked.facts] == [Start]
    assert (asked.target.relay, asked.target.now, asked.target.next) == (False, None, None)


LATE = {
    "skip, 3 s late: in step with the others": (broadcast("a", "05:00:00"), "05:00:03", ("05:00:04.300", 4.3, 60)),
    "skip, 6 s late: not at all": (broadcast("a", "05:00:00"), "05:00:06", None),
    "join: at the frame of now": (join("a", "05:00:00"), "05:02:10", ("05:02:11.300", 131.3, 600)),
    "whole: from its first frame at a full 10 s": (whole("a", "05:00:00"), "05:02:10", ("05:02:20", 0, 600)),
    "whole, past start_by: not at all": (whole("a", "05:00:00", late=60), "05:02:10", None),
}


@pytest.mark.parametrize("story", LATE)
def test_late_start_by_the_late_rule(story: str) -> None:
    planned, when, expected = LATE[story]
    world = airs(start=when)
    world.accept(plan(planned))
    world.run(1300)
    assert world.sounded("a") == ([] if expected is None else [expected])
    if expected is None:
        assert world.closed("a").cause is Cause.PLAN_LATE


POWER_CUT: dict[str, tuple[PlannedBroadcast, float, list[tuple[str, float, float]], int]] = {
    "skip: goes on": (broadcast("a", "05:00:00", 600), 60, [("05:03:11.300", 191.3, 600)], 1),
    "join: goes on": (join("a", "05:00:00"), 60, [("05:03:11.300", 191.3, 600)], 1),
    "whole: second attempt": (whole("a", "05:00:00"), 60, [("05:03:20", 0, 600)], 2),
    "whole, start_by past: closed": (whole("a", "05:00:00", late=120), 60, [], 1),
    "whole, 87 % sounded: closed": (whole("a", "05:00:00", 150), 60, [], 1),
    "join, back after its end: closed": (join("a", "05:00:00"), 600, [], 1),
}


@pytest.mark.parametrize("story", POWER_CUT)
def test_power_cut_at_0502_10(story: str) -> None:
    planned, seconds, after, attempt = POWER_CUT[story]
    world = airs(planned)
    world.run_to("05:02:10")
    world.power_cut(seconds)
    world.run(1300)
    before = ("05:00:00", 0, 130)
    assert world.sounded("a") == [before, *after]
    fact = world.closed("a")
    assert (fact.attempt, fact.cause) == (attempt, None if attempt == 2 else Cause.POWER)


def test_the_second_attempt_is_the_last() -> None:
    world = airs(whole("a", "05:00:00"))
    world.run_to("05:02:10")
    world.power_cut(60)
    world.run_to("05:05:00")
    world.power_cut(60)
    world.run(1800)
    assert [s.attempt for s in world.starts("a")] == [1, 2]
    assert (world.closed("a").sounded, world.closed("a").cause) == (128_200, Cause.POWER), "the better, as last written"


def test_an_attempt_without_a_frame_does_not_count() -> None:
    world = airs(whole("a", "05:00:00"))
    world.run_to("04:59:58.900")
    world.power_cut(0.5)
    world.run_to("05:02:00")
    assert [s.attempt for s in world.starts("a")] == [1, 1]
    assert world.sounded("a") == [("05:00:00.700", 0.7, 120)]


def test_frames_that_no_progress_tells_of_count_as_heard() -> None:
    world = airs(whole("a", "05:00:00"), join("b", "05:00:00", 600, rank=-1))
    world.run_to("04:59:59")
    world.hang_to("05:00:05")
    assert world.facts(Progress) == []
    world.power_cut(60)
    world.run(1800)
    assert [s.attempt for s in world.starts("a")] == [1, 2]


def test_an_agent_that_died_goes_on_like_after_a_power_cut() -> None:
    world = airs(join("a", "05:00:00"))
    world.run_to("05:02:10")
    world.agent_restart(2)
    world.run(900)
    assert world.sounded("a") == [("05:00:00", 0, 130), ("05:02:13.300", 133.3, 600)]


def test_a_wall_time_that_went_back_repeats_no_frame() -> None:
    world = airs(join("a", "05:00:00"))
    world.run_to("05:02:10")
    world.offset = -60_000
    world.power_cut(3)
    world.run(900)
    (_, first, last), (_, again, _) = world.sounded("a")
    assert (first, last) == (0, 130)
    assert again >= 120, "PROGRESS of 05:02:00 is the last that is known"


def test_what_is_held_back_starts_at_the_planned_end() -> None:
    world = airs(broadcast("a", "05:00:00", 63), join("b", "05:00:30", 100), whole("c", "05:00:40", 10))
    world.run_to("05:10:00")
    assert world.sounded("b") == [("05:01:03", 33, 100)]
    assert world.sounded("c") == [("05:02:10", 0, 10)]


def test_neighbours_in_the_plan_follow_without_a_gap_or_a_second_edge_of_the_relay() -> None:
    world = airs(broadcast("a", "05:00:00", 60), broadcast("b", "05:01:00", 60))
    world.run_to("05:02:30")
    assert world.sounded("a") == [("05:00:00", 0, 60)]
    assert world.sounded("b") == [("05:01:00", 0, 60)]
    assert len(world.edges) == 2


def test_what_is_held_back_takes_over_at_the_very_instant() -> None:
    world = airs(broadcast("a", "05:00:00", 10.0001), whole("b", "05:00:02", 10))
    world.run_to("05:00:09.9")
    now, coming = world.decision.target.now, world.decision.target.next
    assert now is not None
    assert coming is not None
    assert coming.at == now.until


def test_play_now_sounds_when_warm_and_cuts_what_ranks_lower_until_it_ends() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.accept(None, sheet(play_now("now", "05:00:19", 10)))
    world.run_to("05:02:00")
    assert world.sounded("a") == [("05:00:00", 0, 20.3), ("05:00:30.300", 20.3, 55)]
    assert world.sounded("now") == [("05:00:20.300", 0, 10)]
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.PRE_EMPTED, 55_000), "it left no allowance"
    assert world.closed("now").cause is None


def test_play_now_to_a_resting_amplifier_waits_for_the_warm_up() -> None:
    world = airs(start="05:00:20")
    world.accept(None, sheet(play_now("now", "05:00:19", 10)))
    world.run_to("05:02:00")
    assert world.sounded("now") == [("05:00:21.300", 0, 10)]


def test_play_now_after_what_is_on_air_waits_for_its_end() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.accept(None, sheet(play_now("now", "05:00:19", 10, priority=Priority.NORMAL)))
    world.run_to("05:02:00")
    assert world.sounded("a") == [("05:00:00", 0, 60)]
    assert world.sounded("now") == [("05:01:00", 0, 10)]


def test_an_emergency_wins_over_play_now_and_mute() -> None:
    world = airs(start="05:00:00")
    world.accept(None, sheet(play_now("now", "05:00:00", 60)))
    world.run_to("05:00:20")
    alarm = play_now("alarm", "05:00:20", 20, priority=Priority.EMERGENCY)
    world.accept(None, sheet(alarm, mute_until=at("05:30:00"), issuer="office-emergency"))
    world.run_to("05:02:00")
    assert world.sounded("alarm") == [("05:00:20.300", 0, 20)]
    assert world.closed("now").cause is Cause.QUIET


def test_a_repeated_emergency_sounds_pass_by_pass_to_its_end_with_one_start() -> None:
    world = airs(broadcast("a", "05:00:10", 5), start="05:00:00")
    alarm = play_now("alarm", "05:00:02", 4, priority=Priority.EMERGENCY, every=10, ends="05:00:30", late=28)
    world.accept(None, sheet(alarm))
    world.run_to("05:01:00")
    assert world.sounded("alarm") == [("05:00:02", 0, 4), ("05:00:12", 0, 4), ("05:00:22", 0, 4)]
    assert len(world.starts("alarm")) == 1
    assert (world.closed("alarm").sounded, world.closed("alarm").cause) == (4000, None)
    assert world.sounded("a") == []
    assert world.closed("a").cause is Cause.PRE_EMPTED
    assert len(world.edges) == 2


def test_what_is_displaced_before_its_first_frame_rests_and_starts_anew() -> None:
    world = airs(whole("a", "05:00:00", 60))
    world.run_to("04:59:59")
    world.accept(None, sheet(play_now("now", "05:00:00", 10)))
    world.run_to("05:05:00")
    assert world.tell() == [
        "START a/1 05:00:00 +0",
        "START now/1 05:00:00 +0",
        "PAUSED a by now",
        "START a/1 05:00:10 +0",
        "CLOSED now 10000/10000 None",
        "CLOSED a 60000/60000 None",
    ]


@pytest.mark.parametrize(
    ("late_rule", "expected"), [(whole, [("05:01:10", 0, 600)]), (join, [("05:01:01.300", 61.3, 600)])]
)
def test_with_nothing_ready_it_waits_within_its_late_rule(late_rule: object, expected: list[object]) -> None:
    world = airs(late_rule("a", "05:00:00"), ready=frozenset())  # type: ignore[operator]
    world.run_to("05:01:00")
    assert world.facts(Start) == []
    world.get("a")
    world.run(1300)
    assert world.sounded("a") == expected
    assert world.closed("a").cause is (None if late_rule is whole else Cause.ASSET)


def test_it_starts_on_time_with_what_is_ready_and_what_becomes_ready_joins() -> None:
    playlist = (item("a", 10), item("b", 20), item("c", 10))
    world = airs(broadcast("x", "05:00:00", playlist=playlist), ready=frozenset(map(sha, "ac")))
    world.run_to("05:00:15")
    world.get("a", "b", "c")
    world.run_to("05:02:00")
    assert (world.closed("x").sounded, world.closed("x").due, world.closed("x").cause) == (35_000, 40_000, Cause.ASSET)


def test_what_has_nothing_ready_bars_nothing_of_lower_rank() -> None:
    world = airs(broadcast("a", "05:00:00", 60), join("b", "04:59:30", 100, rank=9), ready=frozenset([sha("a")]))
    world.run_to("05:05:00")
    assert world.sounded("a") == [("05:00:00", 0, 60)]


def test_a_higher_one_that_waits_for_its_full_ten_seconds_bars_what_ranks_lower() -> None:
    world = airs(start="05:02:11")
    world.accept(plan(whole("high", "05:00:00", 20, rank=1), join("low", "05:01:00", 100)))
    world.run_to("05:05:00")
    assert world.sounded("high") == [("05:02:20", 0, 20)]
    assert [s.occurrence.split("-")[0] for s in world.facts(Start)] == ["high"]


@pytest.mark.parametrize("part", ["sound", "device", "guard"])
def test_nothing_starts_without_sound_process_device_and_guard(part: str) -> None:
    world = airs(join("a", "05:00:00"))
    world.speaker.alive = part != "sound"
    world.speaker.device_ok = part != "device"
    world.guard = part != "guard"
    world.run_to("05:01:00")
    assert world.facts(Start) == []
    world.speaker.alive = world.speaker.device_ok = world.guard = True
    world.turn()
    world.run_to("05:11:00")
    assert world.sounded("a") == [("05:01:01.300", 61.3, 600)]


def test_a_new_stream_starts_nothing_routine_before_its_first_welcome() -> None:
    world = airs(join("a", "05:00:00"), join("b", "05:00:00", rank=-1), whole("c", "04:00:00"), new_stream=True)
    world.run_to("05:01:00")
    assert world.facts(Start) == []
    world.welcome(f"a-{at('05:00:00')}")
    world.run_to("05:20:00")
    assert world.sounded("a") == []
    assert world.open("a"), "another stream told it"
    assert world.sounded("b") == [("05:01:01.300", 61.3, 600)]
    assert world.closed("b").cause is world.closed("c").cause is Cause.JOURNAL_NEW


def test_what_was_missed_while_a_new_stream_waited_for_its_welcome_is_missed_for_that() -> None:
    world = airs(broadcast("a", "05:00:00"), new_stream=True)
    world.run_to("05:01:00")
    world.welcome()
    assert (world.closed("a").sounded, world.closed("a").cause) == (0, Cause.JOURNAL_NEW)


def test_a_welcome_in_time_is_not_what_a_late_asset_is_told_for() -> None:
    world = airs(join("a", "05:00:00"), new_stream=True)
    world.welcome()
    world.get()
    world.run_to("05:01:00")
    world.get("a")
    world.run_to("05:11:00")
    assert world.closed("a").cause is Cause.ASSET


def test_a_plan_that_was_renewed_after_a_late_start_is_not_what_made_it_late() -> None:
    world = airs(join("a", "05:00:00"))
    world.get()
    world.run_to("05:01:00")
    world.get("a")
    world.run_to("05:02:00")
    world.accept(world.documents.plan)
    world.run_to("05:11:00")
    assert world.closed("a").cause is Cause.ASSET


def test_a_new_stream_airs_an_emergency_at_once() -> None:
    world = airs(new_stream=True)
    world.accept(None, sheet(play_now("alarm", "04:59:05", 20, priority=Priority.EMERGENCY)))
    world.run_to("05:00:00")
    assert world.sounded("alarm") == [("04:59:05", 0, 20)]


def test_without_a_trusted_time_nothing_starts_and_nothing_is_given_up() -> None:
    world = airs(join("a", "05:00:00"), broadcast("b", "04:59:30"))
    world.trust = Trust.UNTRUSTED
    world.turn()
    world.run_to("05:01:00")
    assert world.facts(Start) == []
    assert world.facts(Closed) == []
    world.trust = Trust.HELD
    world.turn()
    world.run_to("05:11:00")
    assert world.sounded("a") == [("05:01:01.300", 61.3, 600)]
    assert not world.open("b")


def test_a_forward_step_of_the_clock_makes_no_burst() -> None:
    world = airs(*[broadcast(name, f"05:0{n}:00", 30) for n, name in enumerate("abcde")])
    world.run_to("05:00:10")
    world.offset = 3_600_000
    world.turn()
    world.run(600)
    assert [s.occurrence[0] for s in world.facts(Start)] == ["a"]
    assert world.sounded("a") == [("05:00:00", 0, 30)], "what sounds goes on by the monotonic clock"
    assert {world.closed(name).cause for name in "bcde"} == {Cause.CLOCK}


def test_two_languages_of_a_sheet_sound_one_after_another_as_the_node_speaks_them() -> None:
    rows = item("a", 4, "vi").rows + item("b", 6, "km").rows + item("c", 9, "en").rows
    both = item("a", 4).model_copy(update={"rows": rows})
    world = World(documents(plan(settings=NodeSettings(languages=("km", "vi")))), "05:00:00")
    world.accept(None, sheet(play_now("now", "05:00:02", playlist=(both,))))
    world.run_to("05:01:00")
    assert [(s.language, s.sounded, s.due) for s in world.closed("now").languages] == [
        ("km", 6000, 6000),
        ("vi", 4000, 4000),
    ]


def test_progress_is_written_every_ten_seconds_and_at_the_first_frames() -> None:
    world = airs(broadcast("a", "05:00:00", 45))
    world.run_to("05:00:00.5")
    world.run_to("05:02:00")
    walls = [clock(e.wall) for e in world.events if isinstance(e.fact, Progress)]
    assert walls == ["05:00:00.500", "05:00:10.500", "05:00:20.500", "05:00:30.500", "05:00:40.500"]


def test_what_waits_for_a_pass_that_a_silence_forbids_keeps_nothing_from_beginning() -> None:
    every = play_now("y", "05:00:03", 10, every=30, rank=1, priority=Priority.NORMAL, ends="05:01:20")
    planned = plan(
        broadcast("z", "05:00:00", 5, rank=1),
        whole("l", "05:00:02", 10, late=5),
        silences=[silence("05:00:20.5", "05:02:00")],
    )
    world = World(documents(planned, sheet(every)), "04:59:00")
    world.run_to("05:03:00")
    assert world.tell() == [
        "START z/1 05:00:00 +0",
        "START l/1 05:00:05 +3",
        "CLOSED z 5000/5000 None",
        "CLOSED l 7000/10000 pre_empted",
        "CLOSED y 0/10000 quiet",
    ]


def test_a_first_pass_past_start_by_never_begins_nor_keeps_another_from_beginning() -> None:
    every = play_now("y", "05:00:03", 10, every=30, late=29, rank=1, priority=Priority.NORMAL, ends="05:03:00")
    planned = plan(broadcast("z", "05:00:00", 5, rank=1), whole("l", "05:00:04", 10, late=60))
    world = World(documents(planned, sheet(every)), "04:59:00")
    world.run_to("05:04:00")
    assert [line for line in world.tell() if line.startswith("START")] == [
        "START z/1 05:00:00 +0",
        "START l/1 05:00:05 +1",
    ]
    assert world.closed("y").cause is Cause.PRE_EMPTED


def test_nothing_is_started_for_the_end_of_what_a_silence_ends_before() -> None:
    planned = plan(
        broadcast("p", "05:00:03", 5, late=0, rank=1),
        whole("o", "05:00:04", 1.5, late=5, rank=1),
        silences=[silence("05:00:06.5", "05:00:07.5")],
    )
    world = World(documents(planned), "04:59:00")
    world.run_to("05:01:00")
    assert world.sounded("p") == [("05:00:03", 0, 3.5)]
    assert [world.closed(name).cause for name in "po"] == [Cause.QUIET, Cause.QUIET]
    assert world.starts("o") == []


def test_a_silence_that_is_past_as_its_plan_comes_ends_nothing() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:40")
    world.accept(plan(broadcast("a", "05:00:00", 60), silences=[silence("05:00:10", "05:00:30")]))
    world.run_to("05:02:00")
    assert world.sounded("a") == [("05:00:00", 0, 60)]
