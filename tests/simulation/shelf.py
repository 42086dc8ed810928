"""The library of audio: what is wanted is fetched one by one, may fail, stays over a power cut, and may rot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from playlists.models import Asset, BookFile
from playlists.reports import Missing
from speaker_node.values import LibraryState
from tests.simulation.kernel import SECOND, Kernel

TRY_AGAIN_NS = 60 * SECOND
HERE = Path("/")


class SimLibrary:
    """A port of the loop. `reachable`: the office's audio answers; `exists`: it has that hash."""

    def __init__(
        self,
        kernel: Kernel,
        dice: Random,
        reachable: Callable[[], bool],
        exists: Callable[[str], bool],
        wake: Callable[[], None],
    ) -> None:
        self._kernel, self._dice, self._reachable, self._exists, self._wake = kernel, dice, reachable, exists, wake
        self._kept: frozenset[str] = frozenset()
        self.since: dict[str, int] = {}
        """When what lies here came (true ns)."""
        self.rotten: set[str] = set()
        self._wanted: tuple[Asset | BookFile, ...] = ()
        self._order = 0

    def want(self, assets: Sequence[Asset | BookFile]) -> None:
        """All that is to be here, the most urgent first."""
        self._wanted = tuple(assets)
        self._go_on(0)

    def hurry(self) -> None:
        """The line is back."""
        self._go_on(0)

    def ready(self) -> frozenset[str]:
        """What lies here, as far as is known."""
        return self._kept

    def path(self, sha256: str) -> Path | None:
        """Where it lies, if it is whole: rot is seen now, and what is rotten is fetched anew."""
        if sha256 in self.rotten:
            self.rotten.discard(sha256)
            self._kept -= {sha256}
            self.since.pop(sha256, None)
            self._go_on(0)
        return HERE if sha256 in self._kept else None

    def read(self, sha256: str, most: int) -> bytes | None:
        """The bytes of a small file; here lie none."""
        return None

    def missing(self) -> tuple[Missing, ...]:
        """What is wanted and not here."""
        return tuple(Missing(sha256=sha256) for sha256 in self._lacking())

    def state(self) -> LibraryState:
        """What is on its way."""
        return LibraryState(fetching=len(self._lacking()))

    def rot(self) -> bool:
        """A bit flips in one of the files that lie here."""
        if not self._kept:
            return False
        self.rotten.add(self._dice.choice(sorted(self._kept)))
        return True

    def _lacking(self) -> list[str]:
        return list(dict.fromkeys(a.sha256 for a in self._wanted if a.sha256 not in self._kept))

    def _go_on(self, wait: int) -> None:
        lacking = self._lacking()
        if lacking:
            self._order += 1
            order, takes = self._order, wait + self._dice.randint(1, 20) * SECOND
            self._kernel.after(takes, lambda: self._fetched(order, lacking[0]))

    def _fetched(self, order: int, sha256: str) -> None:
        if order != self._order:
            return
        if not self._reachable() or not self._exists(sha256) or self._dice.random() < 0.05:
            self._go_on(TRY_AGAIN_NS)
            return
        self._kept |= {sha256}
        self.since[sha256] = self._kernel.now
        self._wake()
        self._go_on(0)
