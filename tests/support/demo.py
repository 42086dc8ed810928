"""`./loa demo` as people start it: its output, what demo.json says of it, what its nodes recorded and switched."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.demo.office import Answer, Office
from deploy.paths import ROOT
from speaker_node.sound.recordings import Recording, recordings
from tests.support.waiting import wait_for

OPENS_S = 120.0
LEFT_S = 10.0
"""So long after the end of a demo nothing of it may be left."""


class Demo:
    """One run of the demo in a folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.began_ns = time.monotonic_ns()
        self._output = folder.parent / f"{folder.name}-{self.began_ns}.out"
        command = [sys.executable, "-m", "deploy", "demo", "--data", str(folder), *arguments]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)

    @property
    def output(self) -> str:
        """All that it printed so far."""
        return self._output.read_text(encoding="utf-8")

    def opened(self) -> Answer:
        """Waits until it has said where its page is; demo.json then."""
        wait_for(lambda: "Ctrl-C" in self.output or self.process.poll() is not None, "the demo opens", OPENS_S)
        assert self.process.poll() is None, self.output
        return self.described()

    def described(self) -> Answer:
        """demo.json as it stands now; process ids are those of now."""
        found: Answer = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        return found

    @contextmanager
    def office(self, role: str) -> Iterator[Office]:
        """The demo's API, as the person of a role."""
        described = self.described()
        with Office(described["page"]) as office:
            office.become(**described["log_ins"][role])
            yield office

    def pids(self) -> list[int]:
        """Every process that demo.json names."""
        described = self.described()
        nodes = [pid for node in described["nodes"] for pid in node["processes"]]
        return [pid for pid in (*described["processes"].values(), *nodes) if pid]

    def ended(self, within: float = 150) -> int:
        """Waits for its end; the exit status."""
        return self.process.wait(within)

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it; the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def kill(self) -> None:
        """kill -9 of the demo itself and of nothing else."""
        self.process.kill()
        self.process.wait()

    def leaves(self) -> None:
        """Waits until nothing in this folder runs any more."""
        wait_for(lambda: not _running_in(self.folder), f"nothing of it runs: {_running_in(self.folder)}", LEFT_S)


@contextmanager
def running_demo(folder: Path, *arguments: str) -> Iterator[Demo]:
    """A demo for the length of a `with`; nothing is left of it afterwards."""
    demo = Demo(folder, *arguments)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            try:
                demo.interrupt()
            except subprocess.TimeoutExpired:
                demo.kill()
        demo.leaves()


def heard(node: Answer) -> list[Recording]:
    """What a node (of demo.json) recorded, oldest first."""
    return recordings(Path(node["recordings"]))


def edges(node: Answer) -> list[Answer]:
    """Every edge of a node's relay."""
    log = Path(node["relay_log"])
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def _running_in(folder: Path) -> list[int]:
    """Processes whose command names the folder."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(int(process.name))
    return found
