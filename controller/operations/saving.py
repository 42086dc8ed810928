"""What every saving of a version goes through: its fields, its times, its place beside all others, its approval."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain import carrying
from controller.domain.checks import problems
from controller.domain.clashes import Clash, Prospect, look_ahead
from controller.domain.guards import timing_problems
from controller.domain.problems import Problem
from controller.domain.tree import branch, named_areas, path, time_zone
from controller.domain.values import (
    AreaId,
    Assets,
    Broadcast,
    BroadcastId,
    Content,
    FromDay,
    InSession,
    Lane,
    NamedStarts,
    Scope,
    Sha256,
    Start,
    from_ms,
)
from controller.operations.acting import Act
from controller.operations.errors import Conflict, Invalid
from controller.operations.rights import Reach, Right, may_sound
from controller.storage import queries
from controller.storage.mapping import version_columns
from controller.storage.tables import AssetEntryRow, VersionRow


@dataclass(frozen=True, slots=True)
class Judged:
    """A broadcast with its newest version, and what stands against saving it.

    `ahead` is None where the fields are too wrong to look ahead. `replaced`: others with a new version that leaves
    airings out for it.
    """

    broadcast: Broadcast
    problems: tuple[Problem, ...]
    ahead: Prospect | None = None
    replaced: tuple[Broadcast, ...] = ()

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """With which others it would sound at once, and nothing says which wins."""
        found = self.ahead.clashes() if self.ahead else ()
        return tuple(each for each in found if each.other != self.broadcast.id)


def drafted(
    act: Act, broadcast: Broadcast, scope: Scope, content: Content, replaces: Sequence[BroadcastId] = ()
) -> Judged:
    """A new version on top of the newest, judged; nothing is written. `replaces`: others that make room.

    In a session, order 0 means after all others there, or where it stood before. Raises Refused, and NotFound or
    Conflict for what cannot be replaced.
    """
    made = life.draft(broadcast, scope, content, act.actor.person, act.now)
    usable = usable_assets(act, broadcast.owner, life.hashes(made), life.hashes(broadcast))
    wrong = problems(scope, content, act.tree, usable)
    if wrong:
        return Judged(made, wrong)
    ahead = _ahead(act, made)
    gone = tuple(_left_out(act, ahead, each) for each in replaces)
    seated = replace(content, session=_place(ahead, broadcast, content, replaces))
    if seated != content:
        made = life.draft(broadcast, scope, seated, act.actor.person, act.now)
    if seated != content or gone:
        ahead = ahead.instead(
            life.as_if_approved(made, act.now), *(life.as_if_approved(each, act.now) for each in gone)
        )
    return Judged(made, timing_problems(ahead), ahead, gone)


def judged(act: Act, broadcast: Broadcast) -> Judged:
    """A broadcast with its newest version as it was written, judged by what stands beside it now."""
    ahead = _ahead(act, broadcast)
    return Judged(broadcast, timing_problems(ahead), ahead)


def require(act: Act, found: Judged) -> None:
    """Raises Invalid for what is wrong with a version, Conflict for a clash of equals."""
    if found.problems:
        raise Invalid(*found.problems)
    if found.clashes:
        raise Conflict(*clash_problems(act, found))


def clash_problems(act: Act, found: Judged) -> tuple[Problem, ...]:
    """The clashes in words; of a foreign broadcast only the time is said."""
    zone = time_zone(act.tree, found.broadcast.owner)
    known = {each.id: each for each in found.ahead.others} if found.ahead else {}
    return tuple(_clash(each, foreign(act, known[each.other]), zone) for each in found.clashes)


def foreign(act: Act, broadcast: Broadcast) -> bool:
    """Whether a broadcast is none of the person's business."""
    return act.reach(broadcast.owner, life.all_places(broadcast)) is Reach.FOREIGN


def editable(act: Act, broadcast: Broadcast) -> bool:
    """Whether the person may decide anew about a broadcast, in all its places."""
    areas = (broadcast.owner, *named_areas(life.named_places(broadcast)))
    return may_sound(act.tree, act.grants, Right.SUBMIT, areas)


def asked(act: Act, broadcast: Broadcast, number: int) -> Broadcast:
    """The newest version asks for approval, and has it at once where one is carried or stands."""
    return carrying.submitted(broadcast, number, act.tree, queries.standing_approvals(act.session), act.now)


