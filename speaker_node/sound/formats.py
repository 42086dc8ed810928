"""What must be known of a file before libVLC decodes it: its kind, the demuxer, the offset, where to enter it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from speaker_node.sound.messages import RATE
from speaker_node.sound.ogg import Opus, read_opus

FAR = 1 << 62
SETTLING = RATE // 10
"""Frames that Opus needs after a jump until its output is the same as without it (80 ms by RFC 7845)."""
LIVELY = 4_500
"""Bytes a second: in the delivery profile silence takes 230, the least dither 3,300, noise at -60 dBFS 5,200."""
WORTH_A_JUMP = 10 * RATE
"""Frames; what lies before is decoded and let go, at some hundred times the speed of sound."""


class DecodeError(Exception):
    """A file cannot be decoded. `str(error)` says why; the same file will fail again."""


@dataclass(frozen=True, slots=True)
class Way:
    """How libVLC is to decode a file: options, `patches` of its bytes by offset, and the `frame` that comes first.

    `lively`: the stretches of frames in which so many bytes lie that they must be sound; known of Opus alone.
    """

    path: Path
    options: tuple[str, ...]
    frame: int
    patches: dict[int, bytes] = field(default_factory=dict)
    lively: tuple[tuple[int, int], ...] = ()

    def is_lively(self, frame: int) -> bool:
        """Whether there must be sound at a frame of the file."""
        place = bisect_right(self.lively, (frame, FAR)) - 1
        return place >= 0 and self.lively[place][0] <= frame < self.lively[place][1]


# Frames that libVLC 3.0 never gives at the head, or gives before it (negative): constants, each measured against the
# original by tests/integration/sound/test_decoder.py.
LOST_WAV = 0
LOST_FLAC = 0
LOST_MP3 = 1152


def way_into(path: Path, wanted: int) -> Way:
    """The way to decode `path` from frame `wanted` on, or from some frame before it.

    The kind is told by the first bytes: an asset's name is its hash. DecodeError for any other kind, which is never
    shown to libVLC: it would also open a list of addresses. OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if head[:4] == b"OggS" and b"OpusHead" in head:
        return _way_into_opus(path, wanted)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return Way(path, (":demux=wav",), LOST_WAV)
    if head[:4] == b"fLaC":
        return Way(path, (":demux=flac",), LOST_FLAC)
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return Way(path, (":demux=mpga",), LOST_MP3)
    raise DecodeError(f"{path.name} is no audio of a known format")


def _way_into_opus(path: Path, wanted: int) -> Way:
    """Through avformat, patched so that no frame is lost; far in at a page, which libVLC finds exactly."""
    opus = read_opus(path)
    options: tuple[str, ...] = (":demux=avformat",)
    frame = -opus.pre_skip
    # A page's samples begin where the page before ends. Its middle is asked for, so that rounding cannot miss it.
    page = bisect_right(opus.ends, wanted + opus.pre_skip - SETTLING) - 1
    if wanted >= WORTH_A_JUMP and 0 < page < len(opus.ends) - 1:
        middle = (opus.ends[page] + opus.ends[page + 1]) / 2
        options += (f":start-time={middle / RATE:.6f}",)
        frame = opus.ends[page] - opus.pre_skip
    return Way(path, options, frame, opus.patches, _lively(opus))


def _lively(opus: Opus) -> tuple[tuple[int, int], ...]:
    pages = zip((0, *opus.ends), opus.ends, opus.sizes, strict=False)
    return tuple(
        (start - opus.pre_skip, end - opus.pre_skip)
        for start, end, size in pages
        if (end - start) * LIVELY < size * RATE
    )
