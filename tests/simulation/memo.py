"""Pure functions of the node that are asked again for the very instant they were just asked for.

In virtual time a whole turn happens at one instant: the answer is the one just given. Nothing else is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from speaker_node import timekeeping
from speaker_node.node import loop
from speaker_node.playout import observe
from speaker_node.values import AmplifierState, SoundState


@contextmanager
def asked_once_an_instant() -> Iterator[None]:
    """Inside, the loop's clock and its look at sound and relay are computed once for each instant."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(timekeeping, "hear_host", _settles(timekeeping.hear_host)))
        stack.enter_context(patch.object(timekeeping, "moment", _same(timekeeping.moment)))
        stack.enter_context(patch.object(loop, "observe", _seen(observe)))
        yield


def _settles(hear: Callable[..., Any]) -> Callable[..., Any]:
    """A clock that has heard this reading learns nothing from it again."""
    known: list[Any] = [None, None, None]

    def heard(clock: Any, reading: Any, limits: Any = timekeeping.Limits()) -> Any:
        if clock is known[0] and reading is known[1] and limits == known[2]:
            return clock
        known[:] = hear(clock, reading, limits), reading, limits
        return known[0]

    return heard


def _same(moment: Callable[..., Any]) -> Callable[..., Any]:
    known: list[Any] = [None, None, None]

    def asked(clock: Any, *arguments: Any) -> Any:
        if clock is not known[0] or arguments != known[1]:
            known[:] = clock, arguments, moment(clock, *arguments)
        return known[2]

    return asked


def _seen(look: Callable[..., Any]) -> Callable[..., Any]:
    """The same look at the same sound and relay shows the same."""
    known: list[Any] = [None, None, None, None]

    def observed(witness: Any, at: int, sound: SoundState, amplifier: AmplifierState) -> Any:
        if witness is known[0] and at == known[1] and sound is known[2] and amplifier is known[3]:
            return witness
        known[:] = look(witness, at, sound, amplifier), at, sound, amplifier
        return known[0]

    return observed
