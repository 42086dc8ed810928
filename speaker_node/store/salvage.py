"""What still verifies of a damaged journal, row by row: a row counts only if its own sum says so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speaker_node.store.schema import COLUMNS, LAYOUT, row_sum
from speaker_node.store.writeahead import frames, image

Row = tuple[Any, ...]
MOST_FAILURES = 5000
"""Unreadable stretches after which the rest is given up: a start must not take minutes."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Rows as the tables have them, without their sums: streams in their order, events in theirs."""

    owner: str | None = None
    streams: tuple[Row, ...] = ()
    events: tuple[Row, ...] = ()
    documents: tuple[Row, ...] = ()


def salvage(path: Path) -> Salvaged:
    """All that verifies; nothing where the owner does not, for nobody knows then whose it is. Never raises for what it
    finds there."""
    try:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.deserialize(image(path.read_bytes(), frames(path)))
            if connection.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
                return Salvaged()
            owners = list(_rows(connection, "owner"))
            if len(owners) != 1:
                return Salvaged()
            events = tuple(_rows(connection, "event"))
            streams = _streams(list(_rows(connection, "stream")), events)
            return Salvaged(str(owners[0][0]), streams, events, tuple(_rows(connection, "document")))
    except (sqlite3.Error, OSError):
        return Salvaged()


def _streams(found: list[Row], events: tuple[Row, ...]) -> tuple[Row, ...]:
    """A stream whose own row is lost is told again from its beginning, which the office knows how to take."""
    last: dict[str, int] = {}
    for stream, number, *_ in events:
        last[stream] = max(number, last.get(stream, 0))
    known = {row[0] for row in found}
    lost = [(stream, number, 0, 0) for stream, number in last.items() if stream not in known]
    whole = [(id_, max(number, last.get(id_, 0)), told, gone) for id_, number, told, gone in found]
    return (*lost, *whole)


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    place = "rowid"
    query = f"SELECT {COLUMNS[table]}, sum FROM {table} NOT INDEXED WHERE {place} BETWEEN ? AND ? ORDER BY {place}"
    first, last = _ends(connection, table, place)
    failures = 0
    waiting = [(first, last)]
    while waiting and failures < MOST_FAILURES:
        low, high = waiting.pop()
        try:
            found = connection.execute(query, (low, high)).fetchall()
        except (sqlite3.Error, UnicodeDecodeError):
            failures += 1
            if low < high:
                middle = (low + high) // 2
                waiting += [(middle + 1, high), (low, middle)]
            continue
        yield from (row[:-1] for row in found if row_sum(*row[:-1]) == row[-1])


def _ends(connection: sqlite3.Connection, table: str, place: str) -> tuple[int, int]:
    """The range of places; where an end cannot be read, a journal of some years."""
    ends = []
    for order, instead in (("ASC", 1), ("DESC", 1 << 24)):
        try:
            row = connection.execute(f"SELECT {place} FROM {table} ORDER BY {place} {order} LIMIT 1").fetchone()
            ends.append(row[0] if row else instead)
        except sqlite3.Error:
            ends.append(instead)
    return ends[0], ends[1]
