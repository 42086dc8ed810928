"""Counting: sums of parts, loudness, and what the sound process may say of other tokens (rule 7)."""

from __future__ import annotations

import math

import pytest

from speaker_node.playout.proof import added, better, told
from speaker_node.playout.timing import of, token
from speaker_node.values import Counts, PlayerReport, SoundState
from tests.unit.speaker_node.playout.scenes import broadcast, documents, plan
from tests.unit.speaker_node.playout.world import World


def test_counts_add_up_and_the_first_start_error_stands() -> None:
    one = Counts(10, 8, 1, (10,), -20.0, 3)
    other = Counts(20, 16, 2, (5, 15), -20.0, 9)
    assert added(one, other) == Counts(30, 24, 3, (15, 15), -20.0, 3)
    assert added(Counts(), other) == other


def test_loudness_is_the_mean_power_of_what_sounded() -> None:
    louder = added(Counts(1, 1, loudness=-10.0), Counts(1, 1, loudness=-20.0)).loudness
    assert louder == pytest.approx(10 * math.log10((0.1 + 0.01) / 2), abs=0.01)
    assert added(Counts(), Counts()).loudness is None


def test_the_better_run_is_that_of_which_more_sounded() -> None:
    less, more = Counts(5, 5), Counts(9, 9)
    assert better(less, more) == better(more, less) == more
    assert better(Counts(missing=1), Counts(missing=2)) == Counts(missing=2)


def test_a_report_of_another_token_counts_for_nothing() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00"))))
    world.run_to("05:00:10")
    (airing,) = world.state.airings.values()
    name = airing.start.occurrence
    assert token(airing) == f"{name}/1/0/0"
    assert token(airing, 3) == f"{name}/1/0/3"
    assert of(airing, f"{name}/1/0/7")
    for other in (f"{name}/2/0/0", f"{name}/1/1/0", f"{name}/1/0/x", f"{name}/1/0/", "x", "", f"{name}/1/0/²"):
        assert not of(airing, other)
        assert told(airing, SoundState(now=PlayerReport(other, 1, 1, 1)), 0) == ()


def test_a_loudness_that_is_no_number_is_none() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00"))))
    world.run_to("05:00:10")
    (airing,) = world.state.airings.values()
    (fact,) = told(airing, SoundState(now=PlayerReport(token(airing), -1, -1, 0, loudness=-math.inf)), 0)
    assert (fact.loudness, fact.position, fact.taken) == (None, 0, 0)
