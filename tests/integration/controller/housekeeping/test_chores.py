"""The chores: copies that are whole, verdicts that outlive their facts, and nothing removed that is still asked for."""

import sqlite3
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from controller.exchange import Arrived, Exchange
from controller.housekeeping import Housekeeping, Limits
from controller.housekeeping.backups import back_up
from controller.housekeeping.pruning import prune
from controller.housekeeping.settling import settle
from controller.signer import open_signer
from controller.storage.engine import migrate, open_database, transact
from controller.storage.tables import DocumentRow, EventRow, OwedRow
from playlists.models import Millis
from tests.support import decisions
from tests.support.fleet import SITE, T0, T0_MS, Voice, closed, enrol, voices

LIMITS = Limits(documents=timedelta(days=62), events=timedelta(days=400))
TODAY = date(2026, 3, 2)


@pytest.fixture
def node() -> Voice:
    return voices(1)[0]


@pytest.fixture
def office(tmp_path: Path, node: Voice) -> Engine:
    """A bulletin at nine that was played, as the node told."""
    engine = open_database(str(tmp_path / "loa.db"))
    migrate(engine)
    enrol(engine, [node])
    decisions.begin(engine)
    decisions.broadcast(engine, "bulletin01", [time(9)], first_day=TODAY)
    exchange = Exchange(engine, open_signer(tmp_path / "keys", SITE, Millis(T0_MS)), SITE, lambda: T0)
    exchange.connected()
    exchange.reading_done()
    exchange.look()
    while exchange.plan():
        pass
    played = closed(f"bulletin01-{T0_MS + 3_600_000}")
    node.happen(played.model_copy(update={"assets": (decisions.sha("bulletin"),)}))
    exchange.receive([Arrived("loa/1/xa/node/n0/events", node.tell(1, 1))])
    return engine


def count(engine: Engine, row: type[EventRow | DocumentRow]) -> int:
    def work(session: Session) -> int:
        return int(session.scalar(select(func.count()).select_from(row)) or 0)

    return transact(engine, work)


def first_owed(engine: Engine) -> OwedRow:
    return (
        transact(engine, lambda session: session.scalars(select(OwedRow).order_by(OwedRow.starts_at_ms)).first())
        or OwedRow()
    )


def test_a_copy_is_whole_and_private(office: Engine, tmp_path: Path) -> None:
    made = back_up(office, tmp_path / "backups", (tmp_path / "keys",), 3, T0)
    assert made == tmp_path / "backups" / "loa-20260302T010000Z"
    copy = sqlite3.connect(made / "loa.db")
    assert copy.execute("SELECT count(*) FROM event").fetchone() == (1,)
    copy.close()
    assert (made / "keys" / "office.jwk").stat().st_mode & 0o777 == 0o600
    assert (made / "loa.db").stat().st_mode & 0o777 == 0o600
    assert made.parent.stat().st_mode & 0o777 == 0o700


def test_a_copy_a_day_and_only_the_newest_are_kept(office: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert back_up(office, folder, (), 2, T0) is not None
    assert back_up(office, folder, (), 2, T0 + timedelta(hours=5)) is None
    for day in (1, 2):
        assert back_up(office, folder, (), 2, T0 + timedelta(days=day)) is not None
    assert sorted(path.name for path in folder.iterdir()) == ["loa-20260303T010000Z", "loa-20260304T010000Z"]


def test_a_copy_that_was_cut_short_is_made_anew(office: Engine, tmp_path: Path) -> None:
    (tmp_path / "backups" / "unfinished").mkdir(parents=True)
    (tmp_path / "backups" / "unfinished" / "loa.db").write_bytes(b"half")
    assert back_up(office, tmp_path / "backups", (), 2, T0) is not None
    assert not (tmp_path / "backups" / "unfinished").exists()


def test_a_verdict_is_settled_when_nothing_is_expected_to_change_it(office: Engine) -> None:
    assert settle(office, T0 + timedelta(days=30)) == 0
    assert settle(office, T0 + timedelta(days=36)) == 1
    row = first_owed(office)
    assert row.verdict is not None
    assert (row.verdict["kind"], row.verdict["sounded"]) == ("played", 59_000)
    assert settle(office, T0 + timedelta(days=36)) == 0


def test_what_nobody_told_is_never_settled(office: Engine) -> None:
    settle(office, T0 + timedelta(days=45))
    rows = transact(office, lambda session: list(session.scalars(select(OwedRow).order_by(OwedRow.starts_at_ms))))
    assert [row.settled_at is not None for row in rows[:3]] == [True, False, False]


def test_the_newest_document_is_never_removed(office: Engine) -> None:
    prune(office, LIMITS, T0 + timedelta(days=1000))
    assert count(office, DocumentRow) == 1


def test_events_stay_until_their_verdict_is_settled(office: Engine) -> None:
    late = T0 + timedelta(days=500)
    prune(office, LIMITS, late)
    assert count(office, EventRow) == 1
    settle(office, T0 + timedelta(days=36))
    prune(office, LIMITS, late)
    assert count(office, EventRow) == 0
    assert first_owed(office).verdict is not None


def test_a_chore_that_fails_keeps_no_other_from_being_done(
    office: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "backups").write_text("a file where the folder should be")
    chores = Housekeeping(office, lambda: T0 + timedelta(days=36), tmp_path / "backups", (), "02:30", 3, LIMITS)
    chores.round()
    assert "housekeeping: back up:" in caplog.text
    assert first_owed(office).verdict is not None


def test_the_chores_end_when_the_gateway_ends(office: Engine, tmp_path: Path) -> None:
    with Housekeeping(office, lambda: T0, tmp_path / "backups", (), "02:30", 3, LIMITS).running():
        pass
    assert not (tmp_path / "backups").exists()
