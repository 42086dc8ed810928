"""Reads what recording.py wrote, also while it is being written and after a kill."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speaker_node.sound.recording import HEADER
from speaker_node.sound.ring import Samples


@dataclass(frozen=True, slots=True)
class Recording:
    """One file: frame k of it was heard at first_ns + k / rate (monotonic), or first_ms (wall, ms UTC)."""

    path: Path
    token: str
    first_ns: int
    first_ms: int
    rate: int

    def samples(self) -> Samples:
        """All frames that are on the disk; the header is not needed for it."""
        with self.path.open("rb") as file:
            file.seek(HEADER.size)
            data = file.read()
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2")


def recordings(folder: Path) -> list[Recording]:
    """All of a folder, oldest first; a file whose sidecar cannot be read is passed over."""
    found = (_read(path) for path in sorted(folder.glob("*.wav")))
    return [recording for recording in found if recording is not None]


def _read(path: Path) -> Recording | None:
    try:
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        return Recording(path, about["token"], about["first_ns"], about["first_ms"], about["rate"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
