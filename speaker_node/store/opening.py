"""How a journal is opened: whole and our own, or set aside, never deleted, and a new one begun with what verifies."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import time
from pathlib import Path

from speaker_node.store import writeahead
from speaker_node.store.failing import told_as_store_error
from speaker_node.store.salvage import Salvaged, salvage
from speaker_node.store.store import RESERVE, Store
from speaker_node.values import Damaged, StoreError

log = logging.getLogger(__name__)

KEPT_ASIDE = 3
"""Files set aside of each kind that are kept, the newest."""
_BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite lays beside a journal, of this release and of those before; it belongs to the file as one."""
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


def open_store(path: Path, owner: str = "", reserve: int = RESERVE) -> Store:
    """The journal of a file; a new one where there is none. `owner`: the node whose journal it must be.

    A damaged file is set aside and a new one begun, with its own new stream and with all rows of the old one that
    still verify; a journal of another node is set aside whole: nothing of it is told or obeyed. What cannot be written
    is read into memory, and refuses every commit.
    """
    with told_as_store_error():
        _take_place(path)
    try:
        store = _open(path, owner, reserve)
    except Damaged as damage:
        return _begin_anew(path, owner, reserve, str(damage))
    if store.owner == owner:
        return store
    other = store.owner
    store.close()
    log.error("journal %s is of node %r, not of %r", path, other, owner)
    _replace(path, owner, Salvaged(), "foreign")
    store = _open(path, owner, reserve)
    store.fresh = True
    store.notice = f"a journal of node {other} was set aside"
    return store


def memory_store() -> Store:
    """A journal that lives as long as the process: what is used while the file cannot be written."""
    return Store(sqlite3.connect(":memory:", isolation_level=None))


def _open(path: Path, owner: str, reserve: int) -> Store:
    with told_as_store_error():
        frames = writeahead.frames(path)
        if writeahead.damaged(frames):
            raise Damaged("the log is not what was written")
        writable = _writable(path)
        connection = sqlite3.connect(path if writable else ":memory:", isolation_level=None)
        try:
            if not writable:
                connection.deserialize(writeahead.image(path.read_bytes(), frames))
                connection.execute("PRAGMA query_only = ON")
            store = Store(connection, owner, path if writable else None, reserve)
            found = store.check()
        except BaseException:
            connection.close()
            raise
    if found != "ok":
        store.close()
        raise Damaged(found)
    return store


def _writable(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in _READ_ONLY:
            return False
        raise
    return True


def _begin_anew(path: Path, owner: str, reserve: int, damage: str) -> Store:
    found = salvage(path)
    if found.owner != owner:
        found = Salvaged()
    _replace(path, owner, found, "damaged")
    store = _open(path, owner, reserve)
    store.fresh = True
    store.notice = f"the journal was damaged ({damage}) and set aside; {len(found.events)} events were saved"
    log.error("%s: %s", path, store.notice)
    return store


def _replace(path: Path, owner: str, found: Salvaged, why: str) -> None:
    """A new file with what was saved takes the place of the old one, which keeps its bytes under another name with all
    that belongs to it. The new one is whole before the old one is touched: a power cut leaves the one or the other."""
    with told_as_store_error():
        _make(_beginning(path), owner, found)
        aside = f"{path}.{why}-{time.time_ns() // 1_000_000}"
        for ending in ("", *_BESIDE):
            part = Path(f"{path}{ending}")
            if part.exists():
                os.link(part, f"{aside}{ending}")
        _sync(path.parent)
        _beginning(path).rename(_next(path))
        _take_place(path)
        kept = sorted(each for each in path.parent.glob(f"{path.name}.{why}-*") if not each.name.endswith(_BESIDE))
        for old in kept[:-KEPT_ASIDE]:
            _remove(old)


def _make(new: Path, owner: str, found: Salvaged) -> None:
    _remove(new)
    store = Store(sqlite3.connect(new, isolation_level=None), owner, new)
    try:
        store.take_in(found.streams, found.events, found.documents)
    finally:
        store.close()
    if writeahead.beside(new).exists():
        raise StoreError("a new journal could not be brought home")


def _take_place(path: Path) -> None:
    """What was made to take the place of the journal does so, also after a power cut in the middle of it."""
    if not _next(path).exists():
        return
    _sync(path.parent)
    for ending in _BESIDE:  # these would be taken for the new one's
        Path(f"{path}{ending}").unlink(missing_ok=True)
    _sync(path.parent)
    _next(path).rename(path)
    _sync(path.parent)


def _beginning(path: Path) -> Path:
    return path.with_name(f"{path.name}.beginning")


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _remove(path: Path) -> None:
    for ending in ("", *_BESIDE):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
