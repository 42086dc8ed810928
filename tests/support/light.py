"""Many light nodes in one thread: they speak the real wire over real connections and cost next to nothing.

Each says a birth and a heartbeat at every connection, then heartbeats as its plan has it, and at once what is new; it
comes back when its connection ends. It can be killed, cut off (its connection stays, nothing passes) or made ill.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from controller.domain.values import to_ms
from playlists.reports import Clock, Held, Trust
from playlists.topics import Lane, Topics
from tests.support.broker import Broker
from tests.support.fleet import SITE, Voice
from tests.support.mqtt_raw import connection, publish_packet

TURN_S = 0.05
NEWS_S = 1.0
"""How long at most news waits to be told, as in a real node."""
BACK_S = 3.0


@dataclass
class Light:
    """One node. `said`: what its heartbeats say beside that it is well."""

    voice: Voice
    heartbeat_s: float
    held: tuple[Held, ...] = ()
    said: dict[str, Any] = field(default_factory=dict)
    sock: socket.socket | None = None
    beat_at: float = 0.0
    back_at: float = 0.0
    mid: int = 0
    dead: bool = False
    cut_off: bool = False


class Lights:
    """A fleet of them; every act may come from another thread."""

    def __init__(self, broker: Broker, nodes: Sequence[Voice], heartbeat_s: float) -> None:
        self._broker, self._topics = broker, Topics(SITE)
        self._lock = threading.Lock()
        self.nodes = {voice.node: Light(voice, heartbeat_s) for voice in nodes}

    def kill(self, node: str) -> None:
        """It is gone, without a goodbye."""
        with self._lock:
            light = self.nodes[node]
            light.dead = True
            if light.sock is not None:
                light.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._close(light)

    def cut_off(self, node: str) -> None:
        """Nothing of it passes any more; its connection stays open."""
        with self._lock:
            self.nodes[node].cut_off = True

    def heal(self, node: str) -> None:
        """As it was before."""
        with self._lock:
            light = self.nodes[node]
            light.dead = light.cut_off = False
            light.said, light.beat_at = {}, 0.0

    def ail(self, node: str, **said: Any) -> None:
        """What its heartbeats say from now on; told within a second."""
        with self._lock:
            light = self.nodes[node]
            light.said = said
            light.beat_at = min(light.beat_at, time.monotonic() + random.uniform(0, NEWS_S))

    def hold(self, held: dict[str, Held]) -> None:
        """The plans that they hold from now on."""
        with self._lock:
            for node, document in held.items():
                self.nodes[node].held = (document,)
                self.nodes[node].beat_at = 0.0

    @contextmanager
    def living(self) -> Iterator[None]:
        """They live, for the length of a `with`."""
        ended = threading.Event()
        thread = threading.Thread(target=self._live, args=(ended,), name="lights")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            for light in self.nodes.values():
                self._close(light)

    def _live(self, ended: threading.Event) -> None:
        while not ended.wait(TURN_S):
            with self._lock:
                for light in self.nodes.values():
                    self._turn(light, time.monotonic())
                self._drain()

    def _turn(self, light: Light, now: float) -> None:
        if light.dead or light.cut_off or now < light.back_at:
            return
        try:
            if light.sock is None:
                light.sock = connection(self._broker, f"light-{light.voice.node}")
                light.voice.connection = f"c{random.getrandbits(40):x}"
                self._say(light, Lane.BIRTH, light.voice.birth(f"{random.getrandbits(64):x}", light.held))
                light.beat_at = now
            if now >= light.beat_at:
                sure = Clock(wall=to_ms(datetime.now(UTC)), trust=Trust.SYNCHRONISED, bound=10)
                self._say(light, Lane.STATUS, light.voice.status(light.held, **{"clock": sure, **light.said}))
                light.beat_at = now + light.heartbeat_s
        except (OSError, AssertionError):
            self._close(light)
            light.back_at = now + random.uniform(0, BACK_S)

    def _say(self, light: Light, lane: Lane, payload: bytes) -> None:
        assert light.sock is not None
        light.mid = light.mid % 65_535 + 1
        light.sock.sendall(publish_packet(self._topics.node(light.voice.node, lane), payload, light.mid))

    def _drain(self) -> None:
        """What the broker answers is read and forgotten; a connection that it ended is noticed."""
        open_ = {light.sock: light for light in self.nodes.values() if light.sock is not None and not light.cut_off}
        poll = select.poll()
        numbers = {sock.fileno(): light for sock, light in open_.items() if sock is not None}
        for number in numbers:
            poll.register(number, select.POLLIN)
        for number, _ in poll.poll(0):
            light = numbers[number]
            assert light.sock is not None
            try:
                over = not light.sock.recv(65_536)
            except OSError:
                over = True
            if over:
                self._close(light)
                light.back_at = time.monotonic() + random.uniform(0, BACK_S)

    def _close(self, light: Light) -> None:
        if light.sock is not None:
            light.sock.close()
            light.sock = None
