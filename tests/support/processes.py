"""A program and those it started: who they are, what memory and time they take, and how they are killed."""

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.demo.processes import descendants

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and everything under it."""
    return [pid, *descendants(pid)]


def by_module(pid: int) -> dict[str, int]:
    """Process ids under `pid` by the module that `python -m` was given."""
    found = {}
    for each in descendants(pid):
        words = _read(each, "cmdline").split("\0")
        if "-m" in words:
            found[words[words.index("-m") + 1]] = each
    return found


def pss_mb(pids: Iterable[int]) -> float:
    """Memory of these processes in MB; a page that is shared counts by its share."""
    rows = (row for pid in pids for row in _read(pid, "smaps_rollup").splitlines())
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) * 1024 / 1e6


def alone_mb(pids: Iterable[int]) -> tuple[dict[int, float], float]:
    """Memory of these processes in MB, whoever else runs: what each has for itself, and what they have of files.

    A library that a stranger maps too counts in full, so that it does not grow here when the stranger ends; one that
    several of them map counts once.
    """
    own, files = dict[int, float](), dict[str, int]()
    for pid in pids:
        rows = list(_mappings(pid))
        own[pid] = sum(anonymous for _, _, anonymous in rows) / 1e6
        for place, resident, anonymous in rows:
            files[place] = max(files.get(place, 0), resident - anonymous)
    return own, sum(files.values()) / 1e6


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time that these processes have taken so far, user and system."""
    fields = (_read(pid, "stat").rpartition(")")[2].split() for pid in pids)
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


def kill(pid: int) -> None:
    """kill -9 of this one process."""
    os.kill(pid, signal.SIGKILL)


def _mappings(pid: int) -> Iterator[tuple[str, int, int]]:
    """Each mapping: the place in a file that it shows, its resident bytes, and how many of them are no file's."""
    place, resident = "", 0
    for row in _read(pid, "smaps").splitlines():
        name, *words = row.split()
        if not name.endswith(":"):
            place = " ".join(words[1:4])  # offset, device, inode
        elif name == "Rss:":
            resident = int(words[0]) * 1024
        elif name == "Anonymous:":
            yield place, resident, int(words[0]) * 1024


def _read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
