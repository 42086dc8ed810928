"""What goes down: signed where it differs, published where the broker lacks it, owed in the same transaction."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from controller.exchange import Exchange
from controller.signer import open_signer
from controller.storage.engine import transact
from controller.storage.tables import AssetRow, DocumentRow, OwedRow
from playlists import wire
from playlists.models import Kind, Millis, Number, Priority, Right
from tests.integration.controller.exchange.conftest import Room
from tests.support import decisions
from tests.support.fleet import SITE, T0, T0_MS, Voice, join, voices

MORNING = time(9, 0)
"""Local; T0 is 08:00."""


def owed(room: Room) -> list[OwedRow]:
    return transact(room.engine, lambda session: list(session.scalars(select(OwedRow))))


def documents(room: Room) -> int:
    def count(session: Session) -> int:
        return int(session.scalar(select(func.count()).select_from(DocumentRow)) or 0)

    return transact(room.engine, count)


def test_every_node_gets_its_plan_once(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start()
    plans = room.plans(room.look(exchange))
    assert plans.keys() == {"n0", "n1", "n2"}
    assert {broadcast.id for broadcast in plans["n0"].broadcasts} == {"bulletin01"}
    assert plans["n0"].number == Number(epoch=1, sequence=T0_MS)
    assert plans["n0"].zones == ("z-commune", "z-h-n0")
    assert {issuer.id for issuer in plans["n0"].issuers} == {"office", "office-emergency"}
    room.clock.advance(minutes=1)
    assert room.look(exchange) == []


def test_nothing_is_published_when_nothing_changed_over_a_restart(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    room.look(room.start())
    room.clock.advance(minutes=5)
    assert room.look(room.start()) == []
    assert documents(room) == 3


def test_nothing_is_published_when_an_airing_begins_or_ends(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start()
    room.look(exchange)
    for _ in range(8):
        room.clock.advance(minutes=15)
        assert room.look(exchange) == []
        assert room.look(room.start()) == []


def test_an_edit_publishes_one_newer_plan_for_the_nodes_it_concerns(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING], area="h-n1")
    exchange = room.start()
    before = room.plans(room.look(exchange))["n1"]
    room.clock.advance(seconds=30)
    decisions.edit(room.engine, "bulletin01", [time(10)], ["other"], room.clock.now, area="h-n1")
    after = room.plans(room.look(exchange))
    assert after.keys() == {"n1"}
    assert before.number < after["n1"].number
    assert documents(room) == 4


def test_a_number_grows_even_when_the_clock_goes_back(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start()
    room.look(exchange)
    room.clock.advance(minutes=-10)
    decisions.edit(room.engine, "bulletin01", [time(10)], ["other"], room.clock.now)
    assert room.plans(room.look(exchange))["n0"].number == Number(epoch=1, sequence=T0_MS + 1)


def test_the_window_is_rolled_once_a_day(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start()
    first = room.plans(room.look(exchange))["n0"].window
    rolls = 0
    for _ in range(49):
        room.clock.advance(minutes=30)
        rolls += len(room.look(exchange)) // 3
    assert rolls == 1
    assert room.plans(room.look(room.start())) == {}
    assert first.start < T0_MS < first.end


def test_a_plan_and_what_it_makes_owed_are_written_together(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING], first_day=date(2026, 3, 2))
    plan = room.plans(room.look(room.start()))["n0"]
    rows = [row for row in owed(room) if row.node_id == "n0"]
    assert {row.occurrence_id for row in rows} == {each.id for each in plan.occurrences()}
    assert {(row.epoch, row.sequence) for row in rows} == {(1, T0_MS)}
    assert (rows[0].title, rows[0].programme, rows[0].due_ms, rows[0].node_name) == (
        "Tin 1",
        "Bản tin",
        60_000,
        "Node n0",
    )


def test_a_crash_between_commit_and_publish_heals_itself(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start()
    exchange.look()
    while exchange.plan():
        pass
    room.clock.advance(minutes=1)
    assert room.plans(room.look(room.start())).keys() == {"n0", "n1", "n2"}
    assert documents(room) == 3


def test_a_document_that_the_broker_lost_is_sent_again_as_it_was_signed(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    room.look(room.start())
    topic = "loa/1/xa/node/n1/plan"
    lost = room.broker.pop(topic)
    room.clock.advance(minutes=1)
    sent = room.look(room.start())
    assert [(each.topic, each.payload) for each in sent] == [(topic, lost)]


def test_what_a_stranger_wrote_over_our_document_is_written_over_again(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start()
    room.look(exchange)
    topic = "loa/1/xa/node/n1/plan"
    ours = room.broker[topic]
    exchange.holds(topic, b"rubbish")
    assert [each.payload for each in room.look(exchange)] == [ours]


def test_nothing_is_signed_before_the_reading_is_done(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    decisions.mute(room.engine, "z-commune", T0)
    exchange = Exchange(room.engine, room.signer, "xa", room.clock)
    exchange.connected()
    assert room.look(exchange) == []
    assert documents(room) == 0


def test_a_mute_is_a_sheet_and_its_lifting_an_empty_one(room: Room) -> None:
    exchange = room.start()
    room.look(exchange)
    decisions.mute(room.engine, "z-commune", T0)
    sheet = room.sheets(room.look(exchange))["z-commune/office"]
    assert sheet.mute_until == T0_MS + 7_200_000
    assert sheet.issued_at == T0_MS
    room.clock.advance(minutes=1)
    assert room.look(exchange) == []
    decisions.lift_mutes(room.engine, room.clock.now)
    lifted = room.sheets(room.look(exchange))
    assert lifted.keys() == {"z-commune/office"}
    assert lifted["z-commune/office"].mute_until == 0
    room.clock.advance(minutes=1)
    assert room.look(exchange) == []


def test_an_emergency_is_signed_by_the_key_that_may(room: Room) -> None:
    exchange = room.start()
    alarm = decisions.play_now(
        room.engine, "alarm00001", "z-commune", T0, kind="alarm", issuer="office-emergency", priority=Priority.EMERGENCY
    )
    sent = room.look(exchange)
    sheet = room.sheets(sent)["z-commune/office-emergency"]
    assert [(each.id, each.kind, each.priority) for each in sheet.occurrences] == [
        (alarm, Kind.ALARM, Priority.EMERGENCY)
    ]
    assert sent[0].topic == "loa/1/xa/zone/z-commune/alert/office-emergency"
    emergency = next(key for key in room.signer.keys if key.issuer == "office-emergency")
    assert wire.read_envelope(sent[0].payload, wire.SHEET_LIMIT).kid == emergency.kid
    assert emergency.rights == (Right.EMERGENCY_SHEET,)


@pytest.mark.timeout(180)
def test_a_plan_that_no_node_would_take_leaves_the_last_one_standing(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start()
    room.look(exchange)
    lying = dict(room.broker)
    for n in range(25):
        decisions.broadcast(room.engine, f"long{n}", [MORNING], [f"{n}-{i}" for i in range(200)], area="h-n0")
    assert room.look(exchange) == []
    assert room.broker == lying
    assert "no plan for n0" in caplog.text
    decisions.edit(room.engine, "bulletin01", [time(10)], ["other"], room.clock.now, area="h-n1")
    assert room.plans(room.look(exchange)).keys() == {"n1", "n2"}


def test_plans_and_sheets_are_signed_anew_when_the_keys_change(room: Room, tmp_path: Path) -> None:
    decisions.mute(room.engine, "z-commune", T0)
    occurrence = decisions.play_now(room.engine, "urgent0001", "z-commune", T0)
    before = room.sheets(room.look(room.start()))["z-commune/office"]
    room.clock.advance(seconds=1)
    room.signer = open_signer(tmp_path / "others", SITE, Millis(T0_MS + 1))
    sent = room.look(room.start())
    after = room.sheets(sent)["z-commune/office"]
    assert room.plans(sent).keys() == {"n0", "n1", "n2"}
    assert [each.id for each in after.occurrences] == [occurrence]
    assert after.mute_until == before.mute_until
    assert before.number < after.number
    assert {row.occurrence_id for row in owed(room)} == {occurrence}
    room.clock.advance(minutes=1)
    assert room.look(room.start()) == []


def test_a_play_now_is_owed_by_every_node_of_its_zone(room: Room) -> None:
    exchange = room.start()
    room.look(exchange)
    occurrence = decisions.play_now(room.engine, "urgent0001", "z-commune", T0)
    sheet = room.sheets(room.look(exchange))["z-commune/office"]
    assert [entry.id for entry in sheet.occurrences] == [occurrence]
    rows = owed(room)
    assert {(row.node_id, row.occurrence_id, row.lane) for row in rows} == {
        (node.node, occurrence, "sheet") for node in room.nodes
    }
    assert {(row.epoch, row.sequence) for row in rows} == {(1, sheet.number.sequence)}


def test_a_play_now_starts_when_the_slowest_amplifier_is_warm_the_same_in_all_zones(room: Room) -> None:
    exchange = room.start()
    room.look(exchange)
    decisions.play_now(room.engine, "urgent0001", "z-commune", T0)
    entry = room.sheets(room.look(exchange))["z-commune/office"].occurrences[0]
    assert entry.starts_at == T0_MS + 1000 + 300


def test_a_stopped_play_now_leaves_its_sheet(room: Room) -> None:
    exchange = room.start()
    occurrence = decisions.play_now(room.engine, "urgent0001", "z-commune", T0)
    room.look(exchange)
    room.clock.advance(seconds=20)
    decisions.stop(room.engine, occurrence, room.clock.now)
    assert room.sheets(room.look(exchange))["z-commune/office"].occurrences == ()


def test_a_sheet_goes_before_the_plans(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    decisions.mute(room.engine, "z-commune", T0)
    sent = room.look(room.start())
    assert [each.urgent for each in sent] == [True, False, False, False]


def test_a_withdrawn_occurrence_stands_in_the_sheet(room: Room) -> None:
    exchange = room.start()
    decisions.withdraw(room.engine, "z-h-n1", "bulletin01-5", T0)
    assert room.sheets(room.look(exchange))["z-h-n1/office"].withdrawn == ("bulletin01-5",)
    room.clock.advance(hours=4)
    assert room.sheets(room.look(exchange))["z-h-n1/office"].withdrawn == ()


def test_the_daily_roll_is_spread_over_the_jitter(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])
    exchange = room.start(jitter=timedelta(hours=1))
    room.look(exchange)
    room.clock.now = datetime(2026, 3, 2, 23, 59, tzinfo=decisions.ZONE)
    room.look(exchange)
    rolled = []
    for _ in range(62):
        rolled.append(len(room.look(exchange)))
        room.clock.advance(minutes=1)
    assert sum(rolled) == 3
    assert max(rolled) == 1
    assert rolled[0] == 0


def test_a_node_that_joins_while_a_sheet_lives_owes_what_it_says(room: Room) -> None:
    exchange = room.start()
    occurrence = decisions.play_now(room.engine, "urgent0001", "z-commune", T0)
    sheet = room.sheets(room.look(exchange))["z-commune/office"]
    newcomer = Voice("n7", voices(1)[0].key)
    join(room.engine, newcomer, "h-n0")
    room.clock.advance(minutes=1)
    assert room.plans(room.look(exchange)).keys() == {"n7"}
    (row,) = [row for row in owed(room) if row.node_id == "n7"]
    assert (row.occurrence_id, row.sequence) == (occurrence, sheet.number.sequence)


def test_a_node_that_cannot_be_planned_keeps_no_other_from_its_plan(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    decisions.broadcast(room.engine, "bulletin01", [MORNING])

    def lose_asset(session: Session) -> None:
        session.execute(delete(AssetRow))

    decisions.broadcast(room.engine, "bulletin02", [MORNING], ["lost"], area="h-n1")
    transact(room.engine, lose_asset)
    decisions.edit(room.engine, "bulletin01", [MORNING], ["bulletin"], T0)
    assert room.plans(room.look(room.start())).keys() == {"n0", "n2"}
    assert "no plan for n1" in caplog.text
