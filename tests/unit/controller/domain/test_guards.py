"""What is not saved because of its hour."""

from dataclasses import replace
from datetime import date, time

import pytest

from controller.domain.clashes import look_ahead
from controller.domain.guards import timing_problems
from controller.domain.values import (
    Broadcast,
    Content,
    FromDay,
    Hours,
    NamedStarts,
    Places,
    Scope,
    Start,
    to_ms,
)
from playlists.models import NodeSettings, Priority
from tests.support.commune import COMMUNE, N1, NOON, OTHER, at, broadcast, content, daily, item, version
from tests.unit.controller.domain.test_layout import held, sound, standing


def wrong(candidate: Broadcast, *others: Broadcast) -> list[str]:
    return [str(each) for each in timing_problems(look_ahead(candidate, others, held(), sound(), NOON))]


def own(start: str, **changes: object) -> Broadcast:
    return broadcast(version(1, content(**{"recurrence": daily(start), **changes})))


def test_routine_within_the_hours_and_the_limit_is_saved() -> None:
    assert wrong(own("17:00")) == []
    assert wrong(standing("first00001"), standing("second0001", order=1)) == []
    assert wrong(own("03:15", places=Places(areas=(OTHER,)))) == [], "nobody hears it there"


@pytest.mark.parametrize(
    ("start", "words"),
    [("03:15", "not at 03:15: did you mean 15:15?"), ("20:59:30", "this would sound from 20:59 to 21:00")],
)
def test_routine_outside_the_hours_is_not_saved_and_a_doubtful_one_is_asked_back(start: str, words: str) -> None:
    (found,) = wrong(own(start))
    assert words in found
    assert "from 05:00 to 21:00 only" in found


def test_what_passes_the_sessions_limit_is_not_saved_and_is_named() -> None:
    (found,) = wrong(standing("long000001", "d", 1), standing("full000001", "e"))
    assert found == "On 24/11/2026 “Tiêm phòng” would end at 17:10:01, after the 10 minutes of “Buổi chiều”."


def test_a_start_of_its_own_that_pushes_another_past_the_limit_is_not_saved() -> None:
    assert len(wrong(own("17:00:30"), standing("full000001", "e"))) == 1
    assert wrong(own("18:00"), standing("full000001", "e")) == []


@pytest.mark.parametrize(("longest_on", "refused"), [(539_000, True), (540_500, True), (542_000, False)])
def test_what_is_longer_than_an_amplifier_may_be_on_is_not_saved_and_the_node_is_named(
    longest_on: int, refused: bool
) -> None:
    commune = held()
    nodes = {N1: replace(commune.nodes[N1], settings=NodeSettings(longest_on=longest_on))}
    strict = replace(commune, nodes={**commune.nodes, **nodes})
    candidate = own("17:00", playlist=(item("e"),))
    found = timing_problems(look_ahead(candidate, (), strict, sound(), NOON))
    said = ["The amplifier at Loa thôn 1 is on for 8 minutes at most: this is longer."]
    assert [str(each) for each in found] == ([each.replace("8", str(longest_on // 60_000)) for each in said] * refused)
    alarm = own("17:00", playlist=(item("e"),), priority=Priority.EMERGENCY)
    assert timing_problems(look_ahead(alarm, (), strict, sound(), NOON)) == ()


def edited(said: Content, scope: Scope) -> Broadcast:
    """The bulletin of every day at 17:00 with a second version on top."""
    return broadcast(version(1), version(2, said, scope, decided_at=NOON))


def named(*starts: str) -> NamedStarts:
    return NamedStarts(tuple(to_ms(at(each)) for each in starts))


def only(**changes: object) -> Content:
    """What a version of named starts says."""
    return content(**{"playlist": None, "places": None, "recurrence": None, **changes})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"recurrence": daily("17:00", last=date(2026, 11, 23))}, "recurrence"),
        ({"last_true_day": date(2026, 11, 23)}, "last_true_day"),
        ({"recurrence": daily("11:00", last=date(2026, 11, 24))}, "recurrence"),
    ],
)
def test_what_would_never_sound_is_not_saved(said: dict[str, object], reason: str) -> None:
    candidate = broadcast(version(1, content(**said), decided_at=NOON))
    (found,) = timing_problems(look_ahead(candidate, (), held(), sound(), NOON))
    assert (found.where, found.reason) == (reason, "never_sounds")


def test_what_begins_in_two_years_sounds_then() -> None:
    assert wrong(own("17:00", recurrence=daily("17:00", first=date(2028, 12, 1)))) == []


def test_a_recurrence_that_was_approved_may_be_ended() -> None:
    ended = content(recurrence=daily("17:00", last=date(2026, 11, 24)))
    assert wrong(edited(ended, FromDay(date(2026, 11, 25)))) == []
    assert len(wrong(edited(content(last_true_day=date(2026, 11, 23)), FromDay(date(2026, 11, 25))))) == 1


def test_named_starts_are_airings_that_are_still_to_come() -> None:
    skip = only(start=Start(skip=True))
    assert wrong(edited(skip, named("2026-11-26 17:00"))) == []
    assert "no such airing" in wrong(edited(skip, named("2026-11-26 17:01")))[0]
    assert "begun already" in wrong(edited(skip, named("2026-11-23 17:00")))[0]
    assert "no such airing" in wrong(broadcast(version(1, skip, named("2026-11-26 17:00"), decided_at=NOON)))[0]


def test_a_named_start_is_judged_by_its_new_hour_too() -> None:
    moved = only(start=Start(starts_at=to_ms(at("2026-11-26 22:00"))))
    assert "did you mean 10:00?" in wrong(edited(moved, named("2026-11-26 17:00")))[0]


def test_what_would_begin_again_while_it_still_sounds_is_not_saved() -> None:
    (found,) = wrong(own("17:00", recurrence=daily("17:00", "17:00:30")))
    assert found.startswith("On 24/11/2026 17:00 it would still sound at Loa thôn 1 when it begins again")


def test_a_session_outside_the_hours_names_the_session() -> None:
    commune = held()
    early = replace(commune.areas[COMMUNE], hours=Hours(time(18), time(21)))
    dark = replace(commune, areas={**commune.areas, COMMUNE: early})
    found = timing_problems(look_ahead(standing("first00001"), (), dark, sound(), NOON))
    assert [(each.where, each.reason) for each in found] == [("session", "out_of_hours")]
