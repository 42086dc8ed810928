"""What operations ask of the world."""

from typing import Protocol


class Nudge(Protocol):
    """Wakes the gateway after a commit. It may be lost: the gateway also looks by itself."""

    def nudge(self) -> None:
        """Something changed. Never raises and never waits."""
