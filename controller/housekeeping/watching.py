"""The watch over the nodes: facts become faults, every two seconds, in a thread of its own.

What it reads each time is small: a few columns of each node, and in full only what changed. It writes only when a fault
changes, and every half minute that it is there: pages say so where nobody looks any more.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.domain.facts import LATELY, Counter, Grown, NodeFacts, OfficeLink, Site, is_silent
from controller.domain.faults import Fault, advance, unjudgeable
from controller.domain.machines import KEPT
from controller.domain.tree import path
from controller.domain.values import AreaId, Node, NodeId, Tree
from controller.housekeeping.threads import beside
from controller.storage import field
from controller.storage.engine import StorageError, reading, transact
from controller.storage.queries import tree_at
from controller.storage.tables import ConditionRow, NodeRow, SignRow
from playlists.reports import Heartbeat

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
SAY_EVERY = timedelta(seconds=30)
OVERLAP = timedelta(minutes=2)
"""How far back telling facts are read again: a transaction may have waited before it was committed."""
DAY = timedelta(days=1)

_Mark = tuple[Any, ...]


class Watch:
    """Looks for faults in one office's database; `link` says how its gateway reaches the broker."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], link: Callable[[], OfficeLink]) -> None:
        self._engine, self._clock, self._link = engine, clock, link
        self._marks: dict[str, _Mark] = {}
        self._facts: dict[NodeId, NodeFacts] = {}
        self._signs: dict[str, dict[tuple[str, int], SignRow]] = {}
        self._signs_since: datetime | None = None
        self._counters = _Counters()
        self._promised: dict[tuple[str, str], int] = {}
        self._tree: Tree | None = None
        self._above: Mapping[NodeId, tuple[AreaId, ...]] = {}
        self._said: tuple[datetime, OfficeLink] | None = None

    def look(self) -> tuple[Fault, ...]:
        """Look once; the faults that changed. Raises DatabaseBusy: nothing has then happened."""
        now, link = self._clock(), self._link()
        with reading(self._engine) as session:
            site = self._site(session, link, now)
            changed, site = self._advance(field.faults(session, now), site, now)
        says = self._said is None or link != self._said[1] or now - self._said[0] >= SAY_EVERY
        if changed or says:
            changed = transact(self._engine, lambda session: self._write(session, site, now))
            self._said = (now, link)
        for fault in changed:
            log.info("fault %s %s of %s: %s", fault.kind, fault.life, fault.node or fault.area or "site", fault.what)
        return changed

    def running(self) -> AbstractContextManager[None]:
        """The watch at its pace, for the length of a `with`."""
        return beside("watch", self._run)

    def _run(self, ended: threading.Event) -> None:
        while not ended.wait(LOOK_EVERY_S):
            try:
                self.look()
            except (StorageError, SQLAlchemyError, OSError) as error:
                log.error("the watch over the nodes: %s", error)
            except Exception:
                # What one node told must not leave all others unwatched until somebody starts the office anew.
                log.exception("the watch over the nodes")

    def _write(self, session: Session, site: Site, now: datetime) -> tuple[Fault, ...]:
        """As the faults stand in this transaction: somebody may have acknowledged one meanwhile."""
        before = field.faults(session, now)
        changed, _ = self._advance(before, site, now)
        field.put_faults(session, changed, [fault.id for fault in before], now)
        field.watched(session, site.link, now)
        return changed

    def _advance(self, faults: list[Fault], site: Site, now: datetime) -> tuple[tuple[Fault, ...], Site]:
        """What changes, by facts of which those are left out that cannot be judged: of these nodes nothing is known."""
        try:
            return advance(faults, site, now), site
        except Exception as error:
            wrong = unjudgeable(faults, site, now)
            if not wrong:
                raise
            log.debug("judged without %s: %s", sorted(wrong), error)
        bare = {node: field.unclear(site.nodes[node], error) for node, error in wrong.items()}
        site = replace(site, nodes={**site.nodes, **bare})
        return advance(faults, site, now), site

    def _site(self, session: Session, link: OfficeLink, now: datetime) -> Site:
        tree = tree_at(session, now)
        if tree is not self._tree:
            self._tree, self._marks = tree, {}
            self._above = {node.id: _above(tree, node) for node in tree.nodes.values()}
        self._read_signs(session, now)
        self._read_conditions(session, tree, now)
        self._facts = {node: facts for node, facts in self._facts.items() if node in tree.nodes}
        found = {node: self._readable(session, facts, link, now) for node, facts in self._facts.items()}
        return Site(link, found, self._above)

    def _read_conditions(self, session: Session, tree: Tree, now: datetime) -> None:
        marks = {row[0]: tuple(row) for row in session.execute(_MARKS)}
        changed = [node for node in tree.nodes if node not in self._facts or marks.get(node) != self._marks.get(node)]
        for part in _parts(changed):
            rows = {row.node_id: row for row in session.scalars(_conditions(part))}
            enrolled = {row.id: row.enrolled_at for row in session.execute(_enrolled(part))}
            for node in part:
                facts = field.facts_of(tree.nodes[node], rows.get(node), (), enrolled.get(node))
                self._facts[node] = facts
                if facts.status is not None:
                    self._counters.take(facts.status, now)
        self._marks = marks

    def _read_signs(self, session: Session, now: datetime) -> None:
        since = now - DAY if self._signs_since is None else self._signs_since - OVERLAP
        for row in session.scalars(select(SignRow).where(SignRow.received_at > since)):
            if row.at > now - DAY:
                self._signs.setdefault(row.node_id, {})[row.stream, row.number] = row
        self._signs_since = now

    def _readable(self, session: Session, facts: NodeFacts, link: OfficeLink, now: datetime) -> NodeFacts:
        try:
            return facts if facts.unclear else self._whole(session, facts, link, now)
        except (StorageError, SQLAlchemyError):
            raise
        except Exception as error:  # noqa: BLE001 - `unclear` says it
            return field.unclear(facts, error)

    def _whole(self, session: Session, facts: NodeFacts, link: OfficeLink, now: datetime) -> NodeFacts:
        rows = self._signs.get(facts.node)
        if rows:
            live = {key: row for key, row in rows.items() if row.at > now - DAY}
            self._signs[facts.node] = live
            facts = field.with_signs(facts, live.values())
        grown = self._counters.grown(facts.node, now)
        if grown:
            facts = replace(facts, grown=grown)
        # Only of a node that would be called silent is looked up what it promised: it may not have heard of another.
        if is_silent(facts, link, now):
            return replace(facts, heartbeat=max(facts.heartbeat, self._promise(session, facts.status)))
        return facts

    def _promise(self, session: Session, status: Heartbeat | None) -> int:
        held = next((each.digest for each in status.held if each.kind == "plan"), "") if status else ""
        key = held, status.profile if status else ""
        if key not in self._promised:
            self._promised[key] = field.promised(session, status)
        return self._promised[key]


