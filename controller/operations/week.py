"""The airings of a week with their state and result."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from controller.domain import broadcasts as life
from controller.domain.airings import Airing
from controller.domain.clashes import among
from controller.domain.layout import Reach as Heard
from controller.domain.layout import Stood
from controller.domain.planning import outlook_between
from controller.domain.problems import Problem
from controller.domain.sessions import LONGEST_S, book
from controller.domain.silences import PlacedSilence, SilenceId, in_force, touches
from controller.domain.template import ordinary_monday, weekly
from controller.domain.tree import branch, time_zone
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    Lane,
    NodeId,
    OccurrenceId,
    Places,
    SessionId,
    Sha256,
    Tree,
    from_ms,
    to_ms,
)
from controller.domain.week import AiringState, Ledger, Outcome, Seen, outcome, seen
from controller.operations.acting import Act, query
from controller.operations.errors import Invalid
from controller.operations.holding import NOTHING, Holding, holdings
from controller.operations.rights import Right
from controller.storage import queries, tallies
from playlists.models import Kind, Millis, Priority

LONGEST = timedelta(days=35)
"""How long a span may be."""
_SESSION = timedelta(seconds=LONGEST_S)


@dataclass(frozen=True, slots=True)
class PlannedAiring:
    """An airing in a week. `where`: the places in words; `hamlets`: those of one's branches that hear it.

    `session`: in which it follows the others, None for a start of its own. `own`: the owner lies in one's branches,
    else it only touches them. `changing`: a newer version of it waits. Of what is to come `ready` of `nodes` hold the
    audio already, and at `quiet` of them a silence takes it away; of what is past there is the `outcome`, None where no
    node owed it. `clashes_with`: the title of what would sound at the same time with nothing to say which wins (""
    where it is foreign).
    """

    occurrence: OccurrenceId
    broadcast: BroadcastId
    version: int
    owner: AreaId
    title: str
    programme: str
    kind: Kind
    priority: Priority
    nominal: datetime
    starts_at: datetime
    ends_at: datetime
    state: AiringState
    session: SessionId | None
    where: tuple[str, ...]
    hamlets: tuple[AreaId, ...]
    own: bool
    changing: bool
    play_now: bool
    nodes: int
    ready: int
    outcome: Outcome | None
    clashes_with: str | None = None
    quiet: int = 0


@query(Right.READ)
def airings_between(act: Act, begin: datetime, end: datetime) -> tuple[PlannedAiring, ...]:
    """The airings that start from `begin` up to `end`, at most 35 days, in order of their start.

    Those of one's branches, and foreign ones that are heard there. Drafts and what was returned only of one's own.
    """
    tops = act.permit_somewhere()
    if not timedelta() <= end - begin <= LONGEST:
        message = "The end must lie after the beginning, by at most 35 days."
        raise Invalid(Problem("end", "end_before_start", message))
    owed = tallies.ledgers(act.session, to_ms(begin - _SESSION), to_ms(end), to_ms(act.now))
    return _within(_looked(act, tops, owed, _broadcasts(act, owed, begin, end)), begin, end, act.now)


@query(Right.READ)
def template_week(act: Act) -> tuple[PlannedAiring, ...]:
    """An ordinary week: the approved weekly broadcasts without an end, on the days of a week to come."""
    tops = act.permit_somewhere()
    zone = time_zone(act.tree, tops[0])
    today = act.now.astimezone(zone).date()
    every = queries.broadcasts(act.session, since=today)
    kept = {each.id: each for one in every if (each := weekly(one, today)) is not None}
    monday = datetime.combine(ordinary_monday(kept.values(), today), time.min, zone)
    looked = _looked(act, tops, (), kept)
    found = _within(looked, monday, monday + timedelta(days=7), act.now)
    return tuple(each for each in found if each.state is AiringState.PLANNED)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was read: `mine` are the areas of the person's branches, `ours` the nodes that serve a hamlet of them.

    `served`: the hamlets of nodes, `hushed`: the nodes for which a silence counts, as far as they were asked for: most
    airings of a week share their nodes.
    """

    mine: frozenset[AreaId]
    ours: frozenset[NodeId]
    owed: tuple[Ledger, ...]
    broadcasts: Mapping[BroadcastId, Broadcast]
    heard: Heard
    holdings: Mapping[str, Holding]
    silences: tuple[PlacedSilence, ...]
    served: dict[frozenset[NodeId], tuple[AreaId, ...]] = field(default_factory=dict)
    hushed: dict[SilenceId, frozenset[NodeId]] = field(default_factory=dict)

    @property
    def tree(self) -> Tree:
        return self.heard.tree


