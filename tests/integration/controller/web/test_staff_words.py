"""No act stands in the log as a code: what operations record has a word, and no word is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import controller.exchange
import controller.operations
from controller.domain.values import Role
from controller.locale import sentence
from controller.web.staff_words import ACTS, ROLES, act_word

WRITERS = tuple(Path(next(iter(each.__path__))) for each in (controller.operations, controller.exchange))


def recorded() -> Iterator[str]:
    """The acts that operations and the exchange write into the audit, out of their own text."""
    for path in (path for folder in WRITERS for path in folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = [word.value for word in node.keywords if word.arg == "act"]
            given = {"record": node.args[:1], "_audited": node.args[2:3], "AuditRow": named}.get(called, [])
            yield from (each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str))


def test_every_act_has_a_word_and_every_word_an_act() -> None:
    assert set(recorded()) == set(ACTS)


def test_acts_and_roles_are_told_apart_in_vietnamese() -> None:
    words = [act_word(act, "vi") for act in ACTS]
    assert len(set(words)) == len(words)
    assert set(ROLES) == set(Role)
    assert all(sentence("vi", text) != text for pair in ROLES.values() for text in pair)
