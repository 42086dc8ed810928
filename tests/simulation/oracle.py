"""What is physically true of each box, and what must never be: it never asks the code under test what it thinks.

It hears frames that went to a live amplifier, sees contacts move and rows reach a card, and knows every document that
was really signed. Instants are true time: ns here, ms UTC where they meet a document.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playlists import wire
from playlists.models import RATE, Occurrence, Silence
from playlists.reports import Closed, Start
from tests.simulation.disk import Rows
from tests.simulation.documents import Registry, Shelf
from tests.simulation.guard import Stuck
from tests.simulation.kernel import MS, SECOND, Kernel
from tests.simulation.node import Box
from tests.simulation.signatures import payload_of

BEGINS_MS = 15_000
"""How long after its last moment what is decided in time may begin: at the next full 10 s, behind a warm relay."""
EARLY_MS, LATE_MS = 300, 1500
SLACK_FRAMES = RATE // 100
SILENT_NS = 6 * SECOND
"""A closed relay without a sound: 5 s and what rounds."""
HELD_MS = 61_000
"""What a box whose clock nobody steers may be off and still hold its time: the longest bound."""
CLOCK_MS = 2_000
"""A clock that is off by more than this is wrong, and what it says of windows is looked at apart."""
CONFIRMED_NS = 590 * SECOND
OFF_AFTER_DEATH_NS, OFF_AFTER_HANG_NS = 2 * SECOND, 5 * SECOND
SETTLE_NS = 40 * SECOND
"""How long after a disturbance nothing is asked of a box yet."""


class Violation(AssertionError):
    """An invariant does not hold."""


@dataclass
class Heard:
    """Frames [first, last) of one attempt that were audible, and from when to when."""

    first: int
    last: int
    begun: int
    ended: int
    steered: bool


@dataclass
class Ear:
    """What is known of one box."""

    box: Box
    disk: Shelf = field(default_factory=Shelf)
    memory: Shelf = field(default_factory=Shelf)
    heard: dict[tuple[str, int], list[Heard]] = field(default_factory=dict)
    closed: dict[str, dict[tuple[str, int], Closed]] = field(default_factory=dict)
    in_memory: set[tuple[str, tuple[str, int]]] = field(default_factory=set)
    in_memory_since: int | None = None
    perhaps: dict[str, list[Closed]] = field(default_factory=dict)
    half_told: set[str] = field(default_factory=set)
    unsure_since: int | None = None
    all_silences: list[Silence] = field(default_factory=list)
    deaf: list[tuple[int, int]] = field(default_factory=list)
    welcomed_at: int | None = None
    starts: dict[str, Start] = field(default_factory=dict)
    texts: dict[tuple[str, int], str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    disturbed: list[tuple[int, int]] = field(default_factory=list)
    down_since: int | None = None
    stepped_at: int = 0
    silences_since: int = 0
    closed_since: int | None = None
    quiet_since: int = 0

    def shelves(self) -> tuple[Shelf, Shelf]:
        return self.memory, self.disk

    def audible(self, occurrence: str) -> int:
        """Frames of the best attempt."""
        return max((sum(h.last - h.first for h in self.heard.get((occurrence, a), ())) for a in (1, 2)), default=0)

    def closing(self, occurrence: str) -> Closed | None:
        """The last word on it."""
        words = self.words(occurrence)
        return words[-1] if words else None

    def words(self, occurrence: str) -> list[Closed]:
        """All that was ever said of its end, also by a memory that is lost."""
        return [*self.perhaps.get(occurrence, ()), *self.closed.get(occurrence, {}).values()]

    def was_deaf(self, occurrence: Occurrence) -> bool:
        """Its contacts did not do what the guard's line said, and nobody can have seen that."""
        begin, end = occurrence.starts_at * MS, occurrence.ends_at * MS
        return any(begun <= end and ended >= begin for begun, ended in self.deaf)

    def is_disturbed(self, since: int, until: int) -> bool:
        open_ended = [at for at in (self.down_since, self.unsure_since) if at is not None]
        if any(until >= at for at in open_ended):
            return True
        return any(begun <= until and ended >= since for begun, ended in self.disturbed)


