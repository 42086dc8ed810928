"""The page *Hôm nay*: what is due, what was played in each hamlet, and how the nodes are."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from controller.operations import reading
from controller.operations.reading import NodeView
from controller.storage.tables import ConditionRow
from controller.web.api.answers.office import heard_at
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.forms import Signed
from controller.web.pages.frame import frame_of
from controller.web.pages.rendering import page
from controller.web.pages.view import Eye, NodeCondition, today_view
from controller.web.ports import Web
from controller.web.recordings import Recordings
from playlists.reports import Heartbeat

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(request: Request, who: Signed, web: WebPort) -> Response:
    """Today, for who is signed in."""
    actor, frame = who.actor(address_of(request)), frame_of(request, web, who)
    zone = frame.zone
    now = web.office.clock()
    begin = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    results = reading.occurrences(web.office, actor, begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC))
    eye = Eye(now, zone, language_of(request), lambda node, occurrence: _listen(web, node, occurrence))
    view = today_view(results, [_condition(each) for each in reading.nodes(web.office, actor)], eye)
    return page(request, "today.html", view=view, frame=frame)


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
