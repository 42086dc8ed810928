"""TẮT HẾT LOA by page: on every page, for who may, without a script, and safe to press twice."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from controller.domain.values import Session, SessionId, Timetable
from controller.operations.signing_in import LONGEST
from controller.storage.engine import reading, transact
from controller.storage.mapping import timetables_column
from controller.storage.tables import AreaRow, MuteRow
from tests.support.answering import SHEET, status
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import MORNING, Desk

PAGES = ("/", "/account", "/account/devices", "/mute")


def mutes(desk: Desk) -> list[MuteRow]:
    with reading(desk.office.engine) as session:
        rows = list(session.scalars(select(MuteRow).order_by(MuteRow.id)))
        session.expunge_all()
    return [row for row in rows if row.lifted_at is None]


def carried(desk: Desk, sequence: int) -> None:
    """As the exchange notes it: all mutes went out with a sheet of that number."""

    def unit(session: object) -> None:
        for row in session.scalars(select(MuteRow)):  # type: ignore[attr-defined]
            row.epoch, row.sequence = 1, sequence

    transact(desk.office.engine, unit)


def answer(desk: Desk, node: str, zone: str, sequence: int) -> None:
    """A status of a node that names the sheet of a zone."""
    status(desk.office.engine, node, desk.clock.now, [(SHEET, zone, sequence)])


def test_who_may_has_the_button_on_every_page_and_who_may_not_has_none(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        for path in PAGES:
            assert "/mute" in forms(browser.get(path)), path
    with browse(commune) as browser:
        enter(browser, "an")
        for path in (*PAGES, "/people", "/audit"):
            page = browser.get(path)
            assert page.status_code == 200, path
            assert "/mute" not in forms(page), path


def test_one_press_mutes_for_two_hours_and_every_page_says_so(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        after = send(browser, browser.get("/account"), "/mute", {})
        assert after.url.path == "/account", "one stays where one was"
        (row,) = mutes(commune)
        assert row.until_ms == int((MORNING + timedelta(hours=2)).timestamp() * 1000)
        for path in PAGES:
            assert "Tân Phú đã tắt loa đến 10:00 (Người editor)." in browser.get(path).text, path
    with browse(commune) as browser:
        enter(browser, "an")
        page = browser.get("/people")
        assert "Tân Phú đã tắt loa đến 10:00" in page.text
        assert "/mute/lift" not in forms(page)


def test_pressed_twice_it_is_what_it_was_and_never_shorter(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = browser.get("/")
        for _ in range(2):
            send(browser, page, "/mute", {})
        assert len(mutes(commune)) == 1
        send(browser, browser.get("/"), "/mute", {"span": "24h"})
        commune.clock.advance(minutes=5)
        send(browser, page, "/mute", {})
        (row,) = mutes(commune)
        assert row.until_ms == int((MORNING + timedelta(hours=24)).timestamp() * 1000)
        send(browser, browser.get("/"), "/mute", {"span": "2h"})
        (row,) = mutes(commune)
        assert row.until_ms == int((MORNING + timedelta(hours=2, minutes=5)).timestamp() * 1000)


def test_a_press_after_the_lifting_counts_though_the_page_is_the_old_one(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        old = browser.get("/")
        send(browser, old, "/mute", {})
        send(browser, browser.get("/"), "/mute/lift", {})
        assert mutes(commune) == []
        assert "đã tắt loa" not in browser.get("/").text
        send(browser, old, "/mute", {})
        assert len(mutes(commune)) == 1


def test_to_the_end_of_the_session_is_offered_where_one_ends_soon(commune: Desk) -> None:
    noon = Session(SessionId("noon"), "Trưa", time(11), 5400)

    def hold(timetables: tuple[Timetable, ...]) -> None:
        def unit(session: Database) -> None:
            session.get_one(AreaRow, commune.root).sessions = timetables_column(timetables)

        transact(commune.office.engine, unit)

    hold(())
    with browse(commune) as browser:
        enter(browser, "editor")
        send(browser, browser.get("/"), "/mute", {})
        assert "Hết buổi" not in browser.get("/").text
        refused = browser.post("/mute", data={"span": "session"})
        assert refused.status_code == 422
        assert "Trong 24 giờ tới không có buổi phát nào kết thúc." in refused.text
        hold((Timetable(MORNING.date(), (noon,)),))
        assert "Hết buổi (12:30)" in browser.get("/").text
        send(browser, browser.get("/"), "/mute", {"span": "session"})
        assert "đã tắt loa đến 12:30" in browser.get("/").text


def test_the_bar_counts_who_holds_the_sheet_and_names_whom_to_call(commune: Desk) -> None:
    hamlet = commune.hamlets["Thôn 2"]
    commune.add_person("hai", "duty_officer", hamlet)
    says = {"head_title": "trưởng thôn", "settings": {"phone": "0912 345 678"}}
    assert commune.ask("PUT", f"/areas/{hamlet}/settings", json=says).status_code == 204
    zone = commune.zone_of(commune.root)
    with browse(commune) as browser:
        enter(browser, "editor")
        page = send(browser, browser.get("/"), "/mute", {})
        assert "0/2 cụm loa đã trả lời." in page.text
        carried(commune, 700)
        answer(commune, "n1", zone, 700)
        answer(commune, "n2", zone, 699)
        page = browser.get("/")
        assert "1/2 cụm loa đã trả lời." in page.text
        assert "Trưởng thôn Người hai" in page.text
        assert 'href="tel:0912345678"' in page.text
        assert "<b>Thôn 2</b>" in page.text
        assert "<b>Thôn 1</b>" not in page.text.partition('id="main"')[0]
        answer(commune, "n2", zone, 701)
        page = browser.get("/")
        assert "2/2 cụm loa đã trả lời." in page.text
        assert "Trưởng thôn" not in page.text
    said = commune.get("/mutes", "editor").json()[0]
    assert (said["nodes"], said["answered"]) == (["n1", "n2"], ["n1", "n2"])


def test_a_head_sees_the_communes_mute_counts_the_own_nodes_and_lifts_none_of_it(commune: Desk) -> None:
    commune.add_person("hai", "duty_officer", commune.hamlets["Thôn 2"])
    with browse(commune) as clerk, browse(commune) as head:
        enter(clerk, "editor")
        enter(head, "hai")
        send(clerk, clerk.get("/"), "/mute", {"span": ""})
        page = head.get("/")
        assert "0/1 cụm loa đã trả lời." in page.text
        assert "/mute/lift" not in forms(page)
        assert head.post("/mute/lift").url.path == "/mute"
        assert len(mutes(commune)) == 1
        send(head, head.get("/"), "/mute", {})
        page = head.get("/")
        assert "Thôn 2 đã tắt loa" in page.text
        assert "Tân Phú đã tắt loa" in page.text
        send(head, page, "/mute/lift", {})
        assert "Thôn 2 đã tắt loa" not in head.get("/").text
        assert "Tân Phú đã tắt loa" in head.get("/").text


def test_who_was_signed_out_is_told_that_nothing_is_muted_yet_and_has_the_button(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = browser.get("/")
        commune.clock.advance(seconds=LONGEST.total_seconds())
        asked = send(browser, page, "/mute", {})
        assert asked.status_code == 401
        assert mutes(commune) == []
        page = send(browser, asked, "/sign-in", {"username": "editor", "password": "mật khẩu rất dài"})
        assert "Chưa có gì được gửi" in page.text
        send(browser, page, "/mute", {})
        assert len(mutes(commune)) == 1


@pytest.mark.parametrize("next_", ["https://xau.vn/", "//xau.vn", "/\\xau.vn", "x"])
def test_a_press_leads_nowhere_else(next_: str, commune: Desk) -> None:
    with browse(commune) as browser:
        browser.follow_redirects = False
        enter(browser, "editor")
        assert browser.post("/mute", data={"next": next_}).headers["location"] == "/"


@pytest.mark.parametrize("span", ["3h", "-1", "session2", "2h\u200b"])
def test_a_span_that_is_none_is_refused_and_mutes_nothing(span: str, commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        assert browser.post("/mute", data={"span": span}).status_code == 422
        assert mutes(commune) == []


def test_a_bar_of_many_that_have_not_answered_stays_short_and_leads_to_all_of_them(commune: Desk) -> None:
    for number in range(3, 14):
        commune.add_hamlet(f"Xóm {number}", f"n{number}")
    with browse(commune) as browser:
        enter(browser, "editor")
        page = send(browser, browser.get("/account"), "/mute", {})
        bar = page.text.partition('id="mutes"')[2].partition('id="main"')[0]
        assert "Chưa trả lời: 13" in bar
        assert bar.count("<li>") == 8
        assert "Xem cả 13" in bar
        main = browser.get("/mute").text.partition('id="main"')[2]
        assert main.count("<li><b>") == 13


@pytest.mark.parametrize(
    ("headers", "content", "said"),
    [
        ({"Origin": "http://la.example"}, b"", "Yêu cầu này đến từ trang khác"),
        ({"Sec-Fetch-Site": "cross-site"}, b"", "Yêu cầu này đến từ trang khác"),
        ({}, b"title=" + b"x" * 300_000, "262144"),
    ],
    ids=["foreign-origin", "cross-site", "too-big"],
)
def test_what_is_refused_at_the_door_is_told_on_a_page_with_the_way_back(
    headers: dict[str, str], content: bytes, said: str, commune: Desk
) -> None:
    with browse(commune) as browser:
        enter(browser)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        refused = browser.post("/mute", content=content, headers={**form, **headers})
    assert refused.headers["content-type"].startswith("text/html")
    assert (refused.status_code in (403, 413), said in refused.text) == (True, True)
    assert (commune.get("/mutes").json(), 'href="/"' in refused.text) == ([], True)


def test_who_may_not_is_told_once_and_has_no_button(commune: Desk) -> None:
    commune.add_person("auditor", "auditor")
    with browse(commune) as browser:
        enter(browser, "auditor")
        for page in (browser.get("/mute"), browser.post("/mute")):
            main = page.text.partition('<main id="main">')[2]
            assert (main.count("Không được phép làm việc này ở đây"), "TẮT HẾT LOA" in main) == (1, False)
    assert mutes(commune) == []
