"""A watched site: a real broker, the real gateway as a process, light nodes that hold the plans it signed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select, update

from controller.storage.engine import migrate, open_database, reading, transact
from controller.storage.tables import ConditionRow, DocumentRow, FaultRow, NodeRow
from playlists.models import Number
from playlists.reports import Held
from tests.support import decisions
from tests.support.broker import Broker
from tests.support.fleet import SITE, enrol, voices
from tests.support.light import Lights
from tests.support.waiting import wait_for


@dataclass
class Watched:
    """The parts; each may be ended and begun by hand."""

    broker: Broker
    engine: Engine
    lights: Lights

    def faults(self) -> list[FaultRow]:
        """All faults, the oldest first."""
        with reading(self.engine) as session:
            return list(session.scalars(select(FaultRow).order_by(FaultRow.opened_at, FaultRow.id)))

    def alarms(self) -> list[tuple[str, str | None]]:
        """Kind and node of those that stand and are not folded under another."""
        return [
            (row.kind, row.node_id)
            for row in self.faults()
            if row.life in ("new", "acknowledged") and row.under is None
        ]


@contextmanager
def watched_site(folder: Path, broker: Broker, count: int, heartbeat_ms: int) -> Iterator[Watched]:
    """So many nodes at a pace, in contact and at rest."""
    (folder / "data").mkdir(mode=0o700, parents=True)
    engine, nodes = open_database(str(folder / "data" / "loa.db")), voices(count)
    migrate(engine)
    enrol(engine, nodes)
    decisions.begin(engine)
    transact(engine, lambda session: session.execute(update(NodeRow).values(settings={"heartbeat": heartbeat_ms})))
    lights = Lights(broker, nodes, heartbeat_ms / 1000)
    with _gateway(folder, broker), lights.living():
        wait_for(lambda: len(_plans(engine)) == count, "all plans are out", 120)
        lights.hold(_plans(engine))
        wait_for(lambda: _holding(engine) == count, "all nodes have told that they hold their plans", 60)
        yield Watched(broker, engine, lights)
    engine.dispose()


def _plans(engine: Engine) -> dict[str, Held]:
    published = select(DocumentRow).where(DocumentRow.kind == "plan", DocumentRow.published_at.is_not(None))
    with reading(engine) as session:
        return {row.to: _held(row) for row in session.scalars(published)}


def _holding(engine: Engine) -> int:
    with reading(engine) as session:
        return sum(bool((status or {}).get("held")) for status in session.scalars(select(ConditionRow.status)))


def _held(row: DocumentRow) -> Held:
    number = Number(epoch=row.epoch, sequence=row.sequence)
    return Held(kind="plan", to=row.to, issuer=row.issuer, number=number, digest=row.digest)


@contextmanager
def _gateway(folder: Path, broker: Broker) -> Iterator[None]:
    settings = folder / "controller.toml"
    settings.write_text(f'site = "{SITE}"\ndata = "data"\n[broker]\nhost = "{broker.host}"\nport = {broker.port}\n')
    with (folder / "gateway.log").open("wb") as log:
        command = [sys.executable, "-m", "controller", "--settings", str(settings), "gateway"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)
