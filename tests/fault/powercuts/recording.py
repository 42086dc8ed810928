"""A store on a disk whose every write is logged: mounted, written to by its workload, and the log brought home."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fault.powercuts.block import Entry
from tests.support.waiting import wait_for

MEGABYTES = 32


def record(store: str, folder: Path, seed: int, commits: int) -> list[Entry]:
    """The log of a workload (`node` or `office`): begins with an empty ext4, ends when the last commit has returned."""
    door, place, log = folder / "door", folder / "place", folder / "log"
    with disk(door, log), mounted(door / "disk.img", place):
        workload = [sys.executable, "-m", f"tests.fault.powercuts.{store}"]
        subprocess.run([*workload, str(place), str(door / "ctl"), str(seed), str(commits)], check=True, timeout=600)
        (door / "ctl").write_text("dump")
    entries: list[Entry] = pickle.loads(log.read_bytes())
    return entries


def mark(ctl: Path, **fields: object) -> None:
    """Say in the log what is acknowledged from here on."""
    ctl.write_text(json.dumps(fields))


def unmount(place: Path) -> None:
    """What was closed a moment ago may keep it busy a moment longer."""
    wait_for(lambda: subprocess.run(["umount", str(place)], check=False).returncode == 0, f"{place} is free", 10)


@contextmanager
def disk(door: Path, log: Path, megabytes: int = MEGABYTES) -> Iterator[None]:
    """An empty ext4 in `disk.img` at `door`, whose log goes to `log` when `dump` is written to `ctl`."""
    door.mkdir()
    command = [sys.executable, "-m", "tests.fault.powercuts.block", str(door), str(megabytes), str(log)]
    with subprocess.Popen(command) as process:
        try:
            wait_for(lambda: (door / "ctl").exists(), "the disk is there", 20)
            whole = "lazy_itable_init=0,lazy_journal_init=0"  # else the kernel goes on making it for minutes
            made = ["mkfs.ext4", "-q", "-F", "-b", "4096", "-E", whole, str(door / "disk.img")]
            subprocess.run(made, check=True)
            yield
        finally:
            unmount(door)
            process.wait(20)


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[None]:
    """As the field's card is mounted."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop,data=ordered,commit=5", str(image), str(place)], check=True)
    try:
        yield
    finally:
        unmount(place)
