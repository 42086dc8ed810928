"""The ring is bounded, keeps order and place, and gives no frame twice."""

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speaker_node.sound.ring import Ring, Stretch
from tests.support.waiting import wait_for
from tests.unit.speaker_node.sound.world import ramp


@given(st.lists(st.integers(1, 500), min_size=1, max_size=20), st.lists(st.integers(1, 700), min_size=1, max_size=40))
def test_what_is_taken_is_what_was_put_in_order_and_once(puts: list[int], takes: list[int]) -> None:
    ring, at = Ring(10**6), 0
    for frames in puts:
        ring.put(Stretch(at, frames, 0, ramp(frames, at)))
        at += frames
    position, got = 0, []
    for frames in takes:
        found = ring.take(position, frames)
        assert sum(s.frames for s in found) == max(0, min(frames, at - position))
        got += [s.samples for s in found if s.samples is not None]
        position += frames
    heard = np.concatenate(got)
    assert np.array_equal(heard, ramp(len(heard), 0))


def test_frames_before_the_place_asked_for_are_let_go() -> None:
    ring = Ring(1000)
    ring.put(Stretch(0, 100, 0, ramp(100, 0)))
    [part] = ring.take(60, 20)
    assert (part.at, part.frames) == (60, 20)
    assert ring.take(0, 60) == []
    assert ring.held() == 20


def test_what_comes_too_late_is_not_kept() -> None:
    ring = Ring(1000)
    ring.take(500, 100)
    assert ring.put(Stretch(0, 300, 0, ramp(300)))
    assert ring.held() == 0


def test_a_full_ring_holds_up_the_decoder_until_it_is_half_empty() -> None:
    ring, put = Ring(100), []

    def decode() -> None:
        for number in range(5):
            ring.put(Stretch(number * 60, 60, 0, ramp(60)))
            put.append(number)

    thread = threading.Thread(target=decode)
    thread.start()
    wait_for(lambda: len(put) == 2, "the ring is full")
    ring.take(0, 40)
    assert len(put) == 2
    ring.take(40, 60)
    wait_for(lambda: len(put) == 4, "the decoder goes on")
    ring.close()
    thread.join(5)
    assert not thread.is_alive()


def test_a_closed_ring_tells_the_decoder_to_stop_and_holds_nothing() -> None:
    ring = Ring(10)
    ring.put(Stretch(0, 10, 0, ramp(10)))
    ring.close()
    assert not ring.put(Stretch(10, 10, 0, ramp(10)))
    assert ring.held() == 0


def test_hours_of_silence_take_no_memory_and_do_not_block_what_waits() -> None:
    ring = Ring(100)
    assert ring.put(Stretch(0, 10**9, 0, None, missing=True))
    [part] = ring.take(0, 50)
    assert part.missing
    assert part.samples is None
