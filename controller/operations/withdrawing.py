"""What became of a withdrawn broadcast, node by node: what a correction and the telephone have to reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from controller.domain.sheets import WITHDRAW_AHEAD
from controller.domain.values import AreaId, Broadcast, BroadcastId, NodeId, OccurrenceId, from_ms, to_ms
from controller.domain.withdrawn import Fate, Trace, fate, of_node
from controller.operations.acting import Act, query
from controller.operations.broadcasts import existing
from controller.operations.calling import Contact, contacts
from controller.operations.errors import not_found
from controller.operations.rights import Right, may
from controller.storage import results
from controller.storage.heard import Heard, heard
from controller.storage.results import NodeResult, OccurrenceResult
from controller.storage.tables import BroadcastRow, OwedRow, PersonRow
from controller.storage.taken_back import TakenBack, begun, taken_back
from playlists.models import Millis

HEARD_BEFORE = timedelta(days=7)
"""How long before the withdrawal an airing counts: who heard it then is to be corrected, too."""
_FOR_EVER = Millis(2**53)


@dataclass(frozen=True, slots=True)
class Listed:
    """A node with what became of the broadcast there.

    `sounded`: the most that it told of one airing, in ms; `again`: it played and may still once more; `untold`:
    reports that wait there. `hamlets`: those that hear it.
    """

    contact: Contact
    fate: Fate
    hamlets: tuple[AreaId, ...]
    sounded: int
    again: bool
    untold: int


@dataclass(frozen=True, slots=True)
class ThreeLists:
    """A withdrawn broadcast with its nodes in three lists."""

    broadcast: Broadcast
    title: str
    withdrawn_at: datetime
    by: str
    why: str
    nodes: tuple[Listed, ...]

    def of(self, wanted: Fate) -> tuple[Listed, ...]:
        """One of the lists, by name."""
        return tuple(each for each in self.nodes if each.fate is wanted)

    def hamlets(self, *wanted: Fate) -> tuple[AreaId, ...]:
        """The hamlets that hear the nodes of some lists."""
        return tuple(sorted({hamlet for each in self.nodes if each.fate in wanted for hamlet in each.hamlets}))


@dataclass(frozen=True, slots=True)
class Prospect:
    """What withdrawing a broadcast would do: where it sounds now, how many airings are still to come, and the next."""

    title: str
    withdrawn: bool
    sounding: tuple[str, ...]
    coming: int
    next_at: datetime | None


@query(Right.WITHDRAW)
def prospect(act: Act, broadcast: BroadcastId) -> Prospect:
    """What will happen if a broadcast of the person's branches is withdrawn."""
    found = existing(act, broadcast)
    act.permit(found.owner)
    title = found.versions[-1].content.title if found.versions else ""
    now, owed = to_ms(act.now), (OwedRow.broadcast_id == broadcast, OwedRow.gone_at.is_(None))
    rows = list(act.session.scalars(select(OwedRow).where(*owed, OwedRow.ends_at_ms > now)))
    sounding = {row.node_name for row in rows if row.starts_at_ms <= now < row.starts_at_ms + row.due_ms}
    ahead = {(row.starts_at_ms, row.occurrence_id) for row in rows if row.starts_at_ms > now}
    next_at = from_ms(min(ahead)[0]) if ahead else None
    return Prospect(title, found.withdrawn_at is not None, tuple(sorted(sounding)), len(ahead), next_at)


@query(Right.READ)
def three_lists(act: Act, broadcast: BroadcastId) -> ThreeLists:
    """A withdrawn broadcast with its nodes in three lists; of what only touches the person, the nodes they may see."""
    act.permit_somewhere()
    found = existing(act, broadcast)
    row = act.session.get_one(BroadcastRow, broadcast)
    if row.withdrawn_at is None:
        raise not_found()
    person = act.session.get(PersonRow, row.withdrawn_by) if row.withdrawn_by else None
    title = found.versions[-1].content.title if found.versions else ""
    nodes = _listed(act, found, row.withdrawn_at)
    return ThreeLists(found, title, row.withdrawn_at, person.name if person else "", row.withdrawn_why or "", nodes)


def _listed(act: Act, broadcast: Broadcast, withdrawn_at: datetime) -> tuple[Listed, ...]:
    since = to_ms(withdrawn_at - HEARD_BEFORE)
    airings = _near(results.occurrences(act.session, since, _FOR_EVER, to_ms(act.now), broadcast.id), act.now)
    by_node: dict[NodeId, dict[OccurrenceId, NodeResult]] = {}
    for airing in airings:
        for each in airing.nodes:
            if _seen(act, broadcast, each):
                by_node.setdefault(each.owed.node, {})[airing.id] = each
    known = heard(act.session, by_node)
    called = {each.node: each for each in contacts(act, by_node, known)}
    back, started = taken_back(act.session, broadcast.id), begun(act.session, [airing.id for airing in airings])
    found = [
        _of_node(called.get(node) or _gone(rows.values()), known[node], back, started, rows)
        for node, rows in by_node.items()
    ]
    return tuple(sorted(found, key=lambda each: (each.contact.name, each.contact.node)))


def _near(airings: tuple[OccurrenceResult, ...], now: datetime) -> list[OccurrenceResult]:
    """What was, and what starts soon, or else the first; later ones the plans leave out in time."""
    first = next((each.starts_at for each in airings if each.starts_at > to_ms(now)), 0)
    last = max(first, to_ms(now + WITHDRAW_AHEAD))
    return [each for each in airings if each.starts_at <= last]


def _of_node(
    contact: Contact,
    last: Heard,
    back: TakenBack,
    started: frozenset[tuple[NodeId, OccurrenceId]],
    rows: dict[OccurrenceId, NodeResult],
) -> Listed:
    node = contact.node
    traces = [
        Trace(
            (node, airing) in started or last.sounding == airing,
            _sounded(each),
            back.known_to(node, airing, last),
            each.verdict.final and not _sounded(each),
        )
        for airing, each in rows.items()
    ]
    fates = [fate(trace) for trace in traces]
    found = of_node(fates)
    return Listed(
        contact,
        found,
        tuple(sorted({hamlet.id for each in rows.values() for hamlet in each.owed.hamlets})),
        max(trace.sounded for trace in traces),
        found is Fate.PLAYED and Fate.MAY_STILL in fates,
        last.untold,
    )


def _sounded(each: NodeResult) -> int:
    return max((proof.sounded_ms for proof in each.proofs), default=each.verdict.sounded)


def _seen(act: Act, broadcast: Broadcast, each: NodeResult) -> bool:
    own = may(act.tree, act.grants, Right.READ, broadcast.owner)
    return own or any(may(act.tree, act.grants, Right.READ, hamlet.id) for hamlet in each.owed.hamlets)


def _gone(rows: Iterable[NodeResult]) -> Contact:
    """A node that was taken out of service since, as it was when the airing was owed."""
    owed = next(iter(rows)).owed
    return Contact(owed.node, owed.node_name, tuple(hamlet.name for hamlet in owed.hamlets), None, False, ())
