"""How a journal is opened: whole and our own, or set aside, never deleted, and a new one begun with what verifies."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path

from speaker_node.store.failing import told_as_store_error
from speaker_node.store.salvage import Salvaged, salvage
from speaker_node.store.store import RESERVE, Store
from speaker_node.values import Damaged, StoreError

log = logging.getLogger(__name__)

KEPT_ASIDE = 3
"""Files set aside of each kind that are kept, the newest."""


def open_store(path: Path, owner: str = "", reserve: int = RESERVE) -> Store:
    """The journal of a file; a new one where there is none. `owner`: the node whose journal it must be.

    A damaged file is set aside and a new one begun, with its own new stream and with all rows of the old one that
    still verify; a journal of another node is set aside whole: nothing of it is told or obeyed.
    """
    try:
        store = _open(path, owner, reserve)
    except Damaged as damage:
        return _begin_anew(path, owner, reserve, str(damage))
    if store.owner == owner:
        return store
    other = store.owner
    store.close()
    log.error("journal %s is of node %r, not of %r", path, other, owner)
    _set_aside(path, "foreign")
    store = _open(path, owner, reserve)
    store.notice = f"a journal of node {other} was set aside"
    return store


def memory_store() -> Store:
    """A journal that lives as long as the process: what is used while the file cannot be written."""
    return Store(sqlite3.connect(":memory:", isolation_level=None))


def _open(path: Path, owner: str, reserve: int) -> Store:
    with told_as_store_error():
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            store = Store(connection, owner, path, reserve)
            found = store.check()
        except BaseException:
            connection.close()
            raise
    if found != "ok":
        store.close()
        raise Damaged(found)
    return store


def _begin_anew(path: Path, owner: str, reserve: int, damage: str) -> Store:
    aside = _set_aside(path, "damaged")
    found = salvage(aside)
    if found.owner != owner:
        found = Salvaged()
    store = _open(path, owner, reserve)
    try:
        store.take_in(found.streams, found.events, found.documents)
    except StoreError as error:
        log.error("what was salvaged cannot be kept: %s", error)
    store.notice = f"the journal was damaged ({damage}) and set aside; {len(found.events)} events were saved"
    log.error("%s: %s", path, store.notice)
    return store


def _set_aside(path: Path, why: str) -> Path:
    """The file and its rollback journal under a name of their own, which belong together there as here."""
    aside = path.with_name(f"{path.name}.{why}-{time.time_ns() // 1_000_000}")
    with told_as_store_error():
        for ending in ("-journal", ""):
            part = Path(f"{path}{ending}")
            if part.exists():
                part.rename(f"{aside}{ending}")
        kept = sorted(each for each in path.parent.glob(f"{path.name}.{why}-*") if not each.name.endswith("-journal"))
        for old in kept[:-KEPT_ASIDE]:
            Path(f"{old}-journal").unlink(missing_ok=True)
            old.unlink()
    return aside
