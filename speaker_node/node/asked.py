"""The core's last answer, and whether it still stands: a turn that changes nothing does not ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from speaker_node.values import Documents, Inputs, Moment, State

MS: Final = 1_000_000
SECOND: Final = 1_000_000_000
NEAR_NS: Final = 20 * SECOND
"""An answer older than this is asked anew so long before the instant that it named: by then the clocks have drifted."""
STANDS_NS: Final = 600 * SECOND
"""An answer stands no longer, whatever instant it named."""
SHIFT_NS: Final = SECOND
"""A wall clock that moved by more against the monotonic one makes every instant another."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the core was asked when it came to rest, and when it wants to be asked again (monotonic ns)."""

    state: State
    documents: Documents
    inputs: Inputs
    now: Moment
    again: int | None

    def stands(self, state: State, documents: Documents, inputs: Inputs, now: Moment) -> bool:
        """Whether the same question has the same answer: nothing changed, no instant that it named is near."""
        before = self.now
        if state is not self.state or documents is not self.documents or now.trust is not before.trust:
            return False
        passed = now.mono - before.mono
        shift = (now.wall - before.wall) * MS - passed
        ahead = NEAR_NS if passed > NEAR_NS else MS
        far = self.again is None or now.mono + ahead < self.again
        return far and passed < STANDS_NS and abs(shift) < SHIFT_NS and inputs == self.inputs
