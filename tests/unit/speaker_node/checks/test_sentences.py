"""Every condition that a probe can find is told in both languages, and what is missing says what to do."""

import pytest

from speaker_node.checks.sentences import WORDS, Finding, Subject, Verdict, render, rows

EVERY = sorted(WORDS, key=lambda key: (key[0].name, key[1]))


@pytest.mark.parametrize(("subject", "condition"), EVERY)
@pytest.mark.parametrize("english", [False, True])
def test_every_condition_is_one_whole_sentence_with_its_detail(subject: Subject, condition: str, english: bool) -> None:
    (row,) = rows([Finding(subject, condition, "a{b}c")], english=english)
    assert row.sentence.endswith(".")
    assert ("a{b}c" in row.sentence) == ("{}" in WORDS[subject, condition].sentence[0])
    assert "{}" not in row.sentence.replace("a{b}c", "")
    assert row.name.startswith(subject.value[english])


@pytest.mark.parametrize(("subject", "condition"), EVERY)
def test_both_languages_say_the_same_things_and_differ(subject: Subject, condition: str) -> None:
    words = WORDS[subject, condition]
    assert words.sentence[0] != words.sentence[1]
    assert words.sentence[0].count("{}") == words.sentence[1].count("{}")
    assert bool(words.remedy[0]) == bool(words.remedy[1])
    assert not words.sentence[0].isascii()


@pytest.mark.parametrize(("subject", "condition"), EVERY)
def test_what_is_missing_says_what_to_do_and_what_is_there_does_not(subject: Subject, condition: str) -> None:
    words = WORDS[subject, condition]
    assert words.verdict is not Verdict.MISSING or words.remedy[0]
    assert words.verdict is not Verdict.OK or not words.remedy[0]


def test_everything_a_node_needs_can_be_there_and_can_be_missing_or_unknown() -> None:
    for subject in Subject:
        verdicts = {words.verdict for (told, _), words in WORDS.items() if told is subject}
        assert Verdict.OK in verdicts
        assert verdicts - {Verdict.OK}


def test_rows_are_told_in_vietnamese_first() -> None:
    findings = [Finding(Subject.BROKER, "refused", "xa.example:1883"), Finding(Subject.SPACE, "ok", "900 MB")]
    assert render(rows(findings)).splitlines() == [
        "Máy chủ MQTT [THIẾU]: xa.example:1883 từ chối kết nối. Kiểm tra broker.port, máy chủ có đang chạy không.",
        "Chỗ trống [được]: Còn 900 MB.",
    ]
    assert render(rows(findings, english=True)).splitlines() == [
        "Broker [MISSING]: xa.example:1883 refuses the connection. Look at broker.port, and whether the broker runs.",
        "Space [ok]: 900 MB are free.",
    ]
