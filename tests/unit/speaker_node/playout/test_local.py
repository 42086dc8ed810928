"""A test tone, a self test, and the buttons of the box (rule 11)."""

from __future__ import annotations

import pytest

from playlists.models import Kind, NodeSettings, PlannedBroadcast, Priority, Silence
from playlists.reports import Button, Cause, Closed, LocalStart, Outcome, RequestDone, Start, Trust
from speaker_node.playout import restore
from speaker_node.values import Cue
from tests.unit.speaker_node.playout.scenes import (
    at,
    broadcast,
    clock,
    documents,
    join,
    plan,
    play_now,
    sheet,
    silence,
    whole,
)
from tests.unit.speaker_node.playout.world import World


def node(*broadcasts: PlannedBroadcast, silences: tuple[Silence, ...] = (), gain: float = 0.0) -> World:
    settings = NodeSettings(gain_normal=gain)
    return World(documents(plan(*broadcasts, settings=settings, silences=silences)), "04:59:00")


def outcome(world: World, id_: str = "r1") -> tuple[Outcome, str] | None:
    done = world.answer(id_)
    return None if done is None else (done.outcome, done.detail)


def seconds_of_tone(world: World) -> float:
    return sum(h.last - h.first for h in world.heard if h.token.startswith("local/")) / 48_000


def test_a_test_tone_sounds_for_the_seconds_asked_behind_a_warm_relay_and_its_level_is_read() -> None:
    world = node(gain=-6.0)
    world.ask("test_tone", seconds="20")
    world.run(30)
    assert [(when, closed) for when, closed, _ in world.edges] == [("04:59:00", True), ("04:59:21.300", False)]
    assert world.edges[0][2] == "local/r1"
    assert seconds_of_tone(world) == pytest.approx(20)
    assert all(heard.relay and heard.warm for heard in world.heard)
    done = world.answer()
    assert done == RequestDone(id="r1", action="test_tone", outcome=Outcome.DONE, level=-26.0)
    assert world.state.locals == {}


def test_a_self_test_is_one_second_at_minus_forty_whatever_the_plan_says() -> None:
    world = node(gain=-3.0)
    world.ask("self_test", seconds="25")
    target = world.decision.target
    assert target.next is not None
    assert target.next.cues == (Cue(None, 48_000, tone="test"),)
    assert target.next.gain == -20.0
    world.run(10)
    assert seconds_of_tone(world) == pytest.approx(1)
    assert world.answer() == RequestDone(id="r1", action="self_test", outcome=Outcome.DONE, level=-40.0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 10), ("0", 1), ("31", 30), ("9999999999999", 10), ("two", 10), ("-5", 10), ("٣", 10)]
)
def test_the_length_of_a_test_tone_is_clamped(text: str, seconds: int) -> None:
    world = node()
    world.ask("test_tone", seconds=text)
    world.run(40)
    assert seconds_of_tone(world) == pytest.approx(seconds)


def test_a_request_that_asks_for_no_sound_is_not_the_cores() -> None:
    world = node()
    before = world.state
    world.ask("upload_log")
    world.ask("restart", "r2")
    assert world.state == before
    assert world.answer() is None


def test_the_relay_closes_only_once_the_local_start_is_journalled() -> None:
    world = node()
    world.ask("test_tone")
    (start,) = world.facts(LocalStart)
    assert world.decision.target.next is not None
    assert start.at_mono == world.decision.target.next.at
    assert start.at_mono - world.mono >= 1300 * 1_000_000


def test_no_tone_while_anything_has_a_start() -> None:
    world = node(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.ask("test_tone")
    assert outcome(world) == (Outcome.BUSY, "pre_empted")
    world.run_to("05:02:00")
    assert seconds_of_tone(world) == 0
    assert world.facts(LocalStart) == []
    assert world.closed("a").cause is None


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.EMERGENCY])
def test_what_a_document_brings_cuts_a_tone_at_its_own_instant(priority: Priority) -> None:
    world = node(broadcast("a", "04:59:15", 10, priority=priority))
    world.ask("test_tone", seconds="30")
    world.run_to("04:59:20")
    assert outcome(world) == (Outcome.BUSY, "pre_empted")
    assert seconds_of_tone(world) == pytest.approx(13.7, abs=0.01)
    world.run_to("05:00:00")
    assert world.sounded("a") == [("04:59:15", 0, 10)]
    assert world.closed("a").cause is None


