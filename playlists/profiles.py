"""The two kinds of line between a node and its office: how often a node speaks, and how soon a dead line is known.

Both sides go by this table: what a node promises by its profile is what the office holds it to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """Of one kind of line. Times in seconds, but `quickest` and `slowest`: heartbeats in ms that it allows.

    `keepalive`, `user_timeout` (bytes that no TCP acknowledgement came for) and `answer_within` (a message that the
    broker did not confirm) end a dead connection; `first_backoff` doubles with each failure up to `longest_backoff`.
    `lost_within`: after so long both sides know of a dead line, in either direction or both.
    """

    quickest: int
    slowest: int
    keepalive: int
    user_timeout: float
    answer_within: float
    connect_timeout: float
    first_backoff: float
    longest_backoff: float
    taken_backoff: float
    lost_within: float

    def heartbeat(self, wanted: int) -> int:
        """The interval (ms) at which a node speaks that the office's settings ask for `wanted`."""
        return min(max(wanted, self.quickest), self.slowest)


LAN: Final = "lan"
MOBILE: Final = "4g"

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        LAN: Profile(
            quickest=1_000,
            slowest=10_000,
            keepalive=10,
            user_timeout=12.0,
            answer_within=12.0,
            connect_timeout=10.0,
            first_backoff=0.5,
            longest_backoff=10.0,
            taken_backoff=5.0,
            lost_within=30.0,
        ),
        MOBILE: Profile(
            quickest=300_000,
            slowest=3_600_000,
            keepalive=120,
            user_timeout=60.0,
            answer_within=60.0,
            connect_timeout=30.0,
            first_backoff=2.0,
            longest_backoff=300.0,
            taken_backoff=30.0,
            lost_within=200.0,
        ),
    }
)


def promised(name: str, wanted: int) -> int:
    """The interval (ms) that a node keeps which names this profile and is asked for `wanted`; one that names none, or
    one of another release, does as it is asked."""
    line = PROFILES.get(name)
    return wanted if line is None else line.heartbeat(wanted)
