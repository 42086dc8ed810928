"""What stands around every page of somebody who is signed in: their place, their name, and the ways to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import Request

from controller.domain.tree import tier, time_zone
from controller.domain.values import Area, Grant, Tree
from controller.locale import N_, sentence
from controller.operations import reading
from controller.operations.errors import NotAllowed
from controller.operations.rights import RIGHTS, Right
from controller.operations.signing_in import SignedIn
from controller.web.identity import address_of
from controller.web.language import language_of
from controller.web.ports import Web

_NOWHERE = ZoneInfo("Asia/Ho_Chi_Minh")
_MENU = (
    ("/", N_("Today"), Right.READ),
    ("/people", N_("People"), Right.PEOPLE),
    ("/audit", N_("Log"), Right.AUDIT),
    ("/account", N_("My account"), Right.OWN_ACCOUNT),
)


@dataclass(frozen=True)
class Way:
    """An entry of the menu."""

    address: str
    name: str
    here: bool


@dataclass(frozen=True)
class Frame:
    """The person, the topmost place in which they have a role, its time zone, and the pages that they may open."""

    person: str
    place: str
    zone: ZoneInfo
    menu: tuple[Way, ...]


def frame_of(request: Request, web: Web, who: SignedIn) -> Frame:
    """The frame of a page; who has no role has no place, only an account."""
    try:
        tree = reading.tree(web.office, who.actor(address_of(request)))
    except NotAllowed:
        return Frame(who.name, "", _NOWHERE, _menu(request, who))
    top = topmost(tree, who.grants)
    return Frame(who.name, top.name, time_zone(tree, top.id), _menu(request, who))


def topmost(tree: Tree, grants: Iterable[Grant]) -> Area:
    """The area under whose name the pages stand: the highest in which the person has a role."""
    held = [grant.area for grant in grants if grant.area in tree.areas]
    return tree.areas[min(held, key=lambda area: (tier(tree, area), area))]


def holds(grants: Iterable[Grant], right: Right) -> bool:
    """Whether the person has a right anywhere."""
    return right is Right.OWN_ACCOUNT or any(grant.role in RIGHTS[right] for grant in grants)


def _menu(request: Request, who: SignedIn) -> tuple[Way, ...]:
    here, language = request.url.path, language_of(request)
    return tuple(
        Way(address, sentence(language, name), here == address or (address != "/" and here.startswith(address + "/")))
        for address, name, right in _MENU
        if holds(who.grants, right)
    )
