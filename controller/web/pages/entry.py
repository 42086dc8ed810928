"""Coming in and going out by page: sign-in, set-up, sign-out, the language."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from controller.locale import LANGUAGES, sentence
from controller.operations import setting_up, signing_in
from controller.operations.errors import OperationError
from controller.web.api.entry import SetUp
from controller.web.failures import from_operation
from controller.web.identity import (
    Visitor,
    WebPort,
    address_of,
    cookie_of,
    cookie_secret,
    drop_cookie,
    set_cookies,
    visit_of,
)
from controller.web.language import COOKIE, language_of
from controller.web.pages.forms import Back, Fields, SignInFirst, Typed, kept, read, unkept
from controller.web.pages.rendering import page

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=200)]
_YEAR = 365 * 86_400
_SET_UP = ("code", "area", "kind", "name", "username", "password")


@router.get("/sign-in")
def sign_in_page(request: Request, who: Visitor, web: WebPort, next: str = "/") -> Response:  # noqa: A002 - the field's name in addresses and forms
    """The form; who is signed in goes on, and where nobody is known the set-up comes first."""
    if who is not None:
        return RedirectResponse(local(next), 303)
    if setting_up.needs_setup(web.office):
        return RedirectResponse("/set-up", 303)
    return _form(request, 200, next)


@router.post("/sign-in")
def sign_in(
    request: Request, form: Fields, web: WebPort, username: Text = "", password: Text = "", remember: Text = "",
    next: Text = "/",  # noqa: A002 - the field's name in addresses and forms
) -> Response:  # fmt: skip
    """Signs in, or says in a sentence why not. What was typed before the sign-in ran out comes back filled."""
    typed = unkept(form)
    try:
        entered = signing_in.sign_in(web.office, username, password, visit_of(request, bool(remember)))
    except OperationError as error:
        return _form(request, from_operation(error).status_code, next, typed, username, _said(request, error), remember)
    answer = Back(request, local(next), cookie_of(web, entered), typed) if typed else RedirectResponse(local(next), 303)
    set_cookies(answer, web, entered)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, web: WebPort) -> Response:
    """Signs out."""
    secret = cookie_secret(request)
    if secret:
        signing_in.sign_out(web.office, secret, address_of(request))
    answer = RedirectResponse("/sign-in", 303)
    drop_cookie(answer, web)
    return answer


@router.get("/set-up")
def set_up_page(request: Request, web: WebPort) -> Response:
    """The form of the first start."""
    if not setting_up.needs_setup(web.office):
        return RedirectResponse("/sign-in", 303)
    given = {**dict.fromkeys(_SET_UP, ""), "kind": "xã"}
    return page(request, "set_up.html", given=given, errors=dict.fromkeys(_SET_UP, ""), wrong="")


@router.post("/set-up")
def set_up(request: Request, typed: Fields, web: WebPort) -> Response:
    """The first administrator comes in."""
    try:
        wish = read(SetUp, {name: typed.get(name, "") for name in _SET_UP})
        setting_up.set_up(
            web.office, wish.code, wish.area, wish.kind, wish.time_zone, wish.name, wish.username, wish.password,
            address_of(request),
        )  # fmt: skip
        entered = signing_in.sign_in(web.office, wish.username, wish.password, visit_of(request, remember=False))
    except OperationError as error:
        return _set_up_again(request, typed, error)
    answer = RedirectResponse("/", 303)
    set_cookies(answer, web, entered)
    return answer


def _set_up_again(request: Request, typed: Typed, error: OperationError) -> Response:
    said = {each.where: sentence(language_of(request), each.message, each.params) for each in error.problems}
    errors = {name: said.get(name, "") for name in _SET_UP}
    wrong = "" if any(errors.values()) else _said(request, error)
    given = {name: typed.get(name, "") for name in _SET_UP}
    return page(request, "set_up.html", 422, given=given, errors=errors, wrong=wrong)


@router.post("/language")
def choose_language(language: Text = "vi", next: Text = "/") -> Response:  # noqa: A002 - the field's name in addresses and forms
    """The language of the pages in this browser."""
    answer = RedirectResponse(local(next), 303)
    if language in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=_YEAR, path="/", samesite="lax")
    return answer


def sign_in_first(request: Request, asked: SignInFirst) -> Response:
    """Who is not signed in signs in first, and comes back; what they typed goes along."""
    if request.method != "GET":
        return _form(request, 401, asked.typed.get("here", "/"), asked.typed)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/sign-in?next={quote(request.url.path + query)}", 303)


def _form(
    request: Request, status: int, next_: str, typed: Typed | None = None, username: str = "", wrong: str = "",
    remember: str = "1",
) -> Response:  # fmt: skip
    return page(
        request, "sign_in.html", status, username=username, wrong=wrong, next=local(next_), remember=remember,
        kept=kept(typed or {}),
    )  # fmt: skip


def _said(request: Request, error: OperationError) -> str:
    return " ".join(sentence(language_of(request), each.message, each.params) for each in error.problems)


def local(address: str) -> str:
    """An address of our own pages; all else is the first page."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if plain and address.isprintable() else "/"
