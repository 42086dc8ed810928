"""Standing approvals: an asset that may be aired in an area up to a day, whoever plans it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from controller.domain import carrying
from controller.domain.carrying import StandingApproval, StandingId
from controller.domain.problems import Problem
from controller.domain.tree import named_areas, time_zone, within
from controller.domain.values import AreaId, Broadcast, BroadcastId, Content, Sha256, Version, VersionState
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right, may
from controller.operations.saving import store, usable_assets
from controller.storage import queries
from controller.storage.tables import AssetEntryRow, BroadcastRow, PersonRow, StandingApprovalRow, VersionRow


@dataclass(frozen=True, slots=True)
class StandingView:
    """A standing approval in words. `ends_soon`: within 7 days; `resting`: what is planned because of it, by title.

    `mine`: the person may revoke it.
    """

    id: StandingId
    area: AreaId
    area_name: str
    asset: Sha256
    title: str
    until: date
    by: str
    ends_soon: bool
    resting: tuple[tuple[BroadcastId, str], ...]
    mine: bool


@operation(Right.APPROVE)
def grant_standing(act: Act, area: AreaId, asset: Sha256, until: date) -> str:
    """The asset may be aired in an area up to and on a day; gives the approval's id."""
    act.permit(area, "area")
    if asset not in usable_assets(act, area, (asset,)):
        raise not_found("asset")
    if until < _today(act, area):
        raise Invalid(Problem("until", "past", "This day is past."))
    row = StandingApprovalRow(
        id=act.office.new_id(), area_id=area, sha256=asset, until=until, by=act.actor.person, at=act.now
    )
    act.session.add(row)
    act.record("grant_standing", "asset", asset, area, standing=row.id, until=until.isoformat())
    return row.id


@operation(Right.APPROVE)
def revoke_standing(act: Act, standing: StandingId) -> int:
    """It counts no longer: later starts of what rested on it are not planned; gives how many versions that concerns."""
    row = act.session.get(StandingApprovalRow, standing)
    if row is None or not may(act.tree, act.grants, Right.READ, AreaId(row.area_id)):
        raise not_found()
    act.permit(AreaId(row.area_id))
    if row.revoked_at is not None:
        raise Conflict(Problem("", "revoked", "This standing approval was revoked already."))
    row.revoked_at, row.revoked_by = act.now, act.actor.person
    act.session.flush()
    shortened = _shorten(act, Sha256(row.sha256))
    act.record("revoke_standing", "asset", row.sha256, AreaId(row.area_id), standing=row.id, versions=shortened)
    return shortened


@query(Right.READ)
def standing(act: Act) -> tuple[StandingView, ...]:
    """The standing approvals of the person's branches and above that still count, the first to end first."""
    return _views(act, _near(act))


@query(Right.READ)
def standing_ending(act: Act) -> tuple[StandingView, ...]:
    """Those that end within 7 days."""
    near = _near(act)
    return _views(act, [each for each in near if carrying.ending([each], _today(act, each.area))])


def _near(act: Act) -> list[StandingApproval]:
    tops = act.permit_somewhere()
    return [
        each
        for each in queries.standing_approvals(act.session)
        if each.area in act.tree.areas and each.until >= _today(act, each.area)
        if any(within(act.tree, each.area, top) or within(act.tree, top, each.area) for top in tops)
    ]


def _views(act: Act, found: Iterable[StandingApproval]) -> tuple[StandingView, ...]:
    known = sorted(found, key=lambda each: (each.until, each.id))
    if not known:
        return ()
    titles = _titles(act, {each.asset for each in known})
    people = select(PersonRow).where(PersonRow.id.in_({each.by for each in known}))
    names = {row.id: row.name for row in act.session.scalars(people)}
    resting = _resting(act)
    return tuple(
        StandingView(
            id=each.id,
            area=each.area,
            area_name=act.tree.areas[each.area].name,
            asset=each.asset,
            title=titles.get(each.asset, ""),
            until=each.until,
            by=names.get(each.by, ""),
            ends_soon=bool(carrying.ending([each], _today(act, each.area))),
            resting=tuple((one.id, last.content.title) for one, last in resting if _uses(act, one, last, each)),
            mine=may(act.tree, act.grants, Right.APPROVE, each.area),
        )
        for each in known
    )


def _titles(act: Act, hashes: set[Sha256]) -> Mapping[Sha256, str]:
    rows = act.session.scalars(select(AssetEntryRow).where(AssetEntryRow.sha256.in_(hashes)))
    return {Sha256(row.sha256): row.title for row in rows}


def _resting(act: Act) -> list[tuple[Broadcast, Version]]:
    """The versions that are planned because of standing approvals and may still air."""
    rows = act.session.execute(
        select(VersionRow.broadcast_id, VersionRow.number)
        .join(BroadcastRow, BroadcastRow.id == VersionRow.broadcast_id)
        .where(VersionRow.state == VersionState.APPROVED.value, VersionRow.approved_until >= act.now.date())
        .where(VersionRow.approval_ended_at.is_(None), BroadcastRow.withdrawn_at.is_(None))
    ).all()
    numbers = {(row.broadcast_id, row.number) for row in rows}
    found = queries.broadcasts(act.session, {BroadcastId(row.broadcast_id) for row in rows})
    return [(each, version) for each in found for version in each.versions if (each.id, version.number) in numbers]


def _uses(act: Act, found: Broadcast, version: Version, approval: StandingApproval) -> bool:
    """Whether a version that the person may see rests on an approval."""
    content = carrying.effective(found, version)
    if content is None or content.places is None or not may(act.tree, act.grants, Right.READ, found.owner):
        return False
    inside = all(within(act.tree, area, approval.area) for area in named_areas(content.places))
    return inside and approval.asset in _assets(content)


def _shorten(act: Act, asset: Sha256) -> int:
    """To the day to which the approvals that are left hold, or to this moment."""
    left, shortened = queries.standing_approvals(act.session), 0
    for found, version in _resting(act):
        content = carrying.effective(found, version)
        if content is None or asset not in _assets(content):
            continue
        until = carrying.standing_until(_up_to(found, version), act.tree, left, act.now)
        changed = _shortened(version, until, act.now, _today(act, found.owner))
        if changed != version:
            store(act, replace(found, versions=(changed,)), version.number)
            shortened += 1
    return shortened


def _shortened(version: Version, until: date | None, now: datetime, today: date) -> Version:
    assert version.approved_until is not None
    if until is None:
        return replace(version, approved_until=min(version.approved_until, today), approval_ended_at=now)
    return replace(version, approved_until=min(version.approved_until, until))


def _up_to(found: Broadcast, version: Version) -> Broadcast:
    """The broadcast as it was with this version as its newest."""
    return replace(found, versions=tuple(each for each in found.versions if each.number <= version.number))


def _assets(content: Content) -> frozenset[Sha256]:
    return frozenset(each.asset for item in content.playlist or () for each in item.recordings)


def _today(act: Act, area: AreaId) -> date:
    return act.now.astimezone(time_zone(act.tree, area)).date()
