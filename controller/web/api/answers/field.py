"""Nodes as they stand: sentences, faults, requests, what they hold, their journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from controller.domain.cases import Diagnosis, Sentence
from controller.locale import sentence
from controller.operations.around import NodeLine
from controller.operations.asking import RequestView
from controller.operations.faults import FaultView
from controller.operations.field import Field, NodePage
from controller.operations.journal import JournalPage
from controller.web.api.fields import Answer
from controller.web.field_words import FAULTS, say_habit, say_sentence


class CauseAnswer(Answer):
    """What is the matter, what that rests on, what to do. `rule` names the cause for programmes."""

    rule: str
    tone: str
    sentence: str
    evidence: list[str]
    act: str | None

    @classmethod
    def of(cls, found: Diagnosis, language: str) -> CauseAnswer:
        """In the reader's language."""

        def say(said: Sentence) -> str:
            return say_sentence(said, language)

        return cls(
            rule=found.rule, tone=found.tone.value, sentence=say(found.sentence),
            evidence=[say(each) for each in found.evidence], act=None if found.act is None else say(found.act),
        )  # fmt: skip


class FaultAnswer(Answer):
    """A fault with its life: new → acknowledged → resolved. `under`: the fault of many under which it is folded."""

    id: str
    kind: str
    title: str
    what: str
    severity: int
    life: str
    node: str | None
    area: str | None
    place: str
    nodes: int
    opened_at: datetime
    since: datetime
    known_at: datetime
    clear_since: datetime | None
    resolved_at: datetime | None
    times: int
    under: str | None
    grounds: dict[str, Any]
    acknowledged_by: str
    acknowledged_at: datetime | None
    note: str

    @classmethod
    def of(cls, view: FaultView, language: str) -> FaultAnswer:
        """In the reader's language."""
        fault = view.fault
        return cls(
            id=fault.id, kind=fault.kind.value, title=sentence(language, FAULTS[fault.kind]), what=fault.what,
            severity=int(fault.severity), life=fault.life.value, node=fault.node, area=fault.area, place=view.place,
            nodes=view.nodes, opened_at=fault.opened_at, since=fault.since, known_at=view.known_at,
            clear_since=fault.clear_since, resolved_at=fault.resolved_at, times=fault.times, under=fault.under,
            grounds=dict(fault.grounds), acknowledged_by=view.acknowledged_by, acknowledged_at=view.acknowledged_at,
            note=view.note,
        )  # fmt: skip


class SoundingAnswer(Answer):
    """What a node said to sound; ms."""

    occurrence: str
    title: str
    sounded: int
    due: int


class LineAnswer(Answer):
    """A node in the list. `severity` 1 to 3, null where nothing is wrong."""

    node: str
    name: str
    hamlets: tuple[str, ...]
    homes: int
    cause: CauseAnswer
    severity: int | None
    last_contact: datetime | None
    online: bool
    on_air: SoundingAnswer | None
    faults: list[FaultAnswer]

    @classmethod
    def of(cls, line: NodeLine, language: str) -> LineAnswer:
        """In the reader's language."""
        return cls(
            node=line.node, name=line.name, hamlets=line.hamlets, homes=line.homes,
            cause=CauseAnswer.of(line.diagnosis, language),
            severity=None if line.severity is None else int(line.severity), last_contact=line.last_contact,
            online=line.online, on_air=None if line.on_air is None else SoundingAnswer.model_validate(line.on_air),
            faults=[FaultAnswer.of(each, language) for each in line.faults],
        )  # fmt: skip


class FieldAnswer(Answer):
    """The nodes, trouble first, and the faults of many at once. `unwatched_since`: nobody has looked since then."""

    unwatched_since: datetime | None
    together: list[FaultAnswer]
    nodes: list[LineAnswer]

    @classmethod
    def of(cls, field: Field, language: str) -> FieldAnswer:
        """In the reader's language."""
        return cls(
            unwatched_since=field.unwatched_since,
            together=[FaultAnswer.of(each, language) for each in field.together],
            nodes=[LineAnswer.of(each, language) for each in field.lines],
        )


class RequestAnswer(Answer):
    """What was asked of a node and what came of it. `file`: the hash of what it brought."""

    id: str
    action: str
    by: str
    asked_at: datetime
    stage: str
    done_at: datetime | None
    detail: str
    level: float | None
    file: str | None

    @classmethod
    def of(cls, view: RequestView) -> RequestAnswer:
        """A Request."""
        return cls.model_validate(view)


class HeldAnswer(Answer):
    """A document that a node said it holds."""

    kind: str
    to: str
    issuer: str
    sequence: datetime
    newest: bool | None


class LackingAnswer(Answer):
    """Audio that a node lacks, and why."""

    sha256: str
    title: str
    cause: str


class OutageAnswer(Answer):
    """A stretch without contact; no end: it is still away."""

    begin: datetime
    end: datetime | None
    why: str


class PageAnswer(Answer):
    """All that is known of a node."""

    node: LineAnswer
    also: list[CauseAnswer]
    status: dict[str, Any] | None
    told_at: datetime | None
    heartbeat_ms: int
    silent_after_s: float
    held: list[HeldAnswer]
    lacking: list[LackingAnswer]
    faults: list[FaultAnswer]
    habits: list[str]
    restarts_a_day: float
    outages: list[OutageAnswer]
    requests: list[RequestAnswer]
    unwatched_since: datetime | None

    @classmethod
    def of(cls, page: NodePage, language: str) -> PageAnswer:
        """In the reader's language."""
        return cls(
            node=LineAnswer.of(page.line, language), also=[CauseAnswer.of(each, language) for each in page.also],
            status=None if page.status is None else page.status.model_dump(mode="json"), told_at=page.told_at,
            heartbeat_ms=page.heartbeat_ms, silent_after_s=page.silent_after.total_seconds(),
            held=[HeldAnswer.model_validate(each) for each in page.held],
            lacking=[LackingAnswer.model_validate(each) for each in page.lacking],
            faults=[FaultAnswer.of(each, language) for each in page.faults],
            habits=[say_habit(each, language) for each in page.habits.outages],
            restarts_a_day=page.habits.restarts_a_day,
            outages=[OutageAnswer.model_validate(each) for each in page.outages],
            requests=[RequestAnswer.of(each) for each in page.requests], unwatched_since=page.unwatched_since,
        )  # fmt: skip


class EntryAnswer(Answer):
    """An event as the node told it; `at` by its own clock."""

    number: int
    at: datetime
    trust: str
    kind: str
    occurrence: str | None
    fact: dict[str, Any]
    received_at: datetime


class JournalAnswer(Answer):
    """A page of a node's journal, the newest first; `before`: where the next page begins."""

    stream: str
    streams: tuple[str, ...]
    entries: list[EntryAnswer]
    before: int | None
    gone: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, page: JournalPage) -> JournalAnswer:
        """A page."""
        return cls.model_validate(page)
