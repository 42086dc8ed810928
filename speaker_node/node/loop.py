"""The loop: one thread owns everything; adapters only post to its mailbox.

One turn: journal what came in, ask the core, journal its facts durably, evolve, hold the target, tell what is due.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from playlists.models import Acknowledgement, AlertSheet, Asset, KeySet, Request, Welcome
from playlists.reports import (
    LOCAL,
    Accepted,
    Because,
    Boot,
    Checkpoint,
    Event,
    Fact,
    Outcome,
    Refusal,
    RequestTaken,
    Trust,
    Welcomed,
)
from speaker_node import timekeeping
from speaker_node.acceptance import Holding, Refused, clamps
from speaker_node.node import requests
from speaker_node.node.alive import PATIENCE, Patience, Signs, stuck
from speaker_node.node.asked import Asked
from speaker_node.node.heartbeat import Condition
from speaker_node.node.inbox import Inbox, Refusals
from speaker_node.node.journal import Journal
from speaker_node.node.messages import Messages
from speaker_node.node.origin import began
from speaker_node.node.ports import AmplifierPort, ErrandsPort, HostPort, LibraryPort, LinkPort, SoundPort
from speaker_node.node.telling import Identity, Telling, nearest
from speaker_node.outbox import Pace
from speaker_node.playout import Witness, decide, evolve, observe, restore
from speaker_node.values import (
    AmplifierState,
    Arrived,
    Decision,
    Ended,
    Inputs,
    LinkDown,
    LinkUp,
    Moment,
    Sound,
    StoreError,
    Target,
)

log = logging.getLogger(__name__)

SECOND: Final = 1_000_000_000
RENEW_NS = 400_000_000
"""While the relay is closed the guard's lease is renewed at least this often."""
WATCHDOG_NS = 10 * SECOND
PRUNE_NS = 3600 * SECOND
MARK_NS = 3600 * SECOND
"""How often the clock's mark is written: an hour's growth of the bound is a fifth of a second."""
ROUNDS = 100
"""A core that has not come to rest after so many questions in one turn is wrong: the last target is held."""
LATE_NS = 25 * SECOND
"""A node whose sound process or guard does not come up counts as started after so long: it has an office to tell."""


@dataclass(frozen=True, slots=True)
class Woken:
    """Something an adapter observes has changed."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The node is to leave."""


Post = LinkUp | LinkDown | Arrived | Ended | Woken | Stop
Mailbox = SimpleQueue[Post]


@dataclass(frozen=True, slots=True)
class Ports:
    """The world as the loop needs it. `errands`: None where the machine runs none."""

    link: LinkPort
    sound: SoundPort
    amplifier: AmplifierPort
    library: LibraryPort
    host: HostPort
    errands: ErrandsPort | None = None


