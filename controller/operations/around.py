"""What the sentence of a node rests on, put together for many at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from controller.domain.cases import Case, Crowd, Diagnosis, Tone
from controller.domain.diagnosis import diagnoses
from controller.domain.facts import Booted, NodeFacts, OfficeLink
from controller.domain.faults import Fault
from controller.domain.habits import Habits, Outage, habits
from controller.domain.signs import FaultKind, Severity
from controller.domain.silences import touches
from controller.domain.tree import nodes_of_zone, time_zone
from controller.domain.values import Node, NodeId, ZoneId, from_ms
from controller.operations.acting import Act
from controller.operations.faults import FaultView, fault_views, standing_faults
from controller.operations.quiet import live_mutes
from controller.storage import field, queries
from controller.storage.engine import StorageError
from controller.storage.tables import ConditionRow, NodeRow, OwedRow, SiteRow
from playlists.models import Millis
from playlists.reports import Heartbeat

UNWATCHED = timedelta(seconds=90)
"""After how long without a look the nodes are unwatched: the watch says every half minute that it is there."""
LOOK_BACK = timedelta(days=30)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OnAirView:
    """What a node said to sound: the airing, its title ("" where it is not known), ms sounded of those due."""

    occurrence: str
    title: str
    sounded: int
    due: int


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node in the list: the hamlets that hear it, what is the matter, how much that matters (None: not at all)."""

    node: NodeId
    name: str
    hamlets: tuple[str, ...]
    homes: int
    diagnosis: Diagnosis
    severity: Severity | None
    last_contact: datetime | None
    online: bool
    on_air: OnAirView | None
    faults: tuple[FaultView, ...]


