"""ffmpeg and ffprobe under limits: time, memory, size of what they write, formats and protocols they may open."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.audio.refusals import AudioFailed, too_slow

FORMATS = "wav,mp3,flac,ogg,aac,amr,amrnb,amrwb,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""Containers that hold one piece of sound: no playlists, no lists of other files, no pictures."""

INPUT_ONLY = ("-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS)

_MEMORY_KIB = 1_500_000
_OUTPUT_BLOCK = 512
# The shell sets the limits on itself and then becomes the tool, so no moment is without them.
_LIMITED = 'ulimit -v "$1" && ulimit -t "$2" && ulimit -f "$3" && shift 3 && exec "$@"'


@dataclass(frozen=True)
class Ran:
    """How a tool ended: its code, its two outputs."""

    code: int
    out: str
    log: str


def require_tools() -> tuple[str, ...]:
    """Names of the tools that are missing on this machine."""
    return tuple(name for name in ("ffmpeg", "ffprobe") if shutil.which(name) is None)


def run_limited(command: Sequence[str], seconds: float, output_bytes: int = 0) -> Ran:
    """Run a tool in at most `seconds` of wall time, writing files of at most `output_bytes`.

    Raises AudioRefused (too slow) when the time is over, AudioFailed when the tool is missing.
    """
    limits = [str(_MEMORY_KIB), str(int(seconds) + 1), str(output_bytes // _OUTPUT_BLOCK + 1)]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    process = subprocess.Popen(
        ["/bin/sh", "-c", _LIMITED, "sh", *limits, *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        out, log = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise too_slow() from None
    if process.returncode == -signal.SIGXCPU:
        raise too_slow()
    if process.returncode == 127:
        raise AudioFailed(log.decode(errors="replace").strip())
    return Ran(process.returncode, out.decode(errors="replace"), log.decode(errors="replace"))


def ffprobe(path: Path, *options: str, seconds: float) -> Ran:
    """Ask ffprobe about a file."""
    return run_limited(["ffprobe", "-hide_banner", *INPUT_ONLY, *options, f"file:{path}"], seconds)


def ffmpeg(*options: str, seconds: float, output_bytes: int = 0) -> Ran:
    """Run ffmpeg on one thread, without questions."""
    return run_limited(["ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-y", *options], seconds, output_bytes)
