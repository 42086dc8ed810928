"""What is wrong with a version as it was given."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from controller.domain.checks import one_off_problems, problems, zone_named
from controller.domain.values import (
    AreaId,
    Content,
    FromDay,
    InSession,
    Late,
    LateKind,
    NamedStarts,
    Places,
    PlaylistItem,
    Recurrence,
    Repeat,
    Scope,
    Session,
    SessionId,
    Start,
    Timetable,
    ZoneId,
    to_ms,
)
from playlists.models import Priority
from tests.support.commune import COMMUNE, OTHER, assets, at, content, daily, item, tree

SCOPE = FromDay(date(2026, 11, 25))


def wrong(said: Content, scope: Scope = SCOPE) -> list[tuple[str, str]]:
    return [(each.where, each.reason) for each in problems(scope, said, tree(), assets())]


def test_a_good_version_has_no_problem() -> None:
    assert wrong(content()) == []


@pytest.mark.parametrize(
    ("changes", "where", "reason"),
    [
        ({"title": "  "}, "title", "bad_title"),
        ({"title": "x" * 201}, "title", "bad_title"),
        ({"time_zone": "Asia/Ha_Noi"}, "time_zone", "unknown_time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone", "unknown_time_zone"),
        ({"time_zone": ""}, "time_zone", "unknown_time_zone"),
        ({"playlist": ()}, "playlist", "empty_playlist"),
        ({"playlist": None}, "playlist", "empty_playlist"),
        ({"playlist": (item("a"),) * 201}, "playlist", "too_many"),
        ({"playlist": (PlaylistItem(()),)}, "playlist.0", "empty_item"),
        ({"playlist": (item("a"), item("z"))}, "playlist.1.recordings", "unknown_asset"),
        ({"places": None}, "places", "no_place"),
        ({"places": Places()}, "places", "no_place"),
        ({"places": Places(areas=(AreaId("nowhere"),))}, "places", "not_found"),
        ({"places": Places(areas=(OTHER,), zones=(ZoneId("nowhere"),))}, "places", "not_found"),
        ({"places": Places(areas=(OTHER,))}, "places", "no_nodes"),
        ({"recurrence": None}, "recurrence", "no_start"),
        ({"recurrence": daily()}, "recurrence.times", "no_start"),
        ({"recurrence": daily("17:00", last=date(2026, 11, 19))}, "recurrence.last_day", "end_before_start"),
        ({"recurrence": daily("17:00", first=date(1, 1, 1))}, "recurrence.first_day", "out_of_range"),
        (
            {"recurrence": Recurrence(Repeat.WEEKDAYS, date(2026, 11, 20), (time(6),))},
            "recurrence.weekdays",
            "bad_days",
        ),
        (
            {"recurrence": Recurrence(Repeat.MONTH_DAYS, date(2026, 2, 1), (time(6),), month_days=(32,))},
            "recurrence.month_days",
            "bad_days",
        ),
        (
            {"recurrence": Recurrence(Repeat.MONTH_DAYS, date(2026, 2, 1), (time(6),), date(2026, 2, 28), (), (31,))},
            "recurrence",
            "no_start",
        ),
        ({"late": Late(LateKind.WHOLE, 8 * 86_400)}, "late.within_s", "out_of_range"),
        ({"late": Late(LateKind.JOIN, 5)}, "late.within_s", "out_of_range"),
        ({"priority": Priority.EMERGENCY}, "priority", "not_routine"),
        ({"rank": 1001}, "rank", "out_of_range"),
    ],
)
def test_each_problem_names_its_field_and_reason(changes: dict[str, object], where: str, reason: str) -> None:
    assert wrong(content(**changes)) == [(where, reason)]


def test_every_problem_is_told_at_once() -> None:
    assert len(wrong(content(title="", playlist=(), places=Places()))) == 3


def test_a_problem_says_itself_in_english_with_its_parameters() -> None:
    (found,) = problems(SCOPE, content(time_zone="Mars/Base"), tree(), assets())
    assert str(found) == "There is no time zone named Mars/Base."


NAMED = Content("Đổi giờ", "Asia/Ho_Chi_Minh", start=Start(skip=True))


AT, LATER = to_ms(at("2026-11-26 17:00")), to_ms(at("2026-11-27 17:00"))


def test_a_version_of_named_starts_holds_only_what_it_changes() -> None:
    assert wrong(NAMED, NamedStarts((AT,))) == []
    assert wrong(NAMED, NamedStarts(())) == [("scope", "no_start")]
    assert wrong(replace(NAMED, recurrence=daily("17:00")), NamedStarts((AT,))) == [("recurrence", "not_here")]
    moved = replace(NAMED, start=Start(starts_at=LATER))
    assert wrong(moved, NamedStarts((AT, LATER))) == [("start.starts_at", "not_here")]
    assert wrong(replace(NAMED, playlist=()), NamedStarts((AT,))) == [("playlist", "empty_playlist")]


@pytest.mark.parametrize("far", [date(1, 1, 1), date.max])
def test_days_and_moments_at_the_ends_of_the_calendar_are_refused(far: date) -> None:
    moment = to_ms(datetime.combine(far, time(12), UTC))
    assert wrong(NAMED, NamedStarts((moment,))) == [("scope", "out_of_range")]
    moved = replace(NAMED, start=Start(starts_at=moment))
    assert wrong(moved, NamedStarts((AT,))) == [("start.starts_at", "out_of_range")]
    excepted = replace(daily("17:00"), except_days=(far,))
    assert wrong(content(recurrence=excepted)) == [("recurrence.except_days", "out_of_range")]
    assert wrong(content(), FromDay(date.max)) == [("scope.day", "out_of_range")]


def test_what_is_played_now_needs_words_and_places_only() -> None:
    assert one_off_problems(content(recurrence=None), tree(), assets()) == ()
    found = one_off_problems(content(playlist=(), places=Places(areas=(OTHER,))), tree(), assets())
    assert [each.reason for each in found] == ["empty_playlist", "no_nodes"]


def test_a_zone_is_known_by_its_name_only() -> None:
    assert zone_named("Asia/Ho_Chi_Minh") is not None
    assert [zone_named(each) for each in ("", "/", "Asia", "Asia/../Europe/Berlin", "\0", "x" * 500)] == [None] * 6


EVENING = Session(SessionId("evening"), "Buổi chiều", time(17), 3600)
IN_EVENING = content(recurrence=Recurrence(Repeat.DAILY, date(2026, 11, 25), ()), session=InSession(EVENING.id, 3))


def wrong_in_session(said: Content, held_from: date = date(2026, 1, 1)) -> list[tuple[str, str]]:
    made = tree()
    commune = replace(made.areas[COMMUNE], sessions=(Timetable(held_from, (EVENING,)),))
    sites = replace(made, areas={**made.areas, COMMUNE: commune})
    return [(each.where, each.reason) for each in problems(SCOPE, said, sites, assets())]


def test_a_place_in_a_session_has_no_time_of_its_own() -> None:
    assert wrong_in_session(IN_EVENING) == []
    own = replace(IN_EVENING, recurrence=daily("17:00"))
    assert wrong_in_session(own) == [("recurrence.times", "not_here")]


def test_a_session_is_known_held_on_some_day_and_has_an_order_number() -> None:
    unknown = replace(IN_EVENING, session=InSession(SessionId("noon")))
    assert wrong_in_session(unknown) == [("session", "not_found")]
    assert wrong_in_session(IN_EVENING, held_from=date(2030, 1, 1)) == [("session", "no_start")]
    assert wrong_in_session(replace(IN_EVENING, session=InSession(EVENING.id, 1001))) == [
        ("session.order", "out_of_range")
    ]
    never = replace(IN_EVENING, recurrence=Recurrence(Repeat.MONTH_DAYS, date(2026, 2, 1), (), month_days=(30,),
                                                      last_day=date(2026, 2, 28)))  # fmt: skip
    assert ("recurrence", "no_start") in wrong_in_session(never)


def test_the_last_day_of_the_calendar_is_a_problem_and_no_fault() -> None:
    far = replace(IN_EVENING, recurrence=Recurrence(Repeat.DAILY, date(9999, 12, 31), ()))
    assert ("recurrence.first_day", "out_of_range") in wrong_in_session(far)


@pytest.mark.parametrize("days", [(), (0,), (31,)])
def test_a_day_of_the_lunar_month_is_1_to_30(days: tuple[int, ...]) -> None:
    lunar = Recurrence(Repeat.LUNAR_DAYS, date(2026, 11, 25), (time(17),), month_days=days)
    assert wrong(content(recurrence=lunar)) == [("recurrence.month_days", "bad_days")]
    assert wrong(content(recurrence=replace(lunar, month_days=(1, 30)))) == []
