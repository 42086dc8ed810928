"""The demo as people start it: what it plays, what survives a kill, what is left when it ends."""

import operator
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


def files(described: Answer) -> set[Path]:
    """Every recording of every node."""
    return {recording.path for node in described["nodes"] for recording in heard(node)}


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


def test_a_second_run_goes_on_where_the_first_ended_and_plays_nothing_of_it_again(tmp_path: Path) -> None:
    with running_demo(tmp_path / "demo", "--for", "12") as first:
        first.opened()
        assert first.ended() == 0, first.output
        described = first.described()
    before, recorded = occurrences(described), files(described)
    with running_demo(tmp_path / "demo") as second:
        described = second.opened()
        wait_for(lambda: all(map(operator.gt, occurrences(described), before)), "every node sounds again", 30)
        assert second.interrupt() == 0
        second.leaves()
    new = files(described) - recorded
    assert not [path for path in new if any(occurrence in path.name for occurrence in set().union(*before))]
