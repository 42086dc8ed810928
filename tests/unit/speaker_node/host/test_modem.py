"""What ModemManager's JSON and an operator's answer say: recorded words, and what is lacking in them."""

from typing import Any

import pytest

from speaker_node.host.modem import Card, Modem, modem, read_card

MODEM: dict[str, Any] = {
    "modem": {
        "3gpp": {"operator-code": "45204", "operator-name": "Viettel", "registration-state": "home"},
        "generic": {
            "access-technologies": ["lte"],
            "ports": ["cdc-wdm0 (qmi)", "ttyUSB2 (at)", "wwan0 (net)"],
            "signal-quality": {"recent": "yes", "value": "67"},
            "state": "connected",
        },
    }
}
SIGNAL = {
    "modem": {
        "signal": {
            "gsm": {"rssi": "--"},
            "lte": {"rsrp": "-95.00", "rsrq": "-10.00", "rssi": "-65.00", "snr": "13.60"},
            "refresh": {"rate": "60"},
        }
    }
}
BALANCE, EXPIRES = r"(\d[\d.,]*)\s*(?:đ|d\b|VND|dong)", r"(\d{1,2}[/-]\d{1,2}[/-]\d{4})"
DAY = 1_798_675_200_000
"""2026-12-31, midnight in UTC."""


def test_a_modem_says_its_generation_operator_level_quality_and_interface() -> None:
    assert modem(MODEM, SIGNAL) == Modem("4g", "Viettel", 67, -95, "wwan0")


@pytest.mark.parametrize(
    ("names", "bearer"),
    [
        (["gsm", "umts", "hspa-plus"], "3g"),
        (["edge"], "2g"),
        (["lte", "5gnr"], "5g"),
        (["unknown"], ""),
        ([], ""),
        ("lte", ""),
        ([None, 4], ""),
    ],
)
def test_the_best_generation_counts(names: object, bearer: str) -> None:
    seen = {"modem": {"generic": {"access-technologies": names}}}
    assert modem(seen, {}).bearer == bearer


NOTHING: dict[str, Any] = {
    "generic": {"signal-quality": {"value": "--"}, "ports": ["", 3, "wwan0"]},
    "3gpp": {"operator-name": "--", "operator-code": "--"},
}


@pytest.mark.parametrize(
    "seen", [{}, {"modem": None}, {"modem": {"generic": [], "3gpp": "x"}}, {"modem": NOTHING}], ids=str
)
def test_what_a_modem_does_not_say_is_not_known(seen: dict[str, Any]) -> None:
    assert modem(seen, {"modem": {"signal": {"lte": {"rsrp": "--", "rssi": "nan"}}}}) == Modem()


@pytest.mark.parametrize(
    ("answer", "card"),
    [
        ("'TKC: 45.000d, HSD 31/12/2026. KM1: 0d'", Card(45_000, DAY)),
        ("Tai khoan goc: 1.250.000 VND. Han su dung: 31-12-2026", Card(1_250_000, DAY)),
        ("TKG 0d", Card(0, None)),
        ("Quy khach vui long thu lai", Card()),
        ("so du 99999999999999999999d, 45/45/2026", Card()),
        ("", Card()),
    ],
)
def test_balance_and_expiry_are_read_from_an_operator_s_answer(answer: str, card: Card) -> None:
    assert read_card(answer, BALANCE, EXPIRES) == card
