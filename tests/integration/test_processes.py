"""What is told of the memory of processes."""

import os
import subprocess
import sys

from tests.support.processes import alone_mb
from tests.support.waiting import wait_for


def test_a_stranger_with_the_same_libraries_takes_nothing_of_the_memory_that_is_told() -> None:
    own = os.getpid()
    _, before = alone_mb([own])
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        wait_for(lambda: alone_mb([stranger.pid])[1] > 1, "the stranger runs")
        _, beside = alone_mb([own])
        _, both = alone_mb([own, stranger.pid])
        stranger.kill()
    assert abs(beside - before) < 0.1
    assert both < 2 * before
