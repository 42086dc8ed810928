"""Deciding in real Chromium: by mouse, by touch, by keyboard alone, without a script; the acts counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.desk import PASSWORD, Desk, open_desk, settled, tone
from tests.support.writing import TEXT, version, with_sessions

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
OLD_PC: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
FIVE = tuple(f"Thôn {number}" for number in (1, 2, 4, 5, 6))

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A commune with five hamlets that have a node, sessions from tomorrow on, and two texts in the library."""
    with open_desk(tmp_path) as opened:
        settled(opened)
        with_sessions(opened)
        for number in (4, 5, 6):
            opened.hamlets[f"Thôn {number}"] = opened.add_hamlet(f"Thôn {number}", f"n{number}")
        lowland = {"owner": opened.root, "name": "Vùng trũng", "hamlets": [opened.hamlets[each] for each in FIVE]}
        opened.made("/zones", lowland, "editor")
        opened.speech("Thu gom rác thải sáng Chủ Nhật.")
        opened.clock.advance(minutes=1)
        opened.speech(TEXT)
        yield opened


@dataclass
class Hand:
    """A person's hand: each click and each field that is filled is one act."""

    page: Page
    acts: int = 0

    def click(self, what: Locator) -> None:
        """One act."""
        what.click()
        self.acts += 1

    def fill(self, what: Locator, text: str) -> None:
        """One act."""
        what.fill(text)
        self.acts += 1

    def sign_in(self, desk: Desk) -> None:
        """Three acts."""
        self.page.goto(f"{desk.origin}/sign-in")
        self.fill(self.page.get_by_label("Tên đăng nhập"), "editor")
        self.fill(self.page.get_by_label("Mật khẩu"), PASSWORD)
        self.click(self.page.get_by_role("button", name="Đăng nhập"))

    def write(self) -> None:
        """One act: the menu's way to the page."""
        self.click(self.page.get_by_role("navigation").get_by_role("link", name="Soạn"))

    def save(self) -> None:
        """One act."""
        self.click(self.page.get_by_role("button", name="Lưu và gửi duyệt"))
        expect(self.page.get_by_text("Đã lưu.")).to_be_visible()


def opened(desk: Desk, context: BrowserContext) -> Page:
    """The page of deciding, of an editor who came in."""
    page = context.new_page()
    Hand(page).sign_in(desk)
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()
    page.goto(f"{desk.origin}/decide")
    return page


def made(desk: Desk, page: Page) -> dict[str, Any]:
    """What was saved on the page."""
    expect(page.get_by_text("Đã lưu.")).to_be_visible()
    return version(desk, page.url.partition("?")[0].rpartition("/")[2])


def test_tomorrow_at_five_to_five_hamlets_takes_few_acts_and_then_two(desk: Desk, chromium: Browser) -> None:
    first = Hand(chromium.new_context(**OLD_PC).new_page())
    first.sign_in(desk)
    first.write()
    first.click(first.page.get_by_label("Vùng trũng"))
    first.save()
    assert first.acts <= 6
    assert "Thứ Tư 25/11/2026, 17:00:00–" in first.page.inner_text("main")
    desk.clock.advance(minutes=1)
    desk.speech("Họp thôn tối thứ bảy.")
    again = Hand(first.page)
    again.write()
    expect(again.page.get_by_label("Vùng trũng")).to_be_checked()
    again.save()
    assert again.acts == 2
    assert "Thứ Tư 25/11/2026, 17:00:05–" in again.page.inner_text("main")


def test_five_single_hamlets_take_at_most_eight_acts(desk: Desk, chromium: Browser) -> None:
    page = chromium.new_context(**OLD_PC).new_page()
    Hand(page).sign_in(desk)
    hand = Hand(page)
    hand.write()
    for hamlet in FIVE:
        hand.click(page.get_by_label(hamlet))
    hand.save()
    assert hand.acts <= 8
    assert len(made(desk, page)["places"]["areas"]) == len(FIVE)


def test_by_mouse_sounds_are_ordered_and_what_comes_of_it_is_shown_while_one_writes(
    desk: Desk, chromium: Browser
) -> None:
    page = opened(desk, chromium.new_context(**OLD_PC))
    page.get_by_label("Vùng trũng").click()
    expect(page.locator("#shown")).to_contain_text("5 thôn · 600 hộ")
    page.get_by_text("Chọn từ kho").click()
    page.get_by_role("button", name="Lấy Thu gom").click()
    expect(page.get_by_label("Tên bản tin")).to_have_value("Thu gom rác thải sáng Chủ Nhật.")
    page.get_by_role("button", name="Lấy Lịch tiêm").click()
    page.get_by_role("button", name="Đưa lên: Lịch tiêm").click()
    expect(page.get_by_role("button", name="Đưa lên: Lịch tiêm")).to_be_disabled()
    page.get_by_label("Giờ khác").click()
    page.get_by_label("Ngày", exact=False).locator("visible=true").first.fill("26/11/2026")
    page.locator("[name=time]").fill("3h15")
    page.locator("[name=time]").blur()
    page.get_by_role("button", name="Đúng, 15:15").click()
    expect(page.locator("#shown")).to_contain_text("Thứ Năm 26/11/2026, 15:15:00–15:15:0")
    page.get_by_role("button", name="Lưu và gửi duyệt").click()
    found = made(desk, page)
    assert found["recurrence"]["times"] == ["15:15:00"]
    assert [item["title"] for item in found["playlist"]] == [TEXT, "Thu gom rác thải sáng Chủ Nhật."]


