"""What is closed stays closed: rows outlive the documents that named them, and the power."""

from playlists.models import PlannedBroadcast
from playlists.reports import Start
from speaker_node.node.loop import PRUNE_NS
from tests.support.office import asset_item, broadcast
from tests.unit.speaker_node.node.stage import ASSET, NOW, PLAN, Stage

HOUR = PRUNE_NS // 1_000_000


def bulletin() -> PlannedBroadcast:
    """One airing that may still start hours later."""
    return broadcast("abc", (asset_item(ASSET),), NOW + 10_000, late=6 * HOUR, whole=True)


def test_what_was_closed_is_not_aired_again_when_a_later_plan_names_it_again() -> None:
    stage = Stage()
    stage.settle_in()
    stage.give(PLAN, stage.office.plan(NOW, bulletin()))
    stage.advance(60_000)
    assert len(stage.facts(Start)) == 1
    stage.give(PLAN, stage.office.plan(NOW))
    stage.acknowledge()
    stage.advance(HOUR + 1000)
    stage.boot()
    stage.advance(HOUR + 1000)
    stage.give(PLAN, stage.office.plan(NOW, bulletin()))
    stage.advance(60_000)
    assert stage.amplifier.seen == []
    assert len(stage.facts(Start)) == 1
