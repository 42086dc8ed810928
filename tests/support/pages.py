"""Every page of the office as the table of ways has it, each with who opens it: a new page cannot be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.domain.values import Role
from controller.operations.acting import OPERATIONS
from controller.operations.rights import RIGHTS, Right
from tests.support.two_communes import Objects
from tests.support.ways import WAYS, Way

USUALLY = (
    Role.EDITOR, Role.APPROVER, Role.DUTY_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR, Role.TECHNICIAN,
)  # fmt: skip
"""Of the roles that may open a page the one that mostly does is the first of these."""

PAGES = tuple(way for way in WAYS if way.method == "GET" and not way.route.startswith("GET /api/"))
"""The ways that are pages of somebody who is signed in."""


@dataclass(frozen=True)
class Page:
    """An address, and the role that opens it."""

    path: str
    role: Role


def pages(objects: Objects) -> Iterator[Page]:
    """All pages that somebody opens who is signed in, about these objects; KeyError names a kind that is lacking."""
    return (Page(way.path(objects), usual(way)) for way in PAGES)


def usual(way: Way) -> Role:
    """Who opens a page, as a rule."""
    right = OPERATIONS[way.asks]
    may = frozenset(Role) if right is Right.OWN_ACCOUNT else RIGHTS[right]
    return next(role for role in USUALLY if role in may)
