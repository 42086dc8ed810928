"""The message book on the node: which files and clips are wanted, what was read, and which of two books stands.

A newer book stands once its file was read and every clip of the node's languages is here; the one before stands until
then. Where none could be read before, the first that can be stands at once: what can be said is said. A file that
matches its hash and is no book is told once and left alone until the plan names another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from playlists import wire
from playlists.book import MessageBook
from playlists.models import Asset, BookFile, Plan
from speaker_node.acceptance import Refused


class Shelf(Protocol):
    """What lies on the disk: the hashes that may be used, and the verified bytes of a small file, at most so many."""

    def ready(self) -> frozenset[str]: ...
    def read(self, sha256: str, most: int) -> bytes | None: ...


@dataclass
class Messages:
    """The books that were read, by hash. `stands`: the file of the one by which the node speaks first."""

    stands: BookFile | None = None
    _coming: BookFile | None = None
    _languages: tuple[str, ...] = ()
    _read: dict[str, MessageBook] = field(default_factory=dict)
    _foreign: frozenset[str] = frozenset()
    _seen: object = None
    lacks: int = 0
    """What of the newest book is not here yet."""

    def follow(self, kept: BookFile | None, plan: Plan | None) -> None:
        """What the journal says that stood, and what the plan names."""
        self.stands = self.stands or kept
        self._coming = None if plan is None or plan.book == self.stands else plan.book
        self._languages = () if plan is None else plan.settings.languages
        named = {file.sha256 for file in self._files()}
        self._read = {sha256: book for sha256, book in self._read.items() if sha256 in named}
        self._foreign &= named
        self._seen = None

    def look(self, shelf: Shelf, refuse: Callable[[Refused], None]) -> bool:
        """Reads what has come, and lets the newer book stand once it may; whether the books have changed since."""
        ready = shelf.ready()
        if ready is self._seen:
            return False
        self._seen, before = ready, self.books
        for file in self._files():
            if file.sha256 in ready and file.sha256 not in self._read and file.sha256 not in self._foreign:
                self._open(file, shelf, refuse)
        if self._coming is not None and self._may_stand(self._coming, ready):
            self.stands, self._coming = self._coming, None
        newest = self._coming or self.stands
        self.lacks = 0 if newest is None else len(self._lacking(newest, ready))
        return self.books != before

    @property
    def books(self) -> tuple[MessageBook, ...]:
        """What messages are looked for in: the book that stands, then a newer one that is on its way."""
        return tuple(self._read[file.sha256] for file in self._files() if file.sha256 in self._read)

    def wanted(self) -> tuple[Asset | BookFile, ...]:
        """The files and the clips of the node's languages, those of the book that stands first."""
        found: list[Asset | BookFile] = []
        for file in self._files():
            book = self._read.get(file.sha256)
            found += [file, *(() if book is None else book.needed(self._languages))]
        return tuple(found)

    @property
    def spoken(self) -> str | None:
        """The hash of the book by which the node speaks first."""
        return None if self.stands is None or self.stands.sha256 not in self._read else self.stands.sha256

    def _files(self) -> Iterable[BookFile]:
        return [file for file in (self.stands, self._coming) if file is not None]

    def _open(self, file: BookFile, shelf: Shelf, refuse: Callable[[Refused], None]) -> None:
        data = shelf.read(file.sha256, file.bytes)
        if data is None:
            return
        try:
            self._read[file.sha256] = wire.decode_book(data)
        except wire.WireError as error:
            self._foreign |= {file.sha256}
            refuse(Refused("book", error.reason, error.detail))

    def _may_stand(self, file: BookFile, ready: Collection[str]) -> bool:
        if file.sha256 not in self._read:
            return False
        return self.stands is None or self.stands.sha256 not in self._read or not self._lacking(file, ready)

    def _lacking(self, file: BookFile, ready: Collection[str]) -> list[str]:
        book = self._read.get(file.sha256)
        if book is None:
            return [file.sha256]
        return [asset.sha256 for asset in book.needed(self._languages) if asset.sha256 not in ready]
