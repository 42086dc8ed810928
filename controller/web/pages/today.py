"""The page *Hôm nay*: what is due, what was played in each hamlet, and how the nodes are."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.domain.values import Area
from controller.operations import showing
from controller.operations.showing import Commune, NodeSeen
from controller.web.identity import Visitor, WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.entry import to_sign_in
from controller.web.pages.rendering import page
from controller.web.pages.view import Eye, NodeCondition, today_view
from controller.web.ports import Web
from controller.web.recordings import Recordings

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(request: Request, who: Visitor, web: WebPort) -> Response:
    """Today, for who is signed in."""
    if who is None:
        return to_sign_in(request)
    actor = who.actor(address_of(request))
    commune = showing.commune(web.office, actor)
    top = _topmost(commune)
    zone = commune.time_zone
    now = web.office.clock()
    begin = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    results = showing.occurrences(web.office, actor, begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC))
    eye = Eye(now, zone, language_of(request), lambda node, occurrence: _listen(web, node, occurrence))
    view = today_view(results, [_condition(each) for each in commune.nodes], eye)
    return page(request, "today.html", view=view, person=who.name, place=_place(top))


def _topmost(commune: Commune) -> Area | None:
    """The area under whose name the page stands."""
    known = {area.id for area in commune.areas}
    return next((area for area in commune.areas if area.parent not in known), None)


def _place(top: Area | None) -> str:
    return top.name if top else ""


def _condition(seen: NodeSeen) -> NodeCondition:
    node = seen.node
    return NodeCondition(node.id, node.name, node.settings.heartbeat, seen.online, seen.heard_at, seen.status)


def _listen(web: Web, node: str, occurrence: str) -> tuple[str, ...]:
    found = Recordings(web.recordings).of(node, occurrence)
    base = f"/api/v1/occurrences/{occurrence}/nodes/{node}/recording"
    return tuple(f"{base}?part={part}" for part in range(1, len(found) + 1))
