"""When something would be heard first."""

from dataclasses import replace
from datetime import date, timedelta

from controller.domain import broadcasts as life
from controller.domain.first_air import first_air, first_airs
from controller.domain.sessions import Book
from controller.domain.values import Broadcast, Content, FromDay, NamedStarts, Recurrence, Repeat, Scope, Start, to_ms
from tests.support.commune import EDITOR, NOON, at, broadcast, content, daily, version

BOOK = Book()


TODAY = FromDay(date(2026, 11, 24))


def asked(said: Content, scope: Scope = TODAY, *before: Broadcast) -> Broadcast:
    """A broadcast whose newest version waits."""
    held = before[0] if before else replace(broadcast(), versions=())
    made = life.draft(held, scope, said, EDITOR, NOON)
    return life.submit(made, made.versions[-1].number, NOON)


def first(found: Broadcast, since: str = "2026-11-24 12:00") -> int | None:
    air = first_air(found, at(since), BOOK)
    return None if air is None else air.starts_at


def test_it_is_the_next_start_that_the_version_itself_decides() -> None:
    assert first(asked(content())) == to_ms(at("2026-11-24 17:00"))
    edit = asked(content(recurrence=daily("18:00")), FromDay(date(2026, 11, 26)), broadcast(version(1)))
    assert first(edit) == to_ms(at("2026-11-26 18:00"))


def test_a_start_that_has_come_is_past() -> None:
    assert first(asked(content()), "2026-11-24 17:01") == to_ms(at("2026-11-25 17:00"))
    once = content(recurrence=daily("17:00", last=date(2026, 11, 24)))
    assert first(asked(once), "2026-11-24 17:01") is None


def test_one_that_is_months_away_is_found() -> None:
    far = content(recurrence=Recurrence(Repeat.ONCE, date(2027, 9, 2), daily("07:00").times))
    assert first(asked(far)) == to_ms(at("2027-09-02 07:00"))


def test_several_come_in_order_and_no_more_than_are_wanted() -> None:
    found = first_airs(asked(content(recurrence=daily("17:00", "06:00"))), NOON, BOOK, 3)
    assert [each.starts_at for each in found] == [
        to_ms(at(each)) for each in ("2026-11-24 17:00", "2026-11-25 06:00", "2026-11-25 17:00")
    ]


def test_of_named_airings_it_is_where_they_move_to_and_where_they_are_left_out_their_own() -> None:
    scope = NamedStarts((to_ms(at("2026-11-25 17:00")),))
    bare = content(playlist=None, places=None, recurrence=None)
    moved = replace(bare, start=Start(starts_at=to_ms(at("2026-11-25 18:00"))))
    skipped = replace(bare, start=Start(skip=True))
    assert first(asked(moved, scope, broadcast(version(1)))) == to_ms(at("2026-11-25 18:00"))
    left_out = first_air(asked(skipped, scope, broadcast(version(1))), NOON + timedelta(hours=1), BOOK)
    assert left_out is not None
    assert (left_out.starts_at, left_out.airing) == (to_ms(at("2026-11-25 17:00")), None)
