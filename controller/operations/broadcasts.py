"""Broadcasts: drafted, submitted, withdrawn. An edit is a new version on top of the newest; approving.py decides it."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.checks import problems
from controller.domain.clashes import Clash, clashes
from controller.domain.problems import Problem
from controller.domain.tree import branch, named_areas, path, places_of_zones, time_zone, within
from controller.domain.values import (
    AreaId,
    Assets,
    Broadcast,
    BroadcastId,
    Content,
    Lane,
    Places,
    Programme,
    ProgrammeId,
    Scope,
    Sha256,
    ZoneId,
    from_ms,
)
from controller.domain.verdicts import GoneCause
from controller.operations.acting import Act, operation
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.quiet import take_back
from controller.operations.rights import Reach, Right
from controller.storage import queries
from controller.storage.mapping import programme_value, version_columns
from controller.storage.tables import AssetEntryRow, BroadcastRow, ProgrammeRow, VersionRow


@operation(Right.DRAFT)
def create_broadcast(act: Act, owner: AreaId, programme: ProgrammeId, scope: Scope, content: Content) -> str:
    """A broadcast with its first draft; gives its id."""
    act.permit_sound(owner, named_areas(content.places or Places()))
    made = Broadcast(BroadcastId(act.office.new_id()), programme_of(act, owner, programme), owner, ())
    row = BroadcastRow(
        id=made.id,
        programme_id=programme,
        area_id=owner,
        lane=Lane.PLAN.value,
        created_by=act.actor.person,
        created_at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    drafted = _draft(act, made, scope, content)
    act.record("create_broadcast", "broadcast", made.id, owner, title=content.title, digest=drafted.versions[-1].digest)
    return made.id


@operation(Right.DRAFT)
def revise_broadcast(act: Act, broadcast: BroadcastId, base: int, scope: Scope, content: Content) -> int:
    """A new draft on top of version `base`, which must be the newest; gives its number."""
    found = existing(act, broadcast)
    act.permit_sound(found.owner, named_areas(content.places or Places()))
    newest = life.newest(found)
    if newest is not None and newest.number != base:
        params = {"number": str(newest.number)}
        raise Conflict(Problem("base", "conflict", "There is a newer version, number {number}.", params))
    drafted = _draft(act, found, scope, content).versions[-1]
    act.record("revise_broadcast", "broadcast", broadcast, found.owner, number=drafted.number, digest=drafted.digest)
    return drafted.number


@operation(Right.SUBMIT)
def submit_version(act: Act, broadcast: BroadcastId, number: int) -> None:
    """The newest version asks for approval, and holds its place from now on."""
    found = existing(act, broadcast)
    act.permit_sound(found.owner, _all_places(found))
    submitted = life.submit(found, number, act.now)
    _require_no_clash(act, submitted)
    store(act, submitted, number)
    act.record("submit_version", "broadcast", broadcast, found.owner, number=number)


@operation(Right.WITHDRAW)
def withdraw_broadcast(act: Act, broadcast: BroadcastId, why: str = "") -> None:
    """Takes the broadcast as a whole back: what is to come is not planned, what sounds or starts within 24 h stops."""
    found = existing(act, broadcast)
    act.permit(found.owner)
    life.withdraw(found, act.now)
    row = act.session.get_one(BroadcastRow, broadcast)
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = act.now, act.actor.person, why or None
    taken = take_back(act, broadcast, GoneCause.WITHDRAWN)
    act.record("withdraw_broadcast", "broadcast", broadcast, found.owner, why=why, occurrences=taken)


def existing(act: Act, broadcast: BroadcastId) -> Broadcast:
    """The broadcast, if it is not foreign to the person."""
    found = queries.broadcast(act.session, broadcast)
    if found is None or act.reach(found.owner, life.all_places(found)) is Reach.FOREIGN:
        raise not_found()
    return found


def places_named(act: Act, zones: Iterable[ZoneId]) -> Places:
    """Zones as places; a hand-made one with its hamlets written down. Raises NotFound for what is no zone."""
    wanted = list(zones)
    if not set(wanted) <= set(act.tree.zones):
        raise not_found("places")
    return places_of_zones(act.tree.zones[zone] for zone in wanted)


def programme_of(act: Act, owner: AreaId, programme: ProgrammeId) -> Programme:
    """A programme of the owner area or one above it. Raises NotFound."""
    row = act.session.get(ProgrammeRow, programme)
    if row is None or row.removed_at is not None or not within(act.tree, owner, AreaId(row.area_id)):
        raise not_found("programme")
    return programme_value(row)


def usable_assets(act: Act, owner: AreaId, held: Iterable[Sha256] = ()) -> Assets:
    """The audio that an owner area may air: of its own library, of those above and below it, and what it `held`."""
    entries = act.session.execute(
        select(AssetEntryRow.sha256, AssetEntryRow.area_id).where(AssetEntryRow.removed_at.is_(None))
    )
    near = {step.id for step in path(act.tree, owner)} | branch(act.tree, owner)
    hashes = {Sha256(sha256) for sha256, area in entries if area in near}
    return queries.assets(act.session, hashes | set(held))


def _all_places(broadcast: Broadcast) -> tuple[AreaId, ...]:
    return named_areas(life.all_places(broadcast))


def _draft(act: Act, broadcast: Broadcast, scope: Scope, content: Content) -> Broadcast:
    drafted = life.draft(broadcast, scope, content, act.actor.person, act.now)
    wrong = problems(scope, content, act.tree, usable_assets(act, broadcast.owner, life.hashes(broadcast)))
    if wrong:
        raise Invalid(*wrong)
    _require_no_clash(act, drafted)
    version = drafted.versions[-1]
    act.session.add(VersionRow(broadcast_id=broadcast.id, **version_columns(version)))
    return drafted


def store(act: Act, broadcast: Broadcast, number: int) -> None:
    """Writes a version that was decided."""
    version = next(each for each in broadcast.versions if each.number == number)
    row = act.session.get_one(VersionRow, (broadcast.id, number))
    for column, value in version_columns(version).items():
        setattr(row, column, value)


def _require_no_clash(act: Act, broadcast: Broadcast) -> None:
    """Submitted versions hold their place, drafts do not; withdrawn broadcasts and play now clash with nothing."""
    coming = queries.broadcasts(act.session, since=act.now.date())
    others = [each for each in coming if each.lane is Lane.PLAN]
    placed = [life.as_if_approved(each, act.now) if life.waits(each) else each for each in others]
    found = clashes(life.as_if_approved(broadcast, act.now), placed, act.tree, queries.assets(act.session), act.now)
    if found:
        zone = time_zone(act.tree, broadcast.owner)
        raise Conflict(*(_clash(act, each, placed, zone) for each in found))


def _clash(act: Act, clash: Clash, others: list[Broadcast], zone: ZoneInfo) -> Problem:
    """Names the other broadcast, unless it is foreign: of that only the time is said."""
    at = from_ms(clash.starts_at).astimezone(zone).strftime("%d/%m/%Y %H:%M")
    other = next((each for each in others if each.id == clash.other), None)
    if other is not None and act.reach(other.owner, life.all_places(other)) is Reach.FOREIGN:
        message = "On {at} {node} already has something else, of the same precedence."
        return Problem("recurrence", "clash", message, {"node": clash.node_name, "at": at})
    message = "On {at} {node} already has “{other}”, of the same precedence: say which goes first by its rank."
    params = {"node": clash.node_name, "at": at, "other": clash.title, "broadcast": clash.other}
    return Problem("recurrence", "clash", message, params)
