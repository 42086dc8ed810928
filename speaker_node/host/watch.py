"""The machine's own watch: threads that may wait ask kernel, modem and disk, so that the loop never does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from playlists.reports import Line, Trust
from speaker_node.host.kept import Kept, Slots
from speaker_node.host.line import counters, default_interface, line, mobile
from speaker_node.host.machine import Vitals, machine_id, vitals
from speaker_node.host.modem import TOOL, Card, Modem, ask_card, ask_modem, begin_signal
from speaker_node.host.usage import Usage, count, metered, month_of
from speaker_node.values import Moment

log = logging.getLogger(__name__)

LEAVE = 2.0
DAY_MS = 86_400_000
HOLD_NS = 60_000_000_000
"""How long under-voltage counts as present after it was seen: a supply that flickers is told once, not every second."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between looks at the kernel's files, at the line, and between writes of what is kept."""

    look: float = 5.0
    line: float = 60.0
    keep: float = 300.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the settings say of the line: whether bytes are dear, the metered interface (empty: found by itself), the
    USSD code with its patterns (empty: the operator is not asked)."""

    dear: bool = False
    interface: str = ""
    ussd: str = ""
    balance: str = ""
    expires: str = ""


class Watch:
    """Looks after one machine until stopped. `root`: where proc and sys lie; `tool`: ModemManager's."""

    def __init__(
        self,
        folder: Path,
        asked: Asked = Asked(),
        rhythm: Rhythm = Rhythm(),
        root: Path = Path("/"),
        tool: str = TOOL,
    ) -> None:
        self._folder, self._asked, self._rhythm, self._root, self._tool = folder, asked, rhythm, root, tool
        self._slots = Slots(folder)
        self.kept = self._slots.kept
        self._usage, self._card, self._asked_at = self.kept.usage, self.kept.card, self.kept.asked
        self._modem: Modem | None = None
        self._line = Line()
        self._low_until = 0
        self._now: Moment | None = None
        self._quiet = False
        self._signal_begun = False
        self.vitals = self._look()
        self.disk_waits_since: int | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to look, in the background."""
        for name, turn in (("machine", self._watch), ("disk", self._keep)):
            self._threads.append(threading.Thread(target=self._until_stopped, args=(turn,), name=name, daemon=True))
            self._threads[-1].start()

    def stop(self) -> None:
        """Keep what is known and end; what hangs is left behind."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(LEAVE)

    def know(self, now: Moment, quiet: bool) -> None:
        """The loop's word: the time as it knows it, and whether nothing sounds."""
        self._now, self._quiet = now, quiet

    def _until_stopped(self, turn: Callable[[], None]) -> None:
        """A look that fails is logged, and tried again: it must not take the thread along."""
        while not self._stopping.is_set():
            try:
                turn()
            except Exception:
                log.exception("the machine cannot be looked at")
                self._stopping.wait(self._rhythm.line)

    def _watch(self) -> None:
        self._look_at_line()
        until = time.monotonic() + self._rhythm.line
        while time.monotonic() < until and not self._stopping.is_set():
            self.vitals = self._look()
            self._stopping.wait(self._rhythm.look)

    def _look(self) -> Vitals:
        seen, now = vitals(self._folder, self._root), time.monotonic_ns()
        self._low_until = now + HOLD_NS if seen.under_voltage else self._low_until
        low = seen.under_voltage if seen.under_voltage is None else now < self._low_until
        return replace(seen, under_voltage=low, line=self._line)

    def _look_at_line(self) -> None:
        self._modem = ask_modem(self._tool)
        if self._modem is not None and self._modem.signal is None and not self._signal_begun:
            self._signal_begun = True
            begin_signal(self._tool)
        self._ask_card()
        self._count()
        card = self._card
        used = self._usage.used if self._usage.month else None
        seen = line(self._root, self._modem)
        self._line = seen.model_copy(update={"used": used, "balance": card.balance, "expires": card.expires})

    def _ask_card(self) -> None:
        """At most once a day, by a clock that is sure, and never while something sounds: a modem that transmits may be
        heard in the amplifier."""
        wall, asked = self._wall(), self._asked
        due = wall - self._asked_at >= DAY_MS or wall < self._asked_at
        if asked.ussd and self._modem is not None and wall and due and self._quiet:
            self._asked_at = wall
            found = ask_card(asked.ussd, asked.balance, asked.expires, self._tool)
            self._card = found or self._card

    def _count(self) -> None:
        found, named = counters(self._root), self._modem.interface if self._modem else ""
        of_modem = [name for name in found if mobile(name) or name == named]
        costs = metered(found, of_modem, self._asked.interface, default_interface(self._root), dear=self._asked.dear)
        if costs or self._usage.month:
            wall = self._wall()
            counted = {name: value for name, value in found.items() if name in costs}
            self._usage = count(self._usage, month_of(wall) if wall else "", machine_id(self._root), counted)

    def _wall(self) -> int:
        """The wall time (ms UTC) that the loop is sure of; 0 without one."""
        now = self._now
        return now.wall if now is not None and now.trust is not Trust.UNTRUSTED else 0

    def _keep(self) -> None:
        self._stopping.wait(self._rhythm.keep)
        self.disk_waits_since = time.monotonic_ns()
        try:
            self._slots.write(Kept(self._wall() or self._slots.kept.alive, self._usage, self._card, self._asked_at))
        except OSError as error:
            log.warning("what the machine's watch keeps cannot be written: %s", error)
        self.disk_waits_since = None


__all__ = ["Asked", "Card", "Rhythm", "Usage", "Watch"]
