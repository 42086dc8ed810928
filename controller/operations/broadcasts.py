"""Broadcasts: drafted, submitted, withdrawn. An edit is a new version on top of the newest; approving.py decides it."""

from collections.abc import Iterable

from controller.domain import broadcasts as life
from controller.domain.problems import Problem
from controller.domain.tree import named_areas, places_of_zones, within
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    Content,
    Places,
    Programme,
    ProgrammeId,
    Scope,
    Version,
    ZoneId,
)
from controller.domain.verdicts import GoneCause
from controller.operations.acting import Act, operation
from controller.operations.errors import Conflict, not_found
from controller.operations.quiet import take_back
from controller.operations.rights import Reach, Right
from controller.operations.saving import asked, drafted, judged, require, store
from controller.storage import queries
from controller.storage.mapping import programme_value
from controller.storage.tables import BroadcastRow, ProgrammeRow


@operation(Right.DRAFT)
def create_broadcast(act: Act, owner: AreaId, programme: ProgrammeId, scope: Scope, content: Content) -> str:
    """A broadcast with its first draft; gives its id."""
    act.permit_sound(owner, named_areas(content.places or Places()))
    made = begun(act, owner, programme)
    begin(act, made)
    saved = _saved(act, made, scope, content)
    act.record("create_broadcast", "broadcast", made.id, owner, title=content.title, digest=saved.digest)
    return made.id


@operation(Right.DRAFT)
def revise_broadcast(act: Act, broadcast: BroadcastId, base: int, scope: Scope, content: Content) -> int:
    """A new draft on top of version `base`, which must be the newest; gives its number."""
    found = existing(act, broadcast)
    act.permit_sound(found.owner, named_areas(content.places or Places()))
    require_base(found, base)
    saved = _saved(act, found, scope, content)
    act.record("revise_broadcast", "broadcast", broadcast, found.owner, number=saved.number, digest=saved.digest)
    return saved.number


@operation(Right.SUBMIT)
def submit_version(act: Act, broadcast: BroadcastId, number: int) -> None:
    """The newest version asks for approval, and holds its place from now on; it has it at once if it carries one."""
    found = existing(act, broadcast)
    act.permit_sound(found.owner, named_areas(life.named_places(found)))
    submitted = asked(act, found, number)
    require(act, judged(act, submitted))
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


def begun(act: Act, owner: AreaId, programme: ProgrammeId) -> Broadcast:
    """A new broadcast without a version; nothing is written. Raises NotFound."""
    return Broadcast(BroadcastId(act.office.new_id()), programme_of(act, owner, programme), owner, ())


def begin(act: Act, broadcast: Broadcast) -> None:
    """Writes a new broadcast."""
    row = BroadcastRow(
        id=broadcast.id,
        programme_id=broadcast.programme.id,
        area_id=broadcast.owner,
        lane=broadcast.lane.value,
        created_by=act.actor.person,
        created_at=act.now,
    )
    act.session.add(row)
    act.session.flush()


def require_base(broadcast: Broadcast, base: int | None) -> None:
    """Raises Conflict where a version was made since the one that an edit builds on."""
    newest = life.newest(broadcast)
    if newest is not None and newest.number != base:
        params = {"number": str(newest.number)}
        raise Conflict(Problem("base", "conflict", "There is a newer version, number {number}.", params))


def _saved(act: Act, broadcast: Broadcast, scope: Scope, content: Content) -> Version:
    found = drafted(act, broadcast, scope, content)
    require(act, found)
    version = found.broadcast.versions[-1]
    store(act, found.broadcast, version.number)
    return version
