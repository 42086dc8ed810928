"""The pages of approval: without a script, by hand, and when somebody else was faster."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from controller.operations.signing_in import LONGEST
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import PASSWORD, Desk

TEXT = "Kính mời bà con đi họp lúc bảy giờ."
EVENING: dict[str, Any] = {"repeat": "once", "first_day": "2026-11-24", "times": ["17:00"]}


def asked(commune: Desk, title: str = "Tiêm phòng", **changes: Any) -> str:
    """A broadcast that waits for approval; its id."""
    asset = changes.pop("asset", None) or commune.speech(TEXT)
    spoken = [{"recordings": [{"language": "vi", "asset": asset, "text": TEXT, "voice": "vi"}]}]
    said = commune.version(asset, title=title, **{"playlist": spoken, **changes})
    made = commune.made("/broadcasts", said, "editor")
    assert commune.post(f"/broadcasts/{made}/versions/1/submit", who="editor").status_code == 204
    return made


def revised(commune: Desk, made: str, base: int, **changes: Any) -> None:
    """A new version on top, which asks for approval."""
    said = commune.version(commune.speech(TEXT), **changes)
    body = {"base": base, **{name: value for name, value in said.items() if name not in ("area", "programme")}}
    answer = commune.post(f"/broadcasts/{made}/versions", body, "editor")
    assert answer.status_code == 201, answer.text
    assert commune.post(f"/broadcasts/{made}/versions/{base + 1}/submit", who="editor").status_code == 204


def state(commune: Desk, made: str) -> str:
    return str(commune.get(f"/broadcasts/{made}").json()["versions"][-1]["state"])


def words(page: httpx.Response) -> str:
    """What a page says."""
    main = page.text.partition('<main id="main">')[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]*>", " ", main)))


@pytest.fixture
def approver(commune: Desk) -> Iterator[httpx.Client]:
    """The approver's browser."""
    with browse(commune) as opened:
        assert enter(opened, "approver").status_code == 200
        yield opened


@pytest.fixture
def editor(commune: Desk) -> Iterator[httpx.Client]:
    """The editor's browser."""
    with browse(commune) as opened:
        assert enter(opened, "editor").status_code == 200
        yield opened


def test_what_waits_is_heard_read_and_approved_in_two_presses(commune: Desk, approver: httpx.Client) -> None:
    made = asked(commune)
    listed = approver.get("/approvals")
    assert f'href="/approvals/{made}"' in listed.text
    assert "17:00 Thứ Tư, 25/11/2026" in words(listed)
    page = approver.get(f"/approvals/{made}")
    said = words(page)
    for told in (
        TEXT, "Thôn 1, Thôn 2", "240 hộ", "Một lần, ngày 25/11/2026 lúc 17:00", "Thứ Tư 25/11/2026, 17:00:00–17:00:",
        "người soạn: Người editor", "bản 1",
    ):  # fmt: skip
        assert told in said
    (player,) = re.findall(r'<audio[^>]* src="([^"]*)"', page.text)
    assert approver.get(player).headers["content-type"] == "audio/ogg"
    done = send(approver, page, f"/approvals/{made}/approve", {"why": ""})
    assert (done.url.path, "Đã duyệt: sẽ phát" in words(done)) == ("/approvals", True)
    assert state(commune, made) == "approved"
    assert "Không có gì chờ bạn duyệt" in words(done)
    assert "Người approver duyệt lúc 08:00" in words(approver.get(f"/approvals/{made}"))


def test_it_is_returned_with_a_reason_that_its_author_reads(
    commune: Desk, approver: httpx.Client, editor: httpx.Client
) -> None:
    made = asked(commune)
    page = approver.get(f"/approvals/{made}")
    fields = forms(page)[f"/approvals/{made}/approve"]
    bare = approver.post(f"/approvals/{made}/return", data={**fields, "why": " "})
    assert (bare.status_code, 'id="wrong-why"' in bare.text) == (422, True)
    assert state(commune, made) == "submitted"
    done = approver.post(f"/approvals/{made}/return", data={**fields, "why": "Sai tên thôn <b>1</b>"})
    assert "Đã trả lại cho người soạn" in words(done)
    assert "“Sai tên thôn <b>1</b>”" in words(editor.get("/approvals"))
    shown = editor.get(f"/approvals/{made}")
    assert "Người approver trả lại" in words(shown)
    assert f'href="/decide?broadcast={made}"' in shown.text
    assert editor.get(f"/decide?broadcast={made}").status_code == 200


