"""Deciding by the API: what saving would give, saving in one act, sessions and hours."""

from __future__ import annotations

from typing import Any

from tests.support.desk import Desk


def in_session(commune: Desk, **changes: Any) -> dict[str, Any]:
    """A bulletin of tomorrow in the evening session of the commune."""
    sessions = commune.get(f"/areas/{commune.root}/times", "editor").json()["sessions"]
    evening = next(each["id"] for each in sessions if each["name"] == "Chiều")
    recurrence = {"repeat": "once", "first_day": "2026-11-25"}
    return commune.version(commune.speech(), recurrence=recurrence, session={"session": evening}, **changes)


def test_looking_says_exact_moments_and_saves_nothing(commune: Desk) -> None:
    found = commune.post("/broadcasts/look", in_session(commune), "editor").json()
    assert found["airings"][0]["starts_at"] == "2026-11-25T10:00:00Z"
    assert (found["problems"], found["clashes"], found["carried"]) == ([], [], False)
    assert found["audience"]["homes"] == 240
    assert commune.get("/broadcasts").json() == []


def test_deciding_saves_submits_and_stands_after_the_others_of_its_session(commune: Desk) -> None:
    first = commune.post("/broadcasts/decide", in_session(commune), "editor")
    assert first.status_code == 201
    assert (first.json()["version"], first.json()["state"]) == (1, "submitted")
    second = commune.post("/broadcasts/decide", in_session(commune, title="Bài hai"), "editor").json()
    made = commune.get(f"/broadcasts/{second['broadcast']}").json()["versions"][0]
    assert made["session"]["order"] == 2
    found = commune.post("/broadcasts/look", in_session(commune, title="Bài ba"), "editor").json()
    assert [each["title"] for each in found["beside"]] == ["Tiêm phòng", "Bài hai"]


def test_routine_outside_the_hours_is_not_saved_and_the_doubt_is_said_in_vietnamese(commune: Desk) -> None:
    recurrence = {"repeat": "once", "first_day": "2026-11-25", "times": ["03:15"]}
    body = commune.version(commune.speech(), recurrence=recurrence)
    for path in ("/broadcasts", "/broadcasts/decide"):
        answer = commune.post(path, body, "editor")
        assert answer.status_code == 422
        problem = answer.json()["errors"][0]
        assert (problem["field"], problem["reason"]) == ("recurrence.times", "out_of_hours")
        assert "15:15" in problem["detail"]
    assert commune.get("/broadcasts").json() == []


def test_a_clash_is_answered_by_replacing_the_other_on_that_day_only(commune: Desk) -> None:
    daily = {"repeat": "daily", "first_day": "2026-11-24", "times": ["17:00"]}
    other = commune.approved(recurrence=daily, title="Hằng ngày")
    body = commune.version(commune.speech("Thông báo khác."), title="Khác")
    assert commune.post("/broadcasts/decide", body, "editor").status_code == 409
    answer = commune.post("/broadcasts/decide", {**body, "replace": [other]}, "editor")
    assert answer.status_code == 201, answer.text
    skipped = commune.get(f"/broadcasts/{other}").json()["versions"][-1]
    assert (skipped["state"], skipped["start"]["skip"]) == ("approved", True)
    assert skipped["scope"]["nominals"] == ["2026-11-25T10:00:00+00:00"]


def test_sessions_and_hours_are_set_and_read(commune: Desk) -> None:
    area = commune.hamlets["Thôn 1"]
    wanted = {"from_day": "2026-12-01", "sessions": [{"name": "Tối", "starts_at": "19:00", "limit_s": 900}]}
    answer = commune.ask("PUT", f"/areas/{area}/sessions", json=wanted)
    assert answer.status_code == 200, answer.text
    (evening,) = answer.json()["ids"]
    hours = {"hours": {"begin": "06:00", "end": "20:00"}}
    assert commune.ask("PUT", f"/areas/{area}/hours", json=hours).status_code == 204
    found = commune.get(f"/areas/{area}/times?day=2026-12-01", "editor").json()
    assert found["sessions"] == [{"id": evening, "name": "Tối", "starts_at": "19:00:00", "limit_s": 900}]
    assert (found["sessions_of"], found["begin"], found["end"], found["hours_of"]) == (
        area, "06:00:00", "20:00:00", area,
    )  # fmt: skip
    too_early = commune.ask("PUT", f"/areas/{area}/sessions", json={**wanted, "from_day": "2026-11-24"})
    assert (too_early.status_code, too_early.json()["errors"][0]["field"]) == (422, "from_day")
