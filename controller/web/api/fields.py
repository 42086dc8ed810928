"""Kinds of fields that several bodies share."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

MOST = 500
"""The most that a list of anything holds at once."""


class Body(BaseModel):
    """A request's body: unknown fields are refused, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Answer(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
"""What copies from chats and documents bring along and nobody sees: it would make two names of one."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _line(text: str) -> str:
    text = unicodedata.normalize("NFC", text.translate(_INVISIBLE)).strip()
    if _TURNING & set(text):
        raise PydanticCustomError("turning_characters", "characters that turn the direction of writing")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co", "Zl", "Zp") for letter in text):
        raise PydanticCustomError("control_characters", "control characters")
    return text


def _lines(text: str) -> str:
    return "\n".join(_line(part) for part in text.replace("\r\n", "\n").split("\n"))


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_line)]
Lines = Annotated[str, StringConstraints(max_length=8000), AfterValidator(_lines)]
Secret = Annotated[str, StringConstraints(max_length=200), AfterValidator(_line)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Tongue = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=24)]
Tongues = Annotated[tuple[Tongue, ...], Field(max_length=16)]
Version = Annotated[int, Field(ge=1, le=2**31)]

IdPath = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
HashPath = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
VersionPath = Annotated[int, Path(ge=1, le=2**31)]
IdQuery = Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,64}$")]


class Made(Answer):
    """What a creation answers: the id of what was made."""

    id: str
