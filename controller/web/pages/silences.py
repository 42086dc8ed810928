"""The pages of silences: what is quiet and will be, a new one in one press or by its form, receipts, lifting."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.domain.problems import Problem
from controller.domain.silences import SilenceId, Why
from controller.domain.values import AreaId, Tree
from controller.locale import N_, sentence
from controller.operations import muted, silencing
from controller.operations.errors import Invalid, NotAllowed, OperationError
from controller.operations.receipts import Stage
from controller.operations.rights import Right, branches
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import Body, Id, IdPath, Line
from controller.web.formats import day
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.deciding_typed import day_of, time_of
from controller.web.pages.forms import Author, Given, Signed, Typed, again, given_of, read
from controller.web.pages.frame import Frame, frame_around, frame_of
from controller.web.pages.rendering import after, page
from controller.web.pages.silences_view import (
    MOST_QUICK,
    WHATS,
    WHYS,
    Reader,
    calls,
    hamlets_of,
    line_of,
    noon_after,
    silence_page,
)
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)

_DONE = {
    "placed": N_("It is set. The nodes are being told."),
    "lifted": N_("It is lifted. The nodes are being told."),
}
_PLACE = "at."


class Press(Body):
    """One press: a hamlet is quiet for a funeral from now until noon in some days."""

    area: Id
    days: Literal["1", "2"] = "1"


class Span(Body):
    """The fields of the form; the places are fields of their own."""

    begin_day: Line
    begin_time: Line
    end_day: Line
    end_time: Line
    what: Literal["all", "only_music", "only_rebroadcast", "both"] = "all"
    why: Why
    note: Line = ""


@router.get("/silences")
def silences_page(request: Request, who: Signed, web: WebPort) -> Response:
    """What is quiet, what will be, and what is over."""
    return _list(request, web, who, given_of(request))


@router.post("/silences")
def press(request: Request, writing: Author, web: WebPort) -> Response:
    """The silence of one press."""
    try:
        wish = writing.read(Press)
        frame = frame_of(request, web, writing.who)
        end = noon_after(web.office.clock(), frame.zone, int(wish.days))
        made = silencing.place_silence(
            web.office, writing.actor, [AreaId(wish.area)], web.office.clock(), end, (), Why.FUNERAL
        )
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _list(request, web, writing.who, given, status))
    return after(f"/silences/{made}", "placed")


@router.get("/silences/new")
def new_silence_page(request: Request, who: Signed, web: WebPort, area: str = "") -> Response:
    """The form of a silence."""
    return _form(request, web, who, given_of(request), area=area)


@router.post("/silences/new")
def place_silence(request: Request, writing: Author, web: WebPort) -> Response:
    """A silence as the form says it."""
    try:
        zone = frame_of(request, web, writing.who).zone
        typed = {name: value for name, value in writing.typed.items() if name not in ("here", "once")}
        span = read(Span, {name: value for name, value in typed.items() if not name.startswith(_PLACE)})
        areas = [AreaId(value) for name, value in typed.items() if name.startswith(_PLACE)]
        made = silencing.place_silence(
            web.office, writing.actor, areas, *_moments(span, zone, web.office.clock()),
            WHATS[span.what][1], span.why, span.note,
        )  # fmt: skip
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _form(request, web, writing.who, given, status))
    return after(f"/silences/{made}", "placed")


@router.get("/silences/{silence}")
def silence_of(silence: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """One silence: who has received it, what falls silent, and its lifting."""
    return _one(request, web, who, silence, given_of(request), done=done)


@router.post("/silences/{silence}/lift")
def lift_silence(silence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Ends it early."""
    try:
        silencing.lift_silence(web.office, writing.actor, SilenceId(silence))
    except OperationError as error:
        return again(
            request, writing, error, lambda given, status: _one(request, web, writing.who, silence, given, status)
        )
    return after(f"/silences/{silence}", "lifted")


def _list(request: Request, web: Web, who: SignedIn, given: Given, status: int = 200) -> Response:
    found = silencing.overview(web.office, who.actor(address_of(request)))
    frame = frame_around(request, web, who, found.around)
    eye, over = _reader(request, web, frame), (Stage.PAST, Stage.LIFTED)
    return page(
        request, "silences.html", status, frame=frame, given=given,
        lines=[line_of(each, eye) for each in found.silences if each.stage not in over],
        past=[line_of(each, eye) for each in found.silences if each.stage in over],
        calls=calls(found.unreceived, eye), quick=_quick(found.around.tree, who, eye),
    )  # fmt: skip


