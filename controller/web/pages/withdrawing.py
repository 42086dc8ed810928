"""Stop and withdraw: what will happen, the reason, and then who heard it, who will not, and who may still."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import StringConstraints
from starlette.responses import RedirectResponse, Response

from controller.domain.values import BroadcastId
from controller.operations import broadcasts, withdrawing
from controller.operations.errors import OperationError
from controller.operations.rights import Right
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import Body, IdPath, Lines
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.forms import Author, Given, Signed, again, given_of
from controller.web.pages.frame import frame_of, holds
from controller.web.pages.rendering import page
from controller.web.pages.silences_view import Reader
from controller.web.pages.withdrawing_view import prospect_lines, withdrawn_page
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)


class Reason(Body):
    """Why it is withdrawn."""

    why: Annotated[Lines, StringConstraints(min_length=1, max_length=500)]


@router.get("/airings/{occurrence}/withdraw")
def withdraw_page(occurrence: IdPath, request: Request, who: Signed, web: WebPort) -> Response:
    """What will happen, and the question why."""
    return _form(request, web, who, occurrence, given_of(request))


@router.post("/airings/{occurrence}/withdraw")
def withdraw(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Stops what sounds of a broadcast and takes all of it back."""
    broadcast = _broadcast(occurrence)
    try:
        broadcasts.withdraw_broadcast(web.office, writing.actor, broadcast, writing.read(Reason).why)
    except OperationError as error:
        return again(
            request, writing, error, lambda given, status: _form(request, web, writing.who, occurrence, given, status)
        )
    return RedirectResponse(f"/withdrawn/{broadcast}", 303)


@router.get("/withdrawn/{broadcast}")
def withdrawn(broadcast: IdPath, request: Request, who: Signed, web: WebPort) -> Response:
    """The three lists of a withdrawn broadcast."""
    frame = frame_of(request, web, who)
    found = withdrawing.three_lists(web.office, who.actor(address_of(request)), BroadcastId(broadcast))
    eye = Reader(web.office.clock(), frame.zone, language_of(request))
    return page(
        request, "withdrawn.html", frame=frame, view=withdrawn_page(found, eye),
        corrects=holds(who.grants, Right.SUBMIT),
    )  # fmt: skip


def _broadcast(occurrence: str) -> BroadcastId:
    return BroadcastId(occurrence.rpartition("-")[0])


def _form(request: Request, web: Web, who: SignedIn, occurrence: str, given: Given, status: int = 200) -> Response:
    found = withdrawing.prospect(web.office, who.actor(address_of(request)), _broadcast(occurrence))
    if found.withdrawn:
        # Somebody was quicker, or the button was pressed twice.
        return RedirectResponse(f"/withdrawn/{_broadcast(occurrence)}", 303)
    frame = frame_of(request, web, who)
    eye = Reader(web.office.clock(), frame.zone, language_of(request))
    return page(
        request, "withdraw.html", status, frame=frame, given=given, occurrence=occurrence, title=found.title,
        lines=prospect_lines(found, eye),
    )  # fmt: skip
