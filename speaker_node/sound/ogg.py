"""Ogg Opus as the delivery profile has it: where its pages end, and bytes to put in place so that libVLC loses nothing.

libVLC drops a first packet whose time lies before 0, which the pre-skip makes of it, and the last packet: 13.5 and up
to 20 ms of each item. Without pre-skip and with one more packet at the end it gives all frames; the feed knows the
pre-skip and the true length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEADER = struct.Struct("<4sBBqIIIB")
GRANULE, SEQUENCE, CHECKSUM = struct.Struct("<q"), struct.Struct("<I"), struct.Struct("<I")
FLAGS_AT, GRANULE_AT, SEQUENCE_AT, CHECKSUM_AT, PRE_SKIP_AT = 5, 6, 18, 22, 10
LAST_PAGE = 4
PACKET = 960
SILENT_PACKET = b"\xf8\xff\xfe"
"""Opus, 20 ms, mono, full band, nothing in it."""


@dataclass(frozen=True, slots=True)
class Opus:
    """Pre-skip in frames, granule position at the end of each audio page and its bytes, patches: offset in the file ->
    bytes."""

    pre_skip: int
    ends: list[int]
    sizes: list[int]
    patches: dict[int, bytes]


def read_opus(path: Path) -> Opus:
    """Walks over the headers of all pages: some 20 µs a second of audio. OSError where the file cannot be read."""
    ends: list[int] = []
    sizes: list[int] = []
    first, last_at, at = b"", 0, 0
    with path.open("rb") as file:
        while (size := _page_size(head := file.read(HEADER.size + 255))) is not None:
            first = first or _read(file, 0, size)
            granule: int = GRANULE.unpack_from(head, GRANULE_AT)[0]
            if granule > 0:
                ends.append(granule)
                sizes.append(size)
                last_at = at
            at += size
            file.seek(at)
        last = _read(file, last_at, at - last_at) if ends else b""
    pre_skip, patched = _without_pre_skip(first)
    return Opus(pre_skip, ends, sizes, {0: patched} | ({last_at: _longer(last, (0, *ends)[-2])} if last else {}))


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _page_size(head: bytes) -> int | None:
    """Bytes of the page that begins so; None where no page does."""
    if len(head) < HEADER.size or head[:4] != b"OggS":
        return None
    count = head[HEADER.size - 1]
    return HEADER.size + count + sum(head[HEADER.size : HEADER.size + count])


def _without_pre_skip(page: bytes) -> tuple[int, bytes]:
    changed = bytearray(page)
    at = HEADER.size + page[HEADER.size - 1] + PRE_SKIP_AT
    pre_skip: int = struct.unpack_from("<H", page, at)[0]
    struct.pack_into("<H", changed, at, 0)
    return pre_skip, _signed(changed)


def _longer(page: bytes, start: int) -> bytes:
    """The last page, from granule position `start` on, as one before the last: all its packets whole, and a page of one
    silent packet after it."""
    changed = bytearray(page)
    packets = sum(length < 255 for length in page[HEADER.size : HEADER.size + page[HEADER.size - 1]])
    end = start + packets * PACKET
    changed[FLAGS_AT] &= ~LAST_PAGE
    GRANULE.pack_into(changed, GRANULE_AT, end)
    added = bytearray(page[: HEADER.size]) + bytes([len(SILENT_PACKET)]) + SILENT_PACKET
    added[FLAGS_AT], added[HEADER.size - 1] = LAST_PAGE, 1
    GRANULE.pack_into(added, GRANULE_AT, end + PACKET)
    SEQUENCE.pack_into(added, SEQUENCE_AT, SEQUENCE.unpack_from(page, SEQUENCE_AT)[0] + 1)
    return _signed(changed) + _signed(added)


def _signed(page: bytearray) -> bytes:
    """With the checksum that Ogg demands: CRC-32 with polynomial 04c11db7, not reflected, from 0."""
    CHECKSUM.pack_into(page, CHECKSUM_AT, 0)
    value = 0
    for byte in page:
        value = (value << 8) & 0xFFFFFFFF ^ _TABLE[value >> 24 ^ byte]
    CHECKSUM.pack_into(page, CHECKSUM_AT, value)
    return bytes(page)


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


_TABLE = _table()
