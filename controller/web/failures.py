"""What goes wrong further in, as problem documents: refused operations, bad requests, a machine that cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from controller.domain.broadcasts import Refused
from controller.locale import N_
from controller.operations import errors
from controller.storage.engine import DatabaseBusy
from controller.web.problems import HttpProblem
from controller.web.validation import from_validation

log = logging.getLogger(__name__)

Show = Callable[[Request, HttpProblem], Response]

_STATUS: tuple[tuple[type[errors.OperationError], int], ...] = (
    (errors.Invalid, 422),
    (errors.NotSignedIn, 401),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooOften, 429),
    (errors.Busy, 503),
)
_BUSY = N_("The office is busy. Nothing was changed; try again.")
MACHINE = N_("The office's machine could not do this now: no space, or a tool is missing.")


def add_handlers(app: FastAPI, shown: Show) -> None:
    """Every failure is `shown`: as a problem document under /api, as a page elsewhere."""

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> Response:
        return shown(request, from_validation(error.errors()))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return shown(request, error if isinstance(error, HttpProblem) else plain(error))

    @app.exception_handler(errors.OperationError)
    def _operation(request: Request, error: errors.OperationError) -> Response:
        return shown(request, from_operation(error))

    @app.exception_handler(Refused)
    def _refused(request: Request, error: Refused) -> Response:
        return shown(request, HttpProblem(422, error.problem.reason, problems=[error.problem]))

    @app.exception_handler(DatabaseBusy)
    def _busy(request: Request, _: DatabaseBusy) -> Response:
        return shown(request, HttpProblem(503, "busy", _BUSY, headers={"retry-after": "5"}))

    @app.exception_handler(OSError)
    def _machine(request: Request, error: OSError) -> Response:
        log.error("%s %s: %s", request.method, request.url.path, error)
        return shown(request, HttpProblem(503, "machine", MACHINE, headers={"retry-after": "30"}))


def from_operation(error: errors.OperationError) -> HttpProblem:
    """The problem document of an operation that was not done."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 422)
    headers = {}
    if isinstance(error, errors.TooOften):
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, errors.Busy):
        headers["retry-after"] = "5"
    return HttpProblem(status, error.problems[0].reason, problems=error.problems, headers=headers)


def plain(error: HTTPException) -> HttpProblem:
    """The problem document of what the framework refused by itself."""
    reasons = {400: "unreadable", 404: "not_found", 405: "no_such_method"}
    reason = reasons.get(error.status_code, "refused")
    return HttpProblem(error.status_code, reason, headers=error.headers)
