"""`./loa demo` as people start it: its output, what demo.json says of it, what its nodes recorded and switched."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from deploy.demo.commune import Commune, air, at, kept_commune
from deploy.demo.folders import Secrets
from deploy.demo.office import Answer, Office
from deploy.paths import ROOT
from speaker_node.sound.recordings import Recording, recordings
from tests.support.waiting import wait_for

OPENS_S = 120.0
LEFT_S = 10.0
"""So long after the end of a demo nothing of it may be left."""
SURE_S = 20.0
"""In this time after its end the office knows of an airing."""


class Demo:
    """One run of the demo in a folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.began_ns = time.monotonic_ns()
        self.began = datetime.now(UTC)
        self._output = folder.parent / f"{folder.name}-{self.began_ns}.out"
        command = [sys.executable, "-m", "deploy", "demo", "--data", str(folder), *arguments]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)

    @property
    def output(self) -> str:
        """All that it printed so far."""
        return self._output.read_text(encoding="utf-8")

    @property
    def commune(self) -> Commune:
        """What was set up, by its ids."""
        found = kept_commune(self.folder / "commune.json")
        assert found is not None
        return found

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

    def airings(self) -> list[Answer]:
        """What came due or comes due in this run, with the verdicts, earliest first."""
        with self.office("editor") as office:
            end = datetime.now(UTC) + timedelta(minutes=10)
            found: list[Answer] = office.get("/occurrences", begin=self.began.isoformat(), end=end.isoformat())
        return sorted(found, key=lambda each: str(each["starts_at"]))

    def closed(self, airing: str) -> Answer:
        """Waits until an airing is over and the office knows of it on each node."""
        with self.office("editor") as office:
            planned = office.get(f"/occurrences/{airing}")
            end = datetime.fromisoformat(planned["starts_at"]) + timedelta(milliseconds=planned["due_ms"])
            left = max(0.0, (end - datetime.now(UTC)).total_seconds()) + SURE_S
            wait_for(lambda: _known(office.get(f"/occurrences/{airing}")), f"{airing} is known of", left)
            found: Answer = office.get(f"/occurrences/{airing}")
        return found

    def all_closed(self) -> None:
        """Waits until all that is planned for this run so far is over: what comes next disturbs nothing."""
        for each in self.airings():
            self.closed(each["id"])

    def node(self, name: str) -> Answer:
        """A node as demo.json has it."""
        found: Answer = next(node for node in self.described()["nodes"] if node["id"] == name)
        return found

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

    def ports(self) -> list[int]:
        """The ports of page and broker."""
        described = self.described()
        return [int(described["page"].rpartition(":")[2]), described["broker"]["port"]]

    def leaves(self) -> None:
        """Waits until nothing of it runs any more."""
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


def upload(demo: Demo, file: Path) -> str:
    """An audio file into the commune's library, as the editor; its hash."""
    described = demo.described()
    person = described["log_ins"]["editor"]
    with httpx.Client(base_url=described["api"], trust_env=False, timeout=30) as client:
        token = client.post("/tokens", json={"name": "upload", "days": 1, **person}).raise_for_status().json()["token"]
        answer = client.post(
            "/assets",
            files={"file": (file.name, file.read_bytes())},
            data={"area": demo.commune.commune},
            headers={"Authorization": f"Bearer {token}"},
        )
    made: str = answer.raise_for_status().json()["sha256"]
    return made


def decided(demo: Demo, title: str, assets: Sequence[str], after_s: int = 7) -> str:
    """A bulletin for the whole commune in so many seconds: drafted, submitted, approved; its occurrence's id."""
    starts_at = (datetime.now(UTC) + timedelta(seconds=after_s + 1)).replace(microsecond=0)
    playlist: list[Answer] = [{"recordings": [{"language": "vi", "asset": asset}]} for asset in assets]
    commune = demo.commune
    with demo.office("editor") as office:
        broadcast = air(office, Secrets(demo.folder), commune, title, playlist, commune.everywhere, at(starts_at))
    return f"{broadcast}-{int(starts_at.timestamp()) * 1000}"


def heard(node: Answer) -> list[Recording]:
    """What a node (of demo.json) recorded, oldest first."""
    return recordings(Path(node["recordings"]))


def edges(node: Answer) -> list[Answer]:
    """Every edge of a node's relay."""
    log = Path(node["relay_log"])
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def _known(airing: Answer) -> bool:
    return all(node["verdict"]["kind"] not in ("pending", "unreported") for node in airing["nodes"])


def _running_in(folder: Path) -> list[int]:
    """Processes, but this one, whose command names the folder."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found
