"""The office's end of the broker: its messages go out and come in while it, the broker and the line between live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.simulation.documents import Registry
from tests.simulation.kernel import MS, SECOND, Kernel
from tests.simulation.net import SimBroker
from tests.simulation.types import Killed, Message, Office

GATHER_NS = SECOND
"""What comes in within this time is handed over as one batch, where a node waits for the answer."""
BUSY_NS = 15 * SECOND
"""As much later it may be handed over where nobody waits for it: an office that is busy."""
AGAIN_NS = 5 * SECOND


class SimGateway:
    """Drives the office. `hand` is where every message of the office passes on its way out."""

    def __init__(self, kernel: Kernel, dice: Random, broker: SimBroker, office: Office, registry: Registry) -> None:
        self.kernel, self._dice, self._broker, self.office, self._registry = kernel, dice, broker, office, registry
        self.up = False
        self.hand: Callable[[Message], None] = broker.publish
        self._batch: list[tuple[str, bytes]] = []
        self._life = self._looks = 0
        self._connected = self._hurried = False
        self._lanes = frozenset[str]()
        broker.office = self._came

    def start(self) -> None:
        """The controller's process begins."""
        self.up, self._life = True, self._life + 1
        self._connect()
        self.look()

    def kill(self) -> None:
        """It ends between two effects; what it had not committed is gone."""
        if self.up:
            self.up = self._connected = False
            self._life += 1
            self._batch.clear()
            self.office.kill()

    def act(self, dice: Random) -> str:
        """Somebody in the office does something."""
        try:
            done = self.office.act(dice)
        except Killed:
            self._died()
            return "died"
        self.flush()
        self.nudge()
        return done

    def _died(self) -> None:
        """In the middle of something; it is started again."""
        self.kernel.note("the office dies within a step")
        self.kill()
        self.kernel.after(self._dice.choice((1, 60)) * SECOND, lambda: None if self.up else self.start())

    def look(self) -> None:
        """Ask the office what it wants, and when to be asked again."""
        if not self.up:
            return
        try:
            wait = self.office.look()
        except Killed:
            self._died()
            return
        self.flush()
        self._looks += 1
        looks, life = self._looks, self._life
        self.kernel.after(
            max(MS, int(wait * SECOND)), lambda: self.look() if (looks, life) == (self._looks, self._life) else None
        )

    def flush(self, replies: Sequence[Message] = ()) -> None:
        """What is to go out goes, or is lost for now."""
        messages = self.office.to_publish()
        if not self._connected and self._broker.up:
            self._connect()
        for message in (*replies, *messages):
            self._registry.add(message)
        if not self._connected or not self._broker.up:
            self._connected = False
            if messages:
                self.office.lost(messages)
            return
        for message in (*replies, *messages):
            self.hand(message)
        if messages:
            self.office.published(messages)

    def broker_gone(self) -> None:
        """The line to the broker is closed; it is tried again."""
        self._connected = False
        life = self._life
        self.kernel.after(AGAIN_NS, lambda: self._again(life))

    def _again(self, life: int) -> None:
        if life == self._life and self.up and not self._connected:
            if self._broker.up:
                self._connect()
                self.look()
            else:
                self.broker_gone()

    def _connect(self) -> None:
        if not self._broker.up:
            self.broker_gone()
            return
        self._connected = True
        office, retained = self.office, self._broker.retained
        office.connected()
        wanted = office.retained_topics()
        for topic in sorted(retained):
            if any(_matches(each, topic) for each in wanted):
                office.broker_holds(topic, retained[topic])
        office.reading_done()

    def _came(self, topic: str, payload: bytes) -> None:
        if not self._connected or topic.endswith("/msg"):
            return
        if topic.endswith("/plan") or "/alert/" in topic:
            life = self._life
            self.kernel.after(GATHER_NS, lambda: self._handed_back(life, topic, payload))
            return
        self._batch.append((topic, payload))
        birth = topic.endswith("/birth")
        if len(self._batch) == 1 or (birth and not self._hurried):
            self._hurried = birth
            life = self._life
            self.kernel.after(GATHER_NS if birth else BUSY_NS, lambda: self._take(life))

    def _take(self, life: int) -> None:
        if life == self._life and self._batch:
            batch, self._batch, self._hurried = self._batch, [], False
            try:
                answers = self.office.receive(batch)
            except Killed:
                # The broker has no word of ours that it was taken; but nodes tell until they are answered.
                self._died()
                return
            self.flush(answers)
            self.nudge()

    def _handed_back(self, life: int, topic: str, payload: bytes) -> None:
        """Our own topics are heard, too: what a stranger leaves there is put right."""
        if life == self._life and self._connected:
            self.office.broker_holds(topic, payload)
            self.nudge()

    def nudge(self) -> None:
        """Look at once if the office wants it."""
        if self.up and self.office.nudged:
            self.look()
            if self.office.nudged:
                self.look()


def _matches(pattern: str, topic: str) -> bool:
    wanted, found = pattern.split("/"), topic.split("/")
    return len(wanted) == len(found) and all(w in ("+", f) for w, f in zip(wanted, found, strict=True))
