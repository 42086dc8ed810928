"""Any bytes can be inspected; only what verifies is called verified."""

from playlists import wire
from playlists.inspect import inspect
from playlists.models import Acknowledgement

KEY = wire.new_key("k1")
ACK = Acknowledgement(to="n", stream="s", number=1, digest="a" * 64)


def test_a_document_of_a_known_key_is_verified_and_printed() -> None:
    seen = inspect(wire.sign(ACK, KEY) + b"\n", lambda _: KEY)
    assert seen.verified
    assert "verified: yes" in seen.text
    assert '"kind": "ack"' in seen.text


def test_an_unknown_key_is_said_and_the_payload_still_shown() -> None:
    seen = inspect(wire.sign(ACK, KEY), lambda _: None)
    assert not seen.verified
    assert "NO (unknown_key)" in seen.text
    assert '"kind": "ack"' in seen.text


def test_a_forgery_is_said() -> None:
    seen = inspect(wire.sign(ACK, wire.new_key("k1")), lambda _: KEY)
    assert "NO (bad_signature" in seen.text


def test_rubbish_is_not_a_document() -> None:
    assert not inspect(b"rubbish", lambda _: KEY).verified
