"""The ladder of what can be said: the message itself, a pinned message, and a tone that needs no file (rule 6).

Which pinned message stands in: the first in the book's order that is of the same kind and whole, in the node's
languages and with the same slots. What announces the end of an alarm with the alarm's own kind has none: no other alarm
may stand in for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from playlists.models import AssetItem, Occurrence, UnknownItem
from playlists.reports import Rung
from playlists.rules import TONE_FRAMES
from speaker_node.values import Cue

ATTENTION = "attention"


def climb_down(
    wanted: Iterable[Cue], pinned: Iterable[Iterable[Cue]], ready: Collection[str]
) -> tuple[Rung, tuple[Cue, ...]]:
    """The highest rung of which anything is ready: `wanted`, else the first of the pinned messages that is whole, else
    the tone. What of `wanted` is not ready keeps its time; a pinned message stands in for all of it or not at all."""
    message = tuple(can_sound(cue, ready) for cue in wanted)
    if any(map(sounds, message)):
        return Rung.MESSAGE, message
    for each in pinned:
        whole = tuple(each)
        if whole and all(cue.sha256 in ready for cue in whole):
            return Rung.PINNED, whole
    return Rung.TONE, (attention(TONE_FRAMES),)


def on_rung(
    wanted: Occurrence, cores: Iterable[frozenset[str]], pinned: Iterable[tuple[AssetItem, ...]], ready: frozenset[str]
) -> tuple[Rung, Occurrence]:
    """An emergency as it can be said now, and on which rung that is. `cores`: of any of these all must be ready, or the
    message says nothing: a siren, or the name of a place, is no message."""
    if any(core <= ready for core in cores):
        return Rung.MESSAGE, wanted
    instead = {cues_of(items): items for items in pinned}
    rung, cues = climb_down((), instead, ready)
    items, tone = (instead[cues], 0) if rung is Rung.PINNED else ((), TONE_FRAMES)
    return rung, replace(wanted, items=items, tone=tone)


def cues_of(items: Iterable[AssetItem | UnknownItem]) -> tuple[Cue, ...]:
    """Items as the stretches of a programme."""
    return tuple(Cue(row.sha256, row.frames, row.language) for item in items for row in item.rows)


def attention(frames: int) -> Cue:
    """The tone that needs no file."""
    return Cue(None, frames, tone=ATTENTION)


def sounds(cue: Cue) -> bool:
    """Whether anything of it can be heard."""
    return bool(cue.sha256 or cue.tone)


def can_sound(cue: Cue, ready: Collection[str]) -> Cue:
    """A cue as it can sound now: an asset that is not ready keeps its time, silent."""
    return cue if cue.tone or cue.sha256 in ready else Cue(None, cue.frames, cue.language)