def test_an_older_number_is_refused_and_the_newer_is_shown_with_what_was_typed(
    commune: Desk, approver: httpx.Client
) -> None:
    made = asked(commune)
    page = approver.get(f"/approvals/{made}")
    revised(commune, made, 1, title="Tiêm phòng, sửa giờ", recurrence={**EVENING, "times": ["18:00"]})
    fields = {**forms(page)[f"/approvals/{made}/approve"], "why": "Chưa rõ giờ"}
    for act in ("approve", "return"):
        refused = approver.post(f"/approvals/{made}/{act}", data=fields)
        assert refused.status_code == 409
        assert "đã được thay bằng bản mới hơn" in words(refused)
        assert "Tiêm phòng, sửa giờ" in words(refused)
        assert "Chưa rõ giờ" in refused.text
        assert f'<a href="/approvals/{made}">' in refused.text
        assert forms(refused)[f"/approvals/{made}/approve"]["number"] == "2"
    assert state(commune, made) == "submitted"


@pytest.mark.parametrize("number", ["0", "-1", "1e30", "NaN", "9" * 5000, ""])
def test_a_number_that_no_version_has_is_refused_in_words(number: str, commune: Desk, approver: httpx.Client) -> None:
    made = asked(commune)
    fields = forms(approver.get(f"/approvals/{made}"))[f"/approvals/{made}/approve"]
    for act in ("approve", "return"):
        typed = {**fields, "number": number, "why": "Chưa rõ giờ"}
        refused = approver.post(f"/approvals/{made}/{act}", data=typed)
        assert (refused.status_code, "Chưa rõ giờ" in refused.text) == (422, True), act
    assert state(commune, made) == "submitted"


def test_another_digest_is_not_what_was_shown(commune: Desk, approver: httpx.Client) -> None:
    made = asked(commune)
    page = approver.get(f"/approvals/{made}")
    refused = send(approver, page, f"/approvals/{made}/approve", {"digest": "0" * 64})
    assert (refused.status_code, "không phải bản" in words(refused)) == (409, True)
    assert state(commune, made) == "submitted"


def test_a_second_press_and_a_second_approver_are_told_that_it_is_decided(
    commune: Desk, approver: httpx.Client
) -> None:
    commune.add_person("deputy", "approver")
    made = asked(commune)
    page = approver.get(f"/approvals/{made}")
    with browse(commune) as other:
        enter(other, "deputy")
        send(other, other.get(f"/approvals/{made}"), f"/approvals/{made}/approve", {})
    refused = send(approver, page, f"/approvals/{made}/approve", {})
    assert (refused.status_code, "Người deputy duyệt lúc" in words(refused)) == (409, True)
    assert f"/approvals/{made}/approve" not in forms(refused)


def test_what_changes_is_said_against_what_airs_now(commune: Desk, approver: httpx.Client) -> None:
    made = commune.approved(asset=commune.speech(TEXT))
    here = commune.zone_of(commune.hamlets["Thôn 1"])
    revised(commune, made, 1, title="Tiêm phòng gấp", zones=[here], recurrence={**EVENING, "times": ["18:30"]})
    said = words(approver.get(f"/approvals/{made}"))
    assert "Tên trước đây là “Tiêm phòng”." in said
    assert "Không còn phát ở: Thôn 2." in said
    assert "Trước phát: Một lần, ngày 25/11/2026 lúc 17:00. Nay: Một lần, ngày 24/11/2026 lúc 18:30." in said
    assert "So với bản 1" in said


def test_sixty_minutes_before_it_stands_on_the_day_of_the_approver_and_of_the_deputy(
    commune: Desk, approver: httpx.Client
) -> None:
    commune.clock.advance(seconds=1)
    commune.add_person("deputy", "approver")
    commune.clock.advance(seconds=59)
    made = asked(commune, recurrence=EVENING)
    with browse(commune) as other:
        enter(other, "deputy")
        commune.clock.advance(hours=7, minutes=58)
        assert f"/approvals/{made}" not in other.get("/").text
        commune.clock.advance(minutes=1)
        for each in (approver, other):
            assert f'href="/approvals/{made}"' in each.get("/").text
        assert "bạn duyệt thay Người approver" in words(other.get("/approvals"))
        assert "Đến lần phát đầu còn 60 phút" in words(other.get(f"/approvals/{made}")).replace("1 giờ 0", "60")