class _Counters:
    """By how much the counters of each node grew lately, as far as somebody watched."""

    def __init__(self) -> None:
        self._last: dict[NodeId, dict[str, dict[Counter, int]]] = {}
        self._grew: dict[tuple[NodeId, Counter], deque[tuple[datetime, int]]] = {}

    def take(self, status: Heartbeat, now: datetime) -> None:
        """A status: what is higher than in the one before has grown; what is lower began anew."""
        counted = {
            Counter.TAKEOVERS: status.line.takeovers,
            Counter.DEAF: status.line.deaf,
            Counter.SOUND: status.restarts.sound,
            Counter.GUARD: status.restarts.guard,
        }
        node = NodeId(status.node)
        # Two machines of one name each count for themselves.
        known = self._last.setdefault(node, {})
        before = known.pop(status.machine, None) or next(reversed(known.values()), counted)
        known[status.machine] = counted
        while len(known) > KEPT:
            del known[next(iter(known))]
        for counter, value in counted.items():
            more = value - before[counter] if value >= before[counter] else value
            if more > 0:
                self._grew.setdefault((node, counter), deque()).append((now, more))

    def grown(self, node: NodeId, now: datetime) -> Mapping[Counter, Grown]:
        """What grew in LATELY."""
        found = {}
        for counter in Counter:
            grew = self._grew.get((node, counter))
            while grew and now - grew[0][0] > LATELY:
                grew.popleft()
            if grew:
                found[counter] = Grown(sum(more for _, more in grew), grew[0][0])
        return found


_MARKS = select(
    ConditionRow.node_id,
    ConditionRow.online,
    ConditionRow.connection_id,
    ConditionRow.stream,
    ConditionRow.boot,
    ConditionRow.number,
    ConditionRow.status_at,
    ConditionRow.birth_at,
)
_PART = 500


def _parts(nodes: list[NodeId]) -> Iterable[list[NodeId]]:
    return (nodes[at : at + _PART] for at in range(0, len(nodes), _PART))


def _conditions(nodes: list[NodeId]) -> Any:
    return select(ConditionRow).where(ConditionRow.node_id.in_(nodes))


def _enrolled(nodes: list[NodeId]) -> Any:
    return select(NodeRow.id, NodeRow.enrolled_at).where(NodeRow.id.in_(nodes))


def _above(tree: Tree, node: Node) -> tuple[AreaId, ...]:
    return tuple(step.id for step in reversed(path(tree, node.home)))
