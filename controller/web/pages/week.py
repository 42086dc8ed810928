"""The timetable of a week, and the template week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.domain.tree import areas_of_node, branch, path, tier
from controller.domain.values import AreaId, Grant, Tree
from controller.operations import muted, week
from controller.operations.errors import not_found
from controller.operations.rights import Right
from controller.operations.week import PlannedAiring
from controller.web.api.week import week_of
from controller.web.formats import natural
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.forms import Signed
from controller.web.pages.frame import frame_around, holds, topmost
from controller.web.pages.rendering import page
from controller.web.pages.week_view import Desk, week_view

router = APIRouter(include_in_schema=False)

TEMPLATE = "template"
_WEEK = timedelta(days=7)


@router.get("/week")
def week_page(request: Request, who: Signed, web: WebPort, day: str = "", area: str = "", view: str = "") -> Response:
    """The week in which a day lies (this week unless said), of one area or of all; or the template week."""
    actor = who.actor(address_of(request))
    around = muted.surroundings(web.office, actor)
    frame, tree = frame_around(request, web, who, around), around.tree
    now, template = web.office.clock(), view == TEMPLATE
    choices = area_choices(tree, who.grants)
    one = chosen(choices, area)
    if area and one is None:
        raise not_found("area")
    today = now.astimezone(frame.zone).date()
    wanted = day_in(day) or today
    if template:
        found = week.template_week(web.office, actor)
        wanted = min((one.starts_at.astimezone(frame.zone).date() for one in found), default=today)
    else:
        found = week.airings_between(web.office, actor, *week_of(wanted, frame.zone))
    shown, monday = one.id if one else topmost(tree, who.grants).id, wanted - timedelta(days=wanted.weekday())
    may_add = holds(who.grants, Right.SUBMIT)
    desk = Desk(tree, shown, monday, now, frame.zone, language_of(request), may_add, template)
    view_ = week_view(_heard_in(found, tree, shown) if one else found, desk)
    return page(
        request, "week.html", frame=frame, view=view_, area=area, areas=choices, ordinary=template,
        place=tree.areas[shown].name, day=monday.isoformat(), ways=_ways(monday, area, template),
        hears=hamlet_of(tree, shown), this=monday <= today < monday + _WEEK,
    )  # fmt: skip


def day_in(text: str) -> date | None:
    """A day as an address names it; None for what is none, and for one out of all reason."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


@dataclass(frozen=True)
class Choice:
    """An area to choose: `value` is its name where no other has it (random ids do not compress), else its id."""

    id: AreaId
    value: str
    label: str


def area_choices(tree: Tree, grants: Iterable[Grant]) -> tuple[Choice, ...]:
    """The areas of the person's branches in which anything is heard, each under its parent."""
    mine = frozenset[AreaId]().union(*(branch(tree, grant.area) for grant in grants))
    heard = frozenset[AreaId]().union(*(areas_of_node(tree, node) for node in tree.nodes.values()))
    ordered = sorted(mine & heard, key=lambda each: [natural(step.name) for step in path(tree, each)])
    names = Counter(tree.areas[each].name for each in ordered)
    least = min((tier(tree, each) for each in ordered), default=0)
    return tuple(
        Choice(each, name if names[name] == 1 else each, "\u2003" * (tier(tree, each) - least) + name)
        for each in ordered
        for name in [tree.areas[each].name]
    )


def chosen(choices: Iterable[Choice], said: str) -> Choice | None:
    """The area that an address means, by its id or its name."""
    return next((each for each in choices if said in (each.id, each.value)), None)


def hamlet_of(tree: Tree, area: AreaId) -> str:
    """The area if a node serves it, else the first hamlet below it that hears anything; "" for none."""
    inside = branch(tree, area)
    served = {each.hamlet for node in tree.nodes.values() for each in node.serves if each.hamlet in inside}
    return area if area in served else min(served, key=lambda each: natural(tree.areas[each].name), default="")


def _heard_in(found: Iterable[PlannedAiring], tree: Tree, area: AreaId) -> list[PlannedAiring]:
    inside = branch(tree, area)
    return [one for one in found if not inside.isdisjoint(one.hamlets)]


def _ways(monday: date, area: str, template: bool) -> dict[str, str]:
    """The addresses of the weeks before and after, of this one, and of the other view."""
    days = {"before": monday - _WEEK, "after": monday + _WEEK}
    ways = {name: _address(area, day=day.isoformat()) for name, day in days.items()}
    other = _address(area) if template else _address(area, view=TEMPLATE)
    return ways | {"this": _address(area), "other": other}


def _address(area: str, **more: str) -> str:
    query = urlencode({**({"area": area} if area else {}), **more})
    return f"/week?{query}" if query else "/week"
