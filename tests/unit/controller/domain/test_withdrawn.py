"""Played, will not, may still: every case, and nothing between."""

from itertools import product

import pytest

from controller.domain.withdrawn import Fate, Trace, fate, of_node


@pytest.mark.parametrize(("holds", "disproved"), list(product((False, True), repeat=2)))
def test_a_start_or_seconds_told_is_played_whatever_else_is_known(holds: bool, disproved: bool) -> None:
    assert fate(Trace(True, 0, holds, disproved)) is Fate.PLAYED
    assert fate(Trace(False, 1, holds, disproved)) is Fate.PLAYED


def test_who_holds_the_sheet_without_a_start_will_not() -> None:
    assert fate(Trace(False, 0, True, False)) is Fate.WILL_NOT


def test_who_told_that_nothing_sounded_will_not_though_its_status_is_old() -> None:
    assert fate(Trace(False, 0, False, True)) is Fate.WILL_NOT


def test_who_told_neither_may_still() -> None:
    assert fate(Trace(False, 0, False, False)) is Fate.MAY_STILL


@pytest.mark.parametrize(
    ("fates", "found"),
    [
        ([Fate.PLAYED, Fate.MAY_STILL, Fate.WILL_NOT], Fate.PLAYED),
        ([Fate.WILL_NOT, Fate.MAY_STILL], Fate.MAY_STILL),
        ([Fate.WILL_NOT, Fate.WILL_NOT], Fate.WILL_NOT),
    ],
)
def test_of_several_airings_on_a_node_what_reached_people_counts_first(fates: list[Fate], found: Fate) -> None:
    assert of_node(fates) is found
