"""A day of a commune's ledger, made by hand: what the page is shown from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from controller.domain.values import (
    AreaId,
    BroadcastId,
    Field,
    HamletShare,
    Lane,
    NodeId,
    OccurrenceId,
    Owed,
    from_ms,
    to_ms,
)
from controller.domain.verdicts import Kind, Verdict
from controller.storage.results import NodeResult, OccurrenceResult
from controller.web.pages.eye import Eye
from controller.web.pages.nodes_view import NodeCondition
from playlists.models import Kind as ProgrammeKind
from playlists.models import Number, Priority
from playlists.reports import Clock, Evidence, Heartbeat, Trust

NOW = datetime(2026, 11, 24, 10, 41, 5, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def eye(language: str = "vi", now: datetime = NOW, heard: bool = False) -> Eye:
    """Somebody who looks."""
    return Eye(now, ZONE, language, lambda node, occurrence: (f"/listen/{node}/{occurrence}",) if heard else ())


def owed(node: str, hamlets: dict[str, str], occurrence: str, starts: datetime, seconds: float, title: str) -> Owed:
    """What a node owes."""
    start = to_ms(starts)
    due = int(seconds * 1000)
    shares = tuple(HamletShare(AreaId(key), name, 100, ()) for key, name in hamlets.items())
    return Owed(
        node=NodeId(node),
        occurrence=OccurrenceId(occurrence),
        version=1,
        broadcast=BroadcastId("b"),
        nominal=start,
        starts_at=start,
        start_by=start,
        ends_at=to_ms(from_ms(start) + timedelta(milliseconds=due + 600_000)),
        day=starts.date(),
        due=due,
        hashes=(),
        lane=Lane.PLAN,
        zone=None,
        issuer="office",
        document=Number(epoch=1, sequence=1),
        area=AreaId("xa"),
        hamlets=shares,
        area_path=(),
        node_name=f"Cụm {node}",
        title=title,
        programme="Bản tin sáng",
        programme_kind=ProgrammeKind.NOTICE,
        field=Field.GENERAL,
        priority=Priority.NORMAL,
    )


def result(owes: Owed, kind: Kind, begun: bool = False, share: float = 1.0, **verdict: Any) -> NodeResult:
    """A node's result with a verdict of that kind."""
    sounded = int(owes.due * share) if kind in (Kind.PLAYED, Kind.HEARD, Kind.PARTLY, Kind.PRE_EMPTED) else 0
    evidence = Evidence.FRAMES if sounded else None
    made = Verdict(kind, sounded, owes.due, kind is not Kind.PENDING, evidence=evidence, **verdict)
    return NodeResult(owes, made, None, begun, ())


def airing(*nodes: NodeResult) -> OccurrenceResult:
    """An airing of these results."""
    first = nodes[0].owed
    return OccurrenceResult(
        first.occurrence,
        first.broadcast,
        first.area,
        1,
        first.title,
        first.programme,
        first.nominal,
        first.starts_at,
        first.ends_at,
        first.due,
        nodes,
    )


def condition(node: str = "n1", silent_s: float = 3, online: bool = True, **status: Any) -> NodeCondition:
    """What was last heard of a node."""
    beat = Heartbeat(
        node=node,
        stream="s",
        boot=1,
        number=1,
        connection="c",
        clock=status.pop("clock", Clock(wall=to_ms(NOW), trust=Trust.SYNCHRONISED, bound=20)),
        **{"ready": 12, "relay": False, "sound_ok": True, **status},
    )
    return NodeCondition(node, f"Cụm loa {node}", 60_000, online, NOW - timedelta(seconds=silent_s), beat)
