"""Nodes that have a key and a voice, and a small commune in a database: what the exchange's tests talk to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from joserfc.jwk import OKPKey
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.storage.engine import transact
from controller.storage.tables import AreaPeriodRow, AreaRow, NodeRow, ServesRow, SiteRow, ZoneRow
from playlists import wire
from playlists.models import Value
from playlists.reports import (
    Birth,
    Cause,
    Clock,
    Closed,
    Connection,
    Event,
    EventBatch,
    Evidence,
    Fact,
    Heartbeat,
    Held,
    Trust,
)

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
T0_MS = int(T0.timestamp()) * 1000
SITE = "xa"


@dataclass
class Voice:
    """A node that numbers and signs what it says; `stream`, `boot`, `connection` and `wall` may be changed at will."""

    node: str
    key: OKPKey
    stream: str = "s1"
    boot: int = 1
    connection: str = "c1"
    number: int = 0
    events: list[str] = field(default_factory=list)
    wall: int = T0_MS

    def sign(self, value: Value) -> bytes:
        """Any value under this node's key."""
        return wire.sign(value, self.key)

    def birth(self, nonce: str = "n1", held: Sequence[Held] = (), older: Sequence[str] = ()) -> bytes:
        """The next birth."""
        self.number += 1
        return self.sign(
            Birth(
                node=self.node,
                connection=self.connection,
                nonce=nonce,
                stream=self.stream,
                boot=self.boot,
                number=self.number,
                clock=Clock(wall=T0_MS, trust=Trust.HELD, bound=10),
                held=tuple(held),
                first=1 if self.events else 0,
                last=len(self.events),
                older=tuple(older),
            )
        )

    def status(self, held: Sequence[Held] = (), **said: Any) -> bytes:
        """The next heartbeat, of a node that is well but for what is `said`."""
        self.number += 1
        whole: dict[str, Any] = {
            "clock": Clock(wall=T0_MS, trust=Trust.HELD, bound=10),
            "ready": 12,
            "relay": False,
            "sound_ok": True,
            "temperature": 44.5,
            "disk_free": 20_000_000_000,
            "uptime": 86_400,
            **said,
        }
        return self.sign(
            Heartbeat(
                node=self.node,
                connection=self.connection,
                stream=self.stream,
                boot=self.boot,
                number=self.number,
                held=tuple(held),
                **whole,
            )
        )

    def happen(self, fact: Fact) -> str:
        """Journal a fact; its exact text."""
        number = len(self.events) + 1
        event = Event(number=number, wall=self.wall + number, mono=number, boot=self.boot, trust=Trust.HELD, fact=fact)
        self.events.append(wire.encode_event(event))
        return self.events[-1]

    def tell(self, first: int, last: int, gone: Sequence[tuple[int, int]] = ()) -> bytes:
        """The events `first` to `last`, but those that are gone."""
        told = [n for n in range(first, last + 1) if not any(a <= n <= b for a, b in gone)]
        texts = tuple(self.events[n - 1] for n in told)
        return self.sign(
            EventBatch(node=self.node, stream=self.stream, first=first, last=last, gone=tuple(gone), events=texts)
        )

    def conn(self, on: bool) -> bytes:
        """Presence, unsigned."""
        return wire.dump(Connection(on=on, connection=self.connection, boot=self.boot))


def closed(occurrence: str, cause: Cause | None = None) -> Closed:
    """A closing fact: 59 of 60 seconds sounded."""
    return Closed(
        occurrence=occurrence,
        version=1,
        attempt=1,
        sounded=59_000,
        due=60_000,
        loudness=-23.5,
        start_error=300,
        evidence=(Evidence.FRAMES,),
        cause=cause,
        started_at=1,
        assets=("a" * 64,),
    )


def voices(count: int) -> list[Voice]:
    """So many nodes `n0`, `n1` …, each with a key of its own."""
    return [Voice(f"n{index}", wire.new_key(f"n{index}")) for index in range(count)]


def enrol(engine: Engine, nodes: Sequence[Voice], site: str = SITE) -> None:
    """A commune with one hamlet for each node, a zone for the commune and one for each hamlet."""
    hamlets = [f"h-{voice.node}" for voice in nodes]
    areas = [
        AreaRow(
            id=area,
            kind="hamlet" if area in hamlets else "commune",
            time_zone="Asia/Ho_Chi_Minh",
            settings={},
            created_at=T0,
        )
        for area in ("commune", *hamlets)
    ]
    periods = [
        AreaPeriodRow(
            area_id=area.id,
            from_day=date(2020, 1, 1),
            parent_id="commune" if area.id in hamlets else None,
            name=f"Area {area.id}",
        )
        for area in areas
    ]
    zones = [ZoneRow(id=f"z-{area.id}", area_id=area.id, owner_area_id=area.id, created_at=T0) for area in areas]

    def seed(session: Session) -> None:

        session.add(SiteRow(id=1, site=site, epoch=1, created_at=T0))
        session.add_all(areas)
        session.flush()
        session.add_all([*periods, *zones, *(_node_row(voice) for voice in nodes)])
        session.flush()
        session.add_all([ServesRow(node_id=v.node, hamlet_id=f"h-{v.node}", homes=50) for v in nodes])

    transact(engine, seed)


def join(engine: Engine, voice: Voice, hamlet: str) -> None:
    """One more node, which serves a hamlet that is there."""

    def seed(session: Session) -> None:
        row = _node_row(voice)
        row.home_hamlet_id = hamlet
        session.add(row)
        session.flush()
        session.add(ServesRow(node_id=voice.node, hamlet_id=hamlet, homes=5))

    transact(engine, seed)


def _node_row(voice: Voice) -> NodeRow:
    return NodeRow(
        id=voice.node,
        name=f"Node {voice.node}",
        home_hamlet_id=f"h-{voice.node}",
        public_key={"kty": "OKP", "crv": "Ed25519", "x": wire.public_x(voice.key), "kid": voice.node},
        settings={},
        enrolled_at=T0,
    )
