"""The log that SQLite writes ahead of the journal, by its bytes: which frames it holds, and what the file is with them.

SQLite alone writes it. It is read here where SQLite would not do: it takes a bit that flipped in the log for the torn
end that a power cut leaves, and drops all behind it without a word; and it reads no log on a disk that it cannot write.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path

PAGE = 4096
"""Bytes of a page of the journal."""
_HEADER, _FRAME = struct.Struct(">8I"), struct.Struct(">6I")
_MAGIC = 0x377F0682
"""The last bit says in which order of bytes the sums are taken."""

Sums = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """A page as a commit left it. `size`: pages of the file after the commit that ends here, else 0; `whole`: it is
    what was written, by its own sum and that of the frame before."""

    page: int
    size: int
    whole: bool
    data: bytes


_LEFT = Frame(0, 0, False, b"")
"""In the place of a frame that is of no commit since the log began anew."""


def beside(path: Path) -> Path:
    """Where the log of a journal lies."""
    return Path(f"{path}-wal")


def frames(path: Path) -> tuple[Frame, ...]:
    """What the log has written since it last began anew; nothing where there is none. Raises OSError."""
    with suppress(FileNotFoundError):
        return tuple(_frames(beside(path).read_bytes()))
    return ()


def damaged(found: Sequence[Frame]) -> bool:
    """Whether a frame is not whole though a commit at or behind it was followed by another: then it was on the disk
    before that one began, and no power cut made it so. What a cut tore, or a commit that failed left, is followed by
    nothing that goes on from it."""
    bad = next((place for place, frame in enumerate(found) if not frame.whole), len(found))
    return any(frame.size and after.whole for frame, after in pairwise(found[bad:]))


def image(file: bytes, found: Sequence[Frame]) -> bytearray:
    """The bytes of a journal with all its commits, in the form in which SQLite takes it into memory; of a damaged log
    with all that was committed behind the damage too."""
    data = bytearray(file)
    kept = tuple(found) if damaged(found) else tuple(takewhile(lambda frame: frame.whole, found))
    last = max((place for place, frame in enumerate(kept) if frame.size and frame.whole), default=-1)
    if last >= 0:
        size = kept[last].size * PAGE
        del data[size:]
        data += bytes(size - len(data))
        for frame in kept[: last + 1]:
            if 0 < frame.page * PAGE <= size:
                data[(frame.page - 1) * PAGE : frame.page * PAGE] = frame.data
    data[18:20] = b"\1\1"  # "no log", as what lives in memory has to say
    return data


def lay(path: Path, size: int) -> None:
    """Let a log of `size` bytes have its place on the disk; zeros behind its end mean nothing to SQLite."""
    log = os.open(beside(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        missing = size - os.fstat(log).st_size
        if missing > 0:
            os.write(log, bytes(missing))
            os.fsync(log)
    finally:
        os.close(log)


def _frames(log: bytes) -> Iterator[Frame]:
    if len(log) < _HEADER.size + _FRAME.size + PAGE or not any(log[: _HEADER.size]):
        return
    magic, _, size, _, *salts, first, second = _HEADER.unpack_from(log)
    order = ">" if magic & 1 else "<"
    sums: Sums = (first, second)
    if magic & ~1 != _MAGIC or size != PAGE or _sums(log[:24], (0, 0), order) != sums:
        order, salts, sums = "<", list(_FRAME.unpack_from(log, _HEADER.size)[2:4]), (-1, -1)
    every = range(_HEADER.size, len(log) - _FRAME.size - PAGE + 1, _FRAME.size + PAGE)
    last = max((place for place in every if list(_FRAME.unpack_from(log, place)[2:4]) == salts), default=-1)
    for place in range(_HEADER.size, last + 1, _FRAME.size + PAGE):
        page, pages, *salt, first, second = _FRAME.unpack_from(log, place)
        data = log[place + _FRAME.size : place + _FRAME.size + PAGE]
        is_ = _sums(data, _sums(log[place : place + 8], sums, order), order)
        sums = (first, second)
        # A bit flips in one salt; both differ in what was left from before the log began anew.
        ours = salt[0] == salts[0] or salt[1] == salts[1]
        yield Frame(page, pages, salt == salts and is_ == sums, data) if ours else _LEFT


def _sums(data: bytes, before: Sums, order: str) -> Sums:
    first, second = before
    for one, other in struct.iter_unpack(f"{order}2I", data):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second
