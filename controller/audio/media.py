"""The media folder: files by their SHA-256, `assets/` for what nodes fetch, `originals/` for what people gave."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stored:
    """A file in the media folder: its name, its size in bytes, where it lies."""

    sha256: str
    bytes: int
    path: Path


class MediaFolder:
    """Files under `root`, written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("assets", "originals", "making"):
            (root / name).mkdir(parents=True, exist_ok=True)

    @property
    def making(self) -> Path:
        """Where unfinished work lies; nothing in it outlives the work."""
        return self.root / "making"

    def asset(self, sha256: str) -> Path | None:
        """The asset of that hash, None if it is not here."""
        return self._existing("assets", sha256)

    def original(self, sha256: str) -> Path | None:
        """The upload of that hash as it was given, None if it is not here."""
        return self._existing("originals", sha256)

    def keep_asset(self, made: Path) -> Stored:
        """Move a finished file into `assets/` and return it under its hash."""
        return self._keep("assets", made)

    def keep_original(self, given: Path) -> Stored:
        """Move a given file into `originals/` and return it under its hash."""
        return self._keep("originals", given)

    def free_bytes(self) -> int:
        """Space left on the folder's disk."""
        return shutil.disk_usage(self.root).free

    def _existing(self, kind: str, sha256: str) -> Path | None:
        if not _SHA256.fullmatch(sha256):
            return None
        path = self.root / kind / sha256[:2] / sha256
        return path if path.is_file() else None

    def _keep(self, kind: str, source: Path) -> Stored:
        with source.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        path = self.root / kind / sha256[:2] / sha256
        path.parent.mkdir(exist_ok=True)
        if source.stat().st_dev == path.parent.stat().st_dev:
            os.replace(source, path)
        else:
            self._copy_in(source, path)
        path.chmod(0o644)
        _sync_folder(path.parent)
        return Stored(sha256, path.stat().st_size, path)

    def _copy_in(self, source: Path, path: Path) -> None:
        partial = self.making / path.name
        with source.open("rb") as given, partial.open("wb") as copy:
            shutil.copyfileobj(given, copy, _CHUNK)
            copy.flush()
            os.fsync(copy.fileno())
        os.replace(partial, path)
        source.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
