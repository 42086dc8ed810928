"""To which day a version can still air."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from controller.domain.airings import airings, local_day, nominals, until_day
from controller.domain.values import (
    Broadcast,
    Content,
    FromDay,
    InSession,
    NamedStarts,
    Recurrence,
    Repeat,
    SessionId,
    Start,
    Version,
    to_ms,
)
from tests.support.commune import HCM, at, broadcast, content, daily, version

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
DAYS = st.dates(FIRST, LAST)
NOON = {"decided_at": datetime(2025, 12, 1, tzinfo=UTC)}


def named(*moments: str, **changes: object) -> Version:
    said = replace(Content("Riêng hôm nay", str(HCM)), **changes)  # type: ignore[arg-type]
    return version(2, said, NamedStarts(tuple(to_ms(at(each)) for each in moments)))


def test_what_has_no_end_has_no_last_day() -> None:
    assert until_day(version()) is None


def test_the_first_of_all_ends_is_the_last_day() -> None:
    ending = content(recurrence=daily("17:00", last=date(2026, 12, 9)))
    assert until_day(version(1, ending)) == date(2026, 12, 9)
    assert until_day(version(1, replace(ending, last_true_day=date(2026, 12, 5)))) == date(2026, 12, 5)
    assert until_day(replace(version(1, ending), approved_until=date(2026, 12, 1))) == date(2026, 12, 1)
    assert until_day(version(1, content(recurrence=Recurrence(Repeat.ONCE, FIRST, (time(6),))))) == FIRST


def test_named_starts_last_to_the_latest_of_them_or_to_where_one_is_moved() -> None:
    assert until_day(named("2026-11-25 23:30", "2026-11-24 06:00")) == date(2026, 11, 25)
    moved = Start(starts_at=to_ms(at("2026-11-28 06:00")))
    assert until_day(named("2026-11-25 17:00", start=moved)) == date(2026, 11, 28)


def test_what_stands_in_a_session_may_be_laid_out_past_midnight() -> None:
    night = content(recurrence=daily(last=date(2026, 12, 9)), session=InSession(SessionId("night")))
    assert until_day(version(1, night)) == date(2026, 12, 10)


def test_the_last_day_of_the_calendar_does_no_harm() -> None:
    ever = content(recurrence=daily(last=date.max), session=InSession(SessionId("night")))
    assert until_day(version(1, ever)) == date.max


RECURRENCES = st.builds(
    Recurrence,
    st.sampled_from(Repeat),
    DAYS,
    st.just((time(0, 5), time(23, 55))),
    st.none() | DAYS,
    st.lists(st.integers(0, 6), max_size=4).map(tuple),
    st.lists(st.integers(1, 31), max_size=4).map(tuple),
)


@st.composite
def decided(draw: st.DrawFn) -> Broadcast:
    """A broadcast whose from-date versions follow one another, with airings changed or moved by name."""
    versions: list[Version] = []
    for _ in range(draw(st.integers(1, 4))):
        said = content(recurrence=draw(RECURRENCES), last_true_day=draw(st.none() | DAYS))
        made = version(len(versions) + 1, said, FromDay(draw(DAYS), draw(st.booleans())), **NOON)  # type: ignore[arg-type]
        versions.append(replace(made, approved_until=draw(st.none() | DAYS)))
        starts = nominals(said, at("2026-01-01 00:00"), at("2026-04-01 00:00"))
        chosen, days = draw(st.none() | st.sampled_from(starts or (None,))), draw(st.none() | st.integers(-20, 20))
        if chosen is not None:
            start = None if days is None else Start(starts_at=to_ms(chosen + timedelta(days=days)))
            scope = NamedStarts((to_ms(chosen),))
            change = Content("Riêng hôm nay", str(HCM), start=start)
            versions.append(version(len(versions) + 1, change, scope, **NOON))  # type: ignore[arg-type]
    return broadcast(*versions)


@given(decided())
def test_no_airing_is_ever_lost_to_whoever_reads_only_what_can_still_air(made: Broadcast) -> None:
    lasts = [until_day(each) for each in made.versions]
    for airing in airings(made, at("2025-12-01 00:00"), at("2026-06-01 00:00")):
        day = local_day(airing.starts_at, airing.time_zone)
        assert any(last is None or last >= day for last in lasts)
