"""What went wrong, as a page: in its frame, with what was typed."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request
from starlette.responses import HTMLResponse

from controller.operations.errors import OperationError
from controller.storage.engine import DatabaseBusy
from controller.web.identity import visitor, web_of
from controller.web.language import language_of
from controller.web.pages.frame import Frame, frame_of
from controller.web.pages.rendering import page
from controller.web.problems import HttpProblem, document


def problem_page(request: Request, problem: HttpProblem, typed: Iterable[str] = ()) -> HTMLResponse:
    """A problem as a page, with what was `typed` so that it is not lost."""
    said, frame = document(problem, language_of(request)), _frame(request, problem.status_code)
    shown = page(request, "problem.html", problem.status_code, problem=said, typed=tuple(typed), frame=frame)
    shown.headers.update(problem.headers or {})
    return shown


def _frame(request: Request, status: int) -> Frame | None:
    """What stands around it for who is known; nothing where the office itself fails."""
    if status >= 500:
        return None
    try:
        who = visitor(request)
        return None if who is None else frame_of(request, web_of(request), who)
    except (OperationError, DatabaseBusy):
        return None
