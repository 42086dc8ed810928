"""What is not saved because of its hour."""

import pytest

from controller.domain.clashes import look_ahead
from controller.domain.guards import timing_problems
from controller.domain.values import Broadcast, Places
from tests.support.commune import NOON, OTHER, broadcast, content, daily, version
from tests.unit.controller.domain.test_layout import held, sound, standing


def wrong(candidate: Broadcast, *others: Broadcast) -> list[str]:
    return [str(each) for each in timing_problems(look_ahead(candidate, others, held(), sound(), NOON))]


def own(start: str, **changes: object) -> Broadcast:
    return broadcast(version(1, content(recurrence=daily(start), **changes)))


def test_routine_within_the_hours_and_the_limit_is_saved() -> None:
    assert wrong(own("17:00")) == []
    assert wrong(standing("first00001"), standing("second0001", order=1)) == []
    assert wrong(own("03:15", places=Places(areas=(OTHER,)))) == [], "nobody hears it there"


@pytest.mark.parametrize(
    ("start", "words"),
    [("03:15", "not at 03:15: did you mean 15:15?"), ("20:59:30", "this would sound from 20:59 to 21:00")],
)
def test_routine_outside_the_hours_is_not_saved_and_a_doubtful_one_is_asked_back(start: str, words: str) -> None:
    (found,) = wrong(own(start))
    assert words in found
    assert "from 05:00 to 21:00 only" in found


def test_what_passes_the_sessions_limit_is_not_saved_and_is_named() -> None:
    (found,) = wrong(standing("long000001", "d", 1), standing("full000001", "e"))
    assert found == "On 24/11/2026 “Tiêm phòng” would end at 17:10:01, after the 10 minutes of “Buổi chiều”."


def test_a_start_of_its_own_that_pushes_another_past_the_limit_is_not_saved() -> None:
    assert len(wrong(own("17:00:30"), standing("full000001", "e"))) == 1
    assert wrong(own("18:00"), standing("full000001", "e")) == []
