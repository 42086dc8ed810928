"""The one page of deciding: what is to be heard, where and when. Everything works as a plain form."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import StringConstraints
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from controller.domain.broadcasts import Refused
from controller.domain.problems import Problem
from controller.domain.tree import branch
from controller.domain.values import BroadcastId, Field
from controller.domain.withdrawn import Fate
from controller.locale import N_, sentence
from controller.operations import areas, broadcasts, deciding, library, reading, withdrawing
from controller.operations.errors import Invalid, NotFound, OperationError
from controller.web.api.fields import Body, IdPath, Line, Lines
from controller.web.identity import WebPort, address_of
from controller.web.making import hear_first, keep_speech, keep_upload, title_of
from controller.web.pages.deciding_acts import acted, added
from controller.web.pages.deciding_checks import against_saving
from controller.web.pages.deciding_desk import again, desk_of, form_page
from controller.web.pages.deciding_form import Form
from controller.web.pages.deciding_saved import saved_page
from controller.web.pages.deciding_sources import Desk
from controller.web.pages.deciding_start import correction, followed, fresh, revision
from controller.web.pages.deciding_typed import Typed, rows
from controller.web.pages.forms import Author, Signed, Writing, given_of, read
from controller.web.pages.rendering import after
from controller.web.ports import Web
from playlists.models import Kind

router = APIRouter(include_in_schema=False)

UPLOAD_PATH = "/decide/upload"
_CHANGES_DESK = ("zone", "programme")


class Said(Body):
    """A text to be spoken."""

    text: Annotated[Lines, StringConstraints(min_length=1)]
    voice: Line = "vi"


class Named(Body):
    """What is to be called by a name."""

    name: Annotated[Line, StringConstraints(min_length=1)]


async def posted_file(request: Request) -> UploadFile | None:
    """The file of a form, if one was chosen."""
    found = (await request.form()).get("file")
    return found if isinstance(found, UploadFile) and found.filename else None


@router.get("/decide")
def deciding_page(request: Request, who: Signed, web: WebPort, broadcast: str = "", sound: str = "") -> Response:
    """The form: of a new bulletin, of one that is written on, or as it was typed before the sign-in ran out."""
    actor, given = who.actor(address_of(request)), given_of(request)
    held = rows(given.typed, "item") or ((sound,) if sound else ())
    desk = desk_of(request, web, actor, held, given.typed.get("broadcast", ""))
    typed = given.typed or _asked(request, web, who, desk, broadcast)
    if typed.get("broadcast") and desk.before is None:
        desk = desk_of(request, web, actor, rows(typed, "item"), typed["broadcast"])
    return form_page(request, web, who, desk, typed, given)


@router.post("/decide")
def decide(request: Request, writing: Author, web: WebPort) -> Response:
    """The form was sent: to be saved, or only looked at anew with one thing changed."""
    act, written_on = writing.typed.get("act", ""), writing.typed.get("broadcast", "")
    try:
        desk = desk_of(request, web, writing.actor, rows(writing.typed, "item"), written_on)
        if act in ("save", "draft"):
            return _saved(web, writing, desk, submit=act == "save")
        typed = _acted(web, writing, Form(writing.typed, desk))
        if rows(typed, "item") != rows(writing.typed, "item") or act in _CHANGES_DESK:
            desk = desk_of(request, web, writing.actor, rows(typed, "item"), written_on)
        return form_page(request, web, writing.who, desk, typed)
    except OperationError as error:
        return again(request, web, writing, error)


@router.post("/decide/speak")
def speak(request: Request, writing: Author, web: WebPort) -> Response:
    """A text is shown as a voice reads it and can be heard; accepted, it is one more sound."""
    heard, written_on = "", writing.typed.get("broadcast", "")
    try:
        owner = Form(writing.typed, desk_of(request, web, writing.actor)).owner
        wish = read(Said, {"text": writing.typed.get("text", ""), "voice": writing.typed.get("voice") or "vi"})
        if writing.typed.get("act") == "take":
            made = keep_speech(web, writing.actor, owner, wish.text, wish.voice, wish.text[:60].split("\n")[0])
            typed = {**added(writing.typed, made.sha256), "text": "", "spoken": ""}
        else:
            heard = hear_first(web, writing.actor, owner, wish.text, wish.voice).sha256
            typed = {**writing.typed, "text": wish.text, "spoken": wish.text}
        desk = desk_of(request, web, writing.actor, rows(typed, "item"), written_on)
        return form_page(request, web, writing.who, desk, typed, heard=heard)
    except Refused as refused:
        return again(request, web, writing, Invalid(refused.problem))
    except OperationError as error:
        return again(request, web, writing, error)


@router.post(UPLOAD_PATH)
def upload(
    request: Request, writing: Author, web: WebPort, file: Annotated[UploadFile | None, Depends(posted_file)]
) -> Response:
    """A file becomes one more sound."""
    written_on = writing.typed.get("broadcast", "")
    try:
        owner = Form(writing.typed, desk_of(request, web, writing.actor)).owner
        if file is None:
            raise Invalid(Problem("file", "missing", N_("Choose a file first.")))
        made = keep_upload(web, writing.actor, owner, file, read(Named, {"name": title_of(file.filename or "")}).name)
        typed = added(writing.typed, made.sha256)
        desk = desk_of(request, web, writing.actor, rows(typed, "item"), written_on)
        return form_page(request, web, writing.who, desk, typed)
    except Refused as refused:
        return again(request, web, writing, Invalid(replace(refused.problem, where="file")))
    except OperationError as error:
        return again(request, web, writing, error)


@router.get("/decide/{broadcast}")
def decided_page(broadcast: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """What was saved: when it will sound, whether it waits for approval, and the ways on and back."""
    return saved_page(request, web, who, BroadcastId(broadcast), done)


@router.post("/decide/{broadcast}/withdraw")
def undo(broadcast: IdPath, writing: Author, web: WebPort) -> Response:
    """Takes back what was saved."""
    broadcasts.withdraw_broadcast(web.office, writing.actor, BroadcastId(broadcast))
    return after(f"/decide/{broadcast}", "withdrawn")


def _asked(request: Request, web: Web, who: Signed, desk: Desk, name: str) -> Typed:
    """What the address asks for."""
    wrong = request.query_params.get("corrects", "")
    if wrong:
        return _correction(request, web, who, desk, BroadcastId(wrong))
    if not name:
        return fresh(desk, request.query_params)
    found = reading.broadcast(web.office, who.actor(address_of(request)), BroadcastId(name))
    return revision(desk, found)


def _correction(request: Request, web: Web, who: Signed, desk: Desk, wrong: BroadcastId) -> Typed:
    """A bulletin for those who heard a withdrawn one, or may still hear it."""
    lists = withdrawing.three_lists(web.office, who.actor(address_of(request)), wrong)
    named = request.query_params.get("list", "").split(",")
    fates = [each for each in Fate if each.value in named] or [Fate.PLAYED, Fate.MAY_STILL]
    title = sentence(desk.language, N_("Correction: {title}"), {"title": lists.title})
    return correction(desk, lists.broadcast, lists.hamlets(*fates), title)


def _saved(web: Web, writing: Writing, desk: Desk, submit: bool) -> Response:
    form = Form(followed(writing.typed, desk), desk)
    if len(form.zones) < len(rows(writing.typed, "place")):
        message = N_("A place that you ticked is not there any more, or not yours: look at the places once more.")
        raise NotFound(Problem("places", "not_found", message))
    wish = form.exact_wish()
    wrong = against_saving(form, wish)
    if wrong:
        raise Invalid(*wrong)
    made = deciding.decide(web.office, writing.actor, wish, submit, form.replaced)
    return RedirectResponse(f"/decide/{made['broadcast']}?done={made['state']}", 303)


def _acted(web: Web, writing: Writing, form: Form) -> Typed:
    """The form after a button that saves nothing of the bulletin itself."""
    act = writing.typed.get("act", "")
    if act == "zone":
        return _with_zone(web, writing, form)
    if act == "programme":
        return _with_programme(web, writing, form)
    return acted(form)


def _with_zone(web: Web, writing: Writing, form: Form) -> Typed:
    """The places that are ticked, kept under a name and ticked as one."""
    name = _named(writing.typed, "zone_name")
    tree = form.desk.tree
    zones = [form.desk.zones[zone] for zone in form.zones]
    named = {area for zone in zones for area in ((zone.area,) if zone.area else zone.hamlets)}
    served = {each.hamlet for node in tree.nodes.values() for each in node.serves}
    hamlets = sorted({hamlet for area in named for hamlet in branch(tree, area) if hamlet in served})
    made = areas.add_zone(web.office, writing.actor, form.owner, name, hamlets)
    others = {key: value for key, value in writing.typed.items() if not key.startswith("place.")}
    return {**others, "zone_name": "", "place.0": made}


def _with_programme(web: Web, writing: Writing, form: Form) -> Typed:
    """A first programme, where there is none."""
    name, kind = _named(writing.typed, "programme_name"), writing.typed.get("programme_kind", "")
    chosen = Kind(kind) if kind in set(Kind) else Kind.NOTICE
    made = library.add_programme(web.office, writing.actor, form.owner, name, chosen, Field.GENERAL)
    return {**writing.typed, "programme": made, "programme_name": ""}


def _named(typed: Typed, field: str) -> str:
    try:
        return read(Named, {"name": typed.get(field, "")}).name
    except Invalid as error:
        raise Invalid(*(replace(each, where=field) for each in error.problems)) from error
