"""Every page of the office in real Chromium, on a phone and on an old PC: nothing wrong by axe, by eye or by thumb."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from controller import app
from controller.domain.values import Role
from controller.settings import load
from deploy import browser
from tests.bench.year.__main__ import make
from tests.bench.year.objects import objects
from tests.bench.year.places import PASSWORD, usernames
from tests.support.broker import free_port
from tests.support.desk import served
from tests.support.looking import listening, wrong
from tests.support.pages import PAGES, usual
from tests.support.two_communes import Objects
from tests.support.ways import Way

WIDTHS = {"phone": (390, 844), "old PC": (1366, 768)}
NODES, DAYS = 8, 20

pytestmark = pytest.mark.timeout(120)


class Browsing:
    """An office at work and a browser of each role, at each width."""

    def __init__(self, origin: str, known: Objects, chromium: Browser) -> None:
        self.origin, self.known = origin, known
        self._chromium = chromium
        self._contexts: dict[tuple[Role | None, str], tuple[BrowserContext, list[str]]] = {}

    def found(self, path: str, role: Role | None, size: str) -> list[str]:
        """All that is wrong with a page that a role opens."""
        if (role, size) not in self._contexts:
            self._contexts[role, size] = self._entered(role, size)
        context, complaints = self._contexts[role, size]
        complaints.clear()
        page = context.new_page()
        try:
            answer = page.goto(f"{self.origin}{path}")
            assert answer is not None
            page.wait_for_load_state("load")
            refused = [f"answered {answer.status}"] if answer.status != 200 else []
            # A page that is not there is complained of by the browser itself.
            return [*refused, *wrong(page), *(each for each in complaints if not refused)]
        finally:
            page.close()

    def _entered(self, role: Role | None, size: str) -> tuple[BrowserContext, list[str]]:
        width, height = WIDTHS[size]
        phone = size == "phone"
        viewport = {"width": width, "height": height}
        context = self._chromium.new_context(viewport=viewport, has_touch=phone, is_mobile=phone, locale="vi-VN")  # type: ignore[arg-type]
        complaints = listening(context)
        if role is not None:
            page = context.new_page()
            page.goto(f"{self.origin}/sign-in")
            page.locator("[name=username]").fill(usernames()[role])
            page.locator("[name=password]").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{self.origin}/")
            page.close()
        return context, complaints


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory, launched: Browser) -> Iterator[Browsing]:
    """Eight hamlets and three weeks of their log."""
    browser.lay()
    port = free_port()
    settings = load(make(tmp_path_factory.mktemp("office") / "office", NODES, DAYS, port, 1))
    with app.database(settings) as engine, served(app.web_of(settings, engine), port):
        yield Browsing(settings.web.base, objects(engine), launched)


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("way", PAGES, ids=lambda way: way.route)
def test_a_page_is_right_for_eyes_thumbs_and_policy(way: Way, size: str, browsing: Browsing) -> None:
    found = browsing.found(way.path(browsing.known), usual(way), size)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("role", Role)
def test_the_first_page_is_right_for_every_role(role: Role, size: str, browsing: Browsing) -> None:
    found = browsing.found("/", role, size)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", WIDTHS)
def test_so_are_coming_in_and_what_is_not_there(size: str, browsing: Browsing) -> None:
    assert browsing.found("/sign-in", None, size) == []
    assert browsing.found("/nirgends", None, size) == ["answered 404"]
    assert browsing.found("/nirgends", Role.EDITOR, size) == ["answered 404"]
