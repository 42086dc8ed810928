"""A box on a pole: the real loop between doubles at its ports, driven from one instant that matters to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from random import Random
from typing import Protocol

from playlists import wire
from playlists.models import Key
from playlists.profiles import MOBILE
from playlists.reports import Outcome, RequestDone, RequestTaken
from playlists.topics import Lane, Topics
from speaker_node.__main__ import PACES
from speaker_node.acceptance import Book
from speaker_node.host import Vitals
from speaker_node.node.inbox import Inbox
from speaker_node.node.journal import Journal
from speaker_node.node.loop import Loop, Ports, Post, Woken
from speaker_node.node.telling import Identity
from speaker_node.outbox import Pace
from speaker_node.playout import Witness
from speaker_node.store import Store
from speaker_node.values import Arrived, Ended, Moment, Origin, Reading
from tests.simulation.clocks import BOOT_NS, SimClock
from tests.simulation.disk import Rows, SimDisk
from tests.simulation.guard import SimGuard
from tests.simulation.kernel import MS, SECOND, Kernel
from tests.simulation.net import Path, SimBroker, SimLink
from tests.simulation.shelf import SimLibrary
from tests.simulation.sound import SimSound
from tests.simulation.types import NodeSpec

NOTICED_NS = 10 * SECOND
"""The loop turns at least so often: by then it has seen that the machine's clock was set."""
DAWDLES = 20 * SECOND
AT_ONCE = MS
WRONG_NS, DOUBT_S = SECOND, 2.2 * 3600
"""A clock so far off was wrong; how long its trust may then still be low: until the next Welcome that fits."""
VITALS = Vitals(temperature=45.0, disk_free=8_000_000_000, uptime=1000)
KERNEL_BOUND_MS = 100
MOST_TURNS_AT_ONCE = 50
"""A loop that asks for the same instant again and again never comes to rest."""


class Death(BaseException):
    """The process ends between two effects; `power`: the machine with it."""

    def __init__(self, power: bool) -> None:
        self.power = power
        super().__init__()


