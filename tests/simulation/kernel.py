"""Virtual time: one heap ordered by (instant, counter), one random child per component, one hash of all that happened.

Instants are true time in ns UTC. The same seed twice gives the same trace.
"""

from __future__ import annotations

import hashlib
import heapq
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

SECOND = 1_000_000_000
MS = 1_000_000
BEGIN = 1_800_000_000 * SECOND
"""True time when every world begins: 2027-01-15 08:00 UTC, 15:00 in Việt Nam."""
KEPT_LINES = 400


class Kernel:
    """The world's clock and dice."""

    def __init__(self, seed: int, begin: int = BEGIN) -> None:
        self.seed, self.now = seed, begin
        self.events = 0
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._hash = hashlib.blake2b(digest_size=16)

    @property
    def ms(self) -> int:
        """True time in ms UTC."""
        return self.now // MS

    @property
    def digest(self) -> str:
        """Of all that was noted so far."""
        return self._hash.hexdigest()

    def child(self, name: str) -> Random:
        """A generator of its own: a new component does not reshuffle the others."""
        return Random(f"{self.seed}/{name}")

    def at(self, instant: int, act: Callable[[], None]) -> None:
        """Do it then; what lies in the past is done next."""
        self._count += 1
        heapq.heappush(self._heap, (max(instant, self.now), self._count, act))

    def after(self, ns: int, act: Callable[[], None]) -> None:
        """Do it so much later."""
        self.at(self.now + ns, act)

    def run(self, until: int) -> None:
        """Let time pass up to an instant."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            self.now, _, act = heapq.heappop(heap)
            self.events += 1
            act()
        self.now = until

    def note(self, words: str) -> None:
        """Something happened that must happen again with the same seed."""
        line = f"{self.now} {words}"
        self._hash.update(line.encode())
        self.lines.append(line)


@contextmanager
def seeded_tokens(kernel: Kernel) -> Iterator[None]:
    """Nonces and stream ids come from the seed, too."""
    dice, before = kernel.child("tokens"), secrets.token_hex

    def token_hex(nbytes: int | None = None) -> str:
        return dice.randbytes(nbytes or 32).hex()

    secrets.token_hex = token_hex
    try:
        yield
    finally:
        secrets.token_hex = before
