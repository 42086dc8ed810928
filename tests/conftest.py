"""What holds for every test: its kind by folder, nothing left running, a real broker where one is asked for."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.support.broker import Broker, running_broker
from tests.support.waiting import wait_for

TESTS = Path(__file__).parent

hypothesis_settings.register_profile("here", deadline=None, print_blob=True)
hypothesis_settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")


ALONE = ("fault/", "integration/sound/", "integration/speaker_node/", "end_to_end/test_de")
"""Where tests keep real time: whole nodes, sound, the demo and what is decided in it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the folder it lies in, and those that need the machine for themselves."""
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        item.add_marker(place.partition("/")[0])
        if place.startswith(ALONE):
            item.add_marker("alone")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failure: what a machine lacks is to be installed, not passed over."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A test ends the threads and processes it started."""
    threads, children = set(threading.enumerate()), _children()
    yield
    wait_for(lambda: not _new_threads(threads), f"threads end: {_new_threads(threads)}", 5)
    wait_for(lambda: not _children() - children, f"child processes end: {_children() - children}", 5)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A mosquitto that lets everybody do everything: safety must not rest on it."""
    with running_broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture(params=[5, 4], ids=["mqtt5", "mqtt311"])
def protocol(request: pytest.FixtureRequest) -> int:
    """The protocol version, in paho's numbers: what a test proves must hold with both."""
    version: int = request.param
    return version


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads begun since, but those of pools that serve the whole run."""
    return [thread for thread in threading.enumerate() if thread not in before and not _lasting(thread)]


def _lasting(thread: threading.Thread) -> bool:
    return thread.name.startswith(("AnyIO worker", "asyncio_", "pytest_timeout"))


def _children() -> set[int]:
    """Process ids of this process's children."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            found |= {int(pid) for pid in (task / "children").read_text().split()}
        except FileNotFoundError:
            continue
    return found
