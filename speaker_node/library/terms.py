"""What the library is told and remembers of an asset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from speaker_node.library.fetch import Lack


class Wanted(Protocol):
    """What is to be held: the name of its content, and the bytes that the signed document promises."""

    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """`stall`: s without progress; back-off in s; `keep_days`: how long an unwanted asset stays after its last use;
    `leave_free`: bytes of the disk that are left to others. `verify_days`: how often each asset is read again, and how
    long quarantine lasts; `verify_rate`: bytes a second at which."""

    stall: float = 15.0
    first_back_off: float = 1.0
    longest_back_off: float = 600.0
    keep_days: float = 14.0
    leave_free: int = 200_000_000
    verify_days: float = 7.0
    verify_rate: float = 1_000_000.0


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Held:
    """`verified`: the monotonic instant (s) at which its bytes were last seen to match; None: not since this start."""

    bytes: int
    used: float
    verified: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    lack: Lack
    attempts: int
    again_at: float
