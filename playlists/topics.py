"""The topics of a site. A topic carries a document to somebody; it gives nobody a right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """The last level of a topic: what travels there."""

    CONN = "conn"
    BIRTH = "birth"
    STATUS = "status"
    EVENTS = "events"
    PLAN = "plan"
    MSG = "msg"
    ALERT = "alert"


UPWARD = (Lane.CONN, Lane.BIRTH, Lane.STATUS, Lane.EVENTS)
_NODE_LANES = frozenset(lane.value for lane in Lane if lane is not Lane.ALERT)
RETAINED = frozenset({Lane.CONN, Lane.STATUS, Lane.PLAN, Lane.ALERT})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart: its lane, the node or zone, and for an alert its issuer."""

    lane: Lane
    name: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Topics:
    """Every topic of one site, with fixed positions and no empty level."""

    site: str

    @property
    def base(self) -> str:
        return f"loa/1/{self.site}"

    def node(self, node: str, lane: Lane) -> str:
        """A node's own topic (any lane but `alert`)."""
        return f"{self.base}/node/{node}/{lane}"

    def alert(self, zone: str, issuer: str) -> str:
        """Where one issuer keeps its sheet for a zone."""
        return f"{self.base}/zone/{zone}/alert/{issuer}"

    def upward(self) -> tuple[str, ...]:
        """The filters by which the office hears every node."""
        return tuple(f"{self.base}/node/+/{lane}" for lane in UPWARD)

    def parse(self, topic: str) -> Topic | None:
        """Take a topic apart; None if it is not one of this site's."""
        rest = topic.removeprefix(f"{self.base}/").split("/")
        if rest[0] == "node" and len(rest) == 3 and rest[2] in _NODE_LANES:
            return Topic(Lane(rest[2]), rest[1])
        if rest[0] == "zone" and len(rest) == 4 and rest[2] == Lane.ALERT:
            return Topic(Lane.ALERT, rest[1], rest[3])
        return None
