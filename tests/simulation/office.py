"""The controller in the simulated world: the real exchange and operations over a database in memory.

What is committed outlives a kill; all else is forgotten. Whoever drives it does what the gateway does: hands over what
came in batches, asks `look` when that is due or `nudged` says so, publishes what `to_publish` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection, event, select

from controller.domain.values import from_ms
from controller.domain.verdicts import Mark
from controller.exchange import Arrived, Exchange, Outgoing
from controller.exchange.office import Standing
from controller.housekeeping.settling import settle
from controller.operations import setting_up
from controller.operations.acting import Office
from controller.signer import ROOT
from controller.storage import results
from controller.storage.engine import reading
from controller.storage.tables import PlayNowRow
from playlists import wire
from playlists.models import Key, Millis
from tests.simulation import commune, office_rules
from tests.simulation.book import HOUR, Book
from tests.simulation.office_rules import Witness
from tests.simulation.sounds import audio
from tests.simulation.types import Decided, Killed, LedgerRow, Message, NodeSpec, Step
from tests.simulation.workload import RECORDINGS, Workload

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
LOOK_AGAIN = timedelta(hours=3)
"""How often the office looks without a nudge: seldom enough that most of a simulated day is not spent on it."""
ROLL_OVER = timedelta(hours=2)
"""Over how long after midnight the daily roll of the plans is spread."""


MOST_WRONGS = 20


@dataclass(frozen=True)
class Backup:
    """A copy of the database, and what was decided up to it."""

    image: bytes
    book: Book


class SimOffice:
    """One office; `clock` gives ms UTC. The nodes' hamlets are areas of a commune that has them all."""

    office: Office
    _exchange: Exchange
    _sent: dict[tuple[str, bytes], Outgoing]
    _taken: list[int]

    def __init__(
        self, rng: Random, clock: Callable[[], int], nodes: Sequence[NodeSpec], days: int, real_signatures: bool = False
    ) -> None:
        self.real_signatures = real_signatures
        self.witness = Witness()
        self.wrongs = self.witness.wrongs
        self.signer = commune.signer_of(rng)
        self.signer.witness = self.witness
        self.book = Book(tuple(nodes))
        self._dies_at: Step | None = None
        self._compared: tuple[Standing, int] = ({}, 0)
        self.nudged = False
        self._ids, self._clock = Random(rng.random()), clock
        self._engine = commune.engine_of(commune.template())
        commune.begin(self._engine, nodes, RECORDINGS, clock())
        self._sounds = {name: (length, size) for name, length, size in map(audio, range(RECORDINGS))}
        self.workload = Workload(self.book, tuple(nodes), clock, days)
        self._raise_epoch_at: int | None = None
        self._start()
        self.workload.begin(rng)

    @property
    def site(self) -> str:
        """The site's id."""
        return commune.SITE

    @property
    def root(self) -> Key:
        """Root's public half, as a node gets it at set-up."""
        return Key(kid=ROOT, x=wire.public_x(self.signer.root), issuer=ROOT, rights=())

    def key_set(self) -> bytes:
        """The key set as root signed it."""
        return self.signer.key_set

    @property
    def truth(self) -> Mapping[str, Decided]:
        """What stands of each occurrence."""
        return self.book.stands

    @property
    def uncertain(self) -> Set[str]:
        """What was decided after a backup that was put back: nobody can say any more whether it stands."""
        return self.book.uncertain

    @property
    def epoch_due(self) -> bool:
        """Whether an operator still has to raise the epoch after a restore."""
        return self._raise_epoch_at is not None

    def retained_topics(self) -> tuple[str, ...]:
        """Filters of where our own documents lie."""
        return self._exchange.own_filters

    def connected(self) -> None:
        """A new connection to the broker."""
        self._sent.clear()
        self._exchange.connected()

    def broker_holds(self, topic: str, payload: bytes) -> None:
        """The broker holds this retained, or handed our own publish back."""
        self._exchange.holds(topic, payload)
        self.nudged = self.nudged or bool(self._exchange.to_publish())

    def reading_done(self) -> None:
        """The broker has named all it holds of ours."""
        self._exchange.reading_done()
        self.nudged = True

    def receive(self, batch: Sequence[tuple[str, bytes]]) -> list[Message]:
        """What came up, in order; the answers."""
        answers = self._exchange.receive([Arrived(topic, payload) for topic, payload in batch])
        self._may_die(Step.RECEIVED)
        self.nudged = self.nudged or self._exchange.due
        return [Message(each.topic, each.payload, each.retained) for each in answers]

    def look(self) -> float:
        """Sign what differs; in how many seconds to look again."""
        self.nudged = False
        if self._raise_epoch_at is not None and self._clock() >= self._raise_epoch_at:
            self._raise_epoch_at = None
            setting_up.raise_epoch(self.office)
            self.book.acts.append(("raise_epoch", commune.SITE))
        if self._taken:
            self._exchange.published(self._taken)
            self._taken = []
        again = self._exchange.look()
        self._may_die(Step.SHEETS_SIGNED)
        while self._exchange.plan():
            pass
        self._note_released()
        self._may_die(Step.PLANS_SIGNED)
        self._compare()
        return again

    def to_publish(self) -> list[Message]:
        """What the broker does not hold, the most urgent first; it counts as handed over."""
        messages = []
        for each in self._exchange.to_publish():
            message = Message(each.topic, each.payload, each.retained)
            self.witness.sent(each.payload)
            self._exchange.handed_over(each)
            self._sent[message.topic, message.payload] = each
            messages.append(message)
        return messages

    def published(self, messages: Sequence[Message]) -> None:
        """The broker took these."""
        for each in messages:
            sent = self._sent.pop((each.topic, each.payload), None)
            if sent is not None and sent.document is not None:
                self._taken.append(sent.document)

    def lost(self, messages: Sequence[Message]) -> None:
        """The broker refused these, or the connection ended before it took them."""
        for each in messages:
            sent = self._sent.pop((each.topic, each.payload), None)
            if sent is not None:
                self._exchange.not_taken(sent)

    def dies_at(self, step: Step | None) -> None:
        """The next time it comes there, it raises Killed: who drives it then calls `kill`."""
        self._dies_at = step

    def kill(self) -> None:
        """Died and came back: only what was committed is left, and there is no connection."""
        image = commune.image_of(self._engine)
        self._engine.dispose()
        self._engine = commune.engine_of(image)
        self._start()
        self.check()

    def check(self) -> None:
        """What must hold of the database whenever one looks; what is wrong goes to `wrongs`."""
        self._complain(office_rules.audited(self._engine, self.book))
        self._complain(office_rules.held(self._engine, self.witness))
        self._complain(self.witness.frozen(self._engine, self._clock()))

    def snapshot(self) -> Backup:
        """A backup."""
        return Backup(commune.image_of(self._engine), self.book.copy())

    def restore(self, snapshot: object) -> None:
        """An old backup is put back, and the office starts from it; some minutes later an operator raises the epoch."""
        assert isinstance(snapshot, Backup)
        self._engine.dispose()
        self._engine = commune.engine_of(snapshot.image)
        self.book.restored(snapshot.book, self._clock())
        self.witness.restored()
        self._raise_epoch_at = self._clock() + self._ids.randrange(HOUR // 4)
        self._start()

    def act(self, rng: Random) -> str:
        """One act of the people of the office, and what it was."""
        return self.workload.act(rng)

    def audio(self, sha256: str) -> tuple[bytes, int] | None:
        """A recording: bytes that stand for it, and its frames at 48 kHz."""
        known = self._sounds.get(sha256)  # type: ignore[call-overload]
        return None if known is None else (sha256.encode(), known[0] * 48)

    def ledger(self) -> list[LedgerRow]:
        """The verdicts on all that began, as the office gives them."""
        now = Millis(self._clock())
        with reading(self._engine) as session:
            found = results.occurrences(session, Millis(0), now, now)
        return [_row(each) for airing in found for each in airing.nodes]

    def chores(self) -> None:
        """Housekeeping's settling of verdicts."""
        settle(self._engine, self._now())

    def nudge(self) -> None:
        """Something was committed: the operations' nudge."""
        self.nudged = True

    def _start(self) -> None:
        self._sent = {}
        self._taken = []
        event.listen(self._engine, "commit", self._before_commit)
        self.office = Office(self._engine, self, self._now, self._random_id)
        self.workload.office = self.office
        self._exchange = Exchange(
            self._engine, self.signer, commune.SITE, self._now, ROLL_OVER, lambda: 0.0, LOOK_AGAIN
        )

    def _before_commit(self, connection: Connection) -> None:
        if not connection.get_execution_options().get("loa_reads"):
            self._may_die(Step.BEFORE_COMMIT)

    def _may_die(self, step: Step) -> None:
        if self._dies_at is step:
            self._dies_at = None
            raise Killed(step)

    def _compare(self) -> None:
        """Plans and sheets against the book, where either changed."""
        if not self._exchange.may_sign:
            return
        standing = self._exchange.standing
        changed = standing != self._compared[0] or len(self.book.acts) != self._compared[1]
        if changed and self._raise_epoch_at is None:
            self._compared = dict(standing), len(self.book.acts)
            for each in standing.values():
                self.witness.stands(each.signed)
            now = self._clock()
            self._complain(office_rules.plans_say(self._engine, self.witness, self.book, now))
            self._complain(office_rules.sheets_say(self.witness, self.book, now))

    def _complain(self, wrongs: Iterable[str]) -> None:
        self.wrongs += [each for each in wrongs if each not in self.wrongs][: MOST_WRONGS - len(self.wrongs)]

    def _now(self) -> datetime:
        return from_ms(self._clock())

    def _random_id(self) -> str:
        return "".join(self._ids.choices(LETTERS, k=10))

    def _note_released(self) -> None:
        if not self.book.waiting:
            return
        with reading(self._engine) as session:
            chosen = select(PlayNowRow.occurrence_id, PlayNowRow.starts_at_ms)
            rows = session.execute(chosen.where(PlayNowRow.occurrence_id.in_(sorted(self.book.waiting)))).all()
        for occurrence, starts_at in rows:
            if starts_at is not None:
                self.book.released(occurrence, starts_at, self._clock())


def _row(each: results.NodeResult) -> LedgerRow:
    verdict = each.verdict
    other = not {Mark.OLD_VERSION, Mark.STOPPED}.isdisjoint(verdict.marks)
    said = verdict.kind.value, verdict.sounded, verdict.due, verdict.cause or ""
    return LedgerRow(each.owed.occurrence, each.owed.node, *said, other)
