"""The simulated card by itself: what a planted bug does not sync is taken back by a power cut, and nothing else."""

from __future__ import annotations

from playlists.reports import Boot, Event, Fact, Press, Trust
from tests.simulation.disk import SimDisk


def event(number: int, fact: Fact) -> Event:
    return Event(number=number, wall=1, mono=1, boot=1, trust=Trust.HELD, fact=fact)


def test_a_commit_that_is_not_synced_is_taken_back_by_a_power_cut_from_a_card_that_is_whole_otherwise() -> None:
    disk = SimDisk(lambda _name: None, lambda _events, _documents: None)
    disk.unsynced = lambda events, _documents: any(row[2] == "press" for row in events)
    store = disk.open()
    store.commit([event(1, Boot(boot=1))])
    store.commit([event(2, Press(what="silence"))])
    disk.power_cut()
    store = disk.open()
    assert [each.fact.kind for each in store.events()] == ["boot"]
    store.commit([event(2, Press(what="silence"))])
    store.commit([event(3, Boot(boot=2))])
    disk.power_cut()
    assert [each.number for each in disk.open().events()] == [1, 2, 3]
