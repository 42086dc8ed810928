"""Words, dates, languages and the depth of JSON."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.verdicts import Kind, Lack, Mark, Verdict
from controller.locale import LANGUAGES, sentence, translations
from controller.web import formats
from controller.web.guards import depth
from controller.web.language import preferred
from controller.web.pages.entry import local
from controller.web.words import cause_word, proof_lines, verdict_state
from playlists.reports import Cause, Evidence

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_cause_mark_and_evidence_has_its_words(language: str) -> None:
    for kind in Kind:
        assert verdict_state(kind, language).word
    for cause in (*Cause, *Lack):
        assert cause_word(cause, language)
    for evidence in Evidence:
        shown = list(proof_lines(Verdict(Kind.PLAYED, 1, 1, True, marks=tuple(Mark), evidence=evidence), 800, language))
        assert len(shown) == 3 + len(Mark)


def test_vietnamese_writes_numbers_and_lengths_as_people_here_do() -> None:
    assert formats.length(45_000, "vi") == "45,0 giây"
    assert formats.length(305_400, "vi") == "5 phút 05 giây"
    assert formats.number(1234.5, 1, "vi") == "1.234,5"
    assert formats.number(1234.5, 1, "en") == "1,234.5"
    assert formats.ago(3700, "vi") == "1 giờ trước"
    assert formats.ahead(5400, "vi") == "còn 1 giờ 30 phút"
    assert formats.clock(datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("UTC")), ZONE) == "17:00"


@pytest.mark.parametrize(
    ("solar", "shown"), [(date(2026, 11, 24), "16/10"), (date(2026, 2, 17), "1/1"), (date(2030, 2, 2), "1/1")]
)
def test_the_lunar_day_stands_beside_the_solar_one(solar: date, shown: str) -> None:
    assert formats.lunar(solar) == shown


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "vi"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("vi-VN,vi;q=0.9,en;q=0.5", "vi"),
        ("en;q=0.3,vi;q=0.4", "vi"),
        ("fr", "vi"), ("fr,en;q=0.1", "en"), ("en;q=x", "vi"), ("en;q=nan", "vi"), (",;,", "vi"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_that_is_asked_for_first(header: str, language: str) -> None:
    assert preferred(header) == language


def test_an_unknown_language_speaks_vietnamese() -> None:
    assert translations("xx") is translations("vi")
    assert sentence("vi", "There is no time zone named {name}.", {"name": "{x}"}) == "Không có múi giờ nào tên {x}."


@pytest.mark.parametrize(
    ("text", "deep"),
    [(b"", 0), (b"1", 0), (b"[]", 1), (b'{"a":[{"b":1}]}', 3), (b'"[[[["', 0), (b'{"a\\"[":[]}', 2), (b'"\\\\"[[', 2)],
)
def test_only_brackets_outside_strings_make_json_deep(text: bytes, deep: int) -> None:
    assert depth(text) == deep


@given(st.text(max_size=40))
def test_after_signing_in_one_stays_on_our_own_pages(address: str) -> None:
    shown = local(address)
    assert shown.startswith("/")
    assert not shown.startswith(("//", "/\\"))
    assert "\n" not in shown


@given(st.binary(max_size=200))
def test_the_depth_of_anything_is_a_number(body: bytes) -> None:
    assert depth(body) >= 0
