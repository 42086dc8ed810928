"""What is owed and has not begun follows the tree, though the plan says the same."""

from datetime import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.storage.engine import transact
from controller.storage.tables import AreaPeriodRow, OwedRow, ServesRow
from tests.integration.controller.exchange.conftest import Room
from tests.support import decisions


def hamlets(room: Room) -> list[tuple[object, object]]:
    """Name and homes of what `n1` owes, each once."""

    def found(session: Session) -> list[tuple[object, object]]:
        rows = session.scalars(select(OwedRow).where(OwedRow.node_id == "n1"))
        return sorted({(each["name"], each["homes"]) for row in rows for each in row.hamlets})

    return transact(room.engine, found)


def test_other_names_and_homes_are_owed_though_the_plan_says_the_same(room: Room) -> None:
    decisions.broadcast(room.engine, "bulletin01", [time(9)], area="h-n1")
    exchange = room.start()
    room.look(exchange)

    def change(session: Session) -> None:
        session.scalars(select(AreaPeriodRow).where(AreaPeriodRow.area_id == "h-n1")).one().name = "Thôn Mới"
        session.scalars(select(ServesRow).where(ServesRow.node_id == "n1")).one().homes = 77

    transact(room.engine, change)
    room.clock.advance(minutes=1)
    assert room.plans(room.look(exchange)) == {}
    assert hamlets(room) == [("Thôn Mới", 77)]
