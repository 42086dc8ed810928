"""Airings become the plan of one node. Same arguments, same plan: nothing changes when nothing changed.

What has begun is taken as it was owed, so the plan's past part is exactly the node's owed rows; what is to come is
computed. An airing whose sound would not have ended when its broadcast was withdrawn is not planned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from controller.domain import limits, sounding
from controller.domain.airings import Airing, airing_of, airings
from controller.domain.broadcasts import as_if_approved, waits
from controller.domain.layout import Reach, Stood, frozen, laid_out
from controller.domain.sessions import book
from controller.domain.silences import PlacedSilence, in_plan
from controller.domain.sounding import length_ms
from controller.domain.tree import areas_of_node, languages, local_day_start, reaches, tier, zones_of_node
from controller.domain.values import (
    AreaId,
    Assets,
    Broadcast,
    BroadcastId,
    Lane,
    Language,
    LateKind,
    Node,
    OccurrenceId,
    Places,
    PlaylistItem,
    Sha256,
    Tree,
    Version,
    VersionState,
    to_ms,
)
from playlists.models import (
    Asset,
    AssetItem,
    BookFile,
    Interval,
    Issuer,
    Millis,
    Move,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
)
from playlists.rules import spoken

DAYS_BACK, DAYS_AHEAD = 2, 31
SKIP_MS = 5_000
"""How late an occurrence may start that is skipped when it is late."""
ALLOWANCE_MS = 600_000
"""What ends_at leaves for being interrupted and resumed."""
UNNUMBERED = Number(epoch=1, sequence=0)
"""The number of a document that is not signed yet."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An airing that a node owes and whose start is past: it is planned as it was owed, where it stood."""

    broadcast: BroadcastId
    version: int
    nominal: Millis
    starts_at: Millis | None = None

    @property
    def occurrence(self) -> OccurrenceId:
        """The occurrence's id."""
        return OccurrenceId(f"{self.broadcast}-{self.nominal}")


@dataclass(frozen=True, slots=True)
class Outlook:
    """All airings of all broadcasts in a window: computed once, then planned for each node.

    `waiting` are those of submitted versions: they hold their place in a session, and are not aired.
    """

    begin: datetime
    end: datetime
    zone: ZoneInfo
    broadcasts: Mapping[BroadcastId, Broadcast]
    airings: tuple[Airing, ...]
    waiting: tuple[Airing, ...] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """A node with all that decides what it hears and in which languages."""

    node: Node
    tree: Tree
    assets: Assets
    tongues: tuple[Language, ...]
    areas: frozenset[AreaId]

    def hears(self, places: Places) -> bool:
        """Whether the node is among the places of a version."""
        return reaches(places, self.node, self.areas)

    def items(self, playlist: Iterable[PlaylistItem]) -> tuple[AssetItem, ...]:
        """A playlist as the node sounds it."""
        return spoken(sounding.items(playlist, self.assets), self.tongues)


@dataclass(frozen=True, slots=True)
class _Planned:
    airing: Airing
    items: tuple[AssetItem, ...]

    @property
    def length(self) -> int:
        return length_ms(self.items)

    @property
    def late(self) -> int:
        return late_ms(self.airing, self.length)


