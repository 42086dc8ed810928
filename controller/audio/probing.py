"""What an upload is, before any of it is decoded."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.audio import refusals
from controller.audio.ends import is_cut_off
from controller.audio.tools import INPUT_ONLY, ffmpeg, ffprobe

_SECONDS = 4.0
_GUESSED = "Estimating duration from bitrate"
_CUT = ("moov atom not found", "ended prematurely", "partial file")
_OUT_TIME = re.compile(r"^out_time_us=(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Probed:
    """`promised`: seconds by the container's own word, None where it gives none; `packets`: seconds read."""

    promised: float | None
    packets: float


def probe(path: Path, longest: float) -> Probed:
    """Look at the file's containers, streams and packets; sound is not decoded, and never more than `longest` is read.

    Raises AudioRefused: no audio, truncated, too long.
    """
    if is_cut_off(path):
        raise refusals.truncated()
    promised = _promised(path)
    if promised is not None and promised > longest:
        raise refusals.too_long(int(longest // 60))
    packets = _packets(path, longest)
    if packets > longest:
        raise refusals.too_long(int(longest // 60))
    if falls_short(packets, promised):
        raise refusals.truncated()
    return Probed(promised, packets)


def falls_short(found: float, promised: float | None) -> bool:
    """True if less was found than promised, beyond what rounding, priming and padding explain."""
    return promised is not None and found < promised - 0.25 - promised * 0.005


def _promised(path: Path) -> float | None:
    entries = "format=duration,nb_streams:stream=codec_type,duration"
    ran = ffprobe(path, "-v", "warning", "-show_entries", entries, "-of", "json", seconds=_SECONDS)
    if ran.code != 0:
        raise refusals.truncated() if any(word in ran.log for word in _CUT) else refusals.no_audio()
    found: dict[str, Any] = json.loads(ran.out)
    streams = [stream for stream in found.get("streams", ()) if stream.get("codec_type") == "audio"]
    if not streams:
        raise refusals.no_audio()
    if _GUESSED in ran.log:
        return None
    whole = found.get("format", {})
    text = streams[0].get("duration") or (whole.get("duration") if whole.get("nb_streams") == 1 else None)
    return float(text) if text is not None else None


def _packets(path: Path, longest: float) -> float:
    ran = ffmpeg(
        "-v", "error", *INPUT_ONLY, "-t", f"{longest + 2:.3f}", "-i", f"file:{path}",
        "-map", "0:a:0", "-c", "copy", "-progress", "pipe:1", "-f", "null", "-", seconds=_SECONDS,
    )  # fmt: skip
    if any(word in ran.log for word in _CUT):
        raise refusals.truncated()
    if ran.code != 0:
        raise refusals.no_audio()
    times = _OUT_TIME.findall(ran.out)
    return int(times[-1]) / 1_000_000 if times else 0.0
