"""Account, people and the log in real Chromium: at both widths, by keyboard alone, and with a sign-in that ran out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from controller.operations.signing_in import LONGEST
from tests.support.desk import PASSWORD, Desk, open_desk, settled

WIDTHS = {"phone": (390, 844), "old PC": (1366, 768)}
PAGES = ("/account", "/account/devices", "/people", "/people/new", "/times", "/audit")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A commune with its staff."""
    with open_desk(tmp_path) as opened:
        yield settled(opened)


def signed_in(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.origin}/sign-in")
    page.get_by_label("Tên đăng nhập").fill("an")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_fits_and_breaks_no_policy(size: str, desk: Desk, chromium: Browser) -> None:
    width, height = WIDTHS[size]
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    signed_in(desk, page)
    for path in PAGES:
        page.goto(f"{desk.origin}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        for each in page.locator(
            "button:visible, select, nav a:visible, summary:visible, input:visible:not([type=radio])"
        ).all():
            box = each.bounding_box()
            assert box is not None
            assert box["height"] >= 43.9, (path, each.inner_text())
    assert complaints == []


def test_somebody_is_added_by_keyboard_alone_without_a_script_and_over_a_sign_in_that_ran_out(
    desk: Desk, chromium: Browser
) -> None:
    page = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    signed_in(desk, page)
    page.goto(f"{desk.origin}/people/new")
    page.get_by_label("Họ và tên").focus()
    for typed, then in (("Trần Thị Bình", "Tab"), ("binh", "Tab"), (PASSWORD, "Tab"), (" ", "ArrowDown")):
        page.keyboard.type(typed)
        page.keyboard.press(then)
    desk.clock.advance(seconds=LONGEST.total_seconds())
    page.keyboard.press("Enter")
    expect(page.get_by_text("vẫn được giữ")).to_be_visible()
    page.get_by_label("Tên đăng nhập").focus()
    page.keyboard.type("an")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Họ và tên")).to_have_value("Trần Thị Bình")
    expect(page.get_by_label("Người duyệt")).to_be_checked()
    page.get_by_label("Mật khẩu đầu tiên").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Trần Thị Bình")).to_be_visible()
    expect(page.get_by_text("Đã thêm.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_session_is_added_by_keyboard_alone_with_and_without_a_script(
    scripts: bool, desk: Desk, chromium: Browser
) -> None:
    page = chromium.new_context(java_script_enabled=scripts).new_page()
    signed_in(desk, page)
    page.get_by_role("link", name="Giờ phát").first.press("Enter")
    page.locator("summary", has_text="Đổi các buổi phát").press("Enter")
    row = page.get_by_role("group", name="Thêm một buổi").first
    row.get_by_label("Tên buổi").press_sequentially("Tối")
    row.get_by_label("Bắt đầu").fill("19:00")
    row.get_by_label("Dài nhất (phút)").press_sequentially("30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Đã lưu các buổi phát")
    expect(page.get_by_role("row", name="Tối")).to_be_visible()
