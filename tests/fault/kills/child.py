"""The controller that dies: real operations, exchange and chores on a real file, each success said through a pipe."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, select

from controller.audio import MediaFolder
from controller.domain.silences import Why
from controller.domain.values import AreaId, BroadcastId, FromDay, PersonId, Places, ProgrammeId, ZoneId, to_ms
from controller.exchange import Exchange
from controller.exchange.upward import Arrived
from controller.housekeeping.backups import back_up
from controller.housekeeping.pruning import Limits, prune
from controller.housekeeping.settling import settle
from controller.operations import approving, broadcasts, playing_now, quiet, silencing
from controller.operations.acting import Actor, Office
from controller.operations.errors import OperationError
from controller.operations.secrets import random_id
from controller.signer import open_signer
from controller.storage.engine import migrate, open_database, reading
from controller.storage.tables import BroadcastRow, VersionRow, ZoneRow
from playlists import wire
from playlists.models import Acknowledgement
from playlists.topics import Lane, Topics
from tests.fault.kills.site import NODES, SITE, Site, batch, read_site
from tests.fault.kills.steps import Aim, Steps
from tests.support.commune import content, daily, item
from tests.support.staffed import Counted

Say = Callable[[dict[str, Any]], None]
DAY = date(2026, 11, 24)


class Child:
    """One life of the controller; `told` is how far each node was acknowledged before."""

    def __init__(self, site: Site, seed: int, turn: int, told: dict[str, int], steps: Steps, say: Say) -> None:
        self._site, self._dice, self._told, self._steps, self._say = site, Random(seed), dict(told), steps, say
        self._now, self._topics = site.at(turn), Topics(SITE)
        self._engine: Engine

    def live(self, rounds: int) -> None:
        """Start, then act until killed or done."""
        self._begin()
        acts = (self._decide, self._decide, self._play, self._mute, self._lift, self._silence, self._withdraw,
                *(self._send, self._hear) * 3, self._chores, self._audio)  # fmt: skip
        deck: list[Callable[[], None]] = []
        for _ in range(rounds):
            deck = deck or self._dice.sample(acts, len(acts))
            self._now += timedelta(seconds=1)
            try:
                deck.pop()()
            except OperationError as error:
                self._say({"refused": [each.reason for each in error.problems]})

    def _begin(self) -> None:
        self._steps.watch_files()
        with self._steps.unit("keys"):
            self._signer = open_signer(self._site.folder / "keys", SITE, to_ms(self._now))
        self._say({"keys": self._signer.key_set_digest})
        self._engine = open_database(str(self._site.database))
        self._steps.watch(self._engine)
        with self._steps.unit("migration"):
            migrate(self._engine)
        self._office = Office(self._engine, Counted(), self._clock, random_id)
        self._exchange = Exchange(self._engine, self._signer, SITE, self._clock)
        self._exchange.connected()
        self._exchange.reading_done()
        self._media = MediaFolder(self._site.folder / "media")

    def _clock(self) -> datetime:
        return self._now

    def _by(self, name: str) -> Actor:
        return Actor(PersonId(self._site.people[name]), name)

    def _zone(self, area: str) -> ZoneId:
        with reading(self._engine) as session:
            return ZoneId(session.scalars(select(ZoneRow.id).where(ZoneRow.area_id == self._site.areas[area])).one())

    def _decide(self) -> None:
        area = self._dice.choice(("commune", "h1", "h2", "h3"))
        places = Places(areas=(AreaId(self._site.areas[area]),))
        clock = f"{self._dice.randrange(6, 20):02}:{self._dice.randrange(60):02}"
        last = DAY + timedelta(days=self._dice.choice((1, 1, 3, 10)))
        said = content(places=places, recurrence=daily(clock, first=DAY, last=last), title=f"Tin {self._dice.random()}")
        owner, programme = AreaId(self._site.areas["commune"]), ProgrammeId(self._site.programme)
        with self._steps.unit("create"):
            made = BroadcastId(
                broadcasts.create_broadcast(self._office, self._by("editor"), owner, programme, FromDay(DAY), said)
            )
        self._say({"act": "create_broadcast", "broadcast": made})
        with self._steps.unit("submit"):
            broadcasts.submit_version(self._office, self._by("editor"), made, 1)
        self._say({"act": "submit_version", "broadcast": made})
        with reading(self._engine) as session:
            digest = session.get_one(VersionRow, (made, 1)).digest
        with self._steps.unit("approve"):
            approving.approve_version(self._office, self._by("approver"), made, 1, digest)
        self._say({"act": "approve_version", "broadcast": made})

    def _play(self) -> None:
        zone, area = self._zone(self._dice.choice(("h1", "h2", "h3"))), AreaId(self._site.areas["commune"])
        playlist = tuple(item(self._dice.choice("abc")) for _ in range(self._dice.randrange(1, 4)))
        with self._steps.unit("play_now"):
            made = playing_now.play_now(
                self._office, self._by("officer"), area, ProgrammeId(self._site.programme), "Khẩn", playlist, [zone]
            )
        self._say({"act": "play_now", "occurrence": made})

    def _mute(self) -> None:
        with self._steps.unit("mute"):
            zones = quiet.mute(self._office, self._by("officer"))
        self._say({"act": "mute", "zones": sorted(zones)})

    def _lift(self) -> None:
        with self._steps.unit("lift"):
            quiet.lift(self._office, self._by("officer"))
        self._say({"act": "lift"})

    def _silence(self) -> None:
        begin, area = self._now + timedelta(hours=1), AreaId(self._site.areas["h2"])
        with self._steps.unit("silence"):
            made = silencing.place_silence(
                self._office, self._by("head"), (area,), begin, begin + timedelta(hours=2), (), Why.FUNERAL
            )
        self._say({"act": "place_silence", "silence": made})

    def _withdraw(self) -> None:
        with reading(self._engine) as session:
            open_ = session.scalars(
                select(BroadcastRow.id).where(BroadcastRow.withdrawn_at.is_(None), BroadcastRow.lane == "plan")
            ).all()
        if len(open_) < 4:
            return
        chosen = BroadcastId(self._dice.choice(sorted(open_)))
        with self._steps.unit("withdraw"):
            broadcasts.withdraw_broadcast(self._office, self._by("editor"), chosen)
        self._say({"act": "withdraw_broadcast", "broadcast": chosen})

    def _send(self) -> None:
        with self._steps.unit("look"):
            self._exchange.look()
        with self._steps.unit("plan"):
            while self._exchange.plan():
                pass
        taken = []
        for message in self._exchange.to_publish():
            with self._steps.unit("publish"):
                self._steps.pass_("hand over")
            sha256 = hashlib.sha256(message.payload).hexdigest()
            self._say({"published": message.topic, "payload": sha256, "row": message.document})
            self._exchange.handed_over(message)
            taken += [] if message.document is None else [message.document]
        with self._steps.unit("published"):
            self._exchange.published(taken)

    def _hear(self) -> None:
        node = self._dice.choice(NODES)
        first = self._told[node] + 1
        last = first + self._dice.randrange(5)
        arrived = Arrived(self._topics.node(node, Lane.EVENTS), batch(self._site, node, first, last))
        with self._steps.unit("receive"):
            answers = self._exchange.receive([arrived])
        for answer in answers:
            opened = wire.open_signed(answer.payload, self._signer.public, wire.PLAN_LIMIT)
            said = wire.decode_document(opened.payload)
            if isinstance(said, Acknowledgement):
                self._told[node] = max(self._told[node], said.number)
                self._say({"acknowledged": node, "number": said.number})

    def _chores(self) -> None:
        with self._steps.unit("settle"):
            settle(self._engine, self._now)
        with self._steps.unit("prune"):
            prune(self._engine, Limits(timedelta(days=400), timedelta(days=400)), self._now)
        with self._steps.unit("backup"):
            made = back_up(self._engine, self._site.folder / "backups", (), 2, self._now)
        if made is not None:
            self._say({"backup": made.name})

    def _audio(self) -> None:
        bytes_ = self._dice.randbytes(2000)
        given = self._media.making / f"given-{self._dice.random()}"
        with self._steps.unit("audio"):
            given.parent.mkdir(parents=True, exist_ok=True)
            given.write_bytes(bytes_)
            kept = self._media.keep_asset(given)
        self._say({"audio": kept.sha256})


def run(site: Site, seed: int, turn: int, told: dict[str, int], aim: Aim | None, out: int, rounds: int) -> None:
    """A whole life; facts go to file descriptor `out`, a line each."""
    steps = Steps(aim)
    write = os.write

    def say(fact: dict[str, Any]) -> None:
        write(out, json.dumps(fact).encode() + b"\n")

    Child(site, seed, turn, told, steps, say).live(rounds)
    say({"passed": [[*key, count] for key, count in sorted(steps.passed.items())]})


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    run(
        read_site(Path(order["folder"])),
        order["seed"],
        order["turn"],
        order["told"],
        Aim(**order["aim"]) if order["aim"] else None,
        1,
        order["rounds"],
    )