class Oracle:
    """The watcher of every box."""

    def __init__(self, kernel: Kernel, registry: Registry) -> None:
        self.kernel, self.registry = kernel, registry
        self.ears: dict[str, Ear] = {}
        self.counts: Counter[str] = Counter()
        self.wrongs: list[str] = []
        self.relay_closed: Callable[[Box], None] = lambda _box: None

    # what the boxes report

    def watch(self, box: Box) -> None:
        self.ears[box.id] = Ear(box)

    def wrong(self, box: Box | None, words: str) -> None:
        line = f"{box.id + ': ' if box else ''}{words}"
        self.kernel.note(f"VIOLATION {line}")
        self.wrongs.append(line)

    def fault(self, words: str) -> None:
        self.counts["faults"] += 1
        self.kernel.note(f"fault {words}")

    def disturbed(self, box: Box, seconds: float) -> None:
        """For so long, and a little more, this box owes nothing on time."""
        now = self.kernel.now
        self.ears[box.id].disturbed.append((now, now + int(seconds * SECOND) + SETTLE_NS))

    def up(self, box: Box, up: bool) -> None:
        ear, now = self.ears[box.id], self.kernel.now
        if up:
            if ear.down_since is not None:
                ear.disturbed.append((ear.down_since, now + SETTLE_NS))
            ear.down_since = None
        elif ear.down_since is None:
            ear.down_since = now
            ear.memory = Shelf(all=ear.memory.all)
            self._memory_gone(ear)
            self._look_later(box, OFF_AFTER_DEATH_NS, "killed")

    def hung(self, box: Box) -> None:
        self._look_later(box, OFF_AFTER_HANG_NS, "hung")

    def stepped(self, box: Box) -> None:
        """Its wall clock was set wrong, now."""
        self.ears[box.id].stepped_at = self.kernel.now

    def heard(self, box: Box, token: str, first: int, last: int, at: int) -> None:
        if not box.guard.contacts:
            return
        ear = self.ears[box.id]
        occurrence, attempt = token.split("/")[0], int(token.split("/")[1])
        begun = at - (last - first) * SECOND // RATE
        self._quiet_until(ear, begun)
        ear.quiet_since = at
        rows = ear.heard.setdefault((occurrence, attempt), [])
        known = next((s.all[occurrence] for s in ear.shelves() if occurrence in s.all), None)
        if known is None:
            self.wrong(box, f"sounds {token}, which no signed document holds for it")
            return
        self._may_sound(ear, known, begun, at)
        self._once(ear, known, attempt, first, last)
        if rows and rows[-1].last == first:
            rows[-1].last, rows[-1].ended = last, at
        else:
            self.kernel.note(f"{box.id} sounds {token} from frame {first}")
            rows.append(Heard(first, last, begun, at, box.clock.disciplined))

    def edge(self, box: Box, closed: bool) -> None:
        ear, now = self.ears[box.id], self.kernel.now
        self.counts["edges"] += 1
        self.kernel.note(f"{box.id} relay {'closed' if closed else 'open'}")
        if closed:
            ear.closed_since = ear.quiet_since = now
            self.relay_closed(box)
        else:
            self._quiet_until(ear, now)
            ear.closed_since = None

    def written(self, box: Box, in_memory: bool, events: Rows, documents: Rows) -> None:
        ear = self.ears[box.id]
        for kind, to, issuer, epoch, sequence, digest, _ in documents:
            shelf = ear.memory if in_memory else ear.disk
            if kind == "plan" and to != box.id:
                self.wrong(box, f"took a plan for {to}")
            wrong = shelf.place((kind, to, issuer), (epoch, sequence), digest)
            if digest not in self.registry.known:
                self.wrong(box, f"took a {kind} that nobody signed")
                continue
            if wrong:
                self.wrong(box, wrong)
            held = (self.registry.known[d] for _, d in shelf.held.values() if d in self.registry.known)
            shelf.read(held, self.kernel.ms)
            ear.silences_since = self.kernel.ms
            ear.all_silences += shelf.silences
        if events:
            ear.in_memory_since = (ear.in_memory_since or self.kernel.now) if in_memory else None
        for row in events:
            self._event(ear, in_memory, *row)

    def told(self, box: Box, topic: str, payload: bytes) -> None:
        if topic.endswith("/events"):
            batch = json.loads(payload_of(payload))
            told = self.ears[box.id].told
            told[batch["stream"]] = max(told.get(batch["stream"], 0), batch["last"])

    def unsure(self, box: Box, unsure: bool) -> None:
        """Since its power came back nobody has told this box the time, or now somebody has."""
        ear, now = self.ears[box.id], self.kernel.now
        if unsure and ear.unsure_since is None:
            ear.unsure_since = now
        elif not unsure and ear.unsure_since is not None:
            ear.disturbed.append((ear.unsure_since, now + SETTLE_NS))
            ear.unsure_since = None

    def deaf(self, box: Box, seconds: float) -> None:
        """For so long the contacts stay open whatever the line says."""
        now = self.kernel.now
        self.ears[box.id].deaf.append((now, now + int(seconds * SECOND)))

    def _memory_gone(self, ear: Ear) -> None:
        """What was only in memory is lost with the process; the office may have heard of it, and of no more."""
        for occurrence, key in ear.in_memory:
            ear.half_told.add(occurrence)
            fact = ear.closed.get(occurrence, {}).pop(key, None)
            if fact is not None:
                ear.perhaps.setdefault(occurrence, []).append(fact)
        ear.in_memory.clear()
        if ear.in_memory_since is not None:
            ear.disturbed.append((ear.in_memory_since, self.kernel.now))
            ear.in_memory_since = None

    # what must not be

    def _event(
        self, ear: Ear, in_memory: bool, stream: str, number: int, kind: str, occurrence: str, text: str
    ) -> None:
        key = (stream, number)
        if number:
            before = ear.texts.get(key)
            if before == text:
                ear.in_memory.discard((occurrence, key))
                return
            if before is not None and number <= ear.told.get(stream, 0):
                self.wrong(ear.box, f"event {number} of {stream} was told and is written anew: {before} then {text}")
            ear.texts[key] = text
            if in_memory and occurrence:
                ear.in_memory.add((occurrence, key))
        if kind == "closed":
            fact = wire.decode_event(text).fact
            assert isinstance(fact, Closed)
            self.kernel.note(f"{ear.box.id} closes {occurrence} {fact.sounded}/{fact.due} {fact.cause}")
            ear.closed.setdefault(occurrence, {})[key] = fact
        elif kind == "welcomed":
            ear.welcomed_at = ear.welcomed_at or self.kernel.ms
        elif kind == "start":
            fact = wire.decode_event(text).fact
            assert isinstance(fact, Start)
            ear.starts[occurrence] = fact
            if fact.at_wall > fact.start_by + BEGINS_MS:
                self.wrong(ear.box, f"{occurrence} begins {fact.at_wall - fact.start_by} ms after its last moment")
            if fact.attempt > 2:
                self.wrong(ear.box, f"{occurrence} begins for the {fact.attempt}th time")

    def _may_sound(self, ear: Ear, known: Occurrence, begun: int, at: int) -> None:
        box, at_ms = ear.box, at // MS
        gone = [s.gone.get(known.id) for s in ear.shelves() if known.id in s.all]
        if not any(known.id in s.present for s in ear.shelves()) and all(
            g is not None and at_ms > g + LATE_MS for g in gone
        ):
            self.wrong(box, f"still sounds {known.id}, which no document holds any more")
        off = abs(box.clock.off_by) // MS
        if off > CLOCK_MS:
            self._under_wrong_clock(ear, known, begun, at)
            return
        if self._was_wrong(ear, begun):
            return
        slack = 0 if box.clock.disciplined else HELD_MS
        if not known.starts_at - EARLY_MS - slack <= begun // MS or at_ms > known.ends_at + LATE_MS + slack:
            self.wrong(box, f"sounds {known.id} at {begun // MS}..{at_ms}, "
                            f"its window is {known.starts_at}..{known.ends_at}")  # fmt: skip
        if not known.emergency:
            self._not_hushed(ear, known, at_ms)

    def _was_wrong(self, ear: Ear, begun: int) -> bool:
        return bool(ear.stepped_at) and begun - ear.stepped_at < 2 * 3600 * SECOND

    def _not_hushed(self, ear: Ear, known: Occurrence, at_ms: int) -> None:
        for silence in (s for shelf in ear.shelves() for s in shelf.silences):
            since = max(silence.start, ear.silences_since) + LATE_MS
            if since < at_ms < silence.end and _meant(silence, known):
                self.wrong(ear.box, f"sounds {known.id} in a silence")

    def _under_wrong_clock(self, ear: Ear, known: Occurrence, begun: int, at: int) -> None:
        """A clock that was set forward is not believed at once: what sounds is what the truth says, or nothing."""
        fresh = at - ear.stepped_at < CONFIRMED_NS
        early = begun // MS < known.starts_at - CLOCK_MS
        if ear.box.clock.off_by > 0 and fresh and early:
            self.wrong(ear.box, f"sounds {known.id} too early, as a clock just set forward says")

    def _once(self, ear: Ear, known: Occurrence, attempt: int, first: int, last: int) -> None:
        if known.emergency or known.id in ear.half_told:
            return
        if attempt > 2 or (attempt == 2 and not known.whole):
            self.wrong(ear.box, f"sounds {known.id} in attempt {attempt}")
        for row in ear.heard[known.id, attempt]:
            if min(last, row.last) - max(first, row.first) > SLACK_FRAMES:
                self.counts["doubled"] += 1
                self.wrong(ear.box, f"sounds frames {max(first, row.first)}.. of {known.id}/{attempt} twice")
                return

    def _quiet_until(self, ear: Ear, until: int) -> None:
        if ear.closed_since is None or until - ear.quiet_since <= SILENT_NS:
            return
        if ear.box.guard.stuck is Stuck.CLOSED or ear.is_disturbed(ear.quiet_since, until):
            return
        if ear.box.sound.silent_until < ear.quiet_since:
            self.wrong(ear.box, f"relay closed for {(until - ear.quiet_since) / SECOND:.1f} s without a sound")

    def _look_later(self, box: Box, ns: int, how: str) -> None:
        life, hangs = box.life, box.hangs

        def look() -> None:
            still = (box.life, box.hangs) == (life, hangs) and (box.hung or not box.up)
            if still and box.guard.contacts and box.guard.stuck is not Stuck.CLOSED:
                self.wrong(box, f"the relay is closed {ns / SECOND:g} s after the agent was {how}")

        self.kernel.after(ns + SECOND // 2, look)


def _meant(silence: Silence, occurrence: Occurrence) -> bool:
    return not silence.kinds or occurrence.kind in silence.kinds


def settled(ears: Sequence[Ear]) -> bool:
    """Nothing is down."""
    return all(ear.down_since is None for ear in ears)
