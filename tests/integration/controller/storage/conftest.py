"""Both databases: what holds on one holds on the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.storage.engine import open_database
from tests.support.databases import Postgres, fresh_sqlite, running_postgresql

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests that ask for it."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A new database with all tables."""
    sqlite = request.param == "sqlite"
    opened = open_database(fresh_sqlite(tmp_path) if sqlite else request.getfixturevalue("postgres").fresh())
    yield opened
    opened.dispose()


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A new database without any table."""
    sqlite = request.param == "sqlite"
    opened = open_database(str(tmp_path / "empty.db") if sqlite else request.getfixturevalue("postgres").empty())
    yield opened
    opened.dispose()
