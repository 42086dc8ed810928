"""Which airings an edit is for."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from controller.domain.broadcasts import Refused
from controller.domain.editing import Choice, edit_day, rest_of_today, scope_of
from controller.domain.sessions import Book
from controller.domain.values import FromDay, NamedStarts, Start, to_ms
from playlists.models import Millis
from tests.support.commune import HCM, at, broadcast, content, daily, version

BOOK = Book()
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
TWICE = broadcast(version(1, content(recurrence=daily("06:00", "17:00"))))
EVENING = to_ms(at("2026-11-24 17:00"))


@pytest.mark.parametrize(
    ("now", "day"),
    [("05:59:59", TODAY), ("06:00", TOMORROW), ("12:00", TOMORROW), ("17:02", TOMORROW), ("00:00", TODAY)],
)
def test_an_edits_day_is_the_next_if_a_start_of_today_has_passed(now: str, day: date) -> None:
    assert edit_day(TWICE, HCM, at(f"2026-11-24 {now}"), BOOK) == day


def test_a_start_that_was_skipped_or_moved_away_has_not_passed() -> None:
    six = (to_ms(at("2026-11-24 06:00")),)
    said = replace(content(), playlist=None, places=None, recurrence=None, start=Start(skip=True))
    skipped = replace(TWICE, versions=(*TWICE.versions, version(2, said, NamedStarts(six))))
    moved = replace(said, start=Start(starts_at=Millis(EVENING + 3_600_000)))
    later = replace(TWICE, versions=(*TWICE.versions, version(2, moved, NamedStarts(six))))
    now = at("2026-11-24 12:00")
    assert [edit_day(each, HCM, now, BOOK) for each in (skipped, later)] == [TODAY, TODAY]


def test_todays_remaining_starts_are_offered_as_only_this() -> None:
    assert rest_of_today(TWICE, HCM, at("2026-11-24 12:00"), BOOK) == (EVENING,)
    assert rest_of_today(TWICE, HCM, at("2026-11-24 05:00"), BOOK) == (), "the edit counts for all of today"
    assert rest_of_today(TWICE, HCM, at("2026-11-24 17:02"), BOOK) == (), "nothing remains"


def test_only_this_from_now_and_all() -> None:
    now = at("2026-11-24 12:00")
    scopes = [scope_of(choice, TWICE, (EVENING, EVENING), HCM, now, BOOK) for choice in Choice]
    assert scopes == [NamedStarts((EVENING,)), FromDay(TOMORROW), FromDay(TOMORROW, ends_named=True)]


def test_an_airing_that_has_begun_can_no_longer_be_edited() -> None:
    with pytest.raises(Refused, match="begun"):
        scope_of(Choice.ONLY_THIS, TWICE, (EVENING,), HCM, at("2026-11-24 17:00") + timedelta(minutes=2), BOOK)
