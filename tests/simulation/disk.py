"""A card under SQLite: each COMMIT is an instant at which power may go, and it may be full, read-only or broken.

A commit that returned is on the card, whole; one that did not is not there at all: so much the block-level tests show
of the real file. Here the image lives in memory, and the real Store works on it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

from speaker_node.store import Store
from speaker_node.values import StoreError

Rows = list[Sequence[Any]]


class Ill(StrEnum):
    """What ails a card; the text is what SQLite then says."""

    NOTHING = ""
    FULL = "database or disk is full"
    READ_ONLY = "attempt to write a readonly database"
    BROKEN = "disk I/O error"


CODES = {Ill.FULL: sqlite3.SQLITE_FULL, Ill.READ_ONLY: sqlite3.SQLITE_READONLY, Ill.BROKEN: sqlite3.SQLITE_IOERR}


class SimDisk:
    """What survives the power. `effect` may end the process; `written` hears the rows of each commit."""

    def __init__(self, effect: Callable[[str], None], written: Callable[[Rows, Rows], None]) -> None:
        self.image = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.effect, self.written = effect, written
        self.ill = Ill.NOTHING
        self.unsynced: Callable[[Rows, Rows], bool] | None = None
        """A planted bug: which commits are not synced, so that a power cut takes them back."""
        self._synced: bytes | None = None
        self._before = b""

    def open(self) -> Store:
        """The journal; StoreError where the card does not answer."""
        if self.ill is Ill.BROKEN:
            raise StoreError(Ill.BROKEN.value)
        return Store(Connection(self))  # type: ignore[arg-type]  # the port: what Store asks of a connection

    def power_cut(self) -> None:
        """What was not synced is gone."""
        if self.image.in_transaction:
            self.image.rollback()
        if self._synced is not None:
            self.image.deserialize(self._synced)
            self._synced = None

    def begin(self) -> None:
        """A transaction begins."""
        if self.unsynced is not None and self.image.execute("PRAGMA page_count").fetchone() != (0,):
            self._before = self.image.serialize()  # of a file that is still empty SQLite gives none

    def before_commit(self, events: Rows, documents: Rows) -> None:
        """Remember what a power cut goes back to, where this commit is not synced; one that is takes all with it."""
        if self.unsynced is None or not self.unsynced(events, documents):
            self._synced = None
        elif self._synced is None:
            self._synced = self._before


class Connection:
    """What Store needs of sqlite3.Connection."""

    def __init__(self, disk: SimDisk) -> None:
        self._disk, self._image = disk, disk.image
        self._events: Rows = []
        self._documents: Rows = []

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        """As sqlite3 does, on this card."""
        disk = self._disk
        if disk.ill:
            self._refuse(statement)
        if statement == "COMMIT":
            return self._commit()
        if statement == "BEGIN IMMEDIATE":
            disk.begin()
        elif statement == "ROLLBACK":
            self._events, self._documents = [], []
        elif statement.startswith("INSERT OR REPLACE INTO document"):
            self._documents.append(values[:7])
        return self._image.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Any]) -> sqlite3.Cursor:
        """As sqlite3 does, on this card."""
        if self._disk.ill:
            self._refuse(statement)
        rows = list(rows)
        if statement.startswith("INSERT INTO event"):
            self._events += [row[:5] for row in rows]
        return self._image.executemany(statement, rows)

    def close(self) -> None:
        """The card stays."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._image, name)

    def _commit(self) -> sqlite3.Cursor:
        disk, events, documents = self._disk, self._events, self._documents
        self._events, self._documents = [], []
        disk.effect("commit")
        disk.before_commit(events, documents)
        done = self._image.execute("COMMIT")
        disk.written(events, documents)
        disk.effect("committed")
        return done

    def _refuse(self, statement: str) -> None:
        ill = self._disk.ill
        reads = statement.startswith(("SELECT", "PRAGMA", "ROLLBACK"))
        if ill is Ill.BROKEN or not reads:
            error = sqlite3.OperationalError(ill.value)
            error.sqlite_errorcode = CODES[ill]
            raise error
