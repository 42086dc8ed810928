"""How soon a decision reaches a thousand nodes: from its commit, against the bare fan-out of the same bytes."""

from __future__ import annotations

import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from controller.nudges import SocketNudge
from controller.storage.engine import migrate, open_database, transact
from controller.storage.tables import DocumentRow
from playlists.topics import Topics
from tests.bench.figures import Figure, Measured
from tests.support import decisions
from tests.support.broker import Broker
from tests.support.fleet import SITE, enrol, voices
from tests.support.forgetful import forgetful_broker
from tests.support.mqtt_raw import Crowd, connection, publish_packet
from tests.support.waiting import wait_for

NODES, RUNS = 1000, 5
SHEETS = Topics(SITE).alert("z-commune", "office")
BARE = "bare"


def fanout_ratio() -> Measured:
    """TẮT HẾT LOA for a thousand nodes: commit → last socket, over a bare publish → last socket, alternating."""
    _lift_limit()
    with tempfile.TemporaryDirectory() as name, forgetful_broker(Path(name) / "broker") as broker:
        folder = Path(name)
        engine = _office(folder)
        with _gateway(folder, broker, engine):
            crowd = Crowd(broker, NODES, [SHEETS, BARE])
            pairs = [_pair(folder, broker, engine, crowd) for _ in range(RUNS + 1)][1:]
            crowd.close()
        engine.dispose()
    ratios = tuple(ours / bare for bare, ours in pairs)
    return Measured(statistics.median(ratios), ratios, statistics.median(bare for bare, _ in pairs))


def _pair(folder: Path, broker: Broker, engine: Engine, crowd: Crowd) -> tuple[float, float]:
    nudge = SocketNudge(folder / "data" / "nudge.sock")
    decisions.mute(engine, "z-commune", datetime.now(UTC))
    began = time.monotonic()
    nudge.nudge()
    ours = crowd.last_to_hear() - began
    signed = transact(engine, _newest_sheet)
    with connection(broker, "bare") as sock:
        began = time.monotonic()
        sock.sendall(publish_packet(BARE, signed, 1))
        bare = crowd.last_to_hear() - began
    return bare, ours


def _newest_sheet(session: Session) -> bytes:
    chosen = select(DocumentRow.signed_bytes).where(DocumentRow.kind == "sheet").order_by(DocumentRow.id.desc())
    return bytes(session.scalars(chosen.limit(1)).one())


def _office(folder: Path) -> Engine:
    (folder / "data").mkdir(mode=0o700)
    engine = open_database(str(folder / "data" / "loa.db"))
    migrate(engine)
    enrol(engine, voices(NODES))
    decisions.begin(engine)
    return engine


@contextmanager
def _gateway(folder: Path, broker: Broker, engine: Engine) -> Iterator[None]:
    """A gateway as people run it, once all plans are out."""
    settings = folder / "controller.toml"
    settings.write_text(f'site = "{SITE}"\ndata = "data"\n[broker]\nhost = "{broker.host}"\nport = {broker.port}\n')
    with (folder / "gateway.log").open("wb") as log:
        command = [sys.executable, "-m", "controller", "--settings", str(settings), "gateway"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(lambda: transact(engine, _published) == NODES, f"all plans are out ({log.name})", 60)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def _published(session: Session) -> int:
    chosen = select(func.count()).select_from(DocumentRow).where(DocumentRow.published_at.is_not(None))
    return session.scalar(chosen) or 0


def _lift_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))


FIGURES = (Figure("fanout_ratio", "times the bare fan-out", "<= 5", fanout_ratio),)
