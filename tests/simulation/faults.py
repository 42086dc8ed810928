"""What befalls the world: each component at its own rate, drawn from its own dice, and all of it mended at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from playlists import wire
from playlists.models import AlertSheet, KeySet, Plan
from playlists.topics import Lane
from playlists.values import Number
from tests.simulation.disk import Ill
from tests.simulation.gateway import SimGateway
from tests.simulation.guard import Stuck
from tests.simulation.kernel import MS, SECOND, Kernel
from tests.simulation.net import SLOW, SWIFT, SimBroker
from tests.simulation.node import WRONG_NS, Box
from tests.simulation.oracle import Oracle
from tests.simulation.signatures import payload_of, seeded_key
from tests.simulation.types import Message, Step

HOUR = 3600 * SECOND
BOX_EVERY_NS = 2 * HOUR
STRIKES = 0.2
"""In how many of the closings of a relay something befalls its box."""
CENTRE_EVERY_NS = 12 * HOUR
STEPS = (-86_400 * SECOND, -3600 * SECOND, 3600 * SECOND, 86_400 * SECOND)
MOST_RECORDED = 300
OLDEST_BACKUP_NS = 36 * HOUR


class Faults:
    """Injects until `calm`; every fault is counted and noted by the oracle."""

    def __init__(
        self, kernel: Kernel, boxes: Sequence[Box], broker: SimBroker, gateway: SimGateway, oracle: Oracle
    ) -> None:
        self.kernel, self.boxes, self.broker, self.gateway, self.oracle = kernel, boxes, broker, gateway, oracle
        self.calm = False
        self._recorded: deque[Message] = deque(maxlen=MOST_RECORDED)
        self._documents: deque[Message] = deque(maxlen=MOST_RECORDED)
        self._snapshot: object = None
        self._snapshot_at = 0
        self._strikes = {box.id: kernel.child(f"strikes/{box.id}") for box in boxes}
        oracle.relay_closed = self._strike
        self._stranger = kernel.child("stranger")
        gateway.hand = self._record

    def start(self) -> None:
        """From now on."""
        for box in self.boxes:
            dice = self.kernel.child(f"faults/{box.id}")
            self._again(dice, BOX_EVERY_NS, partial(self._befall, box, dice))
        dice = self.kernel.child("faults/centre")
        self._again(dice, CENTRE_EVERY_NS, partial(self._centre, dice))
        dice = self.kernel.child("faults/forger")
        self._again(dice, CENTRE_EVERY_NS // max(1, len(self.boxes)), partial(self._forge, dice))

    def _strike(self, box: Box) -> None:
        """A relay has closed: now is when a fault does most harm."""
        dice = self._strikes[box.id]
        if self.calm or dice.random() > STRIKES:
            return
        act = dice.choice((_power_cut, _power_cut, _killed, _hang, _sound_dies, _sound_hangs, self._muted, self._device,
                           _guard_dies, self._stuck, self._cut, self._ill))  # fmt: skip

        def strike() -> None:
            if not self.calm:
                self.oracle.fault(f"{box.id} {getattr(act, '__name__', '').strip('_')} at its relay")
                act(box, dice)

        self.kernel.after(dice.randint(0, dice.choice((1500, 20_000))) * MS, strike)

    def mend(self) -> None:
        """All of it is repaired, and nothing more happens."""
        self.calm = True
        self.kernel.note("everything is mended")
        self.gateway.office.dies_at(None)
        if not self.broker.up:
            self.broker.start()
        if not self.gateway.up:
            self.gateway.start()
        for box in self.boxes:
            box.calm = True
            box.path.heal()
            box.disk.ill = Ill.NOTHING
            box.guard.sticks(Stuck.NO)
            box.sound.device(ok=True)
            box.sound.mutes(mute=False)
            box.claims, box.clock.network_time = False, True
            box.resume()
            box.power_on()
            box.ask_for_time()

    def _again(self, dice: Random, every: int, act: Callable[[], None]) -> None:
        def happen() -> None:
            if not self.calm:
                act()
                self._again(dice, every, act)

        self.kernel.after(int(dice.expovariate(1 / every)), happen)

    def _until(self, ns: int, mend: Callable[[], None]) -> None:
        self.kernel.after(ns, lambda: None if self.calm else mend())

    # boxes

    def _befall(self, box: Box, dice: Random) -> None:
        acts: tuple[tuple[int, Callable[[Box, Random], None]], ...] = (
            (3, _power_cut), (3, _killed), (2, _hang), (3, _sound_dies), (2, _sound_hangs), (1, self._muted),
            (1, self._device), (2, _guard_dies), (1, self._stuck), (4, self._cut), (2, self._one_way),
            (2, self._bad_line), (3, self._step), (1, self._alone), (2, self._ill), (1, self._rot),
        )  # fmt: skip
        (act,) = dice.choices([a for _, a in acts], [w for w, _ in acts])
        self.oracle.fault(f"{box.id} {getattr(act, '__name__', '').strip('_')}")
        act(box, dice)

    def _muted(self, box: Box, dice: Random) -> None:
        seconds = dice.choice((5, 60))
        self.oracle.disturbed(box, seconds)
        box.sound.mutes(mute=True)
        self._until(seconds * SECOND, lambda: box.sound.mutes(mute=False))

    def _device(self, box: Box, dice: Random) -> None:
        seconds = dice.choice((10, 600))
        self.oracle.disturbed(box, seconds)
        box.sound.device(ok=False)
        self._until(seconds * SECOND, lambda: box.sound.device(ok=True))

    def _stuck(self, box: Box, dice: Random) -> None:
        seconds = dice.choice((10, 600))
        self.oracle.disturbed(box, seconds)
        stuck = dice.choice((Stuck.OPEN, Stuck.CLOSED))
        if stuck is Stuck.OPEN:
            self.oracle.deaf(box, seconds)
        box.guard.sticks(stuck)
        self._until(seconds * SECOND, lambda: box.guard.sticks(Stuck.NO))

    def _cut(self, box: Box, dice: Random) -> None:
        box.path.forth = box.path.back = False
        box.link.broken()
        self._until(dice.choice((5, 60, 3600, 100_000)) * SECOND, partial(_healed, box))

    def _one_way(self, box: Box, dice: Random) -> None:
        if dice.random() < 0.5:
            box.path.forth = False
        else:
            box.path.back = False
        box.link.broken()
        self._until(dice.choice((60, 3600)) * SECOND, partial(_healed, box))

    def _bad_line(self, box: Box, dice: Random) -> None:
        path = box.path
        path.delays, path.in_order = dice.choice((SWIFT, SLOW)), dice.random() < 0.5
        path.loss, path.double = dice.uniform(0, 0.3), dice.uniform(0, 0.5)
        self._until(dice.choice((60, 3600)) * SECOND, path.heal)

    def _step(self, box: Box, dice: Random) -> None:
        """Of a clock that the agent knows: one that lies from the boot on is believed where the settings vouch for
        it."""
        seconds = dice.choice((30, 300, 500))
        if not box.up:
            return
        self.oracle.unsure(box, True)
        box.claims, box.clock.network_time = dice.random() < 0.5, False
        box.clock.step(dice.choice(STEPS))
        self.oracle.stepped(box)
        box.clock_changed()
        self._until(seconds * SECOND, partial(_right_again, box))

    def _alone(self, box: Box, dice: Random) -> None:
        """No network time for hours: the clock drifts."""
        box.clock.run_free()
        box.clock.network_time = False
        box.clock_changed()
        self._until(dice.choice((1, 20)) * HOUR, partial(_right_again, box))

    def _ill(self, box: Box, dice: Random) -> None:
        box.disk.ill = dice.choice((Ill.FULL, Ill.READ_ONLY, Ill.BROKEN))
        self._until(dice.choice((5, 60, 400)) * SECOND, partial(_well, box))

    def _rot(self, box: Box, dice: Random) -> None:
        del dice
        self.oracle.disturbed(box, 1)
        box.library.rot()

    # the centre

    def _centre(self, dice: Random) -> None:
        acts = (
            self._broker_dies, self._broker_dies, self._broker_wiped, self._swizzle, self._office_dies,
            self._office_dies, self._office_dies_within, self._office_dies_within, self._backed_up, self._restored,
        )  # fmt: skip
        act = dice.choice(acts)
        self.oracle.fault(act.__name__.strip("_"))
        act(dice)

    def _broker_dies(self, dice: Random) -> None:
        if self.broker.up:
            self.broker.crash()
            self._broker_back(dice)

    def _broker_wiped(self, dice: Random) -> None:
        if self.broker.up:
            self.broker.wipe()
            self._broker_back(dice)

    def _broker_back(self, dice: Random) -> None:
        self.gateway.broker_gone()
        self._until(dice.choice((1, 60, 600)) * SECOND, self.broker.start)

    def _office_dies(self, dice: Random) -> None:
        self.gateway.kill()
        self._until(dice.choice((1, 60, 600)) * SECOND, lambda: None if self.gateway.up else self.gateway.start())

    def _office_dies_within(self, dice: Random) -> None:
        self.gateway.office.dies_at(dice.choice(tuple(Step)))

    def _backed_up(self, dice: Random) -> None:
        del dice
        if self.gateway.up:
            self._snapshot, self._snapshot_at = self.gateway.office.snapshot(), self.kernel.now

    def _restored(self, dice: Random) -> None:
        """Of a backup so young that the nodes can tell again what it lacks."""
        if self._snapshot is not None and self.kernel.now - self._snapshot_at < OLDEST_BACKUP_NS:
            self.gateway.kill()
            self.gateway.office.restore(self._snapshot)
            self._snapshot = None
            self._until(dice.choice((1, 60)) * SECOND, lambda: None if self.gateway.up else self.gateway.start())

    def _swizzle(self, dice: Random) -> None:
        """Some lines fall one after another, and come back in another order."""
        some = dice.sample(list(self.boxes), dice.randint(1, len(self.boxes)))
        for n, box in enumerate(some):
            self.kernel.after(n * 30 * SECOND, partial(self._cut, box, dice))

    # a stranger at the broker

    def _record(self, message: Message) -> None:
        if message.payload:
            (self._documents if message.retain else self._recorded).append(message)
        self.broker.publish(message)

    def _forge(self, dice: Random) -> None:
        heard = self._documents if dice.random() < 0.7 else self._recorded
        if not heard:
            return
        old, box = dice.choice(list(heard)), dice.choice(list(self.boxes))
        topic = dice.choice((old.topic, box.topics.node(box.id, Lane.MSG), box.topics.node(box.id, Lane.PLAN)))
        payload = dice.choice((bytes, _bent, _cut_short, self._usurped))(old.payload)
        self.oracle.fault(f"a stranger publishes {len(payload)} bytes to {topic}")
        self.oracle.counts["forged"] += 1
        # Retained only where the office looks again: what a stranger leaves there is put right by the next heartbeat.
        self.broker.publish(Message(topic, payload, retain=not topic.endswith("/msg") and dice.random() < 0.5))

    def _usurped(self, payload: bytes) -> bytes:
        """What looks like the office's next word, signed by a key that only has the name of one of its keys."""
        document = wire.decode_document(payload_of(payload))
        if not isinstance(document, Plan | AlertSheet | KeySet):
            return payload
        number = document.number
        later = Number(epoch=number.epoch, sequence=number.sequence + 1)
        kid = wire.read_envelope(payload, wire.PLAN_LIMIT).kid
        return wire.sign(document.model_copy(update={"number": later}), seeded_key(kid, self._stranger))


