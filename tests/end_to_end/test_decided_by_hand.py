"""A clerk writes a bulletin and an approver lets it out, both by hand in Chromium: the horns say those words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from controller.domain.hours import doubtful
from deploy.demo.commune import TIME_ZONE
from deploy.demo.office import Answer
from deploy.demo.verdicts import programme_of
from deploy.listening import find
from playlists.models import RATE
from speaker_node.sound.recording import HEADER
from tests.end_to_end.test_demo_browsed import entered
from tests.end_to_end.test_today_in_a_browser import WIDTHS
from tests.support.demo import Demo

pytestmark = pytest.mark.timeout(300)

TITLE = "Mời họp chi bộ"
TEXT = "Kính mời toàn thể đảng viên đến dự họp chi bộ tại nhà văn hóa thôn."
AHEAD = timedelta(seconds=60)
"""So long before its start the bulletin is written: time to press, to approve and to carry the audio."""


def at_the_desk(browser: Browser) -> BrowserContext:
    """An old PC."""
    width, height = WIDTHS["old PC"]
    return browser.new_context(viewport={"width": width, "height": height})


def in_the_hand(browser: Browser) -> BrowserContext:
    """A phone, by touch."""
    width, height = WIDTHS["phone"]
    return browser.new_context(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)


def read_by_the_machine(page: Page, text: str) -> None:
    """The text becomes the only sound of the bulletin, after it was shown and could be heard."""
    chosen = page.locator("#chosen li")
    for left in reversed(range(chosen.count())):
        chosen.first.get_by_role("button", name="Bỏ:").click()
        expect(chosen).to_have_count(left)
    page.locator("summary", has_text="Máy đọc chữ").click()
    page.get_by_label("Bài viết").fill(text)
    page.get_by_role("button", name="Nghe thử").click()
    expect(page.locator("#heard")).to_contain_text(text)
    page.get_by_role("button", name="Nhận bài đọc này").click()
    expect(page.locator("#chosen audio")).to_have_count(1)


def in_two_hamlets(page: Page) -> None:
    """Thôn Đồng Tâm and Thôn Khe Cát, and nowhere else."""
    for ticked in page.locator("#where input[type=checkbox]").all():
        ticked.set_checked(False)
    for hamlet in ("Thôn Đồng Tâm", "Thôn Khe Cát"):
        page.get_by_label(hamlet).check()


def at(page: Page, start: datetime) -> None:
    """A time of its own; who is asked back about an hour of the night says that it is meant."""
    page.get_by_text("Giờ khác", exact=True).click()
    page.locator("#time [name=day]").fill(f"{start:%d/%m/%Y}")
    page.locator("#time [name=time]").fill(f"{start:%H:%M:%S}")
    page.keyboard.press("Tab")
    if doubtful(start.time()) is not None:
        sure = page.get_by_role("button", name="Không, đúng là")
        sure.click()
        expect(sure).to_have_count(0)
    expect(page.locator("#shown li").filter(has_text=f"{start:%H:%M:%S}").first).to_be_visible()


def written(browser: Browser, commune: Demo) -> str:
    """The clerk decides; the broadcast's id."""
    page = entered(at_the_desk(browser), commune, "editor")
    page.get_by_role("link", name="Bản tin mới").click()
    read_by_the_machine(page, TEXT)
    page.get_by_label("Tên bản tin").fill(TITLE)
    in_two_hamlets(page)
    start = datetime.now(ZoneInfo(TIME_ZONE)) + AHEAD
    at(page, start)
    expect(page.locator("#shown")).to_contain_text(f"{start:%H:%M:%S}")
    page.get_by_role("button", name="Lưu và gửi duyệt").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    return page.url.partition("?")[0].rpartition("/")[2]


def approved(browser: Browser, commune: Demo) -> None:
    """The approver hears, reads and approves, on a phone."""
    page = entered(in_the_hand(browser), commune, "approver")
    expect(page.locator("main")).to_contain_text(TITLE)
    page.get_by_role("link", name="Duyệt", exact=True).tap()
    page.get_by_role("link", name=f"Nghe và duyệt: {TITLE}").tap()
    expect(page.locator("main")).to_contain_text(TEXT)
    expect(page.locator("main audio")).to_have_count(1)
    page.get_by_role("button", name="Duyệt", exact=True).tap()
    expect(page.get_by_role("status")).to_be_visible()


def heard(commune: Demo, page: Page, address: str, airing: Answer) -> float:
    """How much of what a hamlet recorded is the bulletin."""
    answer = page.request.get(commune.described()["page"] + address)
    with commune.office("editor") as office:
        programme = programme_of(office, airing)
    return find(programme, np.frombuffer(answer.body()[HEADER.size :], "<i2"), RATE)[1]


def test_what_a_clerk_wrote_and_an_approver_let_out_by_hand_is_what_the_horns_said(
    commune: Demo, chromium: Browser
) -> None:
    broadcast = written(chromium, commune)
    approved(chromium, commune)
    airing = commune.closed(next(each["id"] for each in commune.airings() if each["id"].startswith(broadcast)))
    page = entered(at_the_desk(chromium), commune, "editor")
    card = page.locator(f"[id='{airing['id']}']")
    expect(card.get_by_text("Đã phát", exact=True)).to_have_count(2)
    players = [each.get_attribute("src") or "" for each in card.locator("audio").all()]
    assert len(players) == 2
    assert all(heard(commune, page, address, airing) >= 0.95 for address in players)
