"""TẮT HẾT LOA: the press, its bar, and its page for who comes back from signing in."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from controller.domain.problems import Problem
from controller.operations import quiet
from controller.operations.errors import NotAllowed, OperationError
from controller.operations.quiet import Span
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import Body
from controller.web.identity import WebPort
from controller.web.pages.entry import local
from controller.web.pages.forms import Author, Given, Signed, again, given_of
from controller.web.pages.frame import frame_of
from controller.web.pages.mute_view import NO_BAR
from controller.web.pages.rendering import page
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)


class MuteWish(Body):
    """How long all is to be quiet; nothing: two hours, or as long as it is already."""

    span: Literal[""] | Span = ""
    next: str = "/mute"


@router.get("/mute")
def mute_page(request: Request, who: Signed, web: WebPort) -> Response:
    """The button and the bar by themselves."""
    return _shown(request, web, who, given_of(request))


@router.post("/mute")
def mute(request: Request, writing: Author, web: WebPort) -> Response:
    """Makes all quiet in one's branches. Pressed twice, it is what it was."""
    try:
        wish = writing.read(MuteWish)
        quiet.mute(web.office, writing.actor, span=wish.span or None)
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _shown(request, web, writing.who, given, status))
    return RedirectResponse(local(wish.next), 303)


@router.post("/mute/lift")
def lift(request: Request, writing: Author, web: WebPort) -> Response:
    """Lifts the mutes in one's own branches."""
    try:
        wish = writing.read(MuteWish)
        quiet.lift(web.office, writing.actor)
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _shown(request, web, writing.who, given, status))
    return RedirectResponse(local(wish.next), 303)


def _shown(request: Request, web: Web, who: SignedIn, given: Given, status: int = 200) -> Response:
    frame = frame_of(request, web, who)
    if frame.mute is NO_BAR:
        raise NotAllowed(Problem("", "not_allowed", "You may not do this here."))
    return page(request, "mute.html", status, frame=frame, given=given)
