"""Account, devices, people and the log of acts as pages: by hand, without a script, and when it goes wrong."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterator

import httpx
import pytest

from controller.operations.signing_in import LONGEST
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import PASSWORD, Desk

NEW = "một mật khẩu mới"
WISH = {"name": "Trần Thị Bình", "username": "binh", "password": PASSWORD, "role": "technician"}
PAGES = ("/account", "/account/devices", "/people", "/people/new", "/audit")


@pytest.fixture
def browser(commune: Desk) -> Iterator[httpx.Client]:
    """The administrator's browser."""
    with browse(commune) as opened:
        assert enter(opened).status_code == 200
        yield opened


def person(commune: Desk, username: str) -> str:
    return next(str(each["id"]) for each in commune.get("/people").json() if each["username"] == username)


def names(commune: Desk) -> list[str]:
    return [str(each["name"]) for each in commune.get("/people").json()]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_wholly_in_the_readers_language(path: str, browser: httpx.Client) -> None:
    page = browser.get(path)
    assert page.status_code == 200
    assert len(gzip.compress(page.content)) <= 5_000
    main = re.sub("<[^>]*>", " ", page.text.partition('<main id="main">')[2])
    assert not any(word in main for word in (" the ", " of ", "password", " your ", "Name "))
    english = browser.post("/language", data={"language": "en", "next": path})
    main = english.text.partition("<h1>")[2].partition("</h1>")[0]
    assert main.isascii()


@pytest.mark.parametrize("path", [*PAGES, "/audit?day=2026-11-24"])
def test_who_is_not_signed_in_signs_in_first_and_comes_back(path: str, commune: Desk) -> None:
    with browse(commune) as stranger:
        page = stranger.get(path)
        assert page.url.path == "/sign-in"
        back = enter(stranger, next=forms(page)["/sign-in"]["next"])
        assert str(back.url).removeprefix(commune.origin) == path


def test_a_browser_is_listed_in_words_and_another_is_signed_out_there(commune: Desk, browser: httpx.Client) -> None:
    with browse(commune) as other:
        enter(other)
        page = browser.get("/account/devices")
        assert page.text.count("Chrome trên Windows") >= 2
        assert page.text.count("máy này") == 1
        here = next(each["id"] for each in browser.get("/api/v1/me/sign-ins").json() if each["here"])
        ends = [action for action in forms(page) if action.endswith("/end") and here not in action]
        assert "Đã đăng xuất ở máy đó" in send(browser, page, ends[0], {}).text
        assert other.get("/account").url.path == "/sign-in"
        assert browser.get("/account").url.path == "/account"
        enter(other)
        browser.post("/account/devices/end-others")
        assert other.get("/account").url.path == "/sign-in"
        assert browser.post(f"/account/devices/{here}/end").url.path == "/sign-in"


def test_a_changed_password_signs_out_the_others_and_keeps_this_one(commune: Desk, browser: httpx.Client) -> None:
    with browse(commune) as other:
        enter(other)
        page = browser.get("/account")
        wrong = send(browser, page, "/account", {"old": "sai sai sai sai", "new": NEW})
        assert (wrong.status_code, "Mật khẩu cũ không đúng" in wrong.text) == (422, True)
        assert NEW not in wrong.text
        short = send(browser, page, "/account", {"old": PASSWORD, "new": "ngắn"})
        assert 'id="wrong-new"' in short.text
        assert "Đã đổi mật khẩu" in send(browser, page, "/account", {"old": PASSWORD, "new": NEW}).text
        assert other.get("/account").url.path == "/sign-in"
        assert enter(other, password=PASSWORD).status_code == 401
        assert enter(other, password=NEW).status_code == 200


