"""The form of an edit as a page: filled as it was typed, with what saving would give, and with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import Request
from starlette.responses import Response

from controller.domain.broadcasts import Refused
from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.problems import Problem
from controller.domain.values import OccurrenceId, Sha256
from controller.locale import N_, sentence
from controller.operations import airing, drafting, editing, reading, versions
from controller.operations.acting import Actor
from controller.operations.airing import Opened
from controller.operations.editing import Edit, EditLook
from controller.operations.errors import Invalid, NotFound, OperationError
from controller.operations.rights import Right
from controller.operations.signing_in import SignedIn
from controller.web.failures import MACHINE, from_operation
from controller.web.identity import address_of
from controller.web.language import language_of
from controller.web.making import keep_cut
from controller.web.pages.airing_view import words_of
from controller.web.pages.deciding_typed import Typed, number_of
from controller.web.pages.edit_form import Row, Sheet, Sound, edit_of, first_typed, item_rows, seconds_of
from controller.web.pages.edit_view import field_of, form_view, look_view, newer_view
from controller.web.pages.eye import Eye
from controller.web.pages.forms import Given, Writing, shown_typed
from controller.web.pages.frame import frame_around
from controller.web.pages.problem import problem_page
from controller.web.pages.rendering import page
from controller.web.pages.today import listen
from controller.web.ports import Web
from playlists.models import RATE

_MOST_FIELDS = 2000
_TO_THE_END = 86_000.0


def bounded(typed: Typed) -> Typed:
    """No more fields than a form of ours has."""
    return dict(list(typed.items())[:_MOST_FIELDS])


def require(web: Web, actor: Actor, seen: Opened) -> None:
    """Raises as an edit would, where the person may not edit the airing."""
    if Right.SUBMIT in seen.may:
        return
    editing.look_at_edit(web.office, actor, Edit(seen.broadcast.id, seen.base, Choice.ONLY_THIS, (), Change()))


def form(
    request: Request, web: Web, who: SignedIn, seen: Opened, given: Given, status: int = 200,
    look: EditLook | None = None,
) -> Response:  # fmt: skip
    """The page."""
    actor = who.actor(address_of(request))
    typed = given.typed or None
    sheet = _sheet(web, actor, seen, typed or {})
    filled = replace(given, typed=typed or first_typed(sheet))
    eye = Eye(web.office.clock(), seen.zone, language_of(request), lambda node, name: listen(web, node, name))
    base = number_of(filled.value("base")) or 0
    newer = []
    if base < seen.base:
        history = versions.history(web.office, actor, seen.broadcast.id)
        newer = newer_view(history, base, words_of(seen, sheet.tree, eye))
        filled = replace(filled, typed={**filled.typed, "base": str(seen.base)})
    frame = frame_around(request, web, who, seen.around)
    return page(
        request, "airing_edit.html", status, frame=frame, given=filled, newer=newer,
        one=form_view(filled.typed, sheet, eye),
        look=None if look is None else look_view(look, filled.typed, sheet, eye),
    )  # fmt: skip


def wish(web: Web, writing: Writing, seen: Opened) -> Edit:
    """What was typed, as an edit. Raises Invalid."""
    return edit_of(writing.typed, _sheet(web, writing.actor, seen, writing.typed))


def looked(request: Request, web: Web, writing: Writing, seen: Opened) -> Response:
    """The page with what saving would give. Raises Invalid for what cannot be read."""
    actor = replace(writing.actor, once=None)
    look = editing.look_at_edit(web.office, actor, wish(web, writing, seen))
    language = language_of(request)
    errors = {field_of(each): sentence(language, each.message, each.params) for each in look.problems}
    return form(request, web, writing.who, seen, Given(writing.typed, errors, errors.get("", "")), look=look)


def again(request: Request, web: Web, writing: Writing, occurrence: str, error: OperationError) -> Response:
    """The page as it was typed, with what is wrong at its field. Where it is no longer theirs, the texts alone."""
    language, problem = language_of(request), from_operation(error)
    errors: dict[str, str] = {}
    for each in error.problems:
        errors.setdefault(field_of(each), sentence(language, each.message, each.params))
    wrong = errors.get("", "") or sentence(language, N_("Not saved: look at what is marked."))
    try:
        actor = replace(writing.actor, once=None)
        seen = airing.airing(web.office, actor, OccurrenceId(occurrence))
        require(web, actor, seen)
        return form(request, web, writing.who, seen, Given(writing.typed, errors, wrong), problem.status_code)
    except OperationError:
        return problem_page(request, problem, shown_typed(writing.typed))


def cut(web: Web, actor: Actor, seen: Opened, typed: Typed) -> Typed:
    """Every item of which only some seconds were asked for becomes audio of its own. Raises Invalid, NotAllowed."""
    found = dict(typed)
    for row in item_rows(typed):
        if (row.begin.strip() or row.end.strip()) and not row.dropped:
            found |= _cut(web, actor, seen, row)
    return found


def _cut(web: Web, actor: Actor, seen: Opened, row: Row) -> Mapping[str, str]:
    begin = seconds_of(row.begin) if row.begin.strip() else 0.0
    end = seconds_of(row.end) if row.end.strip() else _TO_THE_END
    if begin is None or end is None:
        raise Invalid(Problem(f"begin.{row.number}", "no_length", N_("Give seconds, or minutes and seconds: 1:15.")))
    title = seen.titles.get(row.sha256) or _title(web, actor, row.sha256) or seen.title
    span = f"{row.begin.strip() or '0'}–{row.end.strip() or '…'}"
    try:
        made = keep_cut(web, actor, seen.broadcast.owner, row.sha256, begin, end, f"{title[:180]} ({span})")
    except Refused as refused:
        said = refused.problem
        raise Invalid(Problem(f"begin.{row.number}", said.reason, said.message, said.params)) from refused
    except OSError as error:
        raise Invalid(Problem(f"begin.{row.number}", "machine", MACHINE)) from error
    return {f"item.{row.number}": made.sha256, f"begin.{row.number}": "", f"end.{row.number}": ""}


def _title(web: Web, actor: Actor, sha256: Sha256) -> str:
    return reading.asset(web.office, actor, sha256).entry.title


def _sheet(web: Web, actor: Actor, seen: Opened, typed: Typed) -> Sheet:
    """The airing with all that may be chosen: the library, newest first, and what is chosen already."""
    chosen = {row.sha256 for row in item_rows(typed)} | ({Sha256(typed["add"])} if typed.get("add") else set())
    fresh = chosen - seen.audio.keys()
    speeches = drafting.start(web.office, replace(actor, once=None), fresh).speeches if fresh else {}
    views = {Sha256(each.asset.sha256): each for each in reading.assets(web.office, actor)}
    for sha256 in fresh - views.keys():
        try:
            views[sha256] = reading.asset(web.office, actor, sha256)
        except NotFound:
            continue
    sounds = {
        sha256: Sound(sha256, view.entry.title, view.asset.frames * 1000 // RATE, speeches.get(sha256))
        for sha256, view in views.items()
    }
    return Sheet(seen, seen.around.tree, sounds)
