"""The timetable and a hamlet's day as pages and by the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from controller.domain.values import to_ms
from tests.support.browsing import browse, enter
from tests.support.desk import MORNING, Desk

EVERY_DAY = {"repeat": "daily", "first_day": "2026-11-25", "times": ["17:00"]}


@pytest.fixture
def browser(commune: Desk) -> Iterator[httpx.Client]:
    """The editor's browser."""
    with browse(commune) as opened:
        assert enter(opened, "editor").status_code == 200
        yield opened


def table(page: httpx.Response) -> str:
    """The timetable's text, without marks."""
    assert page.status_code == 200, page.text
    found = page.text.partition("<table")[2].partition("</table>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


def test_the_week_shows_what_is_planned_and_leads_on(commune: Desk, browser: httpx.Client) -> None:
    made = commune.approved(recurrence=EVERY_DAY)
    page = browser.get("/week")
    assert table(page).count("Tiêm phòng") == 5
    assert f'href="/airings/{made}-' in page.text
    assert 'href="/week?day=2026-11-16"' in page.text
    assert 'href="/decide?day=2026-11-25' in page.text
    assert table(browser.get("/week?day=2026-12-02")).count("Tiêm phòng") == 7
    assert "Tiêm phòng" not in table(browser.get("/week?day=2026-11-16"))


def test_an_area_is_chosen_by_its_id_or_its_name_and_another_is_none(commune: Desk, browser: httpx.Client) -> None:
    zone = commune.zone_of(commune.hamlets["Thôn 1"])
    commune.approved(recurrence=EVERY_DAY, zones=[zone])
    for area, times in (("Thôn 1", 5), (commune.hamlets["Thôn 1"], 5), ("Thôn 2", 0)):
        assert table(browser.get("/week", params={"area": area})).count("Tiêm phòng") == times
    for area in ("nirgends", "Thôn 9", "<b>"):
        assert browser.get("/week", params={"area": area}).status_code == 404
        assert browser.get("/tomorrow", params={"area": area}).status_code == 404


def test_a_day_that_is_none_shows_this_week(commune: Desk, browser: httpx.Client) -> None:
    for day in ("", "2026-13-01", "gestern", "0001-01-01", "9999-12-31"):
        assert "23/11 – 29/11/2026" in browser.get("/week", params={"day": day}).text


def test_who_may_not_write_is_not_led_to_deciding(commune: Desk) -> None:
    commune.add_person("auditor", "auditor")
    with browse(commune) as browser:
        enter(browser, "auditor")
        page = browser.get("/week")
    assert page.status_code == 200
    assert "/decide" not in page.text


def test_the_template_week_shows_weekly_broadcasts_without_an_end(commune: Desk, browser: httpx.Client) -> None:
    made = commune.approved(recurrence=EVERY_DAY)
    once = {"repeat": "once", "first_day": "2026-11-25", "times": ["18:00"]}
    commune.approved(title="Một lần", recurrence=once)
    page = browser.get("/week?view=template")
    assert table(page).count("Tiêm phòng") == 7
    assert "Một lần" not in page.text
    assert f'href="/broadcasts/{made}"' in page.text
    assert "ÂL</span>" not in table(page)


def test_titles_are_shown_as_they_were_typed_and_are_no_markup(commune: Desk, browser: httpx.Client) -> None:
    commune.approved(title="<script>alert(1)</script> =1+1", recurrence=EVERY_DAY)
    page = browser.get("/week")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; =1+1" in page.text


def test_a_hamlets_day_shows_rows_with_reasons_and_what_is_lacking(commune: Desk, browser: httpx.Client) -> None:
    commune.approved(recurrence=EVERY_DAY)
    page = browser.get("/tomorrow", params={"area": "Thôn 1", "day": "2026-11-25"})
    assert "Thôn 1 sẽ nghe gì?" in page.text
    assert "Hằng ngày lúc 17:00, từ 25/11/2026 trở đi" in page.text
    assert "Tiếng chưa về tới cụm loa này." in page.text
    same = browser.get(f"/tomorrow/{commune.hamlets['Thôn 1']}")
    assert table(same) == table(page)
    assert "Ngày này ở đây không phát gì." in browser.get("/tomorrow?day=2026-11-24").text
    nobody = browser.get("/tomorrow", params={"area": "Tân Phú"})
    assert "hãy chọn một thôn" in nobody.text


def test_a_day_beyond_the_plans_is_refused_in_words(commune: Desk, browser: httpx.Client) -> None:
    answer = browser.get("/tomorrow?day=2027-03-01")
    assert answer.status_code == 422
    assert "Kế hoạch phát chỉ có từ hôm qua đến 30 ngày tới." in answer.text


def test_the_api_gives_the_week_and_the_day_of_a_hamlet(commune: Desk) -> None:
    made = commune.approved(recurrence=EVERY_DAY)
    found: list[dict[str, Any]] = commune.get("/week", "editor").json()
    assert len(found) == 5
    first = found[0]
    nominal = MORNING.replace(day=25, hour=10)
    assert (first["occurrence"], first["state"], first["nodes"], first["ready"]) == (
        f"{made}-{to_ms(nominal)}",
        "planned",
        2,
        0,
    )
    assert commune.get("/week?day=2026-11-25&area=" + commune.hamlets["Thôn 3"], "editor").json() == []
    assert commune.get("/week?area=nirgends", "editor").status_code == 404
    assert commune.get("/week?day=1999-01-01", "editor").status_code == 422
    assert len(commune.get("/week/template", "editor").json()) == 7
    day = commune.get(f"/areas/{commune.hamlets['Thôn 1']}/tomorrow", "editor").json()
    (node,) = day["nodes"]
    assert (day["day"], [row["reason"] for row in node["rows"]], node["current"]) == ("2026-11-25", ["on_time"], False)
    assert node["rows"][0]["lacking"]
