"""What was owed, the verdicts, the proofs."""

from __future__ import annotations

from datetime import datetime

from controller.domain.values import (
    from_ms,
)
from controller.storage.mapping import words
from controller.storage.results import NodeResult, OccurrenceResult
from controller.web.api.fields import Answer
from controller.web.recordings import Recordings


class VerdictAnswer(Answer):
    """The judgement on one airing on one node; milliseconds sounded of those due."""

    kind: str
    sounded_ms: int
    due_ms: int
    final: bool
    cause: str | None
    marks: list[str]
    evidence: str | None


class ProofAnswer(Answer):
    """A closing fact as the node told it: ms, µs, dBFS."""

    version: int
    attempt: int
    sounded_ms: int
    due_ms: int
    loudness: float | None
    start_error_us: int | None
    evidence: list[str]
    cause: str | None
    started_at: datetime | None


class NodeResultAnswer(Answer):
    """What one node owed of an airing, its verdict, its proofs, its recordings."""

    node: str
    name: str
    hamlets: list[str]
    version: int
    starts_at: datetime
    begun: bool
    verdict: VerdictAnswer
    proofs: list[ProofAnswer]
    recordings: list[str]

    @classmethod
    def of(cls, result: NodeResult, recordings: Recordings) -> NodeResultAnswer:
        """One node's result."""
        owed = result.owed
        base = f"/api/v1/occurrences/{owed.occurrence}/nodes/{owed.node}/recording"
        files = recordings.of(owed.node, owed.occurrence)
        return cls(
            node=owed.node, name=owed.node_name, hamlets=[each.name for each in owed.hamlets], version=owed.version,
            starts_at=from_ms(owed.starts_at), begun=result.begun, verdict=_verdict(result), proofs=_proofs(result),
            recordings=[f"{base}?part={part}" for part in range(1, len(files) + 1)],
        )  # fmt: skip


class OccurrenceAnswer(Answer):
    """An airing with its results on all nodes that owe it."""

    id: str
    broadcast: str
    area: str
    version: int
    title: str
    programme: str
    nominal: datetime
    starts_at: datetime
    ends_at: datetime
    due_ms: int
    nodes: list[NodeResultAnswer]

    @classmethod
    def of(cls, found: OccurrenceResult, recordings: Recordings, node: str | None = None) -> OccurrenceAnswer:
        """An airing; with the results of one node only, where it is named."""
        return cls(
            id=found.id, broadcast=found.broadcast, area=found.owner, version=found.version, title=found.title,
            programme=found.programme, nominal=from_ms(found.nominal), starts_at=from_ms(found.starts_at),
            ends_at=from_ms(found.ends_at), due_ms=found.due,
            nodes=[NodeResultAnswer.of(each, recordings) for each in found.nodes if node in (None, each.owed.node)],
        )  # fmt: skip


def _verdict(result: NodeResult) -> VerdictAnswer:
    verdict = result.verdict
    return VerdictAnswer(
        kind=verdict.kind.value, sounded_ms=verdict.sounded, due_ms=verdict.due, final=verdict.final,
        cause=None if verdict.cause is None else verdict.cause.value,
        marks=[mark.value for mark in verdict.marks],
        evidence=None if verdict.evidence is None else verdict.evidence.value,
    )  # fmt: skip


def _proofs(result: NodeResult) -> list[ProofAnswer]:
    return [
        ProofAnswer(
            version=proof.version, attempt=proof.attempt, sounded_ms=proof.sounded_ms, due_ms=proof.due_ms,
            loudness=proof.loudness, start_error_us=proof.start_error_us, evidence=list(words(proof.evidence)),
            cause=proof.cause, started_at=None if proof.started_at_ms is None else from_ms(proof.started_at_ms),
        )
        for proof in result.proofs
    ]  # fmt: skip
