"""A turn that changes nothing does not ask the core again; whatever could change the answer does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playlists.reports import Trust
from speaker_node.node.asked import NEAR_NS, SECOND, STANDS_NS, Asked
from speaker_node.values import Documents, Inputs, Moment, State

STATE, DOCUMENTS, INPUTS = State(), Documents(), Inputs()
NOW = Moment(wall=1_000_000, mono=50 * SECOND)
ASKED = Asked(STATE, DOCUMENTS, INPUTS, NOW, NOW.mono + 3600 * SECOND)


def later(ns: int, shift_ms: int = 0) -> Moment:
    return replace(NOW, wall=NOW.wall + ns // 1_000_000 + shift_ms, mono=NOW.mono + ns)


def test_nothing_changed_and_nothing_near_is_not_asked_again() -> None:
    assert ASKED.stands(STATE, DOCUMENTS, Inputs(), later(30 * SECOND))
    assert replace(ASKED, again=NOW.mono + 15 * SECOND).stands(STATE, DOCUMENTS, INPUTS, later(14 * SECOND))
    assert replace(ASKED, again=None).stands(STATE, DOCUMENTS, INPUTS, later(30 * SECOND))


@pytest.mark.parametrize(
    ("state", "documents", "inputs", "now"),
    [
        (State(), DOCUMENTS, INPUTS, later(SECOND)),
        (STATE, Documents(), INPUTS, later(SECOND)),
        (STATE, DOCUMENTS, Inputs(answered=True), later(SECOND)),
        (STATE, DOCUMENTS, INPUTS, replace(later(SECOND), trust=Trust.UNTRUSTED)),
        (STATE, DOCUMENTS, INPUTS, later(SECOND, shift_ms=1000)),
        (STATE, DOCUMENTS, INPUTS, later(SECOND, shift_ms=-1000)),
        (STATE, DOCUMENTS, INPUTS, later(STANDS_NS)),
    ],
    ids=["state", "documents", "inputs", "trust", "clock forward", "clock back", "ten minutes"],
)
def test_what_could_change_the_answer_is_asked(state: State, documents: Documents, inputs: Inputs, now: Moment) -> None:
    assert not ASKED.stands(state, documents, inputs, now)


def test_at_the_instant_that_it_named_and_shortly_before_it_is_asked() -> None:
    soon = replace(ASKED, again=NOW.mono + 15 * SECOND)
    later_on = replace(ASKED, again=NOW.mono + 100 * SECOND)
    assert not soon.stands(STATE, DOCUMENTS, INPUTS, later(15 * SECOND))
    assert not later_on.stands(STATE, DOCUMENTS, INPUTS, later(100 * SECOND - NEAR_NS))
