"""What something higher interrupts, and how it goes on (rule 4): each by its own rule, neighbours at the same frame."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from playlists.models import AlertSheet, Kind, PlannedBroadcast
from playlists.reports import Cause, Paused, Resumed
from tests.unit.speaker_node.playout.scenes import (
    FIVE,
    alarm,
    at,
    broadcast,
    clock,
    documents,
    join,
    plan,
    play_now,
    sheet,
    silence,
    urgent,
    whole,
)
from tests.unit.speaker_node.playout.world import World


def airs(*broadcasts: PlannedBroadcast, start: str = "04:59:00", **more: object) -> World:
    return World(documents(plan(*broadcasts)), start, **more)  # type: ignore[arg-type]


def signed(one: AlertSheet, when: str) -> AlertSheet:
    return one.model_copy(update={"issued_at": at(when)})


def flood(ends: str = "05:30:00", **more: Any) -> AlertSheet:
    return urgent(alarm("flood", "05:00:20", 5, ends=ends, every=30, **more))


GOES_ON: dict[str, tuple[PlannedBroadcast, list[tuple[str, float, float]], Cause | None]] = {
    "with an allowance: whole": (
        broadcast("a", "05:00:00", 60, allowance=600),
        [("05:00:00", 0, 20.3), ("05:00:30.300", 20.3, 60)],
        None,
    ),
    "join: whole": (join("a", "05:00:00", 60), [("05:00:00", 0, 20.3), ("05:00:30.300", 20.3, 60)], None),
    "whole: in the same attempt": (
        whole("a", "05:00:00", 60),
        [("05:00:00", 0, 20.3), ("05:00:30.300", 20.3, 60)],
        None,
    ),
    "without an allowance: until its end": (
        broadcast("a", "05:00:00", 60),
        [("05:00:00", 0, 20.3), ("05:00:30.300", 20.3, 55)],
        Cause.PRE_EMPTED,
    ),
    "its end comes first: no more": (
        broadcast("a", "05:00:00", 24, late=1),
        [("05:00:00", 0, 20.3)],
        Cause.PRE_EMPTED,
    ),
}


@pytest.mark.parametrize("story", GOES_ON)
def test_what_play_now_interrupts_goes_on_where_it_was_cut(story: str) -> None:
    planned, sounded, cause = GOES_ON[story]
    world = airs(planned)
    world.run_to("05:00:20")
    world.accept(None, sheet(play_now("now", "05:00:19", 10)))
    world.run_to("05:05:00")
    assert world.sounded("a") == sounded
    assert (world.closed("a").cause, world.closed("a").attempt) == (cause, 1)


def test_it_is_told_as_paused_and_resumed_and_the_relay_stays_closed() -> None:
    world = airs(join("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.accept(None, sheet(play_now("now", "05:00:19", 10)))
    world.run_to("05:03:00")
    assert world.tell() == [
        "START a/1 05:00:00 +0",
        "START now/1 05:00:20.300 +0",
        "PAUSED a by now",
        "RESUMED a 05:00:30.300 +20.3",
        "CLOSED now 10000/10000 None",
        "CLOSED a 60000/60000 None",
    ]
    assert [fact.until for fact in world.facts(Paused)] == [at("05:00:30.3")]
    assert len(world.edges) == 2


def test_the_proof_before_a_pause_is_kept_over_a_power_cut_in_it() -> None:
    world = airs(join("a", "05:00:00", 100))
    world.run_to("05:00:19")
    world.accept(None, flood("05:01:30"))
    world.run_to("05:00:30")
    world.power_cut(5)
    world.run_to("05:05:00")
    assert world.sounded("a") == [("05:00:00", 0, 20), ("05:01:30", 20, 100)]
    assert (world.closed("a").sounded, world.closed("a").cause) == (100_000, None)


def test_back_after_the_others_end_it_joins_its_neighbours_and_whole_loses_nothing() -> None:
    ends = {}
    for name, planned in (("join", join("a", "05:00:00", 100)), ("whole", whole("a", "05:00:00", 100))):
        world = airs(planned)
        world.run_to("05:00:19")
        world.accept(None, flood("05:00:50"))
        world.run_to("05:00:30")
        world.power_cut(30)
        world.run_to("05:05:00")
        ends[name] = world.sounded("a")[1:]
    assert ends == {"join": [("05:01:01.300", 31.3, 100)], "whole": [("05:01:01.300", 20, 100)]}


def test_after_a_sheet_that_ended_the_alarm_neighbours_go_on_at_the_same_instant_and_frame() -> None:
    worlds = [airs(join("a", "05:00:00", 200)) for _ in range(3)]
    for world, (begun, ended) in zip(worlds, [("05:00:18", "05:00:40"), ("05:00:19", "05:00:41.5"),
                                              ("05:00:18.2", "05:00:40.9")], strict=True):  # fmt: skip
        world.run_to(begun)
        world.accept(None, flood())
        world.run_to(ended)
        world.accept(None, signed(urgent(), "05:00:40"))
        world.run_to("05:10:00")
        assert world.sounded("a") == [("05:00:00", 0, 20), ("05:00:43", 20, 200)]


def test_who_hears_of_the_end_late_goes_on_in_step_with_its_neighbours() -> None:
    world = airs(join("a", "05:00:00", 200))
    world.run_to("05:00:18")
    world.accept(None, flood())
    world.run_to("05:00:55")
    world.accept(None, signed(urgent(), "05:00:40"))
    world.run_to("05:10:00")
    assert world.sounded("a") == [("05:00:00", 0, 20), ("05:00:55.300", 32.3, 200)]


def test_the_bulletin_goes_on_after_the_all_clear() -> None:
    world = airs(broadcast("a", "05:00:00", 60, allowance=600))
    world.run_to("05:00:18")
    world.accept(None, flood())
    world.run_to("05:01:00")
    clear = alarm("calm", "05:01:05", 7, ends="12:00:00", kind=Kind.ALL_CLEAR, answers=(f"flood-{at('05:00:20')}",))
    world.accept(None, signed(urgent(clear), "05:01:00"))
    world.run_to("05:12:00")
    assert world.sounded("flood") == [("05:00:20", 0, 5), ("05:00:50", 0, 5)]
    assert world.sounded("calm") == [("05:01:05", 0, 7)]
    assert world.sounded("a") == [("05:00:00", 0, 20), ("05:01:12", 20, 60)]
    assert world.closed("a").cause is None


def test_an_alarm_that_outlasts_it_closes_it_when_its_own_end_comes() -> None:
    world = airs(broadcast("a", "05:00:00", 60, allowance=600))
    world.run_to("05:00:18")
    world.accept(None, flood("05:40:00"))
    world.run_to("05:11:00")
    assert world.open("a")
    world.run_to("05:11:10")
    assert (world.closed("a").cause, world.closed("a").sounded) == (Cause.PRE_EMPTED, 20_000)


def test_a_silence_closes_what_is_paused_and_nothing_comes_back() -> None:
    planned = plan(join("a", "05:00:00", 300), silences=[silence("05:00:30", "05:00:40")])
    world = World(documents(planned), "04:59:00")
    world.run_to("05:00:18")
    world.accept(None, flood("05:01:00"))
    world.run_to("05:05:00")
    assert world.sounded("a") == [("05:00:00", 0, 20)]
    assert world.closed("a").cause is Cause.QUIET


def test_what_interrupts_is_interrupted_itself_and_each_goes_on_in_its_turn() -> None:
    world = airs(join("a", "05:00:00", 100))
    world.run_to("05:00:10")
    world.accept(None, sheet(play_now("now", "05:00:12", 30)))
    world.run_to("05:00:18")
    world.accept(None, flood("05:00:40"))
    world.run_to("05:05:00")
    assert world.sounded("now") == [("05:00:12", 0, 8), ("05:00:40", 8, 30)]
    assert world.sounded("a") == [("05:00:00", 0, 12), ("05:01:02", 12, 100)]
    assert world.closed("a").cause is world.closed("now").cause is None


def test_a_single_pass_emergency_that_a_higher_one_interrupts_begins_again() -> None:
    world = airs(start="05:00:00")
    low = alarm("low", "05:00:05", 30, ends="05:20:00", tier=2)
    world.accept(None, urgent(low, alarm("flood", "05:00:20", 5, ends="05:01:00", every=30, tier=1)))
    world.run_to("05:05:00")
    assert world.sounded("low") == [("05:00:05", 0, 15), ("05:01:00", 0, 30)]
    assert (world.closed("low").cause, world.closed("low").sounded) == (None, 30_000)


def test_a_repeated_one_goes_on_with_its_next_pass() -> None:
    world = airs(start="05:00:00")
    low = alarm("low", "05:00:05", 6, ends="05:03:00", every=20, tier=2)
    world.accept(None, urgent(low, alarm("flood", "05:00:20", 5, ends="05:01:00", every=30, tier=1)))
    world.run_to("05:05:00")
    assert [wall for wall, _, _ in world.sounded("low")] == ["05:00:05", "05:01:05", "05:01:25", "05:01:45", "05:02:05",
                                                             "05:02:25", "05:02:45"]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_neighbours_that_hear_of_begin_and_end_in_time_sound_the_same_frames_at_the_same_instants(seed: int) -> None:
    dice = Random(seed)
    planned = dice.choice((join, whole))("a", "05:00:00", dice.choice((40, 100)))
    begins, ends = FIVE + 20_000, FIVE + dice.randint(25, 90) * 1000
    heard = []
    for _ in range(2):
        world = airs(planned)
        world.run_to(clock(begins - dice.randint(2000, 9000)))
        world.accept(None, flood())
        world.run_to(clock(ends + dice.randint(0, 1400)))
        world.accept(None, signed(urgent(), clock(ends)))
        world.run_to("05:08:00")
        heard.append((world.sounded("a"), [fact.at_wall for fact in world.facts(Resumed)]))
    assert heard[0] == heard[1]
