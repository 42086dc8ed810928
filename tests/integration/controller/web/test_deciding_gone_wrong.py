"""The page of deciding when it goes wrong: twice, from two tabs, odd texts, foreign names, a sign-in that ran out."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from controller.operations.signing_in import LONGEST
from tests.support.browsing import forms, send
from tests.support.desk import PASSWORD, Desk, tone
from tests.support.writing import press, said, saved, version


def test_the_same_form_sent_twice_is_one_bulletin(commune: Desk, editor: httpx.Client, page: httpx.Response) -> None:
    first, second = saved(editor, page), saved(editor, page)
    assert first == second
    assert sum(each["id"] == first for each in commune.get("/broadcasts", "editor").json()) == 1


def test_the_same_bulletin_from_two_tabs_is_asked_back_with_a_way_to_the_saved_one(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    other_tab = editor.get("/decide")
    first = saved(editor, page)
    asked = press(editor, other_tab, "save")
    assert (asked.status_code, f'href="/decide/{first}"' in asked.text) == (422, True)
    assert "Bản tin này đã được lưu rồi" in said(asked)
    assert saved(editor, asked, {"twice": "1"}) != first


HOSTILE = {
    "zero width": ("Tiêm\u200b phòng\ufeff", "Tiêm phòng"),
    "two forms": ("Tie\u0302m pho\u0300ng", "Tiêm phòng"),
    "html": ("<script>alert(1)</script> & 'a'", "<script>alert(1)</script> & 'a'"),
    "formula": ('=HYPERLINK("x")', '=HYPERLINK("x")'),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_odd_titles_are_settled_and_shown_as_text(
    kind: str, commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    typed, kept = HOSTILE[kind]
    answer = press(editor, page, "save", {"title": typed})
    assert version(commune, answer.url.path.rpartition("/")[2])["title"] == kept
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("title", ["\u202egnohp", "dòng\x07 lệnh", "x" * 10_000], ids=["turned", "bell", "long"])
def test_titles_that_cannot_be_kept_are_refused_at_their_field_and_given_back(
    title: str, editor: httpx.Client, page: httpx.Response
) -> None:
    refused = press(editor, page, "save", {"title": title, "when": "own", "time": "16h"})
    assert (refused.status_code, 'id="wrong-title"' in refused.text) == (422, True)
    assert (forms(refused)["/decide"]["title"], forms(refused)["/decide"]["time"]) == (title, "16h")


@pytest.mark.parametrize("day", ["31/12/9999", "9999-12-31", "01/01/0001", "31/02/2027", "00/00/0000"])
def test_a_day_that_is_none_or_far_out_of_reach_is_refused_at_its_field_and_given_back(
    day: str, editor: httpx.Client, page: httpx.Response
) -> None:
    for field in ("day", "last_true"):
        refused = press(editor, page, "save", {"when": "own", "day": "26/11/2026", "time": "16h", field: day})
        assert (refused.status_code, f'id="wrong-{field}"' in refused.text) == (422, True), field
        assert forms(refused)["/decide"][field] == day


@pytest.mark.parametrize("base", ["9" * 5000, "²", "1e30", "-1", "NaN"])
def test_an_older_version_that_is_no_number_is_refused_in_words(
    base: str, commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    written_on = editor.get("/decide", params={"broadcast": saved(editor, page)})
    refused = press(editor, written_on, "save", {"base": base, "title": "Giữ lại"})
    assert refused.status_code in (409, 422)
    assert forms(refused)["/decide"]["title"] == "Giữ lại"


def test_names_of_another_commune_in_every_field_are_answered_like_none(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    fields = (("place.90", 404), ("programme", 404), ("item.0", 422), ("replace.0", 409), ("broadcast", 404))
    for field, status in fields:
        refused = press(editor, page, "save", {field: "a" * 64 if field == "item.0" else "nirgendwo1", "title": "Giữ"})
        assert refused.status_code == status, (field, said(refused)[:200])
        assert "Giữ" in (forms(refused).get("/decide") or {"title": said(refused)})["title"], field


def test_a_hamlet_removed_while_the_form_is_open_is_told_and_the_rest_is_given_back(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    gone = commune.zone_of(commune.hamlets["Thôn 3"])
    assert commune.ask("DELETE", f"/areas/{commune.hamlets['Thôn 3']}").status_code == 204
    refused = press(editor, page, "save", {"place.90": gone, "title": "Giữ lại"})
    assert (refused.status_code, "Có nơi đã chọn không còn" in said(refused)) == (404, True)
    again = forms(refused)["/decide"]
    assert (again["title"], gone in again.values()) == ("Giữ lại", False)
    assert saved(editor, refused)


def test_a_sound_removed_while_the_form_is_open_is_told_and_the_rest_is_given_back(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    typed = forms(page)["/decide"]
    assert commune.ask("DELETE", f"/assets/{typed['item.0']}?area={commune.root}", who="editor").status_code == 204
    refused = press(editor, page, "save", {"title": "Giữ lại"})
    assert (refused.status_code, forms(refused)["/decide"]["title"]) == (422, "Giữ lại"), said(refused)
    assert "Tệp âm thanh này không có trong kho." in said(refused)


def test_a_programme_removed_while_the_form_is_open_is_told_and_the_rest_is_given_back(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    spare = commune.made("/programmes", {"area": commune.root, "name": "Tạm"}, "editor")
    open_form = editor.get("/decide", params={"programme": spare})
    assert commune.ask("DELETE", f"/programmes/{spare}", who="editor").status_code == 204
    refused = press(editor, open_form, "save", {"programme": spare, "title": "Giữ lại"})
    assert (refused.status_code, forms(refused)["/decide"]["title"]) == (404, "Giữ lại"), said(refused)
    assert saved(editor, refused)


def test_a_session_removed_while_the_form_is_open_is_told_and_the_rest_is_given_back(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    morning = {"name": "Buổi sáng", "starts_at": "05:00", "limit_s": 3600}
    answer = commune.ask(
        "PUT", f"/areas/{commune.root}/sessions", json={"from_day": "2026-11-25", "sessions": [morning]}
    )
    assert answer.status_code == 200, answer.text
    refused = press(editor, page, "save", {"title": "Giữ lại"})
    assert (refused.status_code, forms(refused)["/decide"]["title"]) == (422, "Giữ lại"), said(refused)
    assert "Không có buổi phát này." in said(refused)
    assert saved(editor, refused, {"when": "own", "day": "26/11/2026", "time": "16h"})


def test_a_sign_in_that_ran_out_loses_nothing_typed_nor_the_form_of_an_upload(
    tmp_path: Path, commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    typed = {"title": "Giữ lại", "when": "own", "time": "16h", "repeat": "weekdays", "weekday.3": "1"}
    commune.clock.advance(seconds=LONGEST.total_seconds())
    asked = press(editor, page, "save", typed)
    assert (asked.status_code, "vẫn được giữ" in said(asked)) == (401, True)
    back = send(editor, asked, "/sign-in", {"username": "editor", "password": PASSWORD})
    found = forms(back)["/decide"]
    assert {name: found[name] for name in typed if name != "when"} | {"when": found["when"]} == typed
    commune.clock.advance(seconds=LONGEST.total_seconds())
    sound = tone(tmp_path / "Dài.wav", 30.0).read_bytes()
    fields = {name: value for name, value in found.items() if name != "file"} | {"act": "upload"}
    asked = editor.post("/decide/upload", data=fields, files={"file": ("Dài.wav", sound)})
    assert (asked.status_code, len(sound) > 1_000_000) == (401, True)
    back = send(editor, asked, "/sign-in", {"username": "editor", "password": PASSWORD})
    assert forms(back)["/decide"]["title"] == "Giữ lại"


def test_a_role_taken_away_in_mid_form_leaves_the_texts_to_copy(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    person = next(each for each in commune.get("/people").json() if each["username"] == "editor")
    assert commune.ask("DELETE", f"/grants/{person['grants'][0]['id']}").status_code == 204
    refused = press(editor, page, "save", {"title": "Chữ đã gõ"})
    assert (refused.status_code, "Chữ đã gõ" in said(refused)) == (403, True)


def test_the_pages_days_come_from_the_office_whatever_the_pc_thinks(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    commune.clock.advance(days=2)
    stale = press(editor, page, "look")
    assert forms(stale)["/decide"]["when"] == "slot"
    assert forms(stale)["/decide"]["day"] == "25/11/2026"
    refused = press(editor, page, "save")
    assert refused.status_code == 422
    assert "giờ này đã qua" in said(refused)
    assert "Chiều mai 17:00 (27/11" in said(refused)
