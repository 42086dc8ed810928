"""Templates into pages: the texts of a language, addresses of static files by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from controller.domain.tree import local_day_start
from controller.locale import N_, sentence
from controller.operations.secrets import random_id
from controller.web.formats import clock, day, lunar, weekday
from controller.web.identity import web_of
from controller.web.language import language_of

HERE = Path(__file__).parent.parent
STATIC = HERE / "static"
NOWHERE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The time zone of pages that stand in no area."""

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class When:
    """The office's time: clock and day in words, the day after, and the milliseconds that have passed of the day."""

    clock: str
    day: str
    tomorrow: str
    passed: int


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in the reader's language."""
    return HTMLResponse(part(request, template, **values), status, {"content-language": language_of(request)})


def part(request: Request, template: str, **values: Any) -> str:
    """A page, or a part of one, as text in the reader's language."""
    language, frame = language_of(request), values.get("frame")
    return _templates.get_template(template).render(
        language=language,
        _=partial(_said, language),
        static=static_address,
        here=_here(request),
        once=random_id,
        when=when_of(web_of(request).office.clock(), frame.zone if frame else NOWHERE, language),
        **{"frame": None, **values},
    )


def after(address: str, what: str) -> RedirectResponse:
    """To a page that says, by `what`, that something was done."""
    return RedirectResponse(f"{address}?done={what}", 303)


@cache
def static_address(name: str) -> str:
    """The address of a static file; it changes with the file's content."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def when_of(now: datetime, zone: ZoneInfo, language: str) -> When:
    """The office's time as the bar of every page says it."""
    midnight = local_day_start(now, zone)
    today, tomorrow = midnight.date(), midnight.date() + timedelta(days=1)
    passed = (now.astimezone(zone) - midnight) // timedelta(milliseconds=1)
    return When(clock(now, zone), _day(today, language), _day(tomorrow, language), passed)


def _day(when: date, language: str) -> str:
    params = {"weekday": weekday(when, language), "day": day(when), "lunar": lunar(when)}
    return sentence(language, N_("{weekday} {day} (lunar {lunar})"), params)


def _said(language: str, message: str, **params: object) -> str:
    return sentence(language, message, params)


def _here(request: Request) -> str:
    return request.url.path if request.method == "GET" else "/"


_templates.globals["signs"] = static_address("signs.svg")
