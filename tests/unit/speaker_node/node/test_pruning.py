"""What is closed stays closed: rows outlive the documents that named them, and the power."""

from playlists.models import PlannedBroadcast
from playlists.reports import Checkpoint, Event, Start, Trust
from speaker_node.node.loop import PRUNE_NS
from speaker_node.playout import restore
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


def test_a_reboot_after_the_acknowledgement_into_an_earlier_hour_airs_nothing_again() -> None:
    stage = Stage()
    stage.settle_in()
    stage.give(PLAN, stage.office.plan(NOW, bulletin()))
    stage.advance(60_000)
    stage.acknowledge()
    stage.advance(HOUR + 1000)
    stage.host.step = -HOUR - 40_000
    stage.boot()
    stage.advance(HOUR)
    assert stage.amplifier.seen == []
    assert len(stage.facts(Start)) == 1


def test_what_the_clock_left_for_the_next_boot_outlives_pruning_and_later_checkpoints() -> None:
    stage = Stage()
    stage.settle_in()
    stage.advance(1000)
    left = [fact for fact in stage.facts(Checkpoint) if fact.mark][-1]
    assert left.floor
    stage.disk.commit([Event(number=0, wall=NOW, mono=1, boot=1, trust=Trust.HELD, fact=Checkpoint(wall=NOW))])
    stage.disk.prune(())
    state = restore(stage.disk.events())
    assert (state.mark, state.floor) == (left.mark, left.floor)
