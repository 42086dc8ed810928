"""Two machines of one name are told from one that was exchanged or began anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.domain.machines import KEPT, Turn, returns, spoke
from tests.unit.controller.domain.scene import NOW


def heard(*machines: str) -> tuple[Turn, ...]:
    """What is remembered once these machines spoke, a second apart."""
    turns: tuple[Turn, ...] = ()
    for index, machine in enumerate(machines):
        turns = spoke(turns, machine, NOW + timedelta(seconds=index))
    return turns


@pytest.mark.parametrize(
    ("machines", "times"),
    [("", 0), ("aaaa", 0), ("aabb", 0), ("abcdefghijk", 0), ("aba", 1), ("aabbaabb", 2), ("abca", 1), ("abcbc", 2)],
)
def test_only_a_machine_that_comes_back_after_another_shows_that_there_are_two(machines: str, times: int) -> None:
    assert len(returns(heard(*machines))) == times


def test_it_is_told_when_the_machine_came_back() -> None:
    assert returns(heard("a", "a", "b", "b", "a", "a")) == (NOW + timedelta(seconds=4),)


def test_a_node_that_names_no_machine_tells_nothing() -> None:
    assert heard("a", "", "a") == (Turn("a", NOW),)


def test_few_turns_are_remembered_however_long_it_goes_on() -> None:
    turns = heard(*"ab" * 50)
    assert len(turns) == KEPT
    assert len(returns(turns)) == KEPT - 2