def test_the_author_copies_what_where_when_who_and_a_link_that_holds_no_right(
    commune: Desk, editor: httpx.Client
) -> None:
    made = asked(commune)
    page = editor.get(f"/approvals/{made}")
    (text,) = re.findall(r"<textarea id=\"copy\"[^>]*>([^<]*)</textarea>", page.text)
    assert unescape(text).splitlines() == [
        "Nhờ duyệt: “Tiêm phòng”",
        "Phát lần đầu: 17:00 Thứ Tư, 25/11/2026",
        "Nơi phát: Thôn 1, Thôn 2",
        "Người soạn: Người editor",
        f"Nghe và duyệt tại: {commune.origin}/approvals/{made}",
    ]
    assert f"/approvals/{made}/approve" not in forms(page)
    with browse(commune) as stranger:
        asked_in = stranger.get(f"/approvals/{made}")
        assert asked_in.url.path == "/sign-in"
        assert "Tiêm phòng" not in asked_in.text
        back = enter(stranger, "approver", next=forms(asked_in)["/sign-in"]["next"])
        assert back.url.path == f"/approvals/{made}"


def test_an_editor_records_a_paper_and_the_approver_sees_it_until_they_say_so(
    commune: Desk, approver: httpx.Client, editor: httpx.Client
) -> None:
    made = asked(commune)
    page = editor.get(f"/approvals/{made}")
    bare = send(editor, page, f"/approvals/{made}/paper", {"note": " "})
    assert (bare.status_code, 'id="wrong-note"' in bare.text, "<details class=\"card paper\" open>" in bare.text) == (
        422, True, True,
    )  # fmt: skip
    done = send(editor, page, f"/approvals/{made}/paper", {"note": "Phiếu trình 12 ngày 24/11"})
    assert "Người approver đã duyệt trên giấy" in words(done)
    assert "Người duyệt chưa xem" in words(done)
    assert state(commune, made) == "approved"
    listed = approver.get("/approvals")
    assert "“Phiếu trình 12 ngày 24/11”" in words(listed)
    seen = send(approver, listed, f"/approvals/{made}/seen", {})
    assert "đã xem" in words(seen)
    assert "Phiếu trình 12" not in words(seen)
    assert "Người duyệt đã xem" in words(editor.get(f"/approvals/{made}"))
    with browse(commune) as admin:
        enter(admin)
        log = words(admin.get("/audit"))
    assert "Ghi nhận đã duyệt trên giấy" in log
    assert "đứng tên Người approver" in log


def test_an_approver_finds_no_form_to_record_papers(commune: Desk, approver: httpx.Client) -> None:
    made = asked(commune)
    assert f"/approvals/{made}/paper" not in forms(approver.get(f"/approvals/{made}"))


def test_audio_is_approved_beforehand_shown_before_its_end_and_revoked(
    commune: Desk, approver: httpx.Client, editor: httpx.Client
) -> None:
    asset = commune.speech("Nhạc hiệu của xã")
    page = approver.get("/standing")
    wish = {"asset": asset, "area": commune.root, "until": "2026-11-30"}
    past = send(approver, page, "/standing", {**wish, "until": "2026-11-23"})
    assert (past.status_code, 'id="wrong-until"' in past.text) == (422, True)
    assert "Đã duyệt sẵn." in words(send(approver, page, "/standing", wish))
    tune = commune.version(asset, title="Nhạc hiệu", recurrence={**EVENING, "repeat": "daily"})
    made = commune.made("/broadcasts", tune, "editor")
    assert commune.post(f"/broadcasts/{made}/versions/1/submit", who="editor").status_code == 204
    assert state(commune, made) == "approved"
    for each in (approver, editor):
        assert "đến hết ngày 30/11/2026" in words(each.get("/approvals"))
    assert "Đã duyệt sẵn: phát đến hết ngày 30/11/2026" in words(editor.get(f"/approvals/{made}"))
    listed = approver.get("/standing")
    assert f'href="/approvals/{made}"' in listed.text
    assert not [action for action in forms(editor.get("/standing")) if action.startswith("/standing")]
    (revoke,) = [action for action in forms(listed) if action.endswith("/revoke")]
    gone = send(approver, listed, revoke, {})
    assert "Đã thu hồi" in words(gone)
    assert "Chưa duyệt sẵn tệp nào" in words(gone)
    assert "Không còn lần phát nào" in words(editor.get(f"/approvals/{made}"))


