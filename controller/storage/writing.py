"""Rows in bulk, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from controller.storage.tables import Base

Rows = Sequence[Mapping[str, Any]]


def table(row: type[Base]) -> Table:
    """The table of a row's class."""
    found = row.__table__
    assert isinstance(found, Table)
    return found


def insert_new(session: Session, row: type[Base], rows: Rows) -> bool:
    """Insert those whose key is not there yet; whether that was all of them."""
    if not rows:
        return True
    statement = _insert(session, row).on_conflict_do_nothing()
    return bool(session.connection().execute(statement, list(rows)).rowcount == len(rows))


def put(session: Session, row: type[Base], rows: Rows) -> None:
    """Insert rows, or overwrite the named columns of those whose key is there."""
    if not rows:
        return
    keys = [column.name for column in table(row).primary_key]
    statement = _insert(session, row)
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.connection().execute(statement.on_conflict_do_update(index_elements=keys, set_=values), list(rows))


def _insert(session: Session, row: type[Base]) -> sqlite.Insert | postgresql.Insert:
    dialect = session.connection().dialect.name
    return postgresql.insert(table(row)) if dialect == "postgresql" else sqlite.insert(table(row))
