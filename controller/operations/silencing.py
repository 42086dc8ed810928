"""Silences: set and lifted, whom to call before what they are to keep away, and what falls silent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.layout import Reach as Heard
from controller.domain.planning import outlook_between
from controller.domain.problems import Problem
from controller.domain.silences import (
    LONGEST,
    OF_A_HEAD,
    Fallen,
    PlacedSilence,
    SilenceId,
    Why,
    fallen,
    problems,
)
from controller.domain.tree import time_zone
from controller.domain.values import AreaId, Broadcast, NodeId, Tree, from_ms, to_ms
from controller.operations import muted
from controller.operations.acting import Act, operation, query
from controller.operations.calling import Contact, contacts
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.muted import Surroundings
from controller.operations.reading import visible_tree
from controller.operations.receipts import SilenceView, Stage, seen, standing_areas, views
from controller.operations.rights import Reach, Right, only_as_head
from controller.storage import queries
from controller.storage.heard import heard
from controller.storage.silences import silence_rows
from controller.storage.tables import OwedRow, SilenceRow
from playlists.models import Kind, Priority

KEPT = timedelta(days=31)
"""How long a silence that is over is listed."""
BEFORE = timedelta(minutes=60)
"""How long before the sound that it is to keep away a silence without a receipt is called out."""
OFFERED = timedelta(days=7)
"""How far back and ahead what falls silent is offered for airing again."""


@dataclass(frozen=True, slots=True)
class FallenView:
    """What falls silent on nodes of the person's branches, with the hamlets. `own`: it is theirs to air again."""

    fallen: Fallen
    title: str
    starts_at: datetime
    hamlets: tuple[AreaId, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """One silence: the nodes that have not received it, and what falls silent."""

    view: SilenceView
    waiting: tuple[Contact, ...]
    fallen: tuple[FallenView, ...]


@dataclass(frozen=True, slots=True)
class Unreceived:
    """A node that would sound something at a moment, into a silence of which it has not told the receipt."""

    view: SilenceView
    sounds_at: datetime
    contact: Contact


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page of silences says, in one view of the database."""

    around: Surroundings
    silences: tuple[SilenceView, ...]
    unreceived: tuple[Unreceived, ...]


@operation(Right.MUTE)
def place_silence(
    act: Act,
    areas: Iterable[AreaId],
    begin: datetime,
    end: datetime,
    kinds: Iterable[Kind],
    why: Why,
    note: str = "",
) -> str:
    """Makes places quiet from `begin` to `end`, of all routine or of `kinds`; gives the id. A head: 72 hours."""
    act.permit_somewhere()
    named = tuple(dict.fromkeys(areas))
    for area in named:
        act.permit(area, "areas")
    id_ = SilenceId(act.office.new_id())
    made = PlacedSilence(id_, named, begin, end, tuple(dict.fromkeys(kinds)), why, note.strip(), act.actor.person)
    wrong = problems(made, act.tree, act.now, _longest(act, named))
    if wrong:
        raise Invalid(*wrong)
    row, places = silence_rows(made, act.now)
    act.session.add(row)
    act.session.flush()
    act.session.add_all(places)
    span = {"begin": begin.isoformat(), "end": end.isoformat()}
    act.record("place_silence", "silence", id_, named[0], areas=list(named), reason=why.value, **span)
    return id_


@operation(Right.MUTE)
def lift_silence(act: Act, silence: SilenceId) -> None:
    """Ends a silence early that lies in the person's branches, whoever set it."""
    act.permit_somewhere()
    found = _existing(act, silence, visible_tree(act))
    for area in standing_areas(act, found):
        act.permit(area)
    if found.lifted_at is not None or found.end <= act.now:
        raise Conflict(Problem("", "over", "This silence is over already."))
    row = act.session.get_one(SilenceRow, silence)
    row.lifted_at, row.lifted_by = act.now, act.actor.person
    act.record("lift_silence", "silence", silence, standing_areas(act, found)[0])


@query(Right.READ)
def silences(act: Act) -> tuple[SilenceView, ...]:
    """The silences that touch the person's branches: in force, then to come, then over, the newest first."""
    tree = visible_tree(act)
    found = [each for each in queries.silences(act.session, act.now - KEPT) if seen(act, each, tree)]
    return tuple(sorted(views(act, found, tree), key=_order))


@query(Right.READ)
def overview(act: Act) -> Overview:
    """The silences that touch the person's branches, and whom to call before the session."""
    return Overview(muted.surroundings.within(act), silences.within(act), unreceived.within(act))


@query(Right.READ)
def silence(act: Act, silence: SilenceId) -> Detail:
    """One silence with its receipts and what falls silent."""
    tree = visible_tree(act)
    (view,) = views(act, [_existing(act, silence, tree)], tree)
    missing = view.nodes - view.received
    return Detail(view, contacts(act, missing, heard(act.session, missing)), _fallen(act, view, tree))


@query(Right.READ)
def unreceived(act: Act) -> tuple[Unreceived, ...]:
    """Before the session: the nodes that would sound within the hour into a silence of which no receipt is known."""
    tree = visible_tree(act)
    soon = [each for each in queries.silences(act.session, act.now) if each.begin < act.now + BEFORE]
    live = [each for each in soon if each.until > act.now and seen(act, each, tree)]
    if not live:
        return ()
    shown = views(act, live, tree)
    missing = {node for view in shown for node in view.nodes - view.received}
    if not missing:
        return ()
    called = {each.node: each for each in contacts(act, missing, heard(act.session, missing))}
    due = _due(act, missing)
    found = (
        Unreceived(view, at, called[node])
        for view in shown
        for node in view.nodes - view.received
        if (at := _first(view.silence, due.get(node, ()))) is not None
    )
    return tuple(sorted(found, key=lambda each: (each.sounds_at, each.contact.name, each.view.silence.id)))


def _longest(act: Act, areas: Iterable[AreaId]) -> timedelta:
    """How long the person may make these places quiet; who is there as their head alone, not for long."""
    return OF_A_HEAD if only_as_head(act.tree, act.grants, Right.MUTE, areas) else LONGEST


def _existing(act: Act, silence: SilenceId, tree: Tree) -> PlacedSilence:
    found = queries.silence(act.session, silence)
    if found is None or not seen(act, found, tree):
        raise not_found()
    return found


_STAGES = (Stage.NOW, Stage.COMING, Stage.PAST, Stage.LIFTED)


def _order(view: SilenceView) -> tuple[int, float, str]:
    begin = view.silence.begin.timestamp()
    place = min(_STAGES.index(view.stage), 2)
    return place, -begin if place == 2 else begin, view.silence.id


_Sounds = tuple[datetime, Kind]


def _due(act: Act, nodes: Iterable[NodeId]) -> Mapping[NodeId, list[_Sounds]]:
    """What sounds on nodes now or starts within the hour, of routine, in order."""
    until = to_ms(act.now + BEFORE)
    rows = act.session.scalars(
        select(OwedRow)
        .where(OwedRow.ends_at_ms > to_ms(act.now), OwedRow.starts_at_ms <= until, OwedRow.gone_at.is_(None))
        .where(OwedRow.node_id.in_(sorted(nodes)), OwedRow.priority != Priority.EMERGENCY.name.lower())
        .order_by(OwedRow.starts_at_ms)
    )
    found: defaultdict[NodeId, list[_Sounds]] = defaultdict(list)
    for row in rows:
        if row.starts_at_ms + row.due_ms > to_ms(act.now):
            found[NodeId(row.node_id)].append((from_ms(row.starts_at_ms), Kind(row.programme_kind)))
    return found


def _first(silence: PlacedSilence, due: Iterable[_Sounds]) -> datetime | None:
    meant = (at for at, kind in due if not silence.kinds or kind in silence.kinds)
    return next((at for at in meant if at < silence.until), None)


def _fallen(act: Act, view: SilenceView, tree: Tree) -> tuple[FallenView, ...]:
    """What falls silent by it lately and soon."""
    silence = view.silence
    begin, end = max(silence.begin, act.now - OFFERED), min(silence.until, act.now + OFFERED)
    if begin >= end or not standing_areas(act, silence):
        return ()
    zone = time_zone(act.tree, standing_areas(act, silence)[0])
    since = (begin - timedelta(days=1), end)
    every = queries.broadcasts(act.session, since=since[0].astimezone(zone).date())
    read = {each.id: each for each in every if act.reach(each.owner, life.all_places(each)) is not Reach.FOREIGN}
    assets = queries.assets(act.session, {sha256 for each in read.values() for sha256 in life.hashes(each)})
    ahead = outlook_between(read.values(), zone, since, act.now, act.tree, assets)
    programmes = {each.id: each.programme for each in read.values()}
    found = fallen(ahead.airings, silence, programmes, Heard(act.tree, assets))
    shown = (_fallen_view(act, each, read[each.airing.broadcast], tree) for each in found)
    return tuple(each for each in shown if each.fallen.nodes)


def _fallen_view(act: Act, found: Fallen, broadcast: Broadcast, tree: Tree) -> FallenView:
    nodes = tuple(NodeId(node) for node in found.nodes if node in tree.nodes)
    hamlets = {each.hamlet for node in nodes for each in act.tree.nodes[node].serves}
    own = act.reach(broadcast.owner, life.all_places(broadcast)) is Reach.OWN
    mine = tuple(sorted(hamlet for hamlet in hamlets if hamlet in tree.areas))
    starts_at = from_ms(found.airing.starts_at)
    return FallenView(Fallen(found.airing, found.silence, nodes), found.airing.title, starts_at, mine, own)
