"""Zones are told apart from one another: what is wrong in one keeps no other from being made quiet."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.storage.engine import transact
from controller.storage.tables import PlayNowRow
from tests.integration.controller.exchange.conftest import Room
from tests.support import decisions
from tests.support.fleet import T0


def test_a_zone_that_cannot_be_told_keeps_no_other_from_its_mute(room: Room) -> None:
    exchange = room.start()
    decisions.play_now(room.engine, "urgent0001", "z-h-n0", T0)
    room.look(exchange)

    def spoil(session: Session) -> None:
        session.scalars(select(PlayNowRow)).one().kind = "hologram"

    transact(room.engine, spoil)
    decisions.mute(room.engine, "z-h-n0", T0)
    decisions.mute(room.engine, "z-h-n1", T0)
    assert room.sheets(room.look(exchange)).keys() == {"z-h-n1/office"}
