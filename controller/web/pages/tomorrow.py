"""Ngày mai thôn này sẽ nghe gì? The resolved order of a hamlet's day, node by node, with the reason on each row."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.domain.values import AreaId
from controller.operations import reading, tomorrow
from controller.operations.errors import not_found
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import IdPath
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.forms import Signed
from controller.web.pages.frame import frame_of, topmost
from controller.web.pages.rendering import page
from controller.web.pages.tomorrow_view import Eye, tomorrow_view
from controller.web.pages.week import area_choices, chosen, day_in, hamlet_of
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)


@router.get("/tomorrow")
def choose(request: Request, who: Signed, web: WebPort, area: str = "", day: str = "") -> Response:
    """The day of the hamlet that was chosen, else of the first of one's own."""
    tree = reading.tree(web.office, who.actor(address_of(request)))
    top, one = topmost(tree, who.grants).id, chosen(area_choices(tree, who.grants), area)
    if area and one is None:
        raise not_found("area")
    return _shown(request, who, web, one.id if one else AreaId(hamlet_of(tree, top) or top), day)


@router.get("/tomorrow/{area}")
def tomorrow_page(area: IdPath, request: Request, who: Signed, web: WebPort, day: str = "") -> Response:
    """What a hamlet will hear on a day, tomorrow unless said."""
    return _shown(request, who, web, AreaId(area), day)


def _shown(request: Request, who: SignedIn, web: Web, area: AreaId, day: str) -> Response:
    actor, frame = who.actor(address_of(request)), frame_of(request, web, who)
    found = tomorrow.hamlet_tomorrow(web.office, actor, area, day_in(day))
    eye = Eye(web.office.clock(), frame.zone, language_of(request))
    today = eye.now.astimezone(eye.zone).date()
    return page(
        request, "tomorrow.html", frame=frame, view=tomorrow_view(found, eye), area=area,
        areas=area_choices(reading.tree(web.office, actor), who.grants), day=found.day.isoformat(),
        before=(found.day - timedelta(days=1)).isoformat(), after=(found.day + timedelta(days=1)).isoformat(),
        first=(today - timedelta(days=1)).isoformat(), last=(today + timedelta(days=30)).isoformat(),
    )  # fmt: skip
