"""What nodes told an office, written straight into its database: statuses, starts, closing facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine

from controller.storage.engine import transact
from controller.storage.tables import ConditionRow, EventRow, ProofRow
from playlists.models import Number
from playlists.reports import Clock, Heartbeat, Held, OnAir, Trust

PLAN, SHEET = "plan", "sheet"


def status(
    engine: Engine,
    node: str,
    at: datetime,
    held: Iterable[tuple[str, str, int]] = (),
    sounding: str | None = None,
    untold: int = 0,
) -> None:
    """A status of a node that names documents (kind, to, sequence)."""
    said = Heartbeat(
        node=node,
        stream="s",
        boot=1,
        number=1,
        connection="c",
        clock=Clock(wall=1, trust=Trust.HELD, bound=10),
        held=tuple(
            Held(kind=kind, to=to, issuer="office", number=Number(epoch=1, sequence=sequence), digest="a" * 64)
            for kind, to, sequence in held
        ),
        on_air=OnAir(occurrence=sounding, version=1, attempt=1, sounded=4_000, due=60_000) if sounding else None,
        outbox=untold,
    )
    row = ConditionRow(
        node_id=node,
        online=True,
        status=said.model_dump(mode="json"),
        status_at=at,
        birth=None,
        birth_at=None,
        connection_id="c",
        connection_at=at,
        stream="s",
        boot=1,
        number=1,
    )
    transact(engine, lambda session: session.merge(row))


def started(engine: Engine, node: str, occurrence: str, at: datetime, number: int = 1) -> None:
    """A START that was told."""
    row = EventRow(
        node_id=node, stream="s", number=number, kind="start", occurrence_id=occurrence, body=b"{}", received_at=at
    )
    transact(engine, lambda session: session.add(row))


def closed(engine: Engine, node: str, occurrence: str, at: datetime, sounded: int, number: int = 2) -> None:
    """A closing fact that was told; `sounded` in ms of 60 s."""
    ms = int(at.timestamp() * 1000)
    event = EventRow(
        node_id=node, stream="s", number=number, kind="closed", occurrence_id=occurrence, body=b"{}", received_at=at
    )
    proof = ProofRow(
        node_id=node,
        stream="s",
        number=number,
        occurrence_id=occurrence,
        version=1,
        attempt=1,
        sounded_ms=sounded,
        due_ms=60_000,
        loudness=-20.0,
        start_error_us=0,
        evidence=["frames"],
        cause="withdrawn",
        started_at_ms=ms,
        closed_at_ms=ms,
        assets=[],
    )
    transact(engine, lambda session: session.add_all([event, proof]))
