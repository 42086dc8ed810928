"""Raising an alarm or holding a drill."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from controller.domain.problems import Problem
from controller.domain.values import AreaId, ZoneId
from controller.locale import N_
from controller.operations import alarm_desk, alarming, pins
from controller.operations.acting import Actor
from controller.operations.alarm_desk import Desk
from controller.operations.alarm_rows import AlarmWish
from controller.operations.errors import Invalid, OperationError
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import IdPath
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.alarm_pin import Presser
from controller.web.pages.alarm_view import DRILL, REAL, SLOT, alarm_page
from controller.web.pages.forms import Given, Signed, Typed, again, given_of
from controller.web.pages.frame import frame_of
from controller.web.pages.rendering import page
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)

_ZONE = "zone."
_LONGEST_EVERY_S, _SPARE_S = 300, 5


@router.get("/alarm")
def alarm(request: Request, who: Signed, web: WebPort) -> Response:
    """Real or drill, the messages, the places."""
    kind = request.query_params.get("as", "")
    return _shown(request, web, who, given_of(request), kind=kind)


@router.post("/alarm")
def raise_alarm(request: Request, pressing: Presser, web: WebPort) -> Response:
    """Raises it, by a hand that held or slid, or by the own PIN, also where the sign-in is over."""
    writing, signed = pressing.writing, pressing.signed
    try:
        made = _raised(web, writing.actor, writing.typed, pressing.pinned(web))
    except OperationError as error:
        return again(
            request,
            writing,
            error,
            lambda given, status: _shown(request, web, writing.who, given, status, signed=signed),
        )
    return RedirectResponse(f"/alarm/{made}" if signed else f"/alarm-sent/{made}", 303)


@router.get("/alarm-by-pin")
def by_pin(request: Request) -> Response:
    """Asks for name and PIN, where the sign-in is over."""
    return page(request, "alarm_by_pin.html", sent="", done="")


@router.post("/alarm-by-pin")
def open_by_pin(request: Request, pressing: Presser, web: WebPort) -> Response:
    """The page of alarms for who has given the PIN; at the press it is asked again."""
    return _shown(
        request, web, pressing.writing.who, Given(), kind=pressing.writing.typed.get("as", ""), signed=pressing.signed
    )


@router.get("/alarm-sent/{occurrence}")
def sent(occurrence: IdPath, request: Request, done: str = "") -> Response:
    """Says to who has come by PIN that it goes out, and how it is ended."""
    return page(request, "alarm_by_pin.html", sent=occurrence, done=done)


def _raised(web: Web, actor: Actor, typed: Typed, pinned: bool) -> str:
    desk = alarm_desk.desk(web.office, actor)
    wish = _wish(desk, typed, pinned)
    drill = typed.get("as") == DRILL
    if not drill and typed.get("as") != REAL:
        raise Invalid(Problem("as", "empty", N_("Choose first: real or drill.")))
    raising = alarming.raise_drill if drill else alarming.raise_alarm
    try:
        return raising(web.office, actor, wish)
    except Invalid as error:
        seconds = _too_long(error)
        if not seconds or seconds + _SPARE_S > _LONGEST_EVERY_S:
            raise
        return raising(web.office, actor, _wish(desk, typed, pinned, seconds + _SPARE_S))


def _wish(desk: Desk, typed: Typed, pinned: bool, every_s: int | None = None) -> AlarmWish:
    message = typed.get("message", "")
    if not message:
        raise Invalid(Problem("message", "empty", N_("Choose a message.")))
    owner = AreaId(typed.get("area") or desk.owner)
    return AlarmWish(owner, message, _zones(desk, typed), _slots(desk, message, typed), every_s=every_s, pinned=pinned)


def _zones(desk: Desk, typed: Typed) -> tuple[ZoneId, ...]:
    ticked = tuple(dict.fromkeys(ZoneId(value) for name, value in typed.items() if name.startswith(_ZONE)))
    if typed.get("where") == "all":
        if ticked:
            raise Invalid(Problem("where", "twice", N_("Everywhere, or these places? Choose one of both.")))
        return desk.whole
    if not ticked:
        raise Invalid(Problem("where", "empty", N_("Choose where it is to sound.")))
    return ticked


def _slots(desk: Desk, message: str, typed: Typed) -> Mapping[str, str]:
    """The slots of the message; what was chosen for others is not meant."""
    tile = next((tile for tile in desk.tiles if tile.name == message), None)
    named = [name for name, _ in tile.slots] if tile else []
    empty = [name for name in named if not typed.get(f"{SLOT}{name}")]
    if empty:
        raise Invalid(*(Problem(f"{SLOT}{name}", "empty", N_("Choose what is said here.")) for name in empty))
    return {name: typed[f"{SLOT}{name}"] for name in named}


def _too_long(error: Invalid) -> int:
    """The seconds that a message takes that is too long to be repeated each minute; 0 where something else is wrong."""
    if len(error.problems) != 1 or error.problems[0].reason != "too_short":
        return 0
    return int(error.problems[0].params.get("seconds", "0"))


def _shown(
    request: Request, web: Web, who: SignedIn, given: Given, status: int = 200, kind: str = "", signed: bool = True
) -> Response:
    actor = who.actor(address_of(request))
    desk = alarm_desk.desk(web.office, actor)
    drill = (kind or given.value("as", REAL)) == DRILL
    view = alarm_page(desk, drill, given, language_of(request))
    frame = frame_of(request, web, who) if signed else None
    return page(
        request,
        "alarm.html",
        status,
        frame=frame,
        view=view,
        given=given,
        who=who,
        signed=signed,
        has_pin=pins.has_pin(web.office, actor),
    )
