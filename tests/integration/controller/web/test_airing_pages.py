"""One airing as a page: opened, left out, edited; by two clerks, twice, over a lost sign-in, a role taken away."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from controller.domain.values import to_ms
from controller.operations.signing_in import LONGEST
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OutageRow, OwedRow, ProofRow, SignRow
from playlists.reports import Because, Boot
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import PASSWORD, Desk
from tests.support.ledger import owed

TOMORROW = datetime(2026, 11, 25, 10, tzinfo=UTC)
DAILY = {"repeat": "daily", "first_day": "2026-11-24", "times": ["17:00"]}


@pytest.fixture
def made(commune: Desk) -> str:
    """A bulletin every day at 17:00 in both hamlets, approved."""
    return commune.approved(recurrence=DAILY)


@pytest.fixture
def clerk(commune: Desk) -> Iterator[httpx.Client]:
    """The editor's browser."""
    with browse(commune) as opened:
        assert enter(opened, "editor").status_code == 200
        yield opened


def card(made: str, nominal: datetime = TOMORROW) -> str:
    return f"/airings/{made}-{to_ms(nominal)}"


def edit(
    browser: httpx.Client, made: str, act: str = "save", drop: tuple[str, ...] = (), /, **typed: str
) -> httpx.Response:
    """The form of an edit opened, filled in and sent; `drop`: boxes that are unticked."""
    address = f"{card(made)}/edit"
    return resend(browser, browser.get(address), address, act, drop, **typed)


def resend(
    browser: httpx.Client, page: httpx.Response, address: str, act: str, drop: tuple[str, ...] = (), /, **typed: str
) -> httpx.Response:
    filled = {name: value for name, value in forms(page)[address].items() if name not in drop}
    return browser.post(address, data={**filled, "act": act, **typed})


def versions(commune: Desk, made: str) -> list[dict[str, Any]]:
    return list(commune.get(f"/broadcasts/{made}").json()["versions"])


def words(page: httpx.Response) -> str:
    main = page.text.partition('<main id="main">')[2].partition("</main>")[0]
    return " ".join(re.sub("<[^>]*>", " ", main).split())


def test_a_card_opens_to_all_that_is_known_of_it(commune: Desk, made: str, clerk: httpx.Client) -> None:
    page = clerk.get(card(made))
    said = words(page)
    for part in ("Tiêm phòng", "Sẽ phát", "Thứ Tư 25/11/2026, 17:00:00–", "Thôn 1", "Thôn 2", "Bản tin sáng"):
        assert part in said
    for part in ("Người editor, 08:00", "Người approver, 08:00", "Chỉ lần phát này", "âm lịch 17/10"):
        assert part in said
    assert page.text.count("<audio") == 1


@pytest.mark.parametrize("at", ["253402300799000", "9" * 15, "9" * 40, "0", "-1", "x", ""])
def test_an_airing_at_no_moment_of_this_world_is_not_there(at: str, made: str, clerk: httpx.Client) -> None:
    for address in (f"/airings/{made}-{at}", f"/airings/{made}-{at}/edit"):
        answer = clerk.get(address)
        assert (answer.status_code, "Không tìm thấy" in words(answer)) in ((404, True), (422, False)), address
    for act in ("skip", "stop", "edit"):
        assert clerk.post(f"/airings/{made}-{at}/{act}", data={"base": "1"}).status_code in (404, 409, 422), act


def owed_rows(commune: Desk, made: str, start: datetime) -> list[OwedRow]:
    """What both nodes owe of an airing."""
    name, rows = card(made, start).removeprefix("/airings/"), list[OwedRow]()
    for node in ("n1", "n2"):
        hamlet = {"n1": "Thôn 1", "n2": "Thôn 2"}[node]
        row = owed(node, {commune.hamlets[hamlet]: hamlet}, name, start, 12, "Tiêm phòng")
        rows.append(OwedRow(**{**owed_columns(row), "area_id": commune.root, "broadcast_id": made}))
    return rows


