"""Sessions and silences in the plans that go down."""

from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from controller.domain import values
from controller.domain.silences import PlacedSilence, SilenceId, Why
from controller.domain.values import AreaId, SessionId, Timetable, to_ms
from controller.storage.engine import transact
from controller.storage.mapping import timetables_column
from controller.storage.silences import silence_rows
from controller.storage.tables import AreaRow, BroadcastRow, SilenceRow, VersionRow
from playlists.models import Plan, Silence
from tests.integration.controller.exchange.conftest import Room
from tests.support import decisions
from tests.support.fleet import T0, T0_MS

MORNING = values.Session(SessionId("morning"), "Buổi sáng", time(9, 0), 3600)
START = T0_MS + 3_600_000
"""Local 09:00; T0 is 08:00."""


def in_session(room: Room, *names: str) -> None:
    """Broadcasts of 60 s that follow one another in the morning."""

    def unit(session: Session) -> None:
        timetable = Timetable(date(2020, 1, 1), (MORNING,))
        session.get_one(AreaRow, "commune").sessions = timetables_column((timetable,))
        for order, name in enumerate(names):
            row = session.get_one(VersionRow, (name, 1))
            row.session = {"session": MORNING.id, "order": order}
            row.recurrence = {**(row.recurrence or {}), "times": []}

    for name in names:
        decisions.broadcast(room.engine, name, [time(9)])
    transact(room.engine, unit)


def hush(room: Room, begin: datetime, end: datetime) -> None:
    made = PlacedSilence(SilenceId("s1"), (AreaId("h-n1"),), begin, end, (), Why.FUNERAL, "", decisions.CLERK)

    def unit(session: Session) -> None:
        row, areas = silence_rows(made, room.clock.now)
        session.add(row)
        session.flush()
        session.add_all(areas)

    transact(room.engine, unit)


def starts(plan: Plan, days: int = 0) -> dict[str, int]:
    """Seconds from the session's start at which each broadcast stands on a day."""
    nominal = START + days * 86_400_000
    found = [each for each in plan.occurrences() if each.nominal == nominal]
    return {each.broadcast: (each.starts_at - nominal) // 1000 for each in found}


def test_every_node_gets_the_same_starts_and_nothing_changes_while_the_session_runs(room: Room) -> None:
    in_session(room, "first00001", "second0001", "third00001")
    exchange = room.start()
    plans = room.plans(room.look(exchange))
    assert plans.keys() == {"n0", "n1", "n2"}
    assert all(starts(each) == {"first00001": 0, "second0001": 60, "third00001": 120} for each in plans.values())
    for minute in (58, 60, 61, 62, 90):
        room.clock.now = T0 + timedelta(minutes=minute)
        assert room.look(exchange) == []
        assert room.look(room.start()) == []


def test_what_comes_into_a_running_session_takes_what_is_left_and_moves_nothing(room: Room) -> None:
    in_session(room, "first00001", "second0001", "third00001")
    exchange = room.start()
    room.look(exchange)
    room.clock.now = T0 + timedelta(minutes=60, seconds=30)

    def withdraw(session: Session) -> None:
        session.get_one(BroadcastRow, "second0001").withdrawn_at = room.clock.now

    transact(room.engine, withdraw)
    in_session(room, "late000001")
    plan = room.plans(room.look(exchange))["n0"]
    assert starts(plan) == {"first00001": 0, "third00001": 120, "late000001": 180}
    assert starts(plan, days=1) == {"first00001": 0, "late000001": 60, "third00001": 120}


def test_a_silence_goes_to_the_nodes_that_it_concerns_and_its_lifting_too(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [time(9)])
    exchange = room.start()
    room.look(exchange)
    room.clock.advance(seconds=30)
    hush(room, T0 + timedelta(minutes=10), T0 + timedelta(hours=5))
    plans = room.plans(room.look(exchange))
    assert {node: plan.silences for node, plan in plans.items()} == {
        "n1": (Silence(start=to_ms(T0 + timedelta(minutes=10)), end=to_ms(T0 + timedelta(hours=5))),)
    }
    assert plans["n1"].broadcasts, "what falls silent stays planned"
    room.clock.advance(minutes=20)
    assert room.look(exchange) == []

    def lift(session: Session) -> None:
        session.get_one(SilenceRow, "s1").lifted_at = room.clock.now

    transact(room.engine, lift)
    (lifted,) = room.plans(room.look(exchange)).values()
    assert [each.end for each in lifted.silences] == [to_ms(room.clock.now)]
