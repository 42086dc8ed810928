"""The alert sheets: computed for every zone that has something to say, signed where they differ."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from controller.domain import sheets
from controller.domain.alarms import EMERGENCY
from controller.domain.owed import owed_of_sheet
from controller.domain.planning import UNNUMBERED, listener_at
from controller.domain.values import BroadcastId, OccurrenceId, Owed, Sha256, ZoneId, to_ms
from controller.exchange import first_told, owing, restoring
from controller.exchange.commune import Commune
from controller.exchange.documents import (
    SHEET,
    Current,
    NoNumberLeft,
    content_of,
    differs,
    next_number,
    store,
    tell_once,
)
from controller.exchange.office import Office, Standing
from controller.storage import queries
from controller.storage.books import message_book
from controller.storage.tables import MuteRow, PlayNowRow, PlayNowZoneRow, WithdrawalRow
from controller.storage.taken_back import begun
from playlists.models import AlertSheet, SheetEntry

log = logging.getLogger(__name__)


def sign_sheets(session: Session, office: Office, standing: Standing, now: datetime) -> list[Current]:
    """Sign every sheet that says something else than the last one under its name; what they make owed is written."""
    found = (
        _sign(session, office, zone, issuer, standing, now) for zone, issuer in _wanted(session, office, standing, now)
    )
    return [current for current in found if current is not None]


def owe_newcomers(session: Session, office: Office, standing: Standing, now: datetime) -> None:
    """Nodes that joined a zone while its sheet lives owe what it says."""
    for (kind, zone, _), current in standing.items():
        if kind == SHEET and current.content != _empty(zone, current.name[2]):
            sheet = restoring.sheet_of(session, current.signed)
            _owe(session, office, sheet, {each.id for each in sheet.occurrences}, now)


def owe_answers(session: Session, office: Office, standing: Standing, now: datetime) -> None:
    """Nodes of which a START became known since owe the words that answer it."""
    for (kind, zone, issuer), current in standing.items():
        if kind == SHEET and issuer == EMERGENCY and current.content != _empty(zone, issuer):
            sheet = restoring.sheet_of(session, current.signed)
            _owe(session, office, sheet, {each.id for each in sheet.occurrences if each.answers}, now)


def _wanted(session: Session, office: Office, standing: Standing, now: datetime) -> list[tuple[str, str]]:
    """Zones and issuers with something to say, or whose last sheet said something."""
    at = to_ms(now)
    playing = select(PlayNowZoneRow.zone_id, PlayNowRow.issuer).join(
        PlayNowRow, PlayNowRow.occurrence_id == PlayNowZoneRow.occurrence_id
    )
    playing = playing.where(PlayNowRow.stopped_at.is_(None))
    playing = playing.where(or_(PlayNowRow.ends_at_ms.is_(None), PlayNowRow.ends_at_ms > at))
    withdrawn = select(WithdrawalRow.zone_id, WithdrawalRow.issuer).where(WithdrawalRow.until_ms > at)
    mute = select(MuteRow.zone_id, MuteRow.issuer).where(MuteRow.until_ms > at, MuteRow.lifted_at.is_(None))
    speaking = {(zone, issuer) for zone, issuer in session.execute(union(playing, withdrawn, mute))}
    speaking |= {
        (zone, issuer)
        for (kind, zone, issuer), last in standing.items()
        if kind == SHEET
        and issuer in office.issuers
        and differs(last, _empty(zone, issuer), office.epoch, office.kid(issuer))
    }
    return sorted(each for each in speaking if each[1] in office.issuers)


def _sign(
    session: Session, office: Office, zone: str, issuer: str, standing: Standing, now: datetime
) -> Current | None:
    last = standing.get((SHEET, zone, issuer))
    try:
        said = _said(session, office.commune, ZoneId(zone), issuer, now)
        said = restoring.with_adopted(session, said, office.signer, now)
        content = content_of(said)
        if last is None and content == _empty(zone, issuer):
            return None
        if last is not None and not differs(last, content, office.epoch, office.kid(issuer)):
            first_told.note_sheet(session, said, last.number, now)
            return None
        number = next_number(last.number if last else None, office.epoch, now)
        document = said.model_copy(update={"number": number, "issued_at": to_ms(now)})
        before = restoring.sheet_of(session, last.signed).occurrences if last else ()
        current = store(session, office.signer, document, issuer, content, now)
        first_told.note_sheet(session, document, number, now)
    except NoNumberLeft as error:
        tell_once((SHEET, zone, issuer), str(error))
        return None
    except (ValueError, LookupError) as error:
        # One zone that cannot be told must not keep the others from being stopped or muted.
        log.error("no sheet of %s for %s: %s", issuer, zone, error)
        return None
    _owe(session, office, document, {each.id for each in {*before} ^ {*document.occurrences}}, now)
    return current


def _said(session: Session, commune: Commune, zone: ZoneId, issuer: str, now: datetime) -> AlertSheet:
    at = to_ms(now)
    played = queries.play_nows(session, zone, issuer, commune.tree, at)
    hashes = {Sha256(each.asset) for one in played for item in one.playlist for each in item.recordings}
    return sheets.sheet(
        zone,
        issuer,
        played,
        queries.withdrawals(session, zone, issuer, at),
        queries.mutes(session, zone, issuer, at),
        queries.assets(session, hashes) if hashes else {},
        now,
    )


def _owe(session: Session, office: Office, document: AlertSheet, changed: set[str], now: datetime) -> None:
    """What the changed entries of a sheet make the nodes of its zone owe, or no longer.

    An entry whose broadcast a restored database lost owes nothing.
    """
    if not changed:
        return
    entries = tuple(each for each in document.occurrences if each.id in changed)
    named = {BroadcastId(each.broadcast) for each in entries}
    known = {each.id: each for each in queries.broadcasts(session, named)} if named else {}
    ours = document.model_copy(update={"occurrences": tuple(e for e in entries if e.broadcast in known)})
    tree, book = office.commune.tree, message_book(session)
    listeners = [listener_at(tree.nodes[node], tree, {}) for node in office.commune.nodes_of(document.to)]
    owed = [each for listener in listeners for each in owed_of_sheet(ours, listener, known, book)]
    owed = _where_begun(session, owed, entries)
    gone = changed - {each.id for each in entries}
    before = owing.known_of_zone(session, document, changed - gone, gone)
    owing.update(session, before, owed, document.number, now)


def _where_begun(session: Session, owed: list[Owed], entries: Iterable[SheetEntry]) -> list[Owed]:
    """What answers an alarm is owed only where the alarm has begun."""
    answered = {each.id: each.answers for each in entries if each.answers}
    if not answered:
        return owed
    started = begun(session, {OccurrenceId(id_) for answers in answered.values() for id_ in answers})
    return [
        each
        for each in owed
        if each.occurrence not in answered
        or any((each.node, OccurrenceId(id_)) in started for id_ in answered[each.occurrence])
    ]


def _empty(zone: str, issuer: str) -> str:
    return content_of(AlertSheet(to=zone, issuer=issuer, number=UNNUMBERED, issued_at=0))
