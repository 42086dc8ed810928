"""A copy of the database and the keys, whole and checked, beside the data; PostgreSQL has tools of its own."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

log = logging.getLogger(__name__)

NAME = "loa-%Y%m%dT%H%M%SZ"
OFTEN_ENOUGH = timedelta(hours=20)
"""A copy younger than this is enough: a controller that starts often does not copy often."""


def back_up(engine: Engine, folder: Path, copied: tuple[Path, ...], kept: int, now: datetime) -> Path | None:
    """A new copy, the oldest beyond `kept` removed; None if there was one lately, or the database is not a file."""
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database or _lately(folder, now):
        return None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _copy_database(Path(database), unfinished / "loa.db")
    for each in copied:
        shutil.copytree(each, unfinished / each.name)
    made = unfinished.rename(folder / now.strftime(NAME))
    for old in _copies(folder)[:-kept]:
        shutil.rmtree(old)
    log.info("backed up to %s", made)
    return made


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=35)) as live, closing(sqlite3.connect(target)) as copy:
        # In one step: a copy in many begins anew with every commit of another process.
        live.backup(copy)
        (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise OSError(f"the copy of {source} is damaged: {verdict}")
    target.chmod(0o600)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lately(folder: Path, now: datetime) -> bool:
    copies = _copies(folder)
    return bool(copies) and copies[-1].name > (now - OFTEN_ENOUGH).strftime(NAME)


def _copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("loa-*")) if folder.is_dir() else []
