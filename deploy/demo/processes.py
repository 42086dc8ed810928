"""The demo's child processes: started, watched, started again when they die, and gone when the demo is."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
LONGEST_PAUSE_S = 5.0
STEADY_S = 10.0


@dataclass
class Child:
    """One program of the demo: how it is started, and how often it died soon after."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float = field(default=0.0)

    @property
    def pid(self) -> int | None:
        """Its process id; None while it is down."""
        return None if self.process is None else self.process.pid

    def start(self) -> None:
        """Start it in a process group of its own; it ends with this process, however that ends."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with(os.getpid())
            )
        self.started = time.monotonic()

    def end(self, how: signal.Signals) -> None:
        """Signal the process, or for SIGKILL its whole group."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if how is signal.SIGKILL:
                os.killpg(self.process.pid, how)
            else:
                self.process.send_signal(how)

    def last_words(self) -> str:
        """The end of its log."""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 600))
            return log.read().decode(errors="replace").strip()

    def family(self) -> list[int]:
        """Process ids of the program and of those it started."""
        return [] if self.process is None else [self.process.pid, *descendants(self.process.pid)]


class Household:
    """All children, in the order in which they were started."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self._say = say

    def start(self, child: Child) -> Child:
        """Start a child and keep it running from now on."""
        child.start()
        self.children.append(child)
        return child

    def look(self) -> bool:
        """Start again what has died, at growing intervals; whether something was started."""
        return any([self._look_at(child) for child in self.children])  # noqa: C419 - each is looked at

    def stop(self, children: Sequence[Child], patience: float = 8.0) -> None:
        """End these for good, and what they started: politely, then by force."""
        self.children = [child for child in self.children if child not in children]
        _end(children, patience)

    def _look_at(self, child: Child) -> bool:
        now = time.monotonic()
        if child.process is not None:
            code = child.process.poll()
            if code is None:
                return False
            child.deaths = 0 if now - child.started > STEADY_S else child.deaths + 1
            child.again_at = now + min(LONGEST_PAUSE_S, 0.25 * 2**child.deaths)
            child.process = None
            self._say(f"{child.name} ended ({_how(code)}) and is started again; its log: {child.log}")
        if now < child.again_at:
            return False
        child.start()
        return True


def descendants(pid: int) -> list[int]:
    """Process ids of all that a process started and that still runs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def _end(children: Sequence[Child], patience: float) -> None:
    until = time.monotonic() + patience
    for child in children:
        child.end(signal.SIGTERM)
    for child in children:
        if child.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, until - time.monotonic()))
            child.end(signal.SIGKILL)
            child.process.wait()


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"status {code}"


def _die_with(parent: int) -> Callable[[], None]:
    """What a child does before it becomes its program: a group of its own, and no life without its parent."""

    def prepare() -> None:
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare
