"""What a profile promises follows from its own numbers."""

import pytest

from playlists.models import NodeSettings
from playlists.profiles import LAN, MOBILE, PROFILES, profile


@pytest.mark.parametrize("name", PROFILES)
def test_both_sides_know_of_a_dead_line_within_the_stated_bound(name: str) -> None:
    line = PROFILES[name]
    assert line.keepalive + line.user_timeout <= line.lost_within, "the node: a ping that no acknowledgement comes for"
    assert 1.5 * line.keepalive + 3 <= line.lost_within, "the broker: the will of who said nothing for so long"
    assert 2.2 * line.heartbeat(NodeSettings().heartbeat) / 1000 <= line.silent_after, "two heartbeats that do not come"


def test_a_heartbeat_is_as_often_as_asked_within_what_the_line_bears() -> None:
    assert [PROFILES[LAN].heartbeat(wanted) for wanted in (1_000, 5_000, 60_000)] == [1_000, 5_000, 10_000]
    assert [PROFILES[MOBILE].heartbeat(wanted) for wanted in (1_000, 60_000, 600_000)] == [300_000, 300_000, 600_000]


def test_a_node_that_says_nothing_of_its_line_is_held_to_a_local_one() -> None:
    assert profile("") == PROFILES[LAN]
