"""Set-up, signing in and out, tokens, oneself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from controller.operations import account, people, setting_up, signing_in
from controller.operations.account import SignInView
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import Answer, Body, IdPath, Line, Made, Secret, Tongues
from controller.web.identity import (
    Person,
    Reader,
    WebPort,
    Writer,
    address_of,
    cookie_secret,
    drop_cookie,
    required,
    set_cookies,
    visit_of,
    visitor,
)
from controller.web.ports import Web

router = APIRouter(tags=["entry"])

Days = Annotated[int, Field(ge=1, le=400)]
Username = Annotated[str, StringConstraints(max_length=64)]


class SetUp(Body):
    """The one-time code, the topmost area, the first administrator."""

    code: Secret
    area: Line
    kind: Line = "xã"
    time_zone: Line = "Asia/Ho_Chi_Minh"
    languages: Tongues = ("vi",)
    name: Line
    username: Username
    password: Secret


class Credentials(Body):
    """Who signs in, and whether this browser is to be remembered: then it stays signed in for 30 days."""

    username: Username
    password: Secret
    remember: bool = False


class TokenWish(Body):
    """A token for the person who is signed in, or whose user name and password stand here."""

    name: Line
    days: Days = 90
    username: Username | None = None
    password: Secret | None = None


class NewToken(Answer):
    """The token's secret, shown this once."""

    token: str


class GrantAnswer(Answer):
    """A role in the branch below an area."""

    role: str
    area: str


class PersonAnswer(Answer):
    """Who is signed in."""

    id: str
    name: str
    username: str
    language: str
    grants: tuple[GrantAnswer, ...]


class SignInAnswer(Answer):
    """A browser in which one is signed in; `here`: the one that asks."""

    id: str
    browser: str | None
    address: str | None
    began: datetime
    seen: datetime
    ends: datetime
    remembered: bool
    here: bool

    @classmethod
    def of(cls, seen: SignInView, who: SignedIn) -> SignInAnswer:
        """A sign-in."""
        return cls(
            id=seen.id, browser=seen.browser, address=seen.address, began=seen.began, seen=seen.seen, ends=seen.ends,
            remembered=seen.remembered, here=seen.id == who.sign_in,
        )  # fmt: skip


class TokenAnswer(Answer):
    """A programme that speaks for one; its secret was shown once."""

    id: str
    name: str
    made: datetime
    ends: datetime
    used: datetime | None


class PasswordChange(Body):
    """The old password and the new one."""

    old: Secret
    new: Secret


class LanguageChoice(Body):
    """The language in which the office speaks to the person."""

    language: Annotated[str, StringConstraints(max_length=24)]


@router.get("/set-up")
def set_up_state(web: WebPort) -> dict[str, bool]:
    """Whether nobody is known yet, so that the one-time code is asked for."""
    return {"needed": setting_up.needs_setup(web.office)}


@router.post("/set-up", status_code=201)
def set_up(body: SetUp, request: Request, web: WebPort) -> Made:
    """The topmost area and its first administrator, by the one-time code of the first start."""
    person = setting_up.set_up(
        web.office, body.code, body.area, body.kind, body.time_zone, body.name, body.username, body.password,
        address_of(request), body.languages,
    )  # fmt: skip
    return Made(id=person)


@router.post("/sign-in")
def sign_in(body: Credentials, request: Request, response: Response, web: WebPort) -> PersonAnswer:
    """A cookie for a browser. Programmes ask for a token instead."""
    entered = signing_in.sign_in(web.office, body.username, body.password, visit_of(request, body.remember))
    set_cookies(response, web, entered)
    who = signing_in.signed_in(web.office, entered.secret)
    assert who is not None
    return shown(who)


@router.post("/sign-out", status_code=204)
def sign_out(request: Request, response: Response, web: WebPort) -> None:
    """Ends the browser's sign-in."""
    secret = cookie_secret(request)
    if secret:
        signing_in.sign_out(web.office, secret, address_of(request))
    drop_cookie(response, web)


@router.get("/me")
def me(who: Person) -> PersonAnswer:
    """Who is asking."""
    return shown(who)


@router.put("/me/password", status_code=204)
def change_password(body: PasswordChange, who: Person, actor: Writer, web: WebPort) -> None:
    """A new password; all tokens of the person end, and all sign-ins but the one that asks."""
    account.change_own_password(web.office, actor, body.old, body.new, who.sign_in)


@router.get("/me/sign-ins")
def sign_ins(who: Person, actor: Reader, web: WebPort) -> list[SignInAnswer]:
    """The browsers in which one is signed in, the latest seen first."""
    return [SignInAnswer.of(each, who) for each in account.sign_ins(web.office, actor)]


@router.delete("/me/sign-ins/{sign_in}", status_code=204)
def end_sign_in(sign_in: IdPath, actor: Writer, web: WebPort) -> None:
    """Signs oneself out in one browser, which is no longer a known device."""
    account.end_sign_in(web.office, actor, sign_in)


@router.get("/me/tokens")
def tokens(actor: Reader, web: WebPort) -> list[TokenAnswer]:
    """One's own tokens that still count."""
    return [TokenAnswer.model_validate(each) for each in account.tokens(web.office, actor)]


@router.put("/me/language", status_code=204)
def choose_language(body: LanguageChoice, actor: Writer, web: WebPort) -> None:
    """The language of the pages for this person."""
    people.set_language(web.office, actor, body.language)


@router.post("/tokens", status_code=201)
def make_token(body: TokenWish, request: Request, web: WebPort) -> NewToken:
    """A token for a programme. Its secret is shown this once, so it is not repeated under an Idempotency-Key."""
    who = _holder(body, request, web)
    token = signing_in.make_token(web.office, who.actor(address_of(request)), body.name, timedelta(days=body.days))
    return NewToken(token=token)


@router.delete("/tokens/{token}", status_code=204)
def revoke_token(token: IdPath, actor: Reader, web: WebPort) -> None:
    """Ends one of one's own tokens."""
    signing_in.revoke_token(web.office, actor, token)


def shown(who: SignedIn) -> PersonAnswer:
    """A person as the API shows them."""
    grants = tuple(GrantAnswer(role=grant.role.value, area=grant.area) for grant in who.grants)
    return PersonAnswer(id=who.person, name=who.name, username=who.username, language=who.language, grants=grants)


def _holder(body: TokenWish, request: Request, web: Web) -> SignedIn:
    """Who the token is for; a sign-in made only for this ends at once."""
    if body.username is None or body.password is None:
        return required(visitor(request))
    visit = visit_of(request, remember=False)
    secret = signing_in.sign_in(web.office, body.username, body.password, visit).secret
    who = signing_in.signed_in(web.office, secret)
    signing_in.sign_out(web.office, secret, visit.address)
    return required(who)
