"""How dates, times, lengths and numbers are written for people: the only place that does it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from lunar_vn import solar_to_lunar

from controller.locale import N_, sentence

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def clock(moment: datetime, zone: ZoneInfo, seconds: bool = False) -> str:
    """`17:00`, or `17:00:05` with seconds, in a time zone."""
    return moment.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(when: date) -> str:
    """`24/11/2026`."""
    return f"{when.day:02d}/{when.month:02d}/{when.year:04d}"


def weekday(when: date, language: str) -> str:
    """`Thứ Ba`."""
    return sentence(language, _WEEKDAYS[when.weekday()])


def day_words(when: date, language: str) -> str:
    """`Thứ Ba, 24/11/2026`."""
    return f"{weekday(when, language)}, {day(when)}"


def moment(when: datetime, zone: ZoneInfo, language: str) -> str:
    """`17:00 Thứ Ba, 24/11/2026`, in a time zone."""
    return f"{clock(when, zone)} {day_words(when.astimezone(zone).date(), language)}"


@cache
def lunar(when: date) -> str:
    """`16/10`, the day and month of the Vietnamese lunar calendar; a leap month has `+` behind it."""
    found = solar_to_lunar(when)
    return f"{found.day}/{found.month}{'+' if found.leap else ''}"


def number(value: float, places: int, language: str) -> str:
    """`12,4` in Vietnamese, `12.4` in English."""
    text = f"{value:,.{places}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def length(milliseconds: int, language: str) -> str:
    """`12,4 giây`, or `3 phút 05 giây` from a minute on."""
    if milliseconds < 60_000:
        return sentence(language, N_("{seconds} s"), {"seconds": number(milliseconds / 1000, 1, language)})
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return sentence(language, N_("{minutes} min {seconds:02d} s"), {"minutes": minutes, "seconds": rest})


def ago(seconds: float, language: str) -> str:
    """How long ago, in the roughest unit that still says enough."""
    if seconds < 10:
        return sentence(language, N_("just now"))
    for unit, msgid in ((86_400, N_("{count} days ago")), (3600, N_("{count} h ago")), (60, N_("{count} min ago"))):
        if seconds >= unit:
            return sentence(language, msgid, {"count": int(seconds // unit)})
    return sentence(language, N_("{count} s ago"), {"count": int(seconds)})


def ahead(seconds: float, language: str) -> str:
    """How long until something starts."""
    if seconds < 60:
        return sentence(language, N_("in {count} s"), {"count": max(0, int(seconds))})
    hours, minutes = divmod(int(seconds // 60), 60)
    if hours:
        return sentence(language, N_("in {hours} h {minutes} min"), {"hours": hours, "minutes": minutes})
    return sentence(language, N_("in {count} min"), {"count": minutes})


@lru_cache(maxsize=4096)
def natural(name: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts names as people here do: Thôn 2 before Thôn 10, Đoài after Dinh; tones do not count."""
    parts = re.findall(r"\d+|\D+", unicodedata.normalize("NFC", name).casefold())
    return tuple((int(part), "") if part.isdigit() else (-1, _folded(part)) for part in parts)


def _folded(text: str) -> str:
    """Each letter by its place in the alphabet; tones do not count."""
    letters = ["".join(mark for mark in unicodedata.normalize("NFD", letter) if mark not in _TONES) for letter in text]
    places = (_ALPHABET.find(unicodedata.normalize("NFC", letter)) for letter in letters)
    return "".join(chr(place + 0x100) if place >= 0 else letter for place, letter in zip(places, letters, strict=True))
