"""Many nodes in one thread that come back: each speaks the real wire, hears its answers and holds what it is given.

They come back as real nodes do: with the back-off of playlists.backoff, each with a chance of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from playlists import wire
from playlists.backoff import Backoff, Ending
from playlists.models import AlertSheet, KeySet, Plan, Welcome
from playlists.profiles import LAN, PROFILES
from playlists.reports import Birth, Clock, Connection, Heartbeat, Held, Trust
from playlists.topics import Lane, Topics
from speaker_node.__main__ import PACES
from tests.support import mqtt_raw
from tests.support.broker import Broker
from tests.support.fleet import Voice
from tests.support.forging import unverified

LINE = PROFILES[LAN]


class Returning:
    """One node. `answered_at`: when (monotonic) the birth of its present connection was answered."""

    def __init__(self, voice: Voice, topics: Topics, seed: int) -> None:
        self.voice, self._topics, self._chance = voice, topics, Random(seed)
        self.connection = ""
        self.answered_at: float | None = None
        self._nonce = ""
        self._number = 0
        self._held: dict[tuple[str, str, str], Held] = {}
        self._backoff = Backoff(LINE.first_backoff, LINE.longest_backoff, LINE.taken_backoff, self._chance)

    @property
    def holds_plan(self) -> bool:
        """Whether it has a plan."""
        return any(held.kind == "plan" for held in self._held.values())

    async def live(self, host: str, port: int) -> None:
        """Connect again and again, until cancelled."""
        while True:
            began, up = time.monotonic(), False
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), LINE.connect_timeout)
                try:
                    up = await self._talk(reader, writer)
                finally:
                    writer.close()
            self.answered_at = None
            ending = Ending(time.monotonic() - began, up)
            await asyncio.sleep(self._backoff.after(ending))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.connection, self.answered_at = secrets.token_hex(8), None
        name = self.voice.node
        writer.write(mqtt_raw.connect_packet(name, LINE.keepalive))
        kind, body = await asyncio.wait_for(_packet(reader), LINE.connect_timeout)
        if kind != 0x20 or body[1]:
            return False
        own = [self._topics.node(name, lane) for lane in (Lane.PLAN, Lane.MSG)]
        writer.write(mqtt_raw.subscribe_packet(own))
        self._say(writer, Lane.CONN, wire.dump(Connection(on=True, connection=self.connection, boot=1)))
        tasks = [asyncio.create_task(each(writer)) for each in (self._ask, self._beat)]
        try:
            while True:
                kind, body = await _packet(reader)
                if kind & 0xF0 == 0x30:
                    self._hear(body)
        except (OSError, asyncio.IncompleteReadError):
            return True
        finally:
            for task in tasks:
                task.cancel()

    async def _ask(self, writer: asyncio.StreamWriter) -> None:
        """Births until one is answered."""
        for wait in (*PACES[LAN].births, *(PACES[LAN].births[-1:] * 1000)):
            self._nonce = secrets.token_hex(16)
            self._say(writer, Lane.BIRTH, self.voice.sign(self._birth()))
            await asyncio.sleep(wait / 1e9)
            if self.answered_at is not None:
                return

    async def _beat(self, writer: asyncio.StreamWriter) -> None:
        """A heartbeat soon, and then as often as the profile lets it."""
        await asyncio.sleep(1.0)
        while True:
            self._say(writer, Lane.STATUS, self.voice.sign(self._heartbeat()))
            await asyncio.sleep(LINE.slowest / 1000)

    def _say(self, writer: asyncio.StreamWriter, lane: Lane, payload: bytes) -> None:
        writer.write(mqtt_raw.publish_packet(self._topics.node(self.voice.node, lane), payload, mid=1))

    def _hear(self, body: bytes) -> None:
        length = int.from_bytes(body[:2], "big")
        data = body[2 + length :]
        document = wire.decode_document(unverified(data))
        if isinstance(document, Welcome) and document.nonce == self._nonce:
            self.answered_at = self.answered_at or time.monotonic()
        elif isinstance(document, Plan | AlertSheet | KeySet):
            issuer = document.issuer if isinstance(document, AlertSheet) else "office"
            held = Held(kind=document.kind, to=document.to, issuer=issuer, number=document.number,
                        digest=wire.digest(data))  # fmt: skip
            self._held[document.kind, document.to, issuer] = held

    def _birth(self) -> Birth:
        return Birth(
            node=self.voice.node, connection=self.connection, nonce=self._nonce, stream=self.voice.stream, boot=1,
            number=self._next(), clock=_clock(), held=tuple(self._held.values()),
        )  # fmt: skip

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(
            node=self.voice.node, connection=self.connection, stream=self.voice.stream, boot=1, number=self._next(),
            clock=_clock(), held=tuple(self._held.values()), ready=0, relay=False, sound_ok=True, outbox=0,
            profile=LAN, machine=self.voice.node,
        )  # fmt: skip

    def _next(self) -> int:
        self._number += 1
        return self._number


@contextmanager
def living(broker: Broker, voices: Sequence[Voice], site: str) -> Iterator[list[Returning]]:
    """The nodes, alive in a thread of their own for the length of a `with`."""
    topics = Topics(site)
    fleet = [Returning(voice, topics, seed) for seed, voice in enumerate(voices)]
    loop = asyncio.new_event_loop()

    async def all_of_them() -> None:
        await asyncio.gather(*(each.live(broker.host, broker.port) for each in fleet))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    task = loop.create_task(all_of_them())
    thread = threading.Thread(target=run, name="returning nodes")
    thread.start()
    try:
        yield fleet
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return kind, await reader.readexactly(length)


def _clock() -> Clock:
    return Clock(wall=time.time_ns() // 1_000_000, trust=Trust.HELD, bound=10)
