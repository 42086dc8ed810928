"""What stands around every page of somebody who is signed in: their place, their name, and the ways to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import Request

from controller.domain.tree import tier, time_zone
from controller.domain.values import Area, Grant, Tree
from controller.locale import N_, sentence
from controller.operations import muted
from controller.operations.errors import NotAllowed
from controller.operations.rights import RIGHTS, Right
from controller.operations.signing_in import SignedIn
from controller.web.identity import address_of
from controller.web.language import language_of
from controller.web.pages.alarm_bar import NO_ALARMS, AlarmBar, alarm_bar
from controller.web.pages.mute_view import NO_BAR, MuteBar, mute_bar
from controller.web.pages.rendering import NOWHERE
from controller.web.ports import Web

_MENU = (
    ("/", "today", N_("Today"), Right.READ),
    ("/week", "week", N_("Timetable"), Right.READ),
    ("/decide", "write", N_("Compose"), Right.SUBMIT),
    ("/approvals", "approve", N_("Approvals"), Right.WITHDRAW),
    ("/silences", "quiet", N_("Silences"), Right.MUTE),
    ("/loudspeakers", "horn", N_("Loudspeakers"), Right.READ),
    ("/people", "people", N_("People"), Right.PEOPLE),
    ("/times", "week", N_("Hours of the day"), Right.AREAS),
    ("/audit", "log", N_("Log"), Right.AUDIT),
    ("/account", "people", N_("My account"), Right.OWN_ACCOUNT),
)
_BELONGS = {
    "/airings": "/week",
    "/broadcasts": "/week",
    "/tomorrow": "/week",
    "/withdrawn": "/week",
    "/standing": "/approvals",
    "/mute": "/silences",
    "/areas": "/times",
}
"""Pages without an entry of their own, by how their address begins, and the entry under which they stand."""
_FIRST = 4
"""How many entries a phone's bar has place for, beside the one that opens the others."""


@dataclass(frozen=True)
class Way:
    """An entry of the menu. `here`: "page" where it is this page, "true" where this page stands under it."""

    address: str
    sign: str
    name: str
    here: str


@dataclass(frozen=True)
class Frame:
    """The person, the topmost place in which they have a role, its time zone, and the pages that they may open."""

    person: str
    place: str
    zone: ZoneInfo
    menu: tuple[Way, ...]
    mute: MuteBar
    alarm: AlarmBar
    first: int = _FIRST

    @property
    def in_rest(self) -> bool:
        """Whether this page is among the entries for which a phone's bar has no place."""
        return any(way.here for way in self.menu[self.first :])


def frame_of(request: Request, web: Web, who: SignedIn) -> Frame:
    """The frame of a page; who has no role has no place, only an account."""
    try:
        return frame_around(request, web, who, muted.surroundings(web.office, who.actor(address_of(request))))
    except NotAllowed:
        return Frame(who.name, "", NOWHERE, _menu(request, who), NO_BAR, NO_ALARMS)


def frame_around(request: Request, web: Web, who: SignedIn, around: muted.Surroundings) -> Frame:
    """The frame of a page that knows its surroundings already."""
    top = topmost(around.tree, who.grants)
    zone = time_zone(around.tree, top.id)
    may, now = holds(who.grants, Right.MUTE), web.office.clock()
    language = language_of(request)
    bar = mute_bar(around, may, now, zone, language, _back(request))
    alarms = alarm_bar(around.alarms, holds(who.grants, Right.ALARM), now, zone, language)
    return Frame(who.name, top.name, zone, _menu(request, who), bar, alarms)


def _back(request: Request) -> str:
    """Where a press on the frame leads back to."""
    if request.method != "GET":
        return "/"
    query = "&".join(part for part in request.url.query.split("&") if part and not part.startswith("done="))
    return f"{request.url.path}?{query}" if query else request.url.path


def topmost(tree: Tree, grants: Iterable[Grant]) -> Area:
    """The area under whose name the pages stand: the highest in which the person has a role."""
    held = [grant.area for grant in grants if grant.area in tree.areas]
    return tree.areas[min(held, key=lambda area: (tier(tree, area), area))]


def holds(grants: Iterable[Grant], right: Right) -> bool:
    """Whether the person has a right anywhere."""
    return right is Right.OWN_ACCOUNT or any(grant.role in RIGHTS[right] for grant in grants)


def _menu(request: Request, who: SignedIn) -> tuple[Way, ...]:
    language = language_of(request)
    return tuple(
        Way(address, sign, sentence(language, name), _here(request.url.path, address))
        for address, sign, name, right in _MENU
        if holds(who.grants, right)
    )


def _here(path: str, address: str) -> str:
    first = f"/{path.split('/')[1]}"
    if path == address:
        return "page"
    return "true" if address != "/" and address == _BELONGS.get(first, first) else ""
