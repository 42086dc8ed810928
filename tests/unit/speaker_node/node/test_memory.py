"""Memory that fails in steps, a card that is an older copy of itself, and a month of events that is told at a pace."""

from playlists import wire
from playlists.models import Acknowledgement
from playlists.reports import Accepted, Birth, Boot, Closed, EventBatch, Heartbeat, Start, StoreState
from speaker_node.node.loop import PRUNE_NS
from speaker_node.outbox import Pace
from speaker_node.values import LibraryState, LinkDown, StoreError
from tests.support.office import NODE, asset_item, broadcast
from tests.unit.speaker_node.node.stage import ASSET, MSG, NOW, PACE, PLAN, SECOND, Disk, Stage

ITEMS = (asset_item(ASSET),)


def on_stage(**fields: object) -> Stage:
    stage = Stage(**fields)  # type: ignore[arg-type]
    stage.settle_in()
    return stage


def test_the_status_names_each_step_of_a_disk_that_fills_and_returns_to_ok_by_itself() -> None:
    stage = on_stage()
    stage.advance(12_000)
    stage.disk.room = StoreState.LOW
    stage.advance(72_000)
    assert (stage.told(Heartbeat)[-1].store, stage.told(Heartbeat)[-1].store_ok) == (StoreState.LOW, True)
    stage.disk.full = True
    stage.give(PLAN, stage.office.plan(NOW))
    stage.advance(2000)
    said = stage.told(Heartbeat)[-1]
    assert (said.store, said.store_ok, said.store_error) == (StoreState.FULL, False, "database or disk is full")
    stage.disk.full, stage.disk.room = False, StoreState.OK
    stage.advance(72_000)
    said = stage.told(Heartbeat)[-1]
    assert (said.store, said.store_ok, said.store_error) == (StoreState.OK, True, "")


def test_what_the_library_lacks_has_put_aside_and_is_fetching_stands_in_the_status() -> None:
    stage = on_stage()
    stage.library.says = LibraryState("no space", 2, 3)
    stage.turn()
    stage.advance(1500)
    said = stage.told(Heartbeat)[-1]
    assert (said.library_error, said.quarantined, said.fetching) == ("no space", 2, 3)


def test_what_was_found_at_the_opening_of_the_journal_is_said_in_the_status() -> None:
    disk = Disk()
    disk.store.notice = "a journal of node other was set aside"
    stage = Stage(disk=disk)
    stage.connect()
    assert stage.told(Heartbeat)[-1].store_error == "a journal of node other was set aside"
    assert stage.told(Heartbeat)[-1].store is StoreState.OK


def test_a_card_that_is_an_older_copy_of_itself_gives_no_number_twice_and_loses_no_fact() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 20_000)))
    stage.acknowledge()
    stage.turn(LinkDown("the card is put back as it was"))
    stage.advance(60_000)
    stage.boot()
    before = stage.journal.stream
    stage.link.published.clear()
    stage.connect()
    stage.welcome(acknowledged=stage.journal.last + 50)
    births = stage.told(Birth)
    assert stage.journal.stream != before
    assert [birth.stream for birth in births] == [before, stage.journal.stream]
    assert stage.told(EventBatch) == []
    stage.welcome(elsewhere=(f"abc-{NOW + 20_000}",))
    told = stage.told(EventBatch)
    assert {batch.stream for batch in told} == {stage.journal.stream}
    assert told[0].first == 1
    kinds = [fact.kind for fact in stage.told_facts()]
    assert kinds[:3] == ["start", "closed", "boot"]
    assert kinds[3:] == ["boot", "welcomed"]
    assert [fact.new_stream for fact in stage.told_facts() if isinstance(fact, Boot)] == [False, True]
    assert len(stage.facts(Start)) == len(stage.facts(Closed)) == 1


def test_what_was_acknowledged_before_a_reboot_is_neither_aired_nor_told_again() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 10_000, late=600_000, whole=True)))
    stage.advance(60_000)
    stage.acknowledge()
    acknowledged = stage.journal.last
    stage.boot()
    stage.link.published.clear()
    stage.connect()
    stage.welcome(acknowledged=acknowledged)
    stage.advance(60_000)
    assert stage.amplifier.seen == []
    assert len(stage.facts(Start)) == 1
    assert {fact.kind for fact in stage.told_facts()} == {"boot"}


