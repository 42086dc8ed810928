"""The page of deciding as a plain form: sound, places, times, what is shown back, what is asked, what is saved."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from controller.domain.values import to_ms
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OwedRow
from tests.support.browsing import forms
from tests.support.desk import MORNING, Desk, tone
from tests.support.ledger import owed
from tests.support.writing import BOTH, TEXT, approve, press, said, saved, ticked, version, writer, zone


def test_newest_sound_last_places_and_tomorrow_evening_are_saved_with_one_press(
    commune: Desk, editor: httpx.Client, page: httpx.Response, sessions: list[str]
) -> None:
    assert "Chiều mai 17:00 (25/11, 17/10 ÂL)" in said(page)
    assert "2 thôn · 240 hộ nghe được" in said(page)
    made = version(commune, saved(editor, page))
    assert (made["title"], made["state"]) == (TEXT.rstrip(".") + ".", "submitted")
    assert made["session"] == {"session": sessions[2], "order": 1}
    assert sorted(made["places"]["areas"]) == sorted(commune.hamlets[each] for each in BOTH)
    assert (made["last_true_day"], made["late"]) == ("2026-11-25", {"kind": "whole", "within_s": 9000})


def test_what_was_saved_says_when_it_sounds_that_it_waits_and_how_to_undo(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    answer = press(editor, page, "save")
    assert "Đã lưu." in said(answer)
    assert "Thứ Tư 25/11/2026, 17:00:00–17:00:0" in said(answer)
    assert "Chờ duyệt" in said(answer)
    assert "/week?day=2026-11-25" in answer.text
    (undo,) = [action for action in forms(answer) if action.endswith("/withdraw")]
    gone = editor.post(undo, data=forms(answer)[undo])
    assert "Không phát gì nữa" in said(gone)
    assert commune.get(f"/broadcasts/{answer.url.path.rpartition('/')[2]}").json()["withdrawn_at"]


def test_the_library_is_searched_without_accents(commune: Desk, editor: httpx.Client, page: httpx.Response) -> None:
    commune.clock.advance(minutes=1)
    commune.speech("Đông Đoài họp thôn lúc bảy giờ.")
    fresh = editor.get("/decide")
    assert forms(fresh)["/decide"]["title"] == "Đông Đoài họp thôn lúc bảy giờ."
    assert TEXT in said(press(editor, fresh, "find", {"q": "tiem phong"}))
    none = press(editor, fresh, "find", {"q": "dong tay"})
    assert "Không tìm thấy" in said(none)
    dropped = press(editor, fresh, f"drop.{forms(fresh)['/decide']['item.0']}")
    assert "Đông Đoài" in said(press(editor, dropped, "find", {"q": "dong doai"}))


def test_another_sound_takes_the_place_of_the_offered_one_and_a_third_follows_it(
    commune: Desk, editor: httpx.Client
) -> None:
    texts = ("Một thông báo.", "Hai thông báo.", "Ba thông báo.")
    hashes = []
    for text in texts:
        commune.clock.advance(minutes=1)
        hashes.append(commune.speech(text))
    page = editor.get("/decide")
    one = press(editor, page, f"add.{hashes[0]}")
    assert forms(one)["/decide"]["title"] == texts[0]
    two = press(editor, one, f"add.{hashes[1]}")
    assert [forms(two)["/decide"][f"item.{number}"] for number in (0, 1)] == hashes[:2]
    turned = press(editor, two, f"up.{hashes[1]}")
    assert [forms(turned)["/decide"][f"item.{number}"] for number in (0, 1)] == [hashes[1], hashes[0]]
    left = press(editor, turned, f"drop.{hashes[1]}")
    assert forms(left)["/decide"]["item.0"] == hashes[0]
    assert "item.1" not in forms(left)["/decide"]


def test_a_text_is_shown_and_heard_before_it_is_accepted_and_its_words_are_kept(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    before = len(commune.get("/assets", "editor").json())
    heard = press(editor, page, "hear", {"text": "Ngày mai cắt điện\u200b từ bảy giờ."}, "/decide/speak")
    assert "Máy sẽ đọc là: Ngày mai cắt điện từ bảy giờ." in said(heard)
    assert len(commune.get("/assets", "editor").json()) == before
    address = heard.text.partition('id="heard"')[2].partition('src="')[2].partition('"')[0]
    assert editor.get(address).headers["content-type"] == "audio/ogg"
    typed = {"text": "Ngày mai cắt điện từ bảy giờ."}
    refused = press(editor, heard, "save", typed)
    assert (refused.status_code, 'id="wrong-text"' in refused.text) == (422, True)
    taken = press(editor, heard, "take", typed, "/decide/speak")
    assert forms(taken)["/decide"]["title"] == typed["text"]
    made = version(commune, saved(editor, taken))
    assert made["playlist"][0]["recordings"][0] | {"asset": ""} == {
        "language": "vi", "asset": "", "text": typed["text"], "voice": "vi",
    }  # fmt: skip


def test_a_file_is_uploaded_with_nothing_typed_lost_and_rubbish_is_refused_at_its_field(
    tmp_path: Path, commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    sound = tone(tmp_path / "Loa phường.mp3", 1.0).read_bytes()
    fields = {**forms(page)["/decide"], "act": "upload", "when": "own", "time": "16h15"}
    fields.pop("file")
    answer = editor.post("/decide/upload", data=fields, files={"file": ("Loa phường.mp3", sound)})
    found = forms(answer)["/decide"]
    assert (found["title"], found["time"], answer.status_code) == ("Loa phường", "16h15", 200)
    rubbish = editor.post("/decide/upload", data=fields, files={"file": ("x.mp3", b"no sound" * 40_000)})
    assert (rubbish.status_code, 'id="wrong-file"' in rubbish.text) == (422, True)
    assert forms(rubbish)["/decide"]["time"] == "16h15"
    none = editor.post("/decide/upload", data=fields)
    assert (none.status_code, 'id="wrong-file"' in none.text) == (422, True)
    named = press(editor, page, "save", {"file": "chua-gui.mp3"})
    assert (named.status_code, 'id="wrong-file"' in named.text) == (422, True)


def test_places_tell_who_hears_too_who_is_silent_and_where_nobody_hears(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    silent = {"areas": [commune.hamlets["Thôn 1"]]}
    assert commune.post("/mutes", silent, "editor").status_code in (200, 201)
    looked = editor.post(
        "/decide", data={**ticked(page, zone(commune, "Thôn 1"), zone(commune, "Thôn 3")), "act": "look"}
    )
    assert "1 thôn · 120 hộ" in said(looked)
    assert "đã tắt loa ở Thôn 1" in said(looked)
    assert "Không ai nghe được ở: Thôn 3" in said(looked)
    both = {"id": "n12", "name": "Loa đôi", "home": commune.hamlets["Thôn 1"]}
    served = [{"hamlet": commune.hamlets[each], "homes": 5} for each in BOTH]
    commune.made("/nodes", {**both, "serves": served, "public_key": "A" * 43})
    shared = editor.post("/decide", data={**ticked(page, zone(commune, "Thôn 1")), "act": "look"})
    assert "Nơi khác cũng nghe thấy: Thôn 2" in said(shared)


def test_places_are_kept_under_a_name_and_ticked_as_one(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    kept = press(editor, page, "zone", {"zone_name": "Hai thôn ven sông"})
    assert "Hai thôn ven sông" in said(kept)
    made = next(each for each in commune.get("/zones").json() if each["name"] == "Hai thôn ven sông")
    assert [value for name, value in forms(kept)["/decide"].items() if name.startswith("place.")] == [made["id"]]
    nameless = press(editor, page, "zone", {"zone_name": " "})
    assert (nameless.status_code, 'id="wrong-zone_name"' in nameless.text) == (422, True)


def test_who_may_sound_in_one_hamlet_sees_only_that_one_ticked(commune: Desk, sessions: list[str]) -> None:
    commune.speech(TEXT)
    commune.add_person("head", "duty_officer", commune.hamlets["Thôn 2"])
    with writer(commune, "head") as head:
        page = head.get("/decide")
        places = {name: value for name, value in forms(page)["/decide"].items() if name.startswith("place.")}
        assert list(places.values()) == [zone(commune, "Thôn 2")]
        assert "Thôn 1" not in said(page)
        made = version(commune, saved(head, page))
        assert made["places"]["areas"] == [commune.hamlets["Thôn 2"]]


@pytest.mark.parametrize(
    ("day", "time", "start"),
    [
        ("26/11/2026", "17h30", "17:30:00"),
        ("26/11", "17 giờ 30", "17:30:00"),
        ("2026-11-26", "5 giờ rưỡi chiều", "17:30:00"),
        ("26-11-2026", "07g05", "07:05:00"),
    ],
)
def test_days_and_times_are_understood_as_people_type_them(
    day: str, time: str, start: str, commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    made = version(commune, saved(editor, page, {"when": "own", "day": day, "time": time}))
    assert made["recurrence"] | {"repeat": ""} == made["recurrence"] | {
        "repeat": "", "first_day": "2026-11-26", "times": [start],
    }  # fmt: skip
    assert made["last_true_day"] == "2026-11-26"


def test_what_is_no_day_or_time_is_said_at_its_field_and_kept(editor: httpx.Client, page: httpx.Response) -> None:
    typed = {"when": "own", "day": "31/02/2026", "time": "25h", "title": "Họp <b>dân</b>"}
    refused = press(editor, page, "save", typed)
    assert refused.status_code == 422
    assert all(f'id="wrong-{field}"' in refused.text for field in ("day", "time"))
    assert {name: forms(refused)["/decide"][name] for name in typed if name != "when"} == {
        name: value for name, value in typed.items() if name != "when"
    }


def test_a_doubtful_hour_is_asked_back_and_the_meant_one_taken_with_one_press(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    typed = {"when": "own", "day": "26/11/2026", "time": "3:15"}
    refused = press(editor, page, "save", typed)
    assert (refused.status_code, "3 giờ 15 SÁNG, ý là 15:15?" in said(refused)) == (422, True)
    meant = press(editor, refused, "meant")
    assert forms(meant)["/decide"]["time"] == "15:15"
    assert version(commune, saved(editor, meant))["recurrence"]["times"] == ["15:15:00"]
    sure = press(editor, refused, "sure")
    assert "ý là" not in said(sure).replace("did you mean", "") or "05:00" in said(sure)
    assert press(editor, sure, "save").status_code == 422


def test_the_thirtieth_of_a_lunar_month_of_29_days_is_said_to_be_skipped_and_the_plan_skips_it(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    typed = {"repeat": "lunar_days", "month_days": "30", "last_true": "31/12/2027", "until": "31/12/2027"}
    looked = press(editor, page, "look", typed)
    assert "Ngày 30 âm lịch hằng tháng" in said(looked)
    assert "Không phát vì tháng không có ngày này: ngày 30 tháng 12/2026 âm lịch" in said(looked)
    broadcast = saved(editor, page, typed)
    approve(commune, broadcast)
    looked = editor.get(f"/decide/{broadcast}")
    assert "(30/" in said(looked)
    assert "(29/" not in said(looked)
    assert "(1/" not in said(looked)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"repeat": "daily", "until": "30/11/2026"}, "Hằng ngày trong “Buổi chiều”, từ 25/11/2026 đến 30/11/2026"),
        ({"repeat": "weekdays", "weekday.0": "1", "weekday.3": "1"}, "Thứ Hai, Thứ Năm"),
        ({"repeat": "month_days", "month_days": "1, 15"}, "ngày 1, 15"),
        ({"repeat": "month_end"}, "ngày cuối"),
        ({"repeat": "lunar_days", "month_days": "mùng 1 và rằm"}, "ngày 1, 15"),
        ({"repeat": "lunar_month_end"}, "âm"),
        ({"repeat": "daily", "except": "26/11/2026, 27/11"}, "26/11/2026, 27/11/2026"),
    ],
)
def test_a_recurrence_is_shown_back_in_words(
    typed: dict[str, str], words: str, editor: httpx.Client, page: httpx.Response
) -> None:
    assert words.casefold() in said(press(editor, page, "look", typed)).casefold()


def test_holidays_among_the_days_are_shown_and_left_out_when_ticked(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    typed = {"repeat": "daily", "until": "05/01/2027", "last_true": "05/01/2027"}
    looked = press(editor, page, "look", typed)
    assert "Thứ Sáu 01/01/2027 Tết Dương lịch" in said(looked)
    ticked_ = press(editor, looked, "look", {"off.0": "2027-01-01"})
    assert "trừ 01/01/2027" in said(ticked_)
    assert forms(ticked_)["/decide"]["off.0"] == "2027-01-01"
    assert version(commune, saved(editor, ticked_))["recurrence"]["except_days"] == ["2027-01-01"]


def test_in_a_session_it_follows_the_others_and_what_is_left_of_the_limit_is_said(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    saved(editor, page, {"title": "Bản tin đầu"})
    second = editor.get("/decide")
    assert "Trong buổi này đã có 17:00:00–17:00:0" in said(second)
    assert "“Bản tin đầu”" in said(second)
    assert "Buổi chiều” dài nhất 60 phút; sau bản tin này còn 59 phút" in said(second)
    answer = press(editor, second, "save", {"title": "Bản tin sau"})
    assert "17:00:05–" in said(answer)


def test_where_the_place_is_taken_the_user_puts_it_after_or_replaces_the_other(
    commune: Desk, editor: httpx.Client, page: httpx.Response, sessions: list[str]
) -> None:
    own = {"when": "own", "day": "26/11/2026", "time": "17:00"}
    first = saved(editor, page, {**own, "title": "Bản tin đầu"})
    approve(commune, first)
    taken = press(editor, editor.get("/decide"), "save", {**own, "title": "Bản tin sau"})
    assert taken.status_code == 409
    assert "Chỗ này đã có bản tin khác" in said(taken)
    assert "26/11/2026 17:00:00–17:00:0" in said(taken)
    after = press(editor, taken, f"after.{sessions[2]} 2026-11-26")
    answer = press(editor, after, "save")
    assert "17:00:05–" in said(answer), said(answer)
    instead = press(editor, taken, "save", {"replace.0": first, "title": "Thay hẳn"})
    assert "Thứ Năm 26/11/2026, 17:00:00–" in said(instead), said(instead)
    assert version(commune, first)["start"]["skip"] is True


def test_the_late_rule_and_the_last_true_day_come_with_the_programme(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    assert "Có điện trước 19:30 thì phát lại từ đầu" in said(page)
    music = {"area": commune.root, "name": "Ca nhạc", "kind": "music"}
    tunes = commune.made("/programmes", music, "editor")
    kept = commune.made(
        "/programmes", {**music, "name": "Chào cờ", "late": {"kind": "whole", "within_s": 600}}, "editor"
    )
    looked = press(editor, editor.get("/decide"), "look", {"programme": tunes})
    assert forms(looked)["/decide"]["late"] == "join"
    assert version(commune, saved(editor, looked, {"last_true": ""}))["late"] == {"kind": "join", "within_s": 0}
    other = press(editor, editor.get("/decide"), "look", {"programme": kept})
    assert forms(other)["/decide"]["late"] == "whole 600"
    assert "Có điện trước 17:10" in said(other)


def test_a_notice_is_not_saved_without_its_last_true_day(editor: httpx.Client, page: httpx.Response) -> None:
    refused = press(editor, page, "save", {"repeat": "daily", "last_true": "", "auto_last_true": ""})
    assert (refused.status_code, 'id="wrong-last_true"' in refused.text) == (422, True)
    over = press(editor, page, "save", {"last_true": "24/11/2026"})
    assert over.status_code == 422


def test_a_draft_is_written_on_and_a_second_clerk_is_told_with_nothing_lost(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    typed = {"title": "Nháp", "repeat": "weekdays", "weekday.2": "1", "until": "2/12/2026"}
    answer = press(editor, page, "draft", typed)
    assert "Bản nháp" in said(answer)
    draft = answer.url.path.rpartition("/")[2]
    again = editor.get(f"/decide?broadcast={draft}")
    found = forms(again)["/decide"]
    assert (found["title"], found["repeat"], found["until"], found["weekday.2"]) == (
        "Nháp", "weekdays", "02/12/2026", "1",
    )  # fmt: skip
    assert saved(editor, again, {"title": "Bản sạch"}) == draft
    late = press(editor, again, "save", {"title": "Người thứ hai"})
    assert late.status_code == 409
    assert forms(late)["/decide"]["title"] == "Người thứ hai"
    assert version(commune, draft)["title"] == "Bản sạch"


def test_what_the_form_does_not_show_of_a_broadcast_is_kept_when_it_is_written_on(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    vi, en = commune.speech("Một thông báo."), commune.speech("Hai thông báo.")
    spoken = [{"recordings": [{"language": "vi", "asset": vi}, {"language": "en", "asset": en}], "title": "Hai tiếng"}]
    twice = {"repeat": "daily", "first_day": "2026-11-25", "times": ["06:00", "18:00"], "last_day": "2026-11-30"}
    wish = commune.version(vi, playlist=spoken, recurrence=twice, priority="priority", rank=3)
    made = commune.made("/broadcasts", {**wish, "last_true_day": "2026-11-30"}, "editor")
    again = editor.get(f"/decide?broadcast={made}")
    assert forms(again)["/decide"]["time"] == "06:00, 18:00"
    assert saved(editor, again, {"title": "Tên khác"}) == made
    after = version(commune, made)
    assert [each["asset"] for each in after["playlist"][0]["recordings"]] == [vi, en]
    assert after["recurrence"]["times"] == ["06:00:00", "18:00:00"]
    assert (after["priority"], after["rank"], after["title"]) == ("priority", 3, "Tên khác")


def test_a_version_that_carries_an_approval_says_so(commune: Desk, editor: httpx.Client, page: httpx.Response) -> None:
    first = saved(editor, page)
    approve(commune, first)
    again = editor.get(f"/decide?broadcast={first}")
    fewer = editor.post("/decide", data={**ticked(again, zone(commune, "Thôn 1")), "act": "look"})
    assert "Lưu là được duyệt ngay" in said(fewer)
    assert "Được duyệt ngay" in said(press(editor, fewer, "save"))


def test_a_withdrawn_bulletin_is_corrected_where_it_may_have_been_heard(
    commune: Desk, editor: httpx.Client, page: httpx.Response
) -> None:
    wrong = saved(editor, page, {"title": "Sai giờ"})
    at = MORNING - timedelta(seconds=10)
    row = owed("n2", {commune.hamlets["Thôn 2"]: "Thôn 2"}, f"{wrong}-{to_ms(at)}", at, 60, "Sai giờ")
    columns = {**owed_columns(row), "area_id": commune.root, "broadcast_id": wrong}
    transact(commune.office.engine, lambda session: session.add(OwedRow(**columns)))
    assert commune.post(f"/broadcasts/{wrong}/withdraw", {"why": "sai giờ"}, "editor").status_code == 204
    for lists, zones in (("played,may_still", [zone(commune, "Thôn 2")]), ("played", [])):
        found = forms(editor.get(f"/decide?corrects={wrong}&list={lists}"))["/decide"]
        assert found["title"] == "Đính chính: Sai giờ"
        assert "item.0" not in found
        assert [value for name, value in found.items() if name.startswith("place.")] == zones
    assert editor.get("/decide?corrects=nirgends").status_code == 404


def test_the_address_fills_in_day_session_area_and_sound(
    commune: Desk, editor: httpx.Client, page: httpx.Response, sessions: list[str]
) -> None:
    commune.clock.advance(minutes=1)
    first = commune.get("/assets", "editor").json()[0]["sha256"]
    commune.speech("Một bản tin mới hơn.")
    wish = f"day=2026-11-27&session={sessions[0]}&area={commune.hamlets['Thôn 2']}&sound={first}"
    found = forms(editor.get(f"/decide?{wish}"))["/decide"]
    assert (found["when"], found["slot"]) == ("slot", sessions[0])
    assert found["day"] == "27/11/2026"
    assert [value for name, value in found.items() if name.startswith("place.")] == [zone(commune, "Thôn 2")]
    assert found["item.0"] == first
    odd = editor.get("/decide?day=x&session=y&area=z&sound=q")
    assert (odd.status_code, forms(odd)["/decide"]["title"]) == (200, "Một bản tin mới hơn.")


def test_the_first_programme_is_named_on_the_page(commune: Desk, editor: httpx.Client, page: httpx.Response) -> None:
    assert commune.ask("DELETE", f"/programmes/{commune.programme}", "editor").status_code == 204
    bare = editor.get("/decide")
    assert "Chưa có chương trình nào" in said(bare)
    named = press(editor, bare, "programme", {"programme_name": "Bản tin xã", "programme_kind": "notice"})
    assert "Bản tin xã (thông báo" in said(named)
    saved(editor, named)


def test_the_page_is_light_with_many_hamlets(commune: Desk, editor: httpx.Client) -> None:
    for number in range(4, 46):
        commune.hamlets[f"Thôn {number}"] = commune.add_hamlet(f"Thôn {number}", f"n{number}")
    page = editor.get("/decide")
    assert len(gzip.compress(page.content)) <= 5_000
