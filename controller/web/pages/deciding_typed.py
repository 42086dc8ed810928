"""Days, times and rows of a form as people type them: `25/11/2026`, `17h30`, `5 giờ chiều`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, time, timedelta

from pydantic import TypeAdapter, ValidationError

from controller.domain.checks import EARLIEST_YEAR, LATEST_YEAR
from controller.domain.problems import Problem
from controller.web.api.fields import Line
from controller.web.validation import from_validation

Typed = Mapping[str, str]

_LINE: TypeAdapter[str] = TypeAdapter(Line)

_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:\s*[/.\-]\s*(\d{4}))?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(
    r"(\d{1,2})\s*(?::|h|g|gio|giờ)?\s*(?:(\d{1,2})\s*(?:'|’|p|phut|phút)?|(ruoi|rưỡi))?(?:\s*:\s*(\d{1,2}))?"
    r"\s*(sang|sáng|trua|trưa|chieu|chiều|toi|tối|dem|đêm)?"
)
_AFTERNOON, _NIGHT = ("chieu", "chiều", "toi", "tối"), ("dem", "đêm")
_MARKS = re.compile("[\u0300-\u036f]")


def day_of(text: str, today: date) -> date | None:
    """`25/11/2026`, `25/11` (the next one from today on) or `2026-11-25`; None for what is no day."""
    text = text.strip()
    iso = _ISO.fullmatch(text)
    if iso:
        return _date(*map(int, iso.groups()))
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    day, month, year = found.groups()
    if year:
        return _date(int(year), int(month), int(day))
    this = _date(today.year, int(month), int(day))
    return this if this is None or this >= today else _date(today.year + 1, int(month), int(day))


def time_of(text: str) -> time | None:
    """`17:00`, `17h`, `17h30`, `17 giờ 30`, `5 giờ rưỡi chiều`; None for what is no time of day."""
    found = _TIME.fullmatch(unicodedata.normalize("NFC", text).strip().lower())
    if found is None:
        return None
    hour, minute, half, second, part = found.groups()
    try:
        return time(_hour(int(hour), part or ""), 30 if half else int(minute or 0), int(second or 0))
    except ValueError:
        return None


def times_of(text: str) -> tuple[time, ...]:
    """`5h và 17h`, `05:00, 17:00`: several times, in order; none where one of them is no time."""
    parts = [part for part in re.split(r"[,;\n]|\bvà\b", unicodedata.normalize("NFC", text)) if part.strip()]
    found = [time_of(part) for part in parts]
    return tuple(sorted({each for each in found if each is not None})) if None not in found else ()


def line_of(text: str, field: str) -> tuple[str, tuple[Problem, ...]]:
    """A line as it is kept, and what is wrong with it, by the name of its field."""
    try:
        return _LINE.validate_python(text), ()
    except ValidationError as error:
        return "", tuple(replace(each, where=field) for each in from_validation(error.errors()).problems)


def days_of(text: str, today: date) -> tuple[tuple[date, ...], tuple[str, ...]]:
    """Several days, and what among them is no day."""
    parts = [part.strip() for part in re.split(r"[,;\n]+", text) if part.strip()]
    found = {part: day_of(part, today) for part in parts}
    return tuple(day for day in found.values() if day), tuple(part for part, day in found.items() if day is None)


def number_of(text: str) -> int | None:
    """A whole number of a hidden field; None for what a form of ours would not hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def numbers_of(text: str) -> tuple[int, ...]:
    """`1, 15`, `mùng 1 và rằm`: the days of a month that are named."""
    words = re.sub(r"\brằm\b", "15", unicodedata.normalize("NFC", text).lower())
    return tuple(sorted({int(each) for each in re.findall(r"\d{1,4}", words)}))


def rows(typed: Typed, name: str) -> tuple[str, ...]:
    """What stands in the fields `name.0`, `name.1` …, in order of their numbers, each value once."""
    begin = f"{name}."
    found = [(int(key[len(begin) :]), value) for key, value in typed.items() if _numbered(key, begin) and value]
    return tuple(dict.fromkeys(value for _, value in sorted(found)))


def with_rows(typed: Typed, name: str, values: Iterable[str]) -> dict[str, str]:
    """The fields with other rows."""
    others = {key: value for key, value in typed.items() if not _numbered(key, f"{name}.")}
    return others | {f"{name}.{number}": value for number, value in enumerate(values)}


def folded(text: str) -> str:
    """A text as it is searched: without accents and case, đ as d."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", text.casefold()))
    return " ".join(plain.replace("đ", "d").split())


def finds(words: str, text: str) -> bool:
    """Whether every word that is looked for begins a word of a text, accents or not."""
    held = folded(text).split()
    return all(any(each.startswith(word) for each in held) for word in folded(words).split())


def next_days(today: date, count: int) -> tuple[date, ...]:
    """Today and the days after it."""
    return tuple(today + timedelta(days=number) for number in range(count))


def _hour(said: int, part: str) -> int:
    """`5 giờ chiều` is 17, `11 giờ đêm` is 23, `12 giờ đêm` is 0."""
    late = part in _AFTERNOON or (part in _NIGHT and said > 6)
    return 0 if part in _NIGHT and said == 12 else said + (12 if late and said < 12 else 0)


def _numbered(key: str, begin: str) -> bool:
    rest = key[len(begin) :]
    return key.startswith(begin) and rest.isascii() and rest.isdigit() and len(rest) < 5


def _date(year: int, month: int, day: int) -> date | None:
    """None for what is no day, and for one so far away that it is a slip and nothing can be reckoned with it."""
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if EARLIEST_YEAR <= year <= LATEST_YEAR else None
