"""The page of today, from the ledger and what was heard of the nodes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from controller.domain.verdicts import Kind, Lack
from controller.web.pages.view import NodeCondition, TodayView, node_view, today_view
from playlists.reports import Clock, Missing, OnAir, Trust
from tests.support.ledger import NOW, airing, condition, eye, owed, result

MORNING = NOW - timedelta(hours=5)
GREEN = "good"


def morning(*kinds: Kind, **verdict: Any) -> TodayView:
    """The page after one bulletin, hamlet by hamlet."""
    nodes = [
        result(owed(f"n{index}", {f"t{index}": f"Thôn {index}"}, "b-1", MORNING, 45, "Tiêm phòng"), kind, **verdict)
        for index, kind in enumerate(kinds, 1)
    ]
    return today_view([airing(*nodes)], [], eye())


def test_what_was_played_is_told_hamlet_by_hamlet_with_its_proof() -> None:
    view = morning(Kind.PLAYED, Kind.PLAYED, Kind.MISSED)
    assert view.lead.startswith("2/3 thôn")
    rows = view.past[0].rows
    assert [(row.name, row.state.word) for row in rows] == [
        ("Thôn 1", "Đã phát"),
        ("Thôn 2", "Đã phát"),
        ("Thôn 3", "Không phát"),
    ]
    assert rows[0].proof == ("đủ 45,0 giây", "đếm tại đầu ra âm thanh")


def test_seconds_that_are_lacking_are_said_with_their_cause() -> None:
    view = morning(Kind.PARTLY, share=0.6, cause=Lack.LINK_OR_POWER)
    assert view.past[0].rows[0].proof == (
        "27,0 giây trên 45,0 giây", "đếm tại đầu ra âm thanh", "mất mạng hoặc mất điện",
    )  # fmt: skip
    assert view.strip[0].state.tone == "part"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.PLAYED, Kind.HEARD)])
def test_only_what_was_played_or_heard_is_green(kind: Kind) -> None:
    view = morning(kind)
    assert all(row.state.tone != GREEN for one in (*view.past, *view.on_air) for row in one.rows)
    assert all(each.state.tone != GREEN for each in view.strip)


def test_what_nobody_reported_is_not_known_and_not_counted_as_played() -> None:
    view = morning(Kind.UNREPORTED)
    assert view.past[0].rows[0].state.word == "Không biết"
    assert view.lead.startswith("0/1 thôn")


def test_a_bulletin_on_air_stands_first_and_what_comes_names_its_hamlets() -> None:
    running = owed("n1", {"t1": "Thôn 1"}, "b-1", NOW - timedelta(seconds=5), 45, "Tiêm phòng")
    coming = owed("n1", {"t1": "Thôn 1"}, "b-2", NOW + timedelta(minutes=90), 60, "Thu gom rác")
    results = [airing(result(running, Kind.PENDING, begun=True)), airing(result(coming, Kind.PENDING))]
    view = today_view(results, [], eye())
    assert view.on_air[0].rows[0].state.word == "Đang phát"
    assert view.coming[0].meta[0] == "còn 1 giờ 30 phút"
    assert view.coming[0].meta[-1] == "Thôn 1"
    assert view.past == ()
    assert "Thu gom rác" in view.next


def test_a_node_that_serves_two_hamlets_counts_in_both() -> None:
    both = owed("n1", {"t1": "Thôn 1", "t2": "Thôn 2"}, "b-1", MORNING, 45, "Tiêm phòng")
    view = today_view([airing(result(both, Kind.PLAYED))], [], eye())
    assert [each.name for each in view.strip] == ["Thôn 1", "Thôn 2"]
    assert view.past[0].rows[0].name == "Thôn 1 + Thôn 2"


def test_two_nodes_of_one_hamlet_are_told_apart_and_judged_together() -> None:
    nodes = [
        result(owed(node, {"t1": "Thôn 1"}, "b-1", MORNING, 45, "Tiêm phòng"), kind)
        for node, kind in (("n1", Kind.PLAYED), ("n2", Kind.MISSED))
    ]
    view = today_view([airing(*nodes)], [], eye())
    assert [row.name for row in view.past[0].rows] == ["Thôn 1 (Cụm n1)", "Thôn 1 (Cụm n2)"]
    assert view.strip[0].state.tone == "part"


def test_a_recording_can_be_listened_to() -> None:
    one = airing(result(owed("n1", {"t1": "Thôn 1"}, "b-1", MORNING, 45, "Tiêm phòng"), Kind.PLAYED))
    assert today_view([one], [], eye(heard=True)).past[0].rows[0].listen == ("/listen/n1/b-1",)
    assert today_view([one], [], eye()).past[0].rows[0].listen == ()


def test_hamlets_stand_in_the_order_of_people() -> None:
    names = ["Thôn 10", "Thôn Đoài", "Thôn 2", "Thôn Dinh", "Ấp Bắc"]
    nodes = [
        result(owed(f"n{i}", {f"t{i}": name}, "b-1", MORNING, 45, "x"), Kind.PLAYED) for i, name in enumerate(names)
    ]
    view = today_view([airing(*nodes)], [], eye())
    assert [each.name for each in view.strip] == ["Ấp Bắc", "Thôn 2", "Thôn 10", "Thôn Dinh", "Thôn Đoài"]


NODES: dict[str, tuple[NodeCondition, str]] = {
    "never heard": (NodeCondition("n1", "Cụm", 60_000, True, None, None), "Không biết"),
    "silent for long though the broker says it is there": (condition(silent_s=400), "Không biết"),
    "off": (condition(online=False), "Mất liên lạc"),
    "at rest": (condition(), "Có liên lạc, đang nghỉ"),
    "on air": (condition(on_air=OnAir(occurrence="b", version=1, attempt=1, sounded=1, due=2)), "Đang phát"),
    "sound fails": (condition(sound_ok=False), "Hỏng đường tiếng"),
    "disk fails": (condition(store_ok=False), "Hỏng bộ nhớ"),
    "clock": (condition(clock=Clock(wall=0, trust=Trust.UNTRUSTED, bound=9)), "Đồng hồ chưa chắc"),
    "audio": (condition(missing=(Missing(sha256="0" * 64),)), "Thiếu tệp âm thanh"),
}


@pytest.mark.parametrize("case", NODES)
def test_a_node_is_told_in_words_and_never_green(case: str) -> None:
    known, word = NODES[case]
    shown = node_view(known, {}, eye())
    assert shown.state.word == word
    assert shown.state.tone != GREEN
    assert node_view(known, {}, eye("en")).state.word != word


def test_an_empty_day_says_so() -> None:
    view = today_view([], [], eye())
    assert view.lead == "Hôm nay không có gì cần phát."
