"""The airings of a week."""

from __future__ import annotations

from datetime import datetime

from controller.operations.week import PlannedAiring
from controller.web.api.fields import Answer


class OutcomeAnswer(Answer):
    """The hamlets that owed a past airing, by what became of it there."""

    hamlets: int
    full: int
    partly: int
    missed: int
    unknown: int


class PlannedAnswer(Answer):
    """An airing with its state. `ready` of `nodes` hold the audio of what is to come; `outcome` is of what is past."""

    occurrence: str
    broadcast: str
    version: int
    area: str
    title: str
    programme: str
    kind: str
    priority: str
    nominal: datetime
    starts_at: datetime
    ends_at: datetime
    state: str
    session: str | None
    where: tuple[str, ...]
    hamlets: tuple[str, ...]
    own: bool
    changing: bool
    play_now: bool
    nodes: int
    ready: int
    outcome: OutcomeAnswer | None

    @classmethod
    def of(cls, found: PlannedAiring) -> PlannedAnswer:
        """An airing of a week."""
        return cls(
            occurrence=found.occurrence, broadcast=found.broadcast, version=found.version, area=found.owner,
            title=found.title, programme=found.programme, kind=found.kind.value,
            priority=found.priority.name.lower(), nominal=found.nominal, starts_at=found.starts_at,
            ends_at=found.ends_at, state=found.state.value, session=found.session, where=found.where,
            hamlets=found.hamlets, own=found.own, changing=found.changing, play_now=found.play_now,
            nodes=found.nodes, ready=found.ready,
            outcome=None if found.outcome is None else OutcomeAnswer.model_validate(found.outcome),
        )  # fmt: skip
