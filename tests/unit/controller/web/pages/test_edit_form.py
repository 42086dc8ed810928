"""What people type into the form of an edit."""

import pytest

from controller.web.pages.edit_form import item_rows, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("75", 75), (" 12,5 ", 12.5), ("1:15", 75), ("1:05,5", 65.5), ("0", 0),
        ("", None), ("x", None), ("-1", None), ("1:-5", None), (":5", None), ("1:2:3", None), ("9" * 13, None),
        ("nan", None), ("inf", None), ("99999", 99_999), ("999999", None),
    ],
)  # fmt: skip
def test_a_place_in_audio_is_typed_as_seconds_or_minutes_and_seconds(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


def test_items_stand_in_the_order_that_was_typed_and_where_nothing_is_typed_as_they_were() -> None:
    typed = {f"item.{number}": letter * 64 for number, letter in enumerate("abc")}
    assert [row.sha256[0] for row in item_rows(typed)] == ["a", "b", "c"]
    assert [row.sha256[0] for row in item_rows({**typed, "order.0": "2,5", "order.2": "x"})] == ["b", "a", "c"]
    assert [row.dropped for row in item_rows({**typed, "drop.1": "1"})] == [False, True, False]
