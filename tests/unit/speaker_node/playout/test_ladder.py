"""What can be said where not all is ready: the message, a pinned one, the tone (rule 6)."""

from __future__ import annotations

from playlists.reports import Rung
from playlists.rules import TONE_FRAMES
from speaker_node.playout.ladder import climb_down
from speaker_node.values import Cue

SIREN, WORDS, PINNED, OTHER = (Cue(name * 64, 48_000, "vi") for name in "abcd")
TONE = (Cue(None, TONE_FRAMES, tone="attention"),)


def test_the_message_itself_while_anything_of_it_is_ready_and_the_rest_keeps_its_time() -> None:
    ready = {"a" * 64, "c" * 64}
    assert climb_down((SIREN, WORDS), [(PINNED,)], ready) == (Rung.MESSAGE, (SIREN, Cue(None, 48_000, "vi")))


def test_the_first_pinned_message_that_is_whole_where_nothing_of_it_is() -> None:
    ready = {"d" * 64}
    assert climb_down((SIREN, WORDS), [(PINNED,), (PINNED, OTHER), (OTHER,)], ready) == (Rung.PINNED, (OTHER,))


def test_the_tone_where_nothing_lies_on_the_disk() -> None:
    assert climb_down((SIREN, WORDS), [(PINNED,), ()], set()) == (Rung.TONE, TONE)
    assert climb_down((), [], set()) == (Rung.TONE, TONE)


def test_a_tone_that_is_wanted_needs_nothing() -> None:
    tone = Cue(None, 48_000, tone="test")
    assert climb_down((tone,), [(PINNED,)], {"c" * 64}) == (Rung.MESSAGE, (tone,))
