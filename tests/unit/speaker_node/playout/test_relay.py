"""What is held: relay, sound now, sound next (rules 2, 5, 10)."""

from __future__ import annotations

from dataclasses import replace

from playlists.models import NodeSettings, PlannedBroadcast, Priority
from speaker_node.playout import decide
from speaker_node.values import Cue, Target
from tests.unit.speaker_node.playout.scenes import MS, at, broadcast, documents, item, plan, play_now, sha, sheet
from tests.unit.speaker_node.playout.world import World


def airs(*broadcasts: PlannedBroadcast, start: str = "04:59:00", settings: NodeSettings | None = None) -> World:
    return World(documents(plan(*broadcasts, settings=settings)), start)


def target(world: World) -> Target:
    return world.decision.target


def test_closed_before_sound_by_the_warm_up_and_kept_for_the_linger() -> None:
    world = airs(broadcast("a", "05:00:00", 60), settings=NodeSettings(warm_up=2500, linger=7000))
    world.run_to("05:02:00")
    token = f"a-{at('05:00:00')}/1/0/0"
    assert world.edges == [("04:59:57.200", True, token), ("05:01:07", False, "")]


def test_next_is_given_with_the_relay_and_becomes_now_at_t() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("04:59:58.6")
    assert target(world) == Target()
    world.run_to("04:59:58.7")
    coming = target(world).next
    assert coming is not None
    assert target(world).now is None
    assert target(world).relay
    world.run_to("05:00:00")
    assert target(world).now == coming
    assert target(world).next is None


def test_kept_closed_between_close_items() -> None:
    world = airs(broadcast("a", "05:00:00", 10), broadcast("b", "05:00:12", 10))
    world.run_to("05:01:00")
    assert [closed for _, closed, _ in world.edges] == [True, False]


def test_the_cause_of_the_relay_is_the_newest_token() -> None:
    world = airs(broadcast("a", "05:00:00", 10), broadcast("b", "05:00:10", 10))
    world.run_to("05:00:09")
    assert target(world).cause.startswith("b-")
    now = target(world).now
    assert now is not None
    assert now.token.startswith("a-")


def test_the_interrupter_ends_the_sound_at_its_own_instant() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.accept(None, sheet(play_now("now", "05:00:25", 10)))
    world.run_to("05:00:24")
    now, coming = target(world).now, target(world).next
    assert now is not None
    assert coming is not None
    assert now.token.startswith("a-")
    assert now.until == coming.at


def test_open_when_the_sound_process_dies_and_closed_again_when_it_is_back() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    world.speaker.alive = False
    world.turn()
    assert not target(world).relay
    assert world.relay is None
    world.speaker.alive = True
    world.turn()
    assert target(world).relay


def test_no_linger_after_a_boot() -> None:
    world = airs(broadcast("a", "05:00:00", 10))
    world.run_to("05:00:11")
    assert target(world).relay
    world.agent_restart(0.5)
    assert not target(world).relay


def test_a_repeated_question_has_the_same_answer_and_no_facts() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    for second in range(70):
        world.run_to(f"05:00:{second}" if second < 60 else f"05:01:{second - 60}")
        again = decide(world.state, world.moment, world.documents, world.inputs)
        assert again == world.decision
        assert again.facts == ()


def test_cues_follow_what_is_ready_and_nothing_else_of_the_sound_changes() -> None:
    world = airs(broadcast("x", "05:00:00", playlist=(item("a", 10), item("b", 20))))
    world.get("a")
    world.run_to("05:00:05")
    before = target(world).now
    world.get("a", "b")
    after = target(world).now
    assert before is not None
    assert after is not None
    assert after.same_as(before)
    assert before.cues == (Cue(sha("a"), 480_000, "vi"), Cue(None, 960_000, "vi"))
    assert after.cues == (Cue(sha("a"), 480_000, "vi"), Cue(sha("b"), 960_000, "vi"))


def test_gain_by_priority() -> None:
    settings = NodeSettings(gain_normal=-12.0, gain_priority=-6.0, gain_emergency=-1.0)
    world = airs(broadcast("a", "05:00:00", 10, priority=Priority.PRIORITY), settings=settings)
    world.run_to("05:00:05")
    now = target(world).now
    assert now is not None
    assert now.gain == -6.0


def test_a_new_offset_of_the_clock_does_not_move_what_has_a_start() -> None:
    world = airs(broadcast("a", "05:00:00", 60))
    world.run_to("05:00:20")
    moved = replace(world.moment, wall=world.moment.wall + 137)
    assert decide(world.state, moved, world.documents, world.inputs).target.now == target(world).now


def test_t_is_exact_on_the_monotonic_clock() -> None:
    world = airs(broadcast("a", "05:00:00", 60), start="04:59:00.0004")
    world.run_to("05:00:01")
    now = target(world).now
    assert now is not None
    assert now.at + world.booted == at("05:00:00") * MS
