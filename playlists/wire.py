"""Bytes to values and back: JWS compact (RFC 7515, Ed25519 of RFC 9864) over deflated JSON.

Nothing here trusts a byte before its signature: `read_envelope` looks at the form only, `verify` gives the payload,
`decode_document` and `decode_report` the value. Every failure is a `WireError` that names its reason.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError
from pydantic_core import from_json

from playlists.book import MessageBook
from playlists.models import Acknowledgement, AlertSheet, Document, KeySet, Plan, Request, Value, Welcome
from playlists.reports import Birth, Connection, Event, EventBatch, Heartbeat, Refusal, Report, Upload

T = TypeVar("T", bound=Value)

ALGORITHM: Final = "Ed25519"
PLAN_LIMIT = 256 * 1024
SHEET_LIMIT = 4096
MESSAGE_LIMIT = 64 * 1024
REPORT_LIMIT = 256 * 1024
INFLATED_LIMIT = 4 * 1024 * 1024

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_KEY_ID = re.compile(r"[a-z0-9-]{1,64}")
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])
# Ours are the limits above; the library's own would refuse the larger half of plans.
_REGISTRY.max_payload_length = PLAN_LIMIT

DOCUMENTS: dict[str, type[Document]] = {
    "plan": Plan,
    "sheet": AlertSheet,
    "keys": KeySet,
    "welcome": Welcome,
    "ack": Acknowledgement,
    "request": Request,
}
REPORTS: dict[str, type[Report]] = {"birth": Birth, "status": Heartbeat, "events": EventBatch}


class WireError(ValueError):
    """Bytes that are not to be taken, with the reason; asking again for the same bytes gives the same."""

    def __init__(self, reason: Refusal, detail: str = "", document: str = "") -> None:
        self.reason = reason
        self.detail, self.document = _printable(detail), _printable(document)
        super().__init__(f"{reason}: {self.detail}" if detail else str(reason))


def _printable(text: str) -> str:
    """A stranger's words as every log, journal and database takes them."""
    return "".join(c if c.isprintable() else "?" for c in text[:160])


@dataclass(frozen=True, slots=True)
class Envelope:
    """Signed bytes as they came, and the key they name; nothing in them is believed yet."""

    kid: str
    signed: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A payload whose signature holds, inflated."""

    kid: str
    payload: bytes


def new_key(kid: str) -> OKPKey:
    """A fresh Ed25519 key pair under that key id."""
    return OKPKey.generate_key(ALGORITHM, parameters={"kid": kid})


def private_text(key: OKPKey) -> str:
    """A private key as the text of its file (JWK, RFC 8037)."""
    return json.dumps(key.as_dict(private=True))


def load_private(text: str) -> OKPKey:
    """The private key of such a text; ValueError if it is none."""
    try:
        key = OKPKey.import_key(json.loads(text))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("not an Ed25519 private key (JWK)") from error
    if not key.is_private or key.kid is None:
        raise ValueError("not an Ed25519 private key (JWK) with a key id")
    return key


def public_x(key: OKPKey) -> str:
    """The public half as base64url (`x` of RFC 8037)."""
    return str(key.as_dict(private=False)["x"])


def public_key(kid: str, x: str) -> OKPKey:
    """A public key from its id and `x`; ValueError if `x` is not one."""
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid})
    except (JoseError, ValueError) as error:
        raise ValueError("not an Ed25519 public key") from error


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def dump(value: Value) -> bytes:
    """A value as compact JSON: defaults are left out, its kind never."""
    fields = value.model_dump(mode="json", exclude_defaults=True)
    kind = getattr(value, "kind", None)
    return _compact({"kind": kind, **fields} if kind else fields)


def sign(value: Value, key: OKPKey) -> bytes:
    """The signed document: these bytes are stored and re-sent as they are."""
    return sign_payload(dump(value), key)


def sign_payload(payload: bytes, key: OKPKey) -> bytes:
    """Deflate and sign any payload."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflater.compress(payload) + deflater.flush()
    header = {"alg": ALGORITHM, "kid": key.kid}
    return jws.serialize_compact(header, packed, key, registry=_REGISTRY).encode()


