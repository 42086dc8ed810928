"""How far a stream is held."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.storage.ingest.journals import Ranges, merged, reached

RANGES = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=6)


@pytest.mark.parametrize(
    ("number", "held", "gone", "expected"),
    [
        (0, [], (), 0),
        (0, [1, 2, 3], (), 3),
        (0, [2, 3], (), 0),
        (3, [4, 6, 7], (), 4),
        (0, [4, 5], ((1, 3),), 5),
        (0, [3, 5], ((1, 2), (4, 4)), 5),
        (0, [], ((1, 9),), 0),
        (2, [9], ((4, 8),), 2),
    ],
)
def test_acknowledged_is_the_highest_event_to_which_nothing_is_lacking(
    number: int, held: list[int], gone: Ranges, expected: int
) -> None:
    assert reached(number, held, gone) == expected


@given(RANGES)
def test_merged_ranges_hold_the_same_numbers_and_never_touch(ranges: list[tuple[int, int]]) -> None:
    found = merged(ranges)
    assert {n for a, b in found for n in range(a, b + 1)} == {n for a, b in ranges for n in range(a, b + 1)}
    assert all(earlier[1] + 1 < later[0] for earlier, later in pairwise(found))


@given(st.sets(st.integers(1, 30)), RANGES)
def test_every_number_below_the_acknowledged_one_is_held_or_gone(held: set[int], ranges: list[tuple[int, int]]) -> None:
    gone = merged(ranges)
    number = reached(0, sorted(held), gone)
    there = held | {n for a, b in gone for n in range(a, b + 1)}
    assert number == 0 or number in held
    assert set(range(1, number + 1)) <= there
