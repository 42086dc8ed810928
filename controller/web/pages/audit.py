"""The log of acts: who did what, when and where, for auditors and administrators."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.locale import N_, sentence
from controller.operations import auditing
from controller.operations.auditing import MOST_ENTRIES, AuditView, AuditWish
from controller.web.formats import clock, day_words
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.forms import Signed
from controller.web.pages.frame import frame_of
from controller.web.pages.rendering import page
from controller.web.staff_words import ACTS, act_word, detail_lines

router = APIRouter(include_in_schema=False)


@router.get("/audit")
def audit_page(
    request: Request, who: Signed, web: WebPort, day: str = "", person: str = "", act: str = "", before: str = ""
) -> Response:
    """The newest acts of one's branches, of a day, a person or a kind if one is chosen."""
    language, actor = language_of(request), who.actor(address_of(request))
    persons = auditing.persons(web.office, actor)
    frame = frame_of(request, web, who)
    chosen = _day(day)
    wish = AuditWish(*_span(chosen, frame.zone), person[:64] or None, act[:64] or None, _number(before))
    found = auditing.audit(web.office, actor, wish)
    wrong = N_("There is no such date.") if day and chosen is None else ""
    acts = sorted(((each, sentence(language, word)) for each, word in ACTS.items()), key=lambda pair: pair[1])
    return page(
        request, "audit.html", 422 if wrong else 200, frame=frame, persons=persons, acts=acts,
        days=_by_day(found, frame.zone, language), day=day, person=person, act=act, wrong=sentence(language, wrong),
        older=_older(found, {"day": day, "person": person, "act": act}), filtered=bool(day or person or act),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _span(day: date | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    if day is None:
        return None, None
    first, next_ = (datetime.combine(each, time.min, zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return first, next_


def _by_day(found: tuple[AuditView, ...], zone: ZoneInfo, language: str) -> dict[str, list[dict[str, Any]]]:
    days: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        local = each.row.at.astimezone(zone)
        days.setdefault(day_words(local.date(), language), []).append(_line(each, zone, language))
    return days


def _line(each: AuditView, zone: ZoneInfo, language: str) -> dict[str, Any]:
    row = each.row
    own = row.object_kind == "person" and row.object_id == row.person_id
    return {
        "time": clock(row.at, zone, seconds=True),
        "iso": row.at.isoformat(timespec="seconds"),
        "person": row.person_name,
        "act": act_word(row.act, language),
        "subject": "" if own else each.subject,
        "more": tuple(detail_lines(row.details, language)),
        "area": each.area,
        "address": row.address or "",
    }


def _older(found: tuple[AuditView, ...], asked: dict[str, str]) -> str:
    if len(found) < MOST_ENTRIES:
        return ""
    return "/audit?" + urlencode(
        {**{name: value for name, value in asked.items() if value}, "before": found[-1].row.id}
    )
