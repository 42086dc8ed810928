"""After a backup was put back: what the broker kept for us and this database does not know.

A sheet of ours that is newer than the database is adopted whole: what it says stays until it has ended, unless the
office says otherwise since. A newer plan holds plans back until an operator raises the epoch; so does a sheet with the
last number of its epoch, after which no other can be signed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial

from joserfc.jwk import OKPKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.sheets import MOST_ENTRIES, MOST_WITHDRAWN
from controller.domain.values import from_ms, to_ms
from controller.exchange.documents import SHEET, Current, content_of, keep, name_of
from controller.exchange.ports import Signer
from controller.storage.tables import DocumentRow, KeyRow, MuteRow, PlayNowRow, SiteRow, WithdrawalRow
from playlists import wire
from playlists.models import AlertSheet, Key, Number, Plan, Right, SheetEntry
from playlists.values import LARGEST

log = logging.getLogger(__name__)

WITHDRAWN_FOR = timedelta(hours=48)
"""How long what an adopted sheet withdrew stays withdrawn: it started or ran within 24 h of the sheet."""

_FOR_NUMBER = 64
"""Bytes that a sheet's number and moment add to it."""

_RIGHTS = {Plan: {Right.PLAN}, AlertSheet: {Right.ROUTINE_SHEET, Right.EMERGENCY_SHEET}}


def open_own(signed: bytes, signer: Signer) -> tuple[Plan | AlertSheet, str] | None:
    """A plan or sheet of ours with its issuer; None if it is neither, or not signed by the key it needs."""
    try:
        opened = wire.open_signed(signed, signer.public, wire.PLAN_LIMIT)
        document = wire.decode_document(opened.payload)
    except wire.WireError:
        return None
    key = next(each for each in signer.keys if each.kid == opened.kid)
    return (document, key.issuer) if isinstance(document, Plan | AlertSheet) and _may(key, document) else None


def sheet_of(session: Session, signed: bytes) -> AlertSheet:
    """A stored sheet, whichever of the keys that were ever ours signed it."""
    document = wire.decode_document(wire.open_signed(signed, partial(_written_down, session), wire.SHEET_LIMIT).payload)
    if not isinstance(document, AlertSheet):
        raise ValueError("not a sheet of ours")
    return document


def _written_down(session: Session, kid: str) -> OKPKey | None:
    row = session.get(KeyRow, kid)
    return None if row is None else wire.public_key(kid, row.x)


def adopt(
    session: Session,
    found: Iterable[bytes],
    standing: dict[tuple[str, str, str], Current],
    signer: Signer,
    now: datetime,
) -> list[Current]:
    """Keep what the broker holds of ours and is newer than what stands; a newer plan holds plans back."""
    adopted = []
    for signed in found:
        document, issuer = open_own(signed, signer) or (None, "")
        if document is not None and _newer(document.number, standing.get(name_of(document, issuer))):
            adopted.append(keep(session, document, issuer, content_of(document), signed, now, adopted=True))
            if isinstance(document, Plan) or document.number.sequence == LARGEST:
                _hold_plans(session, now)
    return adopted


def with_adopted(session: Session, said: AlertSheet, signer: Signer, now: datetime) -> AlertSheet:
    """What the office says in a zone, and what an adopted sheet says there and has not ended, as far as both fit."""
    own = {each.id for each in said.occurrences}
    rows = session.scalars(
        select(DocumentRow)
        .where(DocumentRow.kind == SHEET, DocumentRow.to == said.to, DocumentRow.issuer == said.issuer)
        .where(DocumentRow.adopted.is_(True), DocumentRow.signed_at > now - WITHDRAWN_FOR)
        .order_by(DocumentRow.id)
    )
    for row in rows:
        said = _joined(session, said, sheet_of(session, bytes(row.signed_bytes)), row.signed_at, now)
    return _fitting(said, own, signer)


def _joined(session: Session, said: AlertSheet, old: AlertSheet, since: datetime, now: datetime) -> AlertSheet:
    known = {each.id for each in said.occurrences}
    ended = _ended(session, said.to, old.occurrences)
    entries = [each for each in old.occurrences if each.ends_at > to_ms(now) and each.id not in known | ended]
    fresh = now - from_ms(old.issued_at) < WITHDRAWN_FOR
    withdrawn = [*said.withdrawn, *(each for each in old.withdrawn if fresh and each not in said.withdrawn)]
    muted = 0 if old.mute_until <= to_ms(now) or _mute_decided(session, said, since) else old.mute_until
    return said.model_copy(
        update={
            "occurrences": _in_order([*said.occurrences, *entries][:MOST_ENTRIES]),
            "withdrawn": tuple(sorted(withdrawn[:MOST_WITHDRAWN])),
            "mute_until": max(said.mute_until, muted),
        }
    )


def _in_order(entries: Iterable[SheetEntry]) -> tuple[SheetEntry, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.starts_at, entry.broadcast)))


def _fitting(said: AlertSheet, own: Collection[str], signer: Signer) -> AlertSheet:
    """Without adopted entries, the oldest first, for which there is no room beside what the office says."""
    old = [each for each in said.occurrences if each.id not in own]
    while old and len(signer.sign(said, said.issuer)) > wire.SHEET_LIMIT - _FOR_NUMBER:
        dropped = old.pop(0)
        log.error(
            "the sheet of %s has no room for %s any more, which a newer one of ours said", said.source, dropped.id
        )
        said = said.model_copy(update={"occurrences": tuple(e for e in said.occurrences if e != dropped)})
    return said


def _ended(session: Session, zone: str, entries: Iterable[SheetEntry]) -> set[str]:
    """Which of these the office took back or stopped since."""
    ids = [each.id for each in entries]
    taken_back = select(WithdrawalRow.occurrence_id).where(WithdrawalRow.zone_id == zone)
    stopped = select(PlayNowRow.occurrence_id).where(PlayNowRow.stopped_at.is_not(None))
    found = set(session.scalars(taken_back.where(WithdrawalRow.occurrence_id.in_(ids))))
    return found | set(session.scalars(stopped.where(PlayNowRow.occurrence_id.in_(ids))))


def _mute_decided(session: Session, said: AlertSheet, since: datetime) -> bool:
    """Whether somebody muted this zone, or lifted a mute, since the sheet was adopted."""
    chosen = select(MuteRow.id).where(MuteRow.zone_id == said.to, MuteRow.issuer == said.issuer)
    return (
        session.scalars(chosen.where((MuteRow.at > since) | (MuteRow.lifted_at > since)).limit(1)).first() is not None
    )


def _newer(number: Number, standing: Current | None) -> bool:
    return standing is None or standing.number < number


def _may(key: Key, document: Plan | AlertSheet) -> bool:
    own = not isinstance(document, AlertSheet) or document.issuer == key.issuer
    return own and not _RIGHTS[type(document)].isdisjoint(key.rights)


def _hold_plans(session: Session, now: datetime) -> None:
    site = session.scalars(select(SiteRow)).one()
    site.plans_held_at = site.plans_held_at or now
