"""The year of an office that is made for measuring is one that the office itself could have left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from controller import app
from controller.domain.values import to_ms
from controller.domain.verdicts import Kind
from controller.housekeeping import settling
from controller.settings import load
from controller.storage import results
from controller.storage.engine import open_database, reading
from controller.storage.tables import AuditRow, DocumentRow, EventRow, OwedRow, StreamRow
from playlists import wire
from playlists.models import Plan
from playlists.reports import Accepted, Closed, Start
from tests.bench.year.__main__ import make
from tests.bench.year.objects import objects
from tests.support.pages import pages

NODES, DAYS = 3, 50


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a small office of fifty days."""
    return make(tmp_path_factory.mktemp("year") / "office", NODES, DAYS, 1, 2)


@pytest.fixture
def engine(year: Path) -> Iterator[Engine]:
    """Its database."""
    opened = open_database(str(year.parent / "data" / "loa.db"))
    yield opened
    opened.dispose()


def test_what_is_settled_is_what_would_be_judged(engine: Engine) -> None:
    now = app.now()
    with reading(engine) as session:
        found = results.occurrences(session, to_ms(now - timedelta(days=DAYS + 1)), to_ms(now), to_ms(now))
        rows = session.scalars(select(OwedRow).where(OwedRow.settled_at.is_not(None))).all()
    settled = {(str(row.node_id), str(row.occurrence_id)): (row.verdict or {})["kind"] for row in rows}
    verdicts = [(each.owed, each.verdict) for one in found for each in one.nodes]
    judged = {(str(owed.node), str(owed.occurrence)): verdict for owed, verdict in verdicts}
    assert len(settled) > DAYS / 5 * NODES
    assert {key: judged[key].kind for key in settled} == settled
    kinds = [verdict.kind for verdict in judged.values()]
    assert kinds.count(Kind.PLAYED) > 0.9 * len(kinds)
    assert settling.settle(engine, now) == 0


def test_each_day_airs_about_four_times_in_every_hamlet(engine: Engine) -> None:
    with reading(engine) as session:
        rows = session.scalars(select(OwedRow)).all()
    days = {row.day for row in rows}
    assert len(days) >= DAYS + 31
    before = [row for row in rows if row.starts_at_ms < to_ms(app.now())]
    assert 2.5 < len(before) / DAYS / NODES < 4.5


def test_every_event_is_a_fact_that_a_node_tells_and_the_journals_have_no_hole(engine: Engine) -> None:
    with reading(engine) as session:
        rows = session.scalars(select(EventRow)).all()
        streams = {row.node_id: row.number for row in session.scalars(select(StreamRow))}
    kinds = {type(wire.decode_event(bytes(row.body).decode()).fact) for row in rows}
    assert kinds == {Accepted, Start, Closed}
    for node, last in streams.items():
        assert sorted(row.number for row in rows if row.node_id == node) == list(range(1, last + 1))


def test_the_newest_plan_of_each_node_is_signed_by_the_office(year: Path, engine: Engine) -> None:
    keys = app.known_keys(load(year))
    with reading(engine) as session:
        rows = session.scalars(select(DocumentRow).order_by(DocumentRow.id)).all()
        assert session.scalars(select(AuditRow)).first() is not None
    newest = {row.to: row for row in rows}
    assert len(newest) == NODES
    for row in newest.values():
        plan = wire.decode_document(wire.open_signed(bytes(row.signed_bytes), keys, wire.PLAN_LIMIT).payload)
        assert isinstance(plan, Plan)
        assert plan.to == row.to
        assert plan.number.sequence == row.sequence


def test_every_page_finds_what_it_is_about(engine: Engine) -> None:
    assert len(list(pages(objects(engine)))) > 7
