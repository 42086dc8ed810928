"""What a person wrote and nobody has approved: returned to them, or still waiting."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from controller.domain.first_air import first_air
from controller.domain.sessions import Book, book
from controller.domain.values import Broadcast, BroadcastId, Lane, VersionState, from_ms
from controller.operations.acting import Act
from controller.storage import queries
from controller.storage.tables import BroadcastRow, VersionRow

RETURNED_FOR = timedelta(days=14)
"""How long what was returned is spoken of."""
_UNDECIDED = (VersionState.SUBMITTED, VersionState.RETURNED)


@dataclass(frozen=True, slots=True)
class OwnWork:
    """A version of the person's since it was sent or returned (`why`); `starts_at`: its next planned start."""

    broadcast: BroadcastId
    title: str
    since: datetime
    why: str | None
    starts_at: datetime | None


def own_work(act: Act) -> tuple[OwnWork, ...]:
    """The returned first, then what waits, the earliest start first."""
    rows = act.session.scalars(
        select(VersionRow.broadcast_id)
        .join(BroadcastRow, BroadcastRow.id == VersionRow.broadcast_id)
        .where(VersionRow.author_id == act.actor.person, BroadcastRow.withdrawn_at.is_(None))
        .where(VersionRow.state.in_([state.value for state in _UNDECIDED]), BroadcastRow.lane == Lane.PLAN.value)
        .distinct()
    )
    ids = [BroadcastId(row) for row in rows]
    if not ids:
        return ()
    sessions = book(act.tree)
    found = [_own(act, each, sessions) for each in queries.broadcasts(act.session, ids)]
    return tuple(sorted((each for each in found if each), key=_order))


def _own(act: Act, found: Broadcast, sessions: Book) -> OwnWork | None:
    version = found.versions[-1]
    since = version.decided_at or version.submitted_at or version.created_at
    returned = version.state is VersionState.RETURNED
    if version.author != act.actor.person or version.state not in _UNDECIDED:
        return None
    if returned and act.now - since > RETURNED_FOR:
        return None
    first = first_air(found, act.now, sessions)
    why = version.returned_why or "" if returned else None
    return OwnWork(found.id, version.content.title, since, why, from_ms(first.starts_at) if first else None)


def _order(one: OwnWork) -> tuple[bool, bool, datetime, str]:
    return one.why is None, one.starts_at is None, one.starts_at or one.since, one.broadcast
