"""With which document a mute, a withdrawal and a silence first went out: what "answered" and receipts rest on."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.silences import PlacedSilence, SilenceId, Why
from controller.domain.values import AreaId
from controller.storage.engine import reading, transact
from controller.storage.silences import silence_rows
from controller.storage.tables import (
    BroadcastRow,
    MuteRow,
    OwedRow,
    PlayNowRow,
    SilenceRow,
    SilenceToldRow,
    WithdrawalRow,
)
from tests.integration.controller.exchange.conftest import Room
from tests.support import decisions
from tests.support.fleet import T0


def mutes(room: Room) -> list[tuple[int | None, int | None]]:
    with reading(room.engine) as session:
        return [(row.epoch, row.sequence) for row in session.scalars(select(MuteRow).order_by(MuteRow.id))]


def told(room: Room) -> dict[tuple[str, str], int]:
    with reading(room.engine) as session:
        return {(row.silence_id, row.node_id): row.sequence for row in session.scalars(select(SilenceToldRow))}


def hush(room: Room, name: str, begin: datetime, end: datetime, area: str = "h-n1") -> None:
    made = PlacedSilence(SilenceId(name), (AreaId(area),), begin, end, (), Why.FUNERAL, "", decisions.CLERK)

    def unit(session: Session) -> None:
        row, areas = silence_rows(made, room.clock.now)
        session.add(row)
        session.flush()
        session.add_all(areas)

    transact(room.engine, unit)


def test_a_mute_keeps_the_number_of_the_first_sheet_that_carries_it(room: Room) -> None:
    exchange = room.start()
    decisions.mute(room.engine, "z-commune", T0)
    (sheet,) = room.sheets(room.look(exchange)).values()
    room.clock.advance(seconds=40)
    decisions.mute(room.engine, "z-commune", room.clock.now, hours=3)
    (longer,) = room.sheets(room.look(exchange)).values()
    assert mutes(room) == [
        (sheet.number.epoch, sheet.number.sequence),
        (longer.number.epoch, longer.number.sequence),
    ]


def test_a_mute_that_adds_nothing_to_the_sheet_went_out_with_the_one_that_stands(room: Room) -> None:
    exchange = room.start()
    decisions.mute(room.engine, "z-commune", T0, hours=3)
    (sheet,) = room.sheets(room.look(exchange)).values()
    room.clock.advance(seconds=40)
    decisions.mute(room.engine, "z-commune", room.clock.now)
    assert room.look(exchange) == []
    assert mutes(room) == [(sheet.number.epoch, sheet.number.sequence)] * 2


def test_a_withdrawal_keeps_the_number_of_the_sheet_that_took_it_back(room: Room) -> None:
    exchange = room.start()
    decisions.withdraw(room.engine, "z-h-n0", "bulletin01-1", T0)
    (sheet,) = room.sheets(room.look(exchange)).values()
    with reading(room.engine) as session:
        (row,) = session.scalars(select(WithdrawalRow))
    assert (row.epoch, row.sequence) == (sheet.number.epoch, sheet.number.sequence)


def test_a_silence_keeps_the_number_of_the_first_plan_of_each_node_that_carries_it(room: Room) -> None:
    exchange = room.start()
    room.look(exchange)
    room.clock.advance(seconds=30)
    hush(room, "s1", T0 + timedelta(hours=1), T0 + timedelta(hours=5))
    plan = room.plans(room.look(exchange))["n1"]
    assert told(room) == {("s1", "n1"): plan.number.sequence}
    room.clock.advance(seconds=30)
    hush(room, "s2", T0 + timedelta(hours=2), T0 + timedelta(hours=3))
    assert room.look(exchange) == [], "it lies within the other"
    assert told(room) == {("s1", "n1"): plan.number.sequence, ("s2", "n1"): plan.number.sequence}
    room.look(room.start())
    assert told(room)["s1", "n1"] == plan.number.sequence, "a controller that starts anew changes nothing"


def test_a_lifted_silence_is_told_anew(room: Room) -> None:
    exchange = room.start()
    hush(room, "s1", T0, T0 + timedelta(hours=5))
    before = room.plans(room.look(exchange))["n1"]
    room.clock.advance(minutes=10)

    def lift(session: Session) -> None:
        session.get_one(SilenceRow, "s1").lifted_at = room.clock.now

    transact(room.engine, lift)
    after = room.plans(room.look(exchange))["n1"]
    assert after.number > before.number
    assert told(room) == {("s1", "n1"): after.number.sequence}


def test_a_silence_beyond_the_month_ahead_is_told_when_its_day_comes_near(room: Room) -> None:
    exchange = room.start()
    hush(room, "s1", T0 + timedelta(days=40), T0 + timedelta(days=41))
    room.look(exchange)
    assert told(room) == {}
    room.clock.advance(days=12)
    plan = room.plans(room.look(exchange))["n1"]
    assert told(room) == {("s1", "n1"): plan.number.sequence}


def taken_back(room: Room, name: str) -> dict[str, int | None]:
    with reading(room.engine) as session:
        rows = session.scalars(select(OwedRow).where(OwedRow.broadcast_id == name, OwedRow.gone_at.is_not(None)))
        return {row.node_id: row.gone_sequence for row in rows}


def withdraw(room: Room, name: str) -> None:
    """As the operation does: the broadcast is withdrawn, and what is still owed of it is no longer wanted."""

    def unit(session: Session) -> None:
        session.get_one(BroadcastRow, name).withdrawn_at = room.clock.now
        for row in session.scalars(select(OwedRow).where(OwedRow.broadcast_id == name)):
            row.gone_at, row.gone_cause = room.clock.now, "withdrawn"
        for playing in session.scalars(select(PlayNowRow).where(PlayNowRow.broadcast_id == name)):
            playing.stopped_at = room.clock.now

    transact(room.engine, unit)


def test_what_was_taken_back_keeps_the_number_of_the_first_plan_without_it(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [time(20)])
    exchange = room.start()
    room.look(exchange)
    room.clock.advance(seconds=30)
    withdraw(room, "bulletin01")
    plans = room.plans(room.look(exchange))
    assert taken_back(room, "bulletin01") == {node: plan.number.sequence for node, plan in plans.items()}
    room.clock.advance(minutes=1)
    decisions.broadcast(room.engine, "another001", [time(21)])
    later = room.plans(room.look(exchange))
    assert taken_back(room, "bulletin01") == {node: plan.number.sequence for node, plan in plans.items()}
    assert all(later[node].number > plan.number for node, plan in plans.items())


def test_a_play_now_that_was_stopped_keeps_the_number_of_the_first_sheet_without_it(room: Room) -> None:
    exchange = room.start()
    decisions.play_now(room.engine, "urgent0001", "z-h-n0", T0)
    room.clock.advance(seconds=30)
    (playing,) = room.sheets(room.look(exchange)).values()
    assert playing.occurrences
    room.clock.advance(seconds=5)
    withdraw(room, "urgent0001")
    (without,) = room.sheets(room.look(exchange)).values()
    assert not without.occurrences
    assert taken_back(room, "urgent0001") == {"n0": without.number.sequence}