def test_what_lacks_is_explained_by_the_outage_that_fell_into_it(commune: Desk, made: str, clerk: httpx.Client) -> None:
    start, minute = datetime(2026, 11, 24, 10, tzinfo=UTC), timedelta(minutes=1)
    back = SignRow(
        node_id="n1", stream="s", number=1, kind="boot", at=start + 30 * minute, received_at=start + 31 * minute,
        fact=Boot(boot=2, because=Because.POWER).model_dump(mode="json"),
    )  # fmt: skip
    out = [
        OutageRow(node_id="n1", begin_at=start - 8 * minute, end_at=start + 30 * minute),
        OutageRow(node_id="n1", begin_at=start - 90 * minute, end_at=start - 60 * minute),
        OutageRow(node_id="n2", begin_at=start - 2 * minute, end_at=None),
    ]
    transact(commune.office.engine, lambda session: session.add_all([*owed_rows(commune, made, start), back, *out]))
    commune.clock.now = start + timedelta(hours=1)
    said = words(clerk.get(card(made, start)))
    untold = "Chưa rõ cụm loa chưa báo kết quả"
    assert f"Thôn 1 {untold} mất liên lạc 16:52 Thứ Ba, 24/11/2026–17:30: mất điện" in said
    assert f"Thôn 2 {untold} mất liên lạc từ 16:58 Thứ Ba, 24/11/2026" in said


def test_the_result_stands_by_hamlet_with_its_proof(commune: Desk, made: str, clerk: httpx.Client) -> None:
    start = datetime(2026, 11, 24, 10, tzinfo=UTC)
    name, rows = card(made, start).removeprefix("/airings/"), owed_rows(commune, made, start)
    proof = ProofRow(
        node_id="n1", stream="s", number=1, occurrence_id=name, version=1, attempt=1, sounded_ms=12_000, due_ms=12_000,
        loudness=-20.0, start_error_us=800, evidence=["frames"], started_at_ms=to_ms(start),
        closed_at_ms=to_ms(start) + 12_000, assets=[],
    )  # fmt: skip
    transact(commune.office.engine, lambda session: session.add_all([*rows, proof]))
    commune.clock.now = start + timedelta(hours=1)
    said = words(clerk.get(card(made, start)))
    assert "1/2 thôn" in said
    assert "Thôn 1 Đã phát đủ 12,0 giây vào lệch 0,8 ms" in said
    assert "Sửa giờ" not in said


def test_what_is_on_air_is_stopped_by_one_press(commune: Desk, made: str, clerk: httpx.Client) -> None:
    start = datetime(2026, 11, 24, 10, tzinfo=UTC)
    name = card(made, start).removeprefix("/airings/")
    row = owed("n1", {commune.hamlets["Thôn 1"]: "Thôn 1"}, name, start, 600, "Tiêm phòng")
    columns = {**owed_columns(row), "area_id": commune.root, "broadcast_id": made}
    transact(commune.office.engine, lambda session: session.add(OwedRow(**columns)))
    commune.clock.now = start + timedelta(seconds=30)
    page = clerk.get(card(made, start))
    assert "Đang phát" in words(page)
    stopped = send(clerk, page, f"{card(made, start)}/stop", {})
    assert "Đã dừng." in words(stopped)
    again = send(clerk, page, f"{card(made, start)}/stop", {"once": ""})
    assert (again.status_code, 'role="alert"' in again.text) == (409, True)


def test_one_press_leaves_it_out_and_one_lets_it_be_heard(commune: Desk, made: str, clerk: httpx.Client) -> None:
    address = f"{card(made)}/skip"
    out = send(clerk, clerk.get(card(made)), address, {"choice": "only_this"})
    assert (out.status_code, out.url.path) == (200, card(made))
    assert "Bỏ lần này" in words(out)
    assert [each["state"] for each in versions(commune, made)] == ["approved", "approved"]
    back = send(clerk, out, address, {"choice": "only_this"})
    assert "Sẽ phát" in words(back)
    assert versions(commune, made)[2]["start"] == {"skip": False, "starts_at": None}


