"""Making quiet in real Chromium: by touch on a phone, by mouse, by keyboard alone, with and without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from controller.domain.values import to_ms
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import MuteRow, OwedRow
from tests.support.answering import SHEET, started, status
from tests.support.desk import MORNING, PASSWORD, Desk, open_desk, settled
from tests.support.ledger import owed

PHONE = {"width": 390, "height": 844}
OLD_PC = {"width": 1366, "height": 768}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A commune with its staff, and the head of a hamlet."""
    with open_desk(tmp_path) as opened:
        made = settled(opened)
        made.add_person("hai", "duty_officer", made.hamlets["Thôn 2"])
        yield made


def signed_in(desk: Desk, page: Page, who: str = "editor") -> None:
    page.goto(f"{desk.origin}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(who)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay", exact=True)).to_be_visible()


class Thumb:
    """Counts what a person does on a phone."""

    def __init__(self) -> None:
        self.acts = 0

    def tap(self, where: Locator) -> None:
        """One act."""
        self.acts += 1
        where.tap()


def phone(chromium: Browser, script: bool = True) -> Page:
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=script)  # type: ignore[arg-type]
    return context.new_page()


@pytest.mark.parametrize("who", ["editor", "hai"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_one_hamlet_is_quiet_in_two_acts_on_a_phone(who: str, script: bool, desk: Desk, chromium: Browser) -> None:
    page, thumb = phone(chromium, script), Thumb()
    signed_in(desk, page, who)
    thumb.tap(page.get_by_role("main").get_by_role("link", name="Yên lặng"))
    thumb.tap(page.get_by_role("button", name="Thôn 2").first)
    expect(page.get_by_role("heading", name="Yên lặng: Thôn 2")).to_be_visible()
    expect(page.get_by_text("đến 12:00 Thứ Tư 25/11/2026")).to_be_visible()
    assert thumb.acts == 2
    (made,) = desk.get("/silences", "editor").json()
    assert made["areas"] == [desk.hamlets["Thôn 2"]]


def test_all_is_mute_by_one_press_and_what_is_being_typed_stays(desk: Desk, chromium: Browser) -> None:
    page = chromium.new_context(viewport=OLD_PC).new_page()  # type: ignore[arg-type]
    signed_in(desk, page)
    page.goto(f"{desk.origin}/silences/new")
    page.get_by_label("Ghi chú").fill("đang ghi dở")
    page.get_by_role("button", name="TẮT HẾT LOA").click()
    bar = page.get_by_role("region", name="Loa đang tắt")
    expect(bar).to_contain_text("Tân Phú đã tắt loa đến 10:00 (Người editor).")
    expect(page.get_by_label("Ghi chú")).to_have_value("đang ghi dở")
    bar.get_by_role("button", name="24 giờ").click()
    expect(bar).to_contain_text("đến 08:00 25/11/2026")
    bar.get_by_role("button", name="Mở lại").click()
    expect(bar).to_be_hidden()
    expect(page.get_by_label("Ghi chú")).to_have_value("đang ghi dở")
    assert page.url.endswith("/silences/new")


def test_the_bar_follows_the_answers_by_itself(desk: Desk, chromium: Browser) -> None:
    page = chromium.new_context(viewport=OLD_PC).new_page()  # type: ignore[arg-type]
    signed_in(desk, page)
    page.get_by_role("button", name="TẮT HẾT LOA").click()
    bar = page.get_by_role("region", name="Loa đang tắt")
    expect(bar).to_contain_text("0/2 cụm loa đã trả lời.")
    expect(bar).to_contain_text("Người hai")

    def carried(session: object) -> None:
        for row in session.scalars(select(MuteRow)):  # type: ignore[attr-defined]
            row.epoch, row.sequence = 1, 5

    transact(desk.office.engine, carried)
    for node in ("n1", "n2"):
        status(desk.office.engine, node, MORNING, [(SHEET, desk.zone_of(desk.root), 5)])
    page.mouse.click(5, 700)
    expect(bar).to_contain_text("2/2 cụm loa đã trả lời.", timeout=10_000)


def test_a_press_that_finds_nobody_signed_in_leads_to_signing_in_and_back_to_the_button(
    desk: Desk, chromium: Browser
) -> None:
    page = chromium.new_context(viewport=OLD_PC).new_page()  # type: ignore[arg-type]
    signed_in(desk, page)
    page.context.clear_cookies()
    page.get_by_role("button", name="TẮT HẾT LOA").click()
    page.get_by_label("Tên đăng nhập").fill("editor")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chưa có gì được gửi")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="TẮT HẾT LOA").click()
    expect(page.get_by_role("region", name="Loa đang tắt")).to_be_visible()


def tab_to(page: Page, where: Locator) -> None:
    """By the tabulator key alone."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if where.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("no key leads there")


def test_mute_silence_and_lifting_by_keyboard_alone_without_a_script(desk: Desk, chromium: Browser) -> None:
    page = chromium.new_context(viewport=OLD_PC, java_script_enabled=False).new_page()  # type: ignore[arg-type]
    signed_in(desk, page)
    tab_to(page, page.get_by_role("button", name="TẮT HẾT LOA"))
    page.keyboard.press("Enter")
    bar = page.get_by_role("region", name="Loa đang tắt")
    expect(bar).to_be_visible()
    tab_to(page, bar.get_by_role("button", name="Mở lại"))
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
    page.goto(f"{desk.origin}/silences/new")
    tab_to(page, page.get_by_label("Thôn 3"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Tang lễ"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("thi học kỳ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Yên lặng: Thôn 3")).to_be_visible()
    expect(page.get_by_text("Thi cử – thi học kỳ")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Bỏ giờ yên lặng này"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã bỏ. Đang báo cho các cụm loa.")).to_be_visible()


def sounding(desk: Desk) -> tuple[str, str]:
    """A broadcast that both nodes owe since a minute."""
    broadcast = desk.approved()
    at = MORNING - timedelta(seconds=10)
    occurrence = f"{broadcast}-{to_ms(at)}"
    for node, hamlet in (("n1", "Thôn 1"), ("n2", "Thôn 2")):
        row = owed(node, {desk.hamlets[hamlet]: hamlet}, occurrence, at, 60, "Tiêm phòng")
        columns = {**owed_columns(row), "area_id": desk.root, "broadcast_id": broadcast}
        transact(desk.office.engine, lambda session, made=columns: session.add(OwedRow(**made)))  # type: ignore[misc]
    started(desk.office.engine, "n1", occurrence, MORNING)
    return broadcast, occurrence


@pytest.mark.parametrize("open_page", [phone, lambda chromium: phone(chromium, False)], ids=["script", "no script"])
def test_stop_and_withdraw_leads_to_the_three_lists_and_to_a_correction(
    open_page: Callable[[Browser], Page], desk: Desk, chromium: Browser
) -> None:
    broadcast, occurrence = sounding(desk)
    page = open_page(chromium)
    signed_in(desk, page)
    page.goto(f"{desk.origin}/airings/{occurrence}/withdraw")
    page.get_by_label("Lý do").fill("Sai ngày họp")
    page.get_by_role("main").get_by_role("button", name="Dừng và thu hồi").tap()
    expect(page.get_by_role("heading", name="Đã thu hồi: Tiêm phòng")).to_be_visible()
    lists = page.get_by_role("region")
    expect(lists.filter(has_text="Đã phát").first).to_contain_text("Thôn 1")
    expect(lists.filter(has_text="Có thể vẫn phát").first).to_contain_text("Người hai")
    correction = page.get_by_role("link", name="Soạn tin đính chính")
    assert correction.get_attribute("href") == f"/decide?corrects={broadcast}&list=played,may_still"


@pytest.mark.parametrize("viewport", [PHONE, OLD_PC], ids=["phone", "old PC"])
def test_every_page_fits_with_the_bar_and_breaks_no_policy(
    viewport: dict[str, int], desk: Desk, chromium: Browser
) -> None:
    broadcast, occurrence = sounding(desk)
    page = chromium.new_context(viewport=viewport).new_page()  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    signed_in(desk, page)
    page.get_by_role("button", name="TẮT HẾT LOA").click()
    expect(page.get_by_role("region", name="Loa đang tắt")).to_be_visible()
    silence = desk.made(
        "/silences",
        {
            "areas": [desk.root],
            "begin": MORNING.isoformat(),
            "end": "2026-11-25T05:00:00Z",
            "why": "other",
            "note": "x" * 200,
        },
        "editor",
    )
    for path in ("/", "/mute", "/silences", "/silences/new", f"/silences/{silence}", f"/airings/{occurrence}/withdraw"):
        fits(page, f"{desk.origin}{path}", viewport["width"])
    assert desk.post(f"/broadcasts/{broadcast}/withdraw", {"why": "Sai"}, "editor").status_code == 204
    fits(page, f"{desk.origin}/withdrawn/{broadcast}", viewport["width"])
    assert complaints == []


def fits(page: Page, address: str, width: int) -> None:
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    for each in page.locator(
        "button:visible, nav a:visible, summary:visible, input:visible:not([type=radio], [type=checkbox])"
    ).all():
        box = each.bounding_box()
        assert box is not None
        assert box["height"] >= 43.9, (address, each.inner_text())