def store(act: Act, broadcast: Broadcast, number: int) -> None:
    """Writes a version of a broadcast, new or changed."""
    version = next(each for each in broadcast.versions if each.number == number)
    row = act.session.get(VersionRow, (broadcast.id, number))
    if row is None:
        act.session.add(VersionRow(broadcast_id=broadcast.id, **version_columns(version)))
        return
    for column, value in version_columns(version).items():
        setattr(row, column, value)


def usable_assets(act: Act, owner: AreaId, wanted: Iterable[Sha256], held: Iterable[Sha256] = ()) -> Assets:
    """What of the `wanted` audio an area may air: of its own library, of those above and below it, what it `held`."""
    hashes = set(wanted)
    entries = act.session.execute(
        select(AssetEntryRow.sha256, AssetEntryRow.area_id).where(
            AssetEntryRow.removed_at.is_(None), AssetEntryRow.sha256.in_(sorted(hashes))
        )
    )
    near = {step.id for step in path(act.tree, owner)} | branch(act.tree, owner)
    return queries.assets(act.session, {Sha256(each) for each, area in entries if area in near} | (hashes & set(held)))


def placed(act: Act) -> tuple[Broadcast, ...]:
    """What holds its place: what is submitted does, a draft does not, nor what is withdrawn or played now."""
    coming = queries.broadcasts(act.session, since=act.now.date())
    alive = (each for each in coming if each.lane is Lane.PLAN and each.withdrawn_at is None)
    return tuple(life.as_if_approved(each, act.now) if life.waits(each) else each for each in alive)


def audio_of(act: Act, broadcasts: Iterable[Broadcast]) -> Assets:
    """All audio that some broadcasts name."""
    return queries.assets(act.session, frozenset[Sha256]().union(*map(life.hashes, broadcasts)))


def _ahead(act: Act, broadcast: Broadcast) -> Prospect:
    others = placed(act)
    audio = audio_of(act, (broadcast, *others))
    return look_ahead(life.as_if_approved(broadcast, act.now), others, act.tree, audio, act.now)


def _place(ahead: Prospect, before: Broadcast, content: Content, replaces: Sequence[BroadcastId]) -> InSession | None:
    """Where in its session it stands: as said, as it stood, where what it replaces stood, else after all others."""
    said = content.session
    if said is None or said.order:
        return said
    held = [each.content.session for each in before.versions[-1:]]
    stood = [each.order for each in held if each is not None and each.session == said.session]
    orders = ahead.orders()
    given = [order for name, order in orders.items() if name in replaces]
    return replace(said, order=next(iter((*stood, *given)), max(orders.values(), default=0) + 1))


def _left_out(act: Act, ahead: Prospect, name: BroadcastId) -> Broadcast:
    """Another broadcast without the airings that are in the way, for the person who may decide about it."""
    other = next((each for each in queries.broadcasts(act.session, [name]) if each.lane is Lane.PLAN), None)
    nominals = ahead.in_the_way(name)
    if other is None or not nominals or foreign(act, other):
        raise Conflict(Problem("replace", "not_in_the_way", "What you want to replace is not there any more."))
    if not editable(act, other):
        raise Conflict(Problem("replace", "not_allowed", "You may not do this here."))
    if life.waits(other):
        message = "“{other}” is waiting for approval: it can be replaced when that is decided."
        raise Conflict(Problem("replace", "waits", message, {"other": _title(other)}))
    said = Content(_title(other), other.versions[-1].content.time_zone, start=Start(skip=True))
    made = life.draft(other, NamedStarts(nominals), said, act.actor.person, act.now)
    return asked(act, made, made.versions[-1].number)


def _title(broadcast: Broadcast) -> str:
    whole = [each for each in broadcast.versions if isinstance(each.scope, FromDay)]
    return (whole or list(broadcast.versions))[-1].content.title


def _clash(clash: Clash, is_foreign: bool, zone: ZoneInfo) -> Problem:
    at = from_ms(clash.starts_at).astimezone(zone).strftime("%d/%m/%Y %H:%M")
    if is_foreign:
        message = "On {at} {node} already has something else, of the same precedence."
        return Problem("recurrence", "clash", message, {"node": clash.node_name, "at": at})
    message = "On {at} {node} already has “{other}”, of the same precedence: say which goes first by its rank."
    params = {"node": clash.node_name, "at": at, "other": clash.title, "broadcast": clash.other}
    return Problem("recurrence", "clash", message, params)
