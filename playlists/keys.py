"""Whose word counts: the keys of a site and what each may sign."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from playlists.values import Ident, Number, Value


class Right(StrEnum):
    """What a key may sign."""

    PLAN = "plan"
    MESSAGE = "message"
    ROUTINE_SHEET = "routine_sheet"
    EMERGENCY_SHEET = "emergency_sheet"


class Key(Value):
    """A public Ed25519 key (`x`: base64url, RFC 8037), the issuer it speaks for and its rights; no zones means all."""

    kid: Ident
    x: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    issuer: Ident
    rights: Annotated[tuple[Right, ...], Field(max_length=8)]
    zones: Annotated[tuple[Ident, ...], Field(max_length=256)] = ()


class KeySet(Value):
    """The keys of a site and their rights, signed by root; `to` is the site."""

    kind: Literal["keys"] = "keys"
    to: Ident
    number: Number
    keys: Annotated[tuple[Key, ...], Field(max_length=32)]
