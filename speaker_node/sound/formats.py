"""What must be known of a file before libVLC decodes it: kind, demuxer, constant offset, where to enter."""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from speaker_node.sound.messages import RATE

OGG_HEADER = struct.Struct("<4sBBqIIIB")
SETTLING = RATE // 10
"""Frames that Opus needs after a jump until its output is the same as without it (80 ms by RFC 7845)."""


class DecodeError(Exception):
    """A file cannot be decoded. `str(error)` says why; the same file will fail again."""


@dataclass(frozen=True, slots=True)
class Format:
    """How libVLC is asked to decode a kind of file. `lost`: source frames that its decoder never gives, at the head."""

    name: str
    options: tuple[str, ...]
    lost: int


# Measured with libVLC 3.0; tests/integration/sound/test_decoder.py holds each of them against the original.
OPUS = Format("opus", (":demux=avformat",), 648)
WAV = Format("wav", (":demux=wav",), 0)
FLAC = Format("flac", (":demux=flac",), 0)
MP3 = Format("mp3", (":demux=mpga",), 1152)


def format_of(path: Path) -> Format:
    """The format by the file's first bytes: an asset's name is its hash. DecodeError, OSError where it cannot be read.

    Anything else is never shown to libVLC, which would also open a list of addresses.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if head[:4] == b"OggS" and b"OpusHead" in head:
        return OPUS
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"fLaC":
        return FLAC
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return MP3
    raise DecodeError(f"{path.name} is no audio of a known format")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where to enter a file: libVLC's start time in seconds, and the frame that it then gives first."""

    seconds: float
    frame: int


def entry(path: Path, kind: Format, wanted: int) -> Entry:
    """The nearest way to frame `wanted`. Opus is entered at a page, which libVLC finds exactly; all else at its start,
    from where decoding runs at some hundred times the speed of sound."""
    start = Entry(0.0, kind.lost)
    if kind is not OPUS or wanted < 10 * RATE:
        return start
    pre_skip, ends = ogg_pages(path)
    # A page's samples begin where the page before ends. Its middle is asked for, so that rounding cannot miss it.
    page = bisect_right(ends, wanted + pre_skip - SETTLING) - 1
    if page < 1 or page + 1 >= len(ends):
        return start
    middle = (ends[page] + ends[page + 1]) / 2 - pre_skip
    return Entry(middle / RATE, ends[page] - pre_skip)


def ogg_pages(path: Path) -> tuple[int, list[int]]:
    """Pre-skip of an Ogg Opus file, and the granule position (frames at 48 kHz) at the end of each audio page."""
    ends: list[int] = []
    pre_skip = 0
    with path.open("rb") as file:
        while len(header := file.read(OGG_HEADER.size)) == OGG_HEADER.size:
            magic, _, _, granule, _, _, _, count = OGG_HEADER.unpack(header)
            lengths = file.read(count)
            body = file.tell()
            if magic != b"OggS":
                break
            if not ends and file.read(8) == b"OpusHead":
                pre_skip = struct.unpack("<xxH", file.read(4))[0]
            elif granule > 0:
                ends.append(granule)
            file.seek(body + sum(lengths))
    return pre_skip, ends
