"""Rows in bulk, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from controller.storage.tables import Base

Rows = Sequence[Mapping[str, Any]]
Insert = sqlite.Insert | postgresql.Insert


def table(row: type[Base]) -> Table:
    """The table of a row's class."""
    found = row.__table__
    assert isinstance(found, Table)
    return found


def insert_new(session: Session, row: type[Base], rows: Rows) -> bool:
    """Insert those whose key is not there yet; whether that was all of them."""
    if not rows:
        return True
    connection = session.connection()
    statement = _insert_new(connection.dialect.name, row)
    return bool(connection.execute(statement, list(rows)).rowcount == len(rows))


def put(session: Session, row: type[Base], rows: Rows) -> None:
    """Insert rows, or overwrite the named columns of those whose key is there."""
    if rows:
        connection = session.connection()
        connection.execute(_put(connection.dialect.name, row, tuple(rows[0])), list(rows))


@cache
def _insert_new(dialect: str, row: type[Base]) -> Insert:
    return _insert(dialect, row).on_conflict_do_nothing()


@cache
def _put(dialect: str, row: type[Base], columns: tuple[str, ...]) -> Insert:
    """Made once: to put it together costs more than to execute it."""
    keys = [column.name for column in table(row).primary_key]
    statement = _insert(dialect, row)
    values = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


def _insert(dialect: str, row: type[Base]) -> Insert:
    return postgresql.insert(table(row)) if dialect == "postgresql" else sqlite.insert(table(row))
