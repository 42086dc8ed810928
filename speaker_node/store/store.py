"""One journal: one connection, which alone may open the file, `synchronous=FULL`, and a log that is written ahead.

When `commit` returns, all of it is on the disk; when it raises, none. The file holds free pages in reserve, and its log
keeps its place on the disk: so a disk that others have filled still takes the facts. Beside the file lies only the log:
its index is kept in memory, where a failing disk cannot kill the process that looks into it.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from playlists.models import Number
from playlists.reports import Event, Held, StoreState
from playlists.wire import WireError, decode_event, encode_event
from speaker_node.store import schema
from speaker_node.store.failing import told_as_store_error
from speaker_node.store.schema import row_sum
from speaker_node.store.writeahead import PAGE, beside, lay
from speaker_node.values import Damaged, JournalRow, StoredDocument, StoreError

BUSY_MS = 100
"""How long a commit waits for another process; more would keep the loop from holding the relay."""
RESERVE = 16_000_000
"""Bytes that the file keeps free in itself; half of it gone is made good as soon as the disk allows."""
LOG = 2_000_000
"""Bytes that the log keeps on the disk: what is written between two checkpoints and more than any one commit needs."""
MOST_LOG = 2 * LOG
"""A log beyond this was not brought home into the file, whatever SQLite said; what one commit made longer is cut."""
HOME_AFTER = 64
"""Commits after which the log is brought home at the next look, where an error is told."""
_HOME_AT_ONCE = 256
"""Pages of the log at which SQLite brings it home by itself, if nobody looks; it keeps errors to itself."""
MOST_UNTOLD = 10_000
"""Untold events beyond which telemetry goes, oldest first."""
_CACHE = -2000
_SETTINGS = (
    "locking_mode = EXCLUSIVE",  # before the file is read at all: or the log's index would lie beside it
    f"busy_timeout = {BUSY_MS}",
    f"page_size = {PAGE}",
    f"cache_size = {_CACHE}",
    "synchronous = FULL",
    f"wal_autocheckpoint = {_HOME_AT_ONCE}",
    f"journal_size_limit = {LOG}",
)


class Source(Protocol):
    """Another journal, as far as it is taken over."""

    @property
    def stream(self) -> str: ...
    def streams(self) -> tuple[tuple[str, int], ...]: ...
    def events(self) -> tuple[Event, ...]: ...
    def documents(self) -> tuple[StoredDocument, ...]: ...


class Store:
    """One journal. Its `stream` is drawn when the file is made; `fresh` says that this was just now; `notice` what was
    found at the opening that somebody should know.

    `path` is where it lies (None: in memory), `reserve` the bytes that it is to keep free in itself.
    """

    def __init__(
        self, connection: sqlite3.Connection, owner: str = "", path: Path | None = None, reserve: int = 0
    ) -> None:
        self._connection, self._path, self._reserve = connection, path, reserve
        self.notice = ""
        self._counts: dict[str, int] = {}
        self._log = None if path is None else beside(path)
        self._commits = HOME_AFTER  # what was left in the log goes home at the first look
        with self._told():
            connection.create_function("row_sum", -1, row_sum, deterministic=True)
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}").fetchall()
            if path is not None:
                self._write_ahead()
        layout = self._read("PRAGMA user_version")[0][0]
        self.fresh = layout == 0
        if self.fresh:
            self._make(owner)
        elif layout != schema.LAYOUT:
            raise Damaged(f"a journal of layout {layout}, not {schema.LAYOUT}")
        self.stream: str = self._read("SELECT id FROM stream ORDER BY place DESC LIMIT 1")[0][0]

    def _write_ahead(self) -> None:
        """From here on by a log; the rollback journal of a file of an older release has been played back and goes."""
        for setting in ("journal_mode = WAL", "user_version"):  # the log is made by whoever reads first
            self._connection.execute(f"PRAGMA {setting}").fetchall()
        Path(f"{self._path}-journal").unlink(missing_ok=True)

    def _make(self, owner: str) -> None:
        with self._transaction():
            for statement in filter(str.strip, schema.TABLES.split(";")):
                self._connection.execute(statement)
            self._put("owner", [(owner,)])
            self._put("stream", [(secrets.token_hex(8), 0, 0, 0)])

    @property
    def owner(self) -> str:
        """The node whose journal it is."""
        return str(self._read("SELECT node FROM owner")[0][0])

    def close(self) -> None:
        """Let the file go; SQLite then brings the log home and removes it, and its place is taken again at once."""
        self._connection.close()
        if self._path is not None and self._reserve:
            with suppress(OSError):
                lay(self._path, LOG)

    def check(self) -> str:
        """`ok`, or what is wrong in the file: its structure, or a row that is not what was written."""
        found = str(self._read("PRAGMA integrity_check(1)")[0][0])
        if found != "ok":
            return found
        for table, columns in schema.COLUMNS.items():
            changed = self._read(f"SELECT count(*) FROM {table} WHERE sum <> row_sum({columns})")[0][0]
            if changed:
                return f"{changed} rows of {table} are not what was written"
        return "ok"

    def secure(self) -> StoreState:
        """LOW while the disk does not give the reserve, or has less left than that; tries to make it good. StoreError
        where the log cannot be brought home for another reason than a full disk."""
        if self._path is None or self._log is None:
            return StoreState.OK
        try:
            return self._secured(self._path, self._log)
        except StoreError as error:
            if error.state is not StoreState.FULL:
                raise
            return StoreState.LOW

    def _secured(self, path: Path, log: Path) -> StoreState:
        if self._commits >= HOME_AFTER or (log.exists() and log.stat().st_size > MOST_LOG):
            self._bring_home()
        with self._told():
            disk = os.statvfs(path)
        spare = disk.f_bavail * disk.f_frsize
        lacking = self._reserve - self._free()
        if lacking > self._reserve // 2 and lacking < spare:
            self._grow(lacking)
        with self._told():
            if not log.exists():
                self._write_ahead()
            if self._reserve and log.stat().st_size < LOG < spare:
                lay(path, LOG)
        return StoreState.OK if spare >= self._reserve and self._free() >= self._reserve // 2 else StoreState.LOW

    def _bring_home(self) -> None:
        self._read("PRAGMA wal_checkpoint(PASSIVE)")
        self._commits = 0

    def _free(self) -> int:
        """Bytes of the file that hold nothing."""
        return self._counted("PRAGMA freelist_count") * self._counted("PRAGMA page_size")

    def _grow(self, size: int) -> None:
        """Free pages that are the file's own. By a rollback journal, for a log would hold all of them a second time;
        without a cache, for what SQLite has not written takes no place."""
        for setting in ("journal_mode = DELETE", "cache_size = 10"):
            self._read(f"PRAGMA {setting}")
        try:
            with self._transaction():
                self._connection.execute("CREATE TABLE room (bytes BLOB)")
                self._connection.execute("INSERT INTO room VALUES (zeroblob(?))", (size,))
                self._connection.execute("DROP TABLE room")
        finally:
            self._read(f"PRAGMA cache_size = {_CACHE}")
            with self._told():
                self._write_ahead()

    def streams(self) -> tuple[tuple[str, int], ...]:
        """Each stream with the number up to which it is acknowledged, oldest first."""
        rows = self._read("SELECT id, acknowledged FROM stream ORDER BY place")
        return tuple((row[0], row[1]) for row in rows)

    def events(self) -> tuple[Event, ...]:
        """Every event kept that can be read, in the order in which it was written."""
        texts = self._read("SELECT text FROM event ORDER BY place")
        return tuple(event for (text,) in texts if (event := _event(text)) is not None)

    def documents(self) -> tuple[StoredDocument, ...]:
        """The documents as they were stored."""
        return tuple(_document(row) for row in self._read(f"SELECT {schema.COLUMNS['document']} FROM document"))

    def last(self, stream: str) -> int:
        """The highest number that a stream has ever given (0: none)."""
        return int(self._read("SELECT last FROM stream WHERE id = ?", stream)[0][0])

    def untold(self) -> int:
        """How many events are kept that are not acknowledged."""
        return self._counted(schema.UNTOLD)

    def gone(self) -> int:
        """How many were dropped untold, of the streams that are kept."""
        return self._counted("SELECT coalesce(sum(gone), 0) FROM stream")

    def rows(self, stream: str, after: int, limit: int) -> tuple[JournalRow, ...]:
        """Numbered events of a stream beyond `after`, at most `limit`. Damaged where one is not what was written."""
        found = self._read(
            f"SELECT {schema.COLUMNS['event']}, sum FROM event WHERE stream = ? AND number > ? AND number > 0 "
            "ORDER BY number LIMIT ?",
            stream, after, limit,
        )  # fmt: skip
        for *columns, total in found:
            if row_sum(*columns) != total:
                raise Damaged(f"event {columns[1]} of {stream} is not what was written")
        return tuple(JournalRow(row[1], row[4]) for row in found)

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
            self._connection.execute(schema.ACKNOWLEDGE, {"stream": stream, "number": number})
            self._connection.execute(schema.SEAL_STREAM, (stream,))

    def begin(self) -> None:
        """A new stream, which is the present one from now on; what is untold of the one before moves into it."""
        before, stream = self.stream, secrets.token_hex(8)
        with self._transaction():
            self._put("stream", [(stream, 0, 0, 0)])
            rows = self._connection.execute(schema.UNTOLD_ROWS, (before,)).fetchall()
            for number, (place, kind, occurrence, text) in enumerate(rows, 1):
                moved = (stream, number, kind, occurrence, _renumbered(text, number))
                self._connection.execute(schema.MOVE, (*moved, row_sum(*moved), place))
            self._connection.execute("UPDATE stream SET last = ? WHERE id = ?", (len(rows), stream))
            self._connection.execute("UPDATE stream SET acknowledged = last WHERE id = ?", (before,))
            for changed in (before, stream):
                self._connection.execute(schema.SEAL_STREAM, (changed,))
        self.stream, self.fresh = stream, True

    def adopt(self, other: Source, sure: tuple[str, int] | None = None) -> None:
        """Take over all that `other` holds, but documents that are older here; its stream becomes the present one.

        `sure`: a stream of ours and the last number of it that is known to be written. What lies beyond was refused by
        the disk, which kept it none the less, and `other` has it.
        """
        with self._transaction():
            if sure is not None:
                self._connection.execute("DELETE FROM event WHERE stream = ? AND number > ?", sure)
                self._connection.execute("UPDATE stream SET last = min(last, ?2) WHERE id = ?1", sure)
                self._connection.execute(schema.SEAL_STREAM, sure[:1])
            self._put("stream", [(stream, 0, acknowledged, 0) for stream, acknowledged in other.streams()])
            self._insert(other.stream, other.events())
            older = {(d.held.kind, d.held.to, d.held.issuer): d.held.number for d in self.documents()}
            for document in other.documents():
                number = older.get((document.held.kind, document.held.to, document.held.issuer))
                if number is None or number <= document.held.number:
                    self._replace(document)
        self.stream = other.stream

    def take_in(self, streams: Iterable[Sequence[Any]], events: Iterable[Sequence[Any]],
                documents: Iterable[Sequence[Any]]) -> None:  # fmt: skip
        """Rows that were salvaged from another file, into one that is new: its streams are older than ours."""
        with self._transaction():
            self._connection.execute("DELETE FROM stream")
            self._put("stream", [*streams, (self.stream, 0, 0, 0)])
            self._put("event", events)
            self._put("document", documents)

    def drop_telemetry(self, most: int | None = None) -> int:
        """Drop untold telemetry, oldest first, until at most `most` events are untold; how many went."""
        beyond = self.untold() - (MOST_UNTOLD if most is None else most)
        if beyond <= 0:
            return 0
        open_since = self._read(schema.OPEN_SINCE)[0][0]
        asked = {"most": beyond, "open_since": 2**62 if open_since is None else open_since}
        with self._transaction():
            rows = self._connection.execute(schema.DROPPABLE, asked).fetchall()
            self._connection.executemany("DELETE FROM event WHERE place = ?", ((place,) for place, _ in rows))
            for stream in {stream for _, stream in rows}:
                count = sum(1 for row in rows if row[1] == stream)
                self._connection.execute("UPDATE stream SET gone = gone + ? WHERE id = ?", (count, stream))
                self._connection.execute(schema.SEAL_STREAM, (stream,))
        return len(rows)

    def prune(self, named: Collection[str]) -> None:
        """Drop what is acknowledged and no longer needed: rows of occurrences that are not `named`, old single facts.

        The last row of each of BOOT, WELCOMED, CHECKPOINT, REQUEST (with what was answered since) and of the box's
        silence stays, the last CHECKPOINT with a mark of the clock, the BOOT that began the stream, and each BOOT after
        a row that stays, which it interrupted; streams with nothing left to tell go. PROGRESS goes once it is closed.
        """
        with self._transaction():
            self._connection.execute("CREATE TEMP TABLE IF NOT EXISTS named (id TEXT PRIMARY KEY)")
            self._connection.execute("DELETE FROM named")
            self._connection.executemany("INSERT OR IGNORE INTO named VALUES (?)", ((name,) for name in named))
            self._connection.execute(schema.PRUNE_OCCURRENCES)
            self._connection.execute(schema.PRUNE_PROGRESS)
            self._connection.execute(schema.PRUNE_SINGLE)
            self._connection.execute(schema.PRUNE_STREAMS, (self.stream,))

    def _insert(self, stream: str, events: Sequence[Event]) -> None:
        rows = [(stream, e.number, e.fact.kind, getattr(e.fact, "occurrence", ""), encode_event(e)) for e in events]
        self._put("event", rows)
        last = max((event.number for event in events), default=0)
        if last:  # local facts come every ten seconds: each page that they leave alone spares the card
            self._connection.execute("UPDATE stream SET last = max(last, ?) WHERE id = ?", (last, stream))
            self._connection.execute(schema.SEAL_STREAM, (stream,))

    def _replace(self, document: StoredDocument) -> None:
        row = _columns(document)
        self._connection.execute(schema.INSERT["document"], (*row, row_sum(*row)))

    def _put(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(schema.INSERT[table], ((*row, row_sum(*row)) for row in rows))

    def _counted(self, query: str) -> int:
        """What a query counts, asked once between two commits: the loop asks at every turn."""
        if query not in self._counts:
            self._counts[query] = int(self._read(query)[0][0])
        return self._counts[query]

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._told():
            return self._connection.execute(query, values).fetchall()

    def _told(self) -> AbstractContextManager[None]:
        return told_as_store_error(self._log)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._counts = {}
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
                self._commits += 1
            except BaseException:
                with suppress(sqlite3.Error):  # the failure itself may have rolled back
                    self._connection.execute("ROLLBACK")
                raise


def _event(text: str) -> Event | None:
    try:
        return decode_event(text)
    except WireError:  # of another release; it is told as it is
        return None


def _renumbered(text: str, number: int) -> str:
    """An event's text with another number; what this release does not know of it stays."""
    fields = json.loads(text)
    return json.dumps(fields | {"number": number}, ensure_ascii=False, separators=(",", ":"))


def _document(row: tuple[Any, ...]) -> StoredDocument:
    kind, to, issuer, epoch, sequence, digest, data = row
    number = Number(epoch=epoch, sequence=sequence)
    return StoredDocument(Held(kind=kind, to=to, issuer=issuer, number=number, digest=digest), data)


def _columns(document: StoredDocument) -> tuple[Any, ...]:
    held = document.held
    return held.kind, held.to, held.issuer, held.number.epoch, held.number.sequence, held.digest, document.data
