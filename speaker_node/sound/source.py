"""A file as libVLC reads it through callbacks, with some of its bytes replaced or added."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_uint64))
READ = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
SEEK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64)
CLOSE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
"""libVLC's callbacks of a medium."""


class Source:
    """Open until the end of the `with`, which must outlive the player. OSError where it cannot be read."""

    def __init__(self, path: Path, patches: Mapping[int, bytes]) -> None:
        self._file = path.open("rb")
        self._patches = dict(patches)
        self._size = max(self._file.seek(0, 2), *(start + len(patch) for start, patch in patches.items()), 0)
        self._at = 0
        self.callbacks = (OPEN(self._on_open), READ(self._on_read), SEEK(self._on_seek), CLOSE(lambda _: None))

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """At most `size` bytes from where it stands; none at the end."""
        at, end = self._at, min(self._at + size, self._size)
        self._file.seek(at)
        data = self._file.read(max(0, end - at)).ljust(end - at, b"\0")
        for start, patch in self._patches.items():
            low, high = max(start, at), min(start + len(patch), end)
            if low < high:
                data = data[: low - at] + patch[low - start : high - start] + data[high - at :]
        self._at = at + len(data)
        return data

    def _on_open(self, _: Any, data: Any, size: Any) -> int:
        size[0] = self._size
        self._at = 0
        return 0

    def _on_read(self, _: Any, memory: int, size: int) -> int:
        try:
            data = self.read(size)
        except OSError:
            return -1
        ctypes.memmove(memory, data, len(data))
        return len(data)

    def _on_seek(self, _: Any, offset: int) -> int:
        self._at = offset
        return 0
