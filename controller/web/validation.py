"""What a request's body, path or query lacks, from pydantic's words into a problem document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from controller.domain.problems import Problem
from controller.locale import N_
from controller.web.problems import HttpProblem

_SAID: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", N_("This is missing.")),
    "extra_forbidden": ("unknown_field", N_("There is no such field.")),
    "string_too_long": ("too_long", N_("This is longer than {max_length} characters.")),
    "string_too_short": ("too_short", N_("This is shorter than {min_length} characters.")),
    "string_pattern_mismatch": ("malformed", N_("This is not written as it has to be.")),
    "string_type": ("not_text", N_("This must be text.")),
    "string_unicode": ("not_text", N_("This must be text.")),
    "greater_than_equal": ("too_small", N_("This is less than {ge}.")),
    "greater_than": ("too_small", N_("This is not more than {gt}.")),
    "less_than_equal": ("too_large", N_("This is more than {le}.")),
    "too_short": ("too_few", N_("This needs at least {min_length}.")),
    "too_long": ("too_many", N_("This has more than {max_length}.")),
    "enum": ("not_a_choice", N_("This is none of: {expected}.")),
    "literal_error": ("not_a_choice", N_("This is none of: {expected}.")),
    "finite_number": ("not_a_number", N_("This must be a number.")),
    "control_characters": ("control_characters", N_("This holds characters that cannot be written or spoken.")),
    "turning_characters": (
        "turning_characters",
        N_("This holds characters that turn the direction of writing: type it anew."),
    ),
    "json_invalid": ("not_json", N_("This is no JSON.")),
}
_KINDS = (
    (("date_",), ("no_date", N_("There is no such date."))),
    (("time_",), ("no_time", N_("There is no such time."))),
    (("datetime_", "timezone_"), ("no_moment", N_("This is no date and time with a time zone."))),
    (("int_", "float_", "decimal_"), ("not_a_number", N_("This must be a number."))),
    (("bool_",), ("not_yes_or_no", N_("This must be true or false."))),
    (("list_", "tuple_", "dict_", "model_", "mapping_"), ("wrong_shape", N_("This has another shape than expected."))),
    (("union_",), ("not_a_choice", N_("This is none of the known kinds."))),
)
_OTHER = ("invalid", N_("This cannot be taken as it is."))
_PLACES = ("body", "query", "path", "header", "cookie")
_MOST = 50


def from_validation(found: Sequence[Mapping[str, Any]]) -> HttpProblem:
    """The problem document of a request that does not fit its schema."""
    errors = [_field_error(each) for each in found[:_MOST]]
    unreadable = any(each["type"] == "json_invalid" for each in found)
    return HttpProblem(400 if unreadable else 422, "unreadable" if unreadable else "invalid", problems=errors)


def _field_error(found: Mapping[str, Any]) -> Problem:
    kind = str(found["type"])
    reason, message = _SAID.get(kind) or _by_kind(kind)
    context = {name: _plain(value) for name, value in (found.get("ctx") or {}).items()}
    return Problem(_path(found["loc"]), reason, message, context)


def _by_kind(kind: str) -> tuple[str, str]:
    return next((said for starts, said in _KINDS if kind.startswith(starts)), _OTHER)


def _path(location: Sequence[Any]) -> str:
    names = location[1:] if location and location[0] in _PLACES else location
    return ".".join(str(name)[:80] for name in names)


def _plain(value: Any) -> str:
    return str(value)[:200]
