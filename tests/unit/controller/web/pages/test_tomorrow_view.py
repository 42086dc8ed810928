"""A hamlet's day in words: each row in its order, with its reason."""

from dataclasses import replace
from datetime import timedelta

from controller.domain.planning import listener_at, outlook, plan
from controller.domain.silences import PlacedSilence, Why
from controller.domain.tomorrow import hamlet_day
from controller.domain.values import Broadcast, Late, LateKind, PlaylistItem, to_ms
from controller.domain.week import AiringState, Seen
from controller.operations.tomorrow import Hush, NodeTomorrow, Tomorrow
from controller.web.pages.tomorrow_view import Eye, RowView, TomorrowView, tomorrow_view
from playlists.models import AlertSheet, Kind, Number
from tests.support.commune import (
    H2,
    HCM,
    N2,
    NOON,
    assets,
    at,
    broadcast,
    content,
    daily,
    item,
    sha,
    tree,
    version,
)
from tests.unit.controller.domain.test_silences import FUNERAL
from tests.unit.controller.domain.test_tomorrow import DAY

EYE = Eye(NOON, HCM, "vi")


def decided(name: str, title: str, start: str, letter: str = "a", **changes: object) -> Broadcast:
    playlist: tuple[PlaylistItem, ...] = (item(letter),)
    said = content(title=title, recurrence=daily(start, first=DAY, last=DAY), playlist=playlist, **changes)
    return broadcast(version(1, said), name=name)


def seen(
    *made: Broadcast,
    silence: PlacedSilence | None = None,
    hush: Hush | None = None,
    sheet: AlertSheet | None = None,
    others: tuple[Seen, ...] = (),
    known: tuple[Broadcast, ...] = (),
    ready: tuple[str, ...] = (sha("a"), sha("b"), sha("c")),
    current: bool = True,
) -> TomorrowView:
    """The page of Thôn 2, of its own node."""
    commune = tree()
    ahead = outlook(made, HCM, NOON, commune, assets())
    silences = [silence] if silence else []
    document = plan(listener_at(commune.nodes[N2], commune, assets()), ahead, (), NOON, "f" * 64, silences=silences)
    day = hamlet_day(commune, H2, DAY, {N2: document}, {N2: ready}, {N2: [sheet] if sheet else []})[0]
    node = NodeTomorrow(day, others, current, True, NOON - timedelta(minutes=2), (hush,) if hush else ())
    return tomorrow_view(
        Tomorrow(commune.areas[H2], DAY, (node,), {each.id: each for each in (*made, *known)}, {}), EYE
    )


def rows(view: TomorrowView) -> tuple[RowView, ...]:
    return view.nodes[0].rows


def brief(view: TomorrowView) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(row.clock, row.title, row.state.word, row.reasons) for row in rows(view)]


def test_what_is_on_time_says_which_decision_brings_it() -> None:
    view = seen(decided("first00001", "Tiêm phòng", "17:00"))
    assert (view.title, view.day) == ("Thôn 2 sẽ nghe gì?", "Thứ Tư, 25/11/2026")
    assert brief(view) == [("17:00", "Tiêm phòng", "Đúng giờ", ("Hằng ngày lúc 17:00, từ 25/11/2026 đến 25/11/2026",))]
    assert (rows(view)[0].until, rows(view)[0].address) == (
        "17:01",
        f"/airings/first00001-{to_ms(at('2026-11-25 17:00'))}",
    )


def test_what_is_held_back_cut_or_pushed_out_names_the_other_and_its_late_rule() -> None:
    first = decided("first00001", "Đầu", "17:00", rank=1)
    waits = decided("second0001", "Chờ", "17:00:30", "b", late=Late(LateKind.WHOLE, 600))
    skipped = decided("third00001", "Bỏ", "17:00:20", "c", rank=-1)
    cut = decided("fourth0001", "Bị chen", "16:59:30", rank=-2)
    assert brief(seen(first, waits, skipped, cut)) == [
        ("16:59:30", "Bị chen", "Bị cắt ngang", ("“Đầu” được ưu tiên, chen vào lúc 17:00.",)),
        ("17:00", "Đầu", "Đúng giờ", ("Hằng ngày lúc 17:00, từ 25/11/2026 đến 25/11/2026",)),
        ("17:00:20", "Bỏ", "Không phát", ("Lúc đó đang phát “Đầu”, được ưu tiên hơn.", "Lỡ giờ là bỏ.")),
        ("17:01", "Chờ", "Muộn hơn lịch", ("Lịch là 17:00:30; chờ “Đầu” phát xong.",)),
        ("17:01:30", "Bị chen", "Phát tiếp", ("Phát tiếp từ chỗ bị cắt, vì “Chờ” đã xong.",)),
    ]


