"""What outlives the power: the journal's events and the accepted documents, in one SQLite file.

One connection, one writer, `synchronous=FULL`: when `commit` returns, all of it is on the disk; when it raises, none.
The write-ahead log is used only where SQLite cannot corrupt it (3.51.3), else the rollback journal.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from playlists.models import Number
from playlists.reports import Event, Held
from playlists.wire import WireError, decode_event, encode_event
from speaker_node.values import JournalRow, StoredDocument, StoreError

log = logging.getLogger(__name__)

WAL_SAFE = (3, 51, 3)
BUSY_MS = 100
"""How long a commit waits for another process; more would keep the loop from holding the relay."""

_SCHEMA = """
CREATE TABLE stream (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, last INTEGER NOT NULL, acknowledged INTEGER NOT NULL
);
CREATE TABLE event (
    place INTEGER PRIMARY KEY, stream TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
    occurrence TEXT NOT NULL, text TEXT NOT NULL
);
CREATE UNIQUE INDEX event_number ON event (stream, number) WHERE number > 0;
CREATE TABLE document (
    kind TEXT NOT NULL, recipient TEXT NOT NULL, issuer TEXT NOT NULL, epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL, digest TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (kind, recipient, issuer)
);
PRAGMA user_version = 1;
"""
_UNTOLD = "SELECT e.occurrence FROM event e JOIN stream s ON s.id = e.stream WHERE e.number > s.acknowledged"
_PRUNE_OCCURRENCES = f"""
DELETE FROM event WHERE occurrence <> '' AND occurrence NOT IN (SELECT id FROM named) AND occurrence NOT IN ({_UNTOLD})
"""
_PRUNE_SINGLE = """
DELETE FROM event WHERE occurrence = ''
AND number <= (SELECT acknowledged FROM stream WHERE id = event.stream)
AND NOT (kind IN ('boot', 'welcomed', 'checkpoint')
         AND place = (SELECT max(place) FROM event e WHERE e.kind = event.kind))
AND NOT (kind = 'press'
         AND place IS (SELECT max(place) FROM event e WHERE e.kind = 'press' AND e.text LIKE '%silence"%'))
AND NOT (kind = 'checkpoint' AND place IS (
    SELECT max(place) FROM event e WHERE e.kind = 'checkpoint' AND e.text LIKE '%"mark":{%'))
AND NOT (kind = 'boot' AND (
    place IS (SELECT max(place) FROM event e WHERE e.kind = 'boot' AND e.text LIKE '%"new_stream":true%')
    OR EXISTS (SELECT 1 FROM event e WHERE e.occurrence <> '' AND e.place < event.place)))
"""
_ACKNOWLEDGE = """
UPDATE stream SET acknowledged = CASE
    WHEN EXISTS (SELECT 1 FROM event WHERE stream = :stream AND number > :number) THEN :number ELSE last END