def window(zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """From local midnight two days back to midnight 31 days ahead, in `zone`."""
    today = local_day_start(now, zone)
    begin = local_day_start(today - timedelta(days=DAYS_BACK) + timedelta(hours=12), zone)
    return begin, local_day_start(today + timedelta(days=DAYS_AHEAD) + timedelta(hours=12), zone)


def outlook(
    broadcasts: Iterable[Broadcast],
    zone: ZoneInfo,
    now: datetime,
    tree: Tree,
    assets: Assets,
    stood: Stood | None = None,
) -> Outlook:
    """The airings of the window, laid out in their sessions. `stood`: where those of begun sessions are owed."""
    return outlook_between(broadcasts, zone, window(zone, now), now, tree, assets, stood)


def outlook_between(
    broadcasts: Iterable[Broadcast],
    zone: ZoneInfo,
    span: tuple[datetime, datetime],
    now: datetime,
    tree: Tree,
    assets: Assets,
    stood: Stood | None = None,
) -> Outlook:
    """The airings of any span as they stand at `now`: the same layout as in a plan."""
    begin, end = span
    planned = {each.id: each for _, each in sorted((each.id, each) for each in broadcasts if each.lane is Lane.PLAN)}
    sessions = book(tree)
    every = (airing for each in planned.values() for airing in airings(each, begin, end, sessions))
    found = [airing for airing in every if not _gone(planned[airing.broadcast], airing)]
    alive = [each for each in planned.values() if each.withdrawn_at is None and waits(each)]
    held = [airing for each in alive for airing in airings(as_if_approved(each, now), begin, end, sessions)]
    still = frozen(found, stood) if stood else {}
    laid = laid_out((*found, *held), Reach(tree, assets), still)
    return Outlook(begin, end, zone, planned, laid[: len(found)], laid[len(found) :])


def listener_at(node: Node, tree: Tree, assets: Assets) -> Listener:
    """The node as planning sees it."""
    return Listener(node, tree, assets, languages(tree, node), areas_of_node(tree, node))


def plan(
    listener: Listener,
    ahead: Outlook,
    begun: Iterable[Begun],
    now: datetime,
    key_set: str,
    issuers: tuple[str, ...] = (),
    soon: Iterable[Sha256] = (),
    silences: Iterable[PlacedSilence] = (),
    book: BookFile | None = None,
) -> Plan:
    """The plan of one node, unnumbered. `issuers` are followed in all its zones; `soon`: assets to hold beforehand."""
    node, tree = listener.node, listener.tree
    zones = zones_of_node(tree, node)
    chosen = sorted(_chosen(listener, ahead, begun, now), key=_grouping)
    held = {row.sha256 for each in chosen for item in each.items for row in item.rows}
    days = _midnights(ahead)
    span = Interval(start=to_ms(ahead.begin), end=to_ms(ahead.end))
    return Plan(
        to=node.id,
        number=UNNUMBERED,
        window=span,
        key_set=key_set,
        settings=node.settings.model_copy(update={"languages": listener.tongues}),
        zones=zones,
        issuers=tuple(Issuer(id=issuer, zones=zones) for issuer in issuers),
        hours=limits.hours(tree, node, days, ahead.zone),
        days=tuple(map(to_ms, days)),
        minutes=limits.minutes(tree, node),
        volumes=limits.volumes(tree, node, days, ahead.zone),
        book=book,
        box=limits.box(tree, node),
        silences=in_plan(tree, node, silences, span),
        prefetch=_prefetch(listener, ahead, held, soon),
        broadcasts=tuple(
            _broadcast(tree, ahead.broadcasts[key[0]], tuple(group))
            for key, group in groupby(chosen, key=_broadcast_key)
        ),
    )


def late_ms(airing: Airing, length: int) -> int:
    """start_by − starts_at by the late rule, for an airing of `length` ms."""
    match airing.late.kind:
        case LateKind.JOIN:
            return length
        case LateKind.WHOLE:
            return airing.late.within_s * 1000
        case LateKind.SKIP:
            return SKIP_MS


def _chosen(listener: Listener, ahead: Outlook, begun: Iterable[Begun], now: datetime) -> list[_Planned]:
    begun = list({each.occurrence: each for each in begun}.values())
    owed = {each.occurrence for each in begun}
    past = [airing_of(ahead.broadcasts[each.broadcast], each.version, each.nominal, each.starts_at) for each in begun]
    coming = [each for each in ahead.airings if each.occurrence not in owed and listener.hears(each.places)]
    known = {playlist: listener.items(playlist) for playlist in {each.playlist for each in (*past, *coming) if each}}
    planned = [_Planned(each, known[each.playlist]) for each in past if each]
    planned += [each for each in (_Planned(one, known[one.playlist]) for one in coming) if _ends_at(each) > to_ms(now)]
    return [each for each in planned if not _withdrawn(ahead.broadcasts[each.airing.broadcast], each)]


def _ends_at(each: _Planned) -> int:
    return each.airing.starts_at + each.late + each.length + ALLOWANCE_MS


def _gone(broadcast: Broadcast, airing: Airing) -> bool:
    return broadcast.withdrawn_at is not None and airing.starts_at >= to_ms(broadcast.withdrawn_at)


def _withdrawn(broadcast: Broadcast, each: _Planned) -> bool:
    at = broadcast.withdrawn_at
    return at is not None and each.airing.starts_at + each.length > to_ms(at)


def _broadcast_key(each: _Planned) -> tuple[BroadcastId, int, int]:
    return each.airing.broadcast, -each.airing.priority, -each.airing.rank


def _version_key(each: _Planned) -> tuple[int, int, bool, str]:
    # A version of named starts takes what it does not change from the version beneath, which may differ among them.
    hashes = "".join(row.sha256 for item in each.items for row in item.rows)
    return each.airing.version, each.late, each.airing.late.kind is LateKind.WHOLE, hashes


def _grouping(each: _Planned) -> tuple[tuple[BroadcastId, int, int], tuple[int, int, bool, str], Millis]:
    return _broadcast_key(each), _version_key(each), each.airing.nominal


def _broadcast(tree: Tree, broadcast: Broadcast, group: tuple[_Planned, ...]) -> PlannedBroadcast:
    return PlannedBroadcast(
        id=broadcast.id,
        kind=broadcast.programme.kind,
        priority=group[0].airing.priority,
        rank=group[0].airing.rank,
        tier=tier(tree, broadcast.owner),
        versions=tuple(_version(tuple(same)) for _, same in groupby(group, key=_version_key)),
    )


def _version(group: tuple[_Planned, ...]) -> PlannedVersion:
    return PlannedVersion(
        number=group[0].airing.version,
        items=group[0].items,
        starts=tuple(each.airing.nominal for each in group),
        moves=tuple(
            Move(nominal=each.airing.nominal, starts_at=each.airing.starts_at)
            for each in group
            if each.airing.starts_at != each.airing.nominal
        ),
        late=group[0].late,
        whole=group[0].airing.late.kind is LateKind.WHOLE,
        allowance=ALLOWANCE_MS,
    )


def _midnights(ahead: Outlook) -> tuple[datetime, ...]:
    found = [ahead.begin]
    while found[-1] < ahead.end:
        found.append(local_day_start(found[-1] + timedelta(hours=36), ahead.zone))
    return tuple(found)


def _prefetch(listener: Listener, ahead: Outlook, held: set[str], soon: Iterable[Sha256]) -> tuple[Asset, ...]:
    wanted = set(soon)
    for broadcast in ahead.broadcasts.values():
        for version in broadcast.versions if broadcast.withdrawn_at is None else ():
            if version.state is VersionState.SUBMITTED and _concerns(listener, version):
                awaited = listener.items(version.content.playlist or ())
                wanted |= {Sha256(row.sha256) for item in awaited for row in item.rows}
    return tuple(listener.assets[sha256] for sha256 in sorted(wanted - held))


def _concerns(listener: Listener, version: Version) -> bool:
    return version.content.places is None or listener.hears(version.content.places)
