"""Approval: by number and digest of what was seen, by paper, or returned with a reason; and what waits for whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, select

from controller.domain import broadcasts as life
from controller.domain.carrying import effective, own_allowed
from controller.domain.first_air import first_air
from controller.domain.problems import Problem
from controller.domain.sessions import Book, book
from controller.domain.tree import named_areas
from controller.domain.values import AreaId, Broadcast, BroadcastId, Lane, PersonId, VersionState, from_ms
from controller.operations.acting import Act, operation, query
from controller.operations.approvers import Approver, eligible, everyone
from controller.operations.broadcasts import existing
from controller.operations.errors import Conflict, NotAllowed, NotFound, not_found
from controller.operations.rights import Right, may
from controller.operations.saving import store
from controller.storage import queries
from controller.storage.tables import BroadcastRow, PersonRow, VersionRow

SOON = timedelta(minutes=60)
"""How long before its first air what waits stands on the page *Hôm nay*, of the approver and of the deputy."""


REMEMBERED = timedelta(days=14)
"""How long what was returned is shown to those who write."""


class Turn(StrEnum):
    """Which of those who may approve somebody is: the one asked, the next, or one of the others."""

    APPROVER = "approver"
    DEPUTY = "deputy"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that waits for a person's approval.

    `starts_at`: the next planned start (in a session the session's; None: no start is left). `late`: its first air
    after it was submitted is at most 60 minutes ahead, or past. `link`: the page where it is decided.
    """

    broadcast: BroadcastId
    number: int
    digest: str
    title: str
    owner: AreaId
    areas: tuple[str, ...]
    author: str
    submitted_at: datetime
    starts_at: datetime | None
    late: bool
    turn: Turn
    asked: tuple[str, ...]

    @property
    def link(self) -> str:
        """Where it is decided; the address gives nobody a right."""
        return f"/approvals/{self.broadcast}"

    @property
    def on_today(self) -> bool:
        """Whether it stands on the person's *Hôm nay*."""
        return self.late and self.turn is not Turn.OTHER


