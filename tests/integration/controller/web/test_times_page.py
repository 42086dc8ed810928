"""Sessions and hours of an area as a page: by hand, without a script, and when it goes wrong."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import pytest

from controller.storage.engine import transact
from controller.storage.tables import AreaRow
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import Desk


@pytest.fixture
def browser(commune: Desk) -> Iterator[httpx.Client]:
    """The administrator's browser."""
    with browse(commune) as opened:
        assert enter(opened).status_code == 200
        yield opened


def test_an_administrator_finds_the_times_in_the_menu(commune: Desk, browser: httpx.Client) -> None:
    assert 'href="/times"' in browser.get("/").text
    page = browser.get("/times")
    assert page.url.path == f"/areas/{commune.root}/times"
    assert page.status_code == 200
    assert len(gzip.compress(page.content)) <= 5_000
    for word in ("Sáng", "05:30", "17:00", "18:00", "Lịch phát thường chỉ đặt được từ 05:00 đến 21:00"):
        assert word in page.text


def test_sessions_are_changed_from_a_later_day_by_the_form_alone(commune: Desk, browser: httpx.Client) -> None:
    hamlet = commune.hamlets["Thôn 1"]
    address = f"/areas/{hamlet}/times"
    page = browser.get(address)
    assert forms(page)[f"{address}/sessions"]["sessions.0.name"] == "Sáng"
    page = send(
        browser, page, f"{address}/sessions",
        {"from_day": "2026-12-01", "sessions.0.name": "", "sessions.2.starts_at": "18:30", "sessions.2.minutes": "20"},
    )  # fmt: skip
    assert page.status_code == 200
    assert "Từ ngày 01/12/2026" in page.text
    found = commune.get(f"{address}?day=2026-12-01").json()["sessions"]
    assert [(each["name"], each["starts_at"], each["limit_s"]) for each in found] == [
        ("Trưa", "11:00:00", 1800), ("Chiều", "18:30:00", 1200),
    ]  # fmt: skip
    again = forms(browser.get(address))[f"{address}/sessions"]
    assert again["sessions.1.id"] == found[1]["id"], "a session keeps its id"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_day": "2026-11-24"}, "from_day"),
        ({"sessions.1.starts_at": ""}, "sessions.1.starts_at"),
        ({"sessions.0.name": "", "sessions.2.minutes": "400"}, "sessions.2.minutes"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    changes: dict[str, str], field: str, commune: Desk, browser: httpx.Client
) -> None:
    address = f"/areas/{commune.root}/times"
    evening = {"sessions.3.name": "Tối", "sessions.3.starts_at": "19:00", "sessions.3.minutes": "15"}
    page = send(browser, browser.get(address), f"{address}/sessions", {**evening, **changes})
    assert page.status_code == 422
    assert f'id="wrong-{field}"' in page.text
    assert forms(page)[f"{address}/sessions"]["sessions.3.name"] == "Tối"


@pytest.mark.parametrize("row", ["", ".x", ".-1", "." + "9" * 5000], ids=["none", "letter", "negative", "endless"])
def test_a_row_that_the_form_does_not_have_is_passed_over(row: str, commune: Desk, browser: httpx.Client) -> None:
    address = f"/areas/{commune.root}/times"
    typed = {"from_day": "2026-11-24", f"sessions{row}.name": "Tối"}
    refused = send(browser, browser.get(address), f"{address}/sessions", typed)
    assert (refused.status_code, forms(refused)[f"{address}/sessions"]["from_day"]) == (422, "2026-11-24")


def test_hours_are_set_and_taken_from_above_again(commune: Desk, browser: httpx.Client) -> None:
    hamlet = commune.hamlets["Thôn 1"]
    address = f"/areas/{hamlet}/times"
    page = send(browser, browser.get(address), f"{address}/hours", {"begin": "06:00", "end": "20:30"})
    assert "từ 06:00 đến 20:30" in page.text
    page = send(browser, page, f"{address}/hours", {"inherit": "1"})
    assert "từ 05:00 đến 21:00" in page.text
    page = send(browser, page, f"{address}/hours", {"begin": "21:00", "end": "05:00"})
    assert (page.status_code, 'id="wrong-end"' in page.text) == (422, True)


def test_who_does_not_administer_the_area_only_reads(commune: Desk) -> None:
    with browse(commune) as opened:
        assert enter(opened, username="editor").status_code == 200
        page = opened.get(f"/areas/{commune.root}/times")
        assert "Buổi phát" in page.text
        assert "/times/sessions" not in page.text
        assert 'href="/times"' not in page.text


def test_an_office_without_sessions_says_so_and_takes_its_first_ones(commune: Desk, browser: httpx.Client) -> None:
    transact(commune.office.engine, lambda session: setattr(session.get_one(AreaRow, commune.root), "sessions", None))
    address = f"/areas/{commune.root}/times"
    page = browser.get(address)
    assert "Ở đây chưa có buổi phát" in page.text
    row = {"sessions.0.name": "Chiều", "sessions.0.starts_at": "17:00", "sessions.0.minutes": "30"}
    page = send(browser, page, f"{address}/sessions", row)
    assert "Từ ngày 25/11/2026" in page.text
    assert len(commune.get(f"{address}?day=2026-11-25").json()["sessions"]) == 1
