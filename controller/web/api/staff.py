"""People and their roles."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import StringConstraints

from controller.domain.values import AreaId, PersonId, Role
from controller.operations import people
from controller.web.api.fields import Body, Id, IdPath, Line, Made, Secret
from controller.web.identity import WebPort, Writer

router = APIRouter(tags=["people"])


class NewPerson(Body):
    """A person with a first role in the branch below an area."""

    area: Id
    role: Role
    name: Line
    username: Annotated[str, StringConstraints(max_length=64)]
    password: Secret | None = None
    pen_name: Line | None = None
    language: Literal["vi", "en"] = "vi"


class NewGrant(Body):
    """A further role."""

    role: Role
    area: Id


class NewPassword(Body):
    """A new password for somebody."""

    password: Secret


@router.post("/people", status_code=201)
def add_person(body: NewPerson, actor: Writer, web: WebPort) -> Made:
    """A new person."""
    made = people.add_person(
        web.office, actor, AreaId(body.area), body.role, body.name, body.username, body.password, body.pen_name,
        body.language,
    )  # fmt: skip
    return Made(id=made)


@router.post("/people/{person}/grants", status_code=201)
def grant_role(person: IdPath, body: NewGrant, actor: Writer, web: WebPort) -> Made:
    """A further role for a person."""
    return Made(id=people.grant_role(web.office, actor, PersonId(person), body.role, AreaId(body.area)))


@router.delete("/grants/{grant}", status_code=204)
def revoke_role(grant: IdPath, actor: Writer, web: WebPort) -> None:
    """Takes a role away."""
    people.revoke_role(web.office, actor, grant)


@router.put("/people/{person}/password", status_code=204)
def set_password(person: IdPath, body: NewPassword, actor: Writer, web: WebPort) -> None:
    """A new password; the person's sign-ins and tokens end."""
    people.set_password(web.office, actor, PersonId(person), body.password)


@router.delete("/people/{person}", status_code=204)
def disable_person(person: IdPath, actor: Writer, web: WebPort) -> None:
    """Ends a person's sign-ins, tokens and roles; what they did stays."""
    people.disable_person(web.office, actor, PersonId(person))
