"""The timetable and a hamlet's day in real Chromium: by mouse, by keyboard alone, without a script, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.desk import PASSWORD, Desk, open_desk, settled
from tests.support.looking import listening, wrong

WIDTHS = {"phone": (390, 844), "old PC": (1366, 768)}
HABITS = (("Sáng", "05:30", 3600), ("Trưa", "11:00", 1800), ("Chiều", "17:00", 3600))

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A commune with its sessions and a usual week: two daily broadcasts in each, one that waits, one of its own."""
    with open_desk(tmp_path_factory.mktemp("desk")) as opened:
        filled(settled(opened))
        yield opened


def filled(desk: Desk) -> None:
    sessions = [{"name": name, "starts_at": at, "limit_s": limit} for name, at, limit in HABITS]
    body = {"from_day": "2026-11-25", "sessions": sessions}
    answer = desk.ask("PUT", f"/areas/{desk.root}/sessions", json=body)
    assert answer.status_code == 200, answer.text
    ids, asset = answer.json()["ids"], desk.speech()
    every = {"repeat": "daily", "first_day": "2026-11-25", "times": []}
    for session in ids:
        for order, title in enumerate(("Nhạc hiệu", "Bản tin của xã về tiêm phòng"), 1):
            there = {"session": {"session": session, "order": order}}
            desk.approved(asset=asset, title=title, recurrence=every, **there)
    desk.approved(asset=asset, title="Giờ riêng", recurrence={**every, "times": ["19:00"]})
    once = {"repeat": "once", "first_day": "2026-11-26", "times": ["18:30"]}
    waits = desk.made("/broadcasts", desk.version(asset, title="Họp thôn", recurrence=once), "editor")
    assert desk.post(f"/broadcasts/{waits}/versions/1/submit", who="editor").status_code in (200, 204)


def entered(desk: Desk, context: BrowserContext, username: str = "editor") -> Page:
    page = context.new_page()
    page.goto(f"{desk.origin}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()
    return page


@pytest.mark.parametrize("size", WIDTHS)
def test_nothing_is_wrong_with_the_pages_by_eye_thumb_or_policy(size: str, desk: Desk, chromium: Browser) -> None:
    width, height = WIDTHS[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
    page, complaints = entered(desk, context), listening(context)
    hamlet = desk.hamlets["Thôn 1"]
    for path in ("/week", "/week?day=2026-12-01", "/week?view=template", f"/week?area={hamlet}", f"/tomorrow/{hamlet}"):
        page.goto(f"{desk.origin}{path}")
        assert list(wrong(page)) == [], path
    assert complaints == []
    context.close()


def test_on_a_pc_the_week_is_a_table_of_sessions_and_days_and_leads_to_deciding(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    page = entered(desk, context)
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Lịch").click()
    table = page.get_by_role("table")
    heads = table.get_by_role("columnheader")
    assert [re.split(r"\s+\d", each)[0] for each in heads.all_inner_texts()[:2]] == ["Thứ Hai", "Thứ Ba hôm nay"]
    expect(heads.nth(1)).to_contain_text("16/10 ÂL")
    expect(heads.nth(1)).to_contain_text("Ngày Văn hóa Việt Nam")
    rows = table.get_by_role("rowheader")
    assert [each.split("\n")[0].split(" ")[0] for each in rows.all_inner_texts()] == ["Sáng", "Trưa", "Chiều", "Khác"]
    evening = table.get_by_role("row").nth(3)
    expect(evening.get_by_role("cell").nth(2)).to_contain_text(re.compile(r"1/60 phút.*17:00 Nhạc hiệu", re.S))
    expect(table.get_by_role("link", name="18:30 Họp thôn")).to_contain_text("Chờ duyệt")
    expect(page.locator(".days")).to_be_hidden()
    add = table.get_by_role("link", name="Thêm vào “Chiều”, Thứ Sáu, 27/11/2026")
    assert re.fullmatch(r"/decide\?day=2026-11-27&session=[a-z0-9]+", add.get_attribute("href") or "")
    page.get_by_role("link", name="Tuần sau").click()
    expect(page.get_by_role("heading", name="Tuần 30/11 – 06/12/2026")).to_be_visible()
    page.get_by_role("link", name="Tuần này").click()
    expect(page.get_by_role("heading", name="Tuần 23/11 – 29/11/2026")).to_be_visible()
    context.close()


def test_on_a_phone_without_a_script_the_days_stand_below_one_another_from_today_on(
    desk: Desk, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN", java_script_enabled=False)
    page = entered(desk, context)
    page.goto(f"{desk.origin}/week")
    expect(page.get_by_role("table")).to_be_hidden()
    days = page.locator(".days > .day")
    assert days.locator("h2").first.inner_text().startswith("Thứ Ba")
    expect(days).to_have_count(6)
    expect(days.nth(1).get_by_role("link", name="17:00 Nhạc hiệu")).to_be_visible()
    expect(days.nth(1).get_by_role("link", name="Thêm vào Thứ Tư, 25/11/2026")).to_be_visible()
    page.get_by_text("Những ngày đã qua").click()
    expect(page.locator("details .day")).to_have_count(1)
    page.get_by_role("button", name="Xem").click()
    expect(page.get_by_role("heading", name="Tuần 23/11 – 29/11/2026")).to_be_visible()
    context.close()


def test_by_keyboard_alone_a_hamlets_day_is_reached_and_read(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    page = entered(desk, context)
    page.goto(f"{desk.origin}/week")
    link = page.get_by_role("link", name="Ngày mai thôn sẽ nghe gì?")
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thôn 1 sẽ nghe gì?")).to_be_visible()
    cells = page.get_by_role("table").get_by_role("row")
    assert [each.split("\t")[0][:5] for each in cells.all_inner_texts()[1:3]] == ["05:30", "05:30"]
    expect(cells.nth(1)).to_contain_text("Hằng ngày trong “Sáng”, từ 25/11/2026 trở đi")
    expect(cells.nth(1)).to_contain_text("Tiếng chưa về tới cụm loa này.")
    page.get_by_label("Nơi").focus()
    page.keyboard.type("Thôn 2")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Xem").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thôn 2 sẽ nghe gì?")).to_be_visible()
    context.close()


@pytest.mark.parametrize("path", ["/week?day=2026-12-01", "/week?view=template"])
def test_a_week_is_one_landscape_a4_without_menus(path: str, desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    page = entered(desk, context)
    page.goto(f"{desk.origin}{path}")
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
    (box,) = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", paper))
    left, bottom, right, top = map(float, box.split())
    assert (round(right - left), round(top - bottom)) == (842, 595)
    page.emulate_media(media="print")
    text = page.locator("body").inner_text()
    assert text.startswith("Lịch phát thanh – Tân Phú.")
    assert "Bản tin của xã về tiêm phòng" in text
    assert not [word for word in ("TẮT HẾT LOA", "Đăng xuất", "Tuần sau", "Xem", "English") if word in text]
    context.close()
