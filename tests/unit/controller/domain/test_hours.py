"""When routine may sound."""

from dataclasses import replace
from datetime import time

import pytest

from controller.domain.airings import airings
from controller.domain.hours import DAY_AND_NIGHT, WAKING, OutOfHours, doubtful, hours_at, hours_of, out_of_hours
from controller.domain.layout import Reach
from controller.domain.values import AreaId, Content, Hours, Places, Tree
from playlists.models import Priority
from tests.support.commune import (
    COMMUNE,
    H1,
    H2,
    H3,
    N1,
    N2,
    N23,
    assets,
    at,
    broadcast,
    content,
    daily,
    item,
    tree,
    version,
)

SHORT, LATE = Hours(time(6), time(20)), Hours(time(5, 30), time(22))


def held(**hours: Hours) -> Tree:
    made = tree()
    areas = {id_: replace(area, hours=hours.get(id_)) for id_, area in made.areas.items()}
    return replace(made, areas=areas)


def outside(said: Content, commune: Tree | None = None) -> list[OutOfHours]:
    begin, end = at("2026-11-24 00:00"), at("2026-11-25 00:00")
    found = airings(broadcast(version(1, said)), begin, end)
    return list(out_of_hours(found, Reach(commune or tree(), assets(e=3600))))


def test_hours_come_from_the_nearest_area_that_has_them() -> None:
    commune = held(commune=SHORT, h2=LATE)
    assert [hours_of(commune, area) for area in (H1, H2)] == [SHORT, LATE]
    assert hours_of(tree(), H1) == hours_of(tree(), AreaId("nowhere")) == WAKING == Hours(time(5), time(21))


def test_the_strictest_counts_for_a_node_that_serves_two_hamlets() -> None:
    commune = held(h2=Hours(time(6), time(22)), h3=Hours(time(5), time(20)))
    assert hours_at(commune, commune.nodes[N23]) == SHORT
    assert hours_at(commune, commune.nodes[N2]) == Hours(time(6), time(22))
    assert hours_at(commune, commune.nodes[N1]) == WAKING


@pytest.mark.parametrize(
    ("start", "good"),
    [("04:59:59", False), ("05:00", True), ("20:59", True), ("20:59:01", False), ("23:59:30", False), ("00:00", False)],
)
def test_routine_lies_whole_within_the_hours(start: str, good: bool) -> None:
    assert (outside(content(recurrence=daily(start))) == []) is good


def test_the_airing_and_a_node_where_it_may_not_sound_are_named() -> None:
    commune = held(h3=Hours(time(5), time(16)))
    (found,) = outside(content(places=Places(areas=(COMMUNE,))), commune)
    assert (found.node, found.hours, found.begin.time(), found.end.time()) == (
        "n23", Hours(time(5), time(16)), time(17), time(17, 1),
    )  # fmt: skip
    assert outside(content(places=Places(hamlets=(H1,))), commune) == []


def test_a_long_one_that_passes_midnight_is_out_of_hours() -> None:
    commune = held(province=Hours(time(1), time(23, 59)))
    assert outside(content(recurrence=daily("22:00"), playlist=(item("e"),)), commune) == []
    assert outside(content(recurrence=daily("23:30"), playlist=(item("e"),)), commune)


def test_no_hours_are_left_where_two_hamlets_have_none_in_common() -> None:
    commune = held(h2=Hours(time(5), time(12)), h3=Hours(time(13), time(21)))
    assert {each.node for each in outside(content(places=Places(hamlets=(H2,))), commune)} == {"n2"}
    assert {each.node for each in outside(content(places=Places(hamlets=(H3,)), recurrence=daily("17:00")), commune)}


@pytest.mark.parametrize(
    ("said", "meant"),
    [("03:15", "15:15"), ("04:59", "16:59"), ("21:30", "09:30"), ("00:10", "12:10"), ("23:00", "11:00")],
)
def test_a_doubtful_hour_is_asked_back(said: str, meant: str) -> None:
    found = doubtful(time.fromisoformat(said))
    assert found
    assert found.meant == time.fromisoformat(meant)


@pytest.mark.parametrize("said", ["05:00", "12:00", "20:59:59"])
def test_an_hour_at_which_people_are_awake_is_not_asked_back(said: str) -> None:
    assert doubtful(time.fromisoformat(said)) is None


@pytest.mark.parametrize("start", ["00:00", "03:15", "23:59:30"])
def test_hours_of_the_whole_day_have_no_midnight(start: str) -> None:
    assert outside(content(recurrence=daily(start)), held(province=DAY_AND_NIGHT)) == []


def test_an_emergency_is_not_bound_by_hours() -> None:
    assert outside(content(recurrence=daily("03:15"), priority=Priority.EMERGENCY)) == []
