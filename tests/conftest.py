"""What holds for every test: its kind by folder, nothing left running, a real broker where one is asked for."""

import importlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadScopeScheduling

from tests.support.broker import Broker, running_broker
from tests.support.waiting import wait_for

TESTS = Path(__file__).parent
SECRETS = "controller.operations.secrets"

hypothesis_settings.register_profile("here", deadline=None, print_blob=True)
hypothesis_settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")


PACED = (
    "fault/",
    "integration/sound/",
    *(f"integration/speaker_node/test_{each}.py" for each in ("agent", "amplifier", "new_key", "quiet", "requests")),
)
"""Where tests keep real time and mostly wait: whole nodes, sound."""
PROCESSOR = ("fault/test_controller_killed.py", "fault/test_power_cuts.py")
"""Those beside them that only ask for a processor."""


ONE_DEMO = tuple(f"end_to_end/test_{each}.py" for each in ("decided_by_hand", "demo_airs", "demo_browsed", "demo_ends"))
"""Those that share the one demo."""
DEMO = (*ONE_DEMO, "end_to_end/test_demo_")
"""Those of a demo: a dozen processes that start at once."""


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """A file is one worker's, and so is all that shares the one demo."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "one demo" if file.endswith(ONE_DEMO) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Which tests go to one worker."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its folder, and those that keep real time; whose bound is longest begins first."""
    longest: dict[Path, float] = {}
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        item.add_marker(place.partition("/")[0])
        if place.startswith(DEMO):
            item.add_marker("demo")
        elif place.startswith(PACED) and place not in PROCESSOR:
            item.add_marker("paced")
        longest[item.path] = max(longest.get(item.path, 0.0), 1e6 if place in ONE_DEMO else _bound(item))
    items.sort(key=lambda each: -longest[each.path])


def _bound(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None else 0.0


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failure: what a machine lacks is to be installed, not passed over."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def true_hasher() -> Iterator[PasswordHasher]:
    """Passwords cost nothing here: a commune's people are made in hundreds of tests. What makes true hashes."""
    with pytest.MonkeyPatch.context() as patch:
        found: PasswordHasher = importlib.import_module(SECRETS)._HASHER
        patch.setattr(f"{SECRETS}._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield found


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
