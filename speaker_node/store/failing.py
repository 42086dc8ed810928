"""What SQLite and the disk complain of, as the step that the status names."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playlists.reports import StoreState
from speaker_node.values import Damaged, StoreError

_STEPS = {sqlite3.SQLITE_FULL: StoreState.FULL, sqlite3.SQLITE_READONLY: StoreState.READ_ONLY}
_ERRNO = {errno.ENOSPC: StoreState.FULL, errno.EDQUOT: StoreState.FULL, errno.EROFS: StoreState.READ_ONLY}


@contextmanager
def told_as_store_error(log: Path | None = None) -> Iterator[None]:
    """SQLite's and the system's errors become StoreError; Damaged where the file itself is not whole. `log`: the file
    that is asked where SQLite only says that it could not be written."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        state = _asked(log) if log and code == sqlite3.SQLITE_IOERR else _STEPS.get(code, StoreState.FAILED)
        raise StoreError(str(error), state) from error
    except sqlite3.DatabaseError as error:
        raise Damaged(str(error)) from error
    except OSError as error:
        raise StoreError(str(error), _step(error)) from error


def _asked(log: Path) -> StoreState:
    try:
        os.close(os.open(log, os.O_WRONLY | os.O_CLOEXEC))  # no lock is held on it, so none is lost by the close
    except OSError as error:
        return _step(error)
    return StoreState.FAILED


def _step(error: OSError) -> StoreState:
    return _ERRNO.get(error.errno or 0, StoreState.FAILED)
