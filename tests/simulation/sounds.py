"""Names that book and database share: the commune, its zones, its recordings with their lengths."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from controller.domain.values import Sha256

COMMUNE = "xa-minh"
SECONDS = (10, 12, 15, 20, 25, 30, 45, 60)
"""How long the recordings of the library are."""


def zone_of(area: str) -> str:
    """The zone that follows an area."""
    return f"z-{area}"


@lru_cache(maxsize=256)
def audio(name: int) -> tuple[Sha256, int, int]:
    """A recording: its hash, its length in ms and its size in bytes."""
    seconds = SECONDS[name % len(SECONDS)]
    return Sha256(hashlib.sha256(f"recording {name}".encode()).hexdigest()), seconds * 1000, seconds * 6000
