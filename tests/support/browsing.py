"""A browser without a script: it keeps cookies, follows redirects, says where it comes from, and fills in forms."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

import httpx

from tests.support.desk import PASSWORD, Desk

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"


class _Forms(HTMLParser):
    """Every form of a page by its action: the fields that a browser would send as they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms and what stands in them."""
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._fields = self.forms.setdefault(given.get("action", ""), {})
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self._fields):
            self._fields[self._select] = given.get("value", "")
        elif tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self._fields[name] = given.get("value", "")


def forms(page: httpx.Response) -> dict[str, dict[str, str]]:
    """The forms of a page by action, filled as they came."""
    found = _Forms()
    found.feed(page.text)
    return found.forms


def browse(desk: Desk) -> httpx.Client:
    """A new browser."""
    headers = {"Origin": desk.origin, "Accept-Language": "en-US,en", "User-Agent": CHROME}
    return httpx.Client(base_url=desk.origin, headers=headers, follow_redirects=True, trust_env=False, timeout=30)


def enter(browser: httpx.Client, username: str = "an", password: str = PASSWORD, **more: str) -> httpx.Response:
    """Sign in on the page."""
    return browser.post("/sign-in", data={"username": username, "password": password, "remember": "1", **more})


def send(browser: httpx.Client, page: httpx.Response, action: str, typed: Mapping[str, str]) -> httpx.Response:
    """Fill in a form of a page and press its button."""
    return browser.post(action, data={**forms(page)[action], **typed})
