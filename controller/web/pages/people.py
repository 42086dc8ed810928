"""People and their roles, for administrators."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.domain.tree import path, tier
from controller.domain.values import AreaId, PersonId, Role, Tree
from controller.locale import N_, sentence
from controller.operations import people, reading
from controller.operations.errors import OperationError, not_found
from controller.operations.reading import PersonView
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import IdPath
from controller.web.api.staff import NewGrant, NewPassword, NewPerson
from controller.web.formats import natural
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.forms import Author, Given, Signed, Writing, again, given_of
from controller.web.pages.frame import frame_of
from controller.web.pages.rendering import after, page
from controller.web.ports import Web
from controller.web.staff_words import ROLES, role_word

router = APIRouter(include_in_schema=False)

_DONE = {
    "added": N_("Added."),
    "granted": N_("The role counts from now on."),
    "revoked": N_("The role was taken away."),
    "password": N_("The new password counts; all their sign-ins have ended."),
    "ended": N_("They come in no more."),
}


@router.get("/people")
def people_page(request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """Those who have a role where one administers."""
    found = reading.people(web.office, who.actor(address_of(request)))
    tree = reading.tree(web.office, who.actor(address_of(request)))
    rows = [_row(each, tree, language_of(request)) for each in sorted(found, key=lambda each: natural(each.name))]
    said = sentence(language_of(request), _DONE.get(done, ""))
    return page(request, "people.html", frame=frame_of(request, web, who), people=rows, done=said)


@router.get("/people/new")
def new_person_page(request: Request, who: Signed, web: WebPort) -> Response:
    """The form for a new person."""
    return _form(request, web, who, given_of(request))


@router.post("/people/new")
def add_person(request: Request, writing: Author, web: WebPort) -> Response:
    """A new person with a first role."""
    try:
        wish = writing.read(NewPerson)
        made = people.add_person(
            web.office, writing.actor, AreaId(wish.area), wish.role, wish.name, wish.username, wish.password
        )
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _form(request, web, writing.who, given, status))
    return after(f"/people/{made}", "added")


@router.get("/people/{person}")
def person_page(person: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """One person: roles, password, end of access."""
    return _person(request, web, who, person, given_of(request), done=done)


@router.post("/people/{person}/roles")
def grant_role(person: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """A further role."""
    try:
        wish = writing.read(NewGrant)
        people.grant_role(web.office, writing.actor, PersonId(person), wish.role, AreaId(wish.area))
    except OperationError as error:
        return _again(request, web, writing, person, error)
    return after(f"/people/{person}", "granted")


@router.post("/people/{person}/roles/{grant}/revoke")
def revoke_role(person: IdPath, grant: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Takes a role away."""
    try:
        people.revoke_role(web.office, writing.actor, grant)
    except OperationError as error:
        return _again(request, web, writing, person, error)
    left = any(each.id == person for each in reading.people(web.office, writing.actor))
    return after(f"/people/{person}" if left else "/people", "revoked")


@router.post("/people/{person}/password")
def set_password(person: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """A new password for somebody."""
    try:
        people.set_password(web.office, writing.actor, PersonId(person), writing.read(NewPassword).password)
    except OperationError as error:
        return _again(request, web, writing, person, error)
    return after(f"/people/{person}", "password")


@router.post("/people/{person}/end")
def end_person(person: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Ends somebody's access."""
    try:
        people.disable_person(web.office, writing.actor, PersonId(person))
    except OperationError as error:
        return _again(request, web, writing, person, error)
    return after("/people", "ended")


def _again(request: Request, web: Web, writing: Writing, person: str, error: OperationError) -> Response:
    return again(
        request, writing, error, lambda given, status: _person(request, web, writing.who, person, given, status)
    )


def _form(request: Request, web: Web, who: SignedIn, given: Given, status: int = 200) -> Response:
    choices = _choices(request, web, who)
    return page(request, "person_new.html", status, frame=frame_of(request, web, who), given=given, **choices)


def _person(
    request: Request, web: Web, who: SignedIn, person: str, given: Given, status: int = 200, done: str = ""
) -> Response:
    actor = who.actor(address_of(request))
    found = next((each for each in reading.people(web.office, actor) if each.id == person), None)
    if found is None:
        raise not_found("person")
    row = _row(found, reading.tree(web.office, actor), language_of(request))
    said = sentence(language_of(request), _DONE.get(done, ""))
    return page(
        request, "person.html", status, frame=frame_of(request, web, who), one=row, given=given, done=said,
        **_choices(request, web, who),
    )  # fmt: skip


def _choices(request: Request, web: Web, who: SignedIn) -> dict[str, Any]:
    """Roles, and the areas in which the person may give them, each under its parent."""
    actor = who.actor(address_of(request))
    tree, allowed = reading.tree(web.office, actor), people.areas_to_give(web.office, actor)
    mine = [area for area in tree.areas.values() if area.id in allowed]
    ordered = sorted(mine, key=lambda area: [natural(step.name) for step in path(tree, area.id)])
    language = language_of(request)
    roles = [(role.value, sentence(language, name), sentence(language, what)) for role, (name, what) in ROLES.items()]
    return {"roles": roles, "areas": [(area.id, "\u2003" * tier(tree, area.id) + area.name) for area in ordered]}


def _row(seen: PersonView, tree: Tree, language: str) -> dict[str, Any]:
    grants = [
        {"id": id_, "role": role_word(Role(grant.role), language), "area": tree.areas[grant.area].name}
        for id_, grant in seen.grants
        if grant.area in tree.areas
    ]
    return {"id": seen.id, "name": seen.name, "username": seen.username, "ended": seen.disabled, "grants": grants}
