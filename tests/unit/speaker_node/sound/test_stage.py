"""What is heard when: the target is a level, held against a device in virtual time."""

import numpy as np
import pytest

from speaker_node.sound.messages import RATE, Cue, Sound
from speaker_node.sound.pace import nanoseconds
from speaker_node.sound.ring import Ring, Stretch
from speaker_node.sound.voice import FADE_OUT, PATIENCE, STARVED, Voice
from tests.unit.speaker_node.sound.world import SECOND, START, World, full_ring, ramp, sound

T = START + SECOND
FADE = FADE_OUT * RATE // SECOND


def test_nothing_held_is_silence() -> None:
    world = World()
    world.run(1)
    assert not world.samples().any()
    assert world.stage.progress(world.next_instant(), world.next_instant()) is None


def test_frame_k_sounds_at_t_plus_k_over_rate() -> None:
    world = World()
    world.hold(sound("a", T, RATE))
    world.run(2.5)
    heard = world.samples()
    assert np.array_equal(heard[RATE : 2 * RATE], ramp(RATE))
    assert not heard[:RATE].any()
    assert not heard[2 * RATE :].any()


def test_first_says_which_frame_sounds_at_t() -> None:
    world = World()
    world.hold(sound("a", T, RATE, first=RATE // 2))
    world.run(2)
    heard = world.samples()
    softened = RATE // 100
    assert np.array_equal(heard[RATE + softened : RATE * 3 // 2], ramp(RATE)[RATE // 2 + softened :])


def test_a_late_start_joins_where_a_node_that_was_on_time_is() -> None:
    world = World()
    world.hold(sound("a", START - SECOND, 3 * RATE))
    world.run(1)
    softened = RATE // 100
    assert np.array_equal(world.samples()[softened:], ramp(2 * RATE)[RATE + softened :])


@pytest.mark.parametrize("ppm", [-300, -100, 100, 300])
def test_a_drifting_device_is_held_within_half_a_millisecond(ppm: int) -> None:
    world = World(ppm)
    world.hold(sound("a", T, 60 * RATE))
    world.run(60)
    heard, instants = world.samples().astype(int), world.instants()
    frames = np.flatnonzero(heard > 100)[::997]
    due = (instants[frames] - SECOND) * RATE / 1e9
    error = (heard[frames] - 1 - due + 10_000) % 20_000 - 10_000
    assert np.abs(error).max() / RATE < 0.0005


def test_the_same_level_again_changes_nothing() -> None:
    once, often = World(), World()
    once.hold(sound("a", T, RATE))
    for world in (once, often):
        for _ in range(25):
            often.hold(sound("a", T, RATE))
            world.run(0.1)
    assert np.array_equal(once.samples(), often.samples())


def test_next_takes_over_at_its_own_instant_without_a_gap() -> None:
    world = World()
    world.hold(sound("a", T, RATE), sound("b", T + SECOND, RATE))
    world.run(3.5)
    assert np.array_equal(world.samples()[RATE : 3 * RATE], np.concatenate((ramp(RATE), ramp(RATE))))


def test_next_that_becomes_now_goes_on_as_it_was() -> None:
    world = World()
    following = sound("b", T + SECOND, RATE)
    world.hold(sound("a", T, RATE), following)
    world.run(2.5)
    world.hold(following)
    world.run(1)
    assert np.array_equal(world.samples()[2 * RATE : 3 * RATE], ramp(RATE))


def test_next_cuts_what_is_longer_with_a_fade_that_ends_at_its_instant() -> None:
    world = World()
    world.hold(sound("a", T, 10 * RATE), sound("b", T + SECOND, RATE))
    world.run(3.5)
    heard = world.samples()
    assert np.array_equal(heard[RATE : 2 * RATE - FADE], ramp(RATE)[:-FADE])
    assert heard[2 * RATE - 1] < 100
    assert np.array_equal(heard[2 * RATE : 3 * RATE], ramp(RATE))


def test_what_is_no_longer_held_fades_and_is_silent() -> None:
    world = World()
    world.hold(sound("a", START, 10 * RATE))
    world.run(1)
    world.hold(None)
    world.run(1)
    heard = world.samples()
    assert heard[RATE + FADE // 2] > 0
    assert not heard[RATE + FADE :].any()
    last = world.stage.last
    assert last is not None
    assert (last.token, last.final, last.ended) == ("a", True, False)


def test_another_token_at_once_fades_the_first_and_joins() -> None:
    world = World()
    world.hold(sound("a", START, 10 * RATE))
    world.run(1)
    world.hold(sound("b", START + SECOND, RATE))
    world.run(1)
    tokens = [token for _, _, token in world.heard]
    assert tokens.index("b") > tokens.index("a")
    heard = world.samples()
    assert np.array_equal(heard[RATE + 2 * FADE : 2 * RATE], ramp(RATE)[2 * FADE :])


def test_until_is_a_hard_end() -> None:
    world = World()
    world.hold(sound("a", START, 10 * RATE, until=START + SECOND))
    world.run(2)
    heard = world.samples()
    assert heard[RATE - FADE // 2] > 0
    assert not heard[RATE:].any()
    now = world.stage.progress(world.next_instant(), world.next_instant())
    assert now is not None
    assert now.ended


def test_an_until_that_moves_is_obeyed_under_the_same_token() -> None:
    world = World()
    world.hold(sound("a", START, 10 * RATE))
    world.run(0.5)
    world.hold(sound("a", START, 10 * RATE, until=START + SECOND))
    world.run(1)
    assert not world.samples()[RATE:].any()


def test_a_gain_is_applied_in_db_and_clipped() -> None:
    soft, loud = World(), World()
    soft.hold(sound("a", START, RATE, gain=-6.0206))
    loud.hold(sound("a", START, RATE, gain=12.0))
    soft.run(1)
    loud.run(1)
    assert np.abs(soft.samples() - ramp(RATE) / 2).max() <= 1
    assert loud.samples().max() == 32767


def test_a_sound_given_after_its_end_is_reported_as_ended_with_nothing_taken() -> None:
    world = World()
    world.hold(sound("a", START - 10 * SECOND, RATE))
    world.run(0.1)
    now = world.stage.progress(world.next_instant(), world.next_instant())
    assert now is not None
    assert (now.ended, now.taken, now.sounded) == (True, 0, 0)
    assert not world.samples().any()


def test_the_last_word_on_a_token_is_kept_while_another_sounds() -> None:
    world = World()
    world.hold(sound("a", START, RATE), sound("b", START + SECOND, 5 * RATE))
    world.run(2)
    world.hold(sound("b", START + SECOND, 5 * RATE))
    world.run(1)
    assert world.stage.last is not None
    assert (world.stage.last.token, world.stage.last.taken, world.stage.last.ended) == ("a", RATE, True)


def test_frames_that_no_device_takes_are_not_counted() -> None:
    voice = Voice(sound("a", START, RATE), full_ring(RATE), START)
    voice.render(START, 960, heard=False)
    voice.render(START + nanoseconds(960), 960)
    assert voice.progress(START, START).taken == 960


def test_the_time_of_a_cue_that_is_not_ready_is_silent_and_counted_as_missing() -> None:
    ring = Ring(10**6)
    ring.put(Stretch(0, RATE, 0, ramp(RATE)))
    ring.put(Stretch(RATE, RATE, 1, None, missing=True))
    ring.put(Stretch(2 * RATE, RATE, 2, ramp(RATE)))
    ring.complete()
    three = Sound("a", (Cue("/a", RATE), Cue(None, RATE), Cue("/b", RATE)), START, 0, 2**62)
    world = World(ring=ring)
    world.hold(three)
    world.run(3.1)
    now = world.stage.progress(world.next_instant(), world.next_instant())
    assert now is not None
    assert (now.taken, now.missing, now.ended) == (2 * RATE, RATE, True)
    assert now.by_cue == (RATE, 0, RATE)
    assert not world.samples()[RATE : 2 * RATE].any()


def test_a_decoder_that_is_late_is_waited_for_and_then_joined() -> None:
    ring = Ring(10**6)
    world = World(ring=ring)
    world.hold(sound("a", START, RATE))
    world.run(0.25)
    ring.put(Stretch(0, RATE, 0, ramp(RATE)))
    ring.complete()
    world.run(0.75)
    heard = world.samples()
    assert np.array_equal(heard[RATE // 2 :], ramp(RATE)[RATE // 2 :])


def test_a_decoder_that_hangs_is_counted_as_missing() -> None:
    world = World(ring=Ring(10))
    world.hold(sound("a", START, 2 * RATE))
    world.run(PATIENCE / SECOND + 1)
    now = world.stage.progress(world.next_instant(), world.next_instant())
    assert now is not None
    assert now.missing >= RATE * 9 // 10
    assert now.taken == 0


def test_a_decoder_that_gives_nothing_for_seconds_is_noticed() -> None:
    ring = Ring(10**6)
    ring.put(Stretch(0, 960, 0, ramp(960)))
    voice = Voice(sound("a", START, 10 * RATE), ring, START)
    voice.render(START, 960)
    voice.render(START + STARVED, 960)
    assert not voice.starves(START + STARVED)
    voice.render(START + STARVED + SECOND, 960)
    assert voice.starves(START + STARVED + SECOND)


def test_silence_that_is_planned_is_no_hunger() -> None:
    voice = Voice(sound("a", START, 10 * RATE), full_ring(RATE), START)
    for second in range(10):
        voice.render(START + second * SECOND, 960)
        assert not voice.starves(START + second * SECOND)


def test_a_device_that_lost_its_place_goes_on_at_the_right_frame() -> None:
    world = World()
    world.hold(sound("a", START, 5 * RATE))
    world.run(1)
    world.written += RATE // 2
    world.stage.realign()
    world.run(0.5)
    softened = RATE // 100
    heard = np.concatenate([block for instant, block, _ in world.heard if instant >= START + SECOND])
    assert np.array_equal(heard[softened:], ramp(5 * RATE)[RATE * 3 // 2 + softened : RATE * 2])


def test_the_last_frame_is_past_only_when_it_has_been_heard() -> None:
    voice = Voice(sound("a", START, 960), full_ring(960), START)
    voice.render(START, 960)
    end = START + nanoseconds(960)
    voice.end(end)
    assert not voice.progress(end - 1, end).ended
    assert voice.progress(end, end).ended
