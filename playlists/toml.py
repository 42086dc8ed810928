"""Settings text becomes a frozen value, or complaints that each name file, line, key and reason. The text comes in."""

from __future__ import annotations

import re
import tomllib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_TABLE = re.compile(r"^\s*\[{1,2}([^\]#]+)\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\".-][A-Za-z0-9_\".\s-]*?)\s*=")
_SYNTAX = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")
_WORDS = {"extra_forbidden": "unknown key", "missing": "missing"}

Settings = TypeVar("Settings", bound=BaseModel)


class SettingsError(Exception):
    """The settings cannot be used: one line per complaint, `file:line: key: reason`. No retry helps."""


def parse(text: str, name: str, model: type[Settings], context: dict[str, Any]) -> Settings:
    """The settings that `text` (of the file `name`) gives; validators find `context` in their info."""
    try:
        return model.model_validate(tomllib.loads(text), context=context)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax(text, name, str(error))) from error
    except ValidationError as error:
        raise SettingsError("\n".join(_complaint(text, name, one) for one in error.errors())) from error


def line_of(text: str, names: tuple[str, ...]) -> int | None:
    """The line that gives a key, or heads the innermost table that should; None if neither stands in the text."""
    table: tuple[str, ...] = ()
    depth, found = 0, None
    for number, row in enumerate(text.splitlines(), 1):
        heading, key = _TABLE.match(row), _KEY.match(row)
        if heading:
            table = _parts(heading[1])
        here = (*table, *_parts(key[1])) if key else table if heading else ()
        if here == names[: len(here)] and len(here) > depth:
            depth, found = len(here), number
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip(' "') for part in dotted.split("."))


def _syntax(text: str, name: str, message: str) -> str:
    at = _SYNTAX.search(message)
    line = at[1] if at and at[1] else str(len(text.splitlines()))
    return f"{name}:{line}: {_SYNTAX.sub('', message).strip()}"


def _complaint(text: str, name: str, error: ErrorDetails) -> str:
    names = tuple(str(part) for part in error["loc"])
    line = line_of(text, names)
    reason = _WORDS.get(error["type"], error["msg"].removeprefix("Value error, "))
    return ": ".join(part for part in (f"{name}:{line}" if line else name, ".".join(names), reason) if part)
