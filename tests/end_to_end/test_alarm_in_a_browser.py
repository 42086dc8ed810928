"""Alarms in real Chromium: held, slid, by keyboard, by wet fingers; and the three commonest mistakes, each tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from sqlalchemy import select

from controller.domain.values import to_ms
from controller.storage.engine import reading, transact
from controller.storage.tables import AreaRow, PlayNowRow
from deploy import browser
from tests.support.booked import with_book
from tests.support.desk import PASSWORD, Desk, open_desk, settled
from tests.support.looking import listening, wrong

SIZES = {"phone": (390, 844), "old PC": (1366, 768)}

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A commune with its book, and the head of a hamlet."""
    with open_desk(tmp_path) as opened:
        made = settled(opened)
        made.add_person("hai", "duty_officer", made.hamlets["Thôn 2"])
        with_book(made.office.engine, ("Tân Phú", "Thôn 1", "Thôn 2"))
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, gone afterwards."""
    browser.lay()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield launched
        launched.close()


def opened(desk: Desk, chromium: Browser, size: str = "old PC", who: str = "approver", **more: Any) -> Page:
    """Somebody on the first page."""
    width, height = SIZES[size]
    phone = size == "phone"
    page = chromium.new_context(
        viewport={"width": width, "height": height}, has_touch=phone, is_mobile=phone, locale="vi-VN", **more
    ).new_page()
    page.goto(f"{desk.origin}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(who)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay", exact=True)).to_be_visible()
    return page


def rows(desk: Desk) -> list[PlayNowRow]:
    """The alarms and drills that were raised."""
    with reading(desk.office.engine) as session:
        raised = select(PlayNowRow).where(PlayNowRow.issuer == "office-emergency", PlayNowRow.message != "closing")
        return list(session.scalars(raised.order_by(PlayNowRow.nominal_ms)))


def held(page: Page, seconds: float, drift: float = 0) -> None:
    """A press of the mouse on the button for so long, drifting by so many pixels."""
    box = page.locator("#hold").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(seconds * 500)
    page.mouse.move(x + drift, y)
    page.wait_for_timeout(seconds * 500)
    page.mouse.up()


def tile(page: Page, name: str) -> Locator:
    """The words to tap of a message."""
    return page.locator(".pick", has_text=name)


def storm(desk: Desk, who: str = "approver") -> str:
    """A storm in the whole commune; its id."""
    return desk.made("/alarms", {"area": desk.root, "message": "storm", "zones": [desk.zone_of(desk.root)]}, who)


def released(desk: Desk, minutes: float = 30) -> None:
    """What the exchange does: what was raised has its moments."""

    def work(session: Any) -> None:
        now = to_ms(desk.clock.now)
        for row in session.scalars(select(PlayNowRow).where(PlayNowRow.starts_at_ms.is_(None))):
            row.starts_at_ms, row.start_by_ms, row.ends_at_ms = now, now + 60_000, now + int(minutes * 60_000)

    transact(desk.office.engine, work)


def test_three_acts_from_any_page_lead_to_an_emergency(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium)
    page.goto(f"{desk.origin}/week")
    page.get_by_role("link", name="PHÁT KHẨN").click()
    tile(page, "Cháy").click()
    held(page, 2.3)
    page.wait_for_url("**/alarm/*")
    (row,) = rows(desk)
    assert (row.message, row.kind, row.slots) == ("fire", "alarm", [["place", "Tân Phú"]])
    expect(page.get_by_role("button", name="DỪNG", exact=True)).to_be_visible()


def test_a_wet_finger_may_shake_but_not_slip_and_what_is_cut_short_is_said(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium)
    page.goto(f"{desk.origin}/alarm")
    tile(page, "Bão").click()
    told = page.locator("#told")
    held(page, 1)
    expect(told).to_contain_text("CHƯA PHÁT")
    held(page, 2.3, drift=60)
    expect(told).to_contain_text("CHƯA PHÁT")
    assert rows(desk) == []
    held(page, 2.3, drift=28)
    page.wait_for_url("**/alarm/*")
    assert len(rows(desk)) == 1


def test_keys_held_are_a_hold_and_a_slide_goes_to_the_very_end(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium)
    page.goto(f"{desk.origin}/alarm")
    tile(page, "Bão").click()
    page.locator("#hold").focus()
    page.keyboard.down("Space")
    page.wait_for_timeout(2300)
    page.keyboard.up("Space")
    page.wait_for_url("**/alarm/*")
    page.goto(f"{desk.origin}/alarm?as=drill")
    tile(page, "Bão").click()
    slide = page.locator("#slide").bounding_box()
    assert slide is not None
    left, right, y = slide["x"] + 10, slide["x"] + slide["width"] - 3, slide["y"] + slide["height"] / 2
    for end in ((left + right) / 2, right):
        page.mouse.move(left, y)
        page.mouse.down()
        page.mouse.move(end, y, steps=20)
        page.mouse.up()
        if end != right:
            expect(page.locator("#told")).to_contain_text("CHƯA PHÁT")
    page.wait_for_url("**/alarm/*")
    assert [row.kind for row in rows(desk)] == ["alarm", "drill"]


def test_the_three_commonest_mistakes_are_seen_before_the_press_and_undone_after_it(
    desk: Desk, chromium: Browser
) -> None:
    page = opened(desk, chromium)
    page.goto(f"{desk.origin}/alarm")
    back = page.locator("#back")
    # The wrong message: its words stand above the button.
    tile(page, "Cháy").click()
    expect(back).to_contain_text("PHÁT THẬT “Cháy” tới Tân Phú")
    page.locator(".chips [value='2']").click()
    expect(back).to_contain_text("“Báo động lũ”")
    expect(back).to_contain_text("Nước đang lên nhanh tại Tân Phú mực nước báo động cấp 2")
    # The wrong hamlet: the place of the words follows, and the names stand there.
    page.locator(".tick", has_text="Thôn 2").click()
    expect(back).to_contain_text("tới Thôn 2: Báo động lũ! Nước đang lên nhanh tại Thôn 2")
    # A drill for real: another colour, another verb.
    expect(page.locator(".alarm.real")).to_be_visible()
    page.get_by_role("link", name="DIỄN TẬP").click()
    expect(page.locator(".alarm.drill")).to_be_visible()
    tile(page, "Báo động lũ").click()
    expect(back).to_contain_text("PHÁT DIỄN TẬP")
    held(page, 2.3)
    expect(page.locator("#told")).to_contain_text("Hãy chọn")
    page.locator(".chips [value='1']").click()
    held(page, 2.3)
    page.wait_for_url("**/alarm/*")
    assert [row.kind for row in rows(desk)] == ["drill"]
    released(desk)
    page.get_by_role("button", name="DỪNG", exact=True).click()
    expect(page.get_by_text("Người approver kết thúc lúc")).to_be_visible()


def test_a_wrong_alarm_is_corrected_and_a_right_one_ends_with_bao_yen(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium)
    raised = desk.made(
        "/alarms", {"area": desk.root, "message": "storm", "zones": [desk.zone_of(desk.root)]}, "approver"
    )
    released(desk, minutes=9)
    page.goto(f"{desk.origin}/")
    bar = page.locator(".alarmed")
    expect(bar).to_contain_text("BÁO ĐỘNG Bão – còn 9 phút là hết")
    bar.get_by_role("link").click()
    expect(page.locator("#loud")).to_contain_text("Còn 9 phút là hết")
    page.get_by_role("button", name="GIA HẠN").click()
    expect(page.locator("#loud")).to_be_empty()
    page.get_by_text("BÁO YÊN …").click()
    page.get_by_role("button", name="Phát báo yên").click()
    expect(page.get_by_role("heading", name="BÁO YÊN")).to_be_visible()
    assert [row.kind for row in rows(desk)] == ["alarm", "all_clear"]
    assert rows(desk)[1].answers == [raised]


def test_the_second_person_sees_the_seconds_and_agrees(desk: Desk, chromium: Browser) -> None:
    transact(
        desk.office.engine,
        lambda session: setattr(session.get_one(AreaRow, desk.root), "settings", {"second_person_s": 60}),
    )
    desk.add_person("officer", "duty_officer", desk.root)
    waiting = storm(desk, "officer")
    page = opened(desk, chromium)
    page.locator(".alarmed").get_by_role("link").click()
    expect(page.locator("#loud")).to_contain_text("sẽ tự phát sau 60 giây")
    desk.clock.advance(seconds=20)
    expect(page.locator("#loud")).to_contain_text("sẽ tự phát sau 40 giây")
    page.get_by_role("button", name="ĐỒNG Ý: PHÁT NGAY").click()
    expect(page.get_by_text("Người thứ hai: Người approver.")).to_be_visible()
    assert rows(desk)[0].occurrence_id == waiting


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_are_right_for_eyes_thumbs_and_policy(size: str, desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium, size)
    complaints = listening(page.context)
    shots = os.environ.get("LOA_SHOTS", "")
    for kind in ("real", "drill"):
        page.goto(f"{desk.origin}/alarm?as={kind}")
        page.locator(".chips [value='2']").click()
        if shots:
            page.screenshot(path=f"{shots}/{size}-{kind}.png".replace(" ", "-"))
            page.screenshot(path=f"{shots}/{size}-{kind}-full.png".replace(" ", "-"), full_page=True)
        assert list(wrong(page)) == []
    made = storm(desk)
    released(desk, minutes=9)
    page.goto(f"{desk.origin}/alarm/{made}")
    if shots:
        page.screenshot(path=f"{shots}/{size}-after.png".replace(" ", "-"), full_page=True)
    assert list(wrong(page)) == []
    page.goto(f"{desk.origin}/")
    if shots:
        page.screenshot(path=f"{shots}/{size}-today.png".replace(" ", "-"))
    assert list(wrong(page)) == []
    assert complaints == []


def with_pin(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.origin}/account")
    page.get_by_label("Mật khẩu của bạn").fill(PASSWORD)
    page.get_by_label("Mã PIN mới").fill("271828")
    page.get_by_role("button", name="Đặt mã PIN").click()
    expect(page.get_by_text("Mã PIN mới đã có hiệu lực.")).to_be_visible()


def test_a_pin_alone_raises_and_ends_an_alarm_where_the_sign_in_is_over(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium)
    with_pin(desk, page)
    page.goto(f"{desk.origin}/alarm")
    tile(page, "Bão").click()
    page.context.clear_cookies(name="loa")
    page.locator("#pin").fill("111111")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("PIN")
    assert rows(desk) == []
    page.locator("#pin").fill("271828")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Đã gửi")).to_be_visible()
    assert [row.message for row in rows(desk)] == ["storm"]
    page.get_by_label("Tên đăng nhập").fill("approver")
    page.get_by_label("PIN").fill("271828")
    page.get_by_role("button", name="DỪNG").click()
    expect(page.get_by_role("heading", name="Đã dừng")).to_be_visible()
    assert rows(desk)[0].stopped_at is not None


def test_without_a_script_a_plain_form_with_the_pin_serves_the_head_of_a_hamlet(desk: Desk, chromium: Browser) -> None:
    page = opened(desk, chromium, "phone", who="hai", java_script_enabled=False)
    with_pin(desk, page)
    page.goto(f"{desk.origin}/alarm")
    expect(page.locator("#hold")).to_have_count(0)
    expect(page.get_by_text("Thôn 1", exact=True)).to_have_count(0)
    tile(page, "Bão").click()
    page.locator("#pin").fill("271828")
    page.get_by_role("button", name="PHÁT THẬT").click()
    expect(page.get_by_role("heading", name="BÁO ĐỘNG: Bão")).to_be_visible()
    assert [row.message for row in rows(desk)] == ["storm"]
