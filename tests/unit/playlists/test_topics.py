"""Topics: fixed positions, exact names, and nothing of another site."""

import pytest

from playlists.topics import RETAINED, Lane, Topic, Topics

TOPICS = Topics("demo")


def test_a_node_topic_is_read_back_as_it_was_made() -> None:
    for lane in set(Lane) - {Lane.ALERT}:
        assert TOPICS.parse(TOPICS.node("n1", lane)) == Topic(lane, "n1")


def test_an_alert_topic_names_zone_and_issuer() -> None:
    assert TOPICS.alert("commune", "office") == "loa/1/demo/zone/commune/alert/office"
    assert TOPICS.parse("loa/1/demo/zone/commune/alert/office") == Topic(Lane.ALERT, "commune", "office")


@pytest.mark.parametrize(
    "topic",
    ["", "loa/1/demo", "loa/1/other/node/n1/plan", "loa/2/demo/node/n1/plan", "loa/1/demo/node/n1/alert",
     "loa/1/demo/node/n1/plan/x", "loa/1/demo/node/plan", "loa/1/demo/zone/z/alert", "loa/1/demo/zone/z/plan/office"],
)  # fmt: skip
def test_another_topic_is_none_of_ours(topic: str) -> None:
    assert TOPICS.parse(topic) is None


def test_what_must_not_be_retained_is_not() -> None:
    assert {Lane.CONN, Lane.STATUS, Lane.PLAN, Lane.ALERT} == RETAINED


def test_the_office_hears_every_node_by_four_filters() -> None:
    assert TOPICS.upward() == tuple(f"loa/1/demo/node/+/{lane}" for lane in ("conn", "birth", "status", "events"))
