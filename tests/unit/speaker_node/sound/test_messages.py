"""The lines between agent and sound process: what is said is what is heard, and nothing else is taken."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker_node.sound.messages import (
    LONGEST_LINE,
    LOUDEST_GAIN,
    Cue,
    Hold,
    Progress,
    Report,
    Sound,
    decode_hold,
    decode_report,
    encode,
)

SOUND = Sound("a1", (Cue("/x", 10), Cue(None, 5), Cue(None, 5, "test")), 7, 3, 99, -3.5)


@pytest.mark.parametrize("hold", [Hold(), Hold(SOUND), Hold(None, SOUND)])
def test_a_hold_comes_through_whole(hold: Hold) -> None:
    assert decode_hold(encode(hold)) == hold


@pytest.mark.parametrize(
    "report", [Report(False, "gone"), Report(True, "", Progress("a", 1, 2, 3, 4, (5, 6), -20.5, -7, True, True))]
)
def test_a_report_comes_through_whole(report: Report) -> None:
    assert decode_report(encode(report)) == report


@given(st.binary(max_size=200))
def test_rubbish_is_a_value_error_and_nothing_worse(line: bytes) -> None:
    for decode in (decode_hold, decode_report):
        with pytest.raises(ValueError):
            decode(line)


def _changed(**fields: Any) -> bytes:
    return json.dumps({"now": asdict(SOUND) | fields, "next": None}).encode()


@pytest.mark.parametrize(
    "fields",
    [
        {"token": ""},
        {"token": "x" * 500},
        {"token": 7},
        {"at": 1.5},
        {"at": True},
        {"at": -1},
        {"first": 2**63},
        {"gain": "loud"},
        {"gain": float("nan")},
        {"cues": {}},
        {"cues": [{"path": "relative", "frames": 1, "tone": ""}]},
        {"cues": [{"path": "/a\0b", "frames": 1, "tone": ""}]},
        {"cues": [{"path": "/a", "frames": -1, "tone": ""}]},
        {"cues": [{"path": "/a", "frames": 10**15, "tone": ""}]},
        {"cues": [{"path": None, "frames": 0, "tone": ""}] * 5000},
        {"cues": [{"path": "/a", "frames": 1, "tone": "test"}]},
        {"cues": [{"path": None, "frames": 1, "tone": 7}]},
        {"cues": [{"path": None, "frames": 1}]},
        {"more": 1},
    ],
)
def test_a_hold_with_a_wrong_field_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        decode_hold(_changed(**fields))


def test_now_and_next_are_two_sounds() -> None:
    with pytest.raises(ValueError, match="same token"):
        decode_hold(encode(Hold(SOUND, SOUND)))


def test_a_line_too_long_or_too_deep_is_refused() -> None:
    for line in (b"[" * (LONGEST_LINE + 1), b"[" * 100_000):
        with pytest.raises(ValueError):
            decode_hold(line)


def test_a_gain_beyond_the_allowed_is_held_to_it() -> None:
    now = decode_hold(_changed(gain=90)).now
    assert now is not None
    assert now.gain == LOUDEST_GAIN
