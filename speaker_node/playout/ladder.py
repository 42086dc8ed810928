"""The ladder of what can be said: the message itself, a pinned message, and a tone that needs no file (rule 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from playlists.models import RATE
from speaker_node.values import Cue

ATTENTION = "attention"
TONE_FRAMES = 15 * RATE
"""Three rounds of the attention tone: who hears it goes and asks."""


class Rung(StrEnum):
    """On which rung a node stands: what was to be said, the pinned message in its place, or the bare tone."""

    MESSAGE = "message"
    PINNED = "pinned"
    TONE = "tone"


def climb_down(
    wanted: Iterable[Cue], pinned: Iterable[Iterable[Cue]], ready: Collection[str]
) -> tuple[Rung, tuple[Cue, ...]]:
    """The highest rung of which anything is ready: `wanted`, else the first of the pinned messages that is whole, else
    the tone. What of `wanted` is not ready keeps its time; a pinned message stands in for all of it or not at all."""
    message = tuple(can_sound(cue, ready) for cue in wanted)
    if any(cue.sha256 or cue.tone for cue in message):
        return Rung.MESSAGE, message
    for each in pinned:
        whole = tuple(each)
        if whole and all(cue.sha256 in ready for cue in whole):
            return Rung.PINNED, whole
    return Rung.TONE, (Cue(None, TONE_FRAMES, tone=ATTENTION),)


def can_sound(cue: Cue, ready: Collection[str]) -> Cue:
    """A cue as it can sound now: an asset that is not ready keeps its time, silent."""
    return cue if cue.tone or cue.sha256 in ready else Cue(None, cue.frames, cue.language)
