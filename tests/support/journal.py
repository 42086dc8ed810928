"""A journal that a running agent holds open, seen from outside: by its file and its log."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from playlists import wire
from playlists.reports import Event
from speaker_node.store.writeahead import beside, frames, image

RESTS_NS = 100_000_000
"""A file that was not written for so long will be seen to change by its time."""


class JournalBeside:
    """The journal of a file, read as often as it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] = ()
        self._events: list[Event] = []

    def events(self) -> list[Event]:
        """All of them, in the order in which they were written; none while the file is just being made."""
        seen = self._times()
        if seen != self._seen or not seen:
            self._events = self._read()
            self._seen = seen if seen and time.time_ns() - max(seen) > RESTS_NS else ()
        return self._events

    def connection(self) -> sqlite3.Connection:
        """All that is committed, in memory. Read again if the log began anew meanwhile: then pages of the file may be
        newer than the log that was read."""
        store = sqlite3.connect(":memory:", isolation_level=None)
        while self.path.exists():
            began = self._began()
            file = self.path.read_bytes()
            found = frames(self.path)
            if self._began() == began:
                store.deserialize(image(file, found))
                break
        return store

    def _read(self) -> list[Event]:
        with closing(self.connection()) as store:
            try:
                rows = store.execute("SELECT text FROM event ORDER BY place").fetchall()
            except sqlite3.DatabaseError:
                return []
        return [wire.decode_event(text) for (text,) in rows]

    def _began(self) -> bytes:
        log = beside(self.path)
        return log.read_bytes()[:32] if log.exists() else b""

    def _times(self) -> tuple[int, ...]:
        try:
            return tuple(os.stat(path).st_mtime_ns for path in (self.path, beside(self.path)))
        except FileNotFoundError:
            return ()
