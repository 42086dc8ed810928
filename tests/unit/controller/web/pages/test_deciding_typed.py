"""Days, times and numbered rows of a form as people type them."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.web.pages.deciding_typed import (
    day_of,
    days_of,
    finds,
    folded,
    line_of,
    number_of,
    numbers_of,
    rows,
    time_of,
    times_of,
    with_rows,
)

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("17:00", 17, 0),
        ("17h", 17, 0),
        ("17h30", 17, 30),
        ("17 giờ 30", 17, 30),
        ("17 gio\u031b\u0300 30", 17, 30),
        ("07g05", 7, 5),
        (" 7h30p ", 7, 30),
        ("5 giờ chiều", 17, 0),
        ("5 giờ rưỡi chiều", 17, 30),
        ("3 giờ 15 sáng", 3, 15),
        ("12 giờ trưa", 12, 0),
        ("12 giờ đêm", 0, 0),
        ("11h đêm", 23, 0),
        ("8h tối", 20, 0),
    ],
)
def test_a_time_is_understood_as_people_write_it(text: str, hour: int, minute: int) -> None:
    assert time_of(text) == time(hour, minute)


@pytest.mark.parametrize("text", ["", "25:00", "17:60", "chiều", "mười bảy giờ", "17:00:99", "-5h", "17h30 26/11"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert time_of(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25/11/2026", date(2026, 11, 25)),
        ("5-1-2027", date(2027, 1, 5)),
        ("25.11.2026", date(2026, 11, 25)),
        ("2026-11-25", date(2026, 11, 25)),
        ("24/11", TODAY),
        ("23/11", date(2027, 11, 23)),
    ],
)
def test_a_day_is_understood_and_one_without_a_year_is_the_next(text: str, day: date) -> None:
    assert day_of(text, TODAY) == day


@pytest.mark.parametrize("text", ["", "31/02/2026", "0/0/2026", "11/25/2026", "mai", "25/11/26", "99999-1-1"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_of(text, TODAY) is None


@given(st.text(max_size=40))
def test_nothing_typed_raises(text: str) -> None:
    time_of(text)
    day_of(text, TODAY)
    numbers_of(text)
    line_of(text, "title")


def test_several_times_are_understood_or_none_of_them() -> None:
    assert times_of("17:00, 5h") == (time(5), time(17))
    assert times_of("5h và 17h") == (time(5), time(17))
    assert times_of("5h, 25h") == ()


def test_several_days_are_told_from_what_is_none() -> None:
    days, unknown = days_of("25/11/2026, hôm qua; 26/11\n,", TODAY)
    assert (days, unknown) == ((date(2026, 11, 25), date(2026, 11, 26)), ("hôm qua",))


def test_days_of_a_month_may_be_named_as_people_do() -> None:
    assert numbers_of("mùng 1 và rằm, 15") == (1, 15)


def test_rows_keep_their_order_and_each_value_once() -> None:
    typed = {"item.10": "c", "item.2": "b", "item.0": "a", "item.3": "a", "item.x": "no", "item.4": "", "itemx": "no"}
    assert rows(typed, "item") == ("a", "b", "c")
    assert rows(with_rows(typed, "item", ("z",)), "item") == ("z",)


def test_words_are_found_without_accents_whatever_their_form() -> None:
    assert finds("tiem phong", "Lịch Tie\u0302m phòng sởi")
    assert finds("dong doai", "Đông Đoài")
    assert not finds("tiem vac", "Tiêm phòng")
    assert folded("ĐƯỜNG  Ấp") == "duong ap"


@pytest.mark.parametrize("text", ["31/12/9999", "9999-12-31", "1/1/0001", "0001-01-01", "31/12/1999", "1/1/2201"])
def test_a_day_so_far_away_that_nothing_can_be_reckoned_with_it_is_no_day(text: str) -> None:
    assert day_of(text, TODAY) is None


@pytest.mark.parametrize("text", ["", "-1", "1e30", "NaN", "²", "٣", "9" * 5000])
def test_what_no_hidden_field_of_ours_holds_is_no_number(text: str) -> None:
    assert number_of(text) is None


def test_a_number_of_a_hidden_field_is_read() -> None:
    assert number_of("12") == 12
