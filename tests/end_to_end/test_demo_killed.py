"""A demo in which broker, gateway and a node are killed in mid-bulletin."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.office import Answer
from tests.support.demo import Demo, edges, heard, running_demo
from tests.support.processes import kill
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with running_demo(tmp_path / "demo", "--for", "45") as running:
        yield running


def rows(output: str) -> dict[tuple[str, str], str]:
    """The verdict by bulletin and hamlet, from the table that the demo printed."""
    lines = output.split("starts ", 1)[-1].splitlines()[1:]
    return {(line[10:34].strip(), line[34:54].strip()): line[54:].split()[0] for line in lines if line[:2].isdigit()}


def occurrences(described: Answer) -> list[set[str]]:
    """The occurrences that each node has recorded."""
    return [{recording.token.split("/")[0] for recording in heard(node)} for node in described["nodes"]]


def test_what_is_killed_in_mid_bulletin_comes_back_and_the_verdicts_tell_the_truth(demo: Demo) -> None:
    described = demo.opened()
    wait_for(lambda: all(occurrences(described)), "every node sounds", 20)
    before = set(demo.pids())
    kill(described["processes"]["broker"])
    kill(described["processes"]["gateway"])
    kill(described["nodes"][0]["processes"][0])
    wait_for(lambda: len(set(demo.pids()) - before) == 5, "broker, gateway and a node's three are back", 30)
    assert demo.ended() == 1
    told = rows(demo.output)
    assert told.pop(("Bản tin sáng", "Thôn Đồng Tâm")) == "partly"
    assert len(told) == 4
    assert set(told.values()) == {"played"}
    assert all(edge["cause"] for node in described["nodes"] for edge in edges(node) if edge["closed"])
    demo.leaves()
