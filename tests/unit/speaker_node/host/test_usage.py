"""Bytes of a month, from counters that begin anew with each boot."""

import pytest

from speaker_node.host.usage import Usage, count, metered, month_of

NOV = "2026-11"


def test_the_first_look_only_remembers_what_the_counters_say() -> None:
    assert count(Usage(), NOV, "m1", {"wwan0": 500}) == Usage(NOV, 0, "m1", {"wwan0": 500})


def test_bytes_add_up_over_restarts_of_the_agent_and_of_the_machine() -> None:
    usage = count(Usage(), NOV, "m1", {"wwan0": 500})
    usage = count(usage, NOV, "m1", {"wwan0": 800})
    assert usage.used == 300
    usage = count(usage, NOV, "m2", {"wwan0": 50})
    assert usage.used == 350


def test_an_interface_that_came_anew_counts_from_nothing() -> None:
    usage = count(Usage(NOV, 0, "m1", {"wwan0": 500}), NOV, "m1", {"wwan0": 40, "ppp0": 7})
    assert usage.used == 47


def test_a_new_month_begins_at_nothing_and_a_clock_that_nobody_believes_begins_none() -> None:
    usage = Usage(NOV, 900, "m1", {"wwan0": 500})
    assert count(usage, "", "m1", {"wwan0": 510}) == Usage(NOV, 910, "m1", {"wwan0": 510})
    assert count(usage, "2026-12", "m1", {"wwan0": 510}) == Usage("2026-12", 10, "m1", {"wwan0": 510})


def test_a_month_is_one_in_utc() -> None:
    assert month_of(1_796_083_199_999) == NOV
    assert month_of(1_796_083_200_000) == "2026-12"


@pytest.mark.parametrize(
    ("mobile", "named", "dear", "found"),
    [
        (["wwan0"], "", True, {"wwan0"}),
        (["wwan0"], "", False, {"wwan0"}),
        (["wwan0"], "eth0", True, {"eth0"}),
        (["wwan7"], "", False, set()),
        ([], "", True, {"eth0"}),
        ([], "", False, set()),
    ],
)
def test_the_bytes_that_cost_are_counted(mobile: list[str], named: str, dear: bool, found: set[str]) -> None:
    assert metered(["wwan0", "eth0"], mobile, named, "eth0", dear=dear) == found
