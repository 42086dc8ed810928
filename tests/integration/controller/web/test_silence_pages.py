"""Silences by page: one press, the form, receipts, whom to call, what falls silent, lifting; nothing typed is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from controller.domain.values import OccurrenceId, to_ms
from controller.operations.signing_in import LONGEST
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OwedRow, SilenceToldRow
from tests.support.answering import PLAN, status
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import MORNING, PASSWORD, Desk
from tests.support.ledger import owed

NOON_TOMORROW = "2026-11-25T05:00:00Z"


def head_of(desk: Desk, hamlet: str = "Thôn 2") -> None:
    desk.add_person("hai", "duty_officer", desk.hamlets[hamlet])
    says = {"head_title": "trưởng thôn", "settings": {"phone": "0912 345 678"}}
    assert desk.ask("PUT", f"/areas/{desk.hamlets[hamlet]}/settings", json=says).status_code == 204


def silences(desk: Desk) -> list[dict[str, Any]]:
    return list(desk.get("/silences", "editor").json())


def due(desk: Desk, node: str, hamlet: str, at: datetime) -> None:
    """Something a node owes."""
    row = owed(node, {desk.hamlets[hamlet]: hamlet}, f"b-{to_ms(at)}", at, 60, "Tin")
    transact(desk.office.engine, lambda session: session.add(OwedRow(**owed_columns(row))))


def told(desk: Desk, silence: str, node: str, sequence: int) -> None:
    until = datetime.fromisoformat(NOON_TOMORROW)
    row = SilenceToldRow(silence_id=silence, node_id=node, until_at=until, epoch=1, sequence=sequence)
    transact(desk.office.engine, lambda session: session.merge(row))


def pressed(browser: httpx.Client, desk: Desk, hamlet: str = "Thôn 2") -> httpx.Response:
    return send(browser, browser.get("/silences"), "/silences", {"area": desk.hamlets[hamlet], "days": "1"})


def test_one_press_makes_a_hamlet_quiet_until_noon_of_tomorrow(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = pressed(browser, commune)
        assert "Đã đặt. Đang báo cho các cụm loa." in page.text
        assert "08:00 Thứ Ba 24/11/2026 đến 12:00 Thứ Tư 25/11/2026" in page.text
        assert "0/1 cụm loa đã nhận" in page.text
    (made,) = silences(commune)
    assert (made["areas"], made["why"], made["kinds"]) == ([commune.hamlets["Thôn 2"]], "funeral", [])
    assert datetime.fromisoformat(made["end"]) == datetime.fromisoformat(NOON_TOMORROW)
    assert commune.nudges.count


def test_pressed_twice_it_is_one(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = browser.get("/silences")
        for _ in range(2):
            answer = send(browser, page, "/silences", {"area": commune.hamlets["Thôn 2"], "days": "1"})
            assert answer.status_code == 200
    assert len(silences(commune)) == 1


def test_a_head_has_the_own_hamlet_with_two_choices_and_no_other(commune: Desk) -> None:
    head_of(commune)
    with browse(commune) as browser:
        enter(browser, "hai")
        page = browser.get("/silences")
        assert page.text.count("<bdi>Thôn 2</bdi></button>") == 2
        assert "Thôn 1" not in page.text
        refused = browser.post("/silences", data={"area": commune.hamlets["Thôn 1"]})
        assert refused.status_code == 404
        assert silences(commune) == []
        assert send(browser, page, "/silences", {"area": commune.hamlets["Thôn 2"], "days": "2"}).status_code == 200
    assert silences(commune)[0]["end"].startswith("2026-11-26T05:00")


def typed(desk: Desk, **changes: str) -> dict[str, str]:
    said = {
        "at.1": desk.hamlets["Thôn 1"], "at.2": desk.hamlets["Thôn 2"], "begin_day": "26/11/2026",
        "begin_time": "7h30", "end_day": "27/11", "end_time": "17:00", "what": "both", "why": "exams",
    }  # fmt: skip
    return said | changes


def test_the_form_takes_places_days_kinds_and_reason(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = browser.get("/silences/new")
        assert forms(page)["/silences/new"]["begin_day"] == "24/11/2026"
        assert forms(page)["/silences/new"]["end_time"] == "12:00"
        answer = send(browser, page, "/silences/new", typed(commune))
        assert "Âm nhạc và tiếp âm" in answer.text
        assert "Thi cử" in answer.text
    (made,) = silences(commune)
    assert set(made["areas"]) == {commune.hamlets["Thôn 1"], commune.hamlets["Thôn 2"]}
    assert (made["kinds"], made["begin"][:16]) == (["music", "rebroadcast"], "2026-11-26T00:30")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"begin_day": "31/02/2026"}, "không phải là ngày"),
        ({"end_time": "25:00"}, "Không phải giờ"),
        ({"end_day": "25/11/2026"}, "đứng trước giờ bắt đầu"),
        ({"why": "other"}, "Hãy ghi lý do"),
        ({"why": "because"}, ""),
        ({"end_day": "26/01/2027"}, "744 giờ"),
        ({"note": "đ\u202eám"}, ""),
        ({"note": "x" * 10_000}, ""),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(changes: dict[str, str], said: str, commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = send(browser, browser.get("/silences/new"), "/silences/new", typed(commune, **changes))
        assert page.status_code == 422
        assert said in page.text
        kept = forms(page)["/silences/new"]
        assert kept["at.1"] == commune.hamlets["Thôn 1"]
        assert kept["begin_time"] == "7h30"
    assert silences(commune) == []


def test_without_a_place_it_is_refused_in_words(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        fields = {name: value for name, value in typed(commune).items() if not name.startswith("at.")}
        page = send(browser, browser.get("/silences/new"), "/silences/new", fields)
        assert "Hãy chọn nơi cần giữ yên lặng" in page.text
        foreign = send(browser, browser.get("/silences/new"), "/silences/new", typed(commune, **{"at.1": "nirgends"}))
        assert foreign.status_code == 404
    assert silences(commune) == []


def test_a_sign_in_that_ran_out_in_mid_form_loses_nothing(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = browser.get("/silences/new")
        commune.clock.advance(seconds=LONGEST.total_seconds())
        later = {"begin_day": "26/12/2026", "end_day": "27/12/2026"}
        asked = send(browser, page, "/silences/new", typed(commune, **later))
        assert asked.status_code == 401
        page = send(browser, asked, "/sign-in", {"username": "editor", "password": PASSWORD})
        assert "Chưa có gì được gửi" in page.text
        assert forms(page)["/silences/new"]["begin_time"] == "7h30"
        assert send(browser, page, "/silences/new", {}).status_code == 200
    assert len(silences(commune)) == 1


def test_before_the_session_the_page_names_whom_to_call_until_the_receipt_is_there(commune: Desk) -> None:
    head_of(commune)
    due(commune, "n2", "Thôn 2", MORNING + timedelta(minutes=50))
    with browse(commune) as browser:
        enter(browser, "editor")
        pressed(browser, commune)
        silence = str(silences(commune)[0]["id"])
        page = browser.get("/silences")
        assert "sẽ phát lúc 08:50" in page.text
        assert "Trưởng thôn Người hai" in page.text
        assert 'href="tel:0912345678"' in page.text
        told(commune, silence, "n2", 70)
        status(commune.office.engine, "n2", commune.clock.now, [(PLAN, "n2", 70)])
        page = browser.get("/silences")
        assert "sẽ phát lúc" not in page.text
        assert "1/1 cụm loa đã nhận" in page.text
        assert "Trưởng thôn" not in browser.get(f"/silences/{silence}").text
    assert commune.get("/unreceived-silences", "editor").json() == []


def test_what_fell_silent_is_offered_again_also_after_the_lifting(commune: Desk) -> None:
    asset = commune.speech()
    commune.approved(
        asset=asset, recurrence={"repeat": "daily", "first_day": "2026-11-24", "times": ["08:30", "17:00"]}
    )
    with browse(commune) as browser:
        enter(browser, "editor")
        pressed(browser, commune)
        silence = str(silences(commune)[0]["id"])
        page = browser.get(f"/silences/{silence}")
        assert "17:00 Thứ Ba 24/11/2026 · Thôn 2" in page.text
        assert f'href="/airings/{occurrence(commune, 10)}"' in page.text, "what is to come is moved on its card"
        commune.clock.advance(hours=2)
        after = send(browser, page, f"/silences/{silence}/lift", {})
        assert "Đã bỏ. Đang báo cho các cụm loa." in after.text
        assert "17:00 Thứ Ba" not in after.text.partition("Những gì không được phát")[2]
        link = after.text.partition('href="/decide?')[2].partition('"')[0].replace("&amp;", "&")
        asked = parse_qs(urlsplit(f"/decide?{link}").query)
        assert asked == {"sound": [asset], "area": [commune.hamlets["Thôn 2"]]}
        form = forms(browser.get(f"/decide?{link}"))["/decide"]
        assert form["item.0"] == asset
        assert [value for name, value in form.items() if name.startswith("place.")] == [zone_of(commune, "Thôn 2")]
        again = browser.post(f"/silences/{silence}/lift")
        assert again.status_code == 409
        assert "Lần yên lặng này đã hết rồi." in again.text


def zone_of(desk: Desk, hamlet: str) -> str:
    return desk.zone_of(desk.hamlets[hamlet])


def occurrence(desk: Desk, hours: int) -> OccurrenceId:
    at = MORNING.replace(hour=hours)
    broadcast = desk.get("/broadcasts", "editor").json()[0]["id"]
    return OccurrenceId(f"{broadcast}-{to_ms(at)}")


def test_who_may_not_make_quiet_reads_and_has_no_button(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        pressed(browser, commune)
        silence = str(silences(commune)[0]["id"])
    with browse(commune) as browser:
        enter(browser, "an")
        page = browser.get("/silences")
        assert "Thôn 2" in page.text
        assert "/silences" not in forms(page)
        assert browser.get("/silences/new").status_code == 403
        assert f"/silences/{silence}/lift" not in forms(browser.get(f"/silences/{silence}"))
        assert browser.post(f"/silences/{silence}/lift").status_code == 403


def test_a_hamlet_that_shares_loudspeakers_is_named_and_its_head_is_told(commune: Desk) -> None:
    served = [{"hamlet": commune.hamlets[name], "homes": 10} for name in ("Thôn 2", "Thôn 3")]
    body = {"name": "Cụm giáp ranh", "home": commune.hamlets["Thôn 2"], "serves": served}
    assert commune.ask("PUT", "/nodes/n2", json=body).status_code == 204
    commune.add_person("ba", "duty_officer", commune.hamlets["Thôn 3"])
    with browse(commune) as browser:
        enter(browser, "editor")
        assert "Cùng yên lặng" in pressed(browser, commune).text
    with browse(commune) as browser:
        enter(browser, "ba")
        page = browser.get("/silences")
        assert "Thôn 2" in page.text
        assert "Cùng yên lặng: Thôn 3" in page.text


def test_the_pages_speak_html_of_nobody(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser, "editor")
        page = send(
            browser, browser.get("/silences/new"), "/silences/new", typed(commune, note="<script>x</script>=1+1")
        )
        assert "<script>x" not in page.text
        assert "&lt;script&gt;x" in page.text