def test_what_stands_in_a_session_stays_there_unless_a_time_is_typed(commune: Desk, clerk: httpx.Client) -> None:
    held = [{"name": "Buổi sáng", "starts_at": "06:00", "limit_s": 3600},
            {"name": "Buổi chiều", "starts_at": "17:00", "limit_s": 3600}]  # fmt: skip
    made = commune.ask("PUT", f"/areas/{commune.root}/sessions", json={"from_day": "2026-11-25", "sessions": held})
    morning, evening = made.json()["ids"]
    recurrence = {"repeat": "daily", "first_day": "2026-11-25", "times": []}
    broadcast = commune.approved(recurrence=recurrence, session={"session": evening})
    address = f"{card(broadcast)}/edit"
    page = clerk.get(address)
    filled = forms(page)[address]
    assert (filled["when"], filled["slot"]) == ("slot", evening)
    assert resend(clerk, page, address, "look").text.count("Không có gì thay đổi") == 1
    pinned = words(resend(clerk, page, address, "look", when="keep"))
    assert "17:00:00–" in pinned
    assert "Cần duyệt lại" in pinned
    typed = words(resend(clerk, page, address, "look", time="17:05"))
    assert "17:05:00–" in typed
    other = words(resend(clerk, page, address, "look", slot=morning))
    assert "Thứ Tư 25/11/2026, 06:00:00–" in other
    later = words(resend(clerk, page, address, "look", slot=morning, choice="from_now"))
    assert "Thứ Năm 26/11/2026, 06:00:00–" in later