def test_an_administrator_adds_somebody_gives_and_takes_roles_and_ends_them(
    commune: Desk, browser: httpx.Client
) -> None:
    page = browser.get("/people/new")
    shown = send(browser, page, "/people/new", {**WISH, "area": commune.root})
    assert shown.url.path.startswith("/people/")
    assert "Kỹ thuật" in shown.text
    where = shown.url.path
    more = send(browser, shown, f"{where}/roles", {"role": "auditor", "area": commune.hamlets["Thôn 1"]})
    assert "Người kiểm tra" in more.text
    twice = send(browser, shown, f"{where}/roles", {"role": "auditor", "area": commune.hamlets["Thôn 1"]})
    assert (twice.status_code, 'id="wrong-role"' in twice.text) == (409, True)
    (revoke, *_) = [action for action in forms(more) if action.endswith("/revoke")]
    assert "Đã thu hồi vai trò" in send(browser, more, revoke, {}).text
    with browse(commune) as other:
        assert enter(other, "binh").status_code == 200
        send(browser, more, f"{where}/password", {"password": NEW})
        assert other.get("/").url.path == "/sign-in"
        assert enter(other, "binh", NEW).status_code == 200
        assert "không đăng nhập được nữa" in send(browser, more, f"{where}/end", {}).text
        assert other.get("/").url.path == "/sign-in"
        assert enter(other, "binh", NEW).status_code == 401


def test_the_last_administrator_stays_and_the_page_says_so(commune: Desk, browser: httpx.Client) -> None:
    me = person(commune, "an")
    page = browser.get(f"/people/{me}")
    refused = send(browser, page, f"/people/{me}/end", {})
    assert (refused.status_code, 'role="alert"' in refused.text) == (409, True)
    assert browser.get("/people").status_code == 200


def test_a_sign_in_that_ran_out_in_mid_form_loses_nothing(commune: Desk, browser: httpx.Client) -> None:
    page = browser.get("/people/new")
    commune.clock.advance(seconds=LONGEST.total_seconds())
    typed = {**WISH, "name": "Trần <b>Bình</b> & 'con'", "area": commune.hamlets["Thôn 2"]}
    asked = send(browser, page, "/people/new", typed)
    assert (asked.status_code, "vẫn được giữ" in asked.text) == (401, True)
    assert PASSWORD not in asked.text
    wrong = send(browser, asked, "/sign-in", {"username": "an", "password": "sai"})
    back = send(browser, wrong, "/sign-in", {"username": "an", "password": PASSWORD})
    assert (back.status_code, "đã đăng nhập lại" in back.text) == (200, True)
    filled = forms(back)["/people/new"]
    assert {name: filled[name] for name in ("name", "username", "role", "area")} == {
        name: typed[name] for name in ("name", "username", "role", "area")
    }
    assert "Trần Thị Bình" not in names(commune)
    done = send(browser, back, "/people/new", {"password": PASSWORD})
    assert done.url.path.startswith("/people/")
    assert typed["name"] in {each["name"] for each in browser.get("/api/v1/people").json()}


def test_a_role_taken_away_while_the_form_is_open_gives_the_texts_back(commune: Desk) -> None:
    commune.add_person("vice", "administrator")
    with browse(commune) as vice:
        enter(vice, "vice")
        page = vice.get("/people/new")
        seen = next(each for each in commune.get("/people").json() if each["username"] == "vice")
        assert commune.ask("DELETE", f"/grants/{seen['grants'][0]['id']}").status_code == 204
        before = names(commune)
        refused = send(vice, page, "/people/new", {**WISH, "area": commune.root})
        assert refused.status_code in (403, 404)
        assert "Trần Thị Bình" in refused.text
        assert "Những gì bạn đã gõ" in refused.text
        assert PASSWORD not in refused.text
        assert names(commune) == before
        assert vice.get("/account").status_code == 200


def test_the_same_form_posted_twice_is_done_once_and_from_two_tabs_is_told(
    commune: Desk, browser: httpx.Client
) -> None:
    first, second = browser.get("/people/new"), browser.get("/people/new")
    wish = {**WISH, "area": commune.root}
    one, again = (send(browser, first, "/people/new", wish) for _ in range(2))
    assert one.url.path == again.url.path
    assert names(commune).count("Trần Thị Bình") == 1
    other = send(browser, second, "/people/new", wish)
    assert (other.status_code, 'id="wrong-username"' in other.text) == (409, True)
    assert forms(other)["/people/new"]["name"] == "Trần Thị Bình"
    corrected = send(browser, first, "/people/new", {**wish, "name": "Lê Văn Tám", "username": "tam"})
    assert corrected.url.path not in (one.url.path, "/people/new")