WHERE id = :stream
"""
_PRUNE_STREAMS = """
DELETE FROM stream WHERE acknowledged >= last AND id <> ? AND id NOT IN (SELECT stream FROM event)
"""


class Source(Protocol):
    """Another journal, as far as it is taken over."""

    @property
    def stream(self) -> str: ...
    def streams(self) -> tuple[tuple[str, int], ...]: ...
    def events(self) -> tuple[Event, ...]: ...
    def documents(self) -> tuple[StoredDocument, ...]: ...


class Damaged(StoreError):
    """The file is no journal, or not whole."""


class Store:
    """One journal. Its `stream` is drawn when the file is made; `fresh` says that this was just now."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        with _told_as_store_error():
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            connection.execute("PRAGMA synchronous = FULL")
        self.fresh = self._read("PRAGMA user_version")[0][0] == 0
        if self.fresh:
            self._make()
        self.stream: str = self._read("SELECT id FROM stream ORDER BY place DESC LIMIT 1")[0][0]

    def _make(self) -> None:
        with _told_as_store_error():
            self._connection.execute(f"PRAGMA journal_mode = {journal_mode(sqlite3.sqlite_version_info)}")
        with self._transaction():
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._connection.execute(statement)
            self._connection.execute("INSERT INTO stream VALUES (1, ?, 0, 0)", (secrets.token_hex(8),))

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def check(self) -> str:
        """`ok`, or what SQLite finds wrong in the file."""
        return str(self._read("PRAGMA quick_check(1)")[0][0])

    def streams(self) -> tuple[tuple[str, int], ...]:
        """Each stream with the number up to which it is acknowledged, oldest first."""
        rows = self._read("SELECT id, acknowledged FROM stream ORDER BY place")
        return tuple((row[0], row[1]) for row in rows)

    def events(self) -> tuple[Event, ...]:
        """Every event kept, in the order in which it was written."""
        texts = self._read("SELECT text FROM event ORDER BY place")
        return tuple(event for (text,) in texts if (event := _event(text)) is not None)

    def documents(self) -> tuple[StoredDocument, ...]:
        """The documents as they were stored."""
        rows = self._read("SELECT kind, recipient, issuer, epoch, sequence, digest, data FROM document")
        return tuple(_document(row) for row in rows)

    def last(self, stream: str) -> int:
        """The highest number that a stream has ever given (0: none)."""
        return int(self._read("SELECT last FROM stream WHERE id = ?", stream)[0][0])

    def rows(self, stream: str, after: int, limit: int) -> tuple[JournalRow, ...]:
        """Numbered events of a stream beyond `after`, at most `limit`."""
        found = self._read(
            "SELECT number, text FROM event WHERE stream = ? AND number > ? AND number > 0 ORDER BY number LIMIT ?",
            stream, after, limit,
        )  # fmt: skip
        return tuple(JournalRow(row[0], row[1]) for row in found)

    def commit(self, events: Sequence[Event], document: StoredDocument | None = None) -> None:
        """All of it, on the disk, or StoreError and none of it."""
        with self._transaction():
            self._insert(self.stream, events)
            if document is not None:
                self._replace(document)

    def acknowledge(self, stream: str, number: int) -> None:
        """The office has committed a stream up to `number`; a lower one than before takes it back.

        Where nothing is kept beyond it, nothing is left to tell: what was dropped had been acknowledged.
        """
        with self._transaction():
            self._connection.execute(_ACKNOWLEDGE, {"stream": stream, "number": number})

    def adopt(self, other: Source) -> None:
        """Take over all that `other` holds, but documents that are older here; its stream becomes the present one."""
        with self._transaction():
            for stream, acknowledged in other.streams():
                self._connection.execute(
                    "INSERT INTO stream (id, last, acknowledged) VALUES (?, 0, ?)", (stream, acknowledged)
                )
            self._insert(other.stream, other.events())
            older = {(d.held.kind, d.held.to, d.held.issuer): d.held.number for d in self.documents()}
            for document in other.documents():
                number = older.get((document.held.kind, document.held.to, document.held.issuer))
                if number is None or number <= document.held.number:
                    self._replace(document)
        self.stream = other.stream

    def prune(self, named: Collection[str]) -> None:
        """Drop what is acknowledged and no longer needed: rows of occurrences that are not `named`, old single facts.

        The last row of each of BOOT, WELCOMED, CHECKPOINT and of the box's silence stays, the last CHECKPOINT with a
        mark of the clock, the BOOT that began the stream, and each BOOT after a row that stays, which it interrupted;
        streams with nothing left to tell go.
        """
        with self._transaction():
            self._connection.execute("CREATE TEMP TABLE IF NOT EXISTS named (id TEXT PRIMARY KEY)")
            self._connection.execute("DELETE FROM named")
            self._connection.executemany("INSERT OR IGNORE INTO named VALUES (?)", ((name,) for name in named))
            self._connection.execute(_PRUNE_OCCURRENCES)
            self._connection.execute(_PRUNE_SINGLE)
            self._connection.execute(_PRUNE_STREAMS, (self.stream,))

    def _insert(self, stream: str, events: Sequence[Event]) -> None:
        self._connection.executemany(
            "INSERT INTO event (stream, number, kind, occurrence, text) VALUES (?, ?, ?, ?, ?)",
            [(stream, e.number, e.fact.kind, getattr(e.fact, "occurrence", ""), encode_event(e)) for e in events],
        )
        last = max((event.number for event in events), default=0)
        self._connection.execute("UPDATE stream SET last = max(last, ?) WHERE id = ?", (last, stream))

    def _replace(self, document: StoredDocument) -> None:
        held = document.held
        self._connection.execute(
            "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?, ?)",
            (held.kind, held.to, held.issuer, held.number.epoch, held.number.sequence, held.digest, document.data),
        )

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with _told_as_store_error():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _told_as_store_error():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # the failure itself may have rolled back
                    self._connection.execute("ROLLBACK")
                raise


def journal_mode(version: tuple[int, int, int]) -> str:
    """The journal mode that this SQLite can be trusted with."""
    return "WAL" if version >= WAL_SAFE else "TRUNCATE"


def open_store(path: Path) -> Store:
    """The journal of a file; a new one where there is none. A file that is no journal is set aside, never deleted."""
    try:
        return _open(path)
    except Damaged as damage:
        suffix = f".damaged-{time.time_ns() // 1_000_000}"
        log.error("journal %s is damaged (%s); set aside as *%s", path, damage, suffix)
        with _told_as_store_error():
            for part in path.parent.glob(f"{path.name}*"):  # with its -journal, which would be played into the new one
                if ".damaged-" not in part.name:
                    part.rename(f"{part}{suffix}")
        return _open(path)


def memory_store() -> Store:
    """A journal that lives as long as the process: what is used while the file cannot be written."""
    return Store(sqlite3.connect(":memory:", isolation_level=None))


def _open(path: Path) -> Store:
    with _told_as_store_error():
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            store = Store(connection)
            found = store.check()
        except BaseException:
            connection.close()
            raise
    if found != "ok":
        store.close()
        raise Damaged(found)
    return store


def _event(text: str) -> Event | None:
    try:
        return decode_event(text)
    except WireError as error:
        log.error("a row of the journal cannot be read (%s): %.200s", error, text)
        return None


def _document(row: tuple[Any, ...]) -> StoredDocument:
    kind, to, issuer, epoch, sequence, digest, data = row
    number = Number(epoch=epoch, sequence=sequence)
    return StoredDocument(Held(kind=kind, to=to, issuer=issuer, number=number, digest=digest), data)


@contextmanager
def _told_as_store_error() -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.IntegrityError, OSError) as error:
        raise StoreError(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise Damaged(str(error)) from error
