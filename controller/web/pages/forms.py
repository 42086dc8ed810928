"""Forms that lose nothing: what was typed comes back filled, with what is wrong, and after signing in again."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from controller.locale import sentence
from controller.operations.acting import Actor, Once
from controller.operations.errors import Invalid, OperationError
from controller.operations.signing_in import SignedIn
from controller.web.failures import from_operation
from controller.web.identity import Visitor, address_of
from controller.web.language import language_of
from controller.web.pages.problem import problem_page
from controller.web.validation import from_validation

Typed = Mapping[str, str]
Model = TypeVar("Model", bound=BaseModel)

SECRETS = frozenset({"password", "old", "new", "pin"})
"""Fields that are never given back."""
_WORDS = frozenset({"title", "text", "note", "why", "name", "programme_name", "zone_name", "except", "month_days"})
_OURS = frozenset({"once", "here"})
_KEPT = "kept."


@dataclass(frozen=True)
class Given:
    """What a form is filled with: what was typed, what is wrong by field, and what is wrong beside the fields."""

    typed: Typed = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    again: bool = False

    def value(self, name: str, usual: str = "") -> str:
        """What stands in a field."""
        return usual if name in SECRETS else self.typed.get(name, usual)

    def error(self, name: str) -> str:
        """What is wrong with a field, "" if nothing."""
        return self.errors.get(name, "")


@dataclass(frozen=True)
class Writing:
    """A form that somebody known has posted."""

    who: SignedIn
    actor: Actor
    typed: Typed

    def read(self, model: type[Model]) -> Model:
        """The fields as a model has them. Raises Invalid, each problem naming its field."""
        return read(model, {name: value for name, value in self.typed.items() if name not in _OURS})


def read(model: type[Model], typed: Mapping[str, Any]) -> Model:
    """What was typed, as a model has it. Raises Invalid, each problem naming its field."""
    try:
        return model.model_validate(typed)
    except ValidationError as error:
        raise Invalid(*from_validation(error.errors()).problems) from error


class SignInFirst(Exception):
    """Nobody known is asking; what they typed is kept."""

    def __init__(self, typed: Typed) -> None:
        super().__init__("nobody is signed in")
        self.typed = typed


def reader(request: Request, who: Visitor) -> SignedIn:
    """Who reads a page; nobody known signs in first, and comes back."""
    if who is None:
        raise SignInFirst({})
    return who


async def fields(request: Request) -> AsyncIterator[Typed]:
    """The texts of a posted form; its files are gone when it is answered."""
    async with request.form() as form:
        yield {name: value for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[Typed, Depends(fields)]


def author(request: Request, who: Visitor, typed: Fields) -> Writing:
    """Who posts a form. The same form with the same content again, by a second press, is the same request."""
    if who is None:
        raise SignInFirst(typed)
    said = "\n".join(f"{name}={value}" for name, value in sorted(typed.items()) if name not in SECRETS)
    key = hashlib.sha256(f"{request.url.path}\n{said}".encode()).hexdigest()
    once = Once(f"form-{key}", key) if typed.get("once") else None
    return Writing(who, replace(who.actor(address_of(request)), once=once), typed)


Signed = Annotated[SignedIn, Depends(reader)]
Author = Annotated[Writing, Depends(author)]


def given_of(request: Request) -> Given:
    """What a page's form is filled with: nothing, or what was typed before the sign-in ran out."""
    return getattr(request.state, "given", None) or Given()


def again(
    request: Request, writing: Writing, error: OperationError, show: Callable[[Given, int], Response]
) -> Response:
    """The form as it was typed, with what is wrong. Where the page is no longer theirs, the texts alone."""
    language, problem = language_of(request), from_operation(error)
    said = [(each.where, sentence(language, each.message, each.params)) for each in error.problems]
    errors = {where: text for where, text in said if where in writing.typed}
    wrong = " ".join(text for where, text in said if where not in writing.typed)
    try:
        return show(Given(writing.typed, errors, wrong), problem.status_code)
    except OperationError:
        return problem_page(request, problem, shown_typed(writing.typed))


def shown_typed(typed: Typed) -> tuple[str, ...]:
    """The words that a person typed: what was chosen from a list, or lay hidden in the form, says nothing to them."""
    return tuple(value for name, value in typed.items() if name in _WORDS and value.strip())


def kept(typed: Typed) -> tuple[tuple[str, str], ...]:
    """What was typed, as hidden fields of the sign-in form."""
    return tuple((f"{_KEPT}{name}", value) for name, value in typed.items() if name not in SECRETS)


def unkept(typed: Typed) -> Typed:
    """The fields of the form before, out of those of the sign-in form."""
    return {name.removeprefix(_KEPT): value for name, value in typed.items() if name.startswith(_KEPT)}


class Back(Response):
    """The answer to a sign-in in mid-form: the page where it was typed, filled, as its reader gets it by GET."""

    def __init__(self, request: Request, address: str, cookie: str, typed: Typed) -> None:
        super().__init__()
        self._app = request.app.router
        self._address, self._cookie, self._typed = urlsplit(address), cookie, typed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the page for its answer, and add the cookies of the sign-in."""
        cookies = [header for header in self.raw_headers if header[0] == b"set-cookie"]

        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *cookies]}
            await send(message)

        await self._app(self._inner(scope), receive, with_cookies)

    def _inner(self, scope: Scope) -> Scope:
        gone = (b"cookie", b"content-length", b"content-type")
        headers = [header for header in scope["headers"] if header[0] not in gone]
        others = [value for name, value in scope["headers"] if name == b"cookie"]
        headers.append((b"cookie", b"; ".join([*others, self._cookie.encode()])))
        path = self._address.path
        fresh = {name: value for name, value in scope.items() if name not in ("route", "endpoint", "path_params")}
        return fresh | {
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": self._address.query.encode(),
            "headers": headers,
            "state": {**scope.get("state", {}), "given": Given(self._typed, again=True)},
        }
