"""The node's last words: what it logged itself, and what systemd's journal has of it."""

from __future__ import annotations

import gzip
import logging
import os
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence

LINES = 5000
MOST_BYTES = 256 * 1024
"""Of the zipped log, so that it costs a 4G card little."""
UNIT = "loa-node"
PATIENCE = 15.0


class Ring(logging.Handler):
    """Keeps the last lines in memory."""

    def __init__(self, most: int = LINES) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=most)

    def emit(self, record: logging.LogRecord) -> None:
        """One more line."""
        self._lines.append(self.format(record)[:2000])

    def lines(self) -> tuple[str, ...]:
        """From the oldest to the newest."""
        self.acquire()
        try:
            return tuple(self._lines)
        finally:
            self.release()


def journal_lines(environment: Mapping[str, str] = os.environ, tool: str = "journalctl") -> tuple[str, ...]:
    """What systemd's journal has of the service, boots before this one too; nothing where systemd did not start it, or
    does not let it read."""
    if "INVOCATION_ID" not in environment:
        return ()
    command = [tool, "--unit", UNIT, "--lines", str(LINES), "--output", "short-iso", "--no-pager", "--quiet"]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(ended.stdout.splitlines())


def zipped(lines: Sequence[str], most: int = MOST_BYTES) -> bytes:
    """The lines, newest last, in at most so many bytes; the oldest go first. The same lines give the same bytes."""
    while True:
        data = gzip.compress("".join(f"{line}\n" for line in lines).encode(errors="replace"), 6, mtime=0)
        if len(data) <= most or len(lines) <= 1:
            return data[:most]
        lines = lines[len(lines) // 2 :]
