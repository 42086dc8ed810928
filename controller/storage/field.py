"""What is known of the nodes' health, out of the database: facts, faults, stretches without contact."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from controller.domain.facts import (
    Booted,
    Counter,
    Grown,
    NodeFacts,
    OfficeLink,
    Pressed,
    RefusedThere,
    Tested,
)
from controller.domain.faults import REOPENS, Fault, FaultId, Life
from controller.domain.habits import Outage, Why, why
from controller.domain.signs import COUNTED, FaultKind, Severity
from controller.domain.values import AreaId, Node, NodeId, from_ms, to_ms
from controller.storage.ingest.marks import machines_read
from controller.storage.tables import ConditionRow, DocumentRow, FaultRow, OutageRow, SignRow, SiteRow
from controller.storage.writing import insert_new, table
from playlists import wire
from playlists.models import Millis, NodeSettings, Plan
from playlists.profiles import promised as promised_on
from playlists.reports import Boot, Heartbeat, Press, Refused, RequestDone

DAY = timedelta(days=1)
log = logging.getLogger(__name__)

_FAULT, _OUTAGE = table(FaultRow), table(OutageRow)
_SELF_TEST = "self_test"
_said: set[tuple[NodeId, str]] = set()


def facts_of(
    node: Node, condition: ConditionRow | None, signs: Iterable[SignRow], enrolled_at: datetime | None = None
) -> NodeFacts:
    """The facts of a node, but what only grows: that is known by who watched it grow."""
    known = NodeFacts(node.id, node.settings.heartbeat, enrolled_at)
    if condition is not None:
        moments = [at for at in (condition.birth_at, condition.status_at) if at is not None]
        known = replace(
            known,
            heard_at=max(moments, default=None),
            online=condition.online,
            left_at=None if condition.online else condition.connection_at,
            heartbeat=promised_by(condition.status, node.settings.heartbeat),
        )
    try:
        return with_signs(_as_told(known, condition), signs)
    except Exception as error:  # noqa: BLE001 - `unclear` says it; whatever it is, it must not hide the other nodes
        return unclear(known, error)


def unclear(facts: NodeFacts, error: Exception) -> NodeFacts:
    """The facts of a node without what cannot be judged; why is said once for each node and kind of error."""
    why = facts.node, type(error).__name__
    if why not in _said:
        _said.add(why)
        log.error("what node %s told cannot be judged: nothing is known of it", facts.node, exc_info=error)
    return facts.bare()


def _as_told(facts: NodeFacts, condition: ConditionRow | None) -> NodeFacts:
    if condition is None:
        return facts
    status = status_of(condition.status)
    said = replace(facts, status=status, status_at=condition.status_at, turns=machines_read(condition.machines).turns)
    return said.bare() if status is None and condition.status is not None else said


def status_of(status: Mapping[str, Any] | None) -> Heartbeat | None:
    """A stored status as a value; None for none, or one that this release cannot read."""
    try:
        return None if status is None else Heartbeat.model_validate(status, strict=False)
    except ValidationError:
        return None


def promised_by(status: Mapping[str, Any] | None, wanted: int) -> int:
    """How often (ms) a node speaks that is asked for `wanted`, by the profile that its stored status names."""
    return promised_on(str((status or {}).get("profile", "")), wanted)


def with_signs(facts: NodeFacts, signs: Iterable[SignRow]) -> NodeFacts:
    """The facts with what its events told of the last day."""
    rows = sorted(signs, key=lambda row: (row.at, row.stream, row.number))
    boots = tuple(booted(row) for row in rows if row.kind == "boot")
    refused = [(row, Refused.model_validate(row.fact, strict=False)) for row in rows if row.kind == "refused"]
    tests = [(row, RequestDone.model_validate(row.fact, strict=False)) for row in rows if row.kind == "request_done"]
    presses = [(row, Press.model_validate(row.fact, strict=False)) for row in rows if row.kind == "press"]
    return replace(
        facts,
        boots=boots,
        refusals=tuple(RefusedThere(row.at, said.document, said.reason, said.times) for row, said in refused),
        tests=tuple(
            Tested(row.at, said.outcome, said.level, said.detail) for row, said in tests if said.action == _SELF_TEST
        ),
        presses=tuple(Pressed(row.at, said.what) for row, said in presses),
    )


def booted(row: SignRow) -> Booted:
    """A BOOT."""
    said = Boot.model_validate(row.fact, strict=False)
    alive = from_ms(Millis(said.last_alive)) if 0 < said.last_alive <= to_ms(row.at) else None
    # What did not know the time is written down as of when it came.
    sure = row.at < row.received_at
    return Booted(row.at, said.because, alive, said.new_stream, said.in_memory, said.machine, sure)


def with_grown(facts: NodeFacts, faults: Iterable[Fault]) -> NodeFacts:
    """The facts with what grew, as far as faults that stand tell it."""
    grown = {
        Counter(fault.what): Grown(int(fault.grounds.get("times", 1)), fault.since)
        for fault in faults
        if COUNTED.get(fault.kind) == fault.what and fault.stands and fault.clear_since is None
    }
    return replace(facts, grown=grown)


def signs(session: Session, since: datetime, nodes: Sequence[str] | None = None) -> dict[str, list[SignRow]]:
    """What events told since a moment, by node."""
    chosen = select(SignRow).where(SignRow.at > since)
    if nodes is not None:
        chosen = chosen.where(SignRow.node_id.in_(nodes))
    found: defaultdict[str, list[SignRow]] = defaultdict(list)
    for row in session.scalars(chosen):
        found[row.node_id].append(row)
    return found


def promised(session: Session, status: Heartbeat | None) -> int:
    """How often (ms) a node promised to speak by the plan that it holds; the default of the wire without one."""
    held = max((each for each in status.held if each.kind == "plan"), key=lambda each: each.number.sequence,
               default=None) if status else None  # fmt: skip
    signed = None if held is None else session.scalar(
        select(DocumentRow.signed_bytes).where(DocumentRow.digest == held.digest).limit(1)
    )  # fmt: skip
    plan = None if signed is None else wire.decode_document(_payload(bytes(signed)))
    wanted = plan.settings if isinstance(plan, Plan) else NodeSettings()
    return promised_on(status.profile if status else "", wanted.heartbeat)


def _payload(signed: bytes) -> bytes:
    """What we signed says; it lies in our own database, so its signature is not asked again."""
    packed = signed.split(b".")[1]
    return wire.inflate(urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))


def faults(session: Session, now: datetime, node: NodeId | None = None) -> list[Fault]:
    """The faults that are not over, and those that are since so short a time that they may open again."""
    chosen = select(FaultRow).where(FaultRow.resolved_at.is_(None) | (FaultRow.resolved_at > now - REOPENS))
    if node is not None:
        chosen = chosen.where((FaultRow.node_id == node) | FaultRow.node_id.is_(None))
    return [fault_value(row) for row in session.scalars(chosen)]


def fault_value(row: FaultRow) -> Fault:
    """A stored fault."""
    return Fault(
        FaultId(row.id),
        FaultKind(row.kind),
        None if row.node_id is None else NodeId(row.node_id),
        None if row.area_id is None else AreaId(row.area_id),
        Life(row.life),
        row.what,
        Severity(row.severity),
        row.opened_at,
        row.since_at,
        row.grounds,
        row.clear_since,
        row.resolved_at,
        row.times,
        None if row.under is None else FaultId(row.under),
        tuple(NodeId(each) for each in row.members),
    )


def put_faults(session: Session, changed: Sequence[Fault], known: Iterable[FaultId], now: datetime) -> None:
    """Write faults that changed, with the stretches without contact that they tell of."""
    before = set(known)
    new = [{**_columns(each), "known_at": now, "note": ""} for each in changed if each.id not in before]
    insert_new(session, FaultRow, new)
    old = [each for each in changed if each.id in before]
    if old:
        names = [name for name in _columns(old[0]) if name not in ("id", "life", "kind", "node_id", "opened_at")]
        this = update(_FAULT).where(_FAULT.c.id == bindparam("of"))
        rows = [{"of": row["id"], **{f"new_{name}": row[name] for name in names}} for row in map(_columns, old)]
        session.connection().execute(this.values({name: bindparam(f"new_{name}") for name in names}), rows)
        _live(session, old, now)
    for each in changed:
        if each.kind is FaultKind.SILENT:
            _outage(session, each)


def _live(session: Session, old: Sequence[Fault], now: datetime) -> None:
    """A life that begins anew, or is told for the first time, is known from now on, and nobody has seen it."""
    this = update(_FAULT).where(_FAULT.c.id == bindparam("of"))
    again = [{"of": each.id} for each in old if each.life is Life.NEW]
    ended = [{"of": each.id, "life_": each.life.value} for each in old if each.life is not Life.NEW]
    if again:
        fresh = {"life": Life.NEW.value, "known_at": now, "acknowledged_by": None, "acknowledged_at": None}
        session.connection().execute(this.where(_FAULT.c.life != Life.NEW.value).values(fresh), again)
    if ended:
        session.connection().execute(this.values(life=bindparam("life_")), ended)


def _columns(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "kind": fault.kind.value,
        "node_id": fault.node,
        "area_id": fault.area,
        "life": fault.life.value,
        "what": fault.what,
        "severity": int(fault.severity),
        "opened_at": fault.opened_at,
        "since_at": fault.since,
        "grounds": dict(fault.grounds),
        "clear_since": fault.clear_since,
        "resolved_at": fault.resolved_at,
        "times": fault.times,
        "under": fault.under,
        "members": list(fault.members),
    }


def _outage(session: Session, fault: Fault) -> None:
    if fault.life is Life.BUDDING:
        return
    row = {"node_id": fault.node, "begin_at": fault.since, "end_at": None}
    insert_new(session, OutageRow, [row])
    of_it = update(OutageRow).where(OutageRow.node_id == fault.node, OutageRow.end_at.is_(None))
    if fault.clear_since is not None:
        session.execute(of_it.values(end_at=fault.clear_since))


def boots(session: Session, nodes: Collection[NodeId], since: datetime) -> dict[NodeId, tuple[Booted, ...]]:
    """The boots of some nodes since a moment."""
    chosen = select(SignRow).where(SignRow.node_id.in_(sorted(nodes)), SignRow.kind == "boot", SignRow.at > since)
    found: defaultdict[NodeId, list[Booted]] = defaultdict(list)
    for row in session.scalars(chosen.order_by(SignRow.at)):
        with suppress(ValidationError):  # one that this release cannot read
            found[NodeId(row.node_id)].append(booted(row))
    return {node: tuple(found[node]) for node in nodes}


def outages(
    session: Session, boots: Mapping[NodeId, Sequence[Booted]], since: datetime
) -> dict[NodeId, tuple[Outage, ...]]:
    """The stretches without contact of the nodes whose boots these are, with why as far as they told; also those too
    short to be missed."""
    chosen = select(OutageRow).where(OutageRow.node_id.in_(sorted(boots)), OutageRow.begin_at > since)
    rows: defaultdict[str, list[Outage]] = defaultdict(list)
    for row in session.scalars(chosen.order_by(OutageRow.begin_at)):
        rows[row.node_id].append(Outage(row.begin_at, row.end_at))
    return {node: _explained(rows[node], of_it) for node, of_it in boots.items()}


def weak_signals(session: Session, nodes: Iterable[NodeId], since: datetime) -> dict[NodeId, tuple[Outage, ...]]:
    """The stretches in which the signal of nodes was weak, by the faults that it made."""
    mine = FaultRow.kind == FaultKind.SIGNAL.value, FaultRow.node_id.in_(sorted(nodes)), FaultRow.times > 0
    lately = FaultRow.clear_since.is_(None) | (FaultRow.clear_since > since)
    found: defaultdict[NodeId, list[Outage]] = defaultdict(list)
    for row in session.scalars(select(FaultRow).where(*mine, lately).order_by(FaultRow.opened_at)):
        found[NodeId(str(row.node_id))].append(Outage(row.opened_at, row.clear_since, Why.SIGNAL))
    return {node: tuple(each) for node, each in found.items()}


def _explained(rows: Iterable[Outage], boots: Sequence[Booted]) -> tuple[Outage, ...]:
    silent = [replace(each, why=why(each, boots)) for each in rows]
    told = [Outage(boot.last_alive, boot.at, why(Outage(boot.last_alive, boot.at), (boot,)))
            for boot in boots if boot.last_alive is not None]  # fmt: skip
    return tuple(sorted((*silent, *(each for each in told if not _within(each, silent))), key=lambda each: each.begin))


def _within(one: Outage, others: Iterable[Outage]) -> bool:
    return any(each.begin < (one.end or one.begin) and (each.end is None or one.begin < each.end) for each in others)


def watched(session: Session, link: OfficeLink, now: datetime) -> None:
    """Somebody has looked, and this is how the office reaches its broker."""
    session.execute(update(SiteRow).values(watched_at=now, linked=link.up, link_since=link.since))
