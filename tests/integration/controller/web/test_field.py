"""Nodes as they stand over the API: the sentence, faults and their life, what is asked of a node and what it brings."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from controller.domain.values import to_ms
from controller.exchange import Outgoing
from controller.housekeeping.pruning import UPLOADS, prune_files
from controller.operations.uploads import LARGEST, QUOTA
from controller.storage.engine import transact
from controller.storage.tables import RequestRow
from playlists import wire
from playlists.models import Request
from playlists.reports import (
    Because,
    Boot,
    Line,
    Missing,
    Outcome,
    RequestDone,
    RequestTaken,
    StoreState,
)
from tests.support.desk import Desk
from tests.support.pole import SITE, Pole, stand


@pytest.fixture
def pole(commune: Desk, tmp_path: Path) -> Pole:
    """Thôn 3 gets a node; there is a technician."""
    return stand(commune, tmp_path)


def opened(pole: Pole, sent: Outgoing) -> Request:
    document = wire.decode_document(wire.open_signed(sent.payload, pole.signer.public, wire.MESSAGE_LIMIT).payload)
    assert isinstance(document, Request)
    return document


def test_the_list_has_trouble_first_each_with_its_sentence(pole: Pole) -> None:
    pole.born()
    pole.beat(sound_ok=False, sound_error="device gone")
    answer = pole.desk.get("/field", "editor", headers={"Accept-Language": "vi"}).json()
    first = answer["nodes"][0]
    assert [each["node"] for each in answer["nodes"]] == ["n9", "n1", "n2"]
    assert first["cause"]["sentence"] == "Mất card âm thanh hoặc card không trả lời: không nghe được gì."
    assert first["cause"]["evidence"] == ["Máy báo: device gone"]
    assert (first["hamlets"], first["homes"], first["severity"], first["online"]) == (["Thôn 3"], 80, 3, True)
    assert [(each["kind"], each["life"]) for each in first["faults"]] == [("sound", "new")]
    english = pole.desk.get("/field", "editor", headers={"Accept-Language": "en"}).json()["nodes"][0]["cause"]
    assert english["sentence"] == "The sound card is gone or does not answer: nothing is heard."


def test_a_page_has_the_facts_under_the_sentence(pole: Pole) -> None:
    pole.born()
    pole.tell(Boot(boot=1, because=Because.POWER, last_alive=to_ms(pole.desk.clock() - timedelta(hours=2))))
    pole.beat(store=StoreState.LOW, missing=(Missing(sha256="a" * 64, cause="not found on the server"),))
    page = pole.page()
    assert page["node"]["cause"]["rule"] == "disk_low"
    assert [each["rule"] for each in page["also"]] == ["no_audio", "power_back"]
    assert {each["kind"] for each in page["faults"]} == {"store", "assets"}
    assert page["lacking"] == [{"sha256": "a" * 64, "title": "", "cause": "not found on the server"}]
    assert (page["heartbeat_ms"], page["silent_after_s"], page["status"]["ready"]) == (10_000, 25.0, 12)
    assert [each["why"] for each in page["outages"]] == ["power"]


def test_power_that_went_on_many_days_is_a_habit_of_the_page(pole: Pole) -> None:
    pole.born()
    for day in range(5, 0, -1):
        back = pole.desk.clock() - timedelta(days=day)
        pole.voice.wall = to_ms(back)
        pole.voice.happen(Boot(boot=1, because=Because.POWER, last_alive=to_ms(back - timedelta(hours=2))))
    pole.hear("events", pole.voice.tell(1, 5))
    assert pole.page()["habits"] == ["mất điện 6–8 h, 5/7 ngày"]


def test_a_signal_that_was_weak_on_many_days_is_a_habit_of_the_page_and_explains_the_next_time(pole: Pole) -> None:
    pole.born()
    pole.desk.clock.advance(hours=10)
    for _ in range(5):
        pole.beat(line=Line(bearer="4g", quality=8))
        pole.desk.clock.advance(hours=2)
        pole.beat(line=Line(bearer="4g", quality=70))
        pole.desk.clock.advance(seconds=20)
        pole.watch.look()
        pole.desk.clock.advance(hours=22, seconds=-20)
    pole.beat(line=Line(bearer="4g", quality=8))
    page = pole.page()
    assert page["habits"] == ["sóng yếu 18–20 h, 5/7 ngày"]
    assert page["node"]["cause"]["rule"] == "weak"
    assert page["node"]["cause"]["evidence"] == ["Như thường lệ 18–20 h (5/7 ngày)."]


def test_a_silent_node_is_told_with_its_last_word_and_presence_only_says_less(pole: Pole) -> None:
    pole.born()
    pole.beat()
    pole.hear("conn", pole.voice.conn(False))
    pole.desk.clock.advance(seconds=3)
    assert pole.page()["node"]["cause"]["rule"] == "left"
    assert pole.page()["faults"] == []
    pole.desk.clock.advance(seconds=200)
    pole.watch.look()
    page = pole.page()
    assert page["node"]["cause"]["sentence"].startswith("Mất liên lạc từ 08:00.")
    assert [(each["kind"], each["life"]) for each in page["faults"]] == [("silent", "new")]


def test_where_nobody_watches_any_more_every_sentence_says_so(pole: Pole) -> None:
    pole.born()
    pole.beat()
    pole.desk.clock.advance(seconds=120)
    answer = pole.desk.get("/field", "editor").json()
    assert answer["unwatched_since"] is not None
    assert {each["cause"]["rule"] for each in answer["nodes"]} == {"unwatched"}


def test_a_fault_is_acknowledged_with_a_word_and_stands_in_the_audit(pole: Pole) -> None:
    pole.born()
    pole.beat(sound_ok=False)
    fault = pole.page()["faults"][0]["id"]
    assert pole.desk.post(f"/faults/{fault}/acknowledge", {"note": "Chiều nay lên xem"}, "editor").status_code == 403
    assert (
        pole.desk.post(f"/faults/{fault}/acknowledge", {"note": "Chiều nay lên xem"}, "technician").status_code == 204
    )
    seen = pole.page()["faults"][0]
    assert (seen["life"], seen["acknowledged_by"], seen["note"]) == (
        "acknowledged",
        "Người technician",
        "Chiều nay lên xem",
    )
    assert pole.desk.get("/audit").json()[0]["act"] == "acknowledge_fault"
    for _ in range(12):
        pole.beat()
        pole.desk.clock.advance(seconds=2)
    pole.watch.look()
    assert pole.page()["faults"][0]["life"] == "resolved"
    assert pole.desk.post(f"/faults/{fault}/acknowledge", {}, "technician").status_code == 409


def test_a_request_goes_down_once_for_the_present_connection_and_is_never_kept(pole: Pole) -> None:
    pole.born("first")
    pole.born("second")
    assert pole.ask("self_test").status_code == 201
    (sent,) = pole.sent()
    asked = opened(pole, sent)
    assert (sent.topic, sent.retained) == (f"loa/1/{SITE}/node/n9/msg", False)
    assert (asked.nonce, asked.action) == ("second", "self_test")
    assert asked.expires_at == to_ms(pole.desk.clock() + timedelta(seconds=60))
    assert pole.sent() == []
    assert pole.request()["stage"] == "sent"


def test_what_came_of_a_request_is_told(pole: Pole) -> None:
    pole.born()
    made = pole.ask("self_test").json()["id"]
    assert pole.request()["stage"] == "asked"
    pole.sent()
    pole.tell(RequestTaken(id=made, action="self_test", expires_at=to_ms(pole.desk.clock())))
    assert pole.request()["stage"] == "taken"
    pole.tell(RequestDone(id=made, action="self_test", outcome=Outcome.DONE, level=-17.5))
    assert (pole.request()["stage"], pole.request()["level"]) == ("done", -17.5)
    pole.tell(RequestDone(id=made, action="self_test", outcome=Outcome.FAILED, detail="later"))
    assert pole.request()["stage"] == "done"
    entry = pole.desk.get("/audit").json()[0]
    assert (entry["act"], entry["details"]["action"]) == ("ask_node", "self_test")


def test_another_nodes_answer_changes_nothing(pole: Pole) -> None:
    pole.born()
    pole.ask("self_test")
    pole.sent()
    pole.tell(RequestDone(id="another", action="self_test", outcome=Outcome.DONE))
    assert pole.request()["stage"] == "sent"


def test_a_request_that_nobody_answers_ends_as_not_known(pole: Pole) -> None:
    pole.born()
    pole.ask("restart")
    pole.sent()
    assert pole.ask("restart").status_code == 409
    pole.desk.clock.advance(seconds=61)
    assert pole.request()["stage"] == "unknown"
    assert pole.ask("restart").status_code == 201


def test_a_request_that_was_never_sent_dies_with_its_minute(pole: Pole) -> None:
    pole.born()
    pole.ask("restart")
    pole.desk.clock.advance(seconds=61)
    assert pole.sent() == []
    assert pole.request()["stage"] == "expired"


def test_who_is_not_connected_is_not_asked(pole: Pole) -> None:
    answer = pole.desk.post(
        "/nodes/n9/requests", {"action": "restart"}, "technician", headers={"Accept-Language": "vi"}
    )
    assert answer.status_code == 409
    assert answer.json()["detail"] == "Bây giờ máy không có liên lạc; hãy yêu cầu khi máy trở lại."
    pole.born()
    pole.hear("conn", pole.voice.conn(False))
    assert pole.ask("restart").status_code == 409
    assert pole.desk.post("/nodes/n9/requests", {"action": "explode"}, "technician").status_code == 422


def asked_for_its_log(pole: Pole) -> str:
    pole.born()
    made = str(pole.ask("upload_log").json()["id"])
    pole.sent()
    return made


def test_a_log_is_brought_under_the_nodes_key_and_fetched_by_a_technician(pole: Pole) -> None:
    made, data = asked_for_its_log(pole), b"\x1f\x8b" + os.urandom(300_000)
    assert pole.bring(data, made).status_code == 204
    assert pole.request()["file"] == hashlib.sha256(data).hexdigest()
    answer = pole.desk.get(f"/requests/{made}/file", "technician")
    assert answer.content == data
    assert "n9-20261124T010000Z.log.gz" in answer.headers["content-disposition"]
    assert pole.desk.get(f"/requests/{made}/file", "editor").status_code == 403
    assert pole.bring(data, made).status_code == 204
    assert pole.bring(data + b"!", made).status_code == 409


def test_what_is_not_signed_by_the_node_or_not_asked_for_is_not_taken(pole: Pole) -> None:
    made = asked_for_its_log(pole)
    name = hashlib.sha256(b"log").hexdigest()
    assert pole.desk.client.put(f"/uploads/{name}", content=b"log").status_code == 401
    assert (
        pole.desk.client.put(f"/uploads/{name}", content=b"log", headers={"Authorization": "Loa a.b.c"}).status_code
        == 401
    )
    assert pole.bring(b"log", made, key=wire.new_key("n9")).status_code == 401
    assert pole.bring(b"log", made, key=wire.new_key("n1")).status_code == 401
    assert pole.bring(b"log", made, node="n1").status_code == 401
    assert pole.bring(b"log", "nothing").status_code == 404
    assert pole.bring(b"log", made, sha256="0" * 64).status_code == 422
    assert pole.bring(b"log", made, bytes=4).status_code == 422
    assert not list(pole.desk.app.state.web.uploads.glob("*"))


def test_files_are_bounded_each_and_by_the_day(pole: Pole) -> None:
    made = asked_for_its_log(pole)
    assert pole.bring(b"x" * (LARGEST + 1), made).status_code in (413, 422)
    assert pole.bring(b"x", made, bytes=LARGEST + 1).status_code == 422
    full = {"bytes": QUOTA, "uploaded_at": pole.desk.clock(), "sha256": hashlib.sha256(b"log").hexdigest()}
    transact(pole.desk.office.engine, lambda session: session.execute(update(RequestRow).values(full)))
    assert pole.bring(b"log", made).status_code == 422


def test_a_request_that_is_long_over_takes_no_file(pole: Pole) -> None:
    made = asked_for_its_log(pole)
    pole.desk.clock.advance(minutes=20)
    assert pole.bring(b"log", made).status_code == 409


def test_what_was_brought_is_kept_for_a_month(pole: Pole) -> None:
    pole.bring(b"log", asked_for_its_log(pole))
    folder = pole.desk.app.state.web.uploads
    (kept,) = folder.iterdir()
    then = pole.desk.clock().timestamp()
    os.utime(kept, (then, then))
    assert prune_files(folder, pole.desk.clock() + UPLOADS - timedelta(hours=1)) == 0
    assert prune_files(folder, pole.desk.clock() + UPLOADS + timedelta(hours=1)) == 1


def test_the_journal_is_read_a_page_at_a_time_the_newest_first(pole: Pole) -> None:
    pole.born()
    for boot in range(1, 61):
        pole.voice.happen(Boot(boot=boot))
    pole.hear("events", pole.voice.tell(1, 60))
    first = pole.desk.get("/nodes/n9/journal", "editor").json()
    assert [each["number"] for each in first["entries"]] == list(range(60, 10, -1))
    assert first["entries"][0]["fact"]["boot"] == 60
    rest = pole.desk.get(f"/nodes/n9/journal?before={first['before']}", "editor").json()
    assert [each["number"] for each in rest["entries"]] == list(range(10, 0, -1))
    assert rest["before"] is None
    assert pole.desk.get("/nodes/n9/journal?stream=unknown", "editor").status_code == 404
