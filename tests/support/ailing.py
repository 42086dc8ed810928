"""A folder whose disk can fall ill: `python -m tests.support.ailing MOUNTPOINT FOLDER` shows FOLDER at MOUNTPOINT.

A word written to `ctl` there says what ails it: `ENOSPC` meets whoever writes bytes into one of the ailing files,
`EROFS` whoever changes one, `EIO` whoever reads one, too; `low` only says that nothing is free; with `home` the journal
itself takes no bytes, with `sync` nothing that was written reaches the disk for sure; an empty line heals it.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mfusepy

from tests.support.waiting import wait_for

AILING = ("/store.db", "/assets")
WRITING = os.O_WRONLY | os.O_RDWR


class Ailing(mfusepy.Operations):  # type: ignore[misc]
    """Passes everything on, unless the ailment forbids it."""

    use_ns = True

    def __init__(self, folder: Path) -> None:
        self._folder, self._ill = folder, ""

    def _there(self, path: str, *, writes: bool = False, grows: bool = False) -> str:
        number = getattr(errno, self._ill, 0)
        meets = {"ENOSPC": grows, "EROFS": writes or grows, "EIO": True}
        if number and path.startswith(AILING) and meets[self._ill]:
            raise mfusepy.FuseOSError(number)
        return f"{self._folder}{path}"

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        """As it is; the door is always there."""
        if path == "/ctl":
            return {"st_mode": 0o100600, "st_nlink": 1, "st_size": 0}
        found = os.lstat(f"{self._folder}{path}")
        names = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid")
        times = {f"st_{each}time": getattr(found, f"st_{each}time_ns") for each in "amc"}
        return {name: getattr(found, name) for name in names} | times

    def readdir(self, path: str, fh: int) -> list[str]:
        """What lies there."""
        return [".", "..", *os.listdir(f"{self._folder}{path}")]

    def statfs(self, path: str) -> dict[str, int]:
        """The disk below; nothing is free where it is low or full."""
        disk = os.statvfs(self._folder)
        free = 0 if self._ill in ("low", "ENOSPC") else disk.f_bavail
        return {"f_bsize": disk.f_bsize, "f_frsize": disk.f_frsize, "f_blocks": disk.f_blocks, "f_bavail": free}

    def open(self, path: str, flags: int) -> int:
        """An open file."""
        return 0 if path == "/ctl" else os.open(self._there(path, writes=bool(flags & WRITING)), flags)

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        """A new file."""
        return os.open(self._there(path, grows=True), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Bytes."""
        self._there(path)
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Bytes, or the word that makes it ill or heals it."""
        if path == "/ctl":
            self._ill = bytes(data).decode().strip()
            return len(data)
        self._there(path, grows=True)
        if self._ill == "home" and path == AILING[0]:
            raise mfusepy.FuseOSError(errno.EIO)
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        """Another length."""
        if path != "/ctl":
            os.truncate(self._there(path, writes=True), length)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        """On the disk below."""
        self._there(path, writes=True)
        if self._ill == "sync" and path.startswith(AILING):
            raise mfusepy.FuseOSError(errno.EIO)
        os.fsync(fh)

    def fsyncdir(self, path: str, datasync: int, fh: int) -> None:
        """A folder's names, which lie in memory here."""
        self._there(path, writes=True)

    def release(self, path: str, fh: int) -> None:
        """Closed."""
        if path != "/ctl":
            os.close(fh)

    def mkdir(self, path: str, mode: int) -> None:
        """A folder."""
        os.mkdir(self._there(path, grows=True), mode)

    def unlink(self, path: str) -> None:
        """Away with it."""
        os.unlink(self._there(path, writes=True))

    def rename(self, old: str, new: str) -> None:
        """Another name."""
        os.rename(self._there(old, writes=True), self._there(new, writes=True))

    def utimens(self, path: str, times: Any = None) -> None:
        """Other times."""
        os.utime(self._there(path, writes=True), ns=times)


@contextmanager
def ailing(place: Path, folder: Path) -> Iterator[Path]:
    """`folder` seen at `place`; what makes it ill is written to the path that is given."""
    folder.mkdir(parents=True, exist_ok=True)
    place.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen([sys.executable, "-m", "tests.support.ailing", str(place), str(folder)]) as process:
        try:
            wait_for((place / "ctl").exists, "the folder is there", 20)
            yield place / "ctl"
        finally:
            subprocess.run(["umount", "-l", str(place)], check=True)
            process.wait(20)


if __name__ == "__main__":
    mfusepy.FUSE(Ailing(Path(sys.argv[2])), sys.argv[1], foreground=True, nothreads=True)
