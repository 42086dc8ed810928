"""Approval by the API: what waits, papers, standing approvals, and the order of the approvers."""

from __future__ import annotations

from typing import Any

from tests.support.desk import Desk


def asked(commune: Desk, **changes: Any) -> tuple[str, str]:
    """A broadcast that waits for approval: its id and its digest."""
    made = commune.made("/broadcasts", commune.version(commune.speech(), **changes), "editor")
    assert commune.post(f"/broadcasts/{made}/versions/1/submit", who="editor").status_code == 204
    return made, version(commune, made)["digest"]


def version(commune: Desk, made: str) -> dict[str, Any]:
    found: dict[str, Any] = commune.get(f"/broadcasts/{made}").json()["versions"][-1]
    return found


def person(commune: Desk, username: str) -> str:
    return next(str(each["id"]) for each in commune.get("/people").json() if each["username"] == username)


def test_what_waits_is_listed_to_who_may_approve_it_and_to_those_who_write(commune: Desk) -> None:
    made, digest = asked(commune)
    (waiting,) = commune.get("/approvals", "approver").json()
    assert {name: waiting[name] for name in ("broadcast", "number", "digest", "turn", "late", "link")} == {
        "broadcast": made, "number": 1, "digest": digest, "turn": "approver", "late": False,
        "link": f"/approvals/{made}",
    }  # fmt: skip
    assert (waiting["author"], waiting["starts_at"]) == ("Người editor", "2026-11-25T10:00:00Z")
    assert commune.get("/approvals", "editor").json() == []
    (sent,) = commune.get("/approvals/asked", "editor").json()
    assert (sent["broadcast"], sent["mine"], sent["returned"], sent["asked"]) == (made, True, False, ["Người approver"])


def test_a_paper_names_who_signed_and_stays_until_it_is_seen(commune: Desk) -> None:
    made, digest = asked(commune)
    path, signer = f"/broadcasts/{made}/versions/1", person(commune, "approver")
    body = {"digest": digest, "approver": signer, "note": "Phiếu trình 12"}
    assert commune.post(f"{path}/approve-on-paper", {**body, "digest": "0" * 64}, "editor").status_code == 409
    assert commune.post(f"{path}/approve-on-paper", {**body, "note": ""}, "editor").status_code == 422
    assert commune.post(f"{path}/approve-on-paper", body, "approver").status_code == 403
    assert commune.post(f"{path}/approve-on-paper", body, "editor").status_code == 204
    found = version(commune, made)
    assert (found["state"], found["decided_by"], found["paper_by"], found["paper_note"], found["paper_seen_at"]) == (
        "approved", signer, person(commune, "editor"), "Phiếu trình 12", None,
    )  # fmt: skip
    (paper,) = commune.get("/approvals/on-paper", "approver").json()
    assert (paper["broadcast"], paper["recorder"]) == (made, "Người editor")
    assert commune.post(f"{path}/seen", who="approver").status_code == 204
    assert commune.get("/approvals/on-paper", "approver").json() == []
    assert version(commune, made)["paper_seen_at"] is not None


def test_a_standing_approval_is_given_listed_and_revoked(commune: Desk) -> None:
    asset = commune.speech("Nhạc hiệu")
    wish = {"area": commune.root, "asset": asset, "until": "2026-11-30"}
    assert commune.post("/standing-approvals", {**wish, "until": "2026-11-23"}, "approver").status_code == 422
    given = commune.made("/standing-approvals", wish, "approver")
    made = commune.made("/broadcasts", commune.version(asset), "editor")
    assert commune.post(f"/broadcasts/{made}/versions/1/submit", who="editor").status_code == 204
    found = version(commune, made)
    assert (found["state"], found["approved_until"], found["decided_by"]) == ("approved", "2026-11-30", None)
    for path in ("/standing-approvals", "/standing-approvals/ending"):
        (listed,) = commune.get(path, "editor").json()
        assert (listed["id"], listed["asset"], listed["ends_soon"]) == (given, asset, True)
    gone = commune.ask("DELETE", f"/standing-approvals/{given}", "approver")
    assert (gone.status_code, gone.json()) == (200, {"versions": 1})
    assert commune.get("/standing-approvals", "editor").json() == []


def test_an_administrator_sets_the_order_of_the_approvers(commune: Desk) -> None:
    commune.clock.advance(seconds=1)
    second, first = commune.add_person("second", "approver"), person(commune, "approver")
    path = f"/areas/{commune.hamlets['Thôn 1']}/approvers"
    assert [each["person"] for each in commune.get(path, "editor").json()] == [first, second]
    assert commune.ask("PUT", f"/areas/{commune.root}/approvers", json={"persons": [second]}).status_code == 204
    assert [each["person"] for each in commune.get(path, "editor").json()] == [second, first]
    asked(commune)
    assert [commune.get("/approvals", who).json()[0]["turn"] for who in ("second", "approver")] == [
        "approver", "deputy",
    ]  # fmt: skip
    wrong = commune.ask("PUT", f"/areas/{commune.root}/approvers", json={"persons": [person(commune, "editor")]})
    assert (wrong.status_code, wrong.json()["errors"][0]["reason"]) == (422, "not_approver")


def test_a_play_now_has_a_page_of_approval_too(commune: Desk) -> None:
    body = commune.version(commune.speech())
    wish = {name: body[name] for name in ("area", "programme", "title", "zones", "playlist")}
    made = commune.made("/play-now", wish, "approver")
    broadcast = next(each["id"] for each in commune.get("/broadcasts").json() if each["lane"] == "sheet")
    assert made.startswith(broadcast)
    page = commune.client.get(
        f"/approvals/{broadcast}", headers={"Authorization": f"Bearer {commune.tokens['approver']}"}
    )
    assert page.status_code == 200
