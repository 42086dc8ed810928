"""What is said on a connection: presence, birth, condition, events until they are acknowledged."""

from playlists import wire
from playlists.models import Acknowledgement, Issuer
from playlists.reports import (
    Accepted,
    AmplifierFault,
    Birth,
    Boot,
    Connection,
    EventBatch,
    Heartbeat,
    Refusal,
    Refused,
    Restarts,
)
from playlists.topics import Lane
from speaker_node.__main__ import PACES
from speaker_node.values import AmplifierState, LinkCounts, LinkDown, SoundState
from tests.support.office import NODE
from tests.unit.speaker_node.node.stage import ALERT, MSG, NOW, PLAN, TOPICS, Disk, Stage


def on_stage() -> Stage:
    stage = Stage()
    stage.settle_in()
    return stage


def test_a_connection_begins_with_exact_filters_presence_and_a_birth() -> None:
    stage = on_stage()
    stage.link.published.clear()
    stage.link.subscribed.clear()
    stage.connect()
    assert set(stage.link.subscribed) == {PLAN, MSG, ALERT, TOPICS.alert("thon-1", "office-emergency")}
    assert not any("+" in f or "#" in f for f in stage.link.subscribed)
    assert [t.rpartition("/")[2] for t, _, _ in stage.link.published] == ["conn", "birth", "status"]
    assert [retain for _, _, retain in stage.link.published] == [True, False, True]
    assert stage.told(Connection)[-1] == Connection(on=True, connection="c2", boot=1)
    birth = stage.told(Birth)[-1]
    assert (birth.connection, birth.stream, birth.boot) == ("c2", stage.disk.stream, 1)
    assert [held.kind for held in birth.held] == ["keys", "plan"]
    assert birth.last == stage.disk.last(stage.disk.stream)


def test_births_are_said_again_with_a_new_nonce_until_the_welcome_comes() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    at = [0]
    for second in range(1, 400):
        stage.advance(1000)
        at += [second] * (len(stage.told(Birth)) - len(at))
    assert at == [0, 10, 40, 100, 220]
    births = stage.told(Birth)
    assert len({birth.nonce for birth in births}) == len(births)
    assert [b.number for b in births] == sorted({b.number for b in births})
    stage.welcome()
    stage.acknowledge()
    stage.advance(600_000)
    assert len(stage.told(Birth)) == len(births)


def test_a_welcome_counts_once_and_only_on_its_own_connection() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    answer = stage.office.sign(stage.welcome())
    stage.bring(MSG, answer)
    assert [(r.document, r.reason) for r in stage.facts(Refused)] == [("welcome", Refusal.BAD_NONCE)]
    stage.connect()
    old = stage.told(Birth)[-1]
    stage.connect()
    stage.welcome(nonce=old.nonce)
    stage.turn(LinkDown("gone"))
    stage.welcome()
    stage.advance(61_000)
    assert sum(r.times for r in stage.facts(Refused)) == 3


def test_events_wait_for_the_welcome_and_travel_as_the_exact_texts_of_the_journal() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    stage.bring(PLAN, b"rubbish")
    stage.advance(5000)
    assert stage.told(EventBatch) == []
    stage.welcome()
    batch = stage.told(EventBatch)[0]
    texts = [row.text for row in stage.disk.rows(stage.disk.stream, 0, 100)]
    assert list(batch.events) == texts
    assert (batch.first, batch.last, batch.stream) == (1, len(texts), stage.disk.stream)
    assert isinstance(stage.told_facts()[0], Boot)


def test_rows_are_marked_only_if_the_digest_is_our_own() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    stage.welcome()
    stage.acknowledge(digest="0" * 64)
    assert stage.disk.streams()[0][1] == 0
    assert [r.reason for r in stage.facts(Refused)] == [Refusal.CONFLICT]
    stage.acknowledge()
    last = stage.disk.last(stage.disk.stream)
    assert stage.disk.streams() == ((stage.disk.stream, last),)


def test_what_is_not_acknowledged_is_told_again_and_after_the_acknowledgement_no_more() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    stage.welcome()
    told = len(stage.told(EventBatch))
    stage.advance(31_000)
    assert stage.told(EventBatch)[told:] == stage.told(EventBatch)[:told]
    for batch in stage.told(EventBatch):
        digest = wire.digest(batch.events[-1].encode())
        stage.give(MSG, Acknowledgement(to=NODE, stream=batch.stream, number=batch.last, digest=digest))
    told = len(stage.told(EventBatch))
    stage.advance(3_600_000)
    assert len(stage.told(EventBatch)) == told


def test_an_office_that_went_back_is_told_again_from_there() -> None:
    stage = on_stage()
    stage.link.published.clear()
    stage.connect()
    stage.welcome(acknowledged=1)
    assert stage.told(EventBatch)[0].first == 2
    stage.acknowledge()
    stage.link.published.clear()
    stage.connect()
    stage.welcome(acknowledged=stage.disk.last(stage.disk.stream))
    assert stage.told(EventBatch) == []


