"""Waiting for a condition, with a bound: no test sleeps and hopes."""

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], what: str, within: float = 10.0) -> None:
    """Returns as soon as `condition` holds; AssertionError that names `what` when it does not within so many seconds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"not within {within} s: {what}"
        time.sleep(0.01)
