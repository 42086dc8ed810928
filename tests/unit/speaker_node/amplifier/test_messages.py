"""The lines between agent and guard: what is not a Hold closes nothing."""

import pytest

from speaker_node.amplifier.messages import LONGEST_LINE, Hold, Lines, Report, decode_hold, decode_report, encode


@pytest.mark.parametrize("message", [Hold(True, "b1-1700000000000.1", 12), Hold(False, "", 0)])
def test_a_hold_survives_the_pipe(message: Hold) -> None:
    assert decode_hold(encode(message)) == message


def test_a_report_survives_the_pipe() -> None:
    report = Report(True, 7, "a", 3, read_back=False, fault="đầy đĩa")
    assert decode_report(encode(report)) == report


@pytest.mark.parametrize(
    "row",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"relay": 1, "cause": "a", "at_ns": 1}',
        b'{"relay": true, "cause": "", "at_ns": 1}',
        b'{"relay": true, "cause": 5, "at_ns": 1}',
        b'{"relay": true, "cause": "a"}',
        b'{"relay": true, "cause": "a", "at_ns": NaN}',
        b'{"relay": true, "cause": "a", "at_ns": true}',
        b'{"relay": true, "cause": "' + b"a" * 201 + b'", "at_ns": 1}',
        b"[" * 4000,
        b'{"relay": true, "cause": "a", "at_',
    ],
)
def test_what_is_not_a_hold_is_refused(row: bytes) -> None:
    with pytest.raises(ValueError):
        decode_hold(row)


def test_a_line_that_comes_in_parts_is_one_line() -> None:
    lines = Lines()
    assert lines.feed(b"ab") == []
    assert lines.feed(b"c\nd") == [b"abc"]
    assert lines.feed(b"\n\n") == [b"d", b""]


def test_a_line_without_end_is_dropped_whole_and_the_next_is_read() -> None:
    lines = Lines()
    assert lines.feed(b"x" * (LONGEST_LINE + 1)) == []
    assert lines.feed(b"x" * 10) == []
    assert lines.feed(b"tail\nnext\n") == [b"next"]