def test_a_sign_in_that_ran_out_keeps_the_reason_and_decides_nothing(commune: Desk, approver: httpx.Client) -> None:
    made = asked(commune, recurrence={**EVENING, "first_day": "2027-06-01"})
    page = approver.get(f"/approvals/{made}")
    commune.clock.advance(seconds=LONGEST.total_seconds())
    fields = {**forms(page)[f"/approvals/{made}/approve"], "why": "Ghi lại giờ"}
    asked_in = approver.post(f"/approvals/{made}/return", data=fields)
    assert asked_in.status_code == 401
    back = send(approver, asked_in, "/sign-in", {"username": "approver", "password": PASSWORD})
    assert "Ghi lại giờ" in back.text
    assert state(commune, made) == "submitted"


def test_a_role_taken_away_meanwhile_is_told_and_what_was_typed_is_shown(commune: Desk, approver: httpx.Client) -> None:
    made = asked(commune)
    page = approver.get(f"/approvals/{made}")
    grant = next(each for each in commune.get("/people").json() if each["username"] == "approver")["grants"][0]["id"]
    assert commune.ask("DELETE", f"/grants/{grant}").status_code == 204
    fields = {**forms(page)[f"/approvals/{made}/approve"], "why": "Ghi lại giờ"}
    refused = approver.post(f"/approvals/{made}/return", data=fields)
    assert refused.status_code in (403, 404)
    assert "Ghi lại giờ" in refused.text
    assert state(commune, made) == "submitted"


def test_the_pages_are_light_and_wholly_in_the_readers_language(
    commune: Desk, approver: httpx.Client, editor: httpx.Client
) -> None:
    made = asked(commune)
    for browser in (approver, editor):
        for path in ("/approvals", f"/approvals/{made}", "/standing"):
            page = browser.get(path)
            assert page.status_code == 200
            assert len(gzip.compress(page.content)) <= 5_000, path
            assert not any(word in words(page) for word in (" the ", " of ", "pprove ", " your ", "Name ")), path


def test_a_version_that_named_airings_leave_out_is_said_in_words(commune: Desk, approver: httpx.Client) -> None:
    daily = {"repeat": "daily", "first_day": "2026-11-25", "times": ["17:00"]}
    made = asked(commune, recurrence=daily)
    digest = commune.get(f"/broadcasts/{made}").json()["versions"][0]["digest"]
    assert commune.post(f"/broadcasts/{made}/versions/1/approve", {"digest": digest}, "approver").status_code == 204
    moved = {"starts_at": "2026-11-26T11:00:00Z"}
    nominal = "2026-11-26T10:00:00Z"
    body = {
        "base": 1, "title": "Tiêm phòng", "start": moved, "scope": {"kind": "named_starts", "nominals": [nominal]},
    }  # fmt: skip
    assert commune.post(f"/broadcasts/{made}/versions", body, "editor").status_code == 201
    assert commune.post(f"/broadcasts/{made}/versions/2/submit", who="editor").status_code == 204
    said = words(approver.get(f"/approvals/{made}"))
    assert "Chỉ các lần phát lúc 17:00 Thứ Năm, 26/11/2026" in said
    assert "Dời sang 18:00 Thứ Năm, 26/11/2026." in said
    assert "Thứ Năm 26/11/2026, 18:00:00–18:00:" in said


def test_the_clock_says_when_the_list_is_of(commune: Desk, approver: httpx.Client) -> None:
    made = asked(commune, recurrence=EVENING)
    commune.clock.now += timedelta(hours=10)
    said = words(approver.get("/approvals"))
    assert "không còn lần phát nào" in said
    assert "Đã qua giờ phát lần đầu mà chưa được duyệt" in words(approver.get(f"/approvals/{made}"))


def test_audio_is_looked_for_by_its_name_without_accents(commune: Desk, approver: httpx.Client) -> None:
    commune.speech("Nhạc hiệu của xã")
    commune.speech("Lời nhắc đóng cửa đồng")
    found = approver.get("/standing", params={"q": "nhac hieu"})
    assert "Nhạc hiệu của xã" in words(found)
    assert "Lời nhắc" not in words(found)
    assert "Không tìm thấy" in words(approver.get("/standing", params={"q": "<b>xyz"}))
    for name in ("nhac", "loi nhac dong"):
        assert "/standing" in forms(approver.get("/standing", params={"q": name}))
