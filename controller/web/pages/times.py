"""When an area speaks: its sessions from a day on, and its hours, for administrators; others read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from controller.domain.problems import Problem
from controller.domain.values import AreaId, Hours, SessionId
from controller.locale import N_, sentence
from controller.operations import reading, times
from controller.operations.errors import Invalid, OperationError
from controller.operations.rights import Right, may
from controller.operations.signing_in import SignedIn
from controller.operations.times import Sitting
from controller.web.api.decisions import Day, TimeOfDay
from controller.web.api.fields import Body, Id, IdPath, IdQuery, Line
from controller.web.api.times import HoursBody
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.forms import Author, Given, Signed, Typed, Writing, again, given_of, read
from controller.web.pages.frame import frame_of, topmost
from controller.web.pages.rendering import after, page
from controller.web.pages.times_view import times_view
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)

_DONE = {
    "sessions": N_("The sessions are saved. They count from the day that you gave."),
    "hours": N_("The hours are saved. They count for what is saved from now on."),
}
_ROW = re.compile(r"sessions\.(\d{1,3})\.(id|name|starts_at|minutes)")


class SittingForm(Body):
    """A row of the form."""

    id: Id | None = None
    name: Line
    starts_at: TimeOfDay
    minutes: Annotated[int, Field(ge=1, le=360)]

    def value(self) -> Sitting:
        """As the office has it."""
        return Sitting(self.name, self.starts_at, self.minutes * 60, SessionId(self.id) if self.id else None)


class SessionsForm(Body):
    """The sessions from a day on."""

    from_day: Day
    sessions: Annotated[tuple[SittingForm, ...], Field(max_length=50)] = ()


@router.get("/times")
def any_times(request: Request, who: Signed, web: WebPort, area: IdQuery = None) -> Response:
    """To the times of an area, of the topmost where none is named."""
    tree = reading.tree(web.office, who.actor(address_of(request)))
    return RedirectResponse(f"/areas/{area or topmost(tree, who.grants).id}/times", 303)


@router.get("/areas/{area}/times")
def times_page(area: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """The sessions and hours of an area."""
    return _shown(request, web, who, area, given_of(request), done=done)


@router.post("/areas/{area}/times/sessions")
def set_sessions(area: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Other sessions from a later day on."""
    rows = dict(_rows(writing.typed))
    try:
        form = _read(writing.typed, rows)
        sittings = [each.value() for each in form.sessions]
        times.set_sessions(web.office, writing.actor, AreaId(area), form.from_day, sittings)
    except OperationError as error:
        return _again(request, web, writing, area, error)
    return after(f"/areas/{area}/times", "sessions")


@router.post("/areas/{area}/times/hours")
def set_hours(area: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Other hours, or those that are inherited."""
    try:
        own = "inherit" not in writing.typed
        form = read(HoursBody, {name: writing.typed.get(name, "") for name in ("begin", "end")}) if own else None
        times.set_hours(web.office, writing.actor, AreaId(area), Hours(form.begin, form.end) if form else None)
    except OperationError as error:
        return _again(request, web, writing, area, error)
    return after(f"/areas/{area}/times", "hours")


def _rows(typed: Typed) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows in which a session is named, by their number."""
    found: dict[int, dict[str, str]] = {}
    for name, value in typed.items():
        if (known := _ROW.fullmatch(name)) and value.strip():
            found.setdefault(int(known[1]), {})[known[2]] = value
    return ((number, row) for number, row in sorted(found.items()) if "name" in row)


def _read(typed: Typed, rows: Mapping[int, dict[str, str]]) -> SessionsForm:
    """Raises Invalid, each problem naming the field as the form has it."""
    try:
        return read(SessionsForm, {"from_day": typed.get("from_day", ""), "sessions": list(rows.values())})
    except Invalid as error:
        raise Invalid(*(_as_typed(each, list(rows)) for each in error.problems)) from error


def _as_typed(problem: Problem, numbers: list[int]) -> Problem:
    parts = problem.where.split(".")
    if parts[0] != "sessions" or len(parts) != 3:
        return problem
    where = f"sessions.{numbers[int(parts[1])]}.{parts[2]}"
    return Problem(where, problem.reason, problem.message, problem.params)


def _again(request: Request, web: Web, writing: Writing, area: str, error: OperationError) -> Response:
    return again(request, writing, error, lambda given, status: _shown(request, web, writing.who, area, given, status))


def _shown(
    request: Request, web: Web, who: SignedIn, area: str, given: Given, status: int = 200, done: str = ""
) -> Response:
    actor = who.actor(address_of(request))
    found, tree = times.times(web.office, actor, AreaId(area)), reading.tree(web.office, actor)
    return page(
        request, "times.html", status, frame=frame_of(request, web, who), given=given,
        done=sentence(language_of(request), _DONE.get(done, "")), one=times_view(found, tree, given.typed),
        mine=may(tree, who.grants, Right.AREAS, found.area.id),
    )  # fmt: skip
