"""A wall clock that a test steps under running processes, by a preload of our own; nothing else of them is touched.

By hand: `env $(python -m tests.support.wall of FILE NAME) COMMAND` starts a command; of its processes those whose
command line holds NAME live by FILE; `python -m tests.support.wall set FILE 1970` (or `true`) then steps their clock.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

SOURCE = Path(__file__).with_name("wallshift.c")
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@cache
def preload() -> Path:
    """The compiled preload, made once."""
    made = Path(mkdtemp(prefix="loa-wallshift-")) / "wallshift.so"
    command = ["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return made


class Wall:
    """One machine's wall clock: the true time, moved by what the test says."""

    def __init__(self, folder: Path, name: str = "wallshift") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / name
        self.away_ms = 0
        self.set(0)

    @property
    def inside(self) -> tuple[str, ...]:
        """What stands before the command of a process that is to live by this clock."""
        return ("env", f"LD_PRELOAD={preload()}", f"WALLSHIFT={self._file}")

    def set(self, away_ms: int) -> None:
        """So many ms away from the truth, from now on."""
        self.away_ms = away_ms
        with self._file.open("r+b" if self._file.exists() else "w+b") as file:
            file.write(struct.pack("=q", away_ms * 1_000_000))

    def set_to(self, wall_ms: int) -> None:
        """As if it were that instant (ms UTC) now."""
        self.set(wall_ms - time.time_ns() // 1_000_000)


def _by_hand(what: str, file: str, how: str) -> None:
    wall = Wall(Path(file).absolute().parent, Path(file).name)
    if what == "of":
        print(" ".join([*wall.inside[1:], f"WALLSHIFT_ONLY={how}"]))
    elif how == "true":
        wall.set(0)
    else:
        wall.set_to(int(datetime(int(how), 1, 1, tzinfo=UTC).timestamp() * 1000) + 20_000)


if __name__ == "__main__":
    _by_hand(*sys.argv[1:4])
