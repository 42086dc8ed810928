"""One airing opened: heard, read, left out, stopped, edited; and its broadcast with all versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from controller.domain.broadcasts import Refused
from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.values import BroadcastId, OccurrenceId, ZoneId, to_ms
from controller.operations import airing, editing, playing_now, quiet, versions
from controller.operations.airing import Opened
from controller.operations.editing import Edit
from controller.operations.errors import Conflict, OperationError
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import Body, IdPath, Version
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages import edit_page
from controller.web.pages.airing_view import done_words, opened_view
from controller.web.pages.broadcast_view import broadcast_view
from controller.web.pages.eye import Eye
from controller.web.pages.forms import Author, Given, Signed, Writing, again, given_of
from controller.web.pages.frame import frame_around
from controller.web.pages.rendering import after, page
from controller.web.pages.today import listen
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)


class Skip(Body):
    """Which airings are left out, or heard after all."""

    base: Version
    choice: Choice = Choice.ONLY_THIS
    skip: Literal["0", "1"] = "1"


@router.get("/airings/{occurrence}")
def airing_page(occurrence: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """One airing."""
    return _airing(request, web, who, occurrence, given_of(request), done=done)


@router.post("/airings/{occurrence}/skip")
def skip(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Leaves it out, or lets it be heard after all: only this, or its time of day from now on."""
    try:
        said = writing.read(Skip)
        seen = _seen(web, writing, occurrence)
        wanted = Edit(
            seen.broadcast.id, said.base, said.choice, (to_ms(seen.nominal),), Change(skip=said.skip == "1"),
            rest=said.choice is not Choice.ONLY_THIS,
        )  # fmt: skip
        made = editing.edit_airing(web.office, writing.actor, wanted)
    except Conflict as error:
        if error.problems[0].reason == "nothing_left":
            return RedirectResponse(f"/airings/{occurrence}/withdraw", 303)
        return _again(request, web, writing, occurrence, error)
    except OperationError as error:
        return _again(request, web, writing, occurrence, error)
    return after(_home(said.choice, occurrence, seen), made["state"])


@router.post("/airings/{occurrence}/stop")
def stop(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Stops what sounds: everywhere if it is one's own, else in one's hamlets."""
    try:
        quiet.stop(web.office, writing.actor, OccurrenceId(occurrence))
    except OperationError as error:
        return _again(request, web, writing, occurrence, error)
    return after(f"/airings/{occurrence}", "stopped")


@router.get("/airings/{occurrence}/edit")
def edit_form(occurrence: IdPath, request: Request, who: Signed, web: WebPort) -> Response:
    """The form in which it is edited."""
    actor = who.actor(address_of(request))
    seen = airing.airing(web.office, actor, OccurrenceId(occurrence))
    edit_page.require(web, actor, seen)
    given = given_of(request)
    if not seen.changeable and not given.typed:
        return RedirectResponse(f"/airings/{occurrence}", 303)
    return edit_page.form(request, web, who, seen, given)


@router.post("/airings/{occurrence}/edit")
def edit(occurrence: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """What saving would give is shown; or it is saved, and asks for approval."""
    typed = edit_page.bounded(writing.typed)
    try:
        seen = _seen(web, writing, occurrence)
        edit_page.require(web, replace(writing.actor, once=None), seen)
        typed = edit_page.cut(web, writing.actor, seen, typed)
        if typed.get("act") != "save":
            return edit_page.looked(request, web, replace(writing, typed=typed), seen)
        wanted = edit_page.wish(web, replace(writing, typed=typed), seen)
        made = editing.edit_airing(web.office, writing.actor, wanted)
    except Refused as refused:
        return edit_page.again(request, web, replace(writing, typed=typed), occurrence, Conflict(refused.problem))
    except OperationError as error:
        return edit_page.again(request, web, replace(writing, typed=typed), occurrence, error)
    return after(_home(wanted.choice, occurrence, seen), made["state"])


@router.get("/broadcasts/{broadcast}")
def broadcast_page(broadcast: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """A broadcast with its versions."""
    return _broadcast(request, web, who, broadcast, given_of(request), done=done)


@router.post("/broadcasts/{broadcast}/play-now")
def play_now(broadcast: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Plays at once what is approved, in the places that were ticked."""
    zones = [ZoneId(value) for name, value in writing.typed.items() if name.startswith("zone.")]
    try:
        made = playing_now.play_approved_now(
            web.office, writing.actor, BroadcastId(broadcast), zones, writing.typed.get("after") == "1"
        )
    except OperationError as error:
        return again(
            request, writing, error,
            lambda given, status: _broadcast(request, web, writing.who, broadcast, given, status),
        )  # fmt: skip
    return after(f"/airings/{made}", "played")


def _seen(web: Web, writing: Writing, occurrence: str) -> Opened:
    return airing.airing(web.office, replace(writing.actor, once=None), OccurrenceId(occurrence))


def _home(choice: Choice, occurrence: str, seen: Opened) -> str:
    """Where an edit is shown: of a day on its airings may have other nominal starts."""
    return f"/airings/{occurrence}" if choice is Choice.ONLY_THIS else f"/broadcasts/{seen.broadcast.id}"


def _again(request: Request, web: Web, writing: Writing, occurrence: str, error: OperationError) -> Response:
    return again(
        request, writing, error,
        lambda given, status: _airing(request, web, writing.who, occurrence, given, status),
    )  # fmt: skip


def _airing(
    request: Request, web: Web, who: SignedIn, occurrence: str, given: Given, status: int = 200, done: str = ""
) -> Response:
    seen = airing.airing(web.office, who.actor(address_of(request)), OccurrenceId(occurrence))
    frame = frame_around(request, web, who, seen.around)
    view = opened_view(seen, seen.around.tree, eye_of(request, web, seen))
    wrong = " ".join(dict.fromkeys((given.wrong, *given.errors.values()))).strip()
    return page(
        request, "airing.html", status, frame=frame, one=view, given=replace(given, wrong=wrong, errors={}),
        done=done_words(done, language_of(request)),
    )  # fmt: skip


def _broadcast(
    request: Request, web: Web, who: SignedIn, broadcast: str, given: Given, status: int = 200, done: str = ""
) -> Response:
    found = versions.history(web.office, who.actor(address_of(request)), BroadcastId(broadcast))
    frame = frame_around(request, web, who, found.around)
    view = broadcast_view(found, found.around.tree, frame.zone, language_of(request))
    return page(
        request, "broadcast.html", status, frame=frame, one=view, given=given,
        done=done_words(done, language_of(request)),
    )  # fmt: skip


def eye_of(request: Request, web: Web, seen: Opened) -> Eye:
    """How an airing is looked at: now, in its owner's time zone."""
    return Eye(web.office.clock(), seen.zone, language_of(request), lambda node, name: listen(web, node, name))
