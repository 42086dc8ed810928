"""What waits for a key set is bounded by the topics that are heard."""

from playlists import wire
from playlists.topics import Lane
from speaker_node.acceptance import Book
from speaker_node.node.inbox import Inbox
from tests.support.office import NODE, SITE, Office
from tests.unit.speaker_node.node.stage import NOW, PLAN, TOPICS


def test_only_the_last_of_each_topic_that_is_heard_waits_for_a_key_set() -> None:
    office = Office()
    inbox = Inbox(Book(NODE, SITE, office.root_key), TOPICS)
    early, late = (wire.sign(office.plan(NOW), office.key) for _ in range(2))
    for place in range(20):
        inbox.judge(TOPICS.node(f"node-{place + 2}", Lane.PLAN), early, NOW)
        inbox.judge(TOPICS.alert(f"zone-{place}", "office"), early[:4000], NOW)
    for data in (early, late):
        inbox.judge(PLAN, data, NOW)
    assert inbox.parked() == ((PLAN, late),)
    assert inbox.parked() == ()
