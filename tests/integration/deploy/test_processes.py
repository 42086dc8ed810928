"""The demo's children, as real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.processes import Child, Household, descendants
from tests.support.waiting import wait_for

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("ready", flush=True)
time.sleep(60)
"""
DEMO = """
import sys, time
from pathlib import Path
from deploy.demo.processes import Child
Child("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1])).start()
time.sleep(60)
"""


@pytest.fixture
def household() -> Iterator[Household]:
    household = Household(lambda _: None)
    yield household
    household.stop(household.children, patience=0.2)


def test_a_child_that_was_killed_is_started_again(household: Household, tmp_path: Path) -> None:
    child = household.start(Child("sleeper", SLEEP, tmp_path / "log"))
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(household.look, "the sleeper is started again")
    assert child.pid not in (None, first)


def test_a_child_that_keeps_dying_is_started_at_growing_intervals(household: Household, tmp_path: Path) -> None:
    child = household.start(Child("dying", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log"))
    wait_for(household.look, "a first new start")
    wait_for(household.look, "a second new start")
    assert child.deaths == 2


def test_stopping_leaves_neither_a_child_that_ignores_it_nor_what_it_started(
    household: Household, tmp_path: Path
) -> None:
    child = household.start(Child("stubborn", [sys.executable, "-c", STUBBORN], tmp_path / "log"))
    wait_for(lambda: b"ready" in (tmp_path / "log").read_bytes(), "the stubborn child runs")
    family = child.family()
    assert len(family) == 2
    household.stop([child], patience=0.2)
    wait_for(lambda: not any(Path(f"/proc/{pid}/stat").exists() and not _zombie(pid) for pid in family), "all ended")


def test_children_end_when_the_demo_itself_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", DEMO, str(tmp_path / "log")])
    children = wait_for(lambda: descendants(parent.pid), "the demo's child runs")
    parent.kill()
    parent.wait()
    wait_for(lambda: all(_gone(pid) for pid in children), "its child ended too")


def _gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists() or _zombie(pid)


def _zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
