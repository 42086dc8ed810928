"""The current goes at any write of either store: what was acknowledged is there, and nothing is torn."""

import random
from pathlib import Path

import pytest

from tests.fault.powercuts import node
from tests.fault.powercuts.__main__ import CHECKS, cut
from tests.fault.powercuts.recording import record
from tests.fault.powercuts.replay import replay


@pytest.mark.parametrize("store", CHECKS)
def test_a_power_cut_at_any_write_loses_nothing_acknowledged_and_leaves_nothing_torn(
    store: str,
) -> None:
    """Some of them; the long run has thousands."""
    found = cut(store, 25, seed=7, commits=40)
    assert (found.lost, found.torn) == ([], [])
    assert found.marks > 200


def test_the_cuts_find_a_flush_that_the_disk_was_not_asked_for(tmp_path: Path) -> None:
    """The same recording without its flushes: what rests on them is lost, and is seen to be."""
    log = [entry for entry in record("node", tmp_path, 7, 60) if entry[0] != "flush"]
    first = next(place for place, entry in enumerate(log) if entry[0] == "mark")
    log.insert(first, ("flush", 0, b""))
    found = replay(log, 10, random.Random(7), node.lost_and_torn, tmp_path)
    assert found.lost or found.torn
