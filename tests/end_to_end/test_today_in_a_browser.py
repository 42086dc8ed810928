"""The page of today in real Chromium: by keyboard, on a phone, without a script, and while the office is away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from controller.domain.values import to_ms
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OwedRow, ProofRow
from tests.support.desk import MORNING, PASSWORD, Desk, open_desk, settled
from tests.support.ledger import owed

WIDTHS = {"phone": (390, 844), "old PC": (1366, 768)}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A commune with one bulletin on air in Thôn 1."""
    with open_desk(tmp_path, recordings={"n1": tmp_path / "recordings"}) as opened:
        settled(opened)
        row = owed("n1", {opened.hamlets["Thôn 1"]: "Thôn 1"}, "bulletin-1", MORNING, 12, "Tiêm phòng")
        columns = {**owed_columns(row), "area_id": opened.root}
        transact(opened.office.engine, lambda session: session.add(OwedRow(**columns)))
        opened.clock.advance(seconds=30)
        yield opened


def prove(desk: Desk, node: str = "n1") -> None:
    """The node tells that it played all of it."""
    proof = ProofRow(
        node_id=node, stream="s", number=1, occurrence_id="bulletin-1", version=1, attempt=1, sounded_ms=12_000,
        due_ms=12_000, loudness=-20.0, start_error_us=800, evidence=["frames"], started_at_ms=to_ms(MORNING),
        closed_at_ms=to_ms(MORNING) + 12_000, assets=[],
    )  # fmt: skip
    transact(desk.office.engine, lambda session: session.add(proof))


def opened(desk: Desk, context: BrowserContext) -> tuple[Page, list[str]]:
    """The page of today after signing in by keyboard alone, and what the browser complains of."""
    page = context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    page.goto(desk.origin)
    page.get_by_label("Tên đăng nhập").focus()
    page.keyboard.type("an")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()
    return page, complaints


@pytest.mark.parametrize("size", WIDTHS)
def test_today_renews_itself_and_says_when_the_office_is_away(size: str, desk: Desk, chromium: Browser) -> None:
    width, height = WIDTHS[size]
    context = chromium.new_context(viewport={"width": width, "height": height})
    page, complaints = opened(desk, context)
    expect(page.get_by_text("Tiêm phòng").first).to_be_visible()
    assert page.get_by_text("Đã phát", exact=True).count() == 0
    prove(desk)
    expect(page.get_by_text("Đã phát", exact=True)).to_be_visible(timeout=10_000)
    expect(page.get_by_text("vào lệch 0,8 ms")).to_be_visible()
    expect(page.get_by_text("Sáng nay Thôn 1 đã phát đủ.")).to_be_visible()
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.set_offline(True)
    expect(page.get_by_text("Máy chủ không trả lời.")).to_be_visible(timeout=10_000)
    context.set_offline(False)
    expect(page.get_by_text("Máy chủ không trả lời.")).to_be_hidden(timeout=10_000)


def test_without_a_script_all_of_it_works(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page, _ = opened(desk, context)
    prove(desk)
    page.get_by_role("link", name="Xem lại").click()
    expect(page.get_by_text("Đã phát", exact=True)).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="What was played")).to_be_visible()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def crowd(desk: Desk) -> None:
    """Seven hamlets more, in which it was played in full."""
    names = {f"n{number}": f"Thôn {number}" for number in range(4, 11)}
    hamlets = {node: desk.add_hamlet(name, node) for node, name in names.items()}
    rows = [owed(node, {hamlets[node]: name}, "bulletin-1", MORNING, 12, "Tiêm phòng") for node, name in names.items()]
    columns = [{**owed_columns(row), "area_id": desk.root} for row in rows]
    transact(desk.office.engine, lambda session: session.add_all(OwedRow(**each) for each in columns))
    for node in names:
        prove(desk, node)


def test_what_is_well_is_opened_by_keyboard_and_stays_open_when_the_page_renews_itself(
    desk: Desk, chromium: Browser
) -> None:
    crowd(desk)
    desk.clock.advance(minutes=20)
    page, _ = opened(desk, chromium.new_context(viewport={"width": 1366, "height": 768}))
    well = page.locator("#bulletin-1").get_by_text("7 cụm loa đã phát đủ")
    well.focus()
    page.keyboard.press("Enter")
    names = page.locator("#bulletin-1 .well p")
    expect(names).to_be_visible()
    prove(desk)
    expect(page.get_by_text("Sáng nay cả 8 thôn đã phát đủ.")).to_be_visible(timeout=10_000)
    expect(names).to_contain_text("Thôn 1")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_office_s_clock_goes_on_and_the_menu_of_a_phone_opens_and_closes_by_keyboard(
    desk: Desk, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    context.clock.install()
    page, _ = opened(desk, context)
    expect(page.locator(".when")).to_contain_text("08:00 Thứ Ba 24/11/2026 (16/10 ÂL)")
    context.clock.fast_forward("16:00:00")
    expect(page.locator(".when")).to_contain_text("00:00 Thứ Tư 25/11/2026 (17/10 ÂL)")
    rest = page.locator("nav summary")
    rest.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 683])
def test_the_page_fits_a_narrow_phone_and_twice_the_size_on_an_old_pc(
    width: int, desk: Desk, chromium: Browser
) -> None:
    crowd(desk)
    desk.clock.advance(minutes=20)
    page, _ = opened(desk, chromium.new_context(viewport={"width": width, "height": 384}))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("nav").bounding_box() is not None


def test_what_can_be_pressed_is_large_enough_for_a_thumb_and_has_a_name(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page, _ = opened(desk, context)
    page.get_by_text("Khác", exact=True).click()
    for button in page.locator("button:visible, summary:visible, nav a:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, button.inner_text()
        assert button.inner_text().strip()
