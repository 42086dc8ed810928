"""The page *Hôm nay*: what was played, what is due and at risk, and what waits for who looks."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request
from markupsafe import Markup
from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from controller.domain.tree import nodes_at
from controller.domain.values import Area, Places, Role, Tree
from controller.operations.day import day
from controller.operations.reading import NodeView
from controller.operations.rights import Right
from controller.operations.signing_in import SignedIn
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.eye import Eye
from controller.web.pages.forms import Signed
from controller.web.pages.frame import frame_around, holds
from controller.web.pages.nodes_view import NodeCondition
from controller.web.pages.rendering import page, part
from controller.web.pages.today_view import RISKS_FIRST, WAITS_FIRST, today_view
from controller.web.ports import Web
from controller.web.recordings import Recordings
from playlists.reports import Heartbeat

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(request: Request, who: Signed, web: WebPort, live: bool = False) -> Response:
    """Today, for who is signed in. `live`: only what changes, and nothing where that is as it was (If-None-Match)."""
    found = day(web.office, who.actor(address_of(request)))
    frame = frame_around(request, web, who, found.around)
    eye = Eye(web.office.clock(), found.zone, language_of(request), lambda *what: listen(web, *what), web.address)
    first = WAITS_FIRST if holds(who.grants, Right.APPROVE) else RISKS_FIRST
    view = today_view(found, [_condition(each) for each in found.nodes], first, eye)
    text = part(request, "today_live.html", view=view, frame=frame)
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    if live:
        return _if_changed(request, text, mark)
    acts = {"compose": holds(who.grants, Right.SUBMIT), "silence": holds(who.grants, Right.MUTE)}
    heads = _hamlets_of_a_head(found.around.tree, who)
    return page(request, "today.html", live=Markup(text), mark=mark, frame=frame, acts=acts, heads=heads)


def _if_changed(request: Request, text: str, mark: str) -> Response:
    headers = {"etag": f'"{mark}"'}
    if request.headers.get("if-none-match", "").removeprefix("W/") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)


def _hamlets_of_a_head(tree: Tree, who: SignedIn) -> tuple[Area, ...]:
    """The hamlets of which the person is the head."""
    named = {grant.area for grant in who.grants if grant.role is Role.DUTY_OFFICER and grant.area in tree.areas}
    return tuple(tree.areas[area] for area in sorted(named) if nodes_at(tree, Places(hamlets=(area,))))


def _condition(view: NodeView) -> NodeCondition:
    node = view.node
    return NodeCondition(node.id, node.name, view.heartbeat, view.online, view.heard_at, _status(view))


def _status(view: NodeView) -> Heartbeat | None:
    known = view.condition
    try:
        return None if known is None or known.status is None else Heartbeat.model_validate(known.status, strict=False)
    except ValidationError:
        return None


def listen(web: Web, node: str, occurrence: str) -> tuple[str, ...]:
    """The addresses of what a node recorded of an airing."""
    found = Recordings(web.recordings).of(node, occurrence)
    base = f"/api/v1/occurrences/{occurrence}/nodes/{node}/recording"
    return tuple(f"{base}?part={part}" for part in range(1, len(found) + 1))
