"""The form of deciding as a page: what it is made of is asked for, and shown with what was typed and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fastapi import Request
from starlette.responses import Response

from controller.domain.values import BroadcastId, Content, Sha256
from controller.locale import N_, sentence
from controller.operations import deciding, drafting, muted, reading
from controller.operations.acting import Actor
from controller.operations.errors import NotFound, OperationError
from controller.operations.signing_in import SignedIn
from controller.web.failures import from_operation
from controller.web.identity import address_of
from controller.web.language import language_of
from controller.web.pages.deciding_form import Form
from controller.web.pages.deciding_shown import field_of, shown_view
from controller.web.pages.deciding_sources import Desk, Sound
from controller.web.pages.deciding_start import followed, last_written, whole
from controller.web.pages.deciding_typed import Typed, rows
from controller.web.pages.deciding_view import form_view
from controller.web.pages.forms import Given, Writing, shown_typed
from controller.web.pages.frame import frame_around
from controller.web.pages.problem import problem_page
from controller.web.pages.rendering import page
from controller.web.ports import Web
from playlists.models import RATE

_CLASH = N_("Something else stands there already: say below what is to happen.")


def desk_of(request: Request, web: Web, actor: Actor, wanted: Iterable[str] = (), broadcast: str = "") -> Desk:
    """What the form is made of for a person. Raises NotAllowed.

    `wanted`: the audio that is chosen; `broadcast`: what is written on.
    """
    hashes = [Sha256(each) for each in wanted]
    start = drafting.start(web.office, actor, hashes)
    # The newest entry of the same audio in two libraries counts.
    sounds = {each.sha256: _sound(each, start) for each in reversed(start.sounds)}
    sounds = dict(reversed(sounds.items()))
    for sha256 in hashes:
        if sha256 not in sounds and (found := _held(web, actor, sha256)) is not None:
            sounds[sha256] = _sound(found, start)
    around = muted.surroundings(web.office, actor)
    before = _before(web, actor, BroadcastId(broadcast)) if broadcast else None
    return Desk(web.office.clock(), language_of(request), around, start, sounds, before)


def form_page(
    request: Request, web: Web, who: SignedIn, desk: Desk, typed: Typed, given: Given | None = None, status: int = 200,
    heard: str = "",
) -> Response:  # fmt: skip
    """The page, filled. `heard`: the hash of a text that was spoken and is not accepted yet."""
    actor = who.actor(address_of(request))
    form = Form(followed(typed, desk), desk)
    wish = form.wish()
    look = deciding.look(web.office, actor, wish) if wish is not None else None
    filled = replace(given or Given(), typed=form.typed)
    return page(
        request, "deciding.html", status, frame=frame_around(request, web, who, desk.around), given=filled, heard=heard,
        voices=_voices(web, form), largest=web.studio.largest // 1_000_000,
        **form_view(form, last_written(desk)), **shown_view(form, look, desk.around.mutes),
    )  # fmt: skip


def again(
    request: Request, web: Web, writing: Writing, error: OperationError, typed: Typed | None = None, heard: str = ""
) -> Response:
    """The page as it was typed, with what is wrong at its field. Where it is no longer theirs, the texts alone."""
    language, problem = language_of(request), from_operation(error)
    errors: dict[str, str] = {}
    for each in error.problems:
        message = _CLASH if each.reason == "clash" else each.message
        errors.setdefault(field_of(each), sentence(language, message, each.params))
    twin = next((each.params["broadcast"] for each in error.problems if each.reason == "twin"), "")
    wrong = sentence(language, N_("Not saved: {why}"), {"why": " ".join(dict.fromkeys(errors.values()))[:600]})
    given, filled = Given(errors=errors, wrong=wrong), {**(typed or writing.typed), "twin": twin}
    try:
        desk = desk_of(request, web, writing.actor, rows(writing.typed, "item"), writing.typed.get("broadcast", ""))
        return form_page(request, web, writing.who, desk, filled, given, problem.status_code, heard)
    except OperationError:
        return problem_page(request, problem, shown_typed(writing.typed))


def _voices(web: Web, form: Form) -> list[str]:
    """The voices of the languages that are spoken where the person decides; the first is Vietnamese."""
    spoken = {language for area in form.desk.tree.areas.values() for language in area.languages} | {"vi"}
    return [voice for voice, language in web.studio.voices.items() if language in spoken]


def _before(web: Web, actor: Actor, broadcast: BroadcastId) -> Content | None:
    try:
        return whole(reading.broadcast(web.office, actor, broadcast))
    except NotFound:
        return None


def _held(web: Web, actor: Actor, sha256: Sha256) -> drafting.Sound | None:
    """Audio that is no longer among the newest, or that a broadcast holds though no library does."""
    try:
        view = reading.asset(web.office, actor, sha256)
    except NotFound:
        return None
    return drafting.Sound(sha256, view.entry.title, view.asset.frames, view.entry.added_at)


def _sound(one: drafting.Sound, start: drafting.Start) -> Sound:
    length = -(-one.frames * 1000 // RATE)
    return Sound(one.sha256, one.title, length, one.added_at, start.speeches.get(one.sha256))
