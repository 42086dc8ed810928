"""Approval in real Chromium: on a phone by touch, by keyboard alone, without a script, and at both widths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.desk import PASSWORD, Desk, open_desk, settled

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WIDTHS = {"phone": PHONE, "old PC": {"viewport": {"width": 1366, "height": 768}}}
TEXT = "Kính mời bà con đi họp lúc bảy giờ tối nay tại nhà văn hoá, mỗi hộ cử một người."

HEARD = "audio => audio.play().then(() => new Promise(done => { audio.ontimeupdate = () => done(audio.duration); }))"
"""Plays until something has sounded; gives the length in seconds."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A commune with its staff and a deputy of the approver."""
    with open_desk(tmp_path) as opened:
        settled(opened)
        opened.clock.advance(minutes=1)
        opened.add_person("deputy", "approver")
        yield opened


def asked(desk: Desk, title: str = "Mời họp thôn") -> str:
    """A broadcast of this evening that waits for approval."""
    asset = desk.speech(TEXT)
    spoken = [{"recordings": [{"language": "vi", "asset": asset, "text": TEXT, "voice": "vi"}]}]
    tonight = {"repeat": "once", "first_day": "2026-11-24", "times": ["19:00"]}
    made = desk.made("/broadcasts", desk.version(asset, title=title, playlist=spoken, recurrence=tonight), "editor")
    assert desk.post(f"/broadcasts/{made}/versions/1/submit", who="editor").status_code == 204
    return made


def state(desk: Desk, made: str) -> str:
    return str(desk.get(f"/broadcasts/{made}").json()["versions"][-1]["state"])


def signed_in(desk: Desk, context: BrowserContext, who: str) -> Page:
    """A page of somebody who has come in."""
    page = context.new_page()
    page.goto(f"{desk.origin}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(who)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible(timeout=20_000)
    return page


def test_an_approver_hears_reads_and_approves_on_a_phone_by_touch(desk: Desk, chromium: Browser) -> None:
    made = asked(desk)
    page = signed_in(desk, chromium.new_context(**PHONE), "approver")
    page.get_by_role("navigation").get_by_role("link", name="Duyệt").tap()
    page.get_by_role("link", name="Nghe và duyệt: Mời họp thôn").tap()
    expect(page.get_by_text(TEXT)).to_be_visible()
    expect(page.get_by_text("Thứ Ba 24/11/2026, 19:00:00–19:00:")).to_be_attached()
    heard = (
        "audio => audio.play().then(() => new Promise(done => { audio.ontimeupdate = () => done(audio.duration); }))"
    )
    assert page.locator("audio").first.evaluate(heard) > 1
    page.get_by_role("button", name="Duyệt", exact=True).tap()
    expect(page.get_by_text("Đã duyệt: sẽ phát đúng như đã định.")).to_be_visible()
    assert state(desk, made) == "approved"


def test_it_is_returned_by_keyboard_alone_and_without_a_script(desk: Desk, chromium: Browser) -> None:
    made = asked(desk)
    page = signed_in(desk, chromium.new_context(java_script_enabled=False, **PHONE), "approver")
    page.goto(f"{desk.origin}/approvals/{made}")
    page.get_by_role("button", name="Trả lại").focus()
    page.keyboard.press("Enter")
    reason = page.get_by_label("Lý do trả lại")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    page.keyboard.type("Sai tên thôn ở câu đầu")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Duyệt", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã trả lại cho người soạn")).to_be_visible()
    assert state(desk, made) == "returned"
    assert desk.get(f"/broadcasts/{made}").json()["versions"][0]["returned_why"] == "Sai tên thôn ở câu đầu"


def test_what_was_replaced_meanwhile_is_told_and_the_newer_one_is_decided_on(desk: Desk, chromium: Browser) -> None:
    made = asked(desk)
    page = signed_in(desk, chromium.new_context(**PHONE), "approver")
    page.goto(f"{desk.origin}/approvals/{made}")
    body = desk.version(desk.speech(TEXT), title="Mời họp thôn, đổi giờ")
    newer = {"base": 1, **{name: value for name, value in body.items() if name not in ("area", "programme")}}
    assert desk.post(f"/broadcasts/{made}/versions", newer, "editor").status_code == 201
    assert desk.post(f"/broadcasts/{made}/versions/2/submit", who="editor").status_code == 204
    page.get_by_role("button", name="Duyệt", exact=True).tap()
    expect(page.get_by_text("đã được thay bằng bản mới hơn")).to_be_visible()
    assert state(desk, made) == "submitted"
    page.get_by_role("link", name="Mở lại từ đầu").tap()
    expect(page.get_by_role("heading", name="Mời họp thôn, đổi giờ")).to_be_visible()
    page.get_by_role("button", name="Duyệt", exact=True).tap()
    expect(page.get_by_text("Đã duyệt: sẽ phát đúng như đã định.")).to_be_visible()
    assert state(desk, made) == "approved"


def test_an_editor_copies_the_text_and_records_a_paper_by_keyboard(desk: Desk, chromium: Browser) -> None:
    made = asked(desk)
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=desk.origin)
    page = signed_in(desk, context, "editor")
    page.goto(f"{desk.origin}/approvals/{made}")
    page.get_by_role("button", name="Chép lời nhắn").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Đã chép")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Nhờ duyệt: “Mời họp thôn”")
    assert copied.rstrip().endswith(f"/approvals/{made}")
    page.get_by_text("Đã duyệt trên giấy").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Văn bản nào").focus()
    page.keyboard.type("Phiếu trình 12 ngày 24/11/2026")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Người approver đã duyệt trên giấy")).to_be_visible()
    assert state(desk, made) == "approved"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_fits_is_large_enough_to_touch_and_breaks_no_policy(
    size: str, desk: Desk, chromium: Browser
) -> None:
    made = asked(desk, "Mời họp thôn về việc tiêm phòng cho đàn gia súc vụ đông xuân và thu tiền điện tháng mười một")
    beforehand = {"area": desk.root, "asset": desk.speech("Nhạc hiệu"), "until": "2026-11-28"}
    assert desk.post("/standing-approvals", beforehand, "approver").status_code == 201
    for who in ("approver", "editor"):
        context = chromium.new_context(**WIDTHS[size])
        page = signed_in(desk, context, who)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))  # noqa: B023 - read in this turn
        for path in ("/approvals", f"/approvals/{made}", "/standing"):
            page.goto(f"{desk.origin}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[size]["viewport"]["width"], path
            for each in page.locator("main button:visible, main select, main summary, main .main, main textarea").all():
                box = each.bounding_box()
                assert box is not None
                assert box["height"] >= 43.9, (path, each.inner_text())
        assert complaints == []
        context.close()
