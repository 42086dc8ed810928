"""One demo that plays, for all tests that only watch it or ask something of it; one Chromium for each file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.demo import Demo, running_demo


@pytest.fixture(scope="session")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that is open: its first bulletin is about to start, or was played."""
    with running_demo(tmp_path_factory.mktemp("demo") / "commune") as demo:
        demo.opened()
        yield demo


@pytest.fixture(scope="module")
def launched() -> Iterator[Browser]:
    """A browser for all tests of a file: Playwright's loop must not be there for those of others."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def chromium(launched: Browser) -> Iterator[Browser]:
    """A browser that nobody has signed in with."""
    yield launched
    for context in launched.contexts:
        context.close()
