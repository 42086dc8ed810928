"""A node at systemd's own door: it says when it is whole, and is fed only while loop, link, sound and disk advance."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

import pytest

from playlists.client import Endpoint
from playlists.reports import Event
from playlists.topics import Lane
from speaker_node.__main__ import PACES
from speaker_node.acceptance import Book
from speaker_node.amplifier.client import AmplifierClient
from speaker_node.host import Host, Notifier, Rhythm, Watch
from speaker_node.library import Library
from speaker_node.link import Link
from speaker_node.node.alive import SECOND, Patience
from speaker_node.node.inbox import Inbox
from speaker_node.node.journal import Journal
from speaker_node.node.loop import Loop, Mailbox, Ports, Stop, Woken
from speaker_node.node.telling import Identity
from speaker_node.settings import load
from speaker_node.sound.client import SoundClient
from speaker_node.store import Store, memory_store, open_store
from speaker_node.values import Arrived, LinkDown, LinkUp, StoredDocument
from tests.support.agent import TOPICS, Agent
from tests.support.office import NODE, SITE, Office
from tests.support.processes import by_module
from tests.support.waiting import wait_for

HUNGRY = 3 * SECOND
"""How long a part may stand still here; in the field it is one or two minutes."""
FED_EVERY = 0.5


class Door:
    """What systemd hears."""

    def __init__(self, folder: Path) -> None:
        self.path, self.words = folder / "notify", list[tuple[float, str]]()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def _hear(self) -> None:
        while True:
            try:
                word = self._socket.recv(1000).decode()
            except OSError:
                return
            if word == "end":
                return
            self.words.append((time.monotonic(), word))

    def said(self, word: str) -> list[float]:
        """When it was said."""
        return [at for at, each in self.words if each == word]

    def status(self) -> str:
        """The last one."""
        return next((word for _, word in reversed(self.words) if word.startswith("STATUS=")), "").partition("=")[2]

    def fed_since(self, instant: float) -> int:
        return sum(at > instant for at in self.said("WATCHDOG=1"))

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(b"end", str(self.path))
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = Door(tmp_path)
    yield opened
    opened.close()


class Parts:
    """A node put together as the program does, in this process, with a patience that a test can wait for; off line."""

    def __init__(self, folder: Path, door: Door) -> None:
        office = Office()
        settings = load(Agent(folder / "node", office).settings)
        mailbox: Mailbox = SimpleQueue()
        self.mailbox, self.folder = mailbox, settings.folder
        self.link_goes, self.store_goes, self._over = threading.Event(), threading.Event(), threading.Event()
        self.link_goes.set()
        self.store_goes.set()

        def wake(_news: object) -> None:
            mailbox.put(Woken())

        def post(what: LinkUp | LinkDown | Arrived) -> None:
            self.link_goes.wait(30)
            mailbox.put(what)

        self.watch = Watch(settings.folder, rhythm=Rhythm(0.2, 5, 0.2), tool="/no/mmcli")
        self.link = Link(Endpoint("127.0.0.1", 1, NODE, longest_backoff=0.5), "conn", post, mailbox.qsize)
        self.library = Library(settings.library, settings.assets.addresses, wake)
        self.amplifier = AmplifierClient(settings.amplifier.command, wake)
        self.sound = SoundClient(settings.sound.command, settings.library, wake)
        self._office, self._door = office, door
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._live, self._poke)]

    def __enter__(self) -> Parts:
        for part in (self.watch, self.amplifier, self.sound, self.library):
            part.start()
        self.link.start(1)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for event in (self._over, self.link_goes, self.store_goes):
            event.set()
        self.mailbox.put(Stop())
        for thread in self._threads:
            thread.join(10)
        for part in (self.sound, self.amplifier, self.link, self.library, self.watch):
            part.stop()

    def _live(self) -> None:
        """The loop's own thread: what is the store's stays in it."""
        journal = Journal(self._open, memory_store)
        inbox = Inbox(Book(NODE, SITE, self._office.root_key, digest_at=journal.digest_at), TOPICS)
        host = Host(self.watch, Notifier({"NOTIFY_SOCKET": str(self._door.path)}))
        ports = Ports(self.link, self.sound, self.amplifier, self.library, host)
        who, patience = Identity(NODE, TOPICS, lambda _value: b""), Patience(HUNGRY, HUNGRY, HUNGRY)
        Loop(ports, self.mailbox, journal, inbox, who, PACES["lan"], patience).run()
        journal.close()

    def _open(self) -> Store:
        """The real store, whose commits wait while the disk is made to hang."""
        store = open_store(self.folder / "store.db")
        commit = store.commit

        def waits(events: Sequence[Event], document: StoredDocument | None = None) -> None:
            self.store_goes.wait(30)
            commit(events, document)

        store.commit = waits  # type: ignore[method-assign]
        return store

    def _poke(self) -> None:
        """The loop turns often enough to be watched in a test."""
        while not self._over.wait(FED_EVERY):
            self.mailbox.put(Woken())


def starves(door: Door) -> None:
    """The feeding stops, and systemd hears why."""

    def quiet() -> bool:
        return door.fed_since(time.monotonic() - 3 * FED_EVERY) == 0

    wait_for(quiet, "the feeding stops", 15)


def is_fed(door: Door, within: float = 10) -> None:
    instant = time.monotonic()
    wait_for(lambda: door.fed_since(instant) >= 2, "it is fed", within)


def test_off_line_a_node_is_fed_and_one_whose_link_hangs_is_not(tmp_path: Path, door: Door) -> None:
    with Parts(tmp_path, door) as parts:
        wait_for(lambda: door.said("READY=1"), "it is whole", 30)
        is_fed(door)
        parts.link_goes.clear()
        starves(door)
        assert door.status() == "does not advance: link"
        parts.link_goes.set()
        is_fed(door)
        assert door.status() == "quiet; no link"


def test_a_node_whose_disk_hangs_is_not_fed(tmp_path: Path, door: Door) -> None:
    with Parts(tmp_path, door) as parts:
        wait_for(lambda: door.said("READY=1"), "it is whole", 30)
        slot = parts.folder / "machine-1"
        slot.unlink(missing_ok=True)
        os.mkfifo(slot)  # a write to it waits for a reader that never comes
        starves(door)
        assert door.status() == "does not advance: disk"
        reader = os.open(slot, os.O_RDONLY | os.O_NONBLOCK)
        slot.unlink()
        is_fed(door)
        os.close(reader)


def test_a_node_whose_journal_hangs_is_not_fed_for_its_loop_stands_still(tmp_path: Path, door: Door) -> None:
    with Parts(tmp_path, door) as parts:
        wait_for(lambda: door.said("READY=1"), "it is whole", 30)
        parts.store_goes.clear()
        parts.mailbox.put(Arrived("c1", TOPICS.node(NODE, Lane.PLAN), b"rubbish"))
        starves(door)
        parts.store_goes.set()
        is_fed(door)


def test_a_whole_node_says_so_once_and_outlives_its_sound_process(
    tmp_path: Path, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(door.path))
    agent = Agent(tmp_path / "node", Office())
    agent.start()
    try:
        wait_for(lambda: door.said("READY=1"), "it is whole", 30)
        agent.ready()
        hung = by_module(agent.pid)["speaker_node.sound"]
        os.kill(hung, signal.SIGSTOP)
        wait_for(lambda: by_module(agent.pid).get("speaker_node.sound", hung) != hung, "another takes its place", 15)
        is_fed(door, 25)
        os.kill(agent.pid, signal.SIGSTOP)
        time.sleep(0.5)
        instant = time.monotonic()
        time.sleep(1.5)
        assert door.fed_since(instant) == 0
        os.kill(agent.pid, signal.SIGCONT)
        wait_for(lambda: door.fed_since(instant), "it is fed again", 15)
    finally:
        os.kill(agent.pid, signal.SIGCONT)
        agent.stop()
    assert len(door.said("READY=1")) == 1
    assert len(door.said("STOPPING=1")) == 1
