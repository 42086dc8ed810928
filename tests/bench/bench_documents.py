"""How large what goes down is: the plan after an edit, and the sheet of one emergency."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine

from controller.exchange import Exchange
from controller.signer import EMERGENCY, Signer, open_signer
from controller.storage.engine import migrate, open_database
from playlists.models import AlertSheet, AssetItem, Kind, Millis, Number, Priority, Row, SheetEntry
from tests.bench.figures import Figure, Measured
from tests.support import decisions
from tests.support.fleet import SITE, T0, T0_MS, enrol, voices

DAYS, AIRINGS = 31, 12
TIMES = [time(6 + hour, 30) for hour in range(AIRINGS)]


def plan_edit_bytes() -> Measured:
    """31 days of 12 airings a day, each with its asset every day."""

    def decide(engine: Engine) -> None:
        for index, at in enumerate(TIMES):
            decisions.broadcast(engine, f"bulletin{index:02}", [at], [f"asset {index}"])

    return _measured(_edited_plan(decide))


def plan_edit_fresh_bytes() -> Measured:
    """The same days and times, each airing with an asset of its own."""

    def decide(engine: Engine) -> None:
        for index, at in enumerate(TIMES):
            name, first = f"bulletin{index:02}", datetime.combine(T0, at, decisions.ZONE)
            decisions.broadcast(engine, name, [at], [f"asset {index}"])
            starts = [first + timedelta(days=day) for day in range(DAYS) if first + timedelta(days=day) > T0]
            decisions.replace(engine, name, {start: f"{name} {start}" for start in starts}, T0)

    return _measured(_edited_plan(decide))


def sheet_bytes() -> Measured:
    """One alarm by reference, repeated until it ends."""
    with tempfile.TemporaryDirectory() as folder:
        signer = _signer(folder)
        row = Row(language="vi", sha256=decisions.sha("flood"), bytes=123_456, frames=960_000)
        alarm = SheetEntry(
            broadcast="k3v9x0q2mz",
            kind=Kind.ALARM,
            priority=Priority.EMERGENCY,
            starts_at=T0_MS,
            start_by=T0_MS + 1_800_000,
            ends_at=T0_MS + 1_800_000,
            items=(AssetItem(rows=(row,)),),
            rank=1,
            tier=1,
            every=60_000,
        )
        sheet = AlertSheet(
            to="f8d2k1m0zq",
            issuer=EMERGENCY,
            number=Number(epoch=1, sequence=T0_MS),
            issued_at=T0_MS,
            occurrences=(alarm,),
        )
        return _measured(len(signer.sign(sheet, EMERGENCY)))


def _edited_plan(decide: Callable[[Engine], None]) -> int:
    """The size of a node's signed plan."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"{folder}/loa.db")
        migrate(engine)
        enrol(engine, voices(1))
        decisions.begin(engine)
        decide(engine)
        exchange = Exchange(engine, _signer(folder), SITE, lambda: T0)
        exchange.connected()
        exchange.reading_done()
        exchange.look()
        while exchange.plan():
            pass
        (plan,) = exchange.to_publish()
        engine.dispose()
        return len(plan.payload)


def _signer(folder: str) -> Signer:
    return open_signer(Path(folder) / "keys", SITE, Millis(T0_MS))


def _measured(size: int) -> Measured:
    return Measured(size, (size,))


FIGURES = (
    Figure("plan_edit_bytes", "bytes", "<= 4096", plan_edit_bytes),
    Figure("plan_edit_fresh_bytes", "bytes", "<= 32768", plan_edit_fresh_bytes),
    Figure("sheet_bytes", "bytes", "<= 512", sheet_bytes),
)
