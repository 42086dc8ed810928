"""Signed documents in the database: the newest of each, and the next, numbered, signed and stored."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.planning import UNNUMBERED
from controller.domain.values import to_ms
from controller.exchange.ports import Signer
from controller.storage.tables import DocumentRow
from playlists import wire
from playlists.models import AlertSheet, Number, Plan
from playlists.values import LARGEST

log = logging.getLogger(__name__)

PLAN, SHEET = "plan", "sheet"

Name = tuple[str, str, str]
"""Kind, to and issuer: what numbers are counted for."""


class TooBig(ValueError):
    """A document that no node would take: it is neither stored nor published, the last one stands."""


class NoNumberLeft(ValueError):
    """The last number of an epoch is given: nothing more is signed under that name before an operator raises it."""


@lru_cache(maxsize=1024)
def tell_once(name: Name, error: str) -> None:
    """Said once for each name and error: it is asked at every look, and only a person can mend it."""
    log.error("nothing more is signed for %s: %s", "/".join(name), error)


@dataclass(frozen=True, slots=True)
class Current:
    """The newest document under a name, as it was signed."""

    id: int
    name: Name
    number: Number
    digest: str
    content: str
    kid: str
    signed: bytes
    signed_at: datetime


def content_of(document: Plan | AlertSheet) -> str:
    """SHA-256 of what a document says without its number and its moment of issue."""
    bare = {"number": UNNUMBERED} if isinstance(document, Plan) else {"number": UNNUMBERED, "issued_at": 0}
    return wire.digest(wire.dump(document.model_copy(update=bare)))


def name_of(document: Plan | AlertSheet, issuer: str) -> Name:
    """The name under which a document is numbered."""
    return (PLAN if isinstance(document, Plan) else SHEET, document.to, issuer)


def load_current(session: Session) -> dict[Name, Current]:
    """The newest document of every name."""
    latest = (
        select(DocumentRow.kind, DocumentRow.to, DocumentRow.issuer, func.max(DocumentRow.id).label("newest"))
        .group_by(DocumentRow.kind, DocumentRow.to, DocumentRow.issuer)
        .subquery()
    )
    rows = session.scalars(select(DocumentRow).join(latest, DocumentRow.id == latest.c.newest))
    return {current.name: current for current in map(current_of, rows)}


def current_of(row: DocumentRow) -> Current:
    """A stored document."""
    number = Number(epoch=row.epoch, sequence=row.sequence)
    name = (row.kind, row.to, row.issuer)
    signed = bytes(row.signed_bytes)
    kid = wire.read_envelope(signed, len(signed)).kid
    return Current(row.id, name, number, row.digest, row.content_sha256, kid, signed, row.signed_at)


def next_number(last: Number | None, epoch: int, now: datetime) -> Number:
    """The number after `last` for a document signed at `now`: UTC ms, at least one more, never an older epoch.

    Past the largest that the wire holds there is none, but in a newer epoch, which begins anew: NoNumberLeft.
    """
    if last is None or (last.sequence == LARGEST and epoch > last.epoch):
        return Number(epoch=epoch, sequence=to_ms(now))
    if last.sequence == LARGEST:
        raise NoNumberLeft(f"{last.epoch}/{last.sequence} is the last number of its epoch; an operator must raise it")
    return Number(epoch=max(epoch, last.epoch), sequence=max(to_ms(now), last.sequence + 1))


def differs(last: Current | None, content: str, epoch: int, kid: str) -> bool:
    """Whether a document is to be signed: it says something else than the last, or under another key or epoch."""
    return last is None or last.content != content or last.number.epoch < epoch or last.kid != kid


def store(
    session: Session, signer: Signer, document: Plan | AlertSheet, issuer: str, content: str, now: datetime
) -> Current:
    """Sign a numbered document and keep its bytes. TooBig if no node would take them."""
    signed = signer.sign(document, issuer)
    limit = wire.PLAN_LIMIT if isinstance(document, Plan) else wire.SHEET_LIMIT
    if len(signed) > limit or len(wire.dump(document)) > wire.INFLATED_LIMIT:
        raise TooBig(f"{len(signed)} bytes, which no node takes; the last one stands")
    return keep(session, document, issuer, content, signed, now, adopted=False)


def keep(
    session: Session,
    document: Plan | AlertSheet,
    issuer: str,
    content: str,
    signed: bytes,
    now: datetime,
    *,
    adopted: bool,
) -> Current:
    """Keep the bytes of a signed document."""
    kind, to, _ = name_of(document, issuer)
    row = DocumentRow(
        kind=kind,
        to=to,
        issuer=issuer,
        epoch=document.number.epoch,
        sequence=document.number.sequence,
        digest=wire.digest(signed),
        content_sha256=content,
        window_start_ms=document.window.start if isinstance(document, Plan) else None,
        entries=[each.id for each in document.occurrences] if isinstance(document, AlertSheet) else None,
        signed_bytes=signed,
        signed_at=now,
        published_at=None,
        adopted=adopted,
    )
    session.add(row)
    session.flush()
    return current_of(row)


def mark_published(session: Session, ids: Iterable[int], now: datetime) -> None:
    """The broker took these documents."""
    for row in session.scalars(select(DocumentRow).where(DocumentRow.id.in_(list(ids)))):
        row.published_at = row.published_at or now
