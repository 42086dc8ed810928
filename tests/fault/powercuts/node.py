"""The node's store under power cuts: the real journal, its documents and the shelf of assets."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import sys
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playlists.models import Number
from playlists.reports import Boot, Closed, Held, Progress, Trust
from playlists.wire import digest
from speaker_node.library.shelf import Shelf
from speaker_node.library.shelf import digest as file_digest
from speaker_node.node.journal import Journal
from speaker_node.playout import restore
from speaker_node.store import Store, memory_store, open_store
from speaker_node.values import Moment, StoredDocument
from tests.fault.powercuts.recording import mark

NODE = "node-1"
NOW = 1_800_000_000_000
RESERVE = 1_000_000


def moment(turn: int) -> Moment:
    """Some instant of a turn."""
    return Moment(NOW + turn * 1000, turn * 1_000_000_000, Trust.HELD)


def document(turn: int, data: bytes) -> StoredDocument:
    """The plan of a turn."""
    held = Held(kind="plan", to=NODE, issuer="office", number=Number(epoch=1, sequence=turn), digest=digest(data))
    return StoredDocument(held, data)


@dataclass
class Workload:
    """Facts with their document, acknowledgements, pruning, reboots and assets, and a mark after each."""

    place: Path
    ctl: Path
    dice: random.Random
    boot: int = 0
    journal: Journal = field(init=False)

    def run(self, commits: int) -> None:
        """So many turns."""
        self.shelf = Shelf(self.place / "assets")
        self.shelf.open()
        if self.dice.random() < 0.5:
            self._as_an_older_release()
        self._start(0)
        for turn in range(1, commits + 1):
            self._turn(turn)
            self.journal.look(turn * 10**10)
            assert self.journal.ok, self.journal.error
            if self.dice.random() < 0.05:
                self.journal.close()
                self._start(turn)
        self.journal.close()

    def _as_an_older_release(self) -> None:
        """The journal begins with the rollback journal of a release before this one."""
        open_store(self.place / "store.db", NODE, RESERVE).close()
        with closing(sqlite3.connect(self.place / "store.db", isolation_level=None)) as old:
            for statement in ("PRAGMA journal_mode = PERSIST", "UPDATE owner SET node = node"):
                old.execute(statement).fetchall()

    def _start(self, turn: int) -> None:
        self.boot += 1
        self.journal = Journal(lambda: open_store(self.place / "store.db", NODE, RESERVE), memory_store)
        self.journal.load()
        self.journal.boot(Boot(boot=self.boot, new_stream=self.journal.fresh), moment(turn))
        self.journal.look(turn * 10**10)
        assert self.journal.ok, self.journal.error
        self._say(turn)

    def _turn(self, turn: int) -> None:
        closed = Closed(occurrence=f"o-{turn}", version=1, attempt=1, sounded=1, due=1)
        progress = Progress(occurrence=f"o-{turn}", attempt=1, position=turn, taken=1, sounded=1)
        plan = document(turn, self.dice.randbytes(self.dice.randrange(100, 20_000)))
        self.journal.write([progress, closed], moment(turn), plan)
        assert self.journal.ok, self.journal.error
        self._say(turn)
        if self.dice.random() < 0.2:
            self.journal.acknowledge(self.journal.stream, max(0, self.journal.last - 5))
        if self.dice.random() < 0.1:
            self.journal.prune({f"o-{turn}"})
        if self.dice.random() < 0.1:
            self._asset()

    def _say(self, turn: int) -> None:
        mark(self.ctl, last=self.journal.last, stream=self.journal.stream, turn=turn)

    def _asset(self) -> None:
        data = self.dice.randbytes(self.dice.randrange(1000, 60_000))
        sha256 = hashlib.sha256(data).hexdigest()
        self.shelf.part(sha256).write_bytes(data)
        self.shelf.place(sha256)
        mark(self.ctl, asset=sha256)


def lost_and_torn(place: Path, marks: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What was acknowledged and is not there; what is there and not whole. The real store is opened for it."""
    said = [each for each in marks if "last" in each]
    lost, torn = [], []
    with closing(open_store(place / "store.db", NODE, RESERVE)) as store:
        if store.notice:
            torn.append(store.notice)
        restore(store.events())
        lost += _lost(store, said[-1]) if said else []
        torn += _torn(store)
    for sha256 in [each["asset"] for each in marks if "asset" in each]:
        with suppress(FileNotFoundError):
            if file_digest(place / "assets" / sha256[:2] / sha256) == sha256:
                continue
        lost.append(f"asset {sha256}")
    return lost, torn


def _lost(store: Store, said: dict[str, Any]) -> list[str]:
    if store.stream != said["stream"]:
        return [f"stream {said['stream']}"]
    acknowledged = dict(store.streams())[store.stream]
    there = {event.number for event in store.events()}
    lost = [f"event {n}" for n in range(acknowledged + 1, said["last"] + 1) if n not in there]
    if store.last(store.stream) < said["last"]:
        lost.append(f"the mark {said['last']}")
    plans = [each.held.number.sequence for each in store.documents()]
    return lost + ([] if not said["turn"] or max(plans, default=0) >= said["turn"] else [f"plan {said['turn']}"])


def _torn(store: Store) -> list[str]:
    """A commit is one: its closing fact, its progress and its plan; and what is stored is what was stored."""
    acknowledged, last = dict(store.streams())[store.stream], store.last(store.stream)
    events = store.events()
    numbers = [event.number for event in events if event.number > acknowledged]
    torn = [] if numbers == list(range(acknowledged + 1, last + 1)) else [f"numbers {numbers} of {last}"]
    turns = [int(event.fact.occurrence[2:]) for event in events if isinstance(event.fact, Closed)]
    plans = {each.held.number.sequence for each in store.documents()}
    if max(turns, default=0) != max(plans, default=0):
        torn.append(f"airing {max(turns, default=0)} with plans {plans}")
    return torn + [f"plan {d.held.number}" for d in store.documents() if digest(d.data) != d.held.digest]


if __name__ == "__main__":
    Workload(Path(sys.argv[1]), Path(sys.argv[2]), random.Random(int(sys.argv[3]))).run(int(sys.argv[4]))
