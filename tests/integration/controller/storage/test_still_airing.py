"""Of all broadcasts those that can still air, on both databases; and what an older database knows of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from alembic import command
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.domain.airings import until_day
from controller.domain.values import (
    Broadcast,
    BroadcastId,
    Content,
    FromDay,
    InSession,
    NamedStarts,
    Recurrence,
    Repeat,
    SessionId,
    Start,
    Version,
    VersionState,
    to_ms,
)
from controller.storage import queries
from controller.storage.engine import alembic_config, migrate, reading, transact
from controller.storage.mapping import version_value
from controller.storage.tables import VersionRow
from tests.integration.controller.storage.test_ledger import keep, plant
from tests.support.commune import NOON, at, broadcast, content, daily, version

TODAY = date(2026, 11, 24)
OVER = content(recurrence=daily("17:00", last=date(2026, 11, 1)))
MOVED = NamedStarts((to_ms(at("2026-11-01 17:00")),))
LATER = Start(starts_at=to_ms(at("2026-11-24 17:00")))
WEST = content(time_zone="Pacific/Pago_Pago", recurrence=Recurrence(Repeat.ONCE, TODAY, daily("23:30").times))


def ended(number: int = 1, state: VersionState = VersionState.APPROVED) -> Version:
    return version(number, OVER, FromDay(date(2026, 10, 1)), state)


KEPT = {
    "without-end": broadcast(),
    "over": broadcast(ended()),
    "moved-into": broadcast(ended(), version(2, Content("Dời", "Asia/Ho_Chi_Minh", start=LATER), MOVED)),
    "revised": broadcast(ended(), version(2, content())),
    "draft": broadcast(ended(), ended(2, VersionState.DRAFT)),
    "returned": broadcast(ended(1, VersionState.RETURNED)),
    "answered": broadcast(ended(1, VersionState.RETURNED), ended(2)),
    "stopped": broadcast(withdrawn_at=NOON),
    "west": broadcast(version(1, WEST)),
    "long-gone": broadcast(withdrawn_at=NOON - timedelta(days=30)),
}


@pytest.fixture
def kept(engine: Engine) -> Engine:
    """All of them, each under its name."""
    transact(engine, lambda session: planted(session, *map(named, KEPT)))
    return engine


def planted(session: Session, *made: Broadcast) -> None:
    plant(session)
    for each in made:
        keep(session, each)


def named(name: str) -> Broadcast:
    return replace(KEPT[name], id=BroadcastId(name))


def found(engine: Engine, since: date, *ids: str) -> set[str]:
    with reading(engine) as session:
        read = queries.broadcasts(session, map(BroadcastId, ids) if ids else None, since)
        assert read == tuple(named(each.id) for each in read), "each with all its versions, by id"
        return {each.id for each in read}


def test_only_what_can_still_air_or_is_unfinished_is_read(kept: Engine) -> None:
    assert found(kept, TODAY) == {"without-end", "moved-into", "revised", "draft", "returned", "stopped", "west"}


def test_a_day_further_back_finds_what_aired_then(kept: Engine) -> None:
    assert found(kept, date(2026, 11, 1)) == set(KEPT) - {"long-gone"}
    assert found(kept, date.min) == set(KEPT)


def test_ids_and_a_day_are_both_asked(kept: Engine) -> None:
    assert found(kept, TODAY, "over", "revised") == {"revised"}


def test_what_airs_on_a_day_is_found_by_whoever_counts_days_on_the_other_side_of_the_date_line(kept: Engine) -> None:
    assert "west" in found(kept, date(2026, 11, 26)), "in Kiritimati it is two days later"
    assert "west" not in found(kept, date(2026, 11, 27))


SHAPES = [
    version(),
    ended(9),
    version(2, Content("Dời", "Asia/Ho_Chi_Minh", start=LATER), MOVED),
    version(3, Content("Bỏ", "Asia/Ho_Chi_Minh", start=Start(skip=True)), MOVED),
    version(4, content(recurrence=Recurrence(Repeat.ONCE, TODAY, daily("05:30").times))),
    version(5, replace(OVER, session=InSession(SessionId("evening"), 2))),
    version(6, content(last_true_day=TODAY)),
    replace(version(7), approved_until=TODAY),
    version(8, content(recurrence=None), FromDay(TODAY)),
]


def test_an_older_database_is_told_of_its_versions_what_new_ones_are_told(empty: Engine) -> None:
    migrate(empty)
    transact(empty, lambda session: planted(session, broadcast(*SHAPES)))
    with empty.connect() as connection:
        command.downgrade(alembic_config(connection), "0007")
    migrate(empty)
    with reading(empty) as session:
        rows = session.scalars(select(VersionRow).order_by(VersionRow.number)).all()
        assert [row.until_day for row in rows] == [until_day(version_value(row)) for row in rows]
        assert sum(row.until_day is None for row in rows) == 1
