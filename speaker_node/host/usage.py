"""Bytes used in a month, from counters that begin anew with each boot of the machine. Pure.

A month is a calendar month in UTC: the node knows no time zone, and seven hours more or less do not change what a month
costs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes both ways in `month` (2026-11); what each interface's counter said last, in which boot of the machine."""

    month: str = ""
    used: int = 0
    machine: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)


def month_of(wall: int) -> str:
    """The month of a wall time (ms UTC)."""
    return datetime.fromtimestamp(wall / 1000, UTC).strftime("%Y-%m")


def metered(names: Collection[str], mobile: Collection[str], named: str, default: str, *, dear: bool) -> frozenset[str]:
    """The interfaces that cost: the one that is named, else the modem's, else, where the line is `dear` (an LTE router
    behind a cable), the one of the default route."""
    if named:
        return frozenset({named})
    if found := frozenset(mobile) & frozenset(names):
        return found
    return frozenset({default} if dear and default else ())


def count(before: Usage, month: str, machine: str, counters: Mapping[str, int]) -> Usage:
    """With what the counters say now. `month` empty: nobody is sure of the time, the month before goes on."""
    month = month or before.month
    used = 0 if before.month and month != before.month else before.used
    same = machine == before.machine
    for name, now in counters.items():
        last = before.counters.get(name, 0) if same else 0
        # The first time ever nobody knows of which month the bytes were.
        known = bool(before.machine)
        used += (now - last if now >= last else now) if known else 0
    return replace(before, month=month, used=used, machine=machine, counters=dict(counters))
