"""The page of a commune that plays, in real Chromium: what was played, its proof, and the sound to listen to."""

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from deploy.demo.office import Answer
from deploy.demo.verdicts import programme_of
from deploy.listening import find
from playlists.models import RATE
from speaker_node.sound.recording import HEADER
from tests.end_to_end.test_today_in_a_browser import WIDTHS
from tests.support.demo import Demo

pytestmark = pytest.mark.timeout(120)

BULLETIN = "Bản tin sáng"
LOADED = """async audio => {
    const ready = new Promise((resolve, reject) => { audio.oncanplaythrough = resolve; audio.onerror = reject; });
    audio.preload = "auto"; audio.load(); await ready; return audio.duration;
}"""


def bulletin(commune: Demo) -> Answer:
    """This run's bulletin for the whole commune, played."""
    return commune.closed(next(each["id"] for each in commune.airings() if each["title"] == BULLETIN))


def entered(context: BrowserContext, commune: Demo, role: str) -> Page:
    """The page of today, as the person of a role."""
    described = commune.described()
    page = context.new_page()
    page.goto(described["page"])
    page.get_by_label("Tên đăng nhập").fill(described["log_ins"][role]["username"])
    page.get_by_label("Mật khẩu").fill(described["log_ins"][role]["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()
    return page


def assert_played(page: Page, airing: Answer) -> Locator:
    """Each hamlet has its verdict, its proof and its recording; the card."""
    card = page.locator(f"[id='{airing['id']}']")
    expect(card.get_by_text("Đã phát", exact=True)).to_have_count(3)
    expect(card.get_by_text("vào lệch")).to_have_count(3)
    for hamlet in ("Thôn Đồng Tâm", "Thôn Nà Lầu", "Thôn Khe Cát"):
        expect(card.get_by_text(hamlet)).to_be_visible()
    expect(card.locator("audio[src]")).to_have_count(3)
    return card


def assert_heard(commune: Demo, context: BrowserContext, airing: Answer, address: str) -> None:
    """What stands behind an <audio> is the programme."""
    answer = context.request.get(commune.described()["page"] + address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "audio/wav"
    with commune.office("editor") as office:
        programme = programme_of(office, airing)
    _, alike = find(programme, np.frombuffer(answer.body()[HEADER.size :], "<i2"), RATE)
    assert alike >= 0.95


@pytest.mark.parametrize(("role", "size"), [("editor", "old PC"), ("approver", "phone")])
def test_who_decides_sees_what_was_played_and_can_listen_to_it(
    commune: Demo, role: str, size: str, chromium: Browser
) -> None:
    airing = bulletin(commune)
    width, height = WIDTHS[size]
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = entered(context, commune, role)
    audio = assert_played(page, airing).locator("audio")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert audio.first.evaluate(LOADED) >= airing["due_ms"] / 1000
    for each in audio.all():
        assert_heard(commune, context, airing, each.get_attribute("src") or "")


def test_without_a_script_it_says_the_same(commune: Demo, chromium: Browser) -> None:
    airing = bulletin(commune)
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    card = assert_played(entered(context, commune, "editor"), airing)
    assert_heard(commune, context, airing, card.locator("audio").first.get_attribute("src") or "")


def test_nobody_listens_without_a_log_in(commune: Demo, chromium: Browser) -> None:
    address = next(owed["recordings"][0] for owed in bulletin(commune)["nodes"])
    answer = chromium.new_context().request.get(commune.described()["page"] + address)
    assert answer.status == 401
