"""Errors as problem documents (RFC 9457): what is wrong, in which field, and why, in the asker's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from controller.domain.problems import Problem
from controller.locale import N_, sentence

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: N_("The request cannot be read"),
    401: N_("Sign in first"),
    403: N_("This is not allowed"),
    404: N_("There is no such thing"),
    405: N_("This cannot be done here"),
    409: N_("This does not fit with what is there"),
    412: N_("Something has changed in the meantime"),
    413: N_("The request is too large"),
    415: N_("This kind of content is not taken"),
    422: N_("Something in the request is not right"),
    429: N_("Too many attempts"),
    500: N_("The office could not do this"),
    503: N_("The office is busy"),
}


class HttpProblem(HTTPException):
    """An answer that is not what was asked for. `message` (English) and `params` make the sentence."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str = "",
        params: Mapping[str, str] | None = None,
        problems: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, reason, headers)
        self.reason = reason
        self.message = message
        self.params = dict(params or {})
        self.problems = tuple(problems)


def document(problem: HttpProblem, language: str) -> dict[str, Any]:
    """The problem document in a language."""
    status = problem.status_code
    title = sentence(language, _TITLES.get(status, "") or HTTPStatus(status).phrase)
    found: dict[str, Any] = {"type": f"/problems/{problem.reason}", "title": title, "status": status}
    said = problem.message or (problem.problems[0].message if problem.problems else "")
    if said:
        found["detail"] = sentence(
            language, said, problem.params or (problem.problems[0].params if problem.problems else {})
        )
    if problem.problems:
        found["errors"] = [field(each, language) for each in problem.problems]
    return found


def answer(problem: HttpProblem, language: str) -> JSONResponse:
    """The problem as a response."""
    headers = {**(problem.headers or {}), "content-language": language}
    return JSONResponse(document(problem, language), problem.status_code, headers, MEDIA_TYPE)


def field(problem: Problem, language: str) -> dict[str, str]:
    """One problem in a language: its field, reason and sentence."""
    return {
        "field": problem.where,
        "reason": problem.reason,
        "detail": sentence(language, problem.message, problem.params),
    }
