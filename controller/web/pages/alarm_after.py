"""What follows the press: the page of an alarm, and what ends, extends, corrects or answers it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from controller.domain.values import OccurrenceId
from controller.operations import alarming, alarms_now
from controller.operations.acting import Actor
from controller.operations.errors import OperationError
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import IdPath
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.alarm_after_view import after_view
from controller.web.pages.alarm_pin import Presser
from controller.web.pages.forms import Author, Given, Signed, Writing, again, given_of
from controller.web.pages.frame import frame_of
from controller.web.pages.rendering import page
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)


@router.get("/alarm/{occurrence}")
def after(occurrence: IdPath, request: Request, who: Signed, web: WebPort) -> Response:
    """The clock since the press, and a row for each hamlet."""
    return _shown(request, web, who, OccurrenceId(occurrence), given_of(request))


@router.post("/alarm/{occurrence}/stop")
def stop(occurrence: IdPath, request: Request, pressing: Presser, web: WebPort) -> Response:
    """It ends at once, and no words follow; by PIN too."""
    writing = pressing.writing
    if not pressing.signed:
        alarming.stop_alarm(web.office, writing.actor, OccurrenceId(occurrence))
        return RedirectResponse(f"/alarm-sent/{occurrence}?done=stopped", 303)
    return _done(request, web, writing, occurrence, lambda id_, actor: alarming.stop_alarm(web.office, actor, id_))


@router.post("/alarm/{occurrence}/extend")
def extend(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """It sounds on for the area's own limit from now."""
    return _done(request, web, writing, occurrence, lambda id_, actor: alarming.extend_alarm(web.office, actor, id_))


@router.post("/alarm/{occurrence}/correct")
def correct(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """It ends, and the correction is said where it has sounded."""
    return _done(request, web, writing, occurrence, lambda id_, actor: alarming.correct_alarm(web.office, actor, id_))


@router.post("/alarm/{occurrence}/all-clear")
def all_clear(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Báo yên."""
    return _done(request, web, writing, occurrence, lambda id_, actor: alarming.all_clear(web.office, actor, [id_]))


@router.post("/alarm/{occurrence}/confirm")
def confirm(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """The second person says yes."""
    return _done(request, web, writing, occurrence, lambda id_, actor: alarming.confirm_alarm(web.office, actor, id_))


@router.post("/alarm/{occurrence}/refuse")
def refuse(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """The second person says no, and why."""
    why = writing.typed.get("why", "")[:200]
    return _done(
        request, web, writing, occurrence, lambda id_, actor: alarming.refuse_alarm(web.office, actor, id_, why)
    )


def _done(
    request: Request, web: Web, writing: Writing, occurrence: str, act: Callable[[OccurrenceId, Actor], str | None]
) -> Response:
    """To the page of what was made by the act, or of the alarm itself."""
    id_ = OccurrenceId(occurrence)
    try:
        made = act(id_, writing.actor)
    except OperationError as error:
        return again(
            request, writing, error, lambda given, status: _shown(request, web, writing.who, id_, given, status)
        )
    return RedirectResponse(f"/alarm/{made or id_}", 303)


def _shown(
    request: Request, web: Web, who: SignedIn, occurrence: OccurrenceId, given: Given, status: int = 200
) -> Response:
    alarm = alarms_now.alarm(web.office, who.actor(address_of(request)), occurrence)
    frame = frame_of(request, web, who)
    view = after_view(alarm, who.name, web.office.clock(), frame.zone, language_of(request))
    return page(request, "alarm_after.html", status, frame=frame, view=view, given=given)
