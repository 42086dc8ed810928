"""Approval that is carried over."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain import broadcasts as life
from controller.domain.airings import airings
from controller.domain.broadcasts import Refused
from controller.domain.carrying import (
    StandingApproval,
    StandingId,
    carried_from,
    ending,
    last_by_a_person,
    standing_until,
    submitted,
)
from controller.domain.values import (
    Broadcast,
    Content,
    FromDay,
    InSession,
    NamedStarts,
    Places,
    PlaylistItem,
    Recording,
    Recurrence,
    Repeat,
    Scope,
    Session,
    SessionId,
    Start,
    Timetable,
    Tree,
    VersionState,
    to_ms,
)
from playlists.models import Millis, Priority
from tests.support.commune import (
    APPROVER,
    COMMUNE,
    EDITOR,
    H1,
    H2,
    H3,
    NOON,
    OTHER,
    TAY,
    VI,
    at,
    broadcast,
    content,
    daily,
    item,
    sha,
    tree,
    version,
)
from tests.support.examples import examples

TOMORROW = FromDay(date(2026, 11, 25))
SESSIONS = Timetable(
    date(2026, 1, 1),
    (
        Session(SessionId("evening"), "Buổi chiều", time(17), 3600),
        Session(SessionId("morning"), "Buổi sáng", time(5, 30), 3600),
    ),
)
IN_EVENING = content(
    recurrence=Recurrence(Repeat.DAILY, date(2026, 11, 20), ()), session=InSession(SessionId("evening"))
)
SPOKEN = PlaylistItem((Recording(VI, sha("a"), "Tiêm phòng ngày mai", "vi"),))


def held() -> Tree:
    made = tree()
    return replace(made, areas={**made.areas, COMMUNE: replace(made.areas[COMMUNE], sessions=(SESSIONS,))})


def edited(said: Content, scope: Scope = TOMORROW, first: Content | None = None) -> Broadcast:
    return life.draft(broadcast(version(1, first)), scope, said, EDITOR, NOON)


def carried(said: Content, scope: Scope = TOMORROW, first: Content | None = None) -> bool:
    return carried_from(edited(said, scope, first), held(), NOON) == 1


def named(*moments: str, **changes: object) -> tuple[Content, NamedStarts]:
    said = replace(content(), **{"playlist": None, "places": None, "recurrence": None, **changes})  # type: ignore[arg-type]
    return said, NamedStarts(tuple(to_ms(at(each)) for each in moments))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(content(), id="the same"),
        pytest.param(content(title="Tên khác"), id="another title is not heard"),
        pytest.param(content(rank=3), id="the answer to a clash"),
        pytest.param(content(places=Places(hamlets=(H1, H2, H3))), id="the same hamlets, named one by one"),
        pytest.param(content(places=Places(hamlets=(H1,))), id="fewer hamlets"),
        pytest.param(content(recurrence=daily("17:00", last=date(2026, 12, 1))), id="fewer days"),
        pytest.param(
            content(recurrence=replace(daily("17:00"), except_days=(date(2026, 12, 1),))), id="a day left out"
        ),
        pytest.param(content(recurrence=daily("17:15")), id="15 minutes later"),
        pytest.param(content(recurrence=daily("16:45")), id="15 minutes earlier"),
        pytest.param(
            content(recurrence=Recurrence(Repeat.WEEKDAYS, date(2026, 11, 20), (time(17, 10),), weekdays=(0, 3))),
            id="some weekdays of every day",
        ),
        pytest.param(content(last_true_day=date(2026, 12, 1)), id="an earlier last true day"),
    ],
)
def test_the_same_or_less_carries_the_approval(said: Content) -> None:
    assert carried(said)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(content(playlist=(item("b"),)), id="other audio: trimmed is another file"),
        pytest.param(content(playlist=(item("a"), item("b"))), id="more audio"),
        pytest.param(content(playlist=(item("a", tyz="b"),)), id="an added language is new words"),
        pytest.param(content(playlist=(SPOKEN,)), id="another text of the same audio"),
        pytest.param(content(recurrence=daily("17:16")), id="16 minutes later"),
        pytest.param(content(recurrence=daily("16:44")), id="16 minutes earlier"),
        pytest.param(content(recurrence=daily("17:00", "17:05")), id="twice where it was once"),
        pytest.param(content(recurrence=daily("17:00", "06:00")), id="another start"),
        pytest.param(content(priority=Priority.PRIORITY), id="a higher priority"),
    ],
)
def test_all_else_is_submitted(said: Content) -> None:
    assert not carried(said)


def test_more_hamlets_are_submitted() -> None:
    here = content(places=Places(hamlets=(H1,)))
    assert not carried(content(places=Places(hamlets=(H1, H3))), first=here)
    assert not carried(content(places=Places(hamlets=(H3,))), first=here)
    assert carried(content(places=Places(areas=(H1,))), first=here)


def test_a_neighbour_that_hears_too_counts_as_hearing() -> None:
    assert carried(content(places=Places(hamlets=(H3,))), first=content(places=Places(hamlets=(H2, H3))))
    alone = content(places=Places(hamlets=(H2,)))
    assert carried(alone, first=alone)
    assert not carried(content(places=Places(hamlets=(H2, H1))), first=alone)


def test_a_later_or_no_last_true_day_and_a_lower_priority() -> None:
    first = content(last_true_day=date(2026, 12, 1), priority=Priority.PRIORITY)
    assert carried(replace(first, priority=Priority.NORMAL), first=first)
    assert not carried(replace(first, last_true_day=date(2026, 12, 2)), first=first)
    assert not carried(replace(first, last_true_day=None), first=first)


def test_more_days_are_submitted_however_far_they_lie() -> None:
    ends = content(recurrence=daily("17:00", last=date(2026, 12, 1)))
    assert not carried(content(recurrence=daily("17:00", last=date(2026, 12, 2))), first=ends)
    far = content(recurrence=daily("17:00", last=date(2030, 1, 1)))
    assert not carried(content(), first=far)
    assert not carried(content(recurrence=daily("17:00", last=date(2030, 1, 2))), first=far)
    excepted = content(recurrence=replace(daily("17:00"), except_days=(date(2029, 1, 1),)))
    assert not carried(content(), first=excepted)
    assert carried(excepted, first=excepted)
    once = content(recurrence=Recurrence(Repeat.ONCE, date(2026, 11, 26), (time(17),)))
    assert carried(once)
    assert not carried(content(), first=once)


def test_in_the_same_session_it_is_carried_whatever_its_order() -> None:
    assert carried(replace(IN_EVENING, session=InSession(SessionId("evening"), 7)), first=IN_EVENING)
    assert not carried(replace(IN_EVENING, session=InSession(SessionId("morning"))), first=IN_EVENING)
    assert not carried(content(), first=IN_EVENING), "out of the session, to a time of its own"
    assert not carried(IN_EVENING, first=content()), "into a session"


@pytest.mark.parametrize(
    ("change", "good"),
    [
        (named("2026-11-25 17:00", start=Start(skip=True)), True),
        (named("2026-11-25 17:00", start=Start(starts_at=to_ms(at("2026-11-25 17:10")))), True),
        (named("2026-11-25 17:00", start=Start(starts_at=to_ms(at("2026-11-25 17:16")))), False),
        (named("2026-11-25 17:00", start=Start(starts_at=to_ms(at("2026-11-26 17:00")))), False),
        (named("2026-11-25 17:00", "2026-11-26 17:00"), True),
    ],
)
def test_only_this_skipped_or_moved_a_little_is_carried(change: tuple[Content, NamedStarts], good: bool) -> None:
    assert carried(*change) is good


def test_a_named_airing_is_compared_with_itself_not_with_its_neighbour() -> None:
    often = content(recurrence=daily("16:30", "17:00"))
    change = named("2026-11-25 16:30", start=Start(starts_at=to_ms(at("2026-11-25 16:50"))))
    assert not carried(*change, often)


def test_only_this_with_other_words_or_more_places_is_submitted_and_with_fewer_carried() -> None:
    said, scope = named("2026-11-25 17:00")
    assert carried(replace(said, places=Places(hamlets=(H1,))), scope)
    assert not carried(replace(said, playlist=(item("b"),)), scope)
    here = content(places=Places(hamlets=(H1,)))
    assert not carried(replace(said, places=Places(hamlets=(H2,))), scope, here)


def test_it_is_compared_with_the_last_version_that_a_person_approved() -> None:
    first = submitted(edited(content(recurrence=daily("17:15"))), 2, held(), (), NOON)
    assert first.versions[-1].state is VersionState.APPROVED
    assert last_by_a_person(first) == first.versions[0]
    again = life.draft(first, TOMORROW, content(recurrence=daily("17:30")), EDITOR, NOON)
    assert carried_from(again, held(), NOON) is None, "15 minutes and again 15 are 30"
    back = life.draft(first, TOMORROW, content(recurrence=daily("16:50")), EDITOR, NOON)
    assert carried_from(back, held(), NOON) == 1


def test_an_edit_builds_on_the_newest_version_approved_or_not() -> None:
    waiting = submitted(edited(content(playlist=(item("b"),))), 2, held(), (), NOON)
    assert waiting.versions[-1].state is VersionState.SUBMITTED
    undone = submitted(life.draft(waiting, TOMORROW, content(), EDITOR, NOON), 3, held(), (), NOON)
    assert (undone.versions[-1].state, undone.versions[-1].carried_from) == (VersionState.APPROVED, 1)


def test_what_carries_an_approval_is_approved_at_once_with_the_number_recorded() -> None:
    made = submitted(edited(content(places=Places(hamlets=(H1,)))), 2, held(), (), NOON).versions[-1]
    assert (made.state, made.carried_from, made.decided_at, made.decided_by) == (
        VersionState.APPROVED, 1, NOON, None,
    )  # fmt: skip


def test_the_first_version_and_one_whose_forerunner_was_returned_are_submitted() -> None:
    fresh = life.draft(broadcast(version()), TOMORROW, content(), EDITOR, NOON)
    only = replace(fresh, versions=(replace(fresh.versions[-1], number=1),))
    assert submitted(only, 1, held(), (), NOON).versions[-1].state is VersionState.SUBMITTED
    returned = broadcast(version(1, state=VersionState.RETURNED))
    again = submitted(life.draft(returned, TOMORROW, content(), EDITOR, NOON), 2, held(), (), NOON)
    assert again.versions[-1].state is VersionState.SUBMITTED


def test_an_older_number_is_refused_and_the_digest_names_what_was_seen() -> None:
    made = submitted(edited(content(playlist=(item("b"),))), 2, held(), (), NOON)
    with pytest.raises(Refused, match="newer version, number 2"):
        life.approve(made, 1, made.versions[0].digest, APPROVER, NOON)
    with pytest.raises(Refused, match="not the one you were shown"):
        life.approve(made, 2, made.versions[0].digest, APPROVER, NOON)


STANDING = StandingApproval(StandingId("st1"), COMMUNE, sha("a"), date(2026, 11, 30), APPROVER)


def stands(said: Content, *standing: StandingApproval, now: datetime = NOON) -> date | None:
    fresh = Broadcast(broadcast().id, broadcast().programme, COMMUNE, ())
    return standing_until(life.draft(fresh, TOMORROW, said, EDITOR, now), tree(), standing, now)


def test_a_standing_approval_covers_its_asset_in_its_area_to_its_day() -> None:
    assert stands(content(), STANDING) == date(2026, 11, 30)
    assert stands(content(), STANDING, replace(STANDING, until=date(2026, 12, 5))) == date(2026, 12, 5)
    assert stands(content(), replace(STANDING, area=H1)) is None
    assert stands(content(places=Places(hamlets=(H1,))), replace(STANDING, area=H1)) == date(2026, 11, 30)
    assert stands(content(places=Places(areas=(OTHER,))), STANDING) is None
    assert stands(content(playlist=(item("b"),)), STANDING) is None
    assert stands(content(), replace(STANDING, revoked_at=NOON)) is None
    assert stands(content(), replace(STANDING, until=date(2026, 11, 23))) is None
    assert stands(content()) is None


def test_every_recording_must_be_covered_and_the_first_to_end_counts() -> None:
    both = content(playlist=(item("a", tyz="b"),))
    other = replace(STANDING, asset=sha("b"), until=date(2026, 11, 27))
    assert stands(both, STANDING) is None
    assert stands(both, STANDING, other) == date(2026, 11, 27)
    assert TAY in {each.language for each in (both.playlist or ())[0].recordings}


def test_later_starts_than_a_standing_approvals_day_are_not_planned() -> None:
    fresh = Broadcast(broadcast().id, broadcast().programme, COMMUNE, ())
    drafted = life.draft(fresh, TOMORROW, content(), EDITOR, NOON)
    made = submitted(drafted, 1, tree(), (STANDING,), NOON)
    assert made.versions[-1].state is VersionState.APPROVED
    assert len(airings(made, NOON, NOON + timedelta(days=30))) == 6, "25 to 30 November"
    assert last_by_a_person(made) is None


def test_a_standing_approval_is_spoken_of_seven_days_before_its_end() -> None:
    day = date(2026, 11, 24)
    each = [replace(STANDING, id=StandingId(f"st{n}"), until=day + timedelta(days=n)) for n in (8, 7, 0, -1)]
    assert [one.id for one in ending(each, day)] == ["st0", "st7"]
    assert ending([replace(STANDING, until=day, revoked_at=NOON)], day) == ()


MINUTES = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")


@examples(20)
@given(st.lists(MINUTES, min_size=1, max_size=3, unique=True), st.lists(MINUTES, min_size=1, max_size=3, unique=True))
def test_no_start_is_carried_that_nobody_approved_within_15_minutes(old: list[str], new: list[str]) -> None:
    first, said = content(recurrence=daily(*old)), content(recurrence=daily(*new))
    ahead = [_minute(each) for each in old]
    good = len(new) <= len(old) and all(any(abs(_minute(each) - m) <= 15 for m in ahead) for each in new)
    if carried(said, first=first):
        assert good
    if set(new) <= set(old):
        assert carried(said, first=first)


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def test_a_named_version_approved_by_a_person_is_what_the_next_edit_is_compared_with() -> None:
    said, scope = named("2026-11-25 17:00", playlist=(item("b"),))
    second = version(2, said, scope)
    after = life.draft(broadcast(version(), second), TOMORROW, content(), EDITOR, NOON)
    assert carried_from(after, held(), NOON) is None
    skip = named("2026-11-25 17:00", start=Start(skip=True))
    assert carried_from(life.draft(broadcast(version(), second), skip[1], skip[0], EDITOR, NOON), held(), NOON) == 2
    assert scope.nominals == (Millis(to_ms(at("2026-11-25 17:00"))),)
