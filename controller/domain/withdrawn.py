"""What became of a withdrawn broadcast on each node: played, will not, may still. Right again with each report."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What a node did, or may do, with a broadcast that was taken back."""

    PLAYED = "played"
    WILL_NOT = "will_not"
    MAY_STILL = "may_still"


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of one airing on one node.

    `started`: it told a START, or says that it sounds; `sounded`: milliseconds told; `holds`: its status names a
    document that took the airing back; `disproved`: it told that nothing sounded, or its journal proves it.
    """

    started: bool
    sounded: int
    holds: bool
    disproved: bool


def fate(trace: Trace) -> Fate:
    """Of one airing on one node: played is a START or seconds told; will not, that it knows; may still is neither."""
    if trace.started or trace.sounded > 0:
        return Fate.PLAYED
    return Fate.WILL_NOT if trace.holds or trace.disproved else Fate.MAY_STILL


def of_node(fates: Iterable[Fate]) -> Fate:
    """Of all airings on one node: what was played once was played, whatever else may come."""
    every = set(fates)
    return next(each for each in (Fate.PLAYED, Fate.MAY_STILL, Fate.WILL_NOT) if each in every)