class Around:
    """What the sentences of the nodes rest on, read once; of `only` one node where that is enough."""

    def __init__(self, act: Act, only: Node | None = None) -> None:
        self._act = act
        self._facts: dict[NodeId, NodeFacts] = {}
        self.views = fault_views(act, standing_faults(act))
        self._by_node: defaultdict[NodeId, list[FaultView]] = defaultdict(list)
        for view in self.views:
            if view.fault.node is not None:
                self._by_node[view.fault.node].append(view)
        self._faults = {view.fault.id: view.fault for view in self.views}
        wanted = None if only is None else sorted({only.id, *self._companions(only.id)})
        self._conditions = _conditions(act, wanted)
        self._enrolled = {
            row.id: row.enrolled_at for row in act.session.execute(select(NodeRow.id, NodeRow.enrolled_at))
        }
        self._signs = field.signs(act.session, act.now - field.DAY, wanted)
        site = act.session.scalars(select(SiteRow)).one()
        self._link = OfficeLink(site.linked is not False, site.link_since or _LONG_AGO)
        late = site.watched_at is not None and act.now - site.watched_at > UNWATCHED
        self.unwatched_since = site.watched_at if late else None
        self._silences = [each for each in queries.silences(act.session, act.now) if each.begin <= act.now < each.until]
        self._mutes = {
            node: from_ms(Millis(row.until_ms))
            for row in live_mutes(act)
            if ZoneId(row.zone_id) in act.tree.zones
            for node in nodes_of_zone(act.tree, ZoneId(row.zone_id))
        }
        self._titles = _titles(act, self._conditions.values())
        self._boots: dict[NodeId, tuple[Booted, ...]] = {}
        self._outages: dict[NodeId, tuple[Outage, ...]] = {}
        self._weak: dict[NodeId, tuple[Outage, ...]] = {}

    def facts(self, node: Node) -> NodeFacts:
        """The facts of a node."""
        if node.id not in self._facts:
            told = field.facts_of(
                node, self._conditions.get(node.id), self._signs.get(node.id, ()), self._enrolled.get(node.id)
            )
            self._facts[node.id] = field.with_grown(told, (view.fault for view in self._by_node[node.id]))
        return self._facts[node.id]

    def case(self, node: Node) -> Case:
        """What the sentence of a node may rest on."""
        facts = self.facts(node)
        standing = any(map(_has_habits, self._by_node[node.id]))
        return Case(
            facts,
            self._link,
            self._act.now,
            time_zone(self._act.tree, node.home),
            crowd=self._crowd(node),
            habits=self.habits(node) if standing else Habits(),
            quiet_until=self._quiet_until(node),
            unwatched_since=self.unwatched_since,
            mended={
                view.fault.kind: (view.fault.since, view.fault.clear_since)
                for view in self._by_node[node.id]
                if view.fault.clear_since is not None
            },
        )

    def diagnoses(self, node: Node) -> tuple[Diagnosis, ...]:
        """What is the matter with a node, the headline first; of one whose facts cannot be judged, that."""
        try:
            return diagnoses(self.case(node))
        except (StorageError, SQLAlchemyError):
            raise
        except Exception as error:  # noqa: BLE001 - `unclear` says it; whatever it is, it must not hide the other nodes
            self._facts[node.id] = bare = field.unclear(self.facts(node), error)
        zone = time_zone(self._act.tree, node.home)
        return diagnoses(Case(bare, self._link, self._act.now, zone, unwatched_since=self.unwatched_since))

    def line(self, node: Node) -> NodeLine:
        """A node in the list."""
        found, facts = self.diagnoses(node)[0], self.facts(node)
        faults = tuple(view for view in self._by_node[node.id] if view.fault.stands)
        areas = self._act.tree.areas
        worst = max((view.fault.severity for view in faults if view.fault.clear_since is None), default=None)
        return NodeLine(
            node.id,
            node.name,
            tuple(areas[each.hamlet].name for each in node.serves if each.hamlet in areas),
            sum(each.homes for each in node.serves),
            found,
            worst,
            facts.heard_at,
            facts.online,
            self._on_air(facts.status) if found.tone is not Tone.UNKNOWN and facts.online else None,
            faults,
        )

    def boots(self, node: NodeId) -> tuple[Booted, ...]:
        """The boots of the last month."""
        self._recall(node)
        return self._boots[node]

    def outages(self, node: NodeId) -> tuple[Outage, ...]:
        """The outages of the last month."""
        self._recall(node)
        return self._outages[node]

    def habits(self, node: Node) -> Habits:
        """What is usual for a node."""
        zone = time_zone(self._act.tree, node.home)
        stretches = (*self.outages(node.id), *self._weak.get(node.id, ()))
        return habits(stretches, self.boots(node.id), zone, self._act.now)

    def _recall(self, node: NodeId) -> None:
        """Reads the last month of a node, and of all that are silent or weak: without a broker, they all are."""
        if node in self._boots:
            return
        wanted = {node, *(each for each, views in self._by_node.items() if any(map(_has_habits, views)))}
        since = self._act.now - LOOK_BACK
        self._boots = field.boots(self._act.session, wanted, since)
        self._outages = field.outages(self._act.session, self._boots, since)
        self._weak = field.weak_signals(self._act.session, wanted, since)

    def _companions(self, node: NodeId) -> Iterable[NodeId]:
        group = self._group(node)
        return group.members if group is not None else ()

    def _group(self, node: NodeId) -> Fault | None:
        silent = [view.fault for view in self._by_node[node] if view.fault.kind is FaultKind.SILENT]
        under = next((fault.under for fault in silent if fault.stands and fault.under), None)
        group = self._faults.get(under) if under else None
        return group if group is not None and group.kind is FaultKind.TOGETHER and group.stands else None

    def _crowd(self, node: Node) -> Crowd | None:
        group = self._group(node.id)
        if group is None:
            return None
        area = self._act.tree.areas.get(group.area) if group.area else None
        statuses = [field.status_of(row.status) for each in group.members if (row := self._conditions.get(each))]
        told = [each for each in statuses if each is not None]
        operators = {each.line.operator for each in told}
        one = next(iter(operators)) if len(operators) == 1 and len(told) == len(group.members) else ""
        low = sum(bool(each.under_voltage) for each in told)
        of = int(group.grounds.get("of", len(group.members)))
        return Crowd(area.name if area else "", group.since, len(group.members), of, one, low)

    def _quiet_until(self, node: Node) -> datetime | None:
        placed = [each.until for each in self._silences if touches(self._act.tree, node, each)]
        mute = self._mutes.get(node.id)
        return max((*placed, *((mute,) if mute else ())), default=None)

    def _on_air(self, status: Heartbeat | None) -> OnAirView | None:
        if status is None or status.on_air is None:
            return None
        said = status.on_air
        return OnAirView(said.occurrence, self._titles.get(said.occurrence, ""), said.sounded, said.due)


def _has_habits(view: FaultView) -> bool:
    """Whether what is usual has a place in the sentence of such a fault."""
    return view.fault.kind in (FaultKind.SILENT, FaultKind.SIGNAL) and view.fault.stands


def _conditions(act: Act, nodes: Sequence[NodeId] | None) -> Mapping[str, ConditionRow]:
    chosen = select(ConditionRow)
    if nodes is not None:
        chosen = chosen.where(ConditionRow.node_id.in_(nodes))
    return {row.node_id: row for row in act.session.scalars(chosen)}


def _titles(act: Act, conditions: Iterable[ConditionRow]) -> Mapping[str, str]:
    said = [(row.status or {}).get("on_air") for row in conditions]
    sounding = {each["occurrence"] for each in said if isinstance(each, dict)}
    if not sounding:
        return {}
    chosen = select(OwedRow.occurrence_id, OwedRow.title).where(OwedRow.occurrence_id.in_(sorted(sounding)))
    return {row.occurrence_id: row.title for row in act.session.execute(chosen.distinct())}
