"""A commune whose editor writes bulletins: sessions from tomorrow on, audio in the library, and the page's form."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.browsing import browse, enter, forms
from tests.support.desk import Desk

SESSIONS = (("Buổi sáng", "05:00"), ("Buổi trưa", "11:00"), ("Buổi chiều", "17:00"))
BOTH = ("Thôn 1", "Thôn 2")
TEXT = "Lịch tiêm phòng sởi cho trẻ em."


def with_sessions(desk: Desk, limit_s: int = 3600) -> list[str]:
    """Sessions of the whole commune from tomorrow on; their ids."""
    named = [{"name": name, "starts_at": at, "limit_s": limit_s} for name, at in SESSIONS]
    answer = desk.ask("PUT", f"/areas/{desk.root}/sessions", json={"from_day": "2026-11-25", "sessions": named})
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json()["ids"]
    return found


@contextmanager
def writer(desk: Desk, username: str = "editor") -> Iterator[httpx.Client]:
    """Somebody's browser."""
    with browse(desk) as opened:
        assert enter(opened, username).status_code == 200
        yield opened


def zone(desk: Desk, hamlet: str) -> str:
    """The zone of a hamlet by its name."""
    return desk.zone_of(desk.hamlets[hamlet])


def ticked(page: httpx.Response, *zones: str) -> dict[str, str]:
    """The form with just these places ticked."""
    found = {name: value for name, value in forms(page)["/decide"].items() if not name.startswith("place.")}
    return found | {f"place.{number}": each for number, each in enumerate(zones)}


def press(
    browser: httpx.Client, page: httpx.Response, act: str, typed: Mapping[str, str] | None = None, at: str = "/decide"
) -> httpx.Response:
    """A button of the form, with something typed before."""
    return browser.post(at, data={**forms(page)["/decide"], **(typed or {}), "act": act})


def saved(browser: httpx.Client, page: httpx.Response, typed: Mapping[str, str] | None = None) -> str:
    """Save and send for approval; the broadcast's id."""
    answer = press(browser, page, "save", typed)
    assert (answer.status_code, answer.url.path.startswith("/decide/")) == (200, True), said(answer)
    return answer.url.path.rpartition("/")[2]


def version(desk: Desk, broadcast: str) -> dict[str, Any]:
    """The newest version of a broadcast."""
    found: dict[str, Any] = desk.get(f"/broadcasts/{broadcast}", "editor").json()["versions"][-1]
    return found


def approve(desk: Desk, broadcast: str) -> None:
    """Somebody else approves its newest version."""
    newest = version(desk, broadcast)
    path = f"/broadcasts/{broadcast}/versions/{newest['number']}/approve"
    assert desk.post(path, {"digest": newest["digest"]}, "approver").status_code == 204


def said(page: httpx.Response) -> str:
    """The words of a page's content, as they are read."""
    main = page.text.partition('<main id="main">')[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", main)).split())
