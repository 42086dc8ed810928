"""The streams of nodes in the database: how far each is held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from controller.storage.ingest.journals import Journal, merged, reached
from controller.storage.ingest.marks import NEVER, Stream
from controller.storage.ingest.told import Told, ToldEvents
from controller.storage.tables import EventRow, StreamRow
from controller.storage.writing import insert_new, table

AT_ONCE = 2_000
"""How many events beyond the acknowledged one a batch looks at; the next batch goes on from there."""

_JOURNALS = select(StreamRow.node_id, StreamRow.stream, StreamRow.number, StreamRow.digest, StreamRow.gone).where(
    StreamRow.node_id.in_(bindparam("nodes", expanding=True))
)
_HELD_AFTER = (
    select(EventRow.number)
    .where(
        EventRow.node_id == bindparam("node"),
        EventRow.stream == bindparam("of"),
        EventRow.number > bindparam("after"),
    )
    .order_by(EventRow.number)
    .limit(AT_ONCE)
)
_STREAM = table(StreamRow)
_ADVANCE = (
    update(_STREAM)
    .where(_STREAM.c.node_id == bindparam("node"), _STREAM.c.stream == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("number", "digest", "gone", "received_at")})
)
_BODY = select(EventRow.body).where(
    EventRow.node_id == bindparam("node"), EventRow.stream == bindparam("of"), EventRow.number == bindparam("at")
)


def begin(session: Session, streams: Iterable[Stream], now: datetime) -> None:
    """Rows for streams that are heard of for the first time."""
    insert_new(session, StreamRow, [_row(stream, Journal(), now) for stream in sorted(streams)])


def advance(session: Session, told: Sequence[Told], now: datetime) -> list[tuple[Stream, Journal]]:
    """Every stream of which events came, as far as it is held now that they are stored.

    Before that, where more is held than was told just now, the last of what was: an office that was put back may hold
    later ones, but by their digest the node might not know them, for it has let go what was once acknowledged.
    """
    came: dict[Stream, list[ToldEvents]] = {}
    for each in told:
        if isinstance(each.what, ToldEvents):
            came.setdefault((each.node, each.what.stream), []).append(each.what)
    before = _load(session, came)
    after = {stream: _advanced(session, stream, before.get(stream, Journal()), came[stream]) for stream in came}
    changed = [_change(stream, journal, now) for stream, journal in after.items() if before.get(stream) != journal]
    if changed:
        session.connection().execute(_ADVANCE, changed)
    return [
        (stream, each)
        for stream, journal in after.items()
        for each in (*_told_now(session, stream, journal, came[stream]), journal)
    ]


def _load(session: Session, came: Mapping[Stream, object]) -> dict[Stream, Journal]:
    nodes = sorted({node for node, _ in came})
    found = session.connection().execute(_JOURNALS, {"nodes": nodes}) if nodes else ()
    return {
        (node, stream): Journal(n, digest, tuple((a, b) for a, b in gone)) for node, stream, n, digest, gone in found
    }


def _advanced(session: Session, stream: Stream, journal: Journal, told: Sequence[ToldEvents]) -> Journal:
    gone = merged([*journal.gone, *(each for one in told for each in one.gone)])
    where = {"node": stream[0], "of": stream[1]}
    held = session.connection().scalars(_HELD_AFTER, {**where, "after": journal.number})
    number = reached(journal.number, held, gone)
    if number == journal.number:
        return Journal(number, journal.digest, gone)
    return Journal(number, _digest(session, stream, number), gone)


def _told_now(session: Session, stream: Stream, journal: Journal, told: Sequence[ToldEvents]) -> Iterator[Journal]:
    numbers = [event.number for one in told for event in one.events if event.number <= journal.number]
    number = max(numbers, default=journal.number)
    if number < journal.number:
        yield Journal(number, _digest(session, stream, number), journal.gone)


def _digest(session: Session, stream: Stream, number: int) -> str:
    where = {"node": stream[0], "of": stream[1], "at": number}
    return hashlib.sha256(session.connection().execute(_BODY, where).scalar_one()).hexdigest()


def _change(stream: Stream, journal: Journal, now: datetime) -> dict[str, Any]:
    return {
        "node": stream[0],
        "of": stream[1],
        "new_number": journal.number,
        "new_digest": journal.digest,
        "new_gone": [list(each) for each in journal.gone],
        "new_received_at": now,
    }


def _row(stream: Stream, journal: Journal, now: datetime) -> dict[str, Any]:
    return {
        "node_id": stream[0],
        "stream": stream[1],
        "number": journal.number,
        "digest": journal.digest,
        "gone": [list(each) for each in journal.gone],
        "boot": NEVER[0],
        "told": NEVER[1],
        "begun_at": now,
        "received_at": now,
    }