def _looked(
    act: Act, tops: Iterable[AreaId], owed: tuple[Ledger, ...], found: Mapping[BroadcastId, Broadcast]
) -> _Looked:
    mine = frozenset[AreaId]().union(*(branch(act.tree, top) for top in tops))
    ours = (node.id for node in act.tree.nodes.values() if any(each.hamlet in mine for each in node.serves))
    assets = queries.assets(act.session, frozenset[Sha256]().union(*map(life.hashes, found.values())))
    silences = queries.silences(act.session, act.now)
    return _Looked(mine, frozenset(ours), owed, found, Heard(act.tree, assets), holdings(act.session), silences)


def _within(looked: _Looked, begin: datetime, end: datetime, now: datetime) -> tuple[PlannedAiring, ...]:
    """What the person may see of the airings that start in a span, in order of their start."""
    inside = [one for one in _seen(looked, begin, end, now) if to_ms(begin) <= _starts_at(one) < to_ms(end)]
    clashing = _clashing(inside, looked)
    found = (airing for one in inside if (airing := _planned(one, looked, clashing)) is not None)
    return tuple(sorted(found, key=lambda each: (each.starts_at, each.occurrence)))


def _clashing(inside: Iterable[Seen], looked: _Looked) -> Mapping[OccurrenceId, Airing]:
    """What is to come and clashes, with the first of the others."""
    coming = (one.airing for one in inside if one.airing is not None and one.state in _COMING)
    found: dict[OccurrenceId, Airing] = {}
    for one, other in among(coming, looked.heard):
        found.setdefault(one.occurrence, other)
        found.setdefault(other.occurrence, one)
    return found


def _title(other: Airing | None, looked: _Looked) -> str | None:
    """Its title, "" where it is foreign."""
    if other is None:
        return None
    near = looked.broadcasts[other.broadcast].owner in looked.mine or looked.heard.at(other.places).keys() & looked.ours
    return other.title if near else ""


def _broadcasts(act: Act, owed: Iterable[Ledger], begin: datetime, end: datetime) -> Mapping[BroadcastId, Broadcast]:
    """Those that may air in the span. What is over is as the ledger has it: nothing else of it can come any more."""
    over = end <= act.now
    found = () if over else queries.broadcasts(act.session, since=(begin - _SESSION).date() - timedelta(days=1))
    known = {each.id: each for each in found}
    lacking = {each.broadcast for each in owed} - known.keys()
    more = queries.broadcasts(act.session, sorted(lacking)) if lacking else ()
    return known | {each.id: each for each in more}


def _seen(looked: _Looked, begin: datetime, end: datetime, now: datetime) -> tuple[Seen, ...]:
    tree, stood = looked.tree, _stood(looked.owed, to_ms(now))
    zone = time_zone(tree, next(iter(looked.mine)))
    span = (begin - _SESSION, end)
    ahead = outlook_between(looked.broadcasts.values(), zone, span, now, tree, looked.heard.assets, stood)
    return seen(ahead, looked.owed, book(tree), to_ms(now))


def _stood(owed: Iterable[Ledger], now: Millis) -> Stood:
    """Where the airings of begun sessions are owed, as planning has them."""
    begun = (each for each in owed if each.lane is Lane.PLAN and each.nominal <= now)
    return Stood({each.occurrence: each.starts_at for each in begun if not all(one.gone for one in each.nodes)}, now)


def _starts_at(one: Seen) -> Millis:
    if one.ledger is not None and one.state in _BEGUN:
        return one.ledger.starts_at
    assert one.airing is not None
    return one.airing.starts_at


_BEGUN = (AiringState.PAST, AiringState.ON_AIR, AiringState.WITHDRAWN)
_COMING = (AiringState.PLANNED, AiringState.WAITING)
_OWN_ONLY = (AiringState.DRAFT, AiringState.RETURNED, AiringState.LAPSED)


