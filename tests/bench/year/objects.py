"""What stands in the year's office, by kind: what its pages are asked about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.domain.values import Lane, VersionState, to_ms
from controller.storage.engine import reading
from controller.storage.tables import (
    AreaPeriodRow,
    AssetRow,
    BroadcastRow,
    GrantRow,
    NodeRow,
    OwedRow,
    PersonRow,
    PlayNowRow,
    ProgrammeRow,
    SilenceRow,
    VersionRow,
    ZoneRow,
)
from tests.bench.year.decided import HERE
from tests.support.two_communes import Objects


def objects(engine: Engine) -> Objects:
    """An id of each kind, of what is in the midst of things today."""
    with reading(engine) as session:
        return _places(session) | _people(session) | _decisions(session)


def _places(session: Session) -> Objects:
    commune = session.scalars(select(AreaPeriodRow.area_id).where(AreaPeriodRow.parent_id.is_(None))).one()
    node = session.scalars(select(NodeRow).order_by(NodeRow.enrolled_at)).first()
    assert node is not None
    zone = session.scalars(select(ZoneRow.id).where(ZoneRow.area_id == node.home_hamlet_id)).one()
    return {"commune": commune, "area": node.home_hamlet_id, "node": node.id, "area_zone": zone, "zone": zone}


def _people(session: Session) -> Objects:
    person = session.scalars(select(PersonRow.id).where(PersonRow.username == "approver")).one()
    grant = session.scalars(select(GrantRow.id).where(GrantRow.person_id == person)).one()
    return {"person": person, "grant": grant}


def _decisions(session: Session) -> Objects:
    found = {state.value: _broadcast(session, state) for state in VersionState}
    now = to_ms(datetime.now(HERE))
    planned = select(OwedRow.occurrence_id).where(OwedRow.lane == Lane.PLAN.value, OwedRow.gone_at.is_(None))
    aired = session.scalars(planned.where(OwedRow.starts_at_ms < now).order_by(OwedRow.starts_at_ms.desc())).first()
    coming = session.scalars(planned.where(OwedRow.nominal_ms > now).order_by(OwedRow.starts_at_ms)).first()
    withdrawn = session.scalars(select(BroadcastRow.id).where(BroadcastRow.withdrawn_at.is_not(None))).one()
    assert aired is not None
    assert coming is not None
    return {
        **found,
        "occurrence": aired,
        "coming": coming,
        "withdrawn": withdrawn,
        "alarm": session.scalars(select(PlayNowRow.occurrence_id).where(PlayNowRow.message == "storm")).first() or "",
        "silence": session.scalars(select(SilenceRow.id).order_by(SilenceRow.end_at.desc())).first() or "",
        "programme": session.scalars(select(ProgrammeRow.id)).first() or "",
        "asset": session.scalars(select(AssetRow.sha256).order_by(AssetRow.made_at.desc())).first() or "",
    }


def _broadcast(session: Session, state: VersionState) -> str:
    """The last one in a state that airs in a plan."""
    chosen = (
        select(VersionRow.broadcast_id)
        .join(BroadcastRow, BroadcastRow.id == VersionRow.broadcast_id)
        .where(VersionRow.state == state.value, BroadcastRow.lane == Lane.PLAN.value)
        .order_by(VersionRow.until_day.desc(), VersionRow.broadcast_id)
    )
    return session.scalars(chosen).first() or ""
