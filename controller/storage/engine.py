"""Opens the database: SQLite by default, PostgreSQL by its URL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

T = TypeVar("T")

BUSY_MS = 35_000
"""How long a transaction waits for another writer: longer than a backup or a slow card holds the database."""

ATTEMPTS = 5
"""How often a unit of work is tried when PostgreSQL cannot put it in an order with others."""

_TRY_AGAIN = ("40001", "40P01")
_MIGRATIONS = Path(__file__).parent / "migrations"


class StorageError(Exception):
    """Root of what storage reports."""


class DatabaseBusy(StorageError):
    """Another process holds the database; the same act may succeed later."""


def open_database(url: str) -> Engine:
    """An engine for `url`; a bare path is a SQLite file. PostgreSQL is spoken to through psycopg."""
    address = make_url(url if "://" in url else f"sqlite:///{url}")
    if address.get_backend_name() == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"), isolation_level="SERIALIZABLE")
    # A page reads thousands of JSON values; the standard library takes thrice as long for each.
    engine = create_engine(address, connect_args={"timeout": BUSY_MS / 1000}, json_deserializer=from_json)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def migrate(engine: Engine) -> None:
    """Brings the database to the newest revision."""
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for a connection that is already open."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def transact(engine: Engine, work: Callable[[Session], T]) -> T:
    """One unit of work: committed at its end, undone by an exception.

    `work` may run again where PostgreSQL found two transactions in each other's way, so it acts on its session alone.
    Raises DatabaseBusy where the database stays locked; nothing is then changed.
    """
    for attempt in range(ATTEMPTS):
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                return work(session)
        except OperationalError as error:
            if attempt + 1 < ATTEMPTS and getattr(error.orig, "sqlstate", None) in _TRY_AGAIN:
                continue
            if _locked(error):
                raise DatabaseBusy(str(error.orig)) from error
            raise
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent view that keeps no writer waiting to begin; what is changed in it is lost. Raises DatabaseBusy."""
    try:
        with engine.connect().execution_options(loa_reads=True) as connection, Session(connection) as session:
            yield session
    except OperationalError as error:
        if _locked(error):
            raise DatabaseBusy(str(error.orig)) from error
        raise


def _locked(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or (
        getattr(error.orig, "sqlstate", None) in (*_TRY_AGAIN, "55P03")
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN is deferred and fails with "locked" when it turns into a write; ours is IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    # WAL of sqlite before 3.51.3 can corrupt with two writers.
    cursor.execute("PRAGMA journal_mode = TRUNCATE")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    reads = connection.get_execution_options().get("loa_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
