"""Does a file hold what its container promises? For the two kinds whose promise ffprobe hides: RIFF sizes, Ogg ends."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_OPEN_ENDED = (0, 0xFFFFFFFF)
_LAST_PAGE = 4
_TAIL = 2 * 65_307  # twice the largest Ogg page
_MOST_CHUNKS = 1000


def is_cut_off(path: Path) -> bool:
    """True if the file ends before its own header or last page says it does."""
    with path.open("rb") as file:
        magic = file.read(12)
        if magic[:4] == b"RIFF" and magic[8:12] == b"WAVE":
            return _riff_is_short(file, path.stat().st_size)
        return magic[:4] == b"OggS" and not _ogg_ends(file, path.stat().st_size)


def _riff_is_short(file: BinaryIO, size: int) -> bool:
    position = 12
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return True
        name, length = struct.unpack("<4sI", head)
        if name == b"data":
            return length not in _OPEN_ENDED and position + 8 + length > size
        position += 8 + length + (length & 1)
    return True


def _ogg_ends(file: BinaryIO, size: int) -> bool:
    start = max(0, size - _TAIL)
    file.seek(start)
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or len(tail) < page + 27:
        return False
    segments = tail[page + 26]
    table = tail[page + 27 : page + 27 + segments]
    whole = len(table) == segments and page + 27 + segments + sum(table) <= len(tail)
    return whole and bool(tail[page + 5] & _LAST_PAGE)
