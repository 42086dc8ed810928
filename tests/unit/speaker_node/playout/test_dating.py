"""What was noted while nobody knew the time is put right once somebody does: a wrong clock closes nothing for good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playlists.models import Number
from playlists.reports import Accepted, Boot, Button, Closed, Event, Fact, Press, Trust, UnknownFact, Welcomed
from speaker_node.playout import evolve, restore
from speaker_node.values import State

NOW = 1_800_000_000_000
SECOND = 1_000_000_000
WRONG = (5_000, 4_087_000_000_000)
"""1970 and 2099."""


def event(fact: Fact, mono_s: int, wall: int, boot: int = 1, sure: bool = True) -> Event:
    trust = Trust.HELD if sure else Trust.UNTRUSTED
    return Event(number=1, wall=wall, mono=mono_s * SECOND, boot=boot, trust=trust, fact=fact)


def accepted() -> Accepted:
    zero = Number(epoch=1, sequence=1)
    return Accepted(document="plan", to="n1", issuer="office", number=zero, digest="0" * 64)


def closed(name: str) -> Closed:
    return Closed(occurrence=name, version=1, attempt=0, sounded=0, due=1)


def unsure(wrong: int) -> State:
    """A new stream, a plan, a Welcome, a press and a closing, all by a clock of which nobody knew that it was wrong."""
    facts: tuple[Fact, ...] = (
        Boot(boot=1, new_stream=True), accepted(), Welcomed(stream="s", elsewhere=("old",)),
        Press(what=Button.SILENCE), closed("e"),
    )  # fmt: skip
    return restore(event(fact, second, wrong + second * 1000, sure=False) for second, fact in enumerate(facts, 10))


@pytest.mark.parametrize("wrong", WRONG)
def test_what_was_noted_by_a_wrong_clock_is_dated_anew_by_the_first_event_that_is_sure(wrong: int) -> None:
    state = evolve(unsure(wrong), event(UnknownFact(kind="any"), 20, NOW + 20_000))
    assert state.booted_at == state.stream_since == NOW + 10_000
    assert (state.accepted, state.welcomed_at) == ({"plan": NOW + 11_000}, NOW + 12_000)
    assert (state.done["old"].told_at, state.done["e"].told_at) == (NOW + 12_000, NOW + 14_000)
    assert state.silence is not None
    assert (state.silence.start, state.silence.end - state.silence.start) == (NOW + 13_000, _length(unsure(wrong)))
    assert (state.clock_at, state.unsure) == (NOW + 20_000, frozenset())


def _length(state: State) -> int:
    assert state.silence is not None
    return state.silence.end - state.silence.start


@pytest.mark.parametrize("wrong", WRONG)
def test_a_stream_that_began_at_no_known_time_began_at_the_next_boot_at_the_latest(wrong: int) -> None:
    state = evolve(unsure(wrong), event(Boot(boot=2), 7, NOW, boot=2))
    assert state.booted_at == state.stream_since == state.welcomed_at == NOW
    assert state.unsure == frozenset()


def test_a_clock_that_is_stepped_again_while_nobody_knows_the_time_moves_all_with_it() -> None:
    state = unsure(WRONG[0])
    state = evolve(state, event(UnknownFact(kind="any"), 30, WRONG[1] + 30_000, sure=False))
    state = evolve(state, event(UnknownFact(kind="any"), 40, NOW + 40_000))
    assert state.stream_since == NOW + 10_000


def test_what_was_noted_while_the_time_was_known_stays() -> None:
    state = restore([event(Boot(boot=1, new_stream=True), 10, NOW), event(accepted(), 11, NOW + 1000)])
    after = evolve(state, event(UnknownFact(kind="any"), 12, WRONG[1], sure=False))
    after = evolve(after, event(UnknownFact(kind="any"), 13, NOW + 3000))
    assert replace(after, timed=state.timed, clock_at=0) == state
    assert after.clock_at == NOW + 3000
