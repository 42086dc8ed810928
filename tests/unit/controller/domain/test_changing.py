"""What version an edit makes: only this, from now on, all; with today's rest."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from controller.domain.airings import Airing, airing_of, airings
from controller.domain.broadcasts import Refused, as_if_approved, digest
from controller.domain.changing import Change, Ground, edited, todays_rest
from controller.domain.editing import Choice
from controller.domain.sessions import Book
from controller.domain.values import (
    Broadcast,
    Content,
    FromDay,
    InSession,
    NamedStarts,
    Places,
    Recurrence,
    Repeat,
    Session,
    SessionId,
    Start,
    Timetable,
    VersionState,
    to_ms,
)
from playlists.models import Millis
from tests.support.commune import EDITOR, H1, H3, HCM, at, broadcast, content, daily, item, version

NOON = at("2026-11-24 12:00")
MORNING, EVENING = SessionId("morning"), SessionId("evening")
SESSIONS = (Session(MORNING, "Sáng", time(6), 3600), Session(EVENING, "Chiều", time(17), 3600))
BOOK = Book(dict.fromkeys((MORNING, EVENING), (Timetable(date(2026, 1, 1), SESSIONS),)))
GROUND = Ground(HCM, NOON, BOOK)
TWICE = broadcast(version(1, content(recurrence=daily("06:00", "17:00"))))
IN_SESSION = broadcast(version(1, content(recurrence=daily(), session=InSession(EVENING, 2))))
DROPPED = Places(areas=(H1, H3))


def ms(text: str) -> Millis:
    return to_ms(at(text))


TODAY, TOMORROW = ms("2026-11-24 17:00"), ms("2026-11-25 17:00")


def edit(
    of: Broadcast, choice: Choice, change: Change, *chosen: Millis, rest: bool = False, now: datetime = NOON
) -> Broadcast:
    """The broadcast with the edit as its newest version."""
    scope, said = edited(of, choice, chosen or (TOMORROW,), change, rest, replace(GROUND, now=now))
    made = version(len(of.versions) + 1, said, scope, VersionState.SUBMITTED)
    return replace(of, versions=(*of.versions, made))


def aired(of: Broadcast, now: datetime = NOON, days: int = 3) -> list[Airing]:
    """What airs from today 00:00 on once the newest version is approved."""
    begin = at("2026-11-24 00:00")
    return list(airings(as_if_approved(of, now), begin, begin + timedelta(days=days), BOOK))


def starts(of: Broadcast, days: int = 3) -> list[str]:
    return [f"{datetime.fromtimestamp(each.starts_at / 1000, HCM):%d %H:%M}" for each in aired(of, days=days)]


def scope_of(of: Broadcast) -> FromDay | NamedStarts:
    return of.versions[-1].scope


def test_only_this_holds_only_what_changed() -> None:
    made = edit(TWICE, Choice.ONLY_THIS, Change(places=DROPPED))
    assert scope_of(made) == NamedStarts((TOMORROW,))
    assert made.versions[-1].content == Content("Tiêm phòng", "Asia/Ho_Chi_Minh", places=DROPPED)
    assert [each.places == DROPPED for each in aired(made)] == [False, False, False, True, False, False]


def test_a_second_edit_of_one_airing_keeps_the_first() -> None:
    moved = edit(TWICE, Choice.ONLY_THIS, Change(starts_at=at("2026-11-25 17:10")))
    made = edit(moved, Choice.ONLY_THIS, Change(places=DROPPED, title="Mới"))
    assert made.versions[-1].content.start == Start(starts_at=ms("2026-11-25 17:10"))
    again = edit(made, Choice.ONLY_THIS, Change(skip=True))
    assert "25 17:10" in starts(made)
    assert [each for each in starts(again) if each.startswith("25")] == ["25 06:00"]
    back = edit(again, Choice.ONLY_THIS, Change(skip=False))
    assert "25 17:10" in starts(back)
    home = edit(back, Choice.ONLY_THIS, Change(starts_at=at("2026-11-25 17:00")))
    assert (home.versions[-1].content.start, home.versions[-1].content.title) == (Start(), "Mới")


def test_airings_that_differ_are_not_changed_at_once() -> None:
    moved = edit(TWICE, Choice.ONLY_THIS, Change(starts_at=at("2026-11-25 17:10")))
    with pytest.raises(Refused, match="differ"):
        edit(moved, Choice.ONLY_THIS, Change(skip=True), TODAY, TOMORROW)
    both = edit(TWICE, Choice.ONLY_THIS, Change(skip=True), TOMORROW, TODAY)
    assert scope_of(both) == NamedStarts((TODAY, TOMORROW))


def test_from_now_counts_tomorrow_when_a_start_of_today_has_passed_and_offers_the_rest_of_today() -> None:
    made = edit(TWICE, Choice.FROM_NOW, Change(places=DROPPED))
    assert scope_of(made) == FromDay(date(2026, 11, 25))
    assert [each.places == DROPPED for each in aired(made)] == [False, False, True, True, True, True]
    too = edit(TWICE, Choice.FROM_NOW, Change(places=DROPPED), rest=True)
    assert scope_of(too) == FromDay(date(2026, 11, 25), today=(TODAY,))
    assert [each.places == DROPPED for each in aired(too)] == [False, True, True, True, True, True]
    assert digest(scope_of(too), content()) != digest(scope_of(made), content())


def test_of_what_is_left_of_today_only_the_time_that_was_opened_is_moved() -> None:
    made = edit(TWICE, Choice.FROM_NOW, Change(starts_at=at("2026-11-26 17:10")), ms("2026-11-26 17:00"), rest=True)
    assert starts(made, 2) == ["24 06:00", "24 17:10", "25 06:00", "25 17:10"]
    owed = airing_of(as_if_approved(made, NOON), 2, TODAY)
    assert owed is not None
    assert (owed.starts_at, owed.version) == (ms("2026-11-24 17:10"), 2)
    early = edit(TWICE, Choice.FROM_NOW, Change(starts_at=at("2026-11-26 06:10")), ms("2026-11-26 06:00"), rest=True)
    assert starts(early, 2) == ["24 06:00", "24 17:00", "25 06:10", "25 17:00"]
    assert todays_rest(TWICE, Choice.FROM_NOW, TODAY, Change(starts_at=at("2026-11-26 11:00")), GROUND) == ()


def test_from_now_leaves_named_airings_and_all_ends_them() -> None:
    moved = edit(TWICE, Choice.ONLY_THIS, Change(starts_at=at("2026-11-25 17:10")))
    approved = as_if_approved(moved, NOON - timedelta(hours=1))
    kept = edit(approved, Choice.FROM_NOW, Change(title="Mới"))
    ended = edit(approved, Choice.ALL, Change(title="Mới"))
    assert "25 17:10" in starts(kept)
    assert "25 17:10" not in starts(ended)
    assert edit(approved, Choice.ALL, Change()).versions[-1].content == content(recurrence=daily("06:00", "17:00"))
    with pytest.raises(Refused, match="Nothing was changed"):
        edit(TWICE, Choice.ALL, Change())


def test_what_is_skipped_from_now_on_ends_and_the_other_time_stays() -> None:
    assert starts(edit(TWICE, Choice.FROM_NOW, Change(skip=True)), 2) == ["24 06:00", "24 17:00", "25 06:00"]
    assert starts(edit(TWICE, Choice.FROM_NOW, Change(skip=True), rest=True), 2) == ["24 06:00", "25 06:00"]
    for choice in (Choice.FROM_NOW, Choice.ALL):
        with pytest.raises(Refused, match="withdraw"):
            edit(broadcast(), choice, Change(skip=True))


def test_another_session_from_now_on_looks_for_its_place_there() -> None:
    made = edit(IN_SESSION, Choice.FROM_NOW, Change(session=MORNING))
    assert made.versions[-1].content.session == InSession(MORNING)
    own = edit(IN_SESSION, Choice.FROM_NOW, Change(starts_at=at("2026-11-25 17:20")))
    assert (own.versions[-1].content.session, starts(own, 2)) == (None, ["24 17:20", "25 17:20"])
    into = edit(TWICE, Choice.FROM_NOW, Change(session=EVENING))
    assert into.versions[-1].content.recurrence == daily()


def test_one_airing_goes_back_into_its_session() -> None:
    out = edit(IN_SESSION, Choice.ONLY_THIS, Change(starts_at=at("2026-11-25 17:20")))
    assert [each.place is None for each in aired(out)] == [False, True, False]
    back = edit(out, Choice.ONLY_THIS, Change(session=EVENING))
    assert [each.place is None for each in aired(back)] == [False, False, False]
    with pytest.raises(Refused, match="moment"):
        edit(IN_SESSION, Choice.ONLY_THIS, Change(session=MORNING))


def test_another_weekday_is_for_what_airs_on_weekdays_another_day_for_a_single_airing() -> None:
    tuesdays = broadcast(
        version(1, content(recurrence=Recurrence(Repeat.WEEKDAYS, date(2026, 11, 1), (time(17),), weekdays=(1,))))
    )
    made = edit(tuesdays, Choice.FROM_NOW, Change(starts_at=at("2026-12-03 17:00")), ms("2026-12-01 17:00"))
    assert made.versions[-1].content.recurrence is not None
    assert made.versions[-1].content.recurrence.weekdays == (3,)
    with pytest.raises(Refused, match="single"):
        edit(TWICE, Choice.FROM_NOW, Change(starts_at=at("2026-11-26 17:00")))
    one = edit(TWICE, Choice.ONLY_THIS, Change(starts_at=at("2026-11-26 18:00")))
    assert "26 18:00" in starts(one)


def test_what_begins_in_the_past_is_refused() -> None:
    for change in (Change(starts_at=at("2026-11-24 11:59")), Change(starts_at=NOON)):
        with pytest.raises(Refused, match="past"):
            edit(TWICE, Choice.ONLY_THIS, change)
    with pytest.raises(Refused, match="begun"):
        edit(TWICE, Choice.ONLY_THIS, Change(skip=True), ms("2026-11-24 06:00"))


def test_an_edit_builds_on_the_newest_version_approved_or_not() -> None:
    waiting = version(2, content(playlist=(item("b"),)), FromDay(date(2026, 11, 25)), VersionState.SUBMITTED)
    made = edit(replace(TWICE, versions=(*TWICE.versions, waiting)), Choice.FROM_NOW, Change(places=DROPPED))
    assert made.versions[-1].content == content(playlist=(item("b"),), places=DROPPED)
    assert made.versions[-1].author == EDITOR
