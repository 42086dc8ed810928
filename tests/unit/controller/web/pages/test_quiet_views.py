"""The bar of TẮT HẾT LOA, silences and withdrawn broadcasts in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from controller.domain.silences import PlacedSilence, SilenceId, Why
from controller.domain.values import AreaId, NodeId, PersonId
from controller.domain.withdrawn import Fate
from controller.operations.calling import Contact, Head
from controller.operations.muted import MuteView, Surroundings
from controller.operations.receipts import SilenceView, Stage
from controller.operations.withdrawing import Listed, Prospect, ThreeLists
from controller.web.pages.contact_view import contact_view
from controller.web.pages.mute_view import mute_bar
from controller.web.pages.silences_view import WHATS, WHYS, Reader, line_of, noon_after
from controller.web.pages.withdrawing_view import prospect_lines, withdrawn_page
from tests.support.commune import broadcast, tree

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EYE = Reader(NOW, ZONE, "vi")
NODES = frozenset({NodeId("n1"), NodeId("n2")})
CONTACT = Contact(NodeId("n1"), "Loa 1", ("Thôn 1",), NOW - timedelta(minutes=5), True, ())
FUNERAL = PlacedSilence(
    SilenceId("s"), (AreaId("h1"),), NOW, NOW + timedelta(hours=19), (), Why.FUNERAL, "cụ Tư", PersonId("head")
)


def muted(until: datetime, answered: frozenset[NodeId] = frozenset(), mine: bool = True) -> MuteView:
    zone = next(iter(tree().zones.values()))
    return MuteView(replace(zone, name="Xã B"), until, "Lan", NOW, mine, NODES, answered)


def around(*mutes: MuteView, session_end: datetime | None = None) -> Surroundings:
    return Surroundings(tree(), mutes, (CONTACT,), session_end)


def test_the_bar_says_until_when_and_by_whom_and_the_day_where_it_is_another_one() -> None:
    first, second = NOW + timedelta(hours=2), NOW + timedelta(hours=24)
    bar = mute_bar(around(muted(first), muted(second, NODES)), True, NOW, ZONE, "vi", "/week")
    assert [line.said for line in bar.lines] == [
        "Xã B đã tắt loa đến 19:00 (Lan).",
        "Xã B đã tắt loa đến 17:00 25/11/2026 (Lan).",
    ]
    assert [(line.answered, line.whole) for line in bar.lines] == [
        ("0/2 cụm loa đã trả lời.", False),
        ("2/2 cụm loa đã trả lời.", True),
    ]
    assert (bar.address, bar.session, bar.mine) == ("/week", "", True)


def test_the_bar_offers_the_sessions_end_and_a_lifting_only_where_there_is_one() -> None:
    bar = mute_bar(around(muted(NOW, mine=False), session_end=NOW + timedelta(hours=1)), False, NOW, ZONE, "vi", "/")
    assert (bar.session, bar.mine, bar.may) == ("18:00", False, False)


@pytest.mark.parametrize(
    ("head", "who", "number"),
    [
        (Head("trưởng thôn", "Trần Văn Tư", "0912 345-678"), "Trưởng thôn Trần Văn Tư", "0912345678"),
        (Head("", "Tư", "+84 912 345 678"), "Tư", "+84912345678"),
        (Head("trưởng bản", "", ""), "Trưởng bản", ""),
        (Head("", "", "javascript:alert(1)"), "", "1"),
    ],
)
def test_whom_to_call_has_a_title_a_name_and_a_number_to_dial(head: Head, who: str, number: str) -> None:
    view = contact_view(replace(CONTACT, heads=(head,)), NOW, "vi")
    assert (view.place, view.heard) == ("Thôn 1", "Nghe tin lần cuối: 5 phút trước")
    assert (view.call[0].who, view.call[0].number) == (who, number)


def test_a_node_that_was_never_heard_says_so() -> None:
    assert contact_view(replace(CONTACT, heard_at=None), NOW, "vi").heard == "Chưa từng nghe tin từ cụm loa này."


def test_a_silence_in_words() -> None:
    view = SilenceView(FUNERAL, Stage.NOW, ("Thôn 1",), ("Thôn 2",), "Bảy", True, NODES, frozenset({NodeId("n1")}))
    line = line_of(view, EYE)
    assert line.span == "17:00 Thứ Ba 24/11/2026 đến 12:00 Thứ Tư 25/11/2026"
    assert (line.what, line.why) == ("Mọi chương trình, trừ khẩn cấp", "Tang lễ – cụ Tư")
    assert (line.receipts, line.whole, line.others) == ("1/2 cụm loa đã nhận", False, "Thôn 2")
    lifted = replace(view, silence=replace(FUNERAL, lifted_at=NOW + timedelta(minutes=5)), stage=Stage.LIFTED)
    assert line_of(lifted, EYE).span == "17:00 Thứ Ba 24/11/2026 đến 17:05 Thứ Ba 24/11/2026"


def test_every_reason_and_every_choice_of_kinds_has_its_words() -> None:
    assert set(WHYS) == set(Why)
    for _, kinds in WHATS.values():
        view = SilenceView(replace(FUNERAL, kinds=kinds), Stage.COMING, (), (), "Bảy", False, NODES, NODES)
        assert line_of(view, EYE).what


def test_noon_is_local_and_of_the_day_after_whatever_the_hour() -> None:
    late = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
    assert noon_after(late, ZONE) == datetime(2026, 11, 26, 12, tzinfo=ZONE), "it is the 25th there already"


def test_what_a_withdrawal_will_do_is_said_before() -> None:
    nothing = prospect_lines(Prospect("Tin", False, (), 0, None), EYE)
    assert nothing[0] == "Hiện không phát và không còn lần phát nào."
    lines = prospect_lines(Prospect("Tin", False, ("Loa 1", "Loa 2"), 3, NOW), EYE)
    assert lines[0] == "Đang đến giờ phát, sẽ dừng ở: Loa 1, Loa 2."
    assert lines[1] == "3 lần phát trong các tuần tới sẽ không phát; lần gần nhất lẽ ra lúc 17:00 Thứ Ba 24/11/2026."
    assert lines[-1].startswith("Thu hồi toàn bộ lịch phát này.")


def test_the_three_lists_name_seconds_and_whom_to_call_and_for_whom_a_correction_is() -> None:
    played = Listed(CONTACT, Fate.PLAYED, (AreaId("h1"),), 12_400, True, 2)
    quiet = Listed(replace(CONTACT, node=NodeId("n2")), Fate.WILL_NOT, (AreaId("h2"),), 0, False, 0)
    page = withdrawn_page(ThreeLists(broadcast(), "Tin", NOW, "Lan", "Sai", (played, quiet)), EYE)
    assert [list_.state.word for list_ in page.lists] == ["Đã phát", "Có thể vẫn phát", "Sẽ không phát"]
    assert page.lists[0].nodes[0].said == ("đã phát 12,4 giây", "có thể phát lần nữa", "Còn 2 báo cáo chưa gửi")
    assert page.lists[0].nodes[0].call, "it may play once more"
    assert not page.lists[2].nodes[0].call
    assert page.corrected == "played"
