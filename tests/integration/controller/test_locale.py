"""The catalogues are complete, in NFC, and fill the same places."""

from __future__ import annotations

import ast

from controller.locale import LANGUAGES, catalogue_file
from controller.locale.__main__ import _in_code, complaints, extracted


def test_every_catalogue_is_complete() -> None:
    wanted = extracted()
    known = [language for language in LANGUAGES if catalogue_file(language).exists()]
    assert known == ["vi"]
    assert [each for language in known for each in complaints(language, wanted)] == []


def test_messages_of_the_code_and_of_the_templates_are_found() -> None:
    wanted = extracted()
    assert "The file is empty." in wanted
    assert "What was played" in wanted
    assert len(wanted) > 200


def test_a_message_is_found_where_the_code_marks_it() -> None:
    code = 'N_("a")\nProblem("w", "r", "b")\nmessage = "c"\nProblem("w", "r", message)\nother("d")\nN_(name)\n'
    assert sorted(text for _, text in _in_code(ast.parse(code))) == ["a", "b", "c"]
