"""The office of the simulated world by itself: it comes out of its seed alone, and its rules find what is planted."""

from __future__ import annotations

import pytest

from playlists.topics import Lane
from tests.simulation.office_bugs import BUGS
from tests.simulation.office_stage import TOPICS, Stage
from tests.simulation.signatures import cheap_signatures

ACTS = 16
FIRST_SEEN = {"ack_before_commit": 2, "acknowledged_over_a_gap": 4, "played_again": 3,
              "withdrawn_still_planned": 4}  # fmt: skip
"""By which seed a bug shows; by the first, unless said."""
OF_NODES = {"elsewhere_forgotten"}
"""What only a node shows."""
AFTER_A_RESTORE = {"number_used_twice"}


def lived(seed: int, bug: str = "") -> Stage:
    """A stage after some acts; half way an old backup is put back."""
    with cheap_signatures():
        stage = Stage(seed)
        stage.live(ACTS // 2)
        backup = stage.office.snapshot()
        stage.live(ACTS // 4)
        if seed % 2 or bug in AFTER_A_RESTORE:
            stage.office.restore(backup)
            stage.connect()
        stage.live(ACTS // 4)
        stage.now += 3_600_000
        stage.connect()
        return stage


@pytest.mark.parametrize("seed", [1, 2])
def test_an_office_that_is_killed_and_put_back_keeps_every_rule(seed: int) -> None:
    assert lived(seed).wrongs() == []


@pytest.mark.parametrize("bug", sorted(BUGS.keys() - OF_NODES))
def test_what_is_planted_in_the_office_is_found(bug: str) -> None:
    with BUGS[bug]():
        assert lived(FIRST_SEEN.get(bug, 1), bug).wrongs()


def test_the_same_seed_decides_and_signs_the_same() -> None:
    first, second = lived(1), lived(1)
    assert first.sent == second.sent
    assert first.office.book.acts == second.office.book.acts


def test_every_node_gets_its_plan() -> None:
    with cheap_signatures():
        stage = Stage()
    assert {TOPICS.node(voice.node, Lane.PLAN) for voice in stage.voices} <= {each.topic for each in stage.sent}


def test_nothing_goes_out_again_after_a_kill_that_changed_nothing() -> None:
    with cheap_signatures():
        stage = Stage()
        before = dict(stage.broker)
        stage.office.kill()
        stage.connect()
    assert stage.broker == before
