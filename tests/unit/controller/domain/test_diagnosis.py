"""One row for each cause: the facts, and the Vietnamese sentence that a technician reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from controller.domain import facts as told
from controller.domain.cases import Crowd
from controller.domain.diagnosis import RULES, Case, Tone, diagnose, diagnoses
from controller.domain.facts import (
    Booted,
    Counter,
    Grown,
    NodeFacts,
    OfficeLink,
    Pressed,
    RefusedThere,
)
from controller.domain.habits import Habit, Habits, Why
from controller.domain.machines import Turn
from controller.domain.signs import FaultKind
from controller.domain.values import to_ms
from controller.web.field_words import say_sentence
from playlists.reports import (
    AmplifierFault,
    Because,
    Clock,
    Missing,
    OnAir,
    Outcome,
    Refusal,
    Restarts,
    StoreState,
    Trust,
)
from tests.unit.controller.domain.scene import LINK, NOW, ZONE, facts, line, status

AGO = 500.0
"""Seconds after which a node of the scene is silent; its last word is then of 08:51."""
CROWD = Crowd("Tân Phú", NOW - timedelta(seconds=AGO), 5, 12)
MINUTES = [NOW - timedelta(minutes=each) for each in range(20)]


def case(of: NodeFacts, **said: Any) -> Case:
    return Case(of, said.pop("link", LINK), NOW, ZONE, **said)


def silent(**said: Any) -> NodeFacts:
    return facts(silent_s=AGO, status=status(**said))


def speaks(**said: Any) -> NodeFacts:
    return facts(status=status(**said))


def clock(trust: Trust = Trust.UNTRUSTED, **said: Any) -> Clock:
    return Clock(wall=1_000, trust=trust, bound=90_000, **said)


def refused(reason: Refusal) -> NodeFacts:
    return facts(refusals=(RefusedThere(MINUTES[1], "plan", reason),))


def grown(counter: Counter, by: int) -> NodeFacts:
    return facts(grown={counter: Grown(by, MINUTES[1])})


def turns(*machines: str) -> tuple[Turn, ...]:
    return tuple(Turn(each, MINUTES[len(machines) - at]) for at, each in enumerate(machines))


def begun(*machines: str) -> tuple[Booted, ...]:
    return tuple(Booted(each.at, Because.STOPPED, machine=each.machine, sure=True) for each in turns(*machines))


def lacks(cause: str) -> NodeFacts:
    return speaks(missing=(Missing(sha256="a" * 64, cause=cause), Missing(sha256="b" * 64)))


USUAL = Habits((Habit(Why.POWER, 9, 11, 5, 7),))
OUT = OfficeLink(False, MINUTES[3])
EXPIRED = to_ms(NOW - timedelta(days=1))

ROWS: list[tuple[str, Case, str]] = [
    ("unwatched", case(facts(), unwatched_since=MINUTES[9]),
     "Máy chủ văn phòng không theo dõi các cụm loa từ 08:51: chưa biết gì mới hơn."),
    ("broker", case(facts(silent_s=AGO), link=OUT),
     "Văn phòng không tới được máy chủ tin từ 08:57: chưa biết gì mới hơn về cụm loa này."),
    ("never", case(facts(heard_at=None, status=None, status_at=None, online=False)),
     "Chưa lần nào nối được từ khi đăng ký (09:00 26/08/2026)."),
    ("mains_of_many", case(silent(), crowd=Crowd("Tân Phú", MINUTES[9], 5, 12, low_voltage=2)),
     "Nghi mất điện lưới từ 08:51, ở 5 cụm loa."),
    ("mains", case(silent(under_voltage=True)), "Nghi mất điện lưới từ 08:51."),
    ("mains_habit", case(silent(), habits=USUAL), "Nghi mất điện từ 08:51, như thường lệ 9–11 h (5/7 ngày)."),
    ("operator", case(silent(), crowd=Crowd("Tân Phú", MINUTES[9], 5, 12, operator="Viettel")),
     "Nghi mạng Viettel hỏng từ 08:51 (5 cụm loa)."),
    ("uplink", case(silent(), crowd=CROWD),
     ("Nghi hỏng phần dùng chung của Tân Phú (đường truyền, máy chủ tin hoặc điện) từ 08:51: "
      "5/12 cụm loa mất liên lạc.")),
    ("line_habit", case(silent(), habits=Habits((Habit(Why.LINK, 9, 11, 4, 7),))),
     "Nghi mất đường truyền từ 08:51, như thường lệ 9–11 h (4/7 ngày)."),
    ("line_habit", case(silent(), habits=Habits((Habit(Why.SIGNAL, 8, 10, 6, 7),))),
     "Nghi mất đường truyền từ 08:51, như thường lệ 8–10 h (6/7 ngày)."),
    ("card_used_up", case(silent(line=line(expires=EXPIRED))),
     "Nghi SIM hết tiền hoặc hết hạn; mất liên lạc từ 08:51."),
    ("card_used_up", case(silent(line=line(balance=0))), "Nghi SIM hết tiền hoặc hết hạn; mất liên lạc từ 08:51."),
    ("disk_died", case(silent(store=StoreState.FAILED, store_error="EIO")),
     "Nghi hỏng thẻ nhớ; mất liên lạc từ 08:51."),
    ("overheated", case(silent(temperature=84.0)), "Nghi máy treo vì nóng; mất liên lạc từ 08:51."),
    ("signal_lost", case(silent(line=line(quality=7))), "Nghi mất sóng (vốn yếu) từ 08:51."),
    ("supply_weak", case(silent(under_voltage_since_boot=True)), "Nghi mất nguồn từ 08:51; trước đó nguồn đã yếu."),
    ("silent", case(silent()), "Mất liên lạc từ 08:51. Chưa rõ vì sao: điện, đường truyền hay máy."),
    ("left", case(facts(online=False, left_at=MINUTES[1])),
     "Máy chủ tin thấy kết nối dứt lúc 08:59; chưa rõ vì sao."),
    ("unclear", case(speaks(sound_ok=False).bare()),
     "Không đọc được điều cụm loa báo: chưa biết gì về tình trạng của nó."),
    ("twice", case(grown(Counter.TAKEOVERS, 4)),
     "Có hai máy cùng mang tên cụm loa này: chúng đã đẩy nhau ra 4 lần."),
    ("by_turns", case(facts(turns=turns("a", "b", "a", "b"))),
     "Có hai máy cùng dùng tên cụm loa này: gần đây văn phòng nghe lần lượt máy này rồi máy kia, 2 lần."),
    ("by_turns", case(facts(boots=begun("a", "b", "a"))),
     "Có hai máy cùng dùng tên cụm loa này: gần đây văn phòng nghe lần lượt máy này rồi máy kia, 1 lần."),
    ("device", case(speaks(sound_ok=False, sound_error="no such device: hw:CARD=A")),
     "Mất card âm thanh hoặc card không trả lời: không nghe được gì."),
    ("sound", case(speaks(sound_ok=False)), "Phần phát tiếng hỏng: không nghe được gì."),
    ("mute", case(speaks(sound_ok=True, sound_error="mute: b-1/1/0/0")), "Tiếng máy phát ra bị câm."),
    ("stuck_open", case(speaks(amplifier_fault=AmplifierFault.STUCK_OPEN)),
     "Rơ-le không đóng: tăng âm không có điện, không nghe được gì."),
    ("stuck_open", case(speaks(relay=True, read_back=False)),
     "Rơ-le không đóng: tăng âm không có điện, không nghe được gì."),
    ("stuck_closed", case(speaks(amplifier_fault=AmplifierFault.STUCK_CLOSED)),
     "Rơ-le không nhả: tăng âm bật suốt."),
    ("pins", case(speaks(amplifier_fault=AmplifierFault.PINS)),
     "Không dùng được các chân rơ-le: không đóng cắt được tăng âm."),
    ("unheard", case(facts(tests=(told.Tested(MINUTES[5], Outcome.FAILED, -71.3, "player"),))),
     "Tự kiểm tra không đạt: tiếng ra khỏi card sau rơ-le đóng không đúng như phải phát."),
    ("no_clock_battery", case(speaks(clock=clock(rtc=False))),
     "Máy không biết giờ, đồng hồ phần cứng thiếu hoặc hết pin: các buổi thường không phát."),
    ("clock", case(speaks(clock=clock())),
     "Máy không chắc giờ: các buổi thường chưa phát cho đến khi có giờ đúng."),
    ("clock_disputed", case(speaks(clock=clock(Trust.HELD, disputed=True))),
     "Các nguồn giờ của máy không khớp nhau: có thể phát sai giờ."),
    ("read_only", case(speaks(store=StoreState.READ_ONLY)),
     "Thẻ nhớ không ghi được nữa: máy vẫn phát, nhưng ghi chép sẽ mất ở lần mất điện tới."),
    ("disk_failed", case(speaks(store=StoreState.FAILED, store_error="EIO")), "Thẻ nhớ lỗi: thẻ nhớ đang hỏng."),
    ("disk_failed", case(speaks(store_ok=False)), "Thẻ nhớ lỗi: thẻ nhớ đang hỏng."),
    ("disk_full", case(speaks(store=StoreState.FULL)), "Thẻ nhớ đã đầy."),
    ("disk_low", case(speaks(store=StoreState.LOW)), "Thẻ nhớ gần đầy."),
    ("foreign_store", case(speaks(store_error="a journal of node n7 was set aside")),
     "Thẻ nhớ là của cụm loa khác: sổ ghi của cụm loa kia đã được để riêng, máy bắt đầu sổ mới."),
    ("mended", case(speaks(store_error="the journal was damaged (rows) and set aside; 12 events were saved")),
     "Sổ ghi bị hỏng, phần đọc được đã cứu: có thể thẻ nhớ sắp hỏng."),
    ("flipped", case(speaks(quarantined=2)),
     "Âm thanh trên thẻ nhớ bị đổi hoặc không đọc được (2 tệp): có thể thẻ nhớ sắp hỏng."),
    ("keys", case(refused(Refusal.UNKNOWN_KEY)), "Máy từ chối kế hoạch phát: máy không biết khóa đã ký."),
    ("older", case(refused(Refusal.OLDER)),
     "Máy từ chối kế hoạch phát vì cũ hơn bản đang có: văn phòng đã được khôi phục từ bản sao."),
    ("unread", case(refused(Refusal.MALFORMED)),
     "Máy không đọc được kế hoạch phát: phần mềm của máy cũ hơn của văn phòng."),
    ("refused", case(refused(Refusal.NOT_STORED)), "Máy từ chối kế hoạch phát (not_stored)."),
    ("no_space", case(lacks("no space")), "1 tệp âm thanh không đủ chỗ trên thẻ nhớ."),
    ("no_audio", case(lacks("not found on the server")), "Không tải được 1 tệp âm thanh."),
    ("restarts", case(facts(boots=tuple(Booted(at, Because.STOPPED) for at in reversed(MINUTES[1:5])))),
     "Máy khởi động 4 lần trong 15 phút."),
    ("guard", case(grown(Counter.GUARD, 3)), "Gần đây bộ giữ tăng âm phải chạy lại 3 lần."),
    ("guard", case(grown(Counter.GUARD, 1)), "Gần đây bộ giữ tăng âm phải chạy lại 1 lần."),
    ("sound_restarts", case(grown(Counter.SOUND, 1)), "Gần đây phần phát tiếng phải chạy lại 1 lần."),
    ("sound_restarts", case(facts(
        status=status(restarts=Restarts(sound=7, because="it hung")), grown={Counter.SOUND: Grown(3, MINUTES[2])})),
     "Gần đây phần phát tiếng phải chạy lại 3 lần."),
    ("brown_out", case(speaks(under_voltage=True)), "Điện áp đang quá thấp: máy có thể dừng bất cứ lúc nào."),
    ("brown_out_before", case(speaks(under_voltage=False, under_voltage_since_boot=True)),
     "Từ lúc khởi động đã có lúc sụt áp."),
    ("hot", case(speaks(temperature=81.4)), "Máy quá nóng: 81 °C."),
    ("memory", case(speaks(memory_free=20 * 2**20)), "Bộ nhớ gần hết (còn 20 MB)."),
    ("card_expired", case(speaks(line=line(expires=EXPIRED))), "SIM đã hết hạn."),
    ("card_expires", case(speaks(line=line(expires=to_ms(NOW + timedelta(days=2))))),
     "SIM sắp hết hạn trong vài ngày."),
    ("card_empty", case(speaks(line=line(balance=1200))), "SIM gần hết tiền (còn 1200 đ)."),
    ("deaf", case(grown(Counter.DEAF, 2)), "Gần đây 2 lần nối được nhưng không nghe được lệnh; máy đã tự chữa."),
    ("weak", case(speaks(line=line(quality=12))), "Sóng yếu: 12 %."),
    ("power_back", case(facts(boots=(Booted(MINUTES[4], Because.POWER, MINUTES[16]),))),
     "Mất điện từ 08:44; có lại lúc 08:56."),
    ("sound_back", case(facts(), mended={FaultKind.SOUND: (MINUTES[4], MINUTES[3])}),
     "Phần phát tiếng đã hỏng lúc 08:56; chạy lại từ 08:57."),
    ("line_back", case(facts(), mended={FaultKind.SILENT: (MINUTES[9], MINUTES[2])}),
     "Mất liên lạc từ 08:51; có lại từ 08:58."),
    ("crashed", case(facts(boots=(Booted(MINUTES[4], Because.WATCHDOG),))), "Máy tự dừng rồi chạy lại lúc 08:56."),
    ("replaced", case(facts(boots=(Booted(MINUTES[4], new_stream=True),))),
     "Sổ ghi của máy mới từ 08:56: đã thay thẻ nhớ hoặc thay máy."),
    ("switched", case(facts(presses=(Pressed(MINUTES[6], "silence"),))), "Có người gạt công tắc của hộp lúc 08:54."),
    ("quiet", case(facts(), quiet_until=NOW + timedelta(hours=3)),
     "Im lặng theo quyết định đến 12:00: không phải sự cố."),
    ("on_air", case(speaks(on_air=OnAir(occurrence="b-1", version=1, attempt=1, sounded=5, due=60))), "Đang phát."),
    ("well", case(facts()), "Đang liên lạc, chưa thấy gì sai. Tin cuối: 08:59."),
    ("unknown", case(facts(status=None, status_at=None)), "Máy đã nối, nhưng chưa báo tình trạng."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "of", "said"), ROWS, ids=[f"{row[0]}-{at}" for at, row in enumerate(ROWS)])
def test_each_cause_is_told_in_its_sentence(rule: str, of: Case, said: str) -> None:
    found = diagnose(of)
    assert (found.rule, say_sentence(found.sentence, "vi")) == (rule, said)


def test_every_row_of_the_table_is_tested_and_named_once() -> None:
    assert [rule.name for rule in RULES] == list(dict.fromkeys(row[0] for row in ROWS))


@pytest.mark.parametrize(("rule", "of", "said"), ROWS, ids=[f"{row[0]}-{at}" for at, row in enumerate(ROWS)])
def test_every_sentence_fills_its_places_in_both_languages(rule: str, of: Case, said: str) -> None:
    for found in diagnoses(of):
        for sentence in (found.sentence, *found.evidence, *([found.act] if found.act else [])):
            for language in ("vi", "en"):
                text = say_sentence(sentence, language)
                assert text
                assert "{" not in text, (rule, said, text)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.message.startswith("Suspected")], ids=lambda r: r.name)
def test_what_is_only_likely_says_so_and_why(rule: Any) -> None:
    of = next(row[1] for row in ROWS if row[0] == rule.name)
    found = diagnose(of)
    assert say_sentence(found.sentence, "vi").startswith("Nghi ")
    assert found.evidence


def test_of_a_silent_node_nothing_is_said_as_if_it_were_so_now() -> None:
    last = {
        "sound_ok": False,
        "store": StoreState.FULL,
        "clock": clock(),
        "missing": (Missing(sha256="a" * 64, cause="x"),),
    }
    assert [each.rule for each in diagnoses(case(silent(**last)))] == ["silent"]


def test_a_node_that_speaks_has_its_other_troubles_beside_the_headline() -> None:
    found = diagnoses(case(speaks(sound_ok=False, store=StoreState.LOW, line=line(quality=5))))
    assert [each.rule for each in found] == ["sound", "disk_low", "weak"]


def test_quiet_by_decision_hides_no_fault() -> None:
    found = diagnoses(case(speaks(sound_ok=False), quiet_until=NOW + timedelta(hours=1)))
    assert [each.rule for each in found] == ["sound", "quiet"]


def test_presence_makes_the_page_say_less_at_once_and_calls_nothing_broken() -> None:
    found = diagnose(case(facts(online=False, left_at=NOW)))
    assert (found.rule, found.tone) == ("left", Tone.UNKNOWN)


def test_a_presence_that_says_connected_hides_no_silence() -> None:
    assert diagnose(case(facts(silent_s=26, online=True))).rule == "silent"
    assert diagnose(case(facts(silent_s=24, online=True))).rule == "well"


def test_the_first_start_of_a_new_node_is_no_exchange() -> None:
    fresh = facts(boots=(Booted(MINUTES[4], new_stream=True),), enrolled_at=NOW - timedelta(hours=1))
    assert diagnose(case(fresh)).rule == "well"


def test_a_self_test_that_went_well_ends_the_fault_and_one_that_was_stopped_says_nothing() -> None:
    failed = told.Tested(MINUTES[9], Outcome.FAILED, -71.0, "player")
    stopped = told.Tested(MINUTES[5], Outcome.FAILED, None, "stopped")
    assert diagnose(case(facts(tests=(failed, stopped)))).rule == "unheard"
    assert diagnose(case(facts(tests=(stopped,)))).rule == "well"
    assert diagnose(case(facts(tests=(failed, told.Tested(MINUTES[5], Outcome.DONE, -40.2))))).rule == "well"


def test_a_signal_that_is_weak_at_its_usual_hours_says_so() -> None:
    weak = speaks(line=line(quality=12))
    usual = case(weak, habits=Habits((Habit(Why.SIGNAL, 8, 10, 6, 7),)))
    assert [say_sentence(each, "vi") for each in diagnose(usual).evidence] == ["Như thường lệ 8–10 h (6/7 ngày)."]
    assert diagnose(case(weak)).evidence == ()


def test_evidence_names_the_neighbours_and_the_last_word() -> None:
    found = diagnose(case(silent(), crowd=CROWD))
    assert [say_sentence(each, "vi") for each in found.evidence] == [
        "Tin cuối: 08:51.",
        "5/12 cụm loa của Tân Phú mất liên lạc cùng lúc.",
    ]


@pytest.mark.parametrize(("because", "said"), [("sound: hung", "sound: hung"), ("guard: hung", ""), ("hung", "hung")])
def test_a_restart_is_explained_by_its_own_reason_alone(because: str, said: str) -> None:
    of = facts(status=status(restarts=Restarts(sound=1, because=because)), grown={Counter.SOUND: Grown(1, MINUTES[2])})
    evidence = [each.params.get("error", "") for each in diagnose(case(of)).evidence]
    assert evidence == ([said] if said else [])
