"""What SQLite and the disk complain of, as the step that the status names."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from playlists.reports import StoreState
from speaker_node.values import Damaged, StoreError

_STEPS = {sqlite3.SQLITE_FULL: StoreState.FULL, sqlite3.SQLITE_READONLY: StoreState.READ_ONLY}
_ERRNO = {errno.ENOSPC: StoreState.FULL, errno.EDQUOT: StoreState.FULL, errno.EROFS: StoreState.READ_ONLY}


@contextmanager
def told_as_store_error() -> Iterator[None]:
    """SQLite's and the system's errors become StoreError; Damaged where the file itself is not whole."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise StoreError(str(error), _STEPS.get(code, StoreState.FAILED)) from error
    except sqlite3.DatabaseError as error:
        raise Damaged(str(error)) from error
    except OSError as error:
        raise StoreError(str(error), _ERRNO.get(error.errno or 0, StoreState.FAILED)) from error
