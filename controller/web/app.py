"""The application: guards, API, pages, failures."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from controller.web import files
from controller.web.api import broadcasts, entry, library, now, places, showing, staff
from controller.web.failures import add_handlers
from controller.web.guards import BodyLimit, SameOrigin, SecurityHeaders
from controller.web.pages import entry as entry_pages
from controller.web.pages import today
from controller.web.pages.rendering import problem_page
from controller.web.ports import Web

API = "/api/v1"


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
    api = APIRouter(prefix=API)
    for part in (entry, places, staff, library, broadcasts, now, showing):
        api.include_router(part.router)
    app.include_router(api)
    for pages in (files, entry_pages, today):
        app.include_router(pages.router)
    add_handlers(app, problem_page)
    app.add_middleware(BodyLimit, large=web.studio.largest, large_paths=(library.UPLOAD_PATH,))
    app.add_middleware(SameOrigin)
    app.add_middleware(SecurityHeaders, secure=web.secure)
    return app
