"""The application: guards, API, pages, failures."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from controller.operations.uploads import LARGEST
from controller.web import files, uploads
from controller.web.api import (
    airings,
    alarms,
    approvals,
    broadcasts,
    deciding,
    entry,
    field,
    library,
    messages,
    now,
    places,
    playlists,
    quieting,
    reading,
    staff,
    times,
    week,
)
from controller.web.compression import Compressed
from controller.web.failures import add_handlers
from controller.web.guards import BodyLimit, LastResort, SameOrigin, SecurityHeaders
from controller.web.identity import was_known
from controller.web.language import language_of
from controller.web.pages import (
    account,
    alarm,
    alarm_after,
    audit,
    loudspeakers,
    message_book,
    muting,
    people,
    silences,
    today,
    tomorrow,
    withdrawing,
)
from controller.web.pages import airings as airing_pages
from controller.web.pages import approvals as approval_pages
from controller.web.pages import deciding as deciding_pages
from controller.web.pages import entry as entry_pages
from controller.web.pages import times as times_pages
from controller.web.pages import week as week_pages
from controller.web.pages.forms import SignInFirst
from controller.web.pages.problem import problem_page
from controller.web.ports import Web
from controller.web.problems import HttpProblem, answer

API = "/api/v1"
_PARTS = (
    entry, places, staff, library, playlists, broadcasts, now, reading,
    week, approvals, deciding, times, airings, quieting, field,
    alarms, messages,
)  # fmt: skip
_PAGES = (
    files, uploads, entry_pages, today, account, people, audit, muting, approval_pages,
    deciding_pages, times_pages, silences, withdrawing, airing_pages, week_pages, tomorrow,
    loudspeakers, alarm, alarm_after, message_book,
)  # fmt: skip


def create_app(web: Web) -> FastAPI:
    """The pages and /api/v1 over what operations, studio and settings are given in `web`."""
    app = FastAPI(
        title="Loa",
        version="1",
        description="The office of commune radio: broadcasts, loudspeaker nodes, and proof of what was heard.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={
            "4XX": {"description": "A problem document (RFC 9457)", "content": {"application/problem+json": {}}}
        },
    )
    app.state.web = web
    _add_routes(app)
    add_handlers(app, shown)
    app.add_exception_handler(SignInFirst, _sign_in_first)
    _add_guards(app, web)
    return app


def _add_routes(app: FastAPI) -> None:
    api = APIRouter(prefix=API)
    for part in _PARTS:
        api.include_router(part.router)
    app.include_router(api)
    for pages in _PAGES:
        app.include_router(pages.router)


def _add_guards(app: FastAPI, web: Web) -> None:
    app.add_middleware(
        BodyLimit,
        large=web.studio.largest,
        large_paths=(library.UPLOAD_PATH, deciding_pages.UPLOAD_PATH),
        known=was_known,
        brought=(uploads.PREFIX, LARGEST),
        show=shown,
    )
    app.add_middleware(SameOrigin, address=web.address, show=shown)
    app.add_middleware(LastResort, show=shown)
    app.add_middleware(Compressed)
    app.add_middleware(SecurityHeaders, secure=web.secure)


def shown(request: Request, problem: HttpProblem) -> Response:
    """A problem document for programmes, a page for people."""
    if request.url.path.startswith(("/api/", "/assets/", uploads.PREFIX)):
        return answer(problem, language_of(request))
    return problem_page(request, problem)


def _sign_in_first(request: Request, asked: Exception) -> Response:
    assert isinstance(asked, SignInFirst)
    return entry_pages.sign_in_first(request, asked)
