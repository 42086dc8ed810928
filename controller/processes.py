"""Keeps the controller's processes running: one that dies is started again, all end together."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

STEADY_S = 60.0
"""A process that ran so long is started again at once when it ends; before, later each time."""
LONGEST_WAIT_S = 30.0
ENDS_WITHIN_S = 15.0
LOOK_EVERY_S = 0.2


@dataclass
class Child:
    """A process that is to run. Its standard input is a pipe from us: when we die, it ends."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    failures: int = 0

    def keep(self) -> None:
        """Start it if it does not run and its time has come."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self._ended(self.process.returncode, now)
        if self.process is None and now >= self.start_again_at:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE)
            self.started_at = now

    def stop(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait until it ended; one that does not is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("%s does not end: killed", self.name)
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _ended(self, code: int, now: float) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self.failures = 0 if now - self.started_at > STEADY_S else self.failures + 1
        wait = 0.0 if self.failures < 2 else min(LONGEST_WAIT_S, 2.0 ** (self.failures - 2))
        log.error("%s ended with %d; starting it again in %.0f s", self.name, code, wait)
        self.process, self.start_again_at = None, now + wait


@dataclass
class Family:
    """Processes that run and end together."""

    children: list[Child] = field(default_factory=list)

    def run(self, ended: threading.Event, alive: Callable[[], None]) -> None:
        """Keep them until `ended`; `alive` is called at every look."""
        try:
            while not ended.wait(LOOK_EVERY_S):
                for child in self.children:
                    child.keep()
                alive()
        finally:
            self._stop()

    def _stop(self) -> None:
        until = time.monotonic() + ENDS_WITHIN_S
        for child in self.children:
            child.stop()
        for child in self.children:
            child.wait(until)


def end_with_parent(end: Callable[[], None]) -> None:
    """Call `end` when the pipe from our parent closes."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits in its buffer does not let the interpreter end.
        while os.read(0, 64):
            pass
        end()

    threading.Thread(target=watch, name="parent", daemon=True).start()
