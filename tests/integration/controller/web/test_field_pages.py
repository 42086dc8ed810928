"""The pages of the loudspeakers: trouble first, the sentence and its facts, what is asked and seen to, the journal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from controller.domain.faults import Fault, FaultId, Life
from controller.domain.signs import FaultKind, Severity
from controller.domain.values import NodeId, to_ms
from controller.storage.field import put_faults
from controller.storage.tables import NodeRow
from playlists.reports import Because, Boot, Clock, Line, Missing, Outcome, RequestDone, RequestTaken, StoreState, Trust
from playlists.values import LARGEST
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import Desk
from tests.support.pole import Pole, stand
from tests.support.writing import said

PAGE = "/loudspeakers/n9"


@pytest.fixture
def pole(commune: Desk, tmp_path: Path) -> Pole:
    """Thôn 3 has a node; there is a technician."""
    return stand(commune, tmp_path)


@pytest.fixture
def technician(pole: Pole) -> Iterator[httpx.Client]:
    """The technician's browser, in Vietnamese."""
    with browse(pole.desk) as opened:
        opened.headers["Accept-Language"] = "vi"
        assert enter(opened, "technician").status_code == 200
        yield opened


def trouble(pole: Pole) -> None:
    pole.born()
    pole.beat(
        sound_ok=False,
        sound_error="device gone",
        line=Line(bearer="4g", operator="Viettel", signal=-97, used=12_300_000),
    )


def test_the_list_begins_with_trouble_in_a_sentence_with_what_to_do(pole: Pole, technician: httpx.Client) -> None:
    trouble(pole)
    shown = said(technician.get("/loudspeakers"))
    assert "Mất card âm thanh hoặc card không trả lời: không nghe được gì." in shown
    assert shown.index("Thôn 3") < shown.index("Thôn 1")


def test_only_those_with_trouble_are_shown_where_that_is_asked(pole: Pole, technician: httpx.Client) -> None:
    pole.born()
    pole.beat()
    shown = said(technician.get("/loudspeakers", params={"show": "trouble", "q": "thon 3"}))
    assert "Thôn 3" not in shown
    assert said(technician.get("/loudspeakers", params={"q": "thon 3"})).count("Thôn 3") == 1
    assert "Không có cụm loa tên như vậy." in said(technician.get("/loudspeakers", params={"q": "nowhere"}))


