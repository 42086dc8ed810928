"""A backup was put back: the broker and the nodes know more than the database."""

from datetime import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.exchange import Arrived
from controller.operations.acting import Office
from controller.operations.setting_up import raise_epoch
from controller.storage.engine import transact
from controller.storage.tables import DocumentRow, SiteRow
from playlists import wire
from playlists.models import AlertSheet, Number
from playlists.reports import Boot
from playlists.values import LARGEST
from tests.integration.controller.exchange.conftest import Room
from tests.support import decisions
from tests.support.desk import Nudges
from tests.support.fleet import T0

SHEET = "loa/1/xa/zone/z-commune/alert/office"
PLAN = "loa/1/xa/node/n0/plan"


@pytest.fixture
def spoken(room: Room) -> Room:
    """A commune whose plans are out."""
    decisions.broadcast(room.engine, "bulletin01", [time(9)])
    room.look(room.start())
    return room


def plans_held(room: Room) -> bool:
    return transact(room.engine, lambda session: session.scalars(select(SiteRow.plans_held_at)).one()) is not None


def sheet_at_broker(room: Room) -> AlertSheet:
    document = room.open(room.broker[SHEET])
    assert isinstance(document, AlertSheet)
    return document


def test_a_newer_sheet_is_adopted_whole(spoken: Room) -> None:
    room = spoken
    with room.backup():
        decisions.mute(room.engine, "z-commune", T0)
        occurrence = decisions.play_now(room.engine, "urgent0001", "z-commune", T0)
        room.look(room.start())
    lost = room.broker[SHEET]
    room.clock.advance(minutes=1)
    exchange = room.start()
    assert room.look(exchange) == []
    assert room.broker[SHEET] == lost
    assert [each.id for each in sheet_at_broker(room).occurrences] == [occurrence]


def test_what_an_adopted_sheet_says_stays_beside_what_the_office_says_since(spoken: Room) -> None:
    room = spoken
    with room.backup():
        decisions.mute(room.engine, "z-commune", T0)
        room.look(room.start())
    before = sheet_at_broker(room)
    room.clock.advance(minutes=1)
    exchange = room.start()
    decisions.withdraw(room.engine, "z-commune", "bulletin01-5", room.clock.now)
    after = room.sheets(room.look(exchange))["z-commune/office"]
    assert (after.mute_until, after.withdrawn) == (before.mute_until, ("bulletin01-5",))
    assert before.number < after.number