def test_an_office_that_went_back_is_told_again_what_older_streams_still_hold() -> None:
    stage = on_stage()
    older = stage.disk.stream
    stage.disk.full = True
    stage.bring(PLAN, b"rubbish")
    stage.disk.full = False
    stage.advance(20_000)
    stage.acknowledge()
    assert stage.disk.stream != older
    assert all(acknowledged == stage.disk.last(stream) for stream, acknowledged in stage.disk.streams())
    stage.link.published.clear()
    stage.connect()
    stage.welcome(acknowledged=0)
    told = {batch.stream: batch.events for batch in stage.told(EventBatch)}
    assert told.keys() == {older, stage.disk.stream}
    assert list(told[older]) == [row.text for row in stage.disk.rows(older, 0, 100)]
    for batch in stage.told(EventBatch):
        digest = wire.digest(batch.events[-1].encode())
        stage.give(MSG, Acknowledgement(to=NODE, stream=batch.stream, number=batch.last, digest=digest))
    assert all(acknowledged == stage.disk.last(stream) for stream, acknowledged in stage.disk.streams())
    stage.link.published.clear()
    stage.connect()
    stage.welcome(acknowledged=stage.disk.last(stage.disk.stream))
    assert stage.told(EventBatch) == []


def with_an_older_stream() -> tuple[Stage, str]:
    """A node that told two streams, all of it acknowledged; the older of them."""
    stage = on_stage()
    older = stage.disk.stream
    stage.bring(PLAN, b"rubbish")
    stage.acknowledge()
    stage.disk.full = True
    stage.bring(PLAN, bytes(wire.PLAN_LIMIT + 1))
    stage.disk.full = False
    stage.advance(20_000)
    stage.acknowledge()
    stage.link.published.clear()
    stage.connect()
    return stage, older


def test_a_birth_names_the_older_streams_and_what_is_forgotten_of_them_alone_is_told_again() -> None:
    stage, older = with_an_older_stream()
    assert stage.told(Birth)[-1].older == (older,)
    present, last = stage.disk.stream, stage.disk.last(stage.disk.stream)
    stage.welcome(acknowledged=last, older=((older, 1),))
    assert [(batch.stream, batch.first) for batch in stage.told(EventBatch)] == [(older, 2)]
    stage.acknowledge()
    assert dict(stage.disk.streams()) == {older: stage.disk.last(older), present: last}


def test_an_office_that_went_back_is_told_of_each_stream_only_what_it_says_it_lacks() -> None:
    stage, older = with_an_older_stream()
    stage.welcome(acknowledged=0, older=((older, stage.disk.last(older)),))
    assert {batch.stream for batch in stage.told(EventBatch)} == {stage.disk.stream}


def test_a_stream_of_which_nothing_more_is_kept_is_not_told_again_for_ever() -> None:
    stage, older = with_an_older_stream()
    stage.journal.prune(())
    kept = stage.disk.rows(older, 0, 100)[-1].number
    assert kept < stage.disk.last(older)
    stage.welcome(acknowledged=stage.disk.last(stage.disk.stream), older=((older, kept),))
    assert stage.told(EventBatch) == []
    assert dict(stage.disk.streams())[older] == stage.disk.last(older)


def test_a_welcome_does_not_mark_what_no_acknowledgement_with_a_digest_marked() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    stage.welcome(acknowledged=stage.journal.last)
    assert stage.told(EventBatch)[0].first == 1


def test_a_new_zone_is_heard_at_once_and_a_dropped_one_no_more() -> None:
    stage = on_stage()
    issuers = (Issuer(id="office", zones=("thon-2",)),)
    stage.give(PLAN, stage.office.plan(NOW, zones=("thon-2",), issuers=issuers))
    assert TOPICS.alert("thon-2", "office") in stage.link.subscribed
    assert ALERT in stage.link.unsubscribed


def test_the_status_is_said_every_heartbeat_and_soon_after_a_change_but_at_most_once_a_second() -> None:
    stage = on_stage()
    stage.advance(5000)
    before = len(stage.told(Heartbeat))
    stage.advance(121_000)
    assert len(stage.told(Heartbeat)) == before + 2
    for error in ("a", "b", "c"):
        stage.sound.says = SoundState(alive=True, device_ok=False, error=error)
        stage.turn()
    assert len(stage.told(Heartbeat)) <= before + 3
    stage.advance(1100)
    latest = stage.told(Heartbeat)[-1]
    assert (latest.sound_ok, latest.sound_error, latest.temperature) == (False, "c", 45.5)
    numbers = [status.number for status in stage.told(Heartbeat)]
    assert numbers == sorted(set(numbers))


