"""Whether the node's parts advance: what the watchdog is fed by. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of life (monotonic ns): now, when the loop turns; when sound process and guard were last both there; the
    last tick of the link's network thread; since when a write to the disk has been waiting (None: none does)."""

    now: int
    whole_at: int
    link: int
    disk: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long (ns) each part may stand still. Long enough for what heals by itself: a process that is started anew, a
    name that is not resolved, a card that tidies up."""

    parts: int = 120 * SECOND
    link: int = 120 * SECOND
    disk: int = 60 * SECOND


PATIENCE: Final = Patience()


def stuck(signs: Signs, patience: Patience) -> tuple[str, ...]:
    """The parts that stand still; while there is one, the watchdog gets nothing. A disk that refuses is no disk that
    hangs: the node speaks on from memory."""
    waits = {
        "sound or guard": (signs.now - signs.whole_at, patience.parts),
        "link": (signs.now - signs.link, patience.link),
        "disk": (0 if signs.disk is None else signs.now - signs.disk, patience.disk),
    }
    return tuple(part for part, (waited, longest) in waits.items() if waited >= longest)
