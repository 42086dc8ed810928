"""When the reading of what the broker holds of ours is done."""

import time

import pytest

from controller import gateway
from playlists.client import Message

TOPIC = "loa/1/xa/node/office/plan"


def message(topic: str, payload: bytes) -> Message:
    return Message("c", topic, payload, False, 1, 1)


def seconds_until_done(reading: gateway.Reading, payload: bytes) -> float:
    """How long it takes while somebody goes on speaking; at most 3 s."""
    began = time.monotonic()
    while not reading.end() and time.monotonic() < began + 3:
        reading.came(message("loa/1/xa/node/x/plan", payload))
        time.sleep(0.01)
    return time.monotonic() - began


def test_a_stranger_who_never_stops_cannot_keep_the_reading_from_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "QUIET_S", 0.2)
    monkeypatch.setattr(gateway, "UNQUIET_S", 0.6)
    reading = gateway.Reading(TOPIC)
    reading.begin()
    assert not reading.came(message("loa/1/xa/node/x/plan", b"x"))
    assert reading.came(message(TOPIC, reading.note))
    assert 0.5 < seconds_until_done(reading, b"rubbish") < 2
    assert not reading.end()


def test_without_our_note_the_reading_goes_on() -> None:
    reading = gateway.Reading(TOPIC)
    reading.begin()
    reading.came(message("loa/1/xa/node/x/plan", b"x"))
    time.sleep(gateway.QUIET_S + 0.05)
    assert not reading.end()
