"""The airings of a week, and what a hamlet will hear."""

from __future__ import annotations

from datetime import date, datetime

from controller.domain.tomorrow import Heard
from controller.domain.values import from_ms
from controller.operations.tomorrow import NodeTomorrow, Tomorrow
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
    """An airing with its state. `ready` of `nodes` hold the audio of what is to come; `outcome` is of what is past.

    `clashes_with`: what would sound at the same time, with nothing to say which wins; empty where it is foreign.
    """

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
    quiet: int
    outcome: OutcomeAnswer | None
    clashes_with: str | None

    @classmethod
    def of(cls, found: PlannedAiring) -> PlannedAnswer:
        """An airing of a week."""
        return cls(
            occurrence=found.occurrence, broadcast=found.broadcast, version=found.version, area=found.owner,
            title=found.title, programme=found.programme, kind=found.kind.value,
            priority=found.priority.name.lower(), nominal=found.nominal, starts_at=found.starts_at,
            ends_at=found.ends_at, state=found.state.value, session=found.session, where=found.where,
            hamlets=found.hamlets, own=found.own, changing=found.changing, play_now=found.play_now,
            nodes=found.nodes, ready=found.ready, quiet=found.quiet,
            outcome=None if found.outcome is None else OutcomeAnswer.model_validate(found.outcome),
            clashes_with=found.clashes_with,
        )  # fmt: skip


class HeardAnswer(Answer):
    """What becomes of an airing: it sounds from `begins` to `ends` (equal: not at all); `by` stands in its way."""

    occurrence: str
    broadcast: str
    version: int
    starts_at: datetime
    begins: datetime
    ends: datetime
    reason: str
    by: str | None
    lacking: tuple[str, ...]

    @classmethod
    def of(cls, heard: Heard) -> HeardAnswer:
        """One row."""
        row, known = heard.row, heard.row.occurrence
        return cls(
            occurrence=known.id, broadcast=known.broadcast, version=known.version, starts_at=from_ms(known.starts_at),
            begins=from_ms(row.start), ends=from_ms(row.end), reason=row.reason.value, by=row.by,
            lacking=heard.lacking,
        )  # fmt: skip


class NotHeardAnswer(Answer):
    """What is not in the plan of the node, and why: waiting, skipped, withdrawn, lapsed."""

    occurrence: str
    state: str


class HushAnswer(Answer):
    """A silence or a mute that counts there on that day; without kinds of all routine."""

    by: str
    begin: datetime
    until: datetime
    kinds: tuple[str, ...]
    why: str | None


class NodeDayAnswer(Answer):
    """A node's day; `current`: it says that it holds all that is planned."""

    node: str
    name: str
    current: bool
    rows: list[HeardAnswer]
    others: list[NotHeardAnswer]
    hushes: list[HushAnswer]

    @classmethod
    def of(cls, node: NodeTomorrow) -> NodeDayAnswer:
        """One node."""
        withdrawn = [NotHeardAnswer(occurrence=each.id, state="withdrawn") for each in node.day.withdrawn]
        others = [NotHeardAnswer(occurrence=each.occurrence, state=each.state.value) for each in node.others]
        return cls(
            node=node.day.node.id, name=node.day.node.name, current=node.current,
            rows=[HeardAnswer.of(each) for each in node.day.rows], others=withdrawn + others, hushes=_hushes(node),
        )  # fmt: skip


class TomorrowAnswer(Answer):
    """What a hamlet hears on a day."""

    area: str
    day: date
    nodes: list[NodeDayAnswer]

    @classmethod
    def of(cls, found: Tomorrow) -> TomorrowAnswer:
        """A hamlet's day."""
        return cls(area=found.hamlet.id, day=found.day, nodes=[NodeDayAnswer.of(each) for each in found.nodes])


def _hushes(node: NodeTomorrow) -> list[HushAnswer]:
    return [
        HushAnswer(
            by=each.by, begin=each.begin, until=each.until,
            kinds=tuple(kind.value for kind in each.silence.kinds) if each.silence else (),
            why=each.silence.why.value if each.silence else None,
        )
        for each in node.hushes
    ]  # fmt: skip
