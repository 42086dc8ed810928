"""Broadcasts by the API: their life, what is refused of it, and who sees it."""

from __future__ import annotations

from tests.support.desk import Desk


def test_a_broadcast_is_drafted_submitted_approved_and_withdrawn(commune: Desk) -> None:
    before = commune.nudges.count
    broadcast = commune.approved()
    found = commune.get(f"/broadcasts/{broadcast}").json()
    assert found["versions"][0]["state"] == "approved"
    assert found["versions"][0]["recurrence"]["times"] == ["17:00:00"]
    assert commune.nudges.count > before
    assert [each["id"] for each in commune.get("/broadcasts?state=approved").json()] == [broadcast]
    answer = commune.post(f"/broadcasts/{broadcast}/withdraw", {"why": "Hoãn"}, "editor")
    assert answer.status_code == 204
    assert commune.get(f"/broadcasts/{broadcast}").json()["withdrawn_at"] is not None


def test_nobody_approves_what_they_wrote_or_did_not_see(commune: Desk) -> None:
    asset = commune.speech()
    broadcast = commune.made("/broadcasts", commune.version(asset), "editor")
    path = f"/broadcasts/{broadcast}/versions/1"
    assert commune.post(f"{path}/submit", who="editor").status_code == 204
    digest = commune.get(f"/broadcasts/{broadcast}").json()["versions"][0]["digest"]
    assert commune.post(f"{path}/approve", {"digest": digest}, "editor").status_code == 403
    answer = commune.post(f"{path}/approve", {"digest": "0" * 64}, "approver")
    assert answer.status_code == 409
    assert commune.post(f"{path}/return", {"why": ""}, "approver").status_code == 422
    assert commune.post(f"{path}/return", {"why": "Sai giờ"}, "approver").status_code == 204
    version = commune.get(f"/broadcasts/{broadcast}").json()["versions"][0]
    assert (version["state"], version["returned_why"]) == ("returned", "Sai giờ")
    again = {**commune.version(asset), "base": 1}
    del again["area"], again["programme"]
    answer = commune.post(f"/broadcasts/{broadcast}/versions", again, "editor")
    assert answer.json() == {"number": 2}


def test_a_zone_without_nodes_is_refused(commune: Desk) -> None:
    body = commune.version(commune.speech(), zones=[commune.zone_of(commune.hamlets["Thôn 3"])])
    answer = commune.post("/broadcasts", body, "editor")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["reason"] == "no_nodes"


def test_a_clash_of_equals_on_one_node_names_the_other(commune: Desk) -> None:
    commune.approved(title="Thu gom rác")
    answer = commune.post("/broadcasts", commune.version(commune.speech("Thông báo khác.")), "editor")
    assert answer.status_code == 409
    problem = answer.json()["errors"][0]
    assert problem["reason"] == "clash"
    assert "Thu gom rác" in problem["detail"]


def test_a_creation_is_done_once_per_key(commune: Desk) -> None:
    body = commune.version(commune.speech())
    key = {"Idempotency-Key": "abc-1"}
    first = commune.post("/broadcasts", body, "editor", headers=key)
    again = commune.post("/broadcasts", body, "editor", headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len(commune.get("/broadcasts").json()) == 1
    other = commune.post("/broadcasts", {**body, "title": "Khác"}, "editor", headers=key)
    assert other.status_code == 409
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert commune.post("/broadcasts", body, "editor", headers={"Idempotency-Key": "a b"}).status_code == 422


def test_what_is_foreign_is_answered_like_what_does_not_exist(commune: Desk) -> None:
    broadcast = commune.approved(zones=[commune.zone_of(commune.hamlets["Thôn 1"])])
    commune.add_person("head", "duty_officer", commune.hamlets["Thôn 2"])
    foreign = commune.get(f"/broadcasts/{broadcast}", "head")
    nothing = commune.get("/broadcasts/nothing", "head")
    assert foreign.status_code == nothing.status_code == 404
    assert foreign.json() == nothing.json()
    assert commune.get("/broadcasts", "head").json() == []
    assert {area["name"] for area in commune.get("/areas", "head").json()} == {"Tân Phú", "Thôn 2"}
    assert {node["id"] for node in commune.get("/nodes", "head").json()} == {"n2"}
