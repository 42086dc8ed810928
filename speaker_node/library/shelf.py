"""The files themselves: `{folder}/{sha[:2]}/{sha}`, and beside it `.part` while it is on its way."""

import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_NAME = re.compile(r"^([0-9a-f]{64})(\.part)?$")
_CHUNK = 1 << 20


class LibraryError(Exception):
    """The library's folder cannot be used as it is."""


class Found(NamedTuple):
    """A file on the shelf: its bytes, and when it was last used (s since 1970, the file's mtime)."""

    bytes: int
    used: float


class Shelf:
    """The folder of assets. Symbolic links are never followed: what is named by its hash lies here or nowhere."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._aside = self._folder / "quarantine"

    def open(self) -> None:
        """Makes the folder where there is none; LibraryError where it is a link or cannot be used."""
        if self._folder.is_symlink():
            raise LibraryError(f"{self._folder}: a symbolic link")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{self._folder}: {error.strerror}") from error

    def path(self, sha256: str) -> Path:
        """Where an asset lies."""
        return self._folder / sha256[:2] / sha256

    def part(self, sha256: str) -> Path:
        """Where an asset grows; its folder is there afterwards."""
        path = self.path(sha256)
        if path.parent.is_symlink():
            raise OSError(errno.ELOOP, "a symbolic link", str(path.parent))
        path.parent.mkdir(exist_ok=True)
        return path.with_suffix(".part")

    def inventory(self) -> tuple[dict[str, Found], dict[str, Found]]:
        """What lies here: whole assets, and parts."""
        whole: dict[str, Found] = {}
        parts: dict[str, Found] = {}
        for entry in self._entries():
            if match := _NAME.match(entry.name):
                stat = entry.stat(follow_symlinks=False)
                (parts if match[2] else whole)[match[1]] = Found(stat.st_size, stat.st_mtime)
        return whole, parts

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        for folder in os.scandir(self._folder):
            if re.fullmatch("[0-9a-f]{2}", folder.name) and folder.is_dir(follow_symlinks=False):
                yield from (entry for entry in os.scandir(folder.path) if entry.is_file(follow_symlinks=False))

    def size(self, sha256: str) -> int | None:
        """Bytes of an asset as they lie there now; None where it is gone."""
        path = self.path(sha256)
        try:
            return None if path.parent.is_symlink() else path.lstat().st_size
        except OSError:
            return None

    def grown(self, sha256: str) -> int:
        """Bytes that came so far of an asset."""
        try:
            return self.path(sha256).with_suffix(".part").lstat().st_size
        except OSError:
            return 0

    def free(self) -> int:
        """Bytes that may still be written here."""
        stat = os.statvfs(self._folder)
        return stat.f_bavail * stat.f_frsize

    def place(self, sha256: str) -> None:
        """A whole part becomes the asset, at once and durably. It must have been verified."""
        part, path = self.part(sha256), self.path(sha256)
        with _opened(part) as fd:
            os.fsync(fd)
        part.rename(path)
        for folder in (path.parent, self._folder):
            with _opened(folder, os.O_DIRECTORY) as fd:
                os.fsync(fd)

    def touch(self, sha256: str) -> None:
        """Marks an asset as used now; a disk that takes no more costs it that mark only."""
        with suppress(OSError):
            os.utime(self.path(sha256), follow_symlinks=False)

    def quarantine(self, sha256: str) -> None:
        """Puts an asset whose bytes changed aside, where it is never sounded and keeps the bad place of the disk."""
        with suppress(OSError):
            self._aside.mkdir(exist_ok=True)
            self.path(sha256).rename(self._aside / f"{sha256}-{time.time_ns()}")
        self.drop(sha256)

    def quarantined(self) -> tuple[Path, ...]:
        """What was put aside, the oldest first."""
        with suppress(OSError):
            if not self._aside.is_symlink():
                return tuple(sorted(self._aside.iterdir(), key=lambda path: path.name.rpartition("-")[2]))
        return ()

    def drop(self, sha256: str) -> None:
        """Takes an asset away."""
        with suppress(OSError):
            self.path(sha256).unlink()

    def drop_part(self, sha256: str) -> None:
        """Takes away what came of an asset."""
        with suppress(OSError):
            self.path(sha256).with_suffix(".part").unlink()


def digest(path: Path, rest: Callable[[], None] = lambda: None) -> str:
    """SHA-256 of a file as it lies on the disk, not as it was read before; `rest` is called after each MiB. OSError
    where it cannot be read."""
    total = hashlib.sha256()
    with _opened(path) as fd:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := os.read(fd, _CHUNK):
            total.update(chunk)
            rest()
    return total.hexdigest()


@contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags)
    try:
        yield fd
    finally:
        os.close(fd)
