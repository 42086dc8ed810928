"""A thousand nodes come back to a broker that was killed: how long until all are answered, and how many alarms.

Light nodes with the back-off of real ones, a real broker with the shipped settings, the real gateway with its watch.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from controller.domain.faults import Life
from controller.domain.signs import FaultKind
from controller.storage.engine import reading
from controller.storage.tables import ConditionRow, FaultRow
from tests.bench.figures import Figure, Measured
from tests.support.audio_server import audio_server
from tests.support.broker import running_broker
from tests.support.fleet import SITE, T0
from tests.support.returning import Returning, living
from tests.support.site import Site, make_site
from tests.support.waiting import wait_for

NODES = 1000
AWAY_S = 12.0
"""How long the broker is away: long enough to be a fault, and for the back-off of all to widen."""


def reconnect() -> Measured:
    """Seconds from the broker's return until every node is answered and shown; one alarm, or it does not count."""
    with tempfile.TemporaryDirectory() as folder:
        return come_back(Path(folder), NODES)


def come_back(folder: Path, count: int) -> Measured:
    """The same with so many nodes."""
    with running_broker(folder / "broker") as broker, audio_server() as audio:
        site = make_site(folder, broker, audio, count, light=True)
        site.start_gateway()
        try:
            with living(broker, site.voices, SITE) as fleet:
                wait_for(lambda: _all_back(site, fleet), "all are there", 300)
                wait_for(lambda: all(each.holds_plan for each in fleet), "all hold a plan", 120)
                wait_for(lambda: not _alarms(site, T0), "nothing is wrong", 120)
                killed = datetime.now(UTC)
                broker.kill()
                time.sleep(AWAY_S)
                broker.start()
                began = time.monotonic()
                wait_for(lambda: _all_back(site, fleet), "all came back", 180)
                took = time.monotonic() - began
                wait_for(lambda: not _alarms(site, T0), "the alarm is over", 120)
                alarms = _alarms(site, killed, standing=False)
        finally:
            site.kill_gateway()
            site.engine.dispose()
        assert alarms == [FaultKind.BROKER], f"one alarm, and of the broker: {alarms}"
    return Measured(took, (took,))


def _all_back(site: Site, fleet: Sequence[Returning]) -> bool:
    """Whether every node's birth was answered, and the office shows each with the connection that it has."""
    if any(each.answered_at is None for each in fleet):
        return False
    with reading(site.engine) as session:
        rows = session.execute(select(ConditionRow.node_id, ConditionRow.connection_id).where(ConditionRow.online))
        shown: dict[str, str | None] = {node: connection for node, connection in rows}  # noqa: C416
    return all(shown.get(each.voice.node) == each.connection for each in fleet)


def _alarms(site: Site, since: datetime, *, standing: bool = True) -> list[FaultKind]:
    """The faults since an instant that alarm by themselves, or did."""
    with reading(site.engine) as session:
        rows = session.scalars(select(FaultRow).where(FaultRow.life != Life.BUDDING.value))
        told = [row for row in rows if row.times and row.under is None and row.known_at >= since]
        return [FaultKind(row.kind) for row in told if not standing or row.life != Life.RESOLVED.value]


FIGURES = (Figure("reconnect_1000_s", "s", "<= 60", reconnect),)