def _form(request: Request, web: Web, who: SignedIn, given: Given, status: int = 200, area: str = "") -> Response:
    around = muted.surroundings(web.office, who.actor(address_of(request)))
    frame, tree, tops = frame_around(request, web, who, around), around.tree, _tops(around.tree, who)
    if not tops:
        raise NotAllowed(Problem("", "not_allowed", "You may not do this here."))
    eye = _reader(request, web, frame)
    shown = given if given.typed else Given(_usual(eye, area))
    hamlets = hamlets_of(tree, tops)
    above = [tree.areas[top] for top in tops if tree.areas[top] not in hamlets]
    return page(
        request, "silence_new.html", status, frame=frame, given=shown,
        places=[(f"{_PLACE}{row}", each.id, each.name, each in above) for row, each in enumerate((*above, *hamlets))],
        ticked={value for name, value in shown.typed.items() if name.startswith(_PLACE)},
        whats=[(value, eye.say(word)) for value, (word, _) in WHATS.items()],
        whys=[(value.value, eye.say(word)) for value, word in WHYS.items()], quick=_quick(tree, who, eye),
    )  # fmt: skip


def _one(
    request: Request, web: Web, who: SignedIn, silence: str, given: Given, status: int = 200, done: str = ""
) -> Response:
    actor = who.actor(address_of(request))
    detail = silencing.silence(web.office, actor, SilenceId(silence))
    around = muted.surroundings(web.office, actor)
    frame = frame_around(request, web, who, around)
    view = silence_page(detail, around.tree, _reader(request, web, frame))
    said = sentence(language_of(request), _DONE.get(done, "")) if view.lifts or done == "lifted" else ""
    return page(request, "silence.html", status, frame=frame, given=given, view=view, done=said)


def _quick(tree: Tree, who: SignedIn, eye: Reader) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """What one press sets: until noon in how many days, in words, and the hamlets. Who has one has two choices."""
    hamlets = [(str(each.id), each.name) for each in hamlets_of(tree, _tops(tree, who))]
    if not 0 < len(hamlets) <= MOST_QUICK:
        return []
    days = (1, 2) if len(hamlets) == 1 else (1,)
    return [(many, eye.at(noon_after(eye.now, eye.zone, many)), hamlets) for many in days]


def _tops(tree: Tree, who: SignedIn) -> tuple[AreaId, ...]:
    """The topmost places that the person may make quiet."""
    return branches(tree, who.grants, Right.MUTE)


def _reader(request: Request, web: Web, frame: Frame) -> Reader:
    return Reader(web.office.clock(), frame.zone, language_of(request))


def _moments(span: Span, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """From when to when, as it was typed. Raises Invalid, each problem naming its field."""
    today = now.astimezone(zone).date()
    begin, begin_wrong = _moment("begin", span.begin_day, span.begin_time, today, zone)
    end, end_wrong = _moment("end", span.end_day, span.end_time, today, zone)
    if begin is None or end is None:
        raise Invalid(*begin_wrong, *end_wrong)
    return begin, end


def _moment(
    name: str, typed_day: str, typed_time: str, today: date, zone: ZoneInfo
) -> tuple[datetime | None, list[Problem]]:
    when, at = day_of(typed_day, today), time_of(typed_time)
    if when is not None and at is not None:
        return datetime.combine(when, at, zone), []
    wrong = [] if when else [Problem(f"{name}_day", "malformed", N_("This is no day: write it like 25/11/2026."))]
    if at is None:
        wrong.append(Problem(f"{name}_time", "malformed", N_("This is no hour: write it like 17:00.")))
    return None, wrong


def _usual(eye: Reader, area: str) -> Typed:
    """What the form says before anybody typed: a funeral from now until tomorrow noon."""
    begin, end = eye.now.astimezone(eye.zone), noon_after(eye.now, eye.zone)
    span = {"begin_day": day(begin.date()), "begin_time": f"{begin:%H:%M}"}
    span |= {"end_day": day(end.date()), "end_time": f"{end:%H:%M}"}
    return {**span, "what": "all", "why": Why.FUNERAL.value, f"{_PLACE}0": area}