def test_the_status_tells_level_relay_fault_and_how_often_each_part_was_started_anew_and_why_last() -> None:
    stage = on_stage()
    stage.advance(5000)
    stage.sound.says = SoundState(True, 3, True, level=-18.5, because="hung", because_at=7)
    stage.amplifier.says = AmplifierState(
        True, fault=AmplifierFault.STUCK_CLOSED, generation=2, because="x", because_at=6
    )
    stage.turn()
    stage.advance(1100)
    latest = stage.told(Heartbeat)[-1]
    assert (latest.level, latest.amplifier_fault) == (-18.5, AmplifierFault.STUCK_CLOSED)
    assert latest.restarts == Restarts(sound=2, guard=1, because="sound: hung")


def test_what_the_line_does_not_take_is_said_a_second_later() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.link.room = False
    stage.connect()
    stage.link.room = True
    stage.advance(1100)
    assert len(stage.told(Birth)) == 1
    stage.link.room = False
    stage.give(MSG, stage.office.key_set())
    stage.link.room = True
    stage.welcome()
    stage.advance(1100)
    assert [f.kind for f in stage.told_facts()][:2] == ["boot", "accepted"]


def test_streams_of_a_full_disk_s_time_are_told_beside_the_old_one() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.disk.full = True
    stage.bring(PLAN, b"rubbish")
    stage.connect()
    stage.welcome()
    assert {batch.stream for batch in stage.told(EventBatch)} == {stage.disk.stream, stage.journal.stream}
    assert stage.disk.stream != stage.journal.stream


def test_without_a_disk_the_birth_says_the_stream_in_memory() -> None:
    disk = Disk()
    disk.away = True
    stage = Stage(disk=disk)
    stage.connect()
    assert stage.told(Birth)[-1].stream == stage.journal.stream


def test_nothing_is_said_without_a_connection() -> None:
    stage = on_stage()
    stage.turn(LinkDown("gone"))
    stage.link.published.clear()
    stage.bring(PLAN, b"rubbish")
    stage.advance(600_000)
    assert stage.link.published == []
    assert [topic for topic, _, _ in stage.link.published if topic == TOPICS.node(NODE, Lane.EVENTS)] == []
    assert len(stage.facts(Accepted)) == 2


def test_on_a_local_line_the_first_births_are_said_again_soon() -> None:
    stage = Stage(pace=PACES["lan"])
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    at = [0]
    for second in range(1, 160):
        stage.advance(1000)
        at += [second] * (len(stage.told(Birth)) - len(at))
    assert at == [0, 1, 4, 14, 44]


def test_births_that_nobody_answers_end_the_connection_and_the_next_one_is_given_twice_the_patience() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.connect()
    stage.advance(339_000)
    assert stage.link.counts.deaf == 0
    stage.advance(2_000)
    assert stage.link.counts.deaf == 1
    stage.connect()
    told = len(stage.told(Birth))
    stage.advance(900_000)
    assert (stage.link.counts.deaf, len(stage.told(Birth)) - told) == (1, 9)
    stage.advance(121_000)
    assert stage.link.counts.deaf == 2
    stage.connect()
    stage.welcome()
    stage.connect()
    stage.advance(341_000)
    assert stage.link.counts.deaf == 3


def test_a_connection_that_became_deaf_after_its_welcome_is_found_out_by_asking_again() -> None:
    stage = on_stage()
    births = len(stage.told(Birth))
    stage.advance(3_599_000)
    assert len(stage.told(Birth)) == births
    stage.advance(2_000)
    assert len(stage.told(Birth)) == births + 1
    stage.advance(341_000)
    assert stage.link.counts.deaf == 1


def test_what_is_not_acknowledged_in_time_makes_the_node_ask_whether_it_is_heard() -> None:
    stage = on_stage()
    births = len(stage.told(Birth))
    stage.bring(PLAN, b"rubbish")
    stage.advance(29_000)
    assert len(stage.told(Birth)) == births
    stage.advance(2_000)
    assert len(stage.told(Birth)) == births + 1
    stage.welcome()
    stage.acknowledge()
    stage.advance(600_000)
    assert (len(stage.told(Birth)), stage.link.counts.deaf) == (births + 1, 0)


def test_a_line_bounds_how_often_a_heartbeat_is_said_whatever_the_settings_ask() -> None:
    for name, every in (("lan", 10_000), ("4g", 300_000)):
        stage = Stage(pace=PACES[name])
        stage.settle_in()
        stage.advance(5_000)
        before = len(stage.told(Heartbeat))
        stage.advance(2 * every + 1_000)
        assert len(stage.told(Heartbeat)) == before + 2, name


def test_the_heartbeat_says_what_became_of_the_connections() -> None:
    stage = on_stage()
    stage.link.counts = LinkCounts(reconnects=3, takeovers=2, deaf=1)
    stage.advance(121_000)
    line = stage.told(Heartbeat)[-1].line
    assert (line.reconnects, line.takeovers, line.deaf) == (3, 2, 1)