def test_who_would_leave_out_all_that_is_left_is_led_to_withdrawing(made: str, clerk: httpx.Client) -> None:
    page = clerk.get(card(made))
    typed = {**forms(page)[f"{card(made)}/skip"], "choice": "from_now"}
    answer = clerk.post(f"{card(made)}/skip", data=typed, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{card(made)}/withdraw")


def test_what_saving_gives_is_shown_before_it_is_saved(commune: Desk, made: str, clerk: httpx.Client) -> None:
    shown = edit(clerk, made, "look", ("place.1",), time="17h10")
    said = words(shown)
    assert "Thứ Tư 25/11/2026, 17:10:00–" in said
    assert "Không cần duyệt lại" in said
    assert "Nghe ở: Thôn 1." in said
    assert len(versions(commune, made)) == 1
    later = resend(clerk, shown, f"{card(made)}/edit", "look", time="17:40")
    assert "Cần duyệt lại" in words(later)
    assert "place.1" not in forms(later)[f"{card(made)}/edit"]


def test_a_hamlet_dropped_and_ten_minutes_are_saved_without_a_new_approval(
    commune: Desk, made: str, clerk: httpx.Client
) -> None:
    saved = edit(clerk, made, "save", ("place.1",), time="17:10")
    assert saved.url.path == card(made)
    assert "không cần duyệt lại" in words(saved)
    said = versions(commune, made)[1]
    assert (said["state"], said["scope"]["kind"]) == ("approved", "named_starts")
    assert said["places"]["areas"] == [commune.hamlets["Thôn 1"]]
    assert "17:10:00" in words(saved)
    assert "Dời từ 17:00" in words(saved)


@pytest.mark.parametrize("choice", ["from_now", "all"])
def test_from_now_on_is_shown_on_the_broadcasts_page(
    commune: Desk, made: str, clerk: httpx.Client, choice: str
) -> None:
    saved = edit(clerk, made, choice=choice, time="17:40", title="Tiêm phòng đợt hai")
    assert saved.url.path == f"/broadcasts/{made}"
    said = words(saved)
    assert "Bản 2: Tiêm phòng đợt hai Chờ duyệt" in said
    assert "gửi duyệt. Trong lúc chờ, vẫn phát như cũ." in said
    assert "Tên trước đây là “Tiêm phòng”." in said
    assert versions(commune, made)[1]["scope"]["ends_named"] is (choice == "all")
    opened = words(clerk.get(card(made)))
    assert "Bản 2 của Người editor" in opened
    assert "đang chờ duyệt" in opened


def test_seconds_of_an_item_become_audio_of_its_own(commune: Desk, made: str, clerk: httpx.Client) -> None:
    whole = versions(commune, made)[0]["playlist"][0]["recordings"][0]["asset"]
    shown = edit(clerk, made, "look", **{"begin.0": "0,5", "end.0": "1,75"})
    cut = forms(shown)[f"{card(made)}/edit"]["item.0"]
    assert cut != whole
    assert "17:00:00–17:00:01" in words(shown)
    entry = next(each for each in commune.get("/assets").json() if each["sha256"] == cut)
    assert abs(entry["frames"] - 60_000) < 10
    assert entry["title"].endswith(" (0,5–1,75)")
    saved = resend(clerk, shown, f"{card(made)}/edit", "save")
    assert saved.url.path == card(made)
    assert versions(commune, made)[1]["playlist"][0]["recordings"][0]["asset"] == cut
    assert commune.get(f"/assets/{whole}/file").status_code == 200


@pytest.mark.parametrize(("begin", "end"), [("x", ""), ("2", "1"), ("", "0,1"), ("1:99999999999", "2"), ("-1", "")])
def test_a_cut_that_cannot_be_made_is_said_at_its_field(made: str, clerk: httpx.Client, begin: str, end: str) -> None:
    refused = edit(clerk, made, "look", **{"begin.0": begin, "end.0": end, "title": "Gõ dở"})
    assert refused.status_code == 422
    assert 'id="wrong-begin.0"' in refused.text
    filled = forms(refused)[f"{card(made)}/edit"]
    assert (filled["begin.0"], filled["title"]) == (begin, "Gõ dở")


def test_items_are_put_in_another_order_one_is_left_out_one_added(commune: Desk, clerk: httpx.Client) -> None:
    first, second, third = (commune.speech(f"Bài số {name} của xã.") for name in ("một", "hai", "ba"))
    items = [{"recordings": [{"language": "vi", "asset": each}]} for each in (first, second)]
    made = commune.approved(recurrence=DAILY, playlist=items)

    def playlist() -> list[str]:
        return [each["recordings"][0]["asset"] for each in versions(commune, made)[-1]["playlist"]]

    assert edit(clerk, made, **{"order.0": "3"}).url.path == card(made)
    assert playlist() == [second, first]
    edit(clerk, made, **{"drop.0": "1", "add": third})
    assert playlist()[-1] == third
    assert len(playlist()) == 2
    empty = edit(clerk, made, **{"drop.0": "1", "drop.1": "1"})
    assert (empty.status_code, 'id="wrong-item"' in empty.text) == (422, True)


def test_the_second_of_two_clerks_is_told_sees_both_and_loses_nothing(
    commune: Desk, made: str, clerk: httpx.Client
) -> None:
    commune.add_person("second", "editor")
    address = f"{card(made)}/edit"
    with browse(commune) as other:
        enter(other, "second")
        page = other.get(address)
        edit(clerk, made, title="Của người thứ nhất", time="17:05")
        told = resend(other, page, address, "save", title="Của người thứ hai")
        assert told.status_code == 409
        said = words(told)
        assert "Có người khác vừa sửa" in said
        assert "Bản 2 của Người editor" in said
        assert "17:05" in said
        filled = forms(told)[address]
        assert (filled["title"], filled["base"]) == ("Của người thứ hai", "2")
        assert len(versions(commune, made)) == 2
        saved = resend(other, told, address, "save")
        assert saved.url.path == card(made)
        last = versions(commune, made)[2]
        assert last["title"] == "Của người thứ hai"


def test_what_has_begun_has_no_form_and_what_was_typed_before_is_kept(
    commune: Desk, made: str, clerk: httpx.Client
) -> None:
    address = f"{card(made)}/edit"
    page = clerk.get(address)
    commune.clock.now = TOMORROW
    assert clerk.get(address).url.path == card(made)
    late = resend(clerk, page, address, "save", title="Gõ dở")
    assert late.status_code == 409
    assert "đã bắt đầu" in words(late)
    assert forms(late)[address]["title"] == "Gõ dở"


def test_a_press_that_comes_too_late_is_told_on_the_card(commune: Desk, made: str, clerk: httpx.Client) -> None:
    page = clerk.get(card(made))
    edit(clerk, made, title="Mới")
    late = send(clerk, page, f"{card(made)}/skip", {"choice": "only_this"})
    assert late.status_code == 409
    assert 'role="alert"' in late.text
    assert "bản mới" in words(late)
    assert len(versions(commune, made)) == 2


def test_the_same_form_twice_is_saved_once(commune: Desk, made: str, clerk: httpx.Client) -> None:
    address = f"{card(made)}/edit"
    page = clerk.get(address)
    one, again = (resend(clerk, page, address, "save", title="Mới") for _ in range(2))
    assert one.url.path == again.url.path == card(made)
    assert len(versions(commune, made)) == 2


def test_a_sign_in_that_ran_out_in_mid_form_loses_nothing(commune: Desk, made: str, clerk: httpx.Client) -> None:
    address = f"{card(made)}/edit"
    page = clerk.get(address)
    commune.clock.advance(hours=1)
    commune.clock.now = min(commune.clock.now, TOMORROW)
    clerk.cookies.clear()
    asked = resend(clerk, page, address, "save", ("place.1",), title="Gõ <b>dở</b>", time="17:20")
    assert (asked.status_code, "vẫn được giữ" in asked.text) == (401, True)
    back = send(clerk, asked, "/sign-in", {"username": "editor", "password": PASSWORD})
    filled = forms(back)[address]
    assert (filled["title"], filled["time"]) == ("Gõ <b>dở</b>", "17:20")
    assert "place.1" not in filled
    assert len(versions(commune, made)) == 1
    assert timedelta(hours=1) < LONGEST


def test_a_role_taken_away_while_the_form_is_open_gives_the_texts_back(
    commune: Desk, made: str, clerk: httpx.Client
) -> None:
    address = f"{card(made)}/edit"
    page = clerk.get(address)
    seen = next(each for each in commune.get("/people").json() if each["username"] == "editor")
    assert commune.ask("DELETE", f"/grants/{seen['grants'][0]['id']}").status_code == 204
    refused = resend(clerk, page, address, "save", title="Đang gõ dở")
    assert refused.status_code in (403, 404)
    assert "Đang gõ dở" in refused.text
    assert len(versions(commune, made)) == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 10_000}, "title"),
        ({"title": "\u202ena"}, "title"),
        ({"day": "31/02/2027"}, "day"),
        ({"time": "25 giờ"}, "time"),
        ({"time": "23:00"}, "when"),
        ({"day": "23/11/2026"}, "when"),
        ({"when": "slot", "slot": "nirgends"}, "when"),
        ({"choice": "maybe"}, "choice"),
        ({"add": "0" * 64}, "item"),
        ({"place.7": "nirgends"}, "place"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    commune: Desk, made: str, clerk: httpx.Client, typed: dict[str, str], field: str
) -> None:
    refused = edit(clerk, made, **typed)
    assert 400 <= refused.status_code < 500
    assert f'id="wrong-{field}"' in refused.text
    assert len(versions(commune, made)) == 1
    again = forms(refused)[f"{card(made)}/edit"]
    for name, value in typed.items():
        if name in ("day", "time", "title"):
            assert again[name] == value