class Watcher(Protocol):
    """Who looks at what the box does."""

    def heard(self, box: Box, token: str, first: int, last: int, at: int) -> None: ...
    def edge(self, box: Box, closed: bool) -> None: ...
    def written(self, box: Box, in_memory: bool, events: Rows, documents: Rows) -> None: ...
    def told(self, box: Box, topic: str, payload: bytes) -> None: ...
    def up(self, box: Box, up: bool) -> None: ...
    def fault(self, words: str) -> None: ...
    def disturbed(self, box: Box, seconds: float) -> None: ...
    def hung(self, box: Box) -> None: ...
    def unsure(self, box: Box, unsure: bool) -> None: ...
    def wrong(self, box: Box | None, words: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Make:
    """How a box is built. `asks_kernel`: `clock: system`; `crash`: chance of a death at each effect."""

    has_rtc: bool = True
    asks_kernel: bool = False
    wired: bool = False
    crash: float = 0.0
    pace: Pace = PACES[MOBILE]


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the set-up left in every box."""

    site: str
    root: Key
    key_set: Callable[[], bytes]


class Box:
    """One node with its machine; also the loop's HostPort."""

    def __init__(
        self,
        kernel: Kernel,
        spec: NodeSpec,
        set_up: SetUp,
        make: Make,
        broker: SimBroker,
        watcher: Watcher,
        audio: Callable[[str], bool],
    ) -> None:
        self.kernel, self.spec, self.make, self.watcher, self._set_up = kernel, spec, make, watcher, set_up
        self.id = spec.id
        self.dice: Random = kernel.child(f"box/{spec.id}")
        self.clock = SimClock(kernel, self.dice, make.has_rtc)
        self.path = Path(kernel, kernel.child(f"path/{spec.id}"))
        self.topics = Topics(set_up.site)
        self.disk = SimDisk(self.effect, partial(watcher.written, self, False))
        self.guard = SimGuard(kernel, self.clock, make.wired, self.effect, self._edge, self.wake)
        self.sound = SimSound(kernel, self.clock, self.effect, self._heard, self.wake)
        self.library = SimLibrary(kernel, self.dice, lambda: self.path.whole, audio, self.wake)
        conn = self.topics.node(spec.id, Lane.CONN)
        self.link = SimLink(broker, self.path, spec.id, conn, self.effect, self.post)
        self._publish, self.link.publish = self.link.publish, self._told  # type: ignore[method-assign]
        self.loop: Loop | None = None
        self.journal: Journal | None = None
        self.powered, self.hung, self.calm, self.claims = False, False, False, False
        self.boots = self.turns = 0
        self.life = self.hangs = 0
        self._armed = 0
        self._turning = self._was_hung = False
        self._mailbox: deque[Post] = deque()
        self._at_once = 0
        self._read_at: tuple[int, int] | None = None
        self._reading = Reading(0, 0)

    # HostPort

    disk_waits_since = None

    def reading(self) -> Reading:
        """The machine's clocks."""
        clock, now = self.clock, (self.kernel.now, self.clock.off_by)
        if self._read_at == now:
            return self._reading
        if self.make.asks_kernel:
            synchronised = clock.disciplined or self.claims
            kept = clock.has_rtc or None
            self._reading = Reading(
                clock.wall, clock.mono, synchronised, KERNEL_BOUND_MS, clock.rtc, kept, self.machine
            )
        else:
            self._reading = Reading(clock.wall, clock.mono, machine=self.machine)
        self._read_at = now
        return self._reading

    def vitals(self) -> Vitals:
        """The machine's condition."""
        return VITALS

    def whole(self, *, late: bool = False) -> None:
        """All processes are there, or have not come for long."""

    def know(self, now: Moment, *, quiet: bool, status: str) -> None:
        """The loop's word at each turn."""

    def feed_watchdog(self) -> None:
        """The loop turns."""

    # ErrandsPort

    def upload_log(self, taken: RequestTaken) -> None:
        """It arrives a little later."""
        done = RequestDone(id=taken.id, action=taken.action, outcome=Outcome.DONE)
        self._later(5 * SECOND, lambda: self.post(Ended(done)))

    # life

    @property
    def machine(self) -> str:
        """The machine's own boot id."""
        return f"{self.id}-{self.clock.booted}"

    @property
    def up(self) -> bool:
        """Whether the agent runs."""
        return self.loop is not None

    @property
    def untold(self) -> bool:
        """Whether it has events that nobody has acknowledged."""
        return self.journal is not None and self.journal.depth() > 0

    def loop_topics(self) -> frozenset[str]:
        """What it says it hears."""
        return self._inbox.filters()

    def power_on(self) -> None:
        """The mains are there; the agent comes with them."""
        if self.powered:
            return
        self.powered = True
        self.clock.power_on()
        self.watcher.unsure(self, self.make.asks_kernel or not self.make.has_rtc)
        self.life += 1
        self._later(BOOT_NS, self.start_agent)
        self.kernel.after(self.dice.randint(25, 80) * SECOND, self.ask_for_time)

    def start_agent(self) -> None:
        """The agent's process begins."""
        if not self.powered or self.loop is not None:
            return
        self.life += 1
        self.boots += 1
        self.kernel.note(f"{self.id} agent starts")
        self.sound.forget()
        self.guard.forget()
        self._mailbox.clear()
        self._within(self._build)

    def die(self, *, power: bool) -> None:
        """The agent is killed, or the machine goes dark."""
        if self.powered and (self.loop is not None or power):
            self._fall(power)

    def _fall(self, power: bool) -> None:
        self.kernel.note(f"{self.id} {'dark' if power else 'killed'}")
        self.sound.advance()
        self.loop = self.journal = None
        self.hung = self._was_hung = False
        self.life += 1
        self._armed += 1
        self.link.stop()
        self.watcher.up(self, False)
        if power:
            self._go_dark()
        else:
            self._later(self.dice.randint(0, 300) * MS, self._orphaned)
            self._later(self.dice.choice((1, 2, 5, 60)) * SECOND, self.start_agent)

    def _go_dark(self) -> None:
        self.powered = False
        self.sound.forget()
        self.guard.power_cut()
        self.disk.power_cut()
        wait = 30 if self.calm else self.dice.choice((2, 20, 300, 5000))
        self._later(wait * SECOND, self.power_on)

    def _orphaned(self) -> None:
        self.sound.forget()
        self.guard.forget()

    def hang(self, ns: int, *, killed: bool) -> None:
        """The agent stops where it stands, for so long; then it goes on, or is killed."""
        if self.loop is None or self.hung:
            return
        self.kernel.note(f"{self.id} hangs")
        self.hung = self._was_hung = True
        self.hangs += 1
        self.watcher.disturbed(self, ns / SECOND)
        self.watcher.hung(self)
        self.guard.abandoned(self.clock.mono - self.dice.randint(0, 400) * MS)
        self._later(ns, partial(self.die, power=False) if killed else self.resume)

    def resume(self) -> None:
        """It goes on."""
        if self.hung:
            self.hung = False
            posts = list(self._mailbox)
            self._mailbox.clear()
            self.turn(*posts)

    def sound_dies(self) -> None:
        """The sound process is killed; the agent starts another."""
        if self.loop is not None and self.sound.alive:
            self.kernel.note(f"{self.id} sound process dies")
            self.watcher.disturbed(self, 5)
            self.sound.dies()
            self._later(self.dice.choice((200, 400, 1600)) * MS, self._sound_back)
            self.wake()

    def sound_hangs(self) -> None:
        """The sound process hangs; its client kills it when it has been silent for long enough."""
        if self.loop is not None and self.sound.alive:
            self.kernel.note(f"{self.id} sound process hangs")
            self.watcher.disturbed(self, 5)
            self.sound.hangs()
            self._later(self.dice.randint(2500, 3000) * MS, self.sound_dies)

    def guard_dies(self) -> None:
        """The guard is killed; the agent starts another."""
        if self.loop is not None and self.guard.alive:
            self.kernel.note(f"{self.id} guard dies")
            self.watcher.disturbed(self, 5)
            self.sound.advance()
            self.guard.dies()
            self._later(self.dice.choice((200, 400, 1600)) * MS, self._guard_back)
            self.wake()

    def clock_changed(self) -> None:
        """The machine's clock was set: the loop sees it at its next turn."""
        self._later(self.dice.randint(0, NOTICED_NS), self.turn)

    def ask_for_time(self) -> None:
        """Network time, where it is to be had."""
        if self.powered and self.path.whole and self.clock.network_time and not self.clock.disciplined:
            self.kernel.note(f"{self.id} has network time")
            if abs(self.clock.off_by) > WRONG_NS:
                self.watcher.disturbed(self, DOUBT_S)
            self.clock.discipline()
            self.watcher.unsure(self, False)
            self.clock_changed()

    # turns

    def post(self, post: Post) -> None:
        """What an adapter puts into the mailbox."""
        if self.loop is None:
            return
        if self.hung:
            self._mailbox.append(post)
        else:
            self.turn(post)

    def wake(self) -> None:
        """An adapter observed something."""
        if self._turning:
            self._later(AT_ONCE, self.turn)
        elif not self.hung:
            self.turn(Woken())

    def turn(self, *posts: Post) -> None:
        """One turn of the real loop."""
        if self.loop is not None and not self.hung:
            self.turns += 1
            self._within(partial(self._turn, self.loop, posts))

    def effect(self, name: str) -> None:
        """Something is about to leave the loop, or has just become durable: here it may die."""
        if not self._turning or self.calm or not self.make.crash or self.dice.random() >= self.make.crash:
            return
        power = self.dice.random() < 0.7
        wait = self.dice.choice((0, 0, 1, 5000, 19_990))
        self.watcher.fault(f"{self.id} {'dark' if power else 'killed'} {wait} ms after {name}")
        if not wait:
            raise Death(power)
        self._later(wait * MS, partial(self.die, power=power))

    def _build(self) -> None:
        spec, set_up = self.spec, self._set_up
        self.journal = Journal(self.disk.open, self._spare)
        self._inbox = inbox = Inbox(
            Book(spec.id, set_up.site, set_up.root, digest_at=self.journal.digest_at), self.topics
        )
        origin = Origin(machine=self.machine, result="crash")
        who = Identity(spec.id, self.topics, partial(wire.sign, key=spec.key), (("loa", "1"),), origin, MOBILE)
        ports = Ports(self.link, self.sound, self.guard, self.library, self, self)
        self.loop = loop = Loop(ports, SimpleQueue(), self.journal, inbox, who, self.make.pace)
        self.watcher.up(self, True)
        self._later(300 * MS, self._guard_back)
        self._later(self.dice.randint(500, 2000) * MS, self._sound_back)
        self.link.start(loop.boot)
        posts: list[Post] = []
        if not any(held.kind == "keys" for held in inbox.held()):
            posts.append(Arrived("", self.topics.node(spec.id, Lane.MSG), set_up.key_set()))
        self._turn(loop, tuple(posts))

    def _spare(self) -> Store:
        return SimDisk(lambda _name: None, partial(self.watcher.written, self, True)).open()

    def _turn(self, loop: Loop, posts: tuple[Post, ...]) -> None:
        self._renewed(loop)
        loop.turn(posts)
        if loop.stopping:
            self._leave()
        else:
            self._arm(loop)

    def _leave(self) -> None:
        """It was asked to begin anew: it lets go in order."""
        self.guard.hold(False, "")
        self.sound.hold(None)
        self.kernel.after(AT_ONCE, partial(self.die, power=False))

    def _renewed(self, loop: Loop) -> None:
        """Between two turns the loop has renewed its lease and looked at sound and relay, unless it hung."""
        if not self._was_hung:
            seen = loop._witness
            loop._witness = Witness(self.clock.mono, seen.closed_since, seen.sure_since, seen.sound, seen.accounts)
        self._was_hung = False

    def _within(self, act: Callable[[], None]) -> None:
        self._turning = True
        death: Death | None = None
        try:
            act()
        except Death as died:
            death = died
        finally:
            self._turning = False
        if death is not None:
            self._fall(death.power)

    def _arm(self, loop: Loop) -> None:
        self._armed += 1
        at = loop.ask_at
        if at is None:
            return
        armed, instant = self._armed, max(self.clock.true_of(at), self.kernel.now + AT_ONCE)
        if instant - self.kernel.now > DAWDLES:
            # A loop that waits turns every 10 s: what is far is asked for again, as the clocks have drifted by then.
            instant -= NOTICED_NS
        self._at_once = self._at_once + 1 if instant <= self.kernel.now + AT_ONCE else 0
        if self._at_once > MOST_TURNS_AT_ONCE:
            self.watcher.wrong(self, "the loop asks for the present instant without end")
            return
        self.kernel.at(instant, lambda: self._due(armed))

    def _due(self, armed: int) -> None:
        if armed == self._armed:
            self.turn()

    def _later(self, ns: int, act: Callable[[], None]) -> None:
        life = self.life
        self.kernel.after(ns, lambda: act() if life == self.life else None)

    def _sound_back(self) -> None:
        if self.hung:  # who is to start it stands still, too
            self._later(SECOND, self._sound_back)
        elif not self.sound.alive:
            self.sound.start()
            self.wake()

    def _guard_back(self) -> None:
        if self.hung:  # who is to start it stands still, too
            self._later(SECOND, self._guard_back)
        elif not self.guard.alive:
            self.guard.start()
            self.wake()

    def _told(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        taken = self._publish(topic, payload, retain=retain)
        if taken:
            self.watcher.told(self, topic, payload)
        return taken

    def _heard(self, token: str, first: int, last: int, mono: int) -> None:
        self.watcher.heard(self, token, first, last, self.clock.true_of(mono))

    def _edge(self, closed: bool) -> None:
        self.sound.advance()
        self.watcher.edge(self, closed)