def test_who_made_it_quiet_and_why_stands_on_the_row_and_above_it() -> None:
    hush = Hush("Bà Hoa", FUNERAL.begin, FUNERAL.end, replace(FUNERAL, note="nhà ông Ba"))
    view = seen(decided("first00001", "Tiêm phòng", "17:00"), silence=FUNERAL, hush=hush)
    said = (
        "Bà Hoa đặt giờ im lặng (mọi lịch thường; Tang lễ: nhà ông Ba) từ 16:00 Thứ Ba, 24/11/2026 "
        "đến 18:00 Thứ Tư, 25/11/2026."
    )
    short = "Im lặng vì Tang lễ: nhà ông Ba (Bà Hoa đặt)."
    assert brief(view) == [("17:00", "Tiêm phòng", "Không phát", (short,))]
    assert view.nodes[0].hushes == (said,)
    on_a_day = replace(hush, begin=at("2026-11-25 16:00"))
    assert "từ 16:00 đến 18:00 Thứ Tư, 25/11/2026" in seen(hush=on_a_day).nodes[0].hushes[0]


def test_another_reason_is_said_in_its_own_words_and_a_silence_of_music_says_so() -> None:
    music = replace(FUNERAL, kinds=(Kind.MUSIC,), why=Why.OTHER, note="lễ hội")
    view = seen(hush=Hush("Bà Hoa", FUNERAL.begin, FUNERAL.end, music))
    assert "(Âm nhạc; lễ hội)" in view.nodes[0].hushes[0]


def test_a_mute_is_said_with_who_pressed_it() -> None:
    until = at("2026-11-25 17:30")
    sheet = AlertSheet(
        to="z-h2", issuer="office", number=Number(epoch=1, sequence=1), issued_at=0, mute_until=to_ms(until)
    )
    view = seen(decided("first00001", "Tin", "17:00"), sheet=sheet, hush=Hush("Ông Ba", NOON, until))
    assert brief(view)[0][2:] == ("Không phát", ("Ông Ba đã tắt hết loa.",))
    assert view.nodes[0].hushes == ("Ông Ba đã tắt hết loa đến 17:30 Thứ Tư, 25/11/2026.",)


def test_what_a_sheet_takes_back_and_what_waits_stand_among_the_rows_with_their_reason() -> None:
    first, other = decided("first00001", "Tin", "17:00"), decided("other00001", "Chờ", "16:00")
    gone = f"first00001-{to_ms(at('2026-11-25 17:00'))}"
    sheet = AlertSheet(to="z-h2", issuer="office", number=Number(epoch=1, sequence=1), issued_at=0, withdrawn=(gone,))
    ahead = outlook([other], HCM, NOON, tree(), assets())
    waits = (Seen(AiringState.WAITING, ahead.airings[0]),)
    view = seen(first, sheet=sheet, others=waits, known=(other,))
    assert brief(view) == [
        ("16:00", "Chờ", "Chờ duyệt", ("Đang chờ duyệt; không được duyệt thì không phát.",)),
        ("17:00", "Tin", "Không phát", ("Đã dừng hoặc rút ở nơi này.",)),
    ]
    assert [row.title for row in rows(seen(first, other, others=waits))] == ["Chờ", "Tin"]


def test_audio_that_the_node_lacks_is_said_on_the_row_and_of_the_node() -> None:
    made = decided("first00001", "Tin", "17:00")
    view = seen(made, ready=())
    assert rows(view)[0].lacking == "Tiếng chưa về tới cụm loa này."
    states = [seen(made, ready=ready, current=current).nodes[0].state for ready, current in [((), True), ((), False)]]
    assert [state.word for state in states if state] == ["Thiếu tiếng của 1 lần phát", "Chưa nhận kế hoạch mới nhất"]
    whole = seen(made).nodes[0]
    assert (whole.state and whole.state.word, whole.contact) == (
        "Đã có kế hoạch và đủ tiếng",
        "Nghe tin lần cuối: 2 phút trước",
    )
    assert seen().nodes[0].state is None