@dataclass(frozen=True, slots=True)
class Paper:
    """An approval on paper that was recorded in the name of a person, who has not seen it yet."""

    broadcast: BroadcastId
    number: int
    title: str
    recorder: str
    recorded_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A version that waits for approval or was returned, in a branch where the person writes.

    `asked`: the approver and the deputy.
    """

    broadcast: BroadcastId
    number: int
    title: str
    author: str
    mine: bool
    returned: bool
    why: str
    at: datetime
    starts_at: datetime | None
    asked: tuple[str, ...]


@operation(Right.APPROVE)
def approve_version(act: Act, broadcast: BroadcastId, number: int, digest: str) -> None:
    """What the approver saw under this digest is to be aired; never a version of their own unless the area allows."""
    found = existing(act, broadcast)
    act.permit(found.owner)
    _require_places(act, found)
    own = life.wrote(found, number, act.actor.person)
    if own and not own_allowed(act.tree, found.owner):
        raise NotAllowed(Problem("", "own_version", "You wrote this version: somebody else has to approve it."))
    store(act, life.approve(found, number, digest, act.actor.person, act.now), number)
    act.record("approve_version", "broadcast", broadcast, found.owner, number=number, digest=digest, own=own)


def _require_places(act: Act, found: Broadcast) -> None:
    """A place may have gone, or gone elsewhere, while the version waited: what is left is to return it."""
    try:
        act.permit_sound(found.owner, _areas(found))
    except NotFound as error:
        message = "A place that it names is no longer yours. Return it, so that its author chooses the places anew."
        raise Conflict(Problem("", "place_gone", message)) from error


@operation(Right.APPROVE)
def return_version(act: Act, broadcast: BroadcastId, number: int, why: str, digest: str | None = None) -> None:
    """Gives the newest version back to its author with a reason; `digest`: of what was seen, where it was shown."""
    found = existing(act, broadcast)
    act.permit(found.owner)
    store(act, life.give_back(found, number, why, act.actor.person, act.now, digest), number)
    act.record("return_version", "broadcast", broadcast, found.owner, number=number, why=why)


@operation(Right.PAPER_APPROVAL)
def approve_on_paper(act: Act, broadcast: BroadcastId, number: int, digest: str, approver: PersonId, note: str) -> None:
    """Records that an approver signed on paper; they have the right there, did not write it, and see it marked."""
    found = existing(act, broadcast)
    act.permit_sound(found.owner, _areas(found))
    signer = next((each for each in eligible(act, everyone(act), found) if each.person == approver), None)
    if signer is None or life.wrote(found, number, approver):
        raise not_found("approver")
    made = life.approve_on_paper(found, number, digest, approver, act.actor.person, note, act.now)
    store(act, made, number)
    details = {"number": number, "digest": digest, "approver": approver, "signer": signer.name, "why": note}
    act.record("approve_on_paper", "broadcast", broadcast, found.owner, **details)


@operation(Right.APPROVE)
def see_paper(act: Act, broadcast: BroadcastId, number: int) -> None:
    """The approver saw what was recorded in their name."""
    found = existing(act, broadcast)
    act.permit(found.owner)
    version = next((each for each in found.versions if each.number == number), None)
    if version is None or version.paper_by is None or version.decided_by != act.actor.person:
        raise not_found()
    if version.paper_seen_at is None:
        store(act, life.see_paper(found, number, act.now), number)
    act.record("see_paper", "broadcast", broadcast, found.owner, number=number)


@query(Right.READ)
def waiting(act: Act) -> tuple[Waiting, ...]:
    """What the person may approve and nobody has decided yet, the earliest start first."""
    act.permit_somewhere()
    found = _submitted(act)
    if not found:
        return ()
    every, names, sessions = everyone(act), _names(act, found), book(act.tree)
    each = [(one, eligible(act, every, one)) for one in found]
    mine = [_waiting(act, one, allowed, names, sessions) for one, allowed in each if _among(act, allowed)]
    return tuple(sorted(mine, key=_earliest))


@query(Right.READ)
def papers(act: Act) -> tuple[Paper, ...]:
    """What was recorded as approved by the person on paper and they have not seen yet, the oldest first."""
    act.permit_somewhere()
    rows = act.session.execute(
        select(VersionRow, PersonRow.name)
        .join(PersonRow, PersonRow.id == VersionRow.paper_by)
        .where(VersionRow.decided_by == act.actor.person, VersionRow.paper_seen_at.is_(None))
        .order_by(VersionRow.decided_at)
    )
    return tuple(_paper(row, name) for row, name in rows)


@query(Right.READ)
def asked(act: Act) -> tuple[Asked, ...]:
    """What waits or was lately returned where the person writes: returned first, then the earliest start."""
    act.permit_somewhere()
    near = [each for each in _open(act) if may(act.tree, act.grants, Right.SUBMIT, each.owner)]
    if not near:
        return ()
    every, names, sessions = everyone(act), _names(act, near), book(act.tree)
    found = [_asked(act, each, eligible(act, every, each), names, sessions) for each in near]
    return tuple(sorted(found, key=lambda one: (not one.returned, one.starts_at is None, one.starts_at or one.at)))


def _paper(row: VersionRow, recorder: str) -> Paper:
    at, note = row.decided_at or row.created_at, row.paper_note or ""
    return Paper(BroadcastId(row.broadcast_id), row.number, row.title, recorder, at, note)


def _earliest(one: Waiting) -> tuple[bool, datetime, str]:
    return one.starts_at is None, one.starts_at or one.submitted_at, one.broadcast


def _areas(broadcast: Broadcast) -> tuple[AreaId, ...]:
    return named_areas(life.named_places(broadcast))


def _submitted(act: Act) -> tuple[Broadcast, ...]:
    """The broadcasts that wait, withdrawn ones not."""
    waits = VersionRow.state == VersionState.SUBMITTED.value
    return tuple(each for each in _with(act, waits) if life.waits(each))


def _open(act: Act) -> tuple[Broadcast, ...]:
    """Those that wait, and those whose newest version was returned lately."""
    returned = (VersionRow.state == VersionState.RETURNED.value) & (VersionRow.decided_at >= act.now - REMEMBERED)
    found = _with(act, (VersionRow.state == VersionState.SUBMITTED.value) | returned)
    return tuple(each for each in found if each.versions[-1].state in (VersionState.SUBMITTED, VersionState.RETURNED))


def _with(act: Act, such: ColumnElement[bool]) -> tuple[Broadcast, ...]:
    """The broadcasts, withdrawn ones not, that have such a version."""
    ids = act.session.scalars(
        select(VersionRow.broadcast_id)
        .join(BroadcastRow, BroadcastRow.id == VersionRow.broadcast_id)
        .where(such, BroadcastRow.withdrawn_at.is_(None), BroadcastRow.lane == Lane.PLAN.value)
        .distinct()
    ).all()
    return queries.broadcasts(act.session, map(BroadcastId, ids)) if ids else ()


def _heard_in(act: Act, found: Broadcast) -> tuple[str, ...]:
    """The names of the places of its newest version."""
    content = effective(life.as_if_approved(found, act.now), found.versions[-1])
    named = named_areas(content.places) if content and content.places else ()
    return tuple(act.tree.areas[area].name for area in named if area in act.tree.areas)


def _names(act: Act, found: Iterable[Broadcast]) -> Mapping[str, str]:
    authors = {version.author for each in found for version in each.versions}
    rows = act.session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(sorted(authors))))
    return {row.id: row.name for row in rows}


def _among(act: Act, may: Iterable[Approver]) -> bool:
    return any(each.person == act.actor.person for each in may)


def _waiting(
    act: Act, found: Broadcast, may: tuple[Approver, ...], names: Mapping[str, str], sessions: Book
) -> Waiting:
    version = found.versions[-1]
    since = version.submitted_at or version.created_at
    first, coming = first_air(found, since, sessions), first_air(found, act.now, sessions)
    place = [each.person for each in may].index(act.actor.person)
    return Waiting(
        broadcast=found.id,
        number=version.number,
        digest=version.digest,
        title=version.content.title,
        owner=found.owner,
        areas=_heard_in(act, found),
        author=names.get(version.author, ""),
        submitted_at=since,
        starts_at=from_ms(coming.starts_at) if coming else None,
        late=first is not None and from_ms(first.starts_at) - SOON <= act.now,
        turn=(Turn.APPROVER, Turn.DEPUTY)[place] if place < 2 else Turn.OTHER,
        asked=tuple(each.name for each in may[:2]),
    )


def _asked(
    act: Act, found: Broadcast, may_decide: tuple[Approver, ...], names: Mapping[str, str], sessions: Book
) -> Asked:
    version = found.versions[-1]
    coming = first_air(found, act.now, sessions)
    return Asked(
        broadcast=found.id,
        number=version.number,
        title=version.content.title,
        author=names.get(version.author, ""),
        mine=version.author == act.actor.person,
        returned=version.state is VersionState.RETURNED,
        why=version.returned_why or "",
        at=version.decided_at or version.submitted_at or version.created_at,
        starts_at=from_ms(coming.starts_at) if coming else None,
        asked=tuple(each.name for each in may_decide[:2]),
    )
