"""The nodes in words: never green, those in trouble in full."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.web.pages.nodes_view import NodeCondition, node_view, nodes_view
from playlists.reports import Clock, Missing, OnAir, Trust
from tests.support.ledger import condition, eye

NODES: dict[str, tuple[NodeCondition, str]] = {
    "never heard": (NodeCondition("n1", "Cụm", 60_000, True, None, None), "Chưa rõ"),
    "silent for long though the broker says it is there": (condition(silent_s=400), "Chưa rõ"),
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
    assert shown.state.tone != "good"
    assert node_view(known, {}, eye("en")).state.word != word


@pytest.mark.parametrize("case", NODES)
def test_among_many_only_what_rests_in_contact_is_named_alone(case: str) -> None:
    known = NODES[case][0]
    crowd = [replace(condition(f"m{i}"), name=f"Cụm {i}") for i in range(7)]
    shown = nodes_view([*crowd, known], {}, eye())
    assert len(shown.full) + len(shown.well) == 8
    assert (known.name in shown.well) is (case == "at rest")


def test_a_few_nodes_are_all_shown_in_full() -> None:
    assert nodes_view([condition()], {}, eye()).well == ()