def _bent(payload: bytes) -> bytes:
    place = len(payload) // 2
    return payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]


def _cut_short(payload: bytes) -> bytes:
    return payload[: len(payload) // 2]


def _power_cut(box: Box, dice: Random) -> None:
    del dice
    box.die(power=True)


def _killed(box: Box, dice: Random) -> None:
    del dice
    box.die(power=False)


def _hang(box: Box, dice: Random) -> None:
    box.hang(dice.choice((500 * MS, 3 * SECOND, 40 * SECOND)), killed=dice.random() < 0.5)


def _sound_dies(box: Box, dice: Random) -> None:
    del dice
    box.sound_dies()


def _sound_hangs(box: Box, dice: Random) -> None:
    del dice
    box.sound_hangs()


def _guard_dies(box: Box, dice: Random) -> None:
    del dice
    box.guard_dies()


def _healed(box: Box) -> None:
    box.path.heal()
    box.kernel.after(30 * SECOND, box.ask_for_time)


def _right_again(box: Box) -> None:
    box.claims, box.clock.network_time = False, True
    if box.powered and not box.path.whole and abs(box.clock.off_by) > WRONG_NS:
        # Without a line somebody sets it by hand: ten minutes of a wrong clock nobody has promised to survive.
        box.clock.step(-box.clock.off_by)
        box.clock_changed()
    box.ask_for_time()


def _well(box: Box) -> None:
    box.disk.ill = Ill.NOTHING
