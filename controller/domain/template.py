"""The template week: no table of its own, but the view of weekly broadcasts without an end."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from controller.domain.values import Broadcast, FromDay, Lane, Recurrence, Repeat, Version, VersionState

AHEAD = timedelta(days=35)
"""How far ahead a broadcast may begin that stands in the template already."""


def weekly(broadcast: Broadcast, today: date) -> Broadcast | None:
    """The broadcast as it airs in an ordinary week: without exceptions and named starts; None if it is not weekly."""
    dated = [each for each in broadcast.versions if isinstance(each.scope, FromDay)]
    approved = [each for each in dated if each.state is VersionState.APPROVED]
    last = max(approved, key=lambda each: each.number, default=None)
    if last is None or broadcast.withdrawn_at is not None or broadcast.lane is not Lane.PLAN:
        return None
    return _plain(broadcast, last) if _without_end(last) and _begins(last) <= today + AHEAD else None


def ordinary_monday(weeks: Iterable[Broadcast], today: date) -> date:
    """The Monday of the first whole week in which all of them air."""
    first = max((_begins(version) for each in weeks for version in each.versions), default=today)
    day = max(first, today)
    return day + timedelta(days=-day.weekday() % 7)


def _plain(broadcast: Broadcast, version: Version) -> Broadcast:
    recurrence = version.content.recurrence
    assert recurrence is not None
    content = replace(version.content, recurrence=replace(recurrence, except_days=()))
    return replace(broadcast, versions=(replace(version, content=content),))


def _without_end(version: Version) -> bool:
    recurrence = version.content.recurrence
    ends = (version.content.last_true_day, version.approved_until)
    return recurrence is not None and _is_weekly(recurrence) and not any(ends)


def _is_weekly(recurrence: Recurrence) -> bool:
    return recurrence.repeat in (Repeat.DAILY, Repeat.WEEKDAYS) and recurrence.last_day is None


def _begins(version: Version) -> date:
    scope, recurrence = version.scope, version.content.recurrence
    assert isinstance(scope, FromDay)
    return scope.day if recurrence is None else max(scope.day, recurrence.first_day)
