"""The week: every airing with its state and result; what a hamlet will hear."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from controller.domain.tree import branch
from controller.domain.values import AreaId
from controller.operations import reading, tomorrow, week
from controller.operations.errors import not_found
from controller.web.api.answers.week import PlannedAnswer, TomorrowAnswer
from controller.web.api.fields import IdPath, IdQuery
from controller.web.api.reading import DayQuery, ZoneQuery, named_zone, wanted_day
from controller.web.identity import Reader, WebPort

router = APIRouter(tags=["week"])


@router.get("/week")
def airings_of_week(
    actor: Reader, web: WebPort, day: DayQuery = None, zone: ZoneQuery = "Asia/Ho_Chi_Minh", area: IdQuery = None
) -> list[PlannedAnswer]:
    """The airings from Monday to Sunday of the week of a local `day` (today unless said), those heard in an `area`."""
    local = named_zone(zone)
    begin, end = week_of(wanted_day(web, day, local), local)
    found = week.airings_between(web.office, actor, begin, end)
    if area is None:
        return [PlannedAnswer.of(each) for each in found]
    tree = reading.tree(web.office, actor)
    if area not in tree.areas:
        raise not_found("area")
    inside = branch(tree, AreaId(area))
    return [PlannedAnswer.of(each) for each in found if not inside.isdisjoint(each.hamlets)]


@router.get("/week/template")
def template(actor: Reader, web: WebPort) -> list[PlannedAnswer]:
    """An ordinary week: the weekly broadcasts without an end, on the days of a week to come."""
    return [PlannedAnswer.of(each) for each in week.template_week(web.office, actor)]


@router.get("/areas/{area}/tomorrow")
def hamlet_tomorrow(area: IdPath, actor: Reader, web: WebPort, day: DayQuery = None) -> TomorrowAnswer:
    """What a hamlet will hear on a `day` (tomorrow unless said) from each of its nodes, and why."""
    return TomorrowAnswer.of(tomorrow.hamlet_tomorrow(web.office, actor, AreaId(area), day))


def week_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From Monday's midnight to the next Monday's, in UTC, of the week in which a local day lies."""
    monday = day - timedelta(days=day.weekday())
    first, next_ = (datetime.combine(each, time.min, zone) for each in (monday, monday + timedelta(days=7)))
    return first.astimezone(UTC), next_.astimezone(UTC)
