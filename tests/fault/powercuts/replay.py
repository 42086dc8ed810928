"""The cuts: at each, the image as a disk may have it then is mounted, and the store's own check looks at it."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fault.powercuts.block import Entry
from tests.fault.powercuts.recording import MEGABYTES, unmount

Check = Callable[[Path, list[dict[str, Any]]], tuple[list[str], list[str]]]
SECTORS = (512, 4096)


@dataclass
class Outcome:
    """Of some cuts: marks that had been given by then, and each thing lost or torn."""

    cuts: int = 0
    marks: int = 0
    lost: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Cuts of another recording."""
        self.cuts, self.marks = self.cuts + other.cuts, self.marks + other.marks
        self.lost += other.lost
        self.torn += other.torn


def replay(log: list[Entry], cuts: int, dice: random.Random, check: Check, folder: Path) -> Outcome:
    """Cut the recording at so many places, chosen by the dice among all of its writes."""
    outcome = Outcome()
    # The making of the file system itself is not cut.
    first = next(place for place, entry in enumerate(log) if entry[0] == "mark")
    begin = next(place for place in range(first, 0, -1) if _superblock(log[place]))
    for image, marks in _images(log, sorted(dice.choices(range(begin, len(log)), k=cuts)), dice):
        outcome.cuts += 1
        outcome.marks += len(marks)
        lost, torn = _looked_at(image, marks, check, folder)
        outcome.lost += lost
        outcome.torn += torn
    return outcome


def _superblock(entry: Entry) -> bool:
    return entry[0] == "write" and entry[1] <= 1024 < entry[1] + len(entry[2])


def _images(log: list[Entry], cuts: list[int], dice: random.Random) -> Iterator[tuple[bytes, list[dict[str, Any]]]]:
    """What the disk may hold at each cut: all up to the last flush, and any sectors of what was written since."""
    flushed, done = bytearray(MEGABYTES << 20), 0
    marks: list[dict[str, Any]] = []
    seen = 0
    for cut in cuts:
        flush = max((place for place in range(done, cut) if log[place][0] == "flush"), default=done)
        for _, offset, data in (entry for entry in log[done:flush] if entry[0] == "write"):
            flushed[offset : offset + len(data)] = data
        marks += [json.loads(data) for kind, _, data in log[seen:cut] if kind == "mark"]
        done, seen = flush, cut
        image = bytearray(flushed)
        _scatter(image, [entry for entry in log[flush:cut] if entry[0] == "write"], dice)
        yield bytes(image), list(marks)


def _scatter(image: bytearray, waiting: list[Entry], dice: random.Random) -> None:
    sector, share = dice.choice(SECTORS), dice.random()
    for _, offset, data in waiting:
        for at in range(0, len(data), sector):
            if dice.random() < share:
                piece = data[at : at + sector]
                image[offset + at : offset + at + len(piece)] = piece


def _looked_at(image: bytes, marks: list[dict[str, Any]], check: Check, folder: Path) -> tuple[list[str], list[str]]:
    disk, place = folder / "cut.img", folder / "cut"
    disk.write_bytes(image)
    place.mkdir(exist_ok=True)
    command = ["mount", "-o", "loop", str(disk), str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        return [], [f"the file system: {mounted.stderr}"]
    found: tuple[list[str], list[str]]
    try:
        found = check(place, marks)
    except Exception as error:  # noqa: BLE001 - whatever it is, the store could not be opened
        found = [], [f"{type(error).__name__}: {error}"]
    unmount(place)
    return found
