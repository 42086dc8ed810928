"""The demo as people start it: what it plays, what survives a kill, what is left when it ends."""

import json
import operator
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.paths import ROOT
from tests.support.processes import kill
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(300)


class Demo:
    """A running `./loa demo` with its output."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._output = folder.with_suffix(".out")
        (folder / "demo.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "deploy", "demo", "--data", str(folder), *arguments]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)

    @property
    def output(self) -> str:
        """All it printed."""
        return self._output.read_text(encoding="utf-8")

    def described(self) -> dict[str, Any]:
        """demo.json as it is now."""
        described: dict[str, Any] = json.loads((self._folder / "demo.json").read_text(encoding="utf-8"))
        return described

    def opened(self) -> dict[str, Any]:
        """demo.json, once the page is open."""
        wait_for(lambda: (self._folder / "demo.json").exists() or self.process.poll() is not None, "it opens", 120)
        assert self.process.poll() is None, self.output
        return self.described()

    def rows(self) -> list[list[str]]:
        """The verdict table: title, hamlet and verdict of each row."""
        lines = self.output.split("starts ", 1)[-1].splitlines()[1:]
        return [
            [line[10:34].strip(), line[34:54].strip(), line[54:].split()[0]] for line in lines if line[:2].isdigit()
        ]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path / "demo", "--for", "45")
    yield running
    running.process.kill()
    running.process.wait()


def pids(described: dict[str, Any]) -> list[int]:
    nodes = [pid for node in described["nodes"] for pid in node["processes"]]
    return [*described["processes"].values(), *nodes]


def gone(numbers: list[int]) -> bool:
    return not any(Path(f"/proc/{number}").exists() for number in numbers)


def recorded(described: dict[str, Any]) -> list[set[str]]:
    """The occurrences that each node has recorded."""
    files = [Path(node["recordings"]).glob("*.wav") for node in described["nodes"]]
    return [{path.name.split("Z-", 1)[1].split("_", 1)[0] for path in found} for found in files]


def edges(described: dict[str, Any]) -> list[dict[str, Any]]:
    """All relay edges of all nodes."""
    logs = [Path(node["relay_log"]).read_text().splitlines() for node in described["nodes"]]
    return [json.loads(line) for log in logs for line in log]


def test_what_is_killed_in_mid_bulletin_comes_back_and_the_verdicts_tell_the_truth(demo: Demo) -> None:
    described = demo.opened()
    wait_for(lambda: all(recorded(described)), "every node sounds", 20)
    kill(described["processes"]["broker"])
    kill(described["processes"]["gateway"])
    kill(described["nodes"][0]["processes"][0])
    before = set(pids(described))
    wait_for(lambda: len(set(pids(demo.described())) - before) == 5, "broker, gateway and a node's three are back", 30)
    assert demo.process.wait(120) == 1
    rows = {(title, hamlet): verdict for title, hamlet, verdict in demo.rows()}
    assert rows.pop(("Bản tin sáng", "Thôn Đồng Tâm")) == "partly"
    assert len(rows) == 4
    assert set(rows.values()) == {"played"}
    assert all(edge["cause"] for edge in edges(described) if edge["closed"])
    wait_for(lambda: gone(pids(demo.described())), "no process is left", 10)


def test_a_second_run_goes_on_where_the_first_ended_and_plays_nothing_of_it_again(tmp_path: Path) -> None:
    first = Demo(tmp_path / "demo", "--for", "12")
    described = first.opened()
    assert first.process.wait(120) == 0, first.output
    before = recorded(described)
    mornings = files(described)
    second = Demo(tmp_path / "demo")
    described = second.opened()
    wait_for(lambda: all(map(operator.gt, recorded(described), before)), "every node sounds again", 30)
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(30) == 0
    wait_for(lambda: gone(pids(described)), "no process is left", 10)
    assert files(described) >= mornings
    again = {path for path in files(described) - mornings if any(each in path.name for each in set().union(*before))}
    assert not again


def files(described: dict[str, Any]) -> set[Path]:
    return {path for node in described["nodes"] for path in Path(node["recordings"]).glob("*.wav")}