def test_past_the_cap_the_oldest_telemetry_goes_first_and_the_gap_is_told_across_restarts() -> None:
    stage = on_stage()
    stage.turn(LinkDown("gone"))
    stage.disk.most = 30
    acknowledged = stage.journal.last
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 20_000)))
    stage.advance(60_000)
    for _ in range(60):
        stage.boot()
    first = stage.disk.rows(stage.journal.stream, 0, 1000)
    assert stage.disk.untold() == 30
    assert stage.journal.gone > 25
    stage.boot()
    stage.connect()
    stage.welcome(acknowledged=acknowledged)
    assert stage.told(Heartbeat)[-1].gone == stage.journal.gone
    batches = [b for b in stage.told(EventBatch) if b.first > acknowledged]
    assert sum(last - start + 1 for batch in batches for start, last in batch.gone) == stage.journal.gone
    kinds = [wire.decode_event(row.text).fact.kind for row in first]
    assert kinds.count("start") == kinds.count("closed") == 1
    assert kinds[-1] == "boot"
    assert len(stage.facts(Accepted)) < 3


def test_a_month_of_events_arrives_in_order_without_a_gap_at_a_pace_that_leaves_the_line_free() -> None:
    """Thirty days without a line, forty airings a day: told over 4G at 240,000 bytes of events a minute at most."""
    stage = on_stage(pace=Pace())
    stage.turn(LinkDown("a month without a line"))
    stream, first = stage.journal.stream, stage.journal.last
    for day in range(30):
        facts = [
            Closed(occurrence=f"o{day:02}{each:02}-{NOW}", version=1, attempt=1, sounded=600_000, due=600_000)
            for each in range(80)
        ]
        stage.journal.write(facts, stage.loop._now())
    stage.link.published.clear()
    stage.connect()
    stage.welcome(acknowledged=first)
    sizes: dict[int, int] = {}
    heard: list[int] = []
    for _ in range(10_000):
        batches = [b for b in stage.told(EventBatch) if b.stream == stream]
        on_the_line = sum(len(payload) for topic, payload, _ in stage.link.published if topic.endswith("/events"))
        minute = stage.host.mono // (60 * SECOND)
        sizes[minute] = sizes.get(minute, 0) + on_the_line
        stage.link.published.clear()
        for batch in batches:
            heard += [wire.decode_event(text).number for text in batch.events]
            stage.give(MSG, Acknowledgement(to=NODE, stream=stream, number=batch.last,
                                            digest=wire.digest(batch.events[-1].encode())))  # fmt: skip
        if stage.disk.untold() == 0:
            break
        stage.advance(1000)
    assert heard == list(range(first + 1, first + 2401))
    assert 2 <= len(sizes) <= 10
    assert max(sizes.values()) <= 120_000


def test_a_small_backlog_is_told_at_once_on_any_line() -> None:
    stage = on_stage(pace=Pace())
    stage.turn(LinkDown("an evening"))
    stage.journal.write([Closed(occurrence=f"o-{n}", version=1, attempt=1, sounded=1, due=1) for n in range(50)],
                        stage.loop._now())  # fmt: skip
    stage.connect()
    stage.welcome(acknowledged=stage.disk.streams()[0][1])
    assert stage.told(EventBatch)[-1].last == stage.journal.last


def test_a_journal_that_turns_out_damaged_is_opened_anew_and_what_follows_is_not_lost() -> None:
    stage = on_stage()
    whole = stage.disk.store
    stage.disk.store._connection.execute("UPDATE event SET text = text || ' '")
    stage.journal.write([Closed(occurrence="o-1", version=1, attempt=1, sounded=1, due=1)], stage.loop._now())
    assert stage.journal.rows(stage.journal.stream, 0, 100) == ()
    assert not stage.journal.ok
    assert stage.journal.state is StoreState.FAILED
    assert "not what was written" in stage.journal.error
    stage.journal.write([Closed(occurrence="o-2", version=1, attempt=1, sounded=1, due=1)], stage.loop._now())
    stage.disk.store = Disk().store
    stage.advance(11_000)
    assert stage.journal.ok
    assert [fact.occurrence for fact in stage.facts(Closed)] == ["o-2"]
    whole.close()


def test_an_hour_s_pruning_never_raises_whatever_the_disk_says() -> None:
    stage = on_stage()

    def secure() -> StoreState:
        raise StoreError("disk I/O error")

    stage.disk.secure = secure  # type: ignore[method-assign]
    stage.advance(PRUNE_NS // 1_000_000 + 1000)
    assert stage.journal.state is StoreState.FAILED
    assert len(stage.disk.streams()) == 1, "a disk that takes facts but cannot keep them is not believed in between"
    del stage.disk.secure
    stage.advance(10_000)
    assert (stage.journal.state, stage.journal.ok) == (StoreState.OK, True)


def test_the_paces_differ_only_in_patience_and_rate() -> None:
    assert PACE.burst == Pace().burst == 24_000