def test_play_now_does_not_wait_for_a_tone() -> None:
    world = node()
    world.ask("test_tone", seconds="30")
    world.run(5)
    world.accept(None, sheet(play_now("now", "04:59:05", 5)))
    world.run(10)
    assert world.sounded("now") == [("04:59:05.300", 0, 5)]
    assert outcome(world) == (Outcome.BUSY, "pre_empted")


def test_one_tone_at_a_time() -> None:
    world = node()
    world.ask("test_tone", "r1")
    world.ask("self_test", "r2")
    assert outcome(world, "r2") == (Outcome.BUSY, "pre_empted")
    world.run(20)
    assert outcome(world, "r1") == (Outcome.DONE, "")


def test_a_request_heard_twice_sounds_once() -> None:
    world = node()
    world.ask("test_tone", "r1", seconds="10")
    world.run(5)
    world.ask("test_tone", "r1", seconds="10")
    world.run(30)
    assert seconds_of_tone(world) == pytest.approx(10)
    assert outcome(world) == (Outcome.DONE, "")


def test_a_test_tone_obeys_a_silence_in_force_and_a_self_test_does_not() -> None:
    world = node(silences=(silence("04:00:00", "06:00:00"),))
    world.ask("test_tone", "r1")
    world.ask("self_test", "r2")
    world.run(10)
    assert outcome(world, "r1") == (Outcome.FAILED, "quiet")
    assert outcome(world, "r2") == (Outcome.DONE, "")
    assert seconds_of_tone(world) == pytest.approx(1)


def test_a_silence_of_some_kinds_does_not_mean_a_tone() -> None:
    world = node(silences=(silence("04:00:00", "06:00:00", Kind.MUSIC),))
    world.ask("test_tone")
    world.run(20)
    assert outcome(world) == (Outcome.DONE, "")


def test_a_silence_that_begins_ends_a_test_tone() -> None:
    world = node(silences=(silence("04:59:10", "06:00:00"),))
    world.ask("test_tone", seconds="30")
    world.run(40)
    assert outcome(world) == (Outcome.FAILED, "quiet")
    assert seconds_of_tone(world) == pytest.approx(8.7, abs=0.01)


def test_a_boot_ends_a_tone_and_says_so_once() -> None:
    world = node()
    world.ask("test_tone", seconds="30")
    world.run(5)
    world.power_cut(3)
    assert outcome(world) == (Outcome.FAILED, "power")
    world.run(60)
    assert world.decision.target.relay is False
    assert seconds_of_tone(world) == pytest.approx(3.7)


def test_an_expired_request_does_not_sound() -> None:
    world = node()
    world.ask("test_tone", within=-1)
    world.run(20)
    assert outcome(world) == (Outcome.EXPIRED, "ended")
    assert world.heard == []


def test_a_tone_needs_no_trusted_time() -> None:
    world = node()
    world.trust = Trust.UNTRUSTED
    world.ask("self_test", within=-5)
    world.run(10)
    assert outcome(world) == (Outcome.DONE, "")


@pytest.mark.parametrize(
    ("part", "cause"), [("alive", Cause.PLAYER), ("device_ok", Cause.DEVICE)]
)  # fmt: skip
def test_what_lacks_a_sound_process_or_device_says_so(part: str, cause: Cause) -> None:
    world = node()
    setattr(world.speaker, part, False)
    world.ask("self_test")
    assert outcome(world) == (Outcome.FAILED, cause.value)