def sentence(technician: httpx.Client) -> str:
    """What the page of the node says first, with its evidence."""
    page = technician.get(PAGE).text
    card = page[page.index('<section class="card sentence') :].partition('<ul class="checks"')[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", card)).split())


KNOWN_S = 30
DRILLS: dict[str, tuple[dict[str, Any], str, str]] = {
    "set to 1970": (
        {"clock": Clock(wall=86_400_000, trust=Trust.UNTRUSTED, bound=LARGEST, source="kernel", rtc=True)},
        "Máy không chắc giờ: các buổi thường chưa phát cho đến khi có giờ đúng.",
        "Đồng hồ máy chỉ 08:00:00 02/01/1970.",
    ),
    "disk filled": (
        {"store": StoreState.FULL, "store_ok": False, "store_error": "database or disk is full"},
        "Thẻ nhớ đã đầy.",
        "Máy báo: database or disk is full",
    ),
}


@pytest.mark.parametrize("drill", DRILLS)
def test_what_the_drill_does_to_a_node_stands_on_its_page_in_time_and_goes_once_it_is_put_right(
    pole: Pole, technician: httpx.Client, drill: str
) -> None:
    facts, words, evidence = DRILLS[drill]
    pole.born()
    for _ in range(2):
        pole.beat()
        pole.desk.clock.advance(seconds=10)
    for waited in range(0, KNOWN_S, 10):
        pole.beat(**facts)
        assert words in (shown := sentence(technician)), f"after {waited} s"
        assert evidence in shown
        pole.desk.clock.advance(seconds=10)
    fault = next(each for each in pole.page()["faults"] if each["kind"] in ("clock", "store"))
    assert (fault["life"], fault["severity"]) == ("new", 3), "it alarms within the time that is allowed"
    for _ in range(3):
        pole.beat()
        pole.desk.clock.advance(seconds=10)
    pole.watch.look()
    assert words not in sentence(technician)
    assert [each["life"] for each in pole.page()["faults"] if each["id"] == fault["id"]] == ["resolved"]


def test_a_node_shows_the_chain_to_the_ear_and_never_says_that_somebody_heard_it(
    pole: Pole, technician: httpx.Client
) -> None:
    trouble(pole)
    page = technician.get(PAGE)
    assert "Máy báo: device gone" in said(page)
    checks = page.text[page.text.index('class="checks"') :].split("</ul>")[0]
    signs = [part.split('"/>')[0] for part in checks.split("#i-")[1:]]
    assert signs == ["yes", "no", "yes", "yes", "no", "ask", "ask"], "it holds no plan yet"
    assert "4G · Viettel · -97 dBm" in said(page)
    assert "12,3 MB" in said(page)


def test_behind_a_line_that_is_cut_everything_is_not_known_rather_than_bad(
    pole: Pole, technician: httpx.Client
) -> None:
    trouble(pole)
    pole.hear("conn", pole.voice.conn(False))
    page = technician.get(PAGE)
    checks = page.text[page.text.index('class="checks"') :].split("</ul>")[0]
    assert [part.split('"/>')[0] for part in checks.split("#i-")[1:]] == ["no", *["ask"] * 6]


def test_what_a_node_lacks_and_how_often_it_was_away_stand_on_its_page(pole: Pole, technician: httpx.Client) -> None:
    pole.born()
    pole.tell(Boot(boot=1, because=Because.POWER, last_alive=to_ms(pole.desk.clock() - timedelta(hours=2))))
    pole.beat(store=StoreState.LOW, missing=(Missing(sha256="a" * 64, cause="not found on the server"),))
    shown = said(technician.get(PAGE))
    assert ("aaaaaaaaaaaa" in shown, "not found on the server" in shown) == (True, True)
    assert "gần đầy" in shown
    assert "2 giờ 0 phút, mất điện" in shown


def test_a_press_asks_the_node_and_the_answer_stands_with_its_level(pole: Pole, technician: httpx.Client) -> None:
    pole.born()
    pole.beat()
    page = send(technician, technician.get(PAGE), f"{PAGE}/requests", {"action": "self_test"})
    assert "Đã gửi yêu cầu" in said(page)
    made = pole.request()["id"]
    pole.sent()
    pole.tell(RequestTaken(id=made, action="self_test", expires_at=to_ms(pole.desk.clock())))
    pole.tell(RequestDone(id=made, action="self_test", outcome=Outcome.DONE, level=-17.5))
    assert "độ to -17,5 dBFS" in said(technician.get(PAGE)).replace("\u2212", "-")


def test_a_node_without_a_line_is_not_asked_and_the_page_says_so(pole: Pole, technician: httpx.Client) -> None:
    refused = send(technician, technician.get(PAGE), f"{PAGE}/requests", {"action": "restart"})
    assert (refused.status_code, "Bây giờ máy không có liên lạc" in said(refused)) == (409, True)
    assert technician.post(f"{PAGE}/requests", data={"action": "explode"}).status_code == 422


def test_who_may_not_ask_sees_no_buttons_and_is_refused(pole: Pole) -> None:
    trouble(pole)
    with browse(pole.desk) as editor:
        enter(editor, "editor")
        page = editor.get(PAGE)
        assert page.status_code == 200
        assert f"{PAGE}/requests" not in forms(page)
        assert f"{PAGE}/faults" not in forms(page)
        assert editor.post(f"{PAGE}/requests", data={"action": "restart"}).status_code == 403


def test_a_fault_is_seen_to_with_a_note_and_its_life_goes_on(pole: Pole, technician: httpx.Client) -> None:
    trouble(pole)
    page = send(technician, technician.get(PAGE), f"{PAGE}/faults", {"note": "Chiều nay lên xem"})
    assert "Đã ghi: bạn lo việc này." in said(page)
    assert "Chiều nay lên xem" in said(page)
    assert f"{PAGE}/faults" not in forms(page)


def test_a_fault_of_nowhere_keeps_the_note(pole: Pole, technician: httpx.Client) -> None:
    trouble(pole)
    refused = technician.post(f"{PAGE}/faults", data={"fault": "nothing", "note": "Đã gọi"})
    assert refused.status_code == 404


def test_the_journal_is_told_in_words_a_page_at_a_time(pole: Pole, technician: httpx.Client) -> None:
    pole.born()
    for boot in range(60):
        pole.tell(Boot(boot=boot + 1, because=Because.POWER))
    first = technician.get(f"{PAGE}/journal")
    assert said(first).count("Bắt đầu chạy") == 50
    older = technician.get(f"{PAGE}/journal", params={"stream": pole.voice.stream, "before": 11})
    assert said(older).count("Bắt đầu chạy") == 10
    assert technician.get(f"{PAGE}/journal", params={"stream": "another"}).status_code == 404


def test_the_list_asks_the_database_no_more_when_all_are_silent_than_when_one_is(
    pole: Pole, technician: httpx.Client
) -> None:
    engine, silent = pole.desk.office.engine, asked(pole, technician)
    with Session(engine) as session, session.begin():
        nodes = [NodeId(each) for each in session.scalars(select(NodeRow.id))]
        put_faults(session, [silence_of(node, pole.desk.clock()) for node in nodes[:1]], (), pole.desk.clock())
    one = asked(pole, technician)
    with Session(engine) as session, session.begin():
        put_faults(session, [silence_of(node, pole.desk.clock()) for node in nodes[1:]], (), pole.desk.clock())
    assert len(nodes) > 1
    assert silent < asked(pole, technician) == one


def asked(pole: Pole, technician: httpx.Client) -> int:
    """How many questions the list asks of the database."""
    statements: list[str] = []

    def note(*seen: Any) -> None:
        statements.append(seen[2])

    event.listen(pole.desk.office.engine, "before_cursor_execute", note)
    assert technician.get("/loudspeakers").status_code == 200
    event.remove(pole.desk.office.engine, "before_cursor_execute", note)
    return len(statements)


def silence_of(node: NodeId, now: datetime) -> Fault:
    return Fault(
        FaultId(f"silent-{node}"), FaultKind.SILENT, node, None, Life.NEW, "", Severity.SERIOUS, now, now, {}, times=1
    )
