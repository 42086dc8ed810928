"""One airing opened and edited in real Chromium: by mouse, by touch, by keyboard alone, and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from controller.domain.values import to_ms
from tests.support.desk import PASSWORD, Desk, open_desk, settled

WIDTHS = {"phone": (390, 844), "old PC": (1366, 768)}
TOMORROW = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A commune with its staff."""
    with open_desk(tmp_path_factory.mktemp("desk")) as opened:
        yield settled(opened)


def daily(desk: Desk, title: str, at: str) -> str:
    """The address of tomorrow's airing of a new daily bulletin, approved."""
    recurrence = {"repeat": "daily", "first_day": "2026-11-24", "times": [at]}
    made = desk.approved(title=title, recurrence=recurrence)
    hour, minute = map(int, at.split(":"))
    return f"/airings/{made}-{to_ms(TOMORROW.replace(hour=hour - 7, minute=minute))}"


def signed_in(desk: Desk, context: BrowserContext) -> tuple[Page, list[str]]:
    """The editor's page, and what the browser complains of."""
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{desk.origin}/sign-in")
    page.get_by_label("Tên đăng nhập").fill("editor")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()
    return page, complaints


@pytest.mark.timeout(180)
@pytest.mark.parametrize("size", WIDTHS)
def test_the_pages_fit_and_break_no_policy_and_all_is_large_enough(size: str, desk: Desk, chromium: Browser) -> None:
    width, height = WIDTHS[size]
    context = chromium.new_context(viewport={"width": width, "height": height})
    page, complaints = signed_in(desk, context)
    address = daily(desk, "Vừa khung hình", "09:00" if size == "phone" else "09:30")
    for path in (address, f"{address}/edit", f"/broadcasts/{address.split('/')[2].rpartition('-')[0]}"):
        page.goto(f"{desk.origin}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        for each in page.locator(
            "main button:visible:not(.unseen), main select:visible, main .choice, main .tick"
        ).all():
            box = each.bounding_box()
            assert box is not None
            assert box["height"] >= 43.9, (path, each.inner_text())
        assert page.locator("h1").count() == 1
    assert complaints == []
    context.close()


@pytest.mark.timeout(180)
def test_an_edit_by_mouse_is_looked_at_and_saved(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    page, _ = signed_in(desk, context)
    address = daily(desk, "Bằng chuột", "10:00")
    page.goto(f"{desk.origin}{address}")
    page.get_by_role("link", name="Sửa giờ, địa bàn, âm thanh").click()
    page.get_by_label("Thôn 2").uncheck()
    page.locator("input[name=time]").fill("10h10")
    page.get_by_role("radio", name="Từ nay").check()
    page.get_by_role("button", name="Xem trước").last.click()
    expect(page.get_by_text("Không cần duyệt lại")).to_be_visible()
    expect(page.get_by_text("Thứ Tư 25/11/2026, 10:10:00–", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Đã lưu, không cần duyệt lại", exact=False)).to_be_visible()
    expect(page.get_by_role("heading", name="Bản 2")).to_be_visible()
    context.close()


@pytest.mark.timeout(180)
def test_one_tap_leaves_it_out_on_a_phone(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page, _ = signed_in(desk, context)
    address = daily(desk, "Bằng ngón tay", "11:00")
    page.goto(f"{desk.origin}{address}")
    page.get_by_role("button", name="Chỉ lần phát này").tap()
    expect(page.get_by_text("Đã lưu, không cần duyệt lại", exact=False)).to_be_visible()
    expect(page.locator(".head .badge")).to_have_text("Bỏ lần này")
    page.get_by_role("button", name="Cho phát lần này").tap()
    expect(page.locator(".head .badge")).to_have_text("Sẽ phát")
    context.close()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("script", [True, False])
def test_an_edit_by_keyboard_alone_with_and_without_a_script(desk: Desk, chromium: Browser, script: bool) -> None:
    context = chromium.new_context(java_script_enabled=script, viewport={"width": 390, "height": 844})
    page, _ = signed_in(desk, context)
    address = daily(desk, "Bằng bàn phím", "14:00" if script else "15:00")
    page.goto(f"{desk.origin}{address}/edit")
    title = page.get_by_label("Tên bản tin")
    title.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Gõ bằng phím")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Không cần duyệt lại")).to_be_visible()
    expect(page.get_by_label("Tên bản tin")).to_have_value("Gõ bằng phím")
    page.get_by_role("button", name="Lưu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Gõ bằng phím")).to_be_visible()
    context.close()


@pytest.mark.timeout(180)
def test_seconds_are_cut_out_and_heard_before_they_are_saved_without_a_script(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1366, "height": 768})
    page, _ = signed_in(desk, context)
    address = daily(desk, "Cắt bớt", "16:00")
    page.goto(f"{desk.origin}{address}/edit")
    whole = page.locator("input[name='item.0']").get_attribute("value")
    page.get_by_text("Chỉ lấy một đoạn").click()
    page.locator("input[name='begin.0']").fill("0,5")
    page.locator("input[name='end.0']").fill("1,5")
    page.get_by_role("button", name="Xem trước").last.click()
    expect(page.get_by_text("Cần duyệt lại")).to_be_visible()
    cut = page.locator("input[name='item.0']").get_attribute("value")
    assert cut != whole
    assert page.locator("main audio").first.get_attribute("src") == f"/assets/{cut}"
    page.get_by_role("button", name="Lưu và gửi duyệt").click()
    expect(page.get_by_text("gửi duyệt. Trong lúc chờ, vẫn phát như cũ.", exact=False)).to_be_visible()
    context.close()
