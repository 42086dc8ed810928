"""Presence, births and statuses of a batch, folded into what is known of a node; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from controller.domain.machines import Turn, spoke
from controller.domain.values import from_ms, to_ms
from controller.storage.ingest.told import NotTaken, Told
from playlists.models import Millis
from playlists.reports import Birth, Connection, Heartbeat, Refusal, Trust

Stream = tuple[str, str]
"""Node and stream."""
Mark = tuple[int, int]
"""Boot and number: what orders the births and statuses of a stream."""

NEVER: Mark = (-1, -1)


@dataclass(frozen=True, slots=True)
class Machines:
    """Which machines spoke by a node's name, and until when (ms) by their own clocks."""

    until: int = 0
    turns: tuple[Turn, ...] = ()

    def after(self, status: Heartbeat, now: datetime) -> Machines:
        """As they are once a status came; one that names no machine changes nothing."""
        if not status.machine:
            return self
        until = status.clock.wall if _is_sure(status) else self.until
        return Machines(max(self.until, until), spoke(self.turns, status.machine, now))

    def would_tell(self, status: Heartbeat) -> bool:
        """Whether a status that is too old to count is yet said just now: by another machine of the same journal."""
        return bool(self.turns) and _is_sure(status) and status.clock.wall > self.until


def _is_sure(status: Heartbeat) -> bool:
    return status.clock.trust is not Trust.UNTRUSTED


@dataclass(frozen=True, slots=True)
class Condition:
    """What of a node's condition decides about the next message."""

    online: bool = False
    connection_id: str | None = None
    connection_at: datetime | None = None
    stream: str | None = None
    mark: Mark = NEVER
    machines: Machines = Machines()


@dataclass
class Known:
    """What is known of the nodes of a batch, and what the batch adds.

    The mark of the stream that a node speaks in stands in its condition; `marks` holds those of its other streams.
    `repeated` are births that may be the last one told again, because our answer was lost with us. `by_turns`: nodes of
    which a status was too old and yet told of another machine.
    """

    conditions: dict[str, Condition] = field(default_factory=dict)
    marks: dict[Stream, Mark] = field(default_factory=dict)
    births: dict[str, Birth] = field(default_factory=dict)
    statuses: dict[str, Heartbeat] = field(default_factory=dict)
    by_turns: set[str] = field(default_factory=set)
    repeated: list[tuple[Told, Birth, Mark]] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    left: set[Stream] = field(default_factory=set)
    not_taken: list[NotTaken] = field(default_factory=list)

    def take(self, told: Told, now: datetime) -> None:
        """Fold one message in; what is older than what is known is refused."""
        if isinstance(told.what, Connection):
            self._presence(told.node, told.what, now)
        elif isinstance(told.what, Birth | Heartbeat):
            self._report(told, told.what, now)

    def _presence(self, node: str, said: Connection, now: datetime) -> None:
        """Unsigned: it can take presence away, and only that of the connection it names."""
        condition = self.conditions.get(node, Condition())
        if not said.on and condition.online and said.connection == condition.connection_id:
            self.conditions[node] = replace(condition, online=False, connection_at=now)
            self.absent.add(node)

    def _report(self, told: Told, report: Birth | Heartbeat, now: datetime) -> None:
        condition = self.conditions.get(told.node, Condition())
        same = condition.stream == report.stream
        known = condition.mark if same else self.marks.get((told.node, report.stream), NEVER)
        mark = (report.boot, report.number)
        if mark > known:
            self._accept(told.node, condition, report, now)
        elif isinstance(report, Birth):
            self.repeated.append((told, report, known))
        elif mark < known:
            self.not_taken.append(older(told, report, known))
            if condition.machines.would_tell(report):
                self.conditions[told.node] = replace(condition, machines=condition.machines.after(report, now))
                self.by_turns.add(told.node)

    def _accept(self, node: str, condition: Condition, report: Birth | Heartbeat, now: datetime) -> None:
        if condition.stream not in (None, report.stream):
            left = (node, str(condition.stream))
            self.marks[left] = condition.mark
            self.left.add(left)
        again = condition.online and condition.connection_id == report.connection
        since = condition.connection_at if again else now
        mark = (report.boot, report.number)
        machines = condition.machines.after(report, now) if isinstance(report, Heartbeat) else condition.machines
        self.conditions[node] = Condition(True, report.connection, since, report.stream, mark, machines)
        self.absent.discard(node)
        if isinstance(report, Birth):
            self.births[node] = report
        else:
            self.statuses[node] = report


def older(told: Told, report: Birth | Heartbeat, known: Mark) -> NotTaken:
    """The refusal of a report that comes after a newer one."""
    said = f"{report.kind} {report.boot}/{report.number} after {known[0]}/{known[1]}"
    return NotTaken(told.topic, Refusal.OLDER, said)


def report_columns(condition: Condition, report: Birth | Heartbeat, now: datetime) -> dict[str, Any]:
    """The columns that a birth or a status sets."""
    name = "birth" if isinstance(report, Birth) else "status"
    spoken = {} if isinstance(report, Birth) else {"machines": machines_json(condition.machines)}
    return {
        **spoken,
        "node_id": report.node,
        "online": condition.online,
        "connection_id": condition.connection_id,
        "connection_at": condition.connection_at,
        "stream": condition.stream,
        "boot": condition.mark[0],
        "number": condition.mark[1],
        name: report.model_dump(mode="json"),
        f"{name}_at": now,
    }


def machines_json(machines: Machines) -> dict[str, Any]:
    """As it is stored."""
    return {"until": machines.until, "turns": [[to_ms(turn.at), turn.machine] for turn in machines.turns]}


def machines_read(said: Mapping[str, Any] | None) -> Machines:
    """As it was stored."""
    if said is None:
        return Machines()
    return Machines(said["until"], tuple(Turn(machine, from_ms(Millis(at))) for at, machine in said["turns"]))
