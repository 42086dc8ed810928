"""With which document a mute, a withdrawal or a silence first went out: who holds it or a later one has answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from controller.domain.silences import PlacedSilence, told_by
from controller.domain.values import Lane, Node, Tree, to_ms
from controller.storage.tables import MuteRow, OwedRow, PlayNowRow, SilenceToldRow, WithdrawalRow
from controller.storage.writing import put
from playlists.models import AlertSheet, Number, Plan


def note_sheet(session: Session, sheet: AlertSheet, number: Number, now: datetime) -> None:
    """The mutes and withdrawals that a sheet carries and none before it did, and what it was the first to leave out."""
    muted = select(MuteRow).where(MuteRow.zone_id == sheet.to, MuteRow.issuer == sheet.issuer)
    muted = muted.where(MuteRow.sequence.is_(None), MuteRow.lifted_at.is_(None), MuteRow.until_ms <= sheet.mute_until)
    back = select(WithdrawalRow).where(WithdrawalRow.zone_id == sheet.to, WithdrawalRow.issuer == sheet.issuer)
    back = back.where(WithdrawalRow.sequence.is_(None), WithdrawalRow.occurrence_id.in_(sheet.withdrawn))
    for row in (*session.scalars(muted), *session.scalars(back)):
        row.epoch, row.sequence = number.epoch, number.sequence
    stopped = select(PlayNowRow.occurrence_id).where(
        PlayNowRow.stopped_at.is_not(None), PlayNowRow.ends_at_ms > to_ms(now)
    )
    ours = (OwedRow.occurrence_id.in_(stopped), OwedRow.zone_id == sheet.to, OwedRow.issuer == sheet.issuer)
    _note_gone(list(session.scalars(_GONE.where(*ours))), lambda: {each.id for each in sheet.occurrences}, number)


def note_absence(session: Session, plan: Plan, number: Number, now: datetime) -> None:
    """The airings that somebody took back, that a node's plan no longer holds and that every plan before it did."""
    rows = list(session.scalars(_GONE_OF_PLAN, {"node": plan.to, "now": to_ms(now)}))
    _note_gone(rows, lambda: {each.id for each in plan.occurrences()}, number)


_GONE = select(OwedRow).where(OwedRow.gone_at.is_not(None), OwedRow.gone_sequence.is_(None))
_GONE_OF_PLAN = _GONE.where(
    OwedRow.node_id == bindparam("node"), OwedRow.lane == Lane.PLAN.value, OwedRow.ends_at_ms > bindparam("now")
)


def _note_gone(rows: list[OwedRow], held: Callable[[], set[str]], number: Number) -> None:
    still = held() if rows else set()
    for row in rows:
        if row.occurrence_id not in still:
            row.gone_epoch, row.gone_sequence = number.epoch, number.sequence


def note_plan(
    session: Session, plan: Plan, number: Number, tree: Tree, node: Node, silences: Iterable[PlacedSilence]
) -> None:
    """The silences that a node's plan carries as they last now, and none before it did."""
    carried = [each for each in silences if told_by(plan.silences, plan.window, tree, node, each)]
    if not carried:
        return
    told = select(SilenceToldRow.silence_id, SilenceToldRow.until_at).where(SilenceToldRow.node_id == node.id)
    known = {row.silence_id: row.until_at for row in session.execute(told)}
    fresh = [each for each in carried if known.get(each.id) != each.until]
    said = {"node_id": node.id, "epoch": number.epoch, "sequence": number.sequence}
    put(session, SilenceToldRow, [{"silence_id": each.id, "until_at": each.until, **said} for each in fresh])