def test_by_touch_a_text_is_heard_accepted_and_planned(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium.new_context(**PHONE))
    page.get_by_label("Thôn 4").tap()
    page.get_by_text("Máy đọc chữ").tap()
    page.get_by_label("Bài viết").fill("Ngày mai cắt điện từ bảy giờ.")
    page.get_by_role("button", name="Nghe thử").tap()
    expect(page.get_by_text("Máy sẽ đọc là:")).to_be_visible()
    played = "audio => audio.play().then(() => new Promise(done => { audio.ontimeupdate = () => done(true); }))"
    assert page.locator("#heard audio").evaluate(played)
    page.get_by_role("button", name="Nhận bài đọc này").tap()
    expect(page.get_by_label("Tên bản tin")).to_have_value("Ngày mai cắt điện từ bảy giờ.")
    page.get_by_role("button", name="Lưu và gửi duyệt").tap()
    found = made(desk, page)
    assert found["playlist"][0]["recordings"][0]["text"] == "Ngày mai cắt điện từ bảy giờ."
    assert found["places"]["areas"] == [desk.hamlets["Thôn 4"]]


def test_by_keyboard_alone(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium.new_context(**OLD_PC))
    tab_to(page, "Vùng trũng")
    page.keyboard.press("Space")
    tab_to(page, "Trưa mai", "Chiều mai")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Ngày")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("26/11/2026")
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("17 giờ 30")
    tab_to(page, "Lưu và gửi duyệt")
    page.keyboard.press("Enter")
    assert made(desk, page)["recurrence"] | {"except_days": []} == made(desk, page)["recurrence"] | {
        "first_day": "2026-11-26", "times": ["17:30:00"], "except_days": [],
    }  # fmt: skip


def test_without_a_script_every_part_of_it_works(tmp_path: Path, desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium.new_context(java_script_enabled=False, **PHONE))
    page.get_by_label("Thôn 5").check()
    page.get_by_text("Chọn từ kho").click()
    page.get_by_label("Tìm").fill("thu gom")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.get_by_role("button", name="Lấy Thu gom").click()
    expect(page.get_by_label("Tên bản tin")).to_have_value("Thu gom rác thải sáng Chủ Nhật.")
    page.get_by_text("Tải tệp lên từ máy").click()
    page.get_by_label("Tệp âm thanh").set_input_files(tone(tmp_path / "Nhạc hiệu.mp3", 1.0))
    page.get_by_role("button", name="Tải tệp lên", exact=True).click()
    page.get_by_role("button", name="Đưa lên: Nhạc hiệu").click()
    page.get_by_label("Giờ khác").check()
    page.locator("[name=day]").fill("26/11/2026")
    page.locator("[name=time]").fill("3:15")
    page.get_by_role("button", name="Lưu và gửi duyệt").click()
    expect(page.get_by_text("3 giờ 15 SÁNG, ý là 15:15?")).to_be_visible()
    page.get_by_role("button", name="Đúng, 15:15").click()
    page.get_by_role("button", name="Lưu và gửi duyệt").click()
    found = made(desk, page)
    assert [item["title"] for item in found["playlist"]] == ["Nhạc hiệu", "Thu gom rác thải sáng Chủ Nhật."]
    assert found["places"]["areas"] == [desk.hamlets["Thôn 5"]]
    assert found["recurrence"]["times"] == ["15:15:00"]


@pytest.mark.parametrize("size", [PHONE, OLD_PC], ids=["phone", "old PC"])
def test_the_page_fits_has_large_targets_and_breaks_no_policy(
    size: dict[str, Any], desk: Desk, chromium: Browser
) -> None:
    context = chromium.new_context(**size)
    page = opened(desk, context)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.reload()
    for part in ("Chọn từ kho", "Máy đọc chữ", "Tải tệp lên từ máy", "Lặp lại"):
        page.get_by_text(part, exact=True).click()
    expect(page.locator("#found ul")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["viewport"]["width"]
    targets = "main :is(button:not(.unseen), select, summary, input:not([type=radio], [type=checkbox]))"
    for each in page.locator(targets).all():
        box = each.bounding_box()
        assert box is None or box["height"] >= 43.9 or box["height"] <= 1, each.evaluate("one => one.outerHTML")
    assert complaints == []


def tab_to(page: Page, *names: str) -> None:
    """Press Tab until something of this name has the focus."""
    said = "document.activeElement.getAttribute('aria-label') || (document.activeElement.labels || [])[0]?.innerText"
    for _ in range(80):
        page.keyboard.press("Tab")
        name = page.evaluate(f"{said} || document.activeElement.innerText || ''")
        if name.strip().startswith(names):
            return
    raise AssertionError(f"nothing is called {names}")
