"""An alarm of yesterday's kind in the year's office: raised, and stopped at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.domain.values import AreaId, OccurrenceId, PersonId, ZoneId
from controller.operations import alarming
from controller.operations.acting import Actor, Office
from controller.operations.alarm_rows import AlarmWish
from controller.operations.secrets import random_id
from controller.storage.engine import reading
from controller.storage.tables import AreaPeriodRow, PersonRow, ZoneRow


class _Nobody:
    """Nobody waits for a nudge."""

    def nudge(self) -> None:
        """Nothing."""


def alarm(engine: Engine, now: datetime) -> None:
    """Raised by the approver in the whole commune, and stopped."""
    office = Office(engine, _Nobody(), lambda: now, random_id)
    with reading(engine) as session:
        actor, wish = _approver(session), _wish(session)
    raised = alarming.raise_alarm(office, actor, wish)
    alarming.stop_alarm(office, actor, OccurrenceId(raised))


def _approver(session: Session) -> Actor:
    row = session.scalars(select(PersonRow).where(PersonRow.username == "approver")).one()
    return Actor(PersonId(row.id), row.name)


def _wish(session: Session) -> AlarmWish:
    commune = session.scalars(select(AreaPeriodRow.area_id).where(AreaPeriodRow.parent_id.is_(None))).one()
    zone = session.scalars(select(ZoneRow.id).where(ZoneRow.area_id == commune)).one()
    return AlarmWish(AreaId(commune), "storm", (ZoneId(zone),))
