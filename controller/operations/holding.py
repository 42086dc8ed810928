"""Which audio and which plan the nodes hold, as far as their last word says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.week import Sequence
from controller.storage.tables import ConditionRow

MOST_MISSING = 200
"""How many missing assets a status names; with that many there may be more."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The plan that a node holds, None for none, and the audio that it lacks; `all_named`: no other is lacking."""

    plan: Sequence | None
    missing: frozenset[str]
    all_named: bool

    def has(self, document: Sequence, hashes: Collection[str] = ()) -> bool:
        """Whether the node holds that plan or a later one, and none of this audio is lacking."""
        held = self.plan is not None and self.plan >= document
        return held and self.all_named and self.missing.isdisjoint(hashes)


NOTHING = Holding(None, frozenset(), False)
"""What a node holds of which nothing was ever heard."""


def holdings(session: Session) -> Mapping[str, Holding]:
    """What each node says that it holds; without those that never said anything."""
    rows = session.execute(select(ConditionRow.node_id, ConditionRow.status).where(ConditionRow.status.is_not(None)))
    return {node: _holding(status) for node, status in rows}


def _holding(status: dict[str, object]) -> Holding:
    held, missing = status.get("held"), status.get("missing")
    numbers = [each["number"] for each in held if each["kind"] == "plan"] if isinstance(held, list | tuple) else []
    lacking = [each["sha256"] for each in missing] if isinstance(missing, list | tuple) else []
    plan = max(((each["epoch"], each["sequence"]) for each in numbers), default=None)
    return Holding(plan, frozenset(lacking), len(lacking) < MOST_MISSING)
