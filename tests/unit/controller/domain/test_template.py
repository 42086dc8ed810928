"""The template week: which broadcasts make an ordinary week."""

from dataclasses import replace
from datetime import date, time

import pytest

from controller.domain.template import ordinary_monday, weekly
from controller.domain.values import Broadcast, FromDay, Lane, NamedStarts, Recurrence, Repeat, Start, VersionState
from playlists.models import Millis
from tests.support.commune import NOON, broadcast, content, daily, version

TODAY = date(2026, 11, 24)
TUESDAYS = Recurrence(Repeat.WEEKDAYS, date(2026, 11, 1), (time(17),), weekdays=(1,))
MONTHLY = Recurrence(Repeat.MONTH_DAYS, date(2026, 11, 1), (time(17),), month_days=(1,))
ONCE = Recurrence(Repeat.ONCE, TODAY, (time(17),))
ENDING = daily("17:00", last=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("made", "stands"),
    [
        (broadcast(), True),
        (broadcast(version(1, content(recurrence=TUESDAYS))), True),
        (broadcast(version(1, content(recurrence=MONTHLY))), False),
        (broadcast(version(1, content(recurrence=ONCE))), False),
        (broadcast(version(1, content(recurrence=ENDING))), False),
        (broadcast(version(1, content(last_true_day=date(2027, 1, 1)))), False),
        (broadcast(replace(version(), approved_until=date(2027, 1, 1))), False),
        (broadcast(withdrawn_at=NOON), False),
        (broadcast(lane=Lane.SHEET), False),
        (broadcast(version(state=VersionState.SUBMITTED)), False),
        (broadcast(version(1, scope=FromDay(date(2026, 12, 29)))), True),
        (broadcast(version(1, scope=FromDay(date(2026, 12, 30)))), False),
    ],
)
def test_it_is_made_of_approved_weekly_broadcasts_without_an_end(made: Broadcast, stands: bool) -> None:
    assert (weekly(made, TODAY) is not None) is stands


def test_exceptions_and_named_starts_are_no_part_of_it_and_the_newest_from_day_counts() -> None:
    first = version(1, content(title="Cũ"))
    newer = version(2, content(title="Mới", recurrence=replace(TUESDAYS, except_days=(TODAY,))))
    skip = version(3, content(title="Bỏ", start=Start(skip=True)), NamedStarts((Millis(1),)))
    found = weekly(broadcast(first, newer, skip), TODAY)
    assert found is not None
    assert [(each.content.title, each.content.recurrence) for each in found.versions] == [("Mới", TUESDAYS)]


def test_its_week_is_the_first_whole_one_in_which_all_of_them_air() -> None:
    assert ordinary_monday((), TODAY) == date(2026, 11, 30)
    assert ordinary_monday((), date(2026, 11, 23)) == date(2026, 11, 23)
    late = broadcast(version(1, scope=FromDay(date(2026, 12, 16))))
    assert ordinary_monday((broadcast(), late), TODAY) == date(2026, 12, 21)
