"""Who is asking: a browser by its cookie, a programme by its bearer token."""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from controller.domain.problems import Problem
from controller.locale import N_
from controller.operations.acting import Actor, Once
from controller.operations.signing_in import (
    LONGEST,
    REMEMBERED,
    Entered,
    SignedIn,
    Visit,
    has_signed_in,
    signed_in,
    token_holder,
)
from controller.web.ports import Web
from controller.web.problems import HttpProblem

COOKIE, SECURE_COOKIE = "loa", "__Host-loa"
DEVICE, SECURE_DEVICE = "loa-device", "__Host-loa-device"
COOKIE_NAMES = (SECURE_COOKIE, COOKIE, SECURE_DEVICE, DEVICE)
IDEMPOTENCY = "idempotency-key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_LONGEST_SECRET = 200


def web_of(request: Request) -> Web:
    """What the application was made with."""
    web: Web = request.app.state.web
    return web


def address_of(request: Request) -> str | None:
    """The peer's address, for the audit and the throttle."""
    return request.client.host if request.client else None


def cookie_secret(request: Request) -> str | None:
    """The secret in a browser's cookie."""
    return request.cookies.get(SECURE_COOKIE if web_of(request).secure else COOKIE)


def visit_of(request: Request, remember: bool) -> Visit:
    """Where somebody signs in: address, browser, and the device as far as it is known."""
    device = request.cookies.get(SECURE_DEVICE if web_of(request).secure else DEVICE, "")[:_LONGEST_SECRET]
    browser = request.headers.get("user-agent", "")[:200]
    return Visit(address_of(request), browser, device or None, remember)


def set_cookies(response: Response, web: Web, entered: Entered) -> None:
    """Let the browser keep the secrets: no script reads them, no other site's form sends them.

    A browser that is not to be remembered forgets its sign-in when it is closed.
    """
    name = SECURE_COOKIE if web.secure else COOKIE
    _set(response, web, name, entered.secret, None if entered.device is None else LONGEST)
    if entered.device is not None:
        _set(response, web, SECURE_DEVICE if web.secure else DEVICE, entered.device, REMEMBERED)


def cookie_of(web: Web, entered: Entered) -> str:
    """A new sign-in as its browser will send it from now on."""
    return f"{SECURE_COOKIE if web.secure else COOKIE}={entered.secret}"


def _set(response: Response, web: Web, name: str, secret: str, lives: timedelta | None) -> None:
    age = None if lives is None else int(lives.total_seconds())
    response.set_cookie(name, secret, max_age=age, path="/", secure=web.secure, httponly=True, samesite="lax")


def drop_cookie(response: Response, web: Web) -> None:
    """Let the browser forget its sign-in; the device stays known."""
    response.delete_cookie(SECURE_COOKIE if web.secure else COOKIE, path="/", secure=web.secure, httponly=True)


def visitor(request: Request) -> SignedIn | None:
    """Who is asking, None for nobody known."""
    web = web_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return token_holder(web.office, token.strip()[:_LONGEST_SECRET])
    secret = cookie_secret(request)
    return signed_in(web.office, secret[:_LONGEST_SECRET]) if secret else None


def was_known(request: Request) -> bool:
    """Whether somebody known is asking, or one whose sign-in has run out: they sign in again, and lose nothing."""
    secret = cookie_secret(request)
    held = secret is not None and has_signed_in(web_of(request).office, secret[:_LONGEST_SECRET])
    return held or is_known(request)


def is_known(request: Request) -> bool:
    """Whether somebody known is asking."""
    return visitor(request) is not None


def required(who: SignedIn | None) -> SignedIn:
    """The person; 401 for nobody."""
    if who is None:
        headers = {"www-authenticate": 'Bearer realm="Loa"'}
        raise HttpProblem(401, "not_signed_in", N_("Sign in, or send a token that still counts."), headers=headers)
    return who


def person(who: Annotated[SignedIn | None, Depends(visitor)]) -> SignedIn:
    """Who is asking; 401 for nobody."""
    return required(who)


def reader(request: Request, who: Annotated[SignedIn, Depends(person)]) -> Actor:
    """The person as operations know them, for what changes nothing or may be done again without harm."""
    return who.actor(address_of(request))


async def writer(request: Request, who: Annotated[SignedIn, Depends(person)]) -> Actor:
    """The person as operations know them, with the Idempotency-Key that the request brings.

    Of an upload the request is told apart by its length: what it holds is told apart by the studio.
    """
    key = request.headers.get(IDEMPOTENCY)
    if key is None:
        return who.actor(address_of(request))
    if not _KEY.fullmatch(key):
        problem = Problem("Idempotency-Key", "malformed", N_("This is not written as it has to be."))
        raise HttpProblem(422, "invalid", problems=[problem])
    multipart = request.headers.get("content-type", "").startswith("multipart/")
    said = request.headers.get("content-length", "").encode() if multipart else await request.body()
    asked = f"{request.method} {request.url.path}\n".encode() + said
    # Keyed, because a body may hold a password: who has only the database can try none against it.
    request_sha256 = hmac.new(web_of(request).secret, asked, "sha256").hexdigest()
    actor = who.actor(address_of(request))
    return Actor(actor.person, actor.name, actor.address, Once(key, request_sha256))


Person = Annotated[SignedIn, Depends(person)]
Visitor = Annotated[SignedIn | None, Depends(visitor)]
Reader = Annotated[Actor, Depends(reader)]
Writer = Annotated[Actor, Depends(writer)]
WebPort = Annotated[Web, Depends(web_of)]
