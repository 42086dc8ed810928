"""Hours, minutes, volumes and the box of a node, from the settings of its areas."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from controller.domain import limits
from controller.domain.values import AreaId, Hours, Tree
from playlists.models import Box, Priority
from tests.support.commune import COMMUNE, H1, HCM, at, tree

DAYS = tuple(at("2026-11-24") + timedelta(days=day) for day in range(3))


def said(area: AreaId, hours: Hours | None = None, **settings: Any) -> Tree:
    known = tree()
    areas = {**known.areas, area: replace(known.areas[area], settings=settings, hours=hours)}
    return Tree(areas, known.nodes, known.zones)


def node_of(known: Tree) -> Any:
    return next(each for each in known.nodes.values() if each.home == H1)


def test_hours_are_said_day_by_day_and_none_where_no_area_says_any() -> None:
    known = said(COMMUNE, Hours(time(5), time(20, 30)))
    found = limits.hours(known, node_of(known), DAYS, HCM)
    assert len(found) == 2
    assert found[0].end - found[0].start == (15 * 60 + 30) * 60_000
    assert limits.hours(tree(), node_of(tree()), DAYS, HCM) == ()
    whole = said(COMMUNE, Hours(time(0), time(23, 59)))
    assert limits.hours(whole, node_of(whole), DAYS, HCM) == ()


def test_the_minutes_a_day_are_the_strictest_of_its_hamlets() -> None:
    known = said(COMMUNE, minutes_a_day=90)
    assert limits.minutes(known, node_of(known)) == 90 * 60_000
    assert limits.minutes(said(COMMUNE, minutes_a_day=-1), node_of(known)) is None
    assert limits.minutes(tree(), node_of(tree())) is None


def test_volumes_by_time_of_day_and_what_is_not_readable_is_left_out() -> None:
    quiet = {"priority": "normal", "begin": "05:00", "end": "06:00", "gain": -6}
    known = said(COMMUNE, volumes=[quiet, {"priority": "loud"}, "x", {**quiet, "gain": 6}])
    found = limits.volumes(known, node_of(known), DAYS, HCM)
    assert [(each.priority, each.gain) for each in found] == [(Priority.NORMAL, -6.0)] * 2


def test_the_box_of_the_home_and_the_usual_one_where_it_is_not_readable() -> None:
    known = said(H1, box={"messages": ["flood", "fire"], "longest_s": 120, "silence_min": 30})
    assert limits.box(known, node_of(known)) == Box(messages=("flood", "fire"), longest=120_000, silence=1_800_000)
    assert limits.box(said(H1, box={"messages": ["KHÔNG"]}), node_of(known)) == Box()
    assert limits.box(tree(), node_of(tree())) == Box()
