"""Any document as a person reads it, and whether it verifies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic_core import from_json

from playlists import wire
from playlists.reports import Refusal


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a document says, and `verified`: its signature is that of a key we know and its types are right."""

    verified: bool
    text: str


def inspect(data: bytes, keys: Callable[[str], OKPKey | None]) -> Inspection:
    """Print signed bytes of any kind; the first lines say whether they verify, and why not."""
    data = data.strip()
    try:
        envelope = wire.read_envelope(data, wire.INFLATED_LIMIT)
    except wire.WireError as error:
        return Inspection(False, f"not a document: {error}")
    verdict = _verdict(envelope, keys)
    lines = [
        f"verified: {'yes' if verdict is None else f'NO ({verdict})'}",
        f"key: {envelope.kid}",
        f"bytes: {len(data)}, SHA-256 {wire.digest(data)}",
        _unverified_payload(data),
    ]
    return Inspection(verdict is None, "\n".join(lines))


def _verdict(envelope: wire.Envelope, keys: Callable[[str], OKPKey | None]) -> str | None:
    key = keys(envelope.kid)
    if key is None:
        return str(Refusal.UNKNOWN_KEY)
    try:
        opened = wire.verify(envelope, key)
        _decode_any(opened.payload)
    except wire.WireError as error:
        return str(error)
    return None


def _decode_any(payload: bytes) -> None:
    for decode in (wire.decode_document, wire.decode_report):
        try:
            decode(payload)
        except wire.WireError as error:
            if error.reason is not Refusal.UNSUPPORTED:
                raise
        else:
            return
    wire.decode_upload(payload)


def _unverified_payload(data: bytes) -> str:
    try:
        payload = wire.inflate(jws.extract_compact(data).payload)
        return json.dumps(from_json(payload), indent=1, ensure_ascii=False)
    except (JoseError, ValueError) as error:
        return f"no readable payload: {error}"
