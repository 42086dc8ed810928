"""Waiting for a condition, with a bound: no test sleeps and hopes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], what: str, within: float = 10.0) -> T:
    """The first true value of `condition`; AssertionError that names `what` when none comes within so many seconds."""
    end = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {within} s: {what}"
        time.sleep(0.01)
    return value
