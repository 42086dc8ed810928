"""The nodes as they stand: the list with trouble first, and all that is known of one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from controller.domain.cases import Diagnosis, Tone
from controller.domain.facts import Booted, silent_after
from controller.domain.habits import Habits, Outage
from controller.domain.tree import time_zone
from controller.domain.values import AreaId, NodeId, from_ms
from controller.operations.acting import Act, query
from controller.operations.around import Around, NodeLine
from controller.operations.asking import RequestView, requests_of
from controller.operations.calling import Contact, contacts
from controller.operations.errors import not_found
from controller.operations.faults import FaultView, fault_history
from controller.operations.reading import visible_tree
from controller.operations.rights import Right, may
from controller.storage.heard import Heard
from controller.storage.tables import AssetEntryRow, DocumentRow
from playlists.models import Millis
from playlists.reports import Heartbeat


@dataclass(frozen=True, slots=True)
class Field:
    """All that the list says: trouble first. `together`: faults of many; `unwatched_since`: nobody looks since."""

    zone: ZoneInfo
    lines: tuple[NodeLine, ...]
    together: tuple[FaultView, ...]
    unwatched_since: datetime | None


@dataclass(frozen=True, slots=True)
class HeldView:
    """A document that the node said it holds; `newest`: it is the one that went out last (None: not known)."""

    kind: str
    to: str
    issuer: str
    sequence: datetime
    newest: bool | None


@dataclass(frozen=True, slots=True)
class LackingView:
    """Audio that a node lacks: its title in a library ("" for none), why the fetch failed ("": on its way)."""

    sha256: str
    title: str
    cause: str


@dataclass(frozen=True, slots=True)
class NodePage:
    """All that is known of a node. `also`: what else holds beside the headline of `line`.

    `status` is what it last told, at `told_at`; `silent_after`: after how long without a word it counts as silent.
    `faults`: the newest first, those that are over too; `may_ask`: the person may ask it and acknowledge. `area`: its
    home hamlet; `contact`: whom to call.
    """

    zone: ZoneInfo
    line: NodeLine
    also: tuple[Diagnosis, ...]
    status: Heartbeat | None
    told_at: datetime | None
    heartbeat_ms: int
    silent_after: timedelta
    held: tuple[HeldView, ...]
    lacking: tuple[LackingView, ...]
    faults: tuple[FaultView, ...]
    habits: Habits
    outages: tuple[Outage, ...]
    boots: tuple[Booted, ...]
    requests: tuple[RequestView, ...]
    may_ask: bool
    unwatched_since: datetime | None
    area: AreaId
    contact: Contact


@query(Right.READ)
def loudspeakers(act: Act) -> Field:
    """The nodes of the person's branches, trouble first."""
    tree = visible_tree(act)
    top = act.permit_somewhere()[0]
    around = Around(act)
    lines = [around.line(node) for node in tree.nodes.values()]
    faults = [each for each in around.views if each.fault.node is None and each.fault.stands]
    together = [each for each in faults if not each.fault.members or set(each.fault.members) & set(tree.nodes)]
    ordered = tuple(sorted(lines, key=_trouble_first))
    return Field(time_zone(act.tree, top), ordered, tuple(together), around.unwatched_since)


@query(Right.READ)
def loudspeaker(act: Act, node: NodeId) -> NodePage:
    """All that is known of one node."""
    found = visible_tree(act).nodes.get(node)
    if found is None:
        raise not_found("node")
    around = Around(act, found)
    all_found, facts = around.diagnoses(found), around.facts(found)
    boots, line = around.boots(node), around.line(found)
    return NodePage(
        zone=time_zone(act.tree, found.home),
        line=line,
        also=all_found[1:],
        status=facts.status,
        told_at=facts.status_at,
        heartbeat_ms=facts.heartbeat,
        silent_after=silent_after(facts.heartbeat),
        held=_held(act, facts.status),
        lacking=_lacking(act, facts.status),
        faults=fault_history(act, node),
        habits=around.habits(found),
        outages=around.outages(node),
        boots=boots,
        requests=requests_of(act, node),
        may_ask=may(act.tree, act.grants, Right.REQUESTS, found.home),
        unwatched_since=around.unwatched_since,
        area=found.home,
        contact=contacts(act, [node], {node: Heard(line.online, line.last_contact)})[0],
    )


_TONES = (Tone.BAD, Tone.WARN, Tone.UNKNOWN, Tone.QUIET, Tone.GOOD)


def _trouble_first(line: NodeLine) -> tuple[int, int, str, str]:
    return -int(line.severity or 0), _TONES.index(line.diagnosis.tone), line.name, line.node


def _held(act: Act, status: Heartbeat | None) -> tuple[HeldView, ...]:
    if status is None:
        return ()
    ours = {each.to for each in status.held}
    newest = {
        (kind, to, issuer): sequence
        for kind, to, issuer, sequence in act.session.execute(
            select(DocumentRow.kind, DocumentRow.to, DocumentRow.issuer, func.max(DocumentRow.sequence))
            .where(DocumentRow.to.in_(sorted(ours)))
            .group_by(DocumentRow.kind, DocumentRow.to, DocumentRow.issuer)
        )
    }
    return tuple(
        HeldView(
            each.kind,
            each.to,
            each.issuer,
            from_ms(Millis(each.number.sequence)),
            None if (last := newest.get((each.kind, each.to, each.issuer))) is None else each.number.sequence >= last,
        )
        for each in status.held
    )


def _lacking(act: Act, status: Heartbeat | None) -> tuple[LackingView, ...]:
    if status is None or not status.missing:
        return ()
    named = select(AssetEntryRow.sha256, func.max(AssetEntryRow.title).label("title")).group_by(AssetEntryRow.sha256)
    hashes = [each.sha256 for each in status.missing]
    found = act.session.execute(named.where(AssetEntryRow.sha256.in_(hashes)))
    titles = {row.sha256: row.title for row in found}
    return tuple(LackingView(each.sha256, titles.get(each.sha256, ""), each.cause) for each in status.missing)
