"""The simulated world, in short: seeds without a violation, the same trace twice, planted bugs that are caught."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.running import added

LONG = bool(os.environ.get("LOA_LONG"))
QUICK = ("line_left_on", "signature_ignored", "resumed_at_zero")
"""Planted bugs that one or two seeds of the small office show."""


def simulate(*arguments: str) -> tuple[int, list[str]]:
    """The verb in a process of its own, where strings hash as they always do there."""
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout, done.stderr
    return done.returncode, done.stdout.splitlines()


def last(lines: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def test_two_days_of_two_nodes_with_the_real_office_break_no_invariant_and_are_the_same_twice() -> None:
    asked = ("--seeds", "10..11" if LONG else "11..11", "--nodes", "2", "--days", "2", "--trace")
    code, lines = simulate(*asked)
    told = last(lines)
    assert (code, told["violations"], told["lost"], told["doubled"]) == (0, 0, 0, 0), "\n".join(lines)
    assert told["owed"] >= 10 * told["node_days"] * 0.8
    assert told["faults"] >= 10 * told["node_days"]
    assert last(simulate(*asked)[1])["trace"] == told["trace"]


def test_seeds_of_the_small_office_break_no_invariant() -> None:
    code, lines = simulate("--seeds", "1..30" if LONG else "1..2", "--nodes", "3", "--days", "2", "--scripted")
    assert code == 0, "\n".join(lines)


def test_planted_bugs_are_caught() -> None:
    names = [] if LONG else list(QUICK)
    code, lines = simulate("--catch", *names)
    told = last(lines)
    assert code == 0, "\n".join(lines)
    assert told["caught"] == told["bugs"] >= (12 if LONG else len(QUICK))


def test_lines_of_disjoint_seeds_add_up_and_no_seed_counts_twice(tmp_path: Path) -> None:
    code, lines = simulate("--seeds", "1..3", "--nodes", "1", "--days", "1", "--scripted", "--each", "2")
    assert [json.loads(line)["seeds"] for line in lines] == [[1, 2], [3, 3]]
    (tmp_path / "long").write_text("\n".join(lines))
    told = last(simulate("--add", str(tmp_path / "long"))[1])
    assert (code, told["lines"], told["node_days"], told["violations"]) == (0, 2, 3, 0)
    assert told["owed"] == sum(json.loads(line)["owed"] for line in lines) > 0
    with pytest.raises(ValueError, match="seed 2"):
        added([lines[0], lines[0].replace("[1, 2]", "[2, 5]")])


@pytest.mark.timeout(300)
def test_seeds_that_once_failed_hold() -> None:
    code, lines = simulate("--kept")
    assert code == 0, "\n".join(lines)
