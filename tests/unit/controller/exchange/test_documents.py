"""Numbers and differences of documents."""

from datetime import timedelta

import pytest

from controller.exchange.documents import Current, NoNumberLeft, content_of, differs, next_number, tell_once
from playlists.models import AlertSheet, Number
from playlists.values import LARGEST
from tests.support.fleet import T0, T0_MS


def number(epoch: int, sequence: int) -> Number:
    return Number(epoch=epoch, sequence=sequence)


def current(content: str, epoch: int = 1) -> Current:
    return Current(1, ("sheet", "z", "office"), number(epoch, 1), "d", content, "k1", b"", T0)


def sheet(sequence: int = 1, issued_at: int = 1, mute_until: int = 0) -> AlertSheet:
    said = number(1, sequence)
    return AlertSheet(to="z", issuer="office", number=said, issued_at=issued_at, mute_until=mute_until)


@pytest.mark.parametrize(
    ("last", "epoch", "expected"),
    [
        (None, 1, number(1, T0_MS)),
        (number(1, 5), 1, number(1, T0_MS)),
        (number(1, T0_MS), 1, number(1, T0_MS + 1)),
        (number(1, T0_MS + 9), 1, number(1, T0_MS + 10)),
        (number(1, T0_MS + 9), 2, number(2, T0_MS + 10)),
        (number(3, 5), 2, number(3, T0_MS)),
        (number(1, LARGEST - 1), 1, number(1, LARGEST)),
        (number(1, LARGEST), 2, number(2, T0_MS)),
    ],
)
def test_a_number_is_the_moment_and_always_newer(last: Number | None, epoch: int, expected: Number) -> None:
    assert next_number(last, epoch, T0) == expected
    assert last is None or last < expected


@pytest.mark.parametrize("epoch", [1, 2])
def test_after_the_largest_number_there_is_none_in_its_epoch(epoch: int) -> None:
    with pytest.raises(NoNumberLeft):
        next_number(number(2, LARGEST), epoch, T0)


def test_what_only_a_person_can_mend_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        tell_once(("plan", "n-said-once", "office"), "no number is left")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_number_and_moment_of_issue_make_no_difference() -> None:
    assert content_of(sheet(1, 1)) == content_of(sheet(2, 2))
    assert content_of(sheet(1, 1)) != content_of(sheet(1, 1, mute_until=5))


def test_a_document_is_signed_where_it_differs_or_key_or_epoch_is_new() -> None:
    assert differs(None, "a", 1, "k1")
    assert differs(current("a"), "b", 1, "k1")
    assert not differs(current("a"), "a", 1, "k1")
    assert differs(current("a"), "a", 2, "k1")
    assert differs(current("a"), "a", 1, "k2")
    assert not differs(current("a", epoch=3), "a", 2, "k1")


def test_the_wire_moment_is_utc_milliseconds() -> None:
    assert next_number(None, 1, T0 + timedelta(milliseconds=7)).sequence == T0_MS + 7
