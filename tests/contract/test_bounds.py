"""Nothing on the wire is without a bound: whoever signs it, it can be held and shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from playlists.models import Request, Value
from playlists.reports import Checkpoint, Heartbeat, Line, RequestTaken
from playlists.values import LARGEST

_BOUNDS = {
    "string": ("maxLength", "pattern", "enum", "const"),
    "array": ("maxItems",),
    "integer": ("maximum", "exclusiveMaximum", "enum", "const"),
}


def released(of: type[Value] = Value) -> Iterator[type[Value]]:
    """Every value that stands in a document or report."""
    for each in of.__subclasses__():
        if each.__module__.startswith("playlists."):
            yield each
        yield from released(each)


def boundless(schema: Any, place: str) -> Iterator[str]:
    """Where a schema has a text, a list or a whole number without a bound."""
    if isinstance(schema, list):
        for each in schema:
            yield from boundless(each, place)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    fixed = "prefixItems" in schema and len(schema["prefixItems"]) == schema.get("minItems")
    if kind in _BOUNDS and not fixed and not any(name in schema for name in _BOUNDS[kind]):
        yield f"{place}: {kind}"
    for name in ("anyOf", "oneOf", "allOf", "items", "prefixItems"):
        yield from boundless(schema.get(name), place)
    for name, each in schema.get("properties", {}).items():
        yield from boundless(each, f"{place}.{name}")


def test_every_text_list_and_whole_number_of_the_wire_has_a_bound() -> None:
    values = set(released())
    assert len(values) > 40
    found = [place for each in values for place in boundless(each.model_json_schema(), each.__name__)]
    assert sorted(found) == []


def test_the_test_sees_what_has_no_bound() -> None:
    class Odd(Value):
        text: str
        texts: tuple[str, ...]
        count: int

    assert len(list(boundless(Odd.model_json_schema(), "Odd"))) == 4


MANY = tuple((f"n{index}", "x") for index in range(17))
REQUEST = {"id": "r1", "action": "restart", "expires_at": 1}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (Request, {**REQUEST, "to": "n", "nonce": "x", "arguments": MANY}),
        (Request, {**REQUEST, "to": "n", "nonce": "x", "arguments": (("name", "x" * 501),)}),
        (RequestTaken, {**REQUEST, "arguments": MANY}),
        (RequestTaken, {**REQUEST, "action": "x" * 65}),
        (Line, {"signal": LARGEST + 1}),
        (Line, {"bearer": "x" * 65}),
        (Checkpoint, {"wall": 1, "forgotten": ("x",) * 2001}),
    ],
)
def test_what_is_past_its_bound_is_refused(made: type[Value], said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**said)


def test_a_heartbeat_may_name_every_sheet_that_a_node_may_hold() -> None:
    assert Heartbeat.model_fields["held"].metadata[0].max_length >= 32 * 8 + 2
