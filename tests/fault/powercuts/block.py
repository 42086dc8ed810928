"""The disk: `python -m tests.fault.powercuts.block MOUNTPOINT MEGABYTES LOG` holds `disk.img` and logs what reaches it.

What is written to `ctl` becomes a mark in the log; `dump` writes the log out. Offsets and sizes are bytes.
"""

from __future__ import annotations

import errno
import pickle
import stat
import sys
from pathlib import Path
from typing import Any

import mfusepy

Entry = tuple[str, int, bytes]
"""`write` with offset and bytes, `flush`, or `mark` with its text."""

DISK, CTL = "/disk.img", "/ctl"


class Disk(mfusepy.Operations):  # type: ignore[misc]
    """One image in memory and its log, in the order in which the kernel asked."""

    use_ns = True

    def __init__(self, size: int, log: Path) -> None:
        self._image, self._path = bytearray(size), log
        self._log: list[Entry] = []

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        """The root, the disk or the door."""
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path in (DISK, CTL):
            size = len(self._image) if path == DISK else 0
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": size}
        raise mfusepy.FuseOSError(errno.ENOENT)

    def readdir(self, path: str, fh: int) -> list[str]:
        """Both files."""
        return [".", "..", DISK[1:], CTL[1:]]

    def open(self, path: str, flags: int) -> int:
        """Anybody may."""
        return 0

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        """The disk keeps its size."""
        return 0

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """What was written last."""
        return bytes(self._image[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Written, and logged."""
        data = bytes(data)
        if path == CTL:
            self._mark(data.decode().strip())
        else:
            self._image[offset : offset + len(data)] = data
            self._log.append(("write", offset, data))
        return len(data)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        """What came before is on the medium."""
        if path == DISK:
            self._log.append(("flush", 0, b""))
        return 0

    def flush(self, path: str, fh: int) -> int:
        """A file was closed, which flushes nothing."""
        return 0

    def _mark(self, text: str) -> None:
        if text == "dump":
            self._path.write_bytes(pickle.dumps(self._log))
        else:
            self._log.append(("mark", 0, text.encode()))


if __name__ == "__main__":
    mfusepy.FUSE(Disk(int(sys.argv[2]) << 20, Path(sys.argv[3])), sys.argv[1], foreground=True, nothreads=True)