@pytest.mark.parametrize("path", ["", "/edit"])
def test_a_page_is_light_and_wholly_in_the_readers_language(made: str, clerk: httpx.Client, path: str) -> None:
    for address in (f"{card(made)}{path}", f"/broadcasts/{made}"):
        page = clerk.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) <= 5_000
        assert not any(word in words(page) for word in (" the ", " of ", " it ", " airing"))


def test_what_is_approved_is_played_now_from_its_page(commune: Desk, made: str, clerk: httpx.Client) -> None:
    page = clerk.get(f"/broadcasts/{made}")
    played = send(clerk, page, f"/broadcasts/{made}/play-now", {})
    assert played.url.path.startswith("/airings/")
    assert "Sẽ phát ngay khi các cụm loa có tệp âm thanh." in words(played)
    commune.post("/mutes", {}, "editor")
    muted = send(clerk, clerk.get(f"/broadcasts/{made}"), f"/broadcasts/{made}/play-now", {})
    assert (muted.status_code, 'role="alert"' in muted.text) == (409, True)
    nowhere = clerk.post(f"/broadcasts/{made}/play-now", data={})
    assert 400 <= nowhere.status_code < 500


def test_the_airing_and_its_edit_by_the_api(commune: Desk, made: str) -> None:
    address = f"/airings/{card(made).removeprefix('/airings/')}"
    seen = commune.get(address, "editor").json()
    assert (seen["state"], seen["title"], seen["may"]) == (
        "planned", "Tiêm phòng", ["edit", "play_now", "stop", "withdraw"],
    )  # fmt: skip
    body = {"base": 1, "choice": "from_now", "nominals": [TOMORROW.isoformat()], "change": {"title": "Mới"}}
    shown = commune.post(f"/broadcasts/{made}/edit/look", body, "editor")
    assert (shown.status_code, shown.json()["look"]["carried"]) == (200, True)
    saved = commune.post(f"/broadcasts/{made}/edit", body, "editor")
    assert (saved.status_code, saved.json()["state"]) == (201, "approved")
    late = commune.post(f"/broadcasts/{made}/edit", body, "editor")
    assert (late.status_code, late.json()["errors"][0]["field"]) == (409, "base")
    assert commune.get(address, "editor").json()["version"]["number"] == 2
