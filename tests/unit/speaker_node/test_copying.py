"""A copy of a frozen value differs in what was said, and in nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from speaker_node.copying import but
from speaker_node.values import State


def test_a_copy_is_what_replace_makes() -> None:
    state = State(boot=3, floor=7)
    assert but(state, boot=4, rested="x") == replace(state, boot=4, rested="x")
    assert state == State(boot=3, floor=7)


def test_a_field_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TypeError, match="bout"):
        but(State(), bout=1)
