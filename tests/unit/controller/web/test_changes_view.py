"""What a version changes, in words."""

from dataclasses import replace
from datetime import date, time

import pytest

from controller.domain.values import (
    AreaId,
    Content,
    FromDay,
    InSession,
    Late,
    LateKind,
    NamedStarts,
    Places,
    PlaylistItem,
    Recording,
    Scope,
    Session,
    SessionId,
    Start,
    to_ms,
)
from controller.operations.reviewing import Decision
from controller.web.pages.changes_view import Words, change_lines, late_words, when_words
from playlists.models import Priority
from tests.support.commune import H1, H2, H3, HCM, VI, at, content, daily, item, sha, version

TODAY = FromDay(date(2026, 11, 24))
WORDS = Words(
    "vi", HCM, {H1: "Thôn 1", H2: "Thôn 2", H3: "Thôn 10"}, {sha("a"): "Bản tin", sha("b"): "Nhạc hiệu"},
    {sha("a"): 60_000, sha("b"): 30_000},
)  # fmt: skip

FROM = "Hằng ngày lúc {:02d}:{:02d}, từ 20/11/2026 trở đi"


def decision(said: Content, hamlets: tuple[AreaId, ...] = (H1, H2), scope: Scope = TODAY) -> Decision:
    session = Session(SessionId("evening"), "Buổi chiều", time(17), 3600) if said.session else None
    return Decision(version(2, said, scope), said, frozenset(hamlets), session)


def lines(after: Content, scope: Scope = TODAY, hamlets: tuple[AreaId, ...] = (H1, H2)) -> list[str]:
    """What changes, without from when on."""
    found = list(change_lines(decision(content()), decision(after, hamlets, scope), WORDS))
    return [each for each in found if not each.startswith("Áp dụng từ")]


def test_the_same_changes_nothing() -> None:
    assert lines(content()) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "Họp"}, ["Tên trước đây là “Tiêm phòng”."]),
        (
            {"playlist": (item("b"),)},
            ["“Nhạc hiệu” thay cho “Bản tin”.", "Trước dài 1 phút 00 giây, nay dài 30,0 giây."],
        ),
        (
            {"playlist": (item("a"), item("b"))},
            ["Thêm “Nhạc hiệu”.", "Trước dài 1 phút 00 giây, nay dài 1 phút 30 giây."],
        ),
        ({"playlist": (PlaylistItem((Recording(VI, sha("a"), "Lời mới"),)),)}, ["“Bản tin” có lời khác trước."]),
        ({"playlist": (item("a", tyz="b"),)}, ["“Bản tin” có các tiếng khác trước."]),
        (
            {"recurrence": daily("17:30")},
            ["Trước phát: Hằng ngày lúc 17:00, từ 20/11/2026 trở đi. Nay: Hằng ngày lúc 17:30, từ 20/11/2026 trở đi."],
        ),
        ({"priority": Priority.EMERGENCY}, ["Mức ưu tiên trước là thông thường, nay là khẩn cấp."]),
        ({"rank": 1}, ["Khi trùng giờ, thứ tự nhường nhau đã đổi."]),
        ({"late": Late(LateKind.JOIN)}, ["Cách xử lý khi không phát được đúng giờ đã đổi."]),
        ({"last_true_day": date(2026, 12, 1)}, ["Nay hết hạn ngày 01/12/2026."]),
    ],
)
def test_each_difference_is_a_sentence(changes: dict[str, object], said: list[str]) -> None:
    assert lines(content(**changes)) == said


def test_hamlets_are_named_as_people_sort_them() -> None:
    assert lines(content(places=Places(hamlets=(H1, H3))), hamlets=(H3,)) == [
        "Phát thêm ở: Thôn 10.",
        "Không còn phát ở: Thôn 1, Thôn 2.",
    ]


def test_what_is_named_is_left_out_or_moved() -> None:
    scope = NamedStarts((to_ms(at("2026-11-25 17:00")),))
    assert lines(content(start=Start(skip=True)), scope) == [
        "Chỉ các lần phát lúc 17:00 Thứ Tư, 25/11/2026. Các lần này không phát."
    ]
    moved = content(start=Start(starts_at=to_ms(at("2026-11-25 17:10"))))
    assert lines(moved, scope) == ["Chỉ các lần phát lúc 17:00 Thứ Tư, 25/11/2026. Dời sang 17:10 Thứ Tư, 25/11/2026."]


def test_a_session_is_named_and_from_when_on_a_change_counts() -> None:
    held = content(recurrence=replace(daily(), times=()), session=InSession(SessionId("evening")))
    assert when_words(decision(held), WORDS) == "Hằng ngày trong “Buổi chiều”, từ 20/11/2026 trở đi"
    scope = FromDay(date(2026, 11, 25), today=(to_ms(at("2026-11-24 19:00")),))
    assert list(change_lines(decision(content()), decision(content(), scope=scope), WORDS)) == [
        "Áp dụng từ ngày 25/11/2026.",
        "Ngay hôm nay với các lần phát 19:00 Thứ Ba, 24/11/2026.",
    ]


def test_the_late_rule_is_a_sentence_with_its_hour() -> None:
    whole = Late(LateKind.WHOLE, 9000)
    assert late_words(whole, at("2026-11-24 17:00"), WORDS) == "Có điện trước 19:30 thì phát lại từ đầu."
