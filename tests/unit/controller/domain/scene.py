"""Facts of nodes, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from controller.domain.facts import NodeFacts, OfficeLink
from controller.domain.values import NodeId, to_ms
from playlists.reports import Clock, Heartbeat, Line, Trust

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LINK = OfficeLink(True, NOW - timedelta(days=2))
ENROLLED = NOW - timedelta(days=90)


def status(**said: Any) -> Heartbeat:
    """A heartbeat of a node that is well, but for what is said."""
    sure = Clock(wall=to_ms(NOW), trust=Trust.SYNCHRONISED, bound=20)
    whole = {"clock": sure, "ready": 12, "relay": False, "sound_ok": True, **said}
    return Heartbeat(node="n1", stream="s", boot=1, number=1, connection="c", **whole)


def line(**said: Any) -> Line:
    """A line to the office."""
    return Line(bearer="4g", operator="Viettel", **said)


def facts(node: str = "n1", silent_s: float = 2, heartbeat: int = 10_000, **said: Any) -> NodeFacts:
    """A node that spoke so many seconds ago. `status` names what it then told; other names are those of its facts."""
    at = NOW - timedelta(seconds=silent_s)
    told = said.pop("status", status())
    known = {"enrolled_at": ENROLLED, "heard_at": at, "online": True, "status": told, "status_at": at, **said}
    return NodeFacts(NodeId(node), heartbeat, **known)
