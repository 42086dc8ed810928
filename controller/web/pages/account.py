"""One's own account: password, and where one is signed in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from controller.domain.values import Tree
from controller.locale import N_, sentence
from controller.operations import account, pins, reading, signing_in
from controller.operations.errors import NotAllowed, OperationError
from controller.operations.signing_in import SignedIn
from controller.web.api.alarms import NewPin
from controller.web.api.entry import PasswordChange
from controller.web.api.fields import IdPath
from controller.web.browsers import browser_words
from controller.web.formats import moment
from controller.web.identity import WebPort, address_of, drop_cookie
from controller.web.language import language_of
from controller.web.pages.forms import Author, Given, Signed, again, given_of
from controller.web.pages.frame import Frame, frame_of
from controller.web.pages.rendering import after, page
from controller.web.ports import Web
from controller.web.staff_words import role_word

router = APIRouter(include_in_schema=False)

_DONE = {
    "password": N_("The new password counts. You were signed out everywhere else."),
    "pin": N_("The new PIN counts."),
    "ended": N_("You are signed out there."),
    "others": N_("You are signed out everywhere else."),
    "revoked": N_("This programme comes in no more."),
}


@router.get("/account")
def account_page(request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """Who one is here, and the form for a new password."""
    return _shown(request, web, who, given_of(request), done=done)


@router.post("/account")
def change_password(request: Request, writing: Author, web: WebPort) -> Response:
    """A new password; all other sign-ins end."""
    try:
        wish = writing.read(PasswordChange)
        account.change_own_password(web.office, writing.actor, wish.old, wish.new, writing.who.sign_in)
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _shown(request, web, writing.who, given, status))
    return after("/account", "password")


@router.post("/account/pin")
def set_pin(request: Request, writing: Author, web: WebPort) -> Response:
    """A new PIN, by one's password."""
    try:
        wish = writing.read(NewPin)
        pins.set_pin(web.office, writing.actor, wish.password, wish.pin)
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _shown(request, web, writing.who, given, status))
    return after("/account", "pin")


@router.get("/account/devices")
def devices(request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """Where one is signed in, and the programmes that come in by a token."""
    frame, language, actor = frame_of(request, web, who), language_of(request), who.actor(address_of(request))
    seen = [
        {
            "id": each.id,
            "name": browser_words(each.browser or "", language),
            "here": each.id == who.sign_in,
            "address": each.address,
            "began": moment(each.began, frame.zone, language),
            "seen": moment(each.seen, frame.zone, language),
            "ends": moment(each.ends, frame.zone, language) if each.remembered else "",
        }
        for each in account.sign_ins(web.office, actor)
    ]
    held = [
        {"id": each.id, "name": each.name, "ends": moment(each.ends, frame.zone, language)}
        for each in account.tokens(web.office, actor)
    ]
    return page(request, "devices.html", frame=frame, devices=seen, tokens=held, done=_said(request, done))


@router.post("/account/devices/{sign_in}/end")
def end_device(sign_in: IdPath, writing: Author, web: WebPort) -> Response:
    """Signs oneself out in one browser."""
    account.end_sign_in(web.office, writing.actor, sign_in)
    if sign_in != writing.who.sign_in:
        return after("/account/devices", "ended")
    answer = RedirectResponse("/sign-in", 303)
    drop_cookie(answer, web)
    return answer


@router.post("/account/devices/end-others")
def end_other_devices(writing: Author, web: WebPort) -> Response:
    """Signs oneself out everywhere else."""
    account.end_other_sign_ins(web.office, writing.actor, writing.who.sign_in)
    return after("/account/devices", "others")


@router.post("/account/tokens/{token}/revoke")
def revoke(token: IdPath, writing: Author, web: WebPort) -> Response:
    """Ends one of one's tokens."""
    signing_in.revoke_token(web.office, writing.actor, token)
    return after("/account/devices", "revoked")


def _shown(request: Request, web: Web, who: SignedIn, given: Given, status: int = 200, done: str = "") -> Response:
    frame: Frame = frame_of(request, web, who)
    return page(
        request, "account.html", status, frame=frame, who=who, roles=_roles(request, web, who), given=given,
        done=_said(request, done), has_pin=pins.has_pin(web.office, who.actor(address_of(request))),
    )  # fmt: skip


def _roles(request: Request, web: Web, who: SignedIn) -> list[tuple[str, str]]:
    try:
        tree: Tree = reading.tree(web.office, who.actor(address_of(request)))
    except NotAllowed:
        return []
    held = [grant for grant in who.grants if grant.area in tree.areas]
    return [(role_word(grant.role, language_of(request)), tree.areas[grant.area].name) for grant in held]


def _said(request: Request, done: str) -> str:
    return sentence(language_of(request), _DONE.get(done, ""))
