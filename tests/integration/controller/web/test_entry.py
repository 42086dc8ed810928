"""Coming in: the one-time code, cookie and token, and what a stranger gets."""

from __future__ import annotations

from pathlib import Path

import httpx

from controller.operations import setting_up
from tests.support.desk import PASSWORD, Desk, open_desk


def test_nobody_comes_in_before_set_up_and_no_credential_stands_by_default(desk: Desk) -> None:
    assert desk.get("/set-up").json() == {"needed": True}
    for username in ("admin", "an", "root", ""):
        answer = desk.post("/sign-in", {"username": username, "password": "admin"}, headers={"Origin": desk.origin})
        assert answer.status_code in (401, 429)


def test_the_one_time_code_makes_the_first_administrator_once(desk: Desk) -> None:
    code = setting_up.setup_code(desk.office)
    body = {"code": code, "area": "Tân Phú", "name": "An", "username": "an", "password": PASSWORD}
    assert desk.post("/set-up", {**body, "code": "AAAAA-BBBBB-CCCCC"}).status_code == 422
    assert desk.post("/set-up", body).status_code == 201
    assert desk.post("/set-up", {**body, "username": "binh"}).status_code == 422
    assert desk.get("/set-up").json() == {"needed": False}


def test_a_token_speaks_for_its_person_until_it_is_revoked(desk: Desk) -> None:
    desk.set_up()
    assert desk.get("/me").json()["username"] == "an"
    assert desk.get("/me", who="nobody").status_code == 401
    assert desk.ask("GET", "/me", who="nobody", headers={"Authorization": "Bearer rubbish"}).status_code == 401


def test_a_cookie_is_out_of_a_scripts_reach_and_writes_only_from_our_own_pages(desk: Desk) -> None:
    desk.set_up()
    body = {"username": "an", "password": PASSWORD}
    answer = desk.client.post("/api/v1/sign-in", json=body, headers={"Origin": desk.origin})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    wish = {"parent": desk.root, "name": "Thôn 1", "kind": "thôn"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}, {"Origin": "null"}):
        refused = desk.client.post("/api/v1/areas", json=wish, headers=headers)
        assert refused.status_code == 403, headers
        assert refused.headers["content-type"] == "application/problem+json"
    for headers in ({"Origin": desk.origin}, {"Sec-Fetch-Site": "same-origin"}):
        assert desk.client.post("/api/v1/areas", json=wish, headers=headers).status_code == 201
    assert desk.client.post("/api/v1/sign-out", headers={"Origin": desk.origin}).status_code == 204
    assert desk.client.get("/api/v1/me").status_code == 401


def test_over_https_the_cookie_belongs_to_this_host_alone(tmp_path: Path) -> None:
    with open_desk(tmp_path, "https://loa.example") as desk:
        desk.set_up()
        body = {"username": "an", "password": PASSWORD}
        answer = desk.client.post("/api/v1/sign-in", json=body, headers={"Origin": desk.origin})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-loa=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert "strict-transport-security" in answer.headers


def test_a_remembered_device_has_a_cookie_of_its_own_and_outlives_the_sign_out(tmp_path: Path) -> None:
    with open_desk(tmp_path, "https://loa.example") as desk:
        desk.set_up()
        body, headers = {"username": "an", "password": PASSWORD, "remember": True}, {"Origin": desk.origin}
        answer = desk.client.post("/api/v1/sign-in", json=body, headers=headers)
        cookies = {each.partition("=")[0]: each.lower() for each in answer.headers.get_list("set-cookie")}
        assert set(cookies) == {"__Host-loa", "__Host-loa-device"}
        for each in cookies.values():
            assert all(said in each for said in ("httponly", "secure", "samesite=lax", "path=/", "max-age="))
        left = desk.client.post("/api/v1/sign-out", headers={**headers, "Cookie": "__Host-loa=x"})
        assert "loa-device" not in left.headers["set-cookie"]
        unknown = desk.client.post("/api/v1/sign-in", json={**body, "remember": False}, headers=headers)
        assert "max-age" not in unknown.headers["set-cookie"].lower()
        foreign = {"Origin": "https://evil.example", "Cookie": f"__Host-loa-device={'x' * 43}"}
        assert desk.client.post("/api/v1/sign-in", json=body, headers=foreign).status_code == 403


def test_a_page_writes_only_from_our_own_pages(desk: Desk) -> None:
    desk.set_up()
    body = {"username": "an", "password": PASSWORD}
    desk.client.post("/api/v1/sign-in", json=body, headers={"Origin": desk.origin})
    for path in ("/account", "/account/devices/end-others", "/people/new", "/sign-out", "/language"):
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}, {"Origin": "null"}):
            assert desk.client.post(path, data={}, headers=headers).status_code == 403, (path, headers)


def test_guessing_has_to_wait(desk: Desk) -> None:
    desk.set_up()
    body = {"username": "an", "password": "wrong password"}
    statuses = [desk.post("/tokens", {**body, "name": "x"}, who="nobody").status_code for _ in range(7)]
    assert statuses[:5] == [401] * 5
    assert statuses[-1] == 429
    answer = desk.post("/tokens", {**body, "password": PASSWORD, "name": "x"}, who="nobody")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_every_answer_tells_the_browser_what_it_may_do(desk: Desk) -> None:
    for path in ("/sign-in", "/api/v1/health", "/api/v1/nothing", "/nothing"):
        answer = desk.client.get(path, follow_redirects=True)
        assert answer.status_code == (404 if "nothing" in path else 200)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_a_second_browser_is_another_sign_in(desk: Desk) -> None:
    desk.set_up()
    body = {"username": "an", "password": PASSWORD}
    with httpx.Client(base_url=desk.origin, trust_env=False) as other:
        assert other.post("/api/v1/sign-in", json=body, headers={"Origin": desk.origin}).status_code == 200
        assert desk.client.get("/api/v1/me").status_code == 401
        assert other.get("/api/v1/me").status_code == 200
