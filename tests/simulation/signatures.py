"""A keyed hash in Ed25519's place: signing and verifying are most of what a real signature costs a simulated day.

The outer form stays that of the wire, so every reader of envelopes works; who does not hold a key's object cannot sign.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from random import Random
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from playlists import wire
from playlists.reports import Refusal
from playlists.wire import ALGORITHM, Envelope, Opened, WireError


def seeded_key(kid: str, dice: Random) -> OKPKey:
    """An Ed25519 key pair that the seed gives again."""
    secret = dice.randbytes(32)
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    fields: dict[str, str | list[str]] = {
        "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": _b64(public).decode(), "d": _b64(secret).decode()
    }  # fmt: skip
    return OKPKey.import_key(fields)


@contextmanager
def cheap_signatures() -> Iterator[None]:
    """Inside, `playlists.wire` signs and verifies by the double; what it signed verifies only inside."""
    key_of = lru_cache(maxsize=4096)(wire.public_key)
    with (
        patch("playlists.wire.sign_payload", _sign_payload),
        patch("playlists.wire.read_envelope", _read_envelope),
        patch("playlists.wire.verify", verify),
        patch("playlists.wire.public_key", key_of),
    ):
        yield


def _sign_payload(payload: bytes, key: OKPKey) -> bytes:
    deflater = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = deflater.compress(payload) + deflater.flush()
    header = json.dumps({"alg": ALGORITHM, "kid": key.kid}, separators=(",", ":")).encode()
    body = _b64(header) + b"." + _b64(packed)
    return body + b"." + _b64(_mac(body, wire.public_x(key)))


def _read_envelope(data: bytes, limit: int) -> Envelope:
    if len(data) > limit:
        raise WireError(Refusal.TOO_BIG, f"{len(data)} bytes, at most {limit}")
    return Envelope(_kid(data.partition(b".")[0]), data)


@lru_cache(maxsize=256)
def _kid(header: bytes) -> str:
    try:
        fields = json.loads(_unb64(header))
        kid = fields["kid"]
    except (ValueError, TypeError, KeyError) as error:
        raise WireError(Refusal.MALFORMED, "not a signed document") from error
    if not isinstance(kid, str) or fields.get("alg") != ALGORITHM:
        raise WireError(Refusal.MALFORMED, "another algorithm or no key id")
    return kid


def verify(envelope: Envelope, key: OKPKey) -> Opened:
    """As the wire verifies, by the keyed hash."""
    body, _, signature = envelope.signed.rpartition(b".")
    if signature != _b64(_mac(body, wire.public_x(key))):
        raise WireError(Refusal.BAD_SIGNATURE, f"key {envelope.kid}"[:80])
    try:
        packed = _unb64(body.partition(b".")[2])
    except ValueError as error:
        raise WireError(Refusal.BAD_SIGNATURE, f"key {envelope.kid}"[:80]) from error
    return Opened(envelope.kid, wire.inflate(packed))


def payload_of(signed: bytes) -> bytes:
    """What signed bytes say, whoever signed them."""
    return wire.inflate(_unb64(signed.split(b".")[1]))


def _mac(body: bytes, x: str) -> bytes:
    return hashlib.blake2b(body, digest_size=32, key=x.encode()).digest()


def _b64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
