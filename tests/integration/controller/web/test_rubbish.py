"""No request makes the office fail: every route of its own OpenAPI is asked with rubbish, and answers in 4xx."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Desk, open_desk

METHODS = ("get", "post", "put", "patch", "delete")
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 2**200, 1.5, "", " ", "x" * 5000, "\x00", "‮", "\ud800", "2026-02-31", "25:99", "../../x",
    "'; DROP TABLE area; --", [], {}, [[]], [None], {"a": {"b": {}}}, ["vi"] * 1000, "0" * 64, "9999-12-31",
    "0001-01-01",     "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "Asia/Ho_Chi_Minh", "CON", "a\nb",
)  # fmt: skip
BODIES: tuple[bytes, ...] = (
    b"", b"{", b"[]", b"null", b"NaN", b'{"a": NaN}', b'{"a": 1e999}', b"\xff\xfe\x00", b'{"a":' + b"9" * 5000 + b"}",
    b'{"a":' * 20, b"[" * 1000 + b"]" * 1000, b'{"' + b"x" * 300_000 + b'": 1}', b'"\\ud800"', b'{"a":1,"a":2}',
)  # fmt: skip


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory, model: tuple[Path, Desk]) -> Iterator[Desk]:
    """One commune for all."""
    folder = tmp_path_factory.mktemp("rubbish")
    shutil.copytree(model[0], folder, dirs_exist_ok=True)
    with open_desk(folder) as desk:
        yield desk.knowing(model[1])


@pytest.fixture(scope="module")
def routes(commune: Desk) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, what OpenAPI says of it) of every route."""
    document = commune.client.get("/api/v1/openapi.json").json()
    paths = document["paths"].items()
    return [(method, path, ways[method]) for path, ways in paths for method in METHODS if method in ways]


@pytest.fixture(scope="module")
def schemas(commune: Desk) -> dict[str, Any]:
    """The named schemas of the OpenAPI document."""
    found: dict[str, Any] = commune.client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    return found


def test_the_openapi_document_names_every_part_of_the_office(routes: list[tuple[str, str, dict[str, Any]]]) -> None:
    firsts = {path.removeprefix("/api/v1/").split("/")[0] for _, path, _ in routes}
    wanted = {"set-up", "sign-in", "tokens", "areas", "zones", "nodes", "people", "assets", "speech", "programmes"}
    assert wanted | {"broadcasts", "play-now", "mutes", "occurrences", "health", "audit"} <= firsts


def test_no_unreadable_body_makes_the_office_fail(commune: Desk, routes: list[tuple[str, str, dict[str, Any]]]) -> None:
    writing = [(method, path) for method, path, about in routes if "requestBody" in about]
    assert len(writing) > 20
    for method, path in writing:
        for body in BODIES:
            headers = {"Content-Type": "application/json"}
            answer = commune.ask(method, _filled(path, "nothing"), content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (method, path, body[:40], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


def test_no_value_in_any_field_makes_the_office_fail(
    commune: Desk, routes: list[tuple[str, str, dict[str, Any]]], schemas: dict[str, Any]
) -> None:
    chance = random.Random(20261124)
    for method, path, about in routes:
        schema = _body_schema(about, schemas)
        for _ in range(12 if schema else 2):
            body = {name: chance.choice(VALUES) for name in schema.get("properties", ())}
            text = json.dumps(body, ensure_ascii=True).encode()
            target = _filled(path, str(chance.choice(("nothing", "a-1", "0" * 64, "1"))))
            answer = commune.ask(method, target, content=text, headers={"Content-Type": "application/json"})
            assert answer.status_code < 500, (method, target, text[:400], answer.text)


def test_one_wrong_field_in_an_otherwise_good_broadcast_never_makes_the_office_fail(commune: Desk) -> None:
    body = commune.version(commune.speech())
    for name in (*body, "scope", "start", "late", "rank", "priority", "time_zone", "last_true_day"):
        for value in VALUES:
            text = json.dumps({**body, name: value}).encode()
            answer = commune.ask(
                "POST", "/broadcasts", "editor", content=text, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code < 500, (name, value, answer.text)
    for name in ("repeat", "first_day", "times", "last_day", "weekdays", "month_days", "except_days"):
        for value in VALUES:
            text = json.dumps({**body, "recurrence": {**body["recurrence"], name: value}}).encode()
            answer = commune.ask(
                "POST", "/broadcasts", "editor", content=text, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code < 500, (name, value, answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/occurrences?day=2026-02-31", "/occurrences?day=0001-01-01", "/occurrences?zone=../../etc/passwd",
        "/occurrences?begin=2026-01-01T00:00:00Z&end=2020-01-01T00:00:00Z", "/occurrences?node=%00", "/audit?before=x",
        "/occurrences?begin=0001-01-01T00:00:00Z&end=0001-01-02T00:00:00Z", "/occurrences/%ff", "/broadcasts?state=x",
        "/occurrences?begin=9999-12-31T23:00:00Z&end=9999-12-31T23:59:59Z", "/occurrences/a-1/nodes/b/recording?part=0",
    ],
)  # fmt: skip
def test_no_query_makes_the_office_fail(path: str, commune: Desk) -> None:
    assert commune.get(path).status_code < 500


def test_rubbish_in_headers_and_cookies_is_nobody(commune: Desk) -> None:
    for headers in (
        {"Authorization": "Bearer"}, {"Authorization": "Bearer " + "x" * 5000}, {"Authorization": "Basic YTpi"},
        {"Cookie": "loa=" + "x" * 3000}, {"Cookie": "loa=\xff"}, {"Accept-Language": "q;q=q,,;=vi;q=nan"},
    ):  # fmt: skip
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = commune.client.get("/api/v1/me", headers=raw)
        assert answer.status_code == 401
    assert commune.client.request("BREW", "/api/v1/me").status_code in (400, 403, 405)


def _filled(path: str, value: str) -> str:
    parts = (value if part.startswith("{") else part for part in path.removeprefix("/api/v1").split("/"))
    return "/".join(parts)


def _body_schema(about: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = about.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return {}
    found: dict[str, Any] = schemas[content["schema"]["$ref"].rpartition("/")[2]]
    return found
