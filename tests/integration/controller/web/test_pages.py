"""The pages as a browser without a script gets them: set-up, sign-in, today, the language, recordings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from controller.operations import setting_up
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OwedRow
from tests.support.desk import MORNING, PASSWORD, Desk, open_desk, settled
from tests.support.ledger import owed

VOID = {"meta", "link", "input", "br", "img", "hr"}


class Shape(HTMLParser):
    """Whether every element is closed, and what a page asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asks: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is opened, loaded, or against the policy."""
        if tag not in VOID:
            self.open.append(tag)
        self.inline += [name for name, _ in attrs if name == "style" or name.startswith("on")]
        self.asks += [value or "" for name, value in attrs if name in ("src", "href", "action")]

    def handle_endtag(self, tag: str) -> None:
        """What is closed was the last that was opened."""
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A self-closing element of a drawing."""
        self.handle_starttag(tag, attrs)
        self.open.remove(tag)


def shape(page: str) -> Shape:
    """A page, well formed."""
    found = Shape()
    found.feed(page)
    assert found.open == []
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An office whose node n1 records into a folder."""
    with open_desk(tmp_path, recordings={"n1": tmp_path / "recordings"}) as opened:
        yield opened


def browse(desk: Desk) -> httpx.Client:
    """A browser: it keeps cookies, follows redirects and says where it comes from."""
    headers = {"Origin": desk.origin, "Accept-Language": "en-US,en"}
    return httpx.Client(base_url=desk.origin, headers=headers, follow_redirects=True, trust_env=False)


def test_the_first_administrator_sets_up_and_signs_in_without_a_script(desk: Desk) -> None:
    code = setting_up.setup_code(desk.office)
    with browse(desk) as browser:
        page = browser.get("/")
        assert page.url.path == "/set-up"
        shape(page.text)
        form = {"code": "sai", "area": "Tân Phú", "kind": "xã", "name": "An", "username": "an", "password": PASSWORD}
        wrong = browser.post("/set-up", data=form)
        assert wrong.status_code == 422
        assert "Mã thiết lập sai" in wrong.text
        assert 'value="Tân Phú"' in wrong.text
        assert PASSWORD not in wrong.text
        long = browser.post("/set-up", data={**form, "code": str(code), "name": "x" * 10_000})
        assert (long.status_code, 'id="wrong-name"' in long.text) == (422, True)
        decomposed = unicodedata.normalize("NFD", "Tân Phú")
        page = browser.post("/set-up", data={**form, "code": str(code), "area": decomposed})
        assert page.url.path == "/"
        assert "Hôm nay" in page.text
        assert "Tân Phú" in page.text


def test_a_wrong_password_is_said_and_a_right_one_leads_back(desk: Desk) -> None:
    desk.set_up()
    with browse(desk) as browser:
        assert browser.get("/").url.path == "/sign-in"
        wrong = browser.post("/sign-in", data={"username": "an", "password": "nope"})
        assert wrong.status_code == 401
        assert "không đúng" in wrong.text
        away = {"username": "an", "password": PASSWORD, "next": "//evil.example/"}
        assert browser.post("/sign-in", data=away).url.host == "127.0.0.1"
        assert "Nguyễn Văn An" in browser.get("/").text
        assert browser.post("/sign-out").url.path == "/sign-in"
        assert browser.get("/").url.path == "/sign-in"


def test_the_language_is_chosen_on_the_page_and_nothing_of_the_other_is_left(desk: Desk) -> None:
    settled(desk)
    with browse(desk) as browser:
        browser.post("/sign-in", data={"username": "an", "password": PASSWORD})
        assert 'lang="vi"' in browser.get("/").text
        english = browser.post("/language", data={"language": "en", "next": "/"}).text
        assert "What was played" in english
        body = english.partition('<main id="main">')[2].partition("</main>")[0]
        assert not re.search("[ạảấầẩẫậắằẳẵặẹẻẽếềểễệ]", body.replace("Thôn", ""))


def test_today_shows_what_is_due_and_what_was_played_with_the_sound_to_listen_to(desk: Desk) -> None:
    settled(desk)
    hamlet = {desk.hamlets["Thôn 1"]: "Thôn 1"}
    row = owed("n1", hamlet, "bulletin-1", MORNING, 12, "Tiêm phòng <b>trẻ em</b>")
    columns = {**owed_columns(row), "area_id": desk.root}
    transact(desk.office.engine, lambda session: session.add(OwedRow(**columns)))
    folder = next(iter(desk.app.state.web.recordings.values()))
    folder.mkdir()
    (folder / "20261124T010000.000Z-bulletin-1_1_0_0.wav").write_bytes(b"RIFF" + b"\0" * 100)
    desk.clock.advance(seconds=30)
    with browse(desk) as browser:
        page = browser.post("/sign-in", data={"username": "an", "password": PASSWORD}).text
        found = shape(page)
        assert "Tiêm phòng &lt;b&gt;trẻ em&lt;/b&gt;" in page
        assert found.inline == []
        assert all(address.startswith(("/", "#")) for address in found.asks)
        address = next(each for each in found.asks if "recording" in each)
        part = browser.get(address, headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"RIFF")
        assert browser.get(address.replace("/n1/", "/n2/")).status_code == 404
        for asked in found.asks:
            if asked.startswith("/static/"):
                assert "immutable" in browser.get(asked).headers["cache-control"]
    assert desk.client.get(address).status_code == 401
    result = desk.get("/occurrences?day=2026-11-24").json()[0]
    assert result["nodes"][0]["recordings"] == [address]
    assert result["nodes"][0]["verdict"]["kind"] == "pending"
    assert desk.get("/occurrences?day=2026-11-24&node=n2").json() == []


def test_a_page_that_does_not_exist_says_so_on_a_page(desk: Desk) -> None:
    answer = desk.client.get("/nothing")
    assert answer.status_code == 404
    assert "Không tìm thấy" in answer.text
    shape(answer.text)


def test_the_first_page_is_light_enough_for_an_old_phone(desk: Desk) -> None:
    settled(desk)
    with browse(desk) as browser:
        page = browser.post("/sign-in", data={"username": "an", "password": PASSWORD})
        asks = {each.partition("#")[0] for each in shape(page.text).asks if each.startswith("/static/")}
        assert len(asks) >= 4
        assert page.num_bytes_downloaded + sum(browser.get(each).num_bytes_downloaded for each in asks) < 30_000
