"""Airings on *Hôm nay*: trouble in full with its proof, what went well by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from controller.domain.verdicts import Kind, Lack, Mark
from controller.storage.results import OccurrenceResult
from controller.web.pages.airings_view import HamletView, airing_view, by_hamlet, strip
from tests.support.ledger import NOW, airing, eye, owed, result

MORNING = NOW - timedelta(hours=5)
GREEN = "good"


def morning(*kinds: Kind, **verdict: Any) -> OccurrenceResult:
    """One bulletin, hamlet by hamlet."""
    return airing(*(
        result(owed(f"n{index}", {f"t{index}": f"Thôn {index}"}, "b-1", MORNING, 45, "Tiêm phòng"), kind, **verdict)
        for index, kind in enumerate(kinds, 1)
    ))  # fmt: skip


def days(*airings: OccurrenceResult) -> tuple[HamletView, ...]:
    """The strip of some airings."""
    return strip(by_hamlet(airings), eye())


def test_what_was_played_is_told_hamlet_by_hamlet_with_its_proof() -> None:
    view = airing_view(morning(Kind.PLAYED, Kind.PLAYED, Kind.MISSED), eye())
    assert [(row.name, row.state.word) for row in view.rows] == [
        ("Thôn 1", "Đã phát"),
        ("Thôn 2", "Đã phát"),
        ("Thôn 3", "Không phát"),
    ]
    assert view.rows[0].proof == ("đủ 45,0 giây", "đếm tại đầu ra âm thanh")
    assert view.sum is not None
    assert (view.sum.word, view.sum.tone) == ("2/3 thôn", "part")


def test_of_many_nodes_only_trouble_is_shown_in_full_and_the_others_by_name() -> None:
    kinds = [Kind.PLAYED] * 11 + [Kind.MISSED]
    view = airing_view(morning(*kinds), eye())
    assert [row.name for row in view.rows] == ["Thôn 12"]
    assert view.well[1:3] == ("Thôn 2", "Thôn 3")
    assert len(view.well) == 11


def test_what_was_played_though_it_should_not_is_trouble() -> None:
    odd = morning(*[Kind.PLAYED] * 7, marks=(Mark.THOUGH_DROPPED,))
    assert len(airing_view(odd, eye()).rows) == 7


def test_seconds_that_are_lacking_are_said_with_their_cause() -> None:
    one = morning(Kind.PARTLY, share=0.6, cause=Lack.LINK_OR_POWER)
    assert airing_view(one, eye()).rows[0].proof == (
        "27,0 giây trên 45,0 giây", "đếm tại đầu ra âm thanh", "mất mạng hoặc mất điện",
    )  # fmt: skip
    assert days(one)[0].state.tone == "part"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.PLAYED, Kind.HEARD)])
def test_only_what_was_played_or_heard_is_green(kind: Kind) -> None:
    view = airing_view(morning(kind), eye())
    assert all(row.state.tone != GREEN for row in view.rows)
    assert view.sum is None or view.sum.tone != GREEN
    assert all(each.state.tone != GREEN for each in days(morning(kind)))


def test_a_node_that_serves_two_hamlets_counts_in_both() -> None:
    both = owed("n1", {"t1": "Thôn 1", "t2": "Thôn 2"}, "b-1", MORNING, 45, "Tiêm phòng")
    one = airing(result(both, Kind.PLAYED))
    assert [each.name for each in days(one)] == ["Thôn 1", "Thôn 2"]
    assert airing_view(one, eye()).rows[0].name == "Thôn 1 + Thôn 2"


def test_two_nodes_of_one_hamlet_are_told_apart_and_judged_together() -> None:
    nodes = [
        result(owed(node, {"t1": "Thôn 1"}, "b-1", MORNING, 45, "Tiêm phòng"), kind)
        for node, kind in (("n1", Kind.PLAYED), ("n2", Kind.MISSED))
    ]
    assert [row.name for row in airing_view(airing(*nodes), eye()).rows] == ["Thôn 1 (Cụm n1)", "Thôn 1 (Cụm n2)"]
    assert days(airing(*nodes))[0].state.tone == "part"


def test_a_recording_can_be_listened_to() -> None:
    one = airing(result(owed("n1", {"t1": "Thôn 1"}, "b-1", MORNING, 45, "Tiêm phòng"), Kind.PLAYED))
    assert airing_view(one, eye(heard=True)).rows[0].listen == ("/listen/n1/b-1",)
    assert airing_view(one, eye()).rows[0].listen == ()


def test_hamlets_stand_in_the_order_of_people() -> None:
    names = ["Thôn 10", "Thôn Đoài", "Thôn 2", "Thôn Dinh", "Ấp Bắc"]
    nodes = [
        result(owed(f"n{i}", {f"t{i}": name}, "b-1", MORNING, 45, "x"), Kind.PLAYED) for i, name in enumerate(names)
    ]
    shown = [each.name for each in days(airing(*nodes))]
    assert shown == ["Ấp Bắc", "Thôn 2", "Thôn 10", "Thôn Dinh", "Thôn Đoài"]
    assert [row.name for row in airing_view(airing(*nodes), eye()).rows] == shown


def test_of_many_hamlets_the_strip_names_those_in_trouble_and_counts_the_others() -> None:
    shown = days(morning(*[Kind.PLAYED] * 59, Kind.MISSED))
    assert [each.name for each in shown] == ["Thôn 60", "59 thôn"]


def test_what_nobody_reported_is_a_question_and_no_failure() -> None:
    shown = airing_view(morning(Kind.UNREPORTED), eye()).sum
    assert shown is not None
    assert (shown.sign, shown.tone) == ("ask", "none")