def _planned(one: Seen, looked: _Looked, clashing: Mapping[OccurrenceId, Airing]) -> PlannedAiring | None:
    """The airing as the person may see it; None for what is foreign, and what is not theirs to see."""
    known = one.airing or one.ledger
    assert known is not None
    nodes, broadcast = _nodes(one, looked), looked.broadcasts[known.broadcast]
    own = broadcast.owner in looked.mine
    seen_at = nodes if own else nodes & looked.ours
    if not own and (not seen_at or one.state in _OWN_ONLY):
        return None
    hamlets = _hamlets(seen_at, looked)
    begins, length = _starts_at(one), _length(one, looked)
    return PlannedAiring(
        occurrence=one.occurrence,
        broadcast=broadcast.id,
        version=known.version,
        owner=broadcast.owner,
        title=known.title,
        programme=broadcast.programme.name,
        kind=broadcast.programme.kind,
        priority=known.priority,
        nominal=from_ms(known.nominal),
        starts_at=from_ms(begins),
        ends_at=from_ms(begins + length),
        state=one.state,
        session=one.airing.place.session if one.airing and one.airing.place else None,
        where=_where(one.airing.places if own and one.airing else Places(hamlets=hamlets), looked.tree),
        hamlets=hamlets,
        own=own,
        changing=one.changing,
        play_now=broadcast.lane is Lane.SHEET,
        nodes=len(seen_at),
        ready=_ready(one, seen_at, looked),
        outcome=_outcome(one, seen_at),
        clashes_with=_title(clashing.get(one.occurrence), looked),
        quiet=_quiet(one, broadcast, seen_at, looked),
    )


def _nodes(one: Seen, looked: _Looked) -> frozenset[NodeId]:
    if one.ledger is not None and one.state in _BEGUN:
        return frozenset(each.node for each in one.ledger.nodes)
    return frozenset(looked.heard.at(one.airing.places)) if one.airing else frozenset()


def _hamlets(nodes: frozenset[NodeId], looked: _Looked) -> tuple[AreaId, ...]:
    """The hamlets of the person's branches that these nodes serve."""
    if nodes not in looked.served:
        known = (looked.tree.nodes[node] for node in nodes if node in looked.tree.nodes)
        found = {each.hamlet for node in known for each in node.serves if each.hamlet in looked.mine}
        looked.served[nodes] = tuple(sorted(found))
    return looked.served[nodes]


def _length(one: Seen, looked: _Looked) -> int:
    if one.ledger is not None and one.state in _BEGUN:
        return one.ledger.due
    return looked.heard.length(one.airing) if one.airing else 0


def _where(places: Places, tree: Tree) -> tuple[str, ...]:
    """Places in words: zones by their name, as long as they are what was decided, then what is left by its own."""
    left = dict.fromkeys((*places.areas, *places.hamlets))
    names: list[str] = []
    for zone in (tree.zones[each] for each in places.zones if each in tree.zones):
        covers = (zone.area,) if zone.area is not None else zone.hamlets
        if set(covers) <= left.keys():
            names.append(zone.name)
            left = {each: None for each in left if each not in covers}
    return (*names, *(tree.areas[each].name for each in left if each in tree.areas))


def _ready(one: Seen, nodes: Collection[NodeId], looked: _Looked) -> int:
    """How many nodes say that they hold a plan with the airing, and all of its audio."""
    if one.ledger is None or one.airing is None or one.state is not AiringState.PLANNED:
        return 0
    version, audio = one.airing.version, _audio(one.airing)
    told = (each for each in one.ledger.nodes if each.version == version and not each.gone and each.node in nodes)
    return sum(looked.holdings.get(each.node, NOTHING).has(each.document, audio) for each in told)


def _quiet(one: Seen, broadcast: Broadcast, nodes: frozenset[NodeId], looked: _Looked) -> int:
    """At how many nodes a silence takes away what is to come."""
    if one.airing is None or one.state is not AiringState.PLANNED or one.airing.priority is Priority.EMERGENCY:
        return 0
    at, kind = from_ms(one.airing.starts_at), broadcast.programme.kind
    meant = (each for each in looked.silences if in_force(each, at, kind))
    return len(nodes.intersection(frozenset[NodeId]().union(*(_hushed(each, looked) for each in meant))))


def _hushed(silence: PlacedSilence, looked: _Looked) -> frozenset[NodeId]:
    if silence.id not in looked.hushed:
        nodes = looked.tree.nodes.values()
        looked.hushed[silence.id] = frozenset(each.id for each in nodes if touches(looked.tree, each, silence))
    return looked.hushed[silence.id]


def _audio(airing: Airing) -> frozenset[str]:
    return frozenset(each.asset for item in airing.playlist for each in item.recordings)


def _outcome(one: Seen, nodes: Collection[NodeId]) -> Outcome | None:
    if one.ledger is None or one.state not in _BEGUN:
        return None
    return outcome(each for each in one.ledger.nodes if each.node in nodes)
