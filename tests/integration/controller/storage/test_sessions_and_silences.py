"""Sessions, hours, silences and standing approvals, kept and found again."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.domain import values
from controller.domain.carrying import StandingApproval, StandingId
from controller.domain.silences import PlacedSilence, SilenceId, Why
from controller.domain.values import Hours, PersonId, SessionId, Timetable
from controller.storage import queries
from controller.storage.engine import reading, transact
from controller.storage.mapping import hours_column, owed_columns, timetables_column
from controller.storage.silences import silence_rows
from controller.storage.tables import AreaRow, OwedRow, StandingApprovalRow
from playlists.models import Kind, Millis
from tests.integration.controller.storage.test_ledger import FIRST, OCCURRENCE, keep, owed, plant
from tests.support.commune import COMMUNE, H1, H2, NOON, broadcast, sha


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """The commune with one broadcast that its first node owes."""

    def unit(session: Session) -> None:
        plant(session)
        keep(session, broadcast())
        session.add_all(OwedRow(**owed_columns(each)) for each in owed())

    transact(engine, unit)
    return engine


SILENCE = PlacedSilence(
    SilenceId("s1"), (H1, H2), NOON, NOON + timedelta(days=1), (Kind.MUSIC,), Why.FUNERAL, "Cụ Tư", PersonId("editor")
)


def test_a_silence_is_read_back_as_it_was_set_until_it_is_long_over(ledger: Engine) -> None:
    def unit(session: Session) -> None:
        row, areas = silence_rows(SILENCE, NOON)
        session.add(row)
        session.flush()
        session.add_all(areas)

    transact(ledger, unit)
    with reading(ledger) as session:
        assert queries.silences(session, NOON) == (SILENCE,)
        assert queries.silences(session, SILENCE.end) == ()


def test_a_standing_approval_is_read_until_it_is_revoked(ledger: Engine) -> None:
    kept = StandingApproval(StandingId("st1"), COMMUNE, sha("a"), date(2026, 12, 1), PersonId("approver"))

    def unit(session: Session) -> None:
        for id_, revoked in (("st1", None), ("st2", NOON)):
            session.add(
                StandingApprovalRow(
                    id=id_, area_id=kept.area, sha256=kept.asset, until=kept.until, by=kept.by, at=NOON,
                    revoked_at=revoked,
                )
            )  # fmt: skip

    transact(ledger, unit)
    with reading(ledger) as session:
        assert queries.standing_approvals(session) == (kept,)


def test_an_area_is_read_back_with_its_sessions_and_hours(ledger: Engine) -> None:
    timetable = Timetable(date(2026, 1, 1), (values.Session(SessionId("evening"), "Buổi chiều", time(17), 3600),))
    hours = Hours(time(5, 30), time(20))

    def unit(session: Session) -> None:
        row = session.get_one(AreaRow, COMMUNE)
        row.sessions, row.hours = timetables_column((timetable,)), hours_column(hours)

    transact(ledger, unit)
    with reading(ledger) as session:
        found = queries.tree_at(session, NOON).areas[COMMUNE]
    assert (found.sessions, found.hours) == ((timetable,), hours)
    assert (timetables_column(()), hours_column(None)) == (None, None)


def test_where_begun_sessions_stand_is_what_plans_made_owed_and_is_still_wanted(ledger: Engine) -> None:
    with reading(ledger) as session:
        assert queries.stood(session, Millis(0), Millis(FIRST)) == {OCCURRENCE: FIRST}
        assert queries.stood(session, Millis(FIRST + 1), Millis(FIRST + 2)) == {}
    transact(ledger, _drop)
    with reading(ledger) as session:
        assert queries.stood(session, Millis(0), Millis(FIRST)) == {}


def _drop(session: Session) -> None:
    for row in session.scalars(select(OwedRow).where(OwedRow.occurrence_id == OCCURRENCE)):
        row.gone_at, row.gone_cause = NOON, "dropped"
