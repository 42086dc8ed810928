"""Units of work on real databases."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from controller.storage import engine as engines
from controller.storage.engine import DatabaseBusy, open_database, reading, transact
from controller.storage.tables import AreaPeriodRow, AreaRow, SetupCodeRow, SiteRow
from tests.support.databases import fresh_sqlite

NOW = datetime(2026, 11, 24, 5, 0, 0, 123456, tzinfo=UTC)


def site(epoch: int = 1) -> SiteRow:
    return SiteRow(id=1, site="xa-b", epoch=epoch, created_at=NOW)


def raise_epoch(session: Session) -> int:
    row = session.get_one(SiteRow, 1)
    row.epoch += 1
    return row.epoch


def test_a_sqlite_connection_has_a_rollback_journal_full_synchronous_and_foreign_keys(tmp_path: Path) -> None:
    engine = open_database(fresh_sqlite(tmp_path))
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    engine.dispose()
    assert found == ["truncate", 2, 1]


def test_what_a_unit_of_work_did_is_there_and_what_failed_is_not(engine: Engine) -> None:
    transact(engine, lambda session: session.add(site()))

    def fails(session: Session) -> None:
        raise_epoch(session)
        session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        transact(engine, fails)
    with reading(engine) as session:
        assert session.get_one(SiteRow, 1).epoch == 1


def test_moments_come_back_in_utc_to_the_microsecond_and_naive_ones_are_refused(engine: Engine) -> None:
    transact(engine, lambda session: session.add(site()))
    with reading(engine) as session:
        assert session.get_one(SiteRow, 1).created_at == NOW
        assert session.get_one(SiteRow, 1).created_at.tzinfo is UTC
        assert session.scalar(select(SiteRow).where(SiteRow.created_at > NOW)) is None
        assert session.scalar(select(SiteRow).where(SiteRow.created_at >= NOW)) is not None
    naive = SetupCodeRow(code_sha256="x", created_at=NOW.replace(tzinfo=None), expires_at=NOW)
    with pytest.raises(StatementError):
        transact(engine, lambda session: session.add(naive))


def test_json_none_is_no_value_and_foreign_keys_hold(engine: Engine) -> None:
    area = AreaRow(id="a", kind="xã", settings={"hours": [1, {"x": "ô"}]}, created_at=NOW)
    transact(engine, lambda session: session.add(area))
    with reading(engine) as session:
        row = session.get_one(AreaRow, "a")
        assert (row.languages, row.settings) == (None, {"hours": [1, {"x": "ô"}]})
        assert session.scalar(select(AreaRow.id).where(AreaRow.languages.is_(None))) == "a"
    orphan = AreaPeriodRow(area_id="nowhere", from_day=NOW.date(), name="x")
    with pytest.raises(IntegrityError):
        transact(engine, lambda session: session.add(orphan))


def test_counted_keys_count(engine: Engine) -> None:
    rows = [SetupCodeRow(code_sha256=str(n), created_at=NOW, expires_at=NOW) for n in range(2)]
    transact(engine, lambda session: session.add_all(rows))
    assert rows[1].id == rows[0].id + 1


def test_many_writers_at_once_lose_nothing(engine: Engine) -> None:
    transact(engine, lambda session: session.add(site()))
    failures: list[Exception] = []

    def write() -> None:
        for _ in range(5):
            try:
                transact(engine, raise_epoch)
            except DatabaseBusy:
                # PostgreSQL may find no order for five attempts; then nothing was done, which is counted.
                failures.append(DatabaseBusy())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert session.get_one(SiteRow, 1).epoch == 21 - len(failures)


def test_a_reader_keeps_no_writer_from_beginning(tmp_path: Path) -> None:
    engine = open_database(fresh_sqlite(tmp_path))
    transact(engine, lambda session: session.add(site()))
    with reading(engine) as first, reading(engine) as second:
        assert first.get_one(SiteRow, 1).epoch == second.get_one(SiteRow, 1).epoch == 1
    assert transact(engine, raise_epoch) == 2
    engine.dispose()


def test_what_is_changed_while_reading_is_lost(engine: Engine) -> None:
    transact(engine, lambda session: session.add(site()))
    with reading(engine) as session:
        raise_epoch(session)
        session.flush()
    with reading(engine) as session:
        assert session.get_one(SiteRow, 1).epoch == 1


def test_a_database_that_stays_locked_says_so_and_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_MS", 100)
    engine = open_database(fresh_sqlite(tmp_path))
    transact(engine, lambda session: session.add(site()))
    holder = sqlite3.connect(tmp_path / "loa.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy):
        transact(engine, raise_epoch)
    holder.execute("ROLLBACK")
    holder.close()
    assert transact(engine, raise_epoch) == 2
    engine.dispose()


def test_a_writer_waits_for_another_that_ends_in_time(tmp_path: Path) -> None:
    engine = open_database(fresh_sqlite(tmp_path))
    transact(engine, lambda session: session.add(site()))
    holder = sqlite3.connect(tmp_path / "loa.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, lambda: holder.execute("ROLLBACK"))
    release.start()
    assert transact(engine, raise_epoch) == 2
    release.join()
    holder.close()
    engine.dispose()


def test_a_bare_path_is_a_sqlite_file(tmp_path: Path) -> None:
    engine = open_database(str(tmp_path / "plain.db"))
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert (tmp_path / "plain.db").exists()
