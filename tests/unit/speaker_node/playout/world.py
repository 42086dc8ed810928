"""A simulated hamlet: a loop, a sound process and a relay that follow targets, a journal, and what the horns gave out.

Time moves only from one instant that matters to the next: nothing polls, so an `ask_again` that is forgotten shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from playlists.models import (
    RATE,
    AlertSheet,
    Number,
    Plan,
    Value,
)
from playlists.reports import (
    LOCAL,
    Accepted,
    Boot,
    Closed,
    Event,
    Fact,
    LocalStart,
    Paused,
    Press,
    Progress,
    RequestDone,
    RequestTaken,
    Resumed,
    Start,
    Trust,
    Welcomed,
)
from playlists.rules import ended_by
from speaker_node.playout import Witness, decide, evolve, observe
from speaker_node.values import (
    AmplifierState,
    Decision,
    Documents,
    Inputs,
    Moment,
    PlayerReport,
    Sound,
    SoundState,
    State,
    Target,
)
from tests.unit.speaker_node.playout.scenes import MS, at, clock, documents, sha

MOST_TURNS = 60
F = TypeVar("F", bound=Value)


@dataclass(frozen=True)
class Heard:
    """Frames [first, last) of one attempt went to the device from `mono` on; `relay`: the contacts were closed."""

    token: str
    first: int
    last: int
    wall: int
    relay: bool
    warm: bool

    @property
    def occurrence(self) -> str:
        return self.token.split("/")[0]

    @property
    def local(self) -> bool:
        return self.token.startswith("local/")

    @property
    def attempt(self) -> int:
        return int(self.token.split("/")[1])


class Speaker:
    """The sound process: follows `now` and `next` by itself, counts what it puts out."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.alive = True
        self.device_ok = True
        self.silent = False
        self.hung = False
        self.level = -20.0
        self.now: Sound | None = None
        self.next: Sound | None = None
        self.report: PlayerReport | None = None
        self.last: PlayerReport | None = None

    def hold(self, target: Target) -> None:
        if self.now is not None and self.next is not None and target.now == self.next:
            self._take(self.next)
        if target.now is None or self.now is None or not target.now.same_as(self.now):
            self._take(target.now)
        self.now, self.next = target.now, target.next

    def _take(self, sound: Sound | None) -> None:
        same = sound is not None and self.report is not None and sound.token == self.report.token
        if not same:
            self.last = self.report or self.last
            self.report = None
        if sound is not None and self.report is None:
            self.report = PlayerReport(sound.token, sound.first, 0, 0, by_cue=(0,) * len(sound.cues))
        self.now = sound

    def instants(self) -> list[int]:
        found = [] if self.next is None else [self.next.at]
        if self.now is not None:
            found += [self.now.at, _end(self.now)]
        return found

    def put_out(self, since: int, until: int) -> tuple[str, int, int] | None:
        """What sounds between two instants with none that matters between them: token, first and last frame."""
        if self.next is not None and self.next.at <= since:
            self._take(self.next)
            self.next = None
        sound = self.now
        if sound is None or not self.alive or self.hung:
            return None
        begin, end = (_frame(sound, instant) for instant in (max(since, sound.at), max(until, sound.at)))
        ended = until >= _end(sound)
        taken = self._count(sound, begin, end, ended)
        return (sound.token, begin, end) if taken else None

    def _count(self, sound: Sound, begin: int, end: int, ended: bool) -> int:
        assert self.report is not None
        by_cue, missing, start = list(self.report.by_cue), self.report.missing, 0
        for place, cue in enumerate(sound.cues):
            frames = max(0, min(end, start + cue.frames) - max(begin, start))
            if self.silent or not (cue.sha256 or cue.tone):
                missing += frames
            else:
                by_cue[place] += frames
            start += cue.frames
        taken = sum(by_cue)
        before = self.report.taken
        error = 0 if taken and self.report.start_error is None else self.report.start_error
        loudness = self.level + sound.gain if taken else None
        self.report = replace(
            self.report, position=end, taken=taken, sounded=taken, missing=missing, by_cue=tuple(by_cue),
            loudness=loudness, start_error=error, ended=ended,
        )  # fmt: skip
        return taken - before

    def state(self) -> SoundState:
        return SoundState(self.alive, self.generation, self.alive and self.device_ok, "", self.report, self.last)


