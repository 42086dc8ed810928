"""What operations ask of the world."""

from typing import Protocol


class Nudge(Protocol):
    """Wakes the gateway after a commit. It may be lost: the gateway also looks by itself."""

    def nudge(self) -> None:
        """Something changed. Never raises and never waits."""


class MadeAsset(Protocol):
    """A finished asset: length in frames at 48 kHz, loudness in LUFS, true peak in dBTP."""

    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def frames(self) -> int: ...
    @property
    def loudness(self) -> float: ...
    @property
    def true_peak(self) -> float: ...
