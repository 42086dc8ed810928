"""The form of deciding as a page: what it is made of is asked for, and shown with what was typed and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fastapi import Request
from starlette.responses import Response

from controller.domain.values import Sha256
from controller.locale import N_, sentence
from controller.operations import deciding, drafting, muted, reading
from controller.operations.acting import Actor
from controller.operations.errors import NotFound, OperationError
from controller.operations.reading import AssetView
from controller.operations.signing_in import SignedIn
from controller.web.failures import from_operation
from controller.web.identity import address_of
from controller.web.language import language_of
from controller.web.pages.deciding_form import Desk, Form, Sound
from controller.web.pages.deciding_shown import field_of, shown_view
from controller.web.pages.deciding_start import followed, last_written
from controller.web.pages.deciding_typed import Typed, rows
from controller.web.pages.deciding_view import form_view
from controller.web.pages.forms import Given, Writing, shown_typed
from controller.web.pages.frame import frame_of
from controller.web.pages.rendering import page, problem_page
from controller.web.ports import Web
from playlists.models import RATE

_CLASH = N_("Something else stands there already: say below what is to happen.")


def desk_of(request: Request, web: Web, actor: Actor, wanted: Iterable[str] = ()) -> Desk:
    """What the form is made of for a person; `wanted`: the audio that is chosen. Raises NotAllowed."""
    hashes = [Sha256(each) for each in wanted]
    start = drafting.start(web.office, actor, hashes)
    views = {Sha256(view.asset.sha256): view for view in reversed(reading.assets(web.office, actor))}
    sounds = {sha256: _sound(view, start) for sha256, view in reversed(views.items())}
    for sha256 in hashes:
        if sha256 not in sounds and (view := _asset(web, actor, sha256)) is not None:
            sounds[sha256] = _sound(view, start)
    return Desk(
        web.office.clock(), language_of(request), reading.tree(web.office, actor), start,
        reading.programmes(web.office, actor), sounds,
    )  # fmt: skip


def form_page(
    request: Request, web: Web, who: SignedIn, desk: Desk, typed: Typed, given: Given | None = None, status: int = 200,
    heard: str = "",
) -> Response:  # fmt: skip
    """The page, filled. `heard`: the hash of a text that was spoken and is not accepted yet."""
    actor = who.actor(address_of(request))
    form = Form(followed(typed, desk), desk)
    wish = form.wish()
    look = deciding.look(web.office, actor, wish) if wish is not None else None
    mutes = muted.mutes(web.office, actor)
    filled = replace(given or Given(), typed=form.typed)
    return page(
        request, "deciding.html", status, frame=frame_of(request, web, who), given=filled, heard=heard,
        voices=_voices(web, form), largest=web.studio.largest // 1_000_000,
        **form_view(form, last_written(desk)), **shown_view(form, look, mutes),
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
    wrong = errors.get("", "") or sentence(language, N_("Not saved: look at what is marked."))
    given, filled = Given(errors=errors, wrong=wrong), {**(typed or writing.typed), "twin": twin}
    try:
        desk = desk_of(request, web, writing.actor, rows(writing.typed, "item"))
        return form_page(request, web, writing.who, desk, filled, given, problem.status_code, heard)
    except OperationError:
        return problem_page(request, problem, shown_typed(writing.typed))


def _voices(web: Web, form: Form) -> list[str]:
    """The voices of the languages that are spoken where the person decides; the first is Vietnamese."""
    spoken = {language for area in form.desk.tree.areas.values() for language in area.languages} | {"vi"}
    return [voice for voice, language in web.studio.voices.items() if language in spoken]


def _asset(web: Web, actor: Actor, sha256: Sha256) -> AssetView | None:
    try:
        return reading.asset(web.office, actor, sha256)
    except NotFound:
        return None


def _sound(view: AssetView, start: drafting.Start) -> Sound:
    sha256, title = Sha256(view.asset.sha256), view.entry.title
    length = -(-view.asset.frames * 1000 // RATE)
    return Sound(sha256, title, length, view.entry.added_at, start.speeches.get(sha256))
