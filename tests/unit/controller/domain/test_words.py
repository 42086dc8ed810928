"""A recurrence in words."""

from collections.abc import Mapping
from datetime import date, time, timedelta

import pytest

from controller.domain.calendar import Lacking
from controller.domain.values import Recurrence, Repeat
from controller.domain.words import Say, in_words, lacking_in_words, shown_back
from controller.locale import sentence
from tests.support.commune import HCM, at

FIRST, LAST = date(2026, 11, 24), date(2026, 12, 31)
FIVE_PM = (time(17), time(5, 30))


def speaks(language: str) -> Say:
    def say(message: str, params: Mapping[str, object]) -> str:
        return sentence(language, message, params)

    return say


VI, EN = speaks("vi"), speaks("en")


@pytest.mark.parametrize(
    ("recurrence", "vi", "en"),
    [
        (
            Recurrence(Repeat.ONCE, FIRST, (time(17),)),
            "Một lần, ngày 24/11/2026 lúc 17:00",
            "Once, on 24/11/2026 at 17:00",
        ),
        (
            Recurrence(Repeat.DAILY, FIRST, FIVE_PM, except_days=(date(2026, 12, 1), date(2026, 11, 26))),
            "Hằng ngày lúc 05:30, 17:00, từ 24/11/2026 trở đi, trừ 26/11/2026, 01/12/2026",
            "Every day at 05:30, 17:00, from 24/11/2026 on, except 26/11/2026, 01/12/2026",
        ),
        (
            Recurrence(Repeat.WEEKDAYS, FIRST, (time(17, 0, 5),), LAST, weekdays=(3, 0)),
            "Thứ Hai, Thứ Năm hằng tuần lúc 17:00:05, từ 24/11/2026 đến 31/12/2026",
            "Every Monday, Thursday at 17:00:05, from 24/11/2026 to 31/12/2026",
        ),
        (
            Recurrence(Repeat.MONTH_DAYS, FIRST, (time(17),), month_days=(15, 1)),
            "Ngày 1, 15 hằng tháng lúc 17:00, từ 24/11/2026 trở đi",
            "Every month on day 1, 15 at 17:00, from 24/11/2026 on",
        ),
        (
            Recurrence(Repeat.MONTH_END, FIRST, (time(17),)),
            "Ngày cuối hằng tháng lúc 17:00, từ 24/11/2026 trở đi",
            "Every month on its last day at 17:00, from 24/11/2026 on",
        ),
        (
            Recurrence(Repeat.LUNAR_DAYS, FIRST, (time(17),), month_days=(1, 15)),
            "Ngày 1, 15 âm lịch hằng tháng lúc 17:00, từ 24/11/2026 trở đi",
            "Every lunar month on day 1, 15 at 17:00, from 24/11/2026 on",
        ),
        (
            Recurrence(Repeat.LUNAR_MONTH_END, FIRST, (time(17),)),
            "Ngày cuối hằng tháng âm lịch lúc 17:00, từ 24/11/2026 trở đi",
            "Every lunar month on its last day at 17:00, from 24/11/2026 on",
        ),
    ],
)
def test_a_recurrence_is_said_in_the_readers_language(recurrence: Recurrence, vi: str, en: str) -> None:
    assert in_words(recurrence, VI) == vi
    assert in_words(recurrence, EN) == en


def test_in_a_session_its_name_is_said() -> None:
    said = Recurrence(Repeat.DAILY, FIRST, ())
    assert in_words(said, VI, "Buổi chiều") == "Hằng ngày trong “Buổi chiều”, từ 24/11/2026 trở đi"


def test_the_exact_start_and_end_are_shown_back() -> None:
    found = shown_back(at("2026-11-24 17:00:05"), timedelta(seconds=65), HCM, VI)
    assert found == "Thứ Ba 24/11/2026, 17:00:05–17:01:10"


def test_what_a_month_lacks_is_said() -> None:
    assert lacking_in_words((), False, VI) == ""
    assert lacking_in_words((Lacking(31, 2, 2027), Lacking(31, 4, 2027)), False, VI) == (
        "Không phát vì tháng không có ngày này: 31/2/2027, 31/4/2027."
    )
    assert lacking_in_words((Lacking(30, 6, 2025, True), Lacking(30, 12, 2026)), True, VI) == (
        "Không phát vì tháng không có ngày này: ngày 30 tháng 6 nhuận/2025 âm lịch, ngày 30 tháng 12/2026 âm lịch."
    )