def test_an_adopted_entry_gives_way_where_there_is_no_room_beside_what_the_office_says(
    spoken: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room = spoken
    with room.backup():
        lost = decisions.play_now(room.engine, "urgent0001", "z-commune", T0, [f"a{n}" for n in range(60)])
        room.look(room.start())
    room.clock.advance(minutes=1)
    exchange = room.start()
    said = decisions.play_now(room.engine, "urgent0002", "z-commune", room.clock.now, [f"b{n}" for n in range(32)])
    room.look(exchange)
    assert [each.id for each in sheet_at_broker(room).occurrences] == [said]
    assert len(room.broker[SHEET]) <= wire.SHEET_LIMIT
    assert f"no room for {lost}" in caplog.text


def test_what_an_adopted_sheet_says_ends_when_its_time_is_over(spoken: Room) -> None:
    room = spoken
    with room.backup():
        decisions.mute(room.engine, "z-commune", T0)
        room.look(room.start())
    room.clock.advance(hours=3)
    assert room.sheets(room.look(room.start()))["z-commune/office"].mute_until == 0


def test_the_office_can_end_what_it_adopted(spoken: Room) -> None:
    room = spoken
    with room.backup():
        decisions.mute(room.engine, "z-commune", T0)
        occurrence = decisions.play_now(room.engine, "urgent0001", "z-commune", T0)
        room.look(room.start())
    room.clock.advance(minutes=1)
    exchange = room.start()
    room.clock.advance(seconds=1)
    decisions.withdraw(room.engine, "z-commune", occurrence, room.clock.now)
    decisions.mute(room.engine, "z-commune", room.clock.now, hours=0.5)
    decisions.lift_mutes(room.engine, room.clock.now)
    sheet = room.sheets(room.look(exchange))["z-commune/office"]
    assert (sheet.occurrences, sheet.mute_until) == ((), 0)


def test_a_newer_plan_holds_plans_back_until_an_operator_raises_the_epoch(spoken: Room) -> None:
    room = spoken
    with room.backup():
        decisions.edit(room.engine, "bulletin01", [time(10)], ["other"], T0)
        room.clock.advance(minutes=1)
        room.look(room.start())
    newer = room.broker[PLAN]
    room.clock.advance(minutes=1)
    exchange = room.start()
    assert room.look(exchange) == []
    assert plans_held(room)
    assert room.look(room.start()) == []
    assert room.broker[PLAN] == newer
    raise_epoch(Office(room.engine, Nudges(), room.clock, lambda: "x"))
    plans = room.plans(room.look(exchange))
    assert plans.keys() == {"n0", "n1", "n2"}
    assert all(plan.number.epoch == 2 for plan in plans.values())
    assert not plans_held(room)
    assert room.look(room.start()) == []


def test_sheets_are_signed_while_plans_are_held_back(spoken: Room) -> None:
    room = spoken
    with room.backup():
        decisions.edit(room.engine, "bulletin01", [time(10)], ["other"], T0)
        room.clock.advance(minutes=1)
        room.look(room.start())
    exchange = room.start()
    decisions.mute(room.engine, "z-commune", T0)
    assert room.sheets(room.look(exchange)).keys() == {"z-commune/office"}


def test_an_older_document_at_the_broker_is_written_over(spoken: Room) -> None:
    room = spoken
    old = room.broker[PLAN]
    room.clock.advance(minutes=1)
    decisions.edit(room.engine, "bulletin01", [time(10)], ["other"], room.clock.now)
    room.look(room.start())
    ours, room.broker[PLAN] = room.broker[PLAN], old
    assert [each.payload for each in room.look(room.start())] == [ours]
    assert not plans_held(room)


def test_nothing_forged_is_adopted(spoken: Room) -> None:
    room = spoken
    ours = room.broker[PLAN]
    forged = AlertSheet(to="z-commune", issuer="office", number=Number(epoch=9, sequence=9), issued_at=1)
    kid = next(key.kid for key in room.signer.keys)
    room.broker[SHEET] = wire.sign(forged, wire.new_key(kid))
    room.broker[PLAN] = b"rubbish"
    foreign = forged.model_copy(update={"to": "z-h-n0"})
    room.broker["loa/1/xa/zone/z-h-n0/alert/office"] = room.signer.sign(foreign, "office-emergency")
    sent = room.look(room.start())
    assert [each.payload for each in sent] == [ours]
    assert transact(room.engine, _adopted) == []


def _adopted(session: Session) -> list[int]:
    return list(session.scalars(select(DocumentRow.id).where(DocumentRow.adopted.is_(True))))


def test_a_node_tells_again_what_a_restored_database_forgot(spoken: Room) -> None:
    room, node = spoken, spoken.nodes[0]
    node.happen(Boot(boot=1))
    with room.backup():
        room.start().receive([Arrived("loa/1/xa/node/n0/events", node.tell(1, 1))])
    sent = room.start().receive([Arrived("loa/1/xa/node/n0/birth", node.birth())])
    assert room.welcomes(sent)[0].acknowledged == 0


def test_after_the_last_number_of_an_epoch_nothing_falls_over_and_a_raised_epoch_goes_on(
    spoken: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room = spoken
    last = AlertSheet(to="z-commune", issuer="office", number=Number(epoch=1, sequence=LARGEST), issued_at=1)
    room.broker[SHEET] = room.signer.sign(last, "office")
    exchange = room.start()
    decisions.mute(room.engine, "z-commune", T0)
    for _ in range(3):
        assert "z-commune/office" not in room.sheets(room.look(exchange))
        room.clock.advance(minutes=1)
    assert caplog.text.count("nothing more is signed for sheet/z-commune/office") == 1
    assert plans_held(room)
    raise_epoch(Office(room.engine, Nudges(), room.clock, lambda: "x"))
    sheet = room.sheets(room.look(exchange))["z-commune/office"]
    assert sheet.number.epoch == 2
    assert sheet.mute_until > 0