def test_a_guard_that_dies_fails_the_test() -> None:
    world = node()
    world.ask("self_test")
    world.run(1.5)
    world.guard_dies(None)
    world.run(10)
    assert outcome(world) == (Outcome.FAILED, "device")


def test_a_level_that_is_not_the_one_asked_for_fails_the_test() -> None:
    world = node()
    world.speaker.level = -26.0
    world.ask("self_test")
    world.run(10)
    done = world.answer()
    assert done is not None
    assert (done.outcome, done.detail, done.level) == (Outcome.FAILED, "player", -46.0)


def test_a_hung_sound_process_fails_the_test_in_the_end() -> None:
    world = node()
    world.speaker.hung = True
    world.ask("self_test")
    world.run(10)
    assert outcome(world) == (Outcome.FAILED, "player")


def test_stop_closes_what_routine_or_local_sounds_and_no_emergency() -> None:
    world = node(join("a", "05:00:00", 600), broadcast("alarm", "05:20:00", 60, priority=Priority.EMERGENCY))
    world.run_to("05:01:00")
    world.press(Button.STOP)
    assert world.closed("a").cause is Cause.STOPPED
    assert world.decision.target.now is None
    world.run_to("05:15:00")
    world.ask("test_tone")
    world.run(3)
    world.press(Button.STOP)
    assert outcome(world) == (Outcome.FAILED, "stopped")
    world.run_to("05:20:20")
    world.press(Button.STOP)
    world.run_to("05:22:00")
    assert world.sounded("alarm") == [("05:20:00", 0, 60)]


def test_stop_closes_what_waits_for_a_second_attempt_too() -> None:
    world = node(whole("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.power_cut(5)
    world.press(Button.STOP)
    assert world.closed("a").cause is Cause.STOPPED
    world.run(600)
    assert len(world.starts("a")) <= 2


def test_a_stop_that_was_journalled_holds_though_the_power_went_before_it_acted() -> None:
    world = node(join("a", "05:00:00", 600))
    world.run_to("05:01:00")
    world.cut_after = 0
    with pytest.raises(Exception):  # noqa: B017 - the machine goes dark
        world.press(Button.STOP)
    world.power_cut(3)
    assert world.closed("a").cause is Cause.STOPPED


def test_silence_is_a_silence_in_state_for_two_hours_and_outlives_a_boot() -> None:
    world = node(join("a", "05:00:00", 600), broadcast("b", "06:30:00", 10), broadcast("c", "07:30:00", 10))
    world.run_to("05:01:00")
    world.press(Button.SILENCE)
    assert world.closed("a").cause is Cause.QUIET
    world.power_cut(5)
    assert restore(world.events).silence == Silence(start=at("05:01:00"), end=at("07:01:00"), source="box")
    world.run_to("08:00:00")
    assert world.closed("b").cause is Cause.QUIET
    assert world.closed("c").cause is None


def test_the_silence_of_the_box_ends_at_the_other_press_and_nothing_comes_back() -> None:
    world = node(join("a", "05:00:00", 600), broadcast("b", "05:30:00", 10))
    world.run_to("05:01:00")
    world.press(Button.SILENCE)
    world.run_to("05:02:00")
    world.press(Button.END_SILENCE)
    world.run_to("06:00:00")
    assert world.sounded("a") == [("05:00:00", 0, 60)]
    assert world.closed("b").cause is None


def test_an_emergency_passes_the_silence_of_the_box() -> None:
    world = node(broadcast("alarm", "05:00:00", 20, priority=Priority.EMERGENCY))
    world.press(Button.SILENCE)
    world.run_to("05:01:00")
    assert world.closed("alarm").cause is None


def test_an_unknown_button_does_nothing() -> None:
    world = node()
    before = world.state
    world.press("volume")
    assert world.state == before


def test_a_tone_is_no_airing() -> None:
    world = node()
    world.ask("test_tone")
    world.run(30)
    assert world.facts(Start) == []
    assert world.facts(Closed) == []
    assert clock(world.wall // 1_000_000) == "04:59:30"