@pytest.mark.parametrize(
    ("name", "status", "kept"),
    [
        (unicodedata.normalize("NFD", "Nguyễn Thị Ế"), 200, "Nguyễn Thị Ế"),
        ("Bình\u200b\ufeff\u00ad An", 200, "Bình An"),
        ("<script>alert(1)</script>", 200, "<script>alert(1)</script>"),
        ('=HYPERLINK("http://x")', 200, '=HYPERLINK("http://x")'),
        ("\u202eNìb", 422, None),
        ("\u200b\u200d", 422, None),
        ("x" * 10_000, 422, None),
        ("a\x00b", 422, None),
    ],
)
def test_odd_names_are_settled_or_refused_in_words(
    name: str, status: int, kept: str | None, commune: Desk, browser: httpx.Client
) -> None:
    page = browser.get("/people/new")
    answer = send(browser, page, "/people/new", {**WISH, "name": name, "area": commune.root})
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    if kept is None:
        assert 'id="wrong-name"' in answer.text
        assert len(names(commune)) == 3
    else:
        assert kept in names(commune)
    assert browser.get("/people").status_code == browser.get("/audit").status_code == 200


def test_an_area_of_another_commune_is_answered_like_one_that_does_not_exist(commune: Desk) -> None:
    commune.add_person("vice", "administrator", commune.hamlets["Thôn 1"])
    with browse(commune) as vice:
        enter(vice, "vice")
        page = vice.get("/people/new")
        foreign, nowhere = (
            send(vice, page, "/people/new", {**WISH, "area": area}) for area in (commune.hamlets["Thôn 2"], "nirgends")
        )
        assert foreign.status_code == nowhere.status_code == 404
        assert 'id="wrong-area"' in foreign.text
        role = {"role": "editor", "area": commune.hamlets["Thôn 1"]}
        for there, data in (("", None), ("/roles", role), ("/password", {"password": NEW}), ("/end", {})):
            paths = (f"/people/{who}{there}" for who in (person(commune, "editor"), "nirgends"))
            one, two = (vice.get(each) if data is None else vice.post(each, data=data) for each in paths)
            assert one.status_code == two.status_code == 404
        assert len(vice.get("/people").text.split("/people/")) == 3


def test_the_log_tells_who_did_what_in_words_and_can_be_sifted(commune: Desk, browser: httpx.Client) -> None:
    page = browser.get("/audit")
    for said in ("Thêm người dùng", "Thêm cụm loa", "Thêm chương trình", "Bản tin sáng", "Người editor", "Biên tập"):
        assert said in page.text
    assert "add_person" not in page.text.partition("<h2>")[2]
    editor = person(commune, "editor")
    of_editor = browser.get(f"/audit?person={editor}&act=add_programme&day=2026-11-24").text
    assert of_editor.count("<time") == 1
    assert browser.get("/audit?day=2026-11-23").text.count("<time") == 0
    wrong = browser.get("/audit?day=31/02")
    assert (wrong.status_code, 'id="wrong-day"' in wrong.text) == (422, True)
    assert browser.get("/audit?person=%00&act='&before=x").status_code == 200


def test_a_long_log_is_read_on(commune: Desk, browser: httpx.Client) -> None:
    for number in range(105):
        assert commune.ask("PUT", "/me/language", json={"language": "vi"}).status_code == 204, number
    first = browser.get("/audit?act=set_language")
    older = first.text.partition('href="/audit?act=set_language&amp;before=')[2].partition('"')[0]
    assert first.text.count("<time") == 100
    assert browser.get(f"/audit?act=set_language&before={older}").text.count("<time") == 5
