"""What of the near future may go wrong, and from when on it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from controller.domain.risk import Danger, Due, danger, in_contact, threats
from controller.domain.values import NodeId, OccurrenceId

NOW = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)


def due(minutes: float, ready: bool = True, contact: bool = True, node: str = "n1", occurrence: str = "b-1") -> Due:
    """An airing on a node, so many minutes ahead."""
    return Due(NodeId(node), OccurrenceId(occurrence), NOW + timedelta(minutes=minutes), ready, contact)


@pytest.mark.parametrize(
    ("minutes", "ready", "contact", "said"),
    [
        (30, False, True, Danger.LACKING),
        (30.01, False, True, None),
        (0, False, True, None),
        (-1, False, False, None),
        (5, True, True, None),
        (60, True, False, Danger.CUT_OFF),
        (60, False, False, Danger.BLIND),
        (60.01, False, False, None),
    ],
)
def test_audio_is_looked_for_half_an_hour_before_and_contact_an_hour_before(
    minutes: float, ready: bool, contact: bool, said: Danger | None
) -> None:
    assert danger(due(minutes, ready, contact), NOW) is said


def test_nodes_that_lack_the_same_airing_are_one_threat_and_the_earliest_comes_first() -> None:
    found = threats([
        due(20, ready=False, node="n2", occurrence="b-2"), due(10, ready=False, node="n2"), due(10, ready=False),
    ], NOW)  # fmt: skip
    assert [(each.occurrence, each.nodes) for each in found] == [("b-1", ("n1", "n2")), ("b-2", ("n2",))]


def test_a_node_out_of_contact_is_named_once_with_its_next_airing() -> None:
    found = threats([due(10, contact=False), due(20, contact=False, occurrence="b-2")], NOW)
    assert [(each.danger, each.occurrence) for each in found] == [(Danger.CUT_OFF, "b-1")]


def test_a_node_that_lacks_two_airings_is_named_with_both() -> None:
    found = threats([due(10, ready=False), due(20, ready=False, occurrence="b-2")], NOW)
    assert [each.occurrence for each in found] == ["b-1", "b-2"]


@pytest.mark.parametrize(
    ("online", "silent_s", "known"), [(True, 150, True), (True, 151, False), (False, 1, False), (True, None, False)]
)
def test_contact_is_being_connected_and_not_silent_for_two_and_a_half_heartbeats(
    online: bool, silent_s: float | None, known: bool
) -> None:
    heard_at = None if silent_s is None else NOW - timedelta(seconds=silent_s)
    assert in_contact(online, heard_at, 60_000, NOW) is known
