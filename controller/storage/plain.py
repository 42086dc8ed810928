"""Rows that are only read: a day of sixty nodes is hundreds, and to keep track of them costs more than to read."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import JSON, ColumnElement, Text, select
from sqlalchemy import cast as as_text
from sqlalchemy.orm import Session

from controller.storage.tables.base import Base

Row = TypeVar("Row", bound=Base)


def read_rows(session: Session, table: type[Row], *where: ColumnElement[bool]) -> list[Row]:
    """The rows as tuples that carry the columns' names, the same in all that they say; JSON as text."""
    return cast(list[Row], session.execute(select(*columns_of(table)).where(*where)).all())


@cache
def columns_of(table: type[Base]) -> tuple[ColumnElement[Any], ...]:
    """All of a table's; JSON comes as text: it is the same in many rows, and understood once."""
    return tuple(
        as_text(each, Text).label(each.name) if isinstance(each.type, JSON) else each
        for each in table.__table__.columns
    )
