"""One demo that plays, for all tests that only watch it or ask something of it."""

from collections.abc import Iterator

import pytest

from tests.support.demo import Demo, running_demo


@pytest.fixture(scope="session")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that is open: its first bulletin is about to start, or was played."""
    with running_demo(tmp_path_factory.mktemp("demo") / "commune") as demo:
        demo.opened()
        yield demo
