"""Answers in fewer bytes: what is text and comes in one piece goes out as gzip to who takes it.

Sound, parts of files and whatever comes piece by piece pass as they are. Pages hold no lasting secret, and what another
site asks for is not compressed; that lengths tell nothing of the rest either, each answer gets a random surplus.
"""

from __future__ import annotations

import gzip
import io
import secrets

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 700
"""A shorter answer fits into one packet anyway."""
LEVEL = 9
PADDING = 24
"""How many bytes at most are added to an answer at random."""
_TEXT = ("text/html", "text/css", "text/javascript", "application/json", "application/problem+json", "image/svg+xml")
_LARGE = 100_000


class Compressed:
    """Compresses the answers of what stands inside it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; the answer is compressed where that is wanted and worth it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Answer(send, _takes_gzip(Headers(scope=scope))))


class _Answer:
    """Holds an answer's head back until its first piece tells whether that is all."""

    def __init__(self, send: Send, wanted: bool) -> None:
        self._send = send
        self._wanted = wanted
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_text(message):
            MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            if self._wanted and _whole(message):
                message = await _smaller(head, message)
            await self._send(head)
        await self._send(message)


def compressed(body: bytes) -> bytes:
    """The body as gzip, with a random surplus in the name that gzip allows for."""
    target = io.BytesIO()
    surplus = secrets.token_hex(PADDING)[: secrets.randbelow(PADDING) + 1]
    with gzip.GzipFile(surplus, "wb", LEVEL, target, mtime=0) as file:
        file.write(body)
    return target.getvalue()


def _takes_gzip(headers: Headers) -> bool:
    if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return False
    offers = [offer.partition(";") for offer in headers.get("accept-encoding", "").lower().split(",")]
    return any(name.strip() == "gzip" and more.replace(" ", "") not in ("q=0", "q=0.0") for name, _, more in offers)


def _is_text(head: Message) -> bool:
    headers = Headers(raw=head["headers"])
    kind = headers.get("content-type", "").partition(";")[0].strip()
    return kind in _TEXT and head["status"] != 206 and "content-encoding" not in headers


def _whole(message: Message) -> bool:
    body = message.get("body", b"")
    return message["type"] == "http.response.body" and not message.get("more_body", False) and len(body) >= SMALLEST


async def _smaller(head: Message, message: Message) -> Message:
    body: bytes = message["body"]
    small = await run_in_threadpool(compressed, body) if len(body) > _LARGE else compressed(body)
    headers = MutableHeaders(scope=head)
    headers["content-encoding"], headers["content-length"] = "gzip", str(len(small))
    del headers["accept-ranges"]
    if "etag" in headers and not headers["etag"].startswith("W/"):
        headers["etag"] = f"W/{headers['etag']}"
    return {**message, "body": small}
