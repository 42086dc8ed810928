"""*Hôm nay* as it is served: by role, light, answered with nothing where nothing has changed."""

from __future__ import annotations

import gzip
import re

import pytest

from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OwedRow
from tests.support.browsing import browse, enter
from tests.support.desk import MORNING, Desk
from tests.support.ledger import owed

LATER_PAGES = 5 * 1024


@pytest.fixture
def desk(commune: Desk) -> Desk:
    """Something waits for its approval."""
    body = commune.version(
        commune.speech(), recurrence={"repeat": "once", "first_day": "2026-11-24", "times": ["08:50"]}
    )
    made = commune.made("/broadcasts", body, "editor")
    assert commune.post(f"/broadcasts/{made}/versions/1/submit", who="editor").status_code == 204
    return commune


def owe(desk: Desk) -> None:
    """An airing in twenty minutes in every hamlet with a node; of the nodes nothing was heard."""
    starts = MORNING.replace(minute=20)
    nodes = {each["id"]: each["home"] for each in desk.get("/nodes").json()}
    names = {each["id"]: each["name"] for each in desk.get("/areas").json()}
    rows = [owed(node, {home: names[home]}, "bulletin-1", starts, 12, "Rác") for node, home in nodes.items()]
    columns = [{**owed_columns(row), "area_id": desk.root} for row in rows]
    transact(desk.office.engine, lambda session: session.add_all(OwedRow(**each) for each in columns))


def order(page: str, *parts: str) -> list[str]:
    """These headings in the order in which they stand."""
    return sorted((part for part in parts if f">{part}<" in page), key=lambda part: page.index(f">{part}<"))


def test_the_approver_sees_first_what_waits_and_the_clerk_what_is_at_risk(desk: Desk) -> None:
    owe(desk)
    headings = ("Cần xử lý", "Chờ tôi", "Sắp phát")
    with browse(desk) as browser:
        approver = enter(browser, "approver").text
    with browse(desk) as browser:
        clerk = enter(browser, "editor").text
    assert order(approver, *headings) == ["Chờ tôi", "Cần xử lý", "Sắp phát"]
    assert order(clerk, *headings) == ["Cần xử lý", "Chờ tôi", "Sắp phát"]
    assert "Sắp đến giờ phát" in approver
    assert f"Nghe và duyệt tại: {desk.origin}/approvals/" in approver
    assert "Nghe và duyệt tại" not in clerk
    assert "chưa ai duyệt" in clerk
    assert "2 cụm loa mất liên lạc và chưa nhận được nội dung (240 hộ)" in clerk


def test_acts_are_offered_to_whom_they_are_allowed(desk: Desk) -> None:
    with browse(desk) as browser:
        assert 'href="/decide"' in enter(browser, "editor").text
    with browse(desk) as browser:
        page = enter(browser, "approver").text
        assert 'href="/decide"' not in page
        assert 'href="/silences/new"' in page
    with browse(desk) as browser:
        page = enter(browser).text
        assert 'href="/silences/new"' not in page


def test_a_head_finds_the_way_to_what_the_own_hamlet_will_hear(desk: Desk) -> None:
    desk.add_person("head", "duty_officer", desk.hamlets["Thôn 2"])
    with browse(desk) as browser:
        page = enter(browser, "head").text
        assert f'href="/tomorrow/{desk.hamlets["Thôn 2"]}"' in page
        assert "Ngày mai Thôn 2 sẽ nghe gì?" in page
        assert desk.hamlets["Thôn 1"] not in page
    with browse(desk) as browser:
        assert "/tomorrow/" not in enter(browser, "editor").text


def test_what_has_not_changed_is_not_sent_again(desk: Desk) -> None:
    with browse(desk) as browser:
        page = enter(browser, "editor").text
        found = re.search(r'data-mark="(\w+)"', page)
        assert found is not None
        asked = {"If-None-Match": f'"{found[1]}"'}
        same = browser.get("/?live=1", headers=asked)
        assert (same.status_code, same.content) == (304, b"")
        owe(desk)
        other = browser.get("/?live=1", headers=asked)
        assert other.status_code == 200
        assert "Rác" in other.text
        assert "<html" not in other.text
        assert browser.get("/?live=1", headers={"If-None-Match": other.headers["etag"]}).status_code == 304


def test_the_page_is_light_with_sixty_nodes(desk: Desk) -> None:
    for number in range(4, 62):
        desk.add_hamlet(f"Thôn {number}", f"n{number}")
    owe(desk)
    desk.clock.advance(minutes=50)
    with browse(desk) as browser:
        page = enter(browser, "editor")
        assert len(gzip.compress(page.content)) <= LATER_PAGES
        assert page.text.count("Thôn 60") >= 1


def test_a_page_without_an_entry_of_its_own_stands_under_the_one_that_leads_to_it(desk: Desk) -> None:
    with browse(desk) as browser:
        assert '<a href="/" aria-current="page">' in enter(browser, "approver").text
        page = browser.get("/standing").text
        assert '<a href="/approvals" aria-current="true">' in page
        assert page.count("aria-current") == 1


def test_what_is_not_found_stands_in_the_frame_with_the_way_to_mute_all(desk: Desk) -> None:
    with browse(desk) as browser:
        enter(browser, "approver")
        lost = browser.get("/nirgends")
        assert (lost.status_code, "Không tìm thấy" in lost.text) == (404, True)
        assert "TẮT HẾT LOA" in lost.text
        assert '<a href="/approvals"' in lost.text
    with browse(desk) as stranger:
        assert "TẮT HẾT LOA" not in stranger.get("/nirgends").text
