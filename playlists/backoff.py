"""How long to stay away from a broker between two connections, and when to believe that another goes by our name."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

STABLE_S: Final = 60.0
"""A connection that lasted longer ends a row of failures."""
LONGEST_TAKEN_S: Final = 600.0
"""How long we stay away at most from a broker where another goes by our name."""
TAKEN_AFTER: Final = 2
"""Connections that the broker closed without a word soon after it had accepted them, in a row, until we believe that
another machine takes them: older brokers, and all with MQTT 3.1.1, do not say so."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection, or a try, ended after `lasted` seconds: whether it ever was up, whether the broker closed it in
    good order (not by time-out or reset), and whether it said that another connection took the session."""

    lasted: float
    was_up: bool = False
    closed_by_broker: bool = False
    said_taken: bool = False


class Backoff:
    """Doubled from `first` with each failure up to `longest`, with jitter; from `taken` on, and up to ten minutes,
    while another machine takes our connections, so that the two do not fight. Seconds."""

    def __init__(self, first: float, longest: float, taken: float, chance: Random) -> None:
        self._first, self._longest, self._first_taken, self._chance = first, longest, taken, chance
        self._failures = self._soon = self._in_a_row = 0
        self.taken = 0

    def after(self, ending: Ending) -> float:
        """How long to wait now."""
        self._failures = 0 if ending.lasted > STABLE_S else self._failures + 1
        wait = min(self._longest, self._first * 2.0 ** min(self._failures, 12))
        if self._was_taken(ending):
            self.taken += 1
            self._in_a_row += 1
            wait = max(wait, min(LONGEST_TAKEN_S, self._first_taken * 2.0 ** min(self._in_a_row - 1, 12)))
        elif ending.lasted > LONGEST_TAKEN_S:
            self._in_a_row = 0
        return wait * self._chance.uniform(0.5, 1.5)

    def _was_taken(self, ending: Ending) -> bool:
        soon = LONGEST_TAKEN_S if self._in_a_row else STABLE_S
        quietly = ending.was_up and ending.closed_by_broker and ending.lasted < soon
        self._soon = self._soon + 1 if quietly else 0
        return ending.said_taken or self._soon >= TAKEN_AFTER