def _frame(sound: Sound, mono: int) -> int:
    played = (min(mono, _end(sound)) - sound.at) * RATE // 10**9
    return max(sound.first, sound.first + played)


def _end(sound: Sound) -> int:
    """The instant (monotonic ns) from which nothing of it is heard: its own end, or `until`."""
    frames = sum(cue.frames for cue in sound.cues) - sound.first
    return min(sound.until, sound.at + -(-frames * 10**9 // RATE))


class PowerCut(Exception):
    """The machine went dark between two effects."""


@dataclass
class World:
    """One node from its first boot on. `wall` is true time in ns; the node's own clock may be off by `offset` ms."""

    documents: Documents = field(default_factory=documents)
    start: str = "04:59:00"
    ready: frozenset[str] | None = None
    new_stream: bool = False

    def __post_init__(self) -> None:
        self.wall = at(self.start) * MS
        self.booted, self.offset, self.boot, self.trust = self.wall - 10**10, 0, 0, Trust.HELD
        self.events: list[Event] = []
        self.heard: list[Heard] = []
        self.edges: list[tuple[str, bool, str]] = []
        self.state, self.decision = State(), Decision()
        self.relay: int | None = None
        self.guard, self.answered = True, False
        self.cut_after: int | None = None
        self.checks: list[object] = []
        self.speaker = Speaker(0)
        self.witness = Witness()
        self.boot_up(new_stream=self.new_stream)

    # what the node sees

    @property
    def mono(self) -> int:
        return self.wall - self.booted

    @property
    def moment(self) -> Moment:
        mono = self.mono
        wall = self.wall // MS
        return Moment(wall + self.offset, mono - self.wall % MS, self.trust, 0, self.boot)

    @property
    def inputs(self) -> Inputs:
        held = {row.sha256 for o in self.documents.occurrences.values() for i in o.items for row in i.rows}
        held |= {clip.sha256 for book in self.documents.books for clip in book.clips}
        ready = frozenset(held) if self.ready is None else self.ready
        self.observe()
        return Inputs(ready, self.witness.believed, AmplifierState(self.guard, self.relay), self.answered)

    def observe(self) -> None:
        amplifier = AmplifierState(self.guard, self.relay)
        self.witness = observe(self.witness, self.mono, self.speaker.state(), amplifier)

    # the loop

    def turn(self) -> None:
        """Ask, journal, evolve until no facts are left, then hold the target."""
        for _ in range(MOST_TURNS):
            self.decision = decide(self.state, self.moment, self.documents, self.inputs)
            assert self.decision == decide(self.state, self.moment, self.documents, self.inputs)
            if not self.decision.facts:
                self._hold(self.decision.target)
                return
            for fact in self.decision.facts:
                self.journal(fact)
        raise AssertionError(f"facts without end: {self.decision.facts}")

    def journal(self, fact: Fact) -> None:
        number = 0 if isinstance(fact, LOCAL) else 1 + max((e.number for e in self.events), default=0)
        now = self.moment
        event = Event(number=number, wall=now.wall, mono=self.mono, boot=self.boot, trust=now.trust, fact=fact)
        self.events.append(event)
        self.state = evolve(self.state, event)
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after < 0:
                self.cut_after = None
                raise PowerCut

    def _hold(self, target: Target) -> None:
        assert target.now is None or target.next is None or target.now.token != target.next.token
        assert not target.relay or self.speaker.alive, "relay without a sound process"
        if target.relay and self.guard:
            began = {f.occurrence for f in self.facts(Start)} | {f"local/{f.id}" for f in self.facts(LocalStart)}
            assert {target.cause, target.cause.split("/")[0]} & began, "relay without a START"
        closed = target.relay and self.guard
        if closed != (self.relay is not None):
            self.edges.append((clock(self.wall // MS), closed, target.cause))
            self.relay = self.mono if closed else None
        if self.speaker.alive:
            self.speaker.hold(target)

    # what happens to it

    def boot_up(self, new_stream: bool = False) -> None:
        self.boot += 1
        self.speaker, self.witness = Speaker(1), Witness()
        self.relay = None
        self.journal(Boot(boot=self.boot, trust=self.moment.trust, new_stream=new_stream))
        self.turn()

    def power_cut(self, seconds: float) -> None:
        """Dark for so long; the monotonic clock begins anew."""
        self.relay, self.speaker.alive = None, False
        self.wall += round(seconds * 10**9)
        self.booted = self.wall - 20 * 10**9
        self.boot_up()

    def agent_restart(self, seconds: float = 2) -> None:
        """The agent died and came back, the machine did not."""
        self.relay, self.speaker.alive = None, False
        self.wall += round(seconds * 10**9)
        self.boot_up()

    def sound_dies(self, seconds: float = 2) -> None:
        self.speaker.alive = False
        self.turn()
        self.run(seconds)
        self.speaker = Speaker(self.speaker.generation + 1)
        self.turn()

    def guard_dies(self, seconds: float | None = 2) -> None:
        """The relay opens at once; the guard is back after so long, or not at all (None)."""
        self.guard, self.relay = False, None
        self.turn()
        if seconds is not None:
            self.run(seconds)
            self.guard = True
            self.turn()

    def accept(self, planned: Plan | None = None, *sheets: AlertSheet) -> None:
        """Newer documents: the plan if given, and these sheets in the place of those of their zone and issuer."""
        merged = {**self.documents.sheets, **{(s.to, s.issuer): s for s in sheets}}
        self.documents = Documents(planned or self.documents.plan, merged, self.documents.books)
        zero = Number(epoch=1, sequence=1)
        if planned is not None:
            self.journal(Accepted(document="plan", to="n1", issuer="office", number=zero, digest="0" * 64))
        for one in sheets:
            self.journal(Accepted(document="sheet", to=one.to, issuer=one.issuer, number=zero, digest="0" * 64))
        self.turn()

    def welcome(self, *elsewhere: str) -> None:
        self.journal(Welcomed(stream="s1", elsewhere=elsewhere))
        self.turn()

    def ask(self, action: str, id_: str = "r1", within: float = 60, **arguments: str) -> None:
        """A Request of the office, which the loop writes down before it asks."""
        until = self.moment.wall + round(within * 1000)
        self.journal(RequestTaken(id=id_, action=action, expires_at=until, arguments=tuple(arguments.items())))
        self.turn()

    def press(self, what: str) -> None:
        """Somebody at the box."""
        self.journal(Press(what=what))
        self.turn()

    def answer(self, id_: str = "r1") -> RequestDone | None:
        """What became of a Request, if that was said; never twice."""
        found = [fact for fact in self.facts(RequestDone) if fact.id == id_]
        assert len(found) < 2, found
        return found[0] if found else None

    def get(self, *names: str) -> None:
        """These assets, and no others, are ready."""
        self.ready = frozenset(map(sha, names))
        self.turn()

    # time

    def run(self, seconds: float) -> None:
        self.run_to_ns(self.wall + round(seconds * 10**9))

    def run_to(self, text: str) -> None:
        self.run_to_ns(at(text) * MS)

    def run_to_ns(self, end: int) -> None:
        while self.wall < end:
            asked = self.decision.ask_again
            nexts = [*self.speaker.instants(), *([] if asked is None else [asked])]
            step = min([i + self.booted for i in nexts if i > self.mono] + [end])
            ended = self._pass(min(step, end))
            # Between two instants that matter the loop renews the lease, and observes as it does.
            self.witness = replace(self.witness, at=self.mono)
            self.observe()
            if ended or (asked is not None and self.mono >= asked):
                self.turn()
        self.turn()

    def hang_to(self, text: str) -> None:
        """Time passes and the sound goes on, but nobody asks, nor renews the lease: the relay opens."""
        self.relay = None
        while self.wall < at(text) * MS:
            self._pass(min([i + self.booted for i in self.speaker.instants() if i > self.mono] + [at(text) * MS]))

    def _pass(self, until: int) -> bool:
        before = self.speaker.report
        token = None if before is None else before.token
        had_ended = before is not None and before.ended
        warm_up = self.documents.settings.warm_up * MS
        warm = self.relay is not None and self.mono - self.relay >= warm_up
        put_out = self.speaker.put_out(self.mono, until - self.booted)
        if put_out is not None:
            self._may_sound(put_out[0].split("/")[0])
            self.heard.append(Heard(*put_out, self.wall // MS, self.relay is not None, warm))
        self.wall = until
        report = self.speaker.report
        return report is not None and (report.token != token or report.ended != had_ended)

    def _may_sound(self, occurrence: str) -> None:
        if occurrence == "local":
            return
        held = self.documents.occurrences.get(occurrence)
        assert held is not None, "sounds though no document holds it"
        assert occurrence not in self.documents.withdrawn, "sounds though withdrawn"
        assert self.wall // MS < held.ends_at, "sounds past ends_at"
        box = () if self.state.silence is None else (self.state.silence,)
        hushed = ended_by(held, self.moment.wall, (*self.documents.silences, *box))
        assert hushed is None, "routine sounds in a silence"

    # what the journal and the horns say

    def facts(self, kind: type[F]) -> list[F]:
        return [event.fact for event in self.events if isinstance(event.fact, kind)]

    def starts(self, name: str) -> list[Start]:
        return [f for f in self.facts(Start) if f.occurrence.startswith(f"{name}-")]

    def closed(self, name: str) -> Closed:
        """The one closing fact."""
        found = [f for f in self.facts(Closed) if f.occurrence.startswith(f"{name}-")]
        assert len(found) == 1, found
        return found[0]

    def open(self, name: str) -> bool:
        return not any(f.occurrence.startswith(f"{name}-") for f in self.facts(Closed))

    def sounded(self, name: str) -> list[tuple[str, float, float]]:
        """Stretches as (wall time, from second, to second of the programme), joined where nothing lies between."""
        rows: list[list[int]] = []
        for h in self.heard:
            if h.occurrence.startswith(f"{name}-"):
                if rows and rows[-1][2] == h.first and abs(rows[-1][3] + (h.first - rows[-1][1]) // 48 - h.wall) <= 2:
                    rows[-1][2] = h.last
                else:
                    rows.append([h.first, h.first, h.last, h.wall])
        return [(clock(wall), round(first / RATE, 3), round(last / RATE, 3)) for first, _, last, wall in rows]

    def tell(self) -> list[str]:
        """The journal in words, PROGRESS left out."""
        return [_word(e) for e in self.events if not isinstance(e.fact, Progress | Accepted | Boot)]


def _word(event: Event) -> str:
    fact = event.fact
    match fact:
        case Start():
            return f"START {fact.occurrence.split('-')[0]}/{fact.attempt} {clock(fact.at_wall)} +{fact.first / RATE:g}"
        case Resumed():
            return f"RESUMED {fact.occurrence.split('-')[0]} {clock(fact.at_wall)} +{fact.first / RATE:g}"
        case Paused():
            return f"PAUSED {fact.occurrence.split('-')[0]} by {fact.by.split('-')[0]}"
        case Closed():
            return f"CLOSED {fact.occurrence.split('-')[0]} {fact.sounded}/{fact.due} {fact.cause}"
        case _:
            return str(fact.kind).upper()
