"""What stands before every request: the size and depth of bodies, where a write comes from, what a browser may do.

Plain ASGI, so that a refused request costs nothing further in.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.locale import N_
from controller.web.identity import COOKIE_NAMES
from controller.web.problems import HttpProblem

log = logging.getLogger(__name__)

Show = Callable[[Request, HttpProblem], Response]
"""A problem as an answer: a document for programmes, a page for people."""

SMALL_BODY = 256 * 1024
MULTIPART_EXTRA = 64 * 1024
DEEPEST = 32
_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{\]}]', re.DOTALL)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME = frozenset({"same-origin", "none"})

_PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}


class SecurityHeaders:
    """Every answer tells the browser what it may do; what is not said to be kept is not kept."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        self._headers = dict(_PAGE_HEADERS)
        if secure:
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the headers added to the answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class LastResort:
    """What nobody foresaw is logged, and answered like any other failure while nothing was answered yet."""

    def __init__(self, app: ASGIApp, show: Show) -> None:
        self._app = app
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; a failure becomes an answer."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            log.exception("%s %s", scope["method"], scope["path"])
            problem = HttpProblem(500, "bug", N_("This should not have happened. It stands in the office's log."))
            await self._show(Request(scope), problem)(scope, receive, send)


class SameOrigin:
    """A write that rides on a browser's cookie must come from our own pages, at `address` or at the host asked for."""

    def __init__(self, app: ASGIApp, address: str, show: Show) -> None:
        self._app = app
        self._show = show
        self._own = urlsplit(address).netloc.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in _SAFE and not _allowed(scope, self._own):
            message = N_("This request came from another site and was not carried out.")
            await _refuse(self._show, HttpProblem(403, "foreign_origin", message), scope, receive, send)
            return
        await self._app(scope, receive, send)


async def _refuse(show: Show, problem: HttpProblem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer like any other failure; the page around it asks the database, which must not hold up the others."""
    refusal = await run_in_threadpool(show, Request(scope), problem)
    await refusal(scope, receive, send)


def _allowed(scope: Scope, own: str) -> bool:
    headers = Headers(scope=scope)
    if "authorization" in headers and not _has_cookie(headers):
        return True
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in _SAME:
        return False
    if origin is not None:
        return origin.lower().partition("://")[2] in (own, headers.get("host", "").lower())
    return site is not None or not _has_cookie(headers)


def _has_cookie(headers: Headers) -> bool:
    cookies = headers.get("cookie", "")
    return any(f"{name}=" in cookies for name in COOKIE_NAMES)


def _too_big(limit: int) -> HttpProblem:
    # Without hanging up, the server would go on reading what is still being sent.
    message, hang_up = N_("The request is larger than {bytes} bytes."), {"connection": "close"}
    return HttpProblem(413, "too_big", message, {"bytes": str(limit)}, headers=hang_up)


class BodyLimit:
    """Bodies are bounded before they are read: small everywhere, large where somebody known uploads sound.

    `brought`: below this prefix nodes PUT files of so many bytes at most; who they are is asked before they are read.
    """

    def __init__(
        self,
        app: ASGIApp,
        large: int,
        large_paths: Iterable[str],
        known: Callable[[Request], bool],
        brought: tuple[str, int],
        show: Show,
    ) -> None:
        self._app = app
        self._show = show
        self._large = large + MULTIPART_EXTRA
        self._large_paths = frozenset(large_paths)
        self._known = known
        self._brought = brought

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with a counted body, or answer 413 or 400."""
        if scope["type"] != "http" or scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        prefix, most = self._brought
        brought = scope["method"] == "PUT" and scope["path"].startswith(prefix)
        known = scope["path"] in self._large_paths and await run_in_threadpool(self._known, Request(scope))
        large, limit = known or brought, self._large if known else most if brought else SMALL_BODY
        too_big = _too_big(limit)
        if _declared(scope) > limit:
            await _refuse(self._show, too_big, scope, receive, send)
            return
        if large:
            await self._app(scope, _counted(receive, limit, too_big), send)
            return
        body = await _whole(receive, limit)
        if body is None:
            await _refuse(self._show, too_big, scope, receive, send)
        elif _is_json(scope) and depth(body) > DEEPEST:
            problem = HttpProblem(
                400, "too_deep", N_("The JSON is nested deeper than {levels} levels."), {"levels": str(DEEPEST)}
            )
            await _refuse(self._show, problem, scope, receive, send)
        else:
            await self._app(scope, _replayed(body, receive), send)


def depth(body: bytes) -> int:
    """How deep the brackets of a JSON text nest; those inside strings do not count."""
    level = deepest = 0
    for mark in _MARKS.findall(body):
        if mark in (b"[", b"{"):
            level += 1
            deepest = max(deepest, level)
        elif mark in (b"]", b"}"):
            level -= 1
    return deepest


def _counted(receive: Receive, limit: int, too_big: HttpProblem) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise too_big
        return message

    return counted


async def _whole(receive: Receive, limit: int) -> bytes | None:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > limit:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _declared(scope: Scope) -> int:
    text = Headers(scope=scope).get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _is_json(scope: Scope) -> bool:
    return "json" in Headers(scope=scope).get("content-type", "json")
