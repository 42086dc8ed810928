"""What a profile promises follows from its own numbers."""

from datetime import timedelta

import pytest

from controller.domain.facts import silent_after
from playlists.models import NodeSettings
from playlists.profiles import LAN, MOBILE, PROFILES, promised


@pytest.mark.parametrize("name", PROFILES)
def test_both_sides_know_of_a_dead_line_within_the_stated_bound(name: str) -> None:
    line = PROFILES[name]
    assert line.keepalive + line.user_timeout <= line.lost_within, "the node: a ping that no acknowledgement comes for"
    assert 1.5 * line.keepalive + 3 <= line.lost_within, "the broker: the will of who said nothing for so long"


def test_a_heartbeat_is_as_often_as_asked_within_what_the_line_bears() -> None:
    assert [PROFILES[LAN].heartbeat(wanted) for wanted in (1_000, 5_000, 60_000)] == [1_000, 5_000, 10_000]
    assert [PROFILES[MOBILE].heartbeat(wanted) for wanted in (1_000, 60_000, 600_000)] == [300_000, 300_000, 600_000]


def test_on_a_local_line_silence_is_known_in_thirty_seconds_by_the_settings_that_come_with_the_release() -> None:
    every = promised(LAN, NodeSettings().heartbeat)
    assert silent_after(every) + timedelta(seconds=2) <= timedelta(seconds=30)


def test_a_node_that_names_no_profile_or_one_of_another_release_is_held_to_what_it_was_asked() -> None:
    assert [promised(name, 60_000) for name in ("", "satellite", LAN, MOBILE)] == [60_000, 60_000, 10_000, 300_000]
