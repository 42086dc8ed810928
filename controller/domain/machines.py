"""Whether two machines use one name: a machine that was followed by another and speaks again never went away.

A machine is named by what its kernel drew when it began, so that one that was switched off never comes back under it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

KEPT = 8
"""So many turns are remembered."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Since when a machine spoke by a node's name, until another did."""

    machine: str
    at: datetime


def spoke(turns: tuple[Turn, ...], machine: str, at: datetime) -> tuple[Turn, ...]:
    """The turns, once a machine has spoken; one without a name changes nothing."""
    if not machine or (turns and turns[-1].machine == machine):
        return turns
    return (*turns, Turn(machine, at))[-KEPT:]


def returns(turns: Iterable[Turn]) -> tuple[datetime, ...]:
    """When a machine spoke again after another one had; `turns` in the order in which they spoke."""
    firsts = [next(each) for _, each in groupby(turns, key=lambda turn: turn.machine)]
    return tuple(
        turn.at for index, turn in enumerate(firsts) if turn.machine in {one.machine for one in firsts[:index]}
    )
