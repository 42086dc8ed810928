"""The page *Hôm nay*: what is due, what was played in each hamlet, and how the nodes are."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from controller.domain.tree import tier, time_zone
from controller.domain.values import Area, Tree
from controller.operations import reading
from controller.operations.reading import NodeView
from controller.operations.signing_in import SignedIn
from controller.storage.tables import ConditionRow
from controller.web.api.answers.office import heard_at
from controller.web.identity import Visitor, WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.entry import to_sign_in
from controller.web.pages.rendering import page
from controller.web.pages.view import Eye, Muted, NodeCondition, today_view
from controller.web.ports import Web
from controller.web.recordings import Recordings
from playlists.reports import Heartbeat

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(request: Request, who: Visitor, web: WebPort) -> Response:
    """Today, for who is signed in."""
    if who is None:
        return to_sign_in(request)
    actor = who.actor(address_of(request))
    commune = reading.tree(web.office, actor)
    top = _topmost(commune, who)
    zone = time_zone(commune, top.id)
    now = web.office.clock()
    begin = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    results = reading.occurrences(web.office, actor, begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC))
    mutes = [Muted(each.zone.name, each.until, each.by) for each in reading.mutes(web.office, actor)]
    eye = Eye(now, zone, language_of(request), lambda node, occurrence: _listen(web, node, occurrence))
    view = today_view(results, [_condition(each) for each in reading.nodes(web.office, actor)], mutes, eye)
    return page(request, "today.html", view=view, person=who.name, place=top.name)


def _topmost(commune: Tree, who: SignedIn) -> Area:
    """The area under whose name the page stands: the highest in which the person has a role."""
    held = [grant.area for grant in who.grants if grant.area in commune.areas]
    return commune.areas[min(held, key=lambda area: (tier(commune, area), area))]


def _condition(view: NodeView) -> NodeCondition:
    node, known = view.node, view.condition
    online = known is not None and known.online
    return NodeCondition(node.id, node.name, node.settings.heartbeat, online, heard_at(known), _status(known))


def _status(known: ConditionRow | None) -> Heartbeat | None:
    try:
        return None if known is None or known.status is None else Heartbeat.model_validate(known.status, strict=False)
    except ValidationError:
        return None


def _listen(web: Web, node: str, occurrence: str) -> tuple[str, ...]:
    found = Recordings(web.recordings).of(node, occurrence)
    base = f"/api/v1/occurrences/{occurrence}/nodes/{node}/recording"
    return tuple(f"{base}?part={part}" for part in range(1, len(found) + 1))
