"""Small files of the kernel: what cannot be read, or says what it should not, is None."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def read(path: Path, parse: Callable[[str], T]) -> T | None:
    """A file's text, parsed; None where that fails."""
    try:
        return parse(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError, IndexError):
        return None