class Loop:
    """The node itself. Building it journals BOOT; `run` turns until Stop is posted."""

    def __init__(
        self,
        ports: Ports,
        mailbox: Mailbox,
        journal: Journal,
        inbox: Inbox,
        who: Identity,
        pace: Pace,
        patience: Patience = PATIENCE,
    ) -> None:
        self._ports, self._mailbox, self._journal, self._inbox = ports, mailbox, journal, inbox
        events, documents = journal.load()
        self._state = restore(events)
        self._inbox.load(documents, self._begun())
        self._clock = timekeeping.start(ports.host.reading(), self._state.mark, self._limits())
        self._mark_at = self._asked_time_at = 0
        self.boot = self._state.boot + 1
        self._telling = Telling(who, self.boot, ports.link, journal, inbox, ports.host, pace)
        self._refusals, self._messages = Refusals(), Messages()
        self._target = Target()
        self._witness = Witness()
        self._proved: frozenset[str] = frozenset()
        self._ask_again: int | None = None
        self._asked: Asked | None = None
        self._prune_at = 0
        self._patience = patience
        self._began_at = self._whole_at = ports.host.reading().mono
        self._ready = False
        self._stopping = False
        self._leave_at: int | None = None
        self._began = began(events, who.origin)
        self._who = who
        self._write_boot()
        self._answer_for_the_boot_before(events)
        self._documents_changed()

    def run(self) -> None:
        """Turn until told to stop."""
        posts: list[Post] = []
        while not self._stopping:
            self.turn(posts)
            posts = self._wait()
        self._ports.amplifier.hold(False, "")
        self._ports.sound.hold(None)
        now = self._now()
        self._write([self._checkpoint(now, left=True)], now)
        self._telling.goodbye()

    def turn(self, posts: Iterable[Post]) -> None:
        """One turn, with what came in since the last."""
        for post in posts:
            self._take(post)
        self._chores()
        now, inputs = self._settle()
        self._feed(now, inputs)
        if self._telling.linked:
            self._telling.turn(now, self._condition(inputs), self._inbox.documents.settings.heartbeat)

    @property
    def stopping(self) -> bool:
        """Whether the agent is to leave: it was told to, or a Request asked for it."""
        return self._stopping

    @property
    def ask_at(self) -> int | None:
        """When (monotonic ns) the loop turns though nothing came in."""
        again = (self._ask_again, self._telling.ask_at, self._refusals.ask_at, self._journal.try_again, self._time_at)
        return nearest((*again, self._leave_at))

    @property
    def _time_at(self) -> int | None:
        """When something of the time is due: a step will have stood long enough, or the office is to be asked."""
        now = self._now()
        at = timekeeping.ask_at(self._clock, now.mono)
        return nearest((at, self._time_wanted_at(now))) if self._telling.answered else at

    def _wait(self) -> list[Post]:
        """What comes in, or nothing at the next instant; meanwhile the lease of a closed relay is renewed."""
        until = nearest((self.ask_at, self._ports.host.reading().mono + WATCHDOG_NS))
        assert until is not None
        while True:
            now = self._ports.host.reading().mono
            if now >= until:
                return []
            rest = min(until - now, RENEW_NS) if self._target.relay else until - now
            try:
                return [self._mailbox.get(timeout=rest / SECOND), *self._rest_of_mailbox()]
            except Empty:
                self._observe()
                self._ports.amplifier.hold(self._target.relay, self._target.cause)

    def _rest_of_mailbox(self) -> Iterable[Post]:
        for _ in range(100):
            try:
                yield self._mailbox.get_nowait()
            except Empty:
                return

    def _now(self) -> Moment:
        reading = self._ports.host.reading()
        limits = self._limits()
        self._clock = timekeeping.hear_host(self._clock, reading, limits)
        return timekeeping.moment(self._clock, reading.mono, self.boot, limits)

    def _limits(self) -> timekeeping.Limits:
        plan = self._inbox.documents.plan
        return timekeeping.Limits(self._state.floor, plan.window if plan else None)

    def _take(self, post: Post) -> None:
        match post:
            case Arrived():
                self._arrived(post.topic, post.payload)
            case LinkUp():
                self._telling.link_up(post.connection, self._now())
            case LinkDown():
                self._telling.link_down()
            case Ended():
                self._write([post.fact], self._now())
            case Stop():
                self._stopping = True
            case Woken():
                pass

    def _arrived(self, topic: str, payload: bytes) -> None:
        now = self._now()
        verdict = self._inbox.judge(topic, payload, now.wall)
        match verdict:
            case Holding():
                self._accept(verdict, topic, payload, now)
            case Welcome():
                self._welcome(verdict, now)
            case Acknowledgement():
                self._telling.acknowledge(verdict, now.mono)
            case Request():
                self._request(verdict, now)
            case Refused():
                self._refuse(verdict, now)

    def _accept(self, holding: Holding, topic: str, payload: bytes, now: Moment) -> None:
        held = holding.stored.held
        fact = Accepted(
            document=held.kind, to=held.to, issuer=held.issuer, number=held.number, digest=held.digest
        )  # fmt: skip
        try:
            self._write([fact], now, holding)
        except StoreError as error:
            self._inbox.park(topic, payload)
            self._refuse(Refused(held.kind, Refusal.NOT_STORED, str(error)), now)
            return
        if isinstance(holding.document, AlertSheet):
            for clamp in clamps(holding.document, self._inbox.documents):
                self._refuse(clamp, now)

    def _refuse(self, refused: Refused, now: Moment) -> None:
        fact = self._refusals.add(refused, now.mono)
        if fact is not None:
            self._write([fact], now)

    def _welcome(self, welcome: Welcome, now: Moment) -> None:
        answer = self._telling.welcome(welcome, now.mono)
        self._clock = timekeeping.hear_welcome(self._clock, answer, self._limits())
        self._mark_at = 0
        self._ports.library.hurry()
        if welcome.stream == self._journal.stream and welcome.acknowledged > self._journal.last:
            self._begin_anew(now)
            return
        known = self._state.done.keys() | self._state.airings.keys()
        if self._state.fresh or not known >= set(welcome.elsewhere):
            self._write([Welcomed(stream=self._journal.stream, elsewhere=welcome.elsewhere)], self._now())

    def _begin_anew(self, now: Moment) -> None:
        """The office holds more of this stream than is written here: the card is an older copy of itself. Its numbers
        must not be given again, and what was told since is only to be had from the office, by another birth."""
        self._journal.begin_anew()
        self._write_boot()
        self._telling.begin_anew(now)

    def _request(self, request: Request, now: Moment) -> None:
        """Journalled before it acts; what can be said at once stands beside it."""
        taken = requests.taken_of(request.id, request.action, request.expires_at, request.arguments)
        asked_for = now.mono - self._began_at if self._began.because is Because.REQUEST else None
        quiet = self._target.now is None and not self._target.relay
        said = requests.answer(taken, quiet=quiet, restarted=asked_for, errands=self._ports.errands is not None)
        self._inbox.took([taken.id])
        self._write([taken] if said is None else [taken, said], now)
        if said is None and self._ports.errands is not None and taken.action == requests.UPLOAD_LOG:
            self._ports.errands.upload_log(taken)
        if said is not None and said.action == requests.RESTART and said.outcome is Outcome.DONE:
            self._leave_at = now.mono + requests.LEAVE_NS

    def _answer_for_the_boot_before(self, events: Sequence[Event]) -> None:
        self._inbox.took(event.fact.id for event in events if isinstance(event.fact, RequestTaken))
        if failed := requests.unanswered(events):
            self._write(failed, self._now())

    def _write(self, facts: Iterable[Fact], now: Moment, holding: Holding | None = None) -> None:
        """Durable, then it acts."""
        events = self._journal.write(facts, now, holding.stored if holding else None)
        self._happened(events)
        if holding is not None:
            self._inbox.hold(holding, now.wall, self._begun())
            self._documents_changed()
            if isinstance(holding.document, KeySet):
                self._judge_parked()
        if any(event.number for event in events):
            self._telling.wrote(now.mono)

    def _begun(self) -> frozenset[str]:
        done = (id_ for id_, done in self._state.done.items() if done.begun)
        return frozenset((*self._state.airings, *done))

    def _happened(self, events: Iterable[Event]) -> None:
        for event in events:
            self._state = evolve(self._state, event)
            log.log(logging.DEBUG if isinstance(event.fact, LOCAL) else logging.INFO, "%s", _said(event.fact))

    def _judge_parked(self) -> None:
        for topic, payload in self._inbox.parked():
            self._arrived(topic, payload)

    def _documents_changed(self) -> None:
        documents = self._inbox.documents
        self._messages.follow(self._state.book, documents.plan)
        sheets = (e for sheet in documents.sheets.values() for e in sheet.occurrences)
        urgent: list[Asset] = [row for entry in sheets for item in entry.items for row in item.rows]
        planned = documents.plan.assets(self._now().wall) if documents.plan else ()
        self._ports.library.want([*self._messages.wanted(), *urgent, *planned])
        self._telling.follow()

    def _look_at_messages(self, now: Moment) -> None:
        """What has come of the message book is read, and what stands now is written down."""
        changed = self._messages.look(self._ports.library, lambda refused: self._refuse(refused, now))
        if self._messages.stands != self._state.book:
            self._write([self._checkpoint(now)], now)
        if changed:
            self._inbox.speak_by(self._messages.books, now.wall, self._begun())
            self._documents_changed()

    def _write_boot(self) -> None:
        now, who = self._now(), self._who
        fact = Boot(
            boot=self.boot,
            versions=who.versions,
            trust=now.trust,
            new_stream=self._journal.fresh,
            because=self._began.because,
            machine=who.origin.machine,
            last_alive=self._began.last_alive,
        )
        self._happened(self._journal.boot(fact, now))

    def _chores(self) -> None:
        now = self._now()
        self._keep_time(now)
        self._look_at_messages(now)
        if facts := self._refusals.due(now.mono):
            self._write(facts, now)
        again = self._journal.try_again
        if again is not None and again <= now.mono and self._journal.recover(now.mono):
            self._remember()
            self._judge_parked()
            self._telling.wrote(now.mono)
        self._journal.look(now.mono)
        if self._leave_at is not None and (self._leave_at <= now.mono or not self._journal.depth()):
            self._stopping = True
        if self._prune_at <= now.mono and not self._state.locals:
            self._prune_at = now.mono + PRUNE_NS
            named = self._inbox.documents.occurrences.keys() | self._state.airings.keys() | self._state.done.keys()
            self._journal.prune(named)

    def _remember(self) -> None:
        """The disk can be written again, and perhaps read for the first time: its events and documents stand before
        what was in memory."""
        events, documents = self._journal.load()
        self._state = restore(events)
        self._inbox.load(documents, self._begun())
        self._documents_changed()

    def _keep_time(self, now: Moment) -> None:
        """Write down when the time becomes known and when it no longer is, and hourly what the next boot is to know;
        ask the office for it anew."""
        known = now.trust is not Trust.UNTRUSTED
        timed = self._state.timed
        if timed is None or timed.sure is not known or (known and self._mark_at <= now.mono):
            self._mark_at = now.mono + MARK_NS
            self._write([self._checkpoint(now)], now)
        if self._time_wanted_at(now) <= now.mono:
            self._asked_time_at = now.mono
            self._telling.ask_time(now.mono)

    def _checkpoint(self, now: Moment, *, left: bool = False) -> Checkpoint:
        floor = timekeeping.floor(self._clock, now.mono, self._limits())
        mark = timekeeping.mark(self._clock, now)
        return Checkpoint(wall=max(0, now.wall), floor=floor, mark=mark, left=left, book=self._messages.stands)

    def _time_wanted_at(self, now: Moment) -> int:
        heard = self._clock.office.at if self._clock.office else 0
        return timekeeping.ask_after(self._clock, now, max(heard, self._asked_time_at))

    def _settle(self) -> tuple[Moment, Inputs]:
        """Ask until there is nothing more to journal, and hold what follows; by when, and what is observed then."""
        for _ in range(ROUNDS):
            now, inputs, documents = self._now(), self._inputs(), self._inbox.documents
            if self._asked is not None and self._asked.stands(self._state, documents, inputs, now):
                self._hold()
                return now, inputs
            decision = decide(self._state, now, documents, inputs)
            if decision.facts:
                self._write(decision.facts, now)
            elif self._prove(decision.target):
                self._asked = Asked(self._state, documents, inputs, now, decision.ask_again)
                return now, self._converge(decision, inputs)
        log.error("the core does not come to rest; the last target is held")
        return self._now(), self._inputs()

    def _converge(self, decision: Decision, inputs: Inputs) -> Inputs:
        """Hold what was decided; what is observed then."""
        same = decision.target == self._target
        self._target, self._ask_again = decision.target, decision.ask_again
        self._hold()
        return inputs if same else self._inputs()

    def _hold(self) -> None:
        self._ports.sound.hold(self._target.now, self._target.next)
        self._ports.amplifier.hold(self._target.relay, self._target.cause)

    def _prove(self, target: Target) -> bool:
        """Whether every asset of the target was seen to match its hash; one that does not is ready no more."""
        hashes = _hashes(target.now) | _hashes(target.next)
        lost = {sha256 for sha256 in hashes - self._proved if self._ports.library.path(sha256) is None}
        self._proved = hashes - lost
        return not lost

    def _inputs(self) -> Inputs:
        amplifier = self._observe()
        return Inputs(self._ports.library.ready(), self._witness.believed, amplifier, self._telling.answered)

    def _observe(self) -> AmplifierState:
        """The relay after the sound: frames are believed only if it is still closed when they are known."""
        ports = self._ports
        sound, amplifier = ports.sound.state(), ports.amplifier.state()
        self._witness = observe(self._witness, ports.host.reading().mono, sound, amplifier)
        return amplifier

    def _condition(self, inputs: Inputs) -> Condition:
        library, journal = self._ports.library, self._journal
        return Condition(
            held=self._inbox.held(),
            inputs=inputs,
            missing=library.missing(),
            ready=len(inputs.ready),
            state=self._state,
            target=self._target,
            store_ok=journal.ok,
            store=journal.state,
            store_error=journal.error,
            gone=journal.gone,
            library=library.state(),
            refused=self._refusals.total,
            because=self._began.because,
            started=self._ready,
            book=self._messages.spoken,
            book_lacks=self._messages.lacks,
        )

    def _feed(self, now: Moment, inputs: Inputs) -> None:
        """A sign of life, while all that is to advance does."""
        host = self._ports.host
        if whole := inputs.sound.alive and inputs.amplifier.alive:
            self._whole_at = now.mono
        late = now.mono - self._began_at >= LATE_NS
        if not self._ready and (whole or late):
            self._ready = True
            host.whole(late=not whole)
        signs = Signs(now.mono, self._whole_at, self._ports.link.ticked, host.disk_waits_since)
        still = stuck(signs, self._patience)
        host.know(now, quiet=not self._target.relay and self._target.now is None, status=self._status(still))
        if not still:
            host.feed_watchdog()

    def _status(self, still: Sequence[str]) -> str:
        """The node's condition in a few words, for whoever asks systemd."""
        if still:
            return f"does not advance: {', '.join(still)}"
        sounds = f"sounds {self._target.now.token}" if self._target.now is not None else "quiet"
        return f"{sounds}; {'linked' if self._telling.linked else 'no link'}"


def _hashes(sound: Sound | None) -> frozenset[str]:
    return frozenset(cue.sha256 for cue in sound.cues if cue.sha256) if sound else frozenset()


def _said(fact: Fact) -> str:
    """A fact in one line of the log, its occurrence first."""
    fields: Mapping[str, object] = fact.model_dump(
        exclude_defaults=True, exclude={"kind", "items", "versions", "assets", "languages"}
    )
    return " ".join([fact.kind, *(f"{name}={value}" for name, value in fields.items())])
