"""The life of faults: new → acknowledged → resolved, opened and closed by facts alone.

1. A fault opens when facts make it (signs.py) and, where a kind says so, have made it for a moment (`budding` until
   then, told to nobody). It is resolved when facts have said otherwise for CALM; what comes back within REOPENS is the
   same fault, new again, counted: so nothing flaps.
2. A person acknowledges; nobody resolves by hand.
3. Of a silent node nothing new is known, nor of one whose facts cannot be judged: its other faults stay as they were
   last told.
4. While the office itself hears nothing there is one fault, BROKER, and no node is called silent; from its return on
   nodes have RETURN to come back. Those that fell silent since then are folded under it.
5. At least FEW nodes that fell silent within one heartbeat of each other are one fault, TOGETHER, of the smallest area
   that holds them all; each of them is folded under it for as long as it stands. Who is heard again leaves it; it is
   over when fewer than FEW are left, and each of these then stands for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from controller.domain.facts import RETURN, NodeFacts, OfficeLink, Site, is_overdue, is_silent
from controller.domain.signs import SIGNS, FaultKind, Finding, Severity, Sign
from controller.domain.values import AreaId, NodeId, to_ms

FaultId = NewType("FaultId", str)

CALM = timedelta(seconds=15)
"""For how long facts must say that it is over."""
REOPENS = timedelta(hours=1)
"""Until how long after its end what comes back is the same fault."""
UNREACHED = timedelta(seconds=5)
"""A broker that is away for less is not worth a word."""
FEW = 3
SPREAD = timedelta(seconds=15)
"""Beyond one heartbeat: how far apart the last words of nodes may lie that fell silent together."""


class Life(StrEnum):
    """Where a fault stands."""

    BUDDING = "budding"
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one node, of an area, or (neither) of the whole site.

    `opened_at`: when it first held; `since`: when it held again; `clear_since`: since when facts say that it is over.
    `times`: how often it came, 0 if it was over before it was told. `under`: the fault of many that it is folded under;
    `members`: the nodes of a fault of many that are still silent.
    """

    id: FaultId
    kind: FaultKind
    node: NodeId | None
    area: AreaId | None
    life: Life
    what: str
    severity: Severity
    opened_at: datetime
    since: datetime
    grounds: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    clear_since: datetime | None = None
    resolved_at: datetime | None = None
    times: int = 1
    under: FaultId | None = None
    members: tuple[NodeId, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it is told and not over."""
        return self.life in (Life.NEW, Life.ACKNOWLEDGED)

    @property
    def alarms(self) -> bool:
        """Whether it stands by itself: not folded under another."""
        return self.stands and self.under is None


Key = tuple[FaultKind, NodeId]


def advance(faults: Iterable[Fault], site: Site, now: datetime) -> tuple[Fault, ...]:
    """The faults that change, as they then stand, by the facts of a site; `faults`: unresolved, and lately resolved.

    Idempotent: put back in and asked again with the same facts and moment, it changes nothing.
    """
    before = {fault.id: fault for fault in faults if fault.times}
    after = _Groups(before.values(), site, now).moved()
    known = _newest(fault for fault in before.values() if fault.node is not None)
    under = _under(after.values(), before.values())
    for node, facts in sorted(site.nodes.items()):
        for kind, finding, ripe in _findings(facts, known, site.link, now):
            old = known.get((kind, node))
            moved = old if isinstance(finding, _Keep) else _moved(old, kind, node, finding, ripe, now)
            if moved is not None and kind is FaultKind.SILENT:
                moved = replace(moved, under=_roof(moved, node, under))
            if moved is not None:
                after[moved.id] = moved
    for fault in known.values():
        if fault.node not in site.nodes and fault.life is not Life.RESOLVED:
            after[fault.id] = replace(fault, life=Life.RESOLVED, resolved_at=now)
    return tuple(fault for id_, fault in sorted(after.items()) if fault != before.get(id_))


def unjudgeable(faults: Iterable[Fault], site: Site, now: datetime) -> dict[NodeId, Exception]:
    """The nodes whose facts no sign can be asked of, each with what went wrong: for when `advance` has failed."""
    found: dict[NodeId, Exception] = {}
    known = _newest(fault for fault in faults if fault.node is not None)
    for node, facts in site.nodes.items():
        try:
            list(_findings(facts, known, site.link, now))
        except Exception as error:  # noqa: BLE001 - who asks says it; whatever it is, it must not hide the other nodes
            found[node] = error
    return found


def acknowledged(fault: Fault) -> Fault:
    """A person has seen it."""
    return replace(fault, life=Life.ACKNOWLEDGED) if fault.life is Life.NEW else fault


class _Keep:
    """The facts say nothing new: as it is."""


_KEEP = _Keep()


def _findings(
    facts: NodeFacts, known: Mapping[Key, Fault], link: OfficeLink, now: datetime
) -> Iterator[tuple[FaultKind, Finding | _Keep | None, timedelta]]:
    silent = _silent(facts, known.get((FaultKind.SILENT, facts.node)), link, now)
    yield FaultKind.SILENT, silent, timedelta()
    for sign in SIGNS:
        old = known.get((sign.kind, facts.node))
        keep = not link.up or facts.unclear or (silent is not None and old is not None)
        yield sign.kind, _KEEP if keep else _asked(sign, facts, old, now), sign.ripe


def _asked(sign: Sign, facts: NodeFacts, old: Fault | None, now: datetime) -> Finding | None:
    return sign.holds(facts, old is not None and old.life is not Life.RESOLVED and old.clear_since is None, now)


def _silent(facts: NodeFacts, old: Fault | None, link: OfficeLink, now: datetime) -> Finding | _Keep | None:
    if not link.up or facts.heard_at is None:
        return _KEEP
    if is_silent(facts, link, now):
        return Finding(facts.heard_at, "silent", Severity.SERIOUS, {"heartbeat": facts.heartbeat})
    standing = old is not None and old.life is not Life.RESOLVED and old.clear_since is None
    return _KEEP if standing and old is not None and facts.heard_at <= old.since else None


def _moved(
    old: Fault | None, kind: FaultKind, node: NodeId, finding: Finding | None, ripe: timedelta, now: datetime
) -> Fault | None:
    if finding is None:
        return None if old is None else _cleared(old, now)
    if old is None or (old.life is Life.RESOLVED and old.resolved_at is not None and now - old.resolved_at > REOPENS):
        made = _made(kind, finding, node=node)
        return _ripened(made, ripe, now)
    return _ripened(_held(old, finding), ripe, now)


def _made(kind: FaultKind, finding: Finding, node: NodeId | None = None, area: AreaId | None = None) -> Fault:
    named = f"{kind}/{node or area or ''}/{to_ms(finding.since)}"
    id_ = FaultId(hashlib.sha256(named.encode()).hexdigest()[:20])
    return Fault(
        id_, kind, node, area, Life.BUDDING, finding.what, finding.severity, finding.since, finding.since,
        finding.grounds,
    )  # fmt: skip


def _held(old: Fault, finding: Finding) -> Fault:
    """It holds: as it was, but what exactly it is may have changed; what was over is new again."""
    said = replace(old, clear_since=None, since=finding.since) if old.clear_since is not None else old
    if _told(old) != _told(finding):
        said = replace(said, what=finding.what, severity=finding.severity, grounds=finding.grounds)
        if finding.severity > old.severity and old.life is Life.ACKNOWLEDGED:
            said = replace(said, life=Life.NEW)
    if old.life is Life.RESOLVED:
        said = replace(said, life=Life.NEW, resolved_at=None, times=old.times + 1, grounds=finding.grounds)
    return said


def _told(of: Fault | Finding) -> tuple[object, ...]:
    """What of it is told anew when it changes; of the grounds, only how often: measured values waver."""
    return of.what, of.severity, of.grounds.get("times")


def _ripened(fault: Fault, ripe: timedelta, now: datetime) -> Fault:
    return replace(fault, life=Life.NEW) if fault.life is Life.BUDDING and now - fault.since >= ripe else fault


def _cleared(old: Fault, now: datetime) -> Fault:
    if old.life is Life.RESOLVED:
        return old
    if old.life is Life.BUDDING:
        return replace(old, life=Life.RESOLVED, clear_since=now, resolved_at=now, times=0)
    since = old.clear_since or now
    if now - since < CALM:
        return replace(old, clear_since=since)
    return replace(old, life=Life.RESOLVED, clear_since=since, resolved_at=now)


def _newest(faults: Iterable[Fault]) -> dict[Key, Fault]:
    found: dict[Key, Fault] = {}
    for fault in sorted(faults, key=lambda each: (each.life is not Life.RESOLVED, each.since, each.id)):
        if fault.node is not None:
            found[fault.kind, fault.node] = fault
    return found


def _under(moved: Iterable[Fault], before: Iterable[Fault]) -> dict[NodeId | None, Fault]:
    """The fault of many that stands over each node; under None: the one of the whole site."""
    latest = {fault.id: fault for fault in (*before, *moved)}
    found: dict[NodeId | None, Fault] = {}
    for fault in sorted(latest.values(), key=lambda each: (each.opened_at, each.id)):
        if fault.kind is FaultKind.TOGETHER and fault.stands:
            found.update((node, fault) for node in fault.members)
        if fault.kind is FaultKind.BROKER and fault.stands:
            found[None] = fault
    return found


def _roof(fault: Fault, node: NodeId, under: Mapping[NodeId | None, Fault]) -> FaultId | None:
    if not fault.stands:
        return fault.under
    broker = under.get(None)
    if broker is not None and fault.since >= broker.since - RETURN:
        return broker.id
    return under[node].id if node in under else None


class _Groups:
    """Faults of many: the office's own link, and nodes that fell silent together."""

    def __init__(self, faults: Iterable[Fault], site: Site, now: datetime) -> None:
        self._old = [fault for fault in faults if fault.node is None]
        self._site, self._now = site, now

    def moved(self) -> dict[FaultId, Fault]:
        """Those that change or stand, as they then are."""
        found = [*self._broker(), *self._together()]
        return {fault.id: fault for fault in found}

    def _broker(self) -> Iterator[Fault]:
        old = max((each for each in self._old if each.kind is FaultKind.BROKER), key=_recent, default=None)
        link, now = self._site.link, self._now
        if not link.up:
            if now - link.since >= UNREACHED or (old is not None and old.stands):
                yield from self._held(old, FaultKind.BROKER, self._unreached(old))
        elif old is not None and old.life is not Life.RESOLVED:
            over = now - link.since >= RETURN or self._all_back()
            yield replace(old, life=Life.RESOLVED, clear_since=link.since, resolved_at=now) if over else old

    def _unreached(self, old: Fault | None) -> Finding:
        since = old.since if old is not None and old.stands else self._site.link.since
        return Finding(since, "broker", Severity.SERIOUS, {"nodes": len(self._site.nodes)})

    def _all_back(self) -> bool:
        heard = [facts.heard_at for facts in self._site.nodes.values() if facts.heard_at is not None]
        broker = next(each for each in self._old if each.kind is FaultKind.BROKER and each.life is not Life.RESOLVED)
        meant = [at for at in heard if at >= broker.since - 5 * RETURN]
        return bool(meant) and all(at > self._site.link.since for at in meant)

    def _held(self, old: Fault | None, kind: FaultKind, finding: Finding) -> Iterator[Fault]:
        again = old is not None and old.resolved_at is not None and self._now - old.resolved_at <= REOPENS
        if old is not None and (old.life is not Life.RESOLVED or again):
            yield _held(old, finding)
        else:
            yield replace(_made(kind, finding), life=Life.NEW)

    def _together(self) -> Iterator[Fault]:
        site, now = self._site, self._now
        standing = [each for each in self._old if each.kind is FaultKind.TOGETHER and each.life is not Life.RESOLVED]
        if not site.link.up:
            yield from standing
            return
        late = {node: facts for node, facts in site.nodes.items() if is_overdue(facts, site.link, now)}
        taken: set[NodeId] = set()
        for fault in sorted(standing, key=_recent):
            fault = self._joined(fault, late, taken)
            still = tuple(node for node in fault.members if self._still(node, fault))
            if len(still) < FEW:
                yield _cleared(fault, now)
                continue
            taken.update(still)
            yield replace(fault, clear_since=None, members=still, grounds={**fault.grounds, "nodes": len(still)})
        for members in self._clusters([facts for node, facts in late.items() if node not in taken]):
            yield self._opened(members)

    def _still(self, node: NodeId, fault: Fault) -> bool:
        facts = self._site.nodes.get(node)
        return facts is not None and facts.heard_at is not None and facts.heard_at <= fault.since + _spread(facts)

    def _joined(self, fault: Fault, late: Mapping[NodeId, NodeFacts], taken: set[NodeId]) -> Fault:
        new = [
            node
            for node, facts in late.items()
            if node not in fault.members
            and node not in taken
            and facts.heard_at is not None
            and fault.since <= facts.heard_at <= fault.since + _spread(facts)
        ]
        if not new:
            return fault
        members = tuple(sorted({*fault.members, *new}))
        area = self._area(members)
        return replace(fault, members=members, area=area, grounds=self._grounds(members))

    def _clusters(self, late: Sequence[NodeFacts]) -> Iterator[list[NodeFacts]]:
        ordered = sorted(late, key=lambda each: (each.heard_at, each.node))
        while ordered:
            first = ordered[0]
            assert first.heard_at is not None
            end = first.heard_at + max(_spread(each) for each in ordered)
            near = [each for each in ordered if each.heard_at is not None and each.heard_at <= end]
            if len(near) >= FEW and any(is_silent(each, self._site.link, self._now) for each in near):
                yield near
                ordered = ordered[len(near) :]
            else:
                ordered = ordered[1:]

    def _opened(self, near: Sequence[NodeFacts]) -> Fault:
        members = tuple(sorted(each.node for each in near))
        first = min(each.heard_at for each in near if each.heard_at is not None)
        finding = Finding(first, "silent", Severity.SERIOUS, self._grounds(members))
        made = _made(FaultKind.TOGETHER, finding, area=self._area(members))
        return replace(made, life=Life.NEW, members=members)

    def _grounds(self, members: Sequence[NodeId]) -> Mapping[str, str | int | float | bool]:
        area = self._area(members)
        of = sum(area in self._site.above.get(node, ()) for node in self._site.nodes) if area else len(members)
        return {"nodes": len(members), "of": of}

    def _area(self, members: Sequence[NodeId]) -> AreaId | None:
        """The smallest area that holds all of them."""
        paths = [self._site.above.get(node, ()) for node in members]
        if not paths:
            return None
        shared = set(paths[0]).intersection(*paths[1:])
        return next((area for area in paths[0] if area in shared), None)


def _spread(facts: NodeFacts) -> timedelta:
    return timedelta(milliseconds=facts.heartbeat) + SPREAD


def _recent(fault: Fault) -> tuple[datetime, str]:
    return fault.since, fault.id
