"""Clashes of equals."""

from datetime import date

import pytest

from controller.domain.airings import airings
from controller.domain.clashes import Clash, among, clashes
from controller.domain.layout import Reach
from controller.domain.values import Broadcast, Places, to_ms
from playlists.models import Priority
from tests.support.commune import H1, H2, H3, N1, N23, NOON, assets, at, broadcast, content, daily, item, tree, version


def other(time: str = "17:00", name: str = "another001", **changes: object) -> Broadcast:
    return broadcast(version(1, content(title="Nhạc", recurrence=daily(time), **changes)), name=name)


def found(candidate: Broadcast, *others: Broadcast) -> tuple[Clash, ...]:
    return clashes(candidate, others, tree(), assets(), NOON)


def test_two_at_equal_precedence_on_one_node_clash_and_the_other_is_named() -> None:
    start = to_ms(at("2026-11-24 17:00"))
    assert found(broadcast(), other()) == (Clash(other().id, "Nhạc", N1, "Loa thôn 1", start, start, start + 60_000),)


@pytest.mark.parametrize(
    ("time", "clash"), [("16:58:59", False), ("16:59", False), ("16:59:01", True), ("17:00:59", True), ("17:01", False)]
)
def test_planned_times_that_only_touch_do_not_clash(time: str, clash: bool) -> None:
    assert bool(found(broadcast(), other(time))) is clash


def test_a_long_airing_clashes_with_one_that_begins_within_it() -> None:
    assert found(broadcast(), other("16:50", playlist=(item("a"),) * 11))
    assert not found(broadcast(), other("16:50", playlist=(item("a"),) * 10))


@pytest.mark.parametrize("changes", [{"rank": 1}, {"priority": Priority.PRIORITY}])
def test_another_rank_or_priority_decides_and_is_no_clash(changes: dict[str, object]) -> None:
    assert found(broadcast(), broadcast(version(1, content(**changes)), name="another001")) == ()


def test_only_a_common_node_clashes() -> None:
    here = broadcast(version(1, content(places=Places(areas=(H2,)))))
    assert found(here, other(places=Places(areas=(H1,)))) == ()
    (clash,) = found(here, other(places=Places(areas=(H3,))))
    assert clash.node == N23


def test_a_broadcast_may_clash_with_itself() -> None:
    twice = broadcast(version(1, content(recurrence=daily("17:00", "17:00:30"))))
    assert [each.other for each in found(twice)] == [twice.id]


def test_what_is_withdrawn_clashes_with_nothing() -> None:
    assert found(broadcast(), broadcast(name="another001", withdrawn_at=NOON)) == ()
    assert found(broadcast(withdrawn_at=NOON), other()) == ()


def test_a_clash_a_year_ahead_is_found_and_one_beyond_thirteen_months_is_not() -> None:
    def from_day(first: date) -> Broadcast:
        return broadcast(version(1, content(recurrence=daily("17:00", first=first))), name="another001")

    assert found(broadcast(), from_day(date(2027, 12, 24)))
    assert not found(broadcast(), from_day(date(2027, 12, 26)))


def test_one_clash_is_told_for_each_other() -> None:
    assert [each.other for each in found(broadcast(), other(name="b2"), other(name="b1"))] == ["b1", "b2"]


def pairs(*made: Broadcast) -> list[tuple[str, str]]:
    begin, end = at("2026-11-24 00:00"), at("2026-11-25 00:00")
    laid = [airing for each in made for airing in airings(each, begin, end)]
    return [(one.broadcast, two.broadcast) for one, two in among(laid, Reach(tree(), assets()))]


def test_each_two_that_clash_are_found_among_all_and_what_only_touches_or_is_decided_is_not() -> None:
    long = other("16:50", "long000001", playlist=(item("a"),) * 15)
    late = other("17:01", "late000001")
    assert pairs(late, broadcast(), long) == [("long000001", "bulletin01"), ("long000001", "late000001")]
    ranked = broadcast(version(1, content(rank=1)))
    assert pairs(ranked, other(places=Places(areas=(H1,)))) == []
    twice = broadcast(version(1, content(recurrence=daily("17:00", "17:00:30"))))
    assert pairs(twice) == []
