"""The tree is read anew exactly where somebody wrote: the reader through this connection, or another process."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.domain.values import AreaId, Tree
from controller.storage.engine import open_database, reading, transact
from controller.storage.queries import tree_at
from controller.storage.tables import AreaPeriodRow, NodeRow
from tests.integration.controller.storage.test_ledger import plant
from tests.support.commune import COMMUNE, N1, NOON


def seen(engine: Engine) -> Tree:
    with reading(engine) as session:
        return tree_at(session, NOON)


def renamed(session: Session, name: str) -> None:
    for row in session.query(AreaPeriodRow).filter(AreaPeriodRow.area_id == COMMUNE):
        row.name = name


@pytest.fixture
def planted(engine: Engine) -> Engine:
    transact(engine, plant)
    return engine


def test_the_tree_stays_the_same_object_as_long_as_nothing_changed(planted: Engine) -> None:
    first = seen(planted)
    transact(planted, lambda session: session.get_one(NodeRow, N1).settings)
    assert seen(planted) is first


def test_what_was_written_is_seen_at_once_by_the_writer_and_by_everybody(planted: Engine) -> None:
    other = open_database(str(planted.url.render_as_string(hide_password=False)))
    try:
        assert seen(planted).areas[COMMUNE].name == seen(other).areas[COMMUNE].name == "Xã B"
        transact(other, lambda session: renamed(session, "Xã Mới"))
        assert seen(planted).areas[COMMUNE].name == seen(other).areas[COMMUNE].name == "Xã Mới"
    finally:
        other.dispose()


def test_what_is_being_written_is_seen_within_and_forgotten_when_it_is_undone(planted: Engine) -> None:
    def undone(session: Session) -> None:
        renamed(session, "Xã Hụt")
        assert tree_at(session, NOON).areas[COMMUNE].name == "Xã Hụt"
        raise LookupError

    before = seen(planted)
    with pytest.raises(LookupError):
        transact(planted, undone)
    assert seen(planted) == before
    assert seen(planted).areas[AreaId(COMMUNE)].name == "Xã B"
