"""Facts become numbered events that are written down before anything follows from them.

While the disk cannot be written, events go to a stream of their own in memory and sheets live there too; when it can be
written again, all of that is taken over and the same stream goes on. A file that turns out to be damaged is opened
anew, which sets it aside and saves what still verifies.

The steps that the status names: ok; low (the disk is full, the file's own reserve is being used); full, read_only and
failed (events go to memory).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

from playlists.reports import LOCAL, Boot, Event, Fact, StoreState
from playlists.wire import digest
from speaker_node.node.ports import StorePort
from speaker_node.values import Damaged, JournalRow, Moment, StoredDocument, StoreError

log = logging.getLogger(__name__)

TRY_AGAIN_NS = 5_000_000_000
LOOK_NS = 3_000_000_000
"""How often, at most, the disk's room is looked at."""


class Journal:
    """The store in use. `open_disk` may raise StoreError; `open_spare` gives one that lives in memory."""

    def __init__(self, open_disk: Callable[[], StorePort], open_spare: Callable[[], StorePort]) -> None:
        self._open_disk, self._open_spare = open_disk, open_spare
        self._disk: StorePort | None = None
        self._spare: StorePort | None = None
        self._try_again = self._look_at = 0
        self._last = 0
        self._sure: tuple[str, int] | None = None
        self._state, self._complaint, self._notice = StoreState.OK, "", ""
        self.gone = 0
        self.fresh = True
        try:
            self._disk = self._opened()
            self.fresh, self._last = self._disk.fresh, self._disk.last(self._disk.stream)
        except StoreError as error:
            self._fall_back(error, 0)

    @property
    def ok(self) -> bool:
        """Whether events reach the disk."""
        return self._spare is None

    @property
    def state(self) -> StoreState:
        """The step that the status names."""
        return self._state

    @property
    def error(self) -> str:
        """Why events live in memory; else what was found when the journal was opened."""
        return self._complaint or self._notice

    @property
    def last(self) -> int:
        """The newest number of the present stream."""
        return self._last

    @property
    def stream(self) -> str:
        """The stream in which events are numbered now."""
        return self._current.stream

    @property
    def try_again(self) -> int | None:
        """When (monotonic ns) the disk is tried again; None: it is in use."""
        return None if self.ok else self._try_again

    def load(self) -> tuple[tuple[Event, ...], tuple[StoredDocument, ...]]:
        """All events and documents kept; nothing where the disk cannot be read."""
        try:
            events, documents = (self._disk.events(), self._disk.documents()) if self._disk else ((), ())
        except StoreError as error:
            self._fall_back(error, 0)
            return (), ()
        self._count_gone()
        return events, documents

    def boot(self, fact: Boot, now: Moment) -> tuple[Event, ...]:
        """The first row of a start; in memory it begins a stream of which nobody can tell what went before."""
        if self._spare is None:
            try:
                return self._commit((fact,), now, None)
            except StoreError as error:
                self._fall_back(error, now.mono)
        return self._commit((fact.model_copy(update={"new_stream": True, "in_memory": True}),), now, None)

    def write(self, facts: Iterable[Fact], now: Moment, document: StoredDocument | None = None) -> tuple[Event, ...]:
        """The facts as events, on the disk, or in memory while it cannot be written. StoreError only for a document
        that may not live in memory: then nothing was written."""
        facts = tuple(facts)
        if self._spare is None:
            try:
                return self._commit(facts, now, document)
            except StoreError as error:
                self._fall_back(error, now.mono)
        if document is not None and document.held.kind != "sheet":
            raise StoreError("the disk cannot be written")
        return self._commit(facts, now, document)

    def recover(self, now: int) -> bool:
        """Try the disk again, and go on there; whether events reach it (again). `now` is monotonic ns."""
        if self._spare is None:
            return True
        try:
            self._disk = self._disk or self._opened()
            self._disk.secure()
            self._disk.adopt(self._spare, self._sure)
        except StoreError as error:
            self._try_again = now + TRY_AGAIN_NS
            self._complain(error)
            return False
        self._spare.close()
        self._spare = None
        self._state, self._complaint, self._look_at = StoreState.OK, "", now
        log.warning("the journal is on the disk again")
        return True

    def look(self, now: int) -> None:
        """See whether the disk still has room for the journal, not more often than it is worth."""
        if self._spare is not None or now < self._look_at:
            return
        self._look_at = now + LOOK_NS
        before = self._state
        try:
            self._state = self._current.secure()
        except StoreError as error:
            self._fall_back(error, now)
        if self._state is not before:
            log.warning("the journal's disk is %s", self._state)

    def begin_anew(self) -> None:
        """A new stream, after the office was found to know more of the present one than is written here."""
        log.error("the journal is an older copy of itself: a new stream begins")
        try:
            self._current.begin()
        except StoreError as error:
            self._fall_back(error, 0)
        self._last, self.fresh = self._current.last(self._current.stream), True

    def streams(self) -> tuple[tuple[str, int], ...]:
        """Each stream with the number up to which it is acknowledged, oldest first."""
        found: tuple[tuple[str, int], ...] = ()
        for store in self._stores:
            with suppress(StoreError):
                found += store.streams()
        return found

    def depth(self) -> int:
        """How many events are not yet acknowledged."""
        return self._counted(lambda store: store.untold())

    def first_and_last(self) -> tuple[int, int]:
        """The range of numbers of the present stream that can still be told."""
        rows = self.rows(self.stream, 0, 1)
        return (rows[0].number if rows else self._last), self._last

    def rows(self, stream: str, after: int, limit: int) -> tuple[JournalRow, ...]:
        """Events of a stream beyond `after`, at most `limit`; none where it cannot be read."""
        for store in self._stores:
            try:
                if found := store.rows(stream, after, limit):
                    return found
            except Damaged as error:
                self._drop_disk(error)
            except StoreError:
                continue
        return ()

    def digest_at(self, stream: str, number: int) -> str | None:
        """SHA-256 of the exact text of one of our events; None if we have no such event."""
        rows = self.rows(stream, number - 1, 1)
        return digest(rows[0].text.encode()) if rows and rows[0].number == number else None

    def acknowledge(self, stream: str, number: int) -> None:
        """The office has committed a stream up to `number`. Forgotten where it cannot be written: it is told again."""
        for store in self._stores:
            with suppress(StoreError):
                store.acknowledge(stream, number)

    def prune(self, named: Collection[str]) -> None:
        """Drop acknowledged rows of occurrences that no document names, and of what is untold too old telemetry."""
        with suppress(StoreError):
            if self.ok:
                self._current.prune(named)
            if gone := self._current.drop_telemetry():
                log.warning("%d events were dropped untold: too many are waiting", gone)
        self._count_gone()

    def close(self) -> None:
        """Let the files go."""
        for store in self._stores:
            store.close()

    @property
    def _current(self) -> StorePort:
        current = self._spare or self._disk
        assert current is not None
        return current

    @property
    def _stores(self) -> Sequence[StorePort]:
        return [store for store in (self._disk, self._spare) if store is not None]

    def _commit(self, facts: Sequence[Fact], now: Moment, document: StoredDocument | None) -> tuple[Event, ...]:
        events: list[Event] = []
        number = self._last
        for fact in facts:
            local = isinstance(fact, LOCAL)
            number += not local
            events.append(_event(0 if local else number, fact, now))
        self._current.commit(events, document)
        self._last = number
        return tuple(events)

    def _count_gone(self) -> None:
        """`gone`: events that were dropped before they could be told, to keep the journal from growing without end."""
        self.gone = self._counted(lambda store: store.gone())

    def _counted(self, count: Callable[[StorePort], int]) -> int:
        found = 0
        for store in self._stores:
            with suppress(StoreError):
                found += count(store)
        return found

    def _opened(self) -> StorePort:
        disk = self._open_disk()
        self._notice = disk.notice
        return disk

    def _fall_back(self, error: StoreError, now: int) -> None:
        log.error("the journal cannot be written (%s): events go to memory", error)
        self._sure = (self._disk.stream, self._last) if self._disk else None
        self._spare, self._last = self._open_spare(), 0
        self._try_again = now + TRY_AGAIN_NS
        self._complain(error)

    def _complain(self, error: StoreError) -> None:
        self._state, self._complaint = error.state, str(error)
        if self._disk is not None and error.state is not StoreState.FULL:
            self._disk.close()  # opened anew, it is looked through, and what an error left in SQLite is gone
            self._disk = None

    def _drop_disk(self, error: Damaged) -> None:
        """What could be written but not be read: nothing more goes there before it was opened anew."""
        if self._spare is None:
            self._fall_back(error, 0)
        else:
            self._complain(error)


def _event(number: int, fact: Fact, now: Moment) -> Event:
    return Event(number=number, wall=now.wall, mono=now.mono, boot=now.boot, trust=now.trust, fact=fact)
