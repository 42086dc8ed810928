"""Every bad input is answered with a problem document that names field and reason, and changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Desk, open_desk

Change = dict[str, Any]


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory, model: tuple[Path, Desk]) -> Iterator[Desk]:
    """One commune for all: nothing here may change it."""
    folder = tmp_path_factory.mktemp("bad")
    shutil.copytree(model[0], folder, dirs_exist_ok=True)
    with open_desk(folder) as desk:
        yield desk.knowing(model[1])


@pytest.fixture(scope="module")
def speech(commune: Desk) -> str:
    """An asset."""
    return commune.speech()


ONCE = {"repeat": "once", "first_day": "2026-11-25", "times": ["17:00"]}
BAD: dict[str, tuple[Change, str, str]] = {
    "without a zone": ({"zones": []}, "places", "no_place"),
    "a zone that does not exist": ({"zones": ["nirgends"]}, "zones", "not_found"),
    "end before start": (
        {"recurrence": {**ONCE, "repeat": "daily", "last_day": "2026-11-20"}}, "recurrence.last_day",
        "end_before_start",
    ),
    "31/02": ({"recurrence": {**ONCE, "first_day": "2026-02-31"}}, "recurrence.first_day", "no_date"),
    "31/02 as a day of the month": (
        {"recurrence": {**ONCE, "repeat": "month_days", "month_days": [31], "first_day": "2026-02-01",
                        "last_day": "2026-02-28"}}, "recurrence", "no_start",
    ),
    "25:00": ({"recurrence": {**ONCE, "times": ["25:00"]}}, "recurrence.times.0", "no_time"),
    "a number for a day": ({"recurrence": {**ONCE, "first_day": 20261125}}, "recurrence.first_day", "no_date"),
    "no time": ({"recurrence": {**ONCE, "times": []}}, "recurrence.times", "no_start"),
    "empty playlist": ({"playlist": []}, "playlist", "empty_playlist"),
    "audio that nobody has": (
        {"playlist": [{"recordings": [{"asset": "0" * 64}]}]}, "playlist.0.recordings", "unknown_asset",
    ),
    "an item without sound": ({"playlist": [{"recordings": []}]}, "playlist.0", "empty_item"),
    "a time zone that does not exist": ({"time_zone": "Asia/Atlantis"}, "time_zone", "unknown_time_zone"),
    "a time zone that is a path": ({"time_zone": "../../etc/passwd"}, "time_zone", "unknown_time_zone"),
    "an emergency": ({"priority": "emergency"}, "priority", "not_routine"),
    "an unknown field": ({"titel": "x"}, "titel", "unknown_field"),
    "no title": ({"title": " "}, "title", "bad_title"),
    "control characters": ({"title": "a\x00b"}, "title", "control_characters"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_answered_with_field_and_reason_in_the_users_language(
    case: str, commune: Desk, speech: str
) -> None:
    change, where, reason = BAD[case]
    body = commune.version(speech, **change)
    found = {}
    for language in ("vi", "en"):
        answer = commune.post("/broadcasts", body, "editor", headers={"Accept-Language": language})
        assert answer.status_code in (404, 409, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert (where, reason) in [(each["field"], each["reason"]) for each in problem["errors"]], problem
        found[language] = problem["errors"][0]["detail"]
    assert found["vi"] != found["en"]
    assert commune.get("/broadcasts").json() == []


def test_a_body_too_deep_or_too_big_is_refused_before_it_is_read(commune: Desk) -> None:
    headers = {"Content-Type": "application/json"}
    deep = commune.ask("POST", "/broadcasts", "editor", content=b"[" * 1000 + b"]" * 1000, headers=headers)
    assert (deep.status_code, deep.json()["type"]) == (400, "/problems/too_deep")
    big = commune.ask("POST", "/broadcasts", "editor", content=b'{"a": "' + b"x" * 300_000 + b'"}', headers=headers)
    assert (big.status_code, big.json()["type"]) == (413, "/problems/too_big")