def read_envelope(data: bytes, limit: int) -> Envelope:
    """The outer form of signed bytes: bounded, one algorithm, a key id."""
    if len(data) > limit:
        raise WireError(Refusal.TOO_BIG, f"{len(data)} bytes, at most {limit}")
    try:
        header = jws.extract_compact(data, registry=_REGISTRY).headers()
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise WireError(Refusal.MALFORMED, "not a signed document") from error
    # The library takes any JSON for a header that contains "alg".
    kid = header.get("kid") if isinstance(header, dict) else None
    if not isinstance(kid, str) or not _KEY_ID.fullmatch(kid) or header.get("alg") != ALGORITHM:
        raise WireError(Refusal.MALFORMED, "another algorithm or no key id")
    return Envelope(kid, data)


def verify(envelope: Envelope, key: OKPKey) -> Opened:
    """The payload, if the signature is that key's."""
    try:
        token = jws.deserialize_compact(envelope.signed, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise WireError(Refusal.BAD_SIGNATURE, f"key {envelope.kid}"[:80]) from error
    return Opened(envelope.kid, inflate(token.payload))


def open_signed(data: bytes, keys: Callable[[str], OKPKey | None], limit: int) -> Opened:
    """Form, key and signature in one."""
    envelope = read_envelope(data, limit)
    key = keys(envelope.kid)
    if key is None:
        raise WireError(Refusal.UNKNOWN_KEY, envelope.kid[:64])
    return verify(envelope, key)


def decode_document(payload: bytes) -> Document:
    """A document that goes down; an unknown kind is `unsupported`."""
    return _decode(payload, DOCUMENTS)


def decode_report(payload: bytes) -> Report:
    """A report that comes up; an unknown kind is `unsupported`."""
    return _decode(payload, REPORTS)


def decode_connection(data: bytes) -> Connection:
    """The unsigned presence of a node."""
    if len(data) > 1024:
        raise WireError(Refusal.TOO_BIG, f"{len(data)} bytes", "conn")
    return _decode(data, {"conn": Connection})


def decode_upload(payload: bytes) -> Upload:
    """What a node says of a file that it brings."""
    return _decode(payload, {"upload": Upload})


def decode_book(data: bytes) -> MessageBook:
    """The message book from the bytes of its file, which a signed plan names by hash."""
    return _decode(data, {"book": MessageBook})


def encode_event(event: Event) -> str:
    """The exact text that is journalled and told."""
    fields = event.model_dump(mode="json", exclude_defaults=True)
    return _compact({**fields, "fact": {"kind": event.fact.kind, **fields["fact"]}}).decode()


def decode_event(text: str) -> Event:
    """An event from its exact text."""
    try:
        return Event.model_validate_json(text)
    except (ValidationError, ValueError) as error:
        raise WireError(Refusal.MALFORMED, _why(error), "event") from error


def _decode(payload: bytes, kinds: dict[str, type[T]]) -> T:
    kind = _kind_of(payload)
    model = kinds.get(kind)
    if model is None:
        raise WireError(Refusal.UNSUPPORTED, kind[:40], kind[:40])
    try:
        return model.model_validate_json(payload)
    except (ValidationError, ValueError) as error:
        raise WireError(Refusal.MALFORMED, _why(error), kind) from error


def _kind_of(payload: bytes) -> str:
    try:
        value: Any = from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        raise WireError(Refusal.MALFORMED, str(error)[:120]) from error
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        raise WireError(Refusal.MALFORMED, "no kind")
    return kind


def _why(error: ValidationError | ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"[:160]
    return str(error)[:160]


def inflate(data: bytes) -> bytes:
    """Raw deflate back to bytes, bounded; `too_big` or `malformed` otherwise."""
    inflater = zlib.decompressobj(-15)
    try:
        payload = inflater.decompress(data, INFLATED_LIMIT + 1)
    except zlib.error as error:
        raise WireError(Refusal.MALFORMED, "not deflated") from error
    if len(payload) > INFLATED_LIMIT:
        raise WireError(Refusal.TOO_BIG, f"inflates past {INFLATED_LIMIT} bytes")
    if not inflater.eof or inflater.unused_data:
        raise WireError(Refusal.MALFORMED, "cut or padded")
    return payload


def _compact(fields: dict[str, Any]) -> bytes:
    return _ENCODER.encode(fields).encode()
