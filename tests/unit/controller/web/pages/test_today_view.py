"""*Hôm nay* in words: the one sentence on top, what is to come, what is asked of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from controller.domain.carrying import StandingId
from controller.domain.risk import Danger
from controller.domain.silences import PlacedSilence, SilenceId, Why
from controller.domain.values import (
    AreaId,
    BroadcastId,
    NodeId,
    OccurrenceId,
    PersonId,
    Session,
    SessionId,
    Sha256,
    Tree,
)
from controller.domain.verdicts import Kind
from controller.operations.approving import Paper, Turn, Waiting
from controller.operations.calling import Contact, Head
from controller.operations.day import Day, Risk
from controller.operations.muted import Surroundings
from controller.operations.own_work import OwnWork
from controller.operations.receipts import SilenceView, Stage
from controller.operations.silencing import Unreceived
from controller.operations.standing import StandingView
from controller.storage.results import OccurrenceResult
from controller.web.pages.today_view import RISKS_FIRST, TodayView, today_view
from tests.support.ledger import NOW, ZONE, airing, eye, owed, result

MORNING = NOW - timedelta(hours=10)
SIX = NOW.replace(hour=11, minute=0, second=0)
"""18:00 here, 19 minutes ahead."""
EVENING = Session(SessionId("s1"), "Buổi tối", time(18, 0), 3600)


def at(
    moment: datetime, *kinds: Kind, name: str = "b-1", title: str = "Tiêm phòng", seconds: int = 45
) -> OccurrenceResult:
    """An airing, hamlet by hamlet."""
    return airing(*(
        result(owed(f"n{index}", {f"t{index}": f"Thôn {index}"}, name, moment, seconds, "Tiêm phòng"), kind,
               begun=kind is Kind.PENDING and moment < NOW)
        for index, kind in enumerate(kinds, 1)
    ))  # fmt: skip


def view(
    *results: OccurrenceResult, later: Iterable[OccurrenceResult] = (), sessions: Sequence[Session] = (),
    ready: Iterable[tuple[str, str]] = (), risks: Sequence[Risk] = (), **waits: Any,
) -> TodayView:  # fmt: skip
    """The page of a day."""
    held = frozenset((OccurrenceId(one), NodeId(node)) for one, node in ready)
    empty = {"own": (), "waiting": (), "papers": (), "ending": (), "unreceived": ()}
    around = Surroundings(Tree({}, {}, {}), (), (), None)
    day = Day(around, ZONE, tuple(sessions), results, tuple(later), held, (), tuple(risks), **{**empty, **waits})
    return today_view(day, [], RISKS_FIRST, eye())


def test_the_sentence_says_how_many_hamlets_played_all_and_how_far_the_next_audio_is() -> None:
    past = at(MORNING, Kind.PLAYED, Kind.PLAYED, Kind.MISSED)
    soon = at(SIX, Kind.PENDING, Kind.PENDING, name="b-2")
    shown = view(past, soon, sessions=[EVENING], ready=[("b-2", "n1")])
    assert shown.lead == "Sáng nay 2/3 thôn đã phát đủ."
    assert shown.next == "Buổi tối 18:00: nội dung đã về 1/2 cụm loa."


def test_a_node_that_lacks_one_airing_of_the_session_is_not_counted_as_served() -> None:
    two = [at(SIX, Kind.PENDING, name="b-2"), at(SIX + timedelta(minutes=1), Kind.PENDING, name="b-3")]
    assert view(*two, sessions=[EVENING], ready=[("b-2", "n1")]).next.endswith("0/1 cụm loa.")
    assert view(*two, sessions=[EVENING], ready=[("b-2", "n1"), ("b-3", "n1")]).next.endswith("về đủ 1 cụm loa.")


def test_what_nobody_reported_is_not_counted_as_played() -> None:
    assert view(at(MORNING, Kind.UNREPORTED, Kind.PLAYED)).lead.startswith("Sáng nay 1/2 thôn")


def test_one_hamlet_is_named() -> None:
    assert view(at(MORNING, Kind.PLAYED)).lead == "Sáng nay Thôn 1 đã phát đủ."
    assert view(at(NOW - timedelta(hours=1), Kind.MISSED)).lead == "Hôm nay đến giờ Thôn 1 chưa phát đủ."
    assert view(at(MORNING, Kind.UNREPORTED)).lead == "Sáng nay chưa rõ Thôn 1 có phát đủ không."


def test_an_empty_day_says_so_and_what_comes_tomorrow_stands_with_its_day() -> None:
    shown = view(later=[at(NOW + timedelta(hours=11), Kind.PENDING)])
    assert (shown.lead, shown.next) == ("Hôm nay không có gì cần phát.", "")
    assert shown.coming[0].name == "Thứ Tư, 25/11/2026"


def test_a_bulletin_on_air_stands_first() -> None:
    running = at(NOW - timedelta(seconds=5), Kind.PENDING)
    shown = view(running)
    assert shown.on_air[0].rows[0].state.word == "Đang phát"
    assert shown.past == ()
    assert "Đang phát: Tiêm phòng." in shown.lead


def test_what_comes_stands_in_its_session_in_running_order_with_its_minutes() -> None:
    first = at(SIX, Kind.PENDING, name="b-1", seconds=180)
    second = at(SIX + timedelta(minutes=3), Kind.PENDING, name="b-2", seconds=420)
    late = at(NOW + timedelta(hours=4), Kind.PENDING, name="b-3")
    shown = view(first, second, late, sessions=[EVENING])
    assert [(held.name, [one.id for one in held.items]) for held in shown.coming] == [
        ("Buổi tối", ["b-1", "b-2"]),
        ("", ["b-3"]),
    ]
    assert shown.coming[0].span == "18:00–18:10"
    assert shown.coming[0].sounds == "10 phút 00 giây"
    assert "0/1 cụm loa" in shown.coming[0].items[0].lacking


def test_without_sessions_what_follows_close_behind_is_shown_together() -> None:
    row = [at(SIX + timedelta(minutes=each), Kind.PENDING, name=f"b-{each}") for each in (0, 1, 30)]
    assert [len(held.items) for held in view(*row).coming] == [2, 1]


def risk(danger: Danger, count: int) -> Risk:
    """A danger to an airing at 18:00 on so many nodes."""
    nodes = tuple(Contact(NodeId(f"n{i}"), f"Thôn {i}", (f"Thôn {i}",), NOW, True, ()) for i in range(count))
    return Risk(danger, "Tiêm phòng", SIX, nodes, 1500)


def test_a_danger_is_a_sentence_with_the_homes_and_the_nodes_names() -> None:
    shown = view(risks=[risk(Danger.LACKING, 2), risk(Danger.CUT_OFF, 9)]).risks
    assert shown[0].said == "18:00 “Tiêm phòng”: nội dung chưa về 2 cụm loa (1.500 hộ)."
    assert [each.place for each in shown[0].calls] == ["Thôn 0", "Thôn 1"]
    assert (shown[1].calls, shown[1].names[:14]) == ((), "Thôn 0, Thôn 1")
    assert shown[1].state.word == "Mất liên lạc"


def waiting(title: str, turn: Turn, late: bool = False) -> Waiting:
    """Something that somebody may approve, to air in half an hour."""
    return Waiting(
        broadcast=BroadcastId(title), number=1, digest="d", title=title, owner=AreaId("xa"), areas=("Thôn 1",),
        author="Bình", submitted_at=NOW - timedelta(hours=2), starts_at=NOW + timedelta(minutes=30), late=late,
        turn=turn, asked=("Ông Chủ", "Bà Phó"),
    )  # fmt: skip


def test_what_is_nearly_due_waits_first_and_with_the_deputy_too_what_is_anothers_is_counted() -> None:
    shown = view(waiting=[
        waiting("mine", Turn.APPROVER), waiting("deputy", Turn.DEPUTY, late=True), waiting("later", Turn.DEPUTY),
        waiting("others", Turn.OTHER, late=True),
    ]).waits  # fmt: skip
    assert [(each.title, each.urgent) for each in shown.each] == [("deputy", True), ("mine", False)]
    assert shown.others == 2
    assert shown.each[0].address == "/approvals/deputy"
    assert "Ông Chủ chưa duyệt; anh/chị là người duyệt thay." in shown.each[0].lines
    assert "phát lúc 18:11:05 hôm nay (còn 30 phút)" in shown.each[0].lines


def test_what_was_returned_says_why_and_what_waits_for_others_says_since_when() -> None:
    own = [
        OwnWork(BroadcastId("b1"), "Rác", NOW - timedelta(hours=1), "sai giờ", None),
        OwnWork(BroadcastId("b2"), "Điện", NOW - timedelta(minutes=5), None, NOW + timedelta(days=1)),
    ]
    returned, sent = view(own=own).waits.each
    assert returned.lines == ("Trả lại 1 giờ trước: sai giờ", "Không còn lần phát nào.")
    assert sent.lines == ("phát lúc 17:41:05 Thứ Tư, 25/11/2026", "trình 5 phút trước, chưa ai duyệt")
    assert (returned.urgent, sent.urgent) == (True, False)


def test_an_approval_on_paper_is_to_be_looked_at_and_a_standing_one_that_ends_is_spoken_of() -> None:
    paper = Paper(BroadcastId("b1"), 2, "Rác", "Bình", NOW, "số 12")
    ending = StandingView(
        StandingId("d"), AreaId("xa"), "Tân Phú", Sha256("0"), "Nhạc hiệu", date(2026, 11, 30), "An", True,
        ((BroadcastId("b3"), "Bản tin sáng"),), False,
    )  # fmt: skip
    shown = view(papers=[paper], ending=[ending]).waits.each
    assert "Bình đã ghi nhận" in shown[0].lines[0]
    assert shown[1].lines == (
        "Duyệt sẵn ở Tân Phú hết hạn Thứ Hai, 30/11/2026.", "Sau đó không xếp lịch nữa: Bản tin sáng",
    )  # fmt: skip


def test_a_silence_that_nodes_do_not_know_of_stands_before_all_other_dangers() -> None:
    silence = PlacedSilence(
        SilenceId("s1"), (AreaId("t1"),), NOW, SIX, (), Why.FUNERAL, "", PersonId("p"),
    )  # fmt: skip
    known = SilenceView(silence, Stage.NOW, ("Thôn 1",), (), "An", True, frozenset(), frozenset())
    node = Contact(NodeId("n1"), "Cụm 1", ("Thôn 1",), None, False, (Head("trưởng thôn", "Bình", "0912 345 678"),))
    shown = view(risks=[risk(Danger.LACKING, 1)], unreceived=(Unreceived(known, SIX, node),)).risks
    assert shown[0].said == "Yên lặng ở Thôn 1: 1 cụm loa chưa xác nhận, sẽ phát từ 18:00."
    assert (shown[0].address, shown[0].calls[0].call[0].number) == ("/silences/s1", "0912345678")
    assert "nội dung chưa về" in shown[1].said


def test_of_much_that_waits_the_first_are_shown_and_the_others_folded_away() -> None:
    shown = view(waiting=[waiting(f"b{number}", Turn.APPROVER) for number in range(8)]).waits
    assert (len(shown.each), len(shown.more), shown.others) == (5, 3, 0)
