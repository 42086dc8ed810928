"""The recordings that a node's sink kept, where this machine can read them: found by occurrence, listened to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_OCCURRENCE = re.compile(r"[a-z0-9-]{1,64}")


class Recordings:
    """Folders of recordings by node id. A file's name ends in `Z-{occurrence}_{attempt}_{resumptions}_{pass}.wav`."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = dict(folders)

    def of(self, node: str, occurrence: str) -> tuple[Path, ...]:
        """The files in which a node recorded an occurrence, oldest first."""
        folder = self._folders.get(node)
        if folder is None or not _OCCURRENCE.fullmatch(occurrence):
            return ()
        return tuple(sorted(folder.glob(f"*Z-{occurrence}_*.wav")))
