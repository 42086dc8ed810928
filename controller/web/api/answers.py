"""The bodies of answers, made from the domain's values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from controller.domain.values import (
    Area,
    Broadcast,
    Content,
    FromDay,
    PlaylistItem,
    Programme,
    Recurrence,
    Scope,
    Version,
    Zone,
    from_ms,
)
from controller.operations.reading import AssetView, MuteView, NodeView, PersonView
from controller.storage.results import NodeResult, OccurrenceResult
from controller.storage.tables import AuditRow, ConditionRow
from controller.web.api.fields import Answer
from controller.web.recordings import Recordings
from playlists.models import RATE


class AreaAnswer(Answer):
    """A place of the tree; what is null or empty is inherited."""

    id: str
    parent: str | None
    name: str
    kind: str
    head_title: str | None
    time_zone: str | None
    languages: tuple[str, ...]

    @classmethod
    def of(cls, area: Area) -> AreaAnswer:
        """An area as it stands today."""
        return cls.model_validate(area)


class ZoneAnswer(Answer):
    """A named set of nodes: of an area, or of hamlets."""

    id: str
    name: str
    owner: str
    area: str | None
    hamlets: tuple[str, ...]

    @classmethod
    def of(cls, zone: Zone) -> ZoneAnswer:
        """A zone."""
        return cls.model_validate(zone)


class ServesAnswer(Answer):
    """A hamlet that hears a node, with its homes."""

    hamlet: str
    homes: int


class NodeAnswer(Answer):
    """A node and what was last heard of it: `heard_at` null means never, `online` only that the broker says so."""

    id: str
    name: str
    home: str
    serves: tuple[ServesAnswer, ...]
    settings: dict[str, Any]
    public_key: str
    online: bool
    heard_at: datetime | None
    status: dict[str, Any] | None

    @classmethod
    def of(cls, view: NodeView) -> NodeAnswer:
        """A node as it was last heard."""
        node, known = view.node, view.condition
        return cls(
            id=node.id, name=node.name, home=node.home,
            serves=tuple(ServesAnswer.model_validate(each) for each in node.serves),
            settings=node.settings.model_dump(mode="json"), public_key=view.public_key,
            online=known is not None and known.online, heard_at=heard_at(known),
            status=None if known is None else known.status,
        )  # fmt: skip


def heard_at(known: ConditionRow | None) -> datetime | None:
    """When a node last spoke."""
    moments = () if known is None else (known.birth_at, known.status_at)
    return max((moment for moment in moments if moment is not None), default=None)


class GrantEntry(Answer):
    """A role in the branch below an area."""

    id: str
    role: str
    area: str


class PersonEntry(Answer):
    """A person with roles."""

    id: str
    username: str
    name: str
    disabled: bool
    grants: list[GrantEntry]

    @classmethod
    def of(cls, seen: PersonView) -> PersonEntry:
        """A person."""
        grants = [GrantEntry(id=id_, role=grant.role.value, area=grant.area) for id_, grant in seen.grants]
        return cls(id=seen.id, username=seen.username, name=seen.name, disabled=seen.disabled, grants=grants)


class AssetEntry(Answer):
    """An asset in the library of an area."""

    sha256: str
    area: str
    title: str
    bytes: int
    frames: int
    seconds: float
    loudness: float | None
    true_peak: float | None
    original_sha256: str | None
    added_at: datetime
    href: str

    @classmethod
    def of(cls, view: AssetView) -> AssetEntry:
        """A library's entry."""
        asset, entry = view.asset, view.entry
        return cls(
            sha256=asset.sha256, area=entry.area_id, title=entry.title, bytes=asset.bytes, frames=asset.frames,
            seconds=round(asset.frames / RATE, 3), loudness=asset.loudness_lufs, true_peak=asset.peak_dbtp,
            original_sha256=asset.original_sha256, added_at=entry.added_at, href=f"/assets/{asset.sha256}",
        )  # fmt: skip


class ProgrammeAnswer(Answer):
    """An editorial strand."""

    id: str
    area: str
    name: str
    kind: str
    field: str

    @classmethod
    def of(cls, programme: Programme) -> ProgrammeAnswer:
        """A programme."""
        return cls(
            id=programme.id, area=programme.area, name=programme.name, kind=programme.kind.value,
            field=programme.field.value,
        )  # fmt: skip


class RecordingAnswer(Answer):
    """An item's sound in one language."""

    language: str
    asset: str
    text: str | None
    voice: str | None


class ItemAnswer(Answer):
    """One item of a playlist."""

    title: str
    recordings: tuple[RecordingAnswer, ...]


class RecurrenceAnswer(Answer):
    """Local days and times."""

    repeat: str
    first_day: date
    last_day: date | None
    times: tuple[time, ...]
    weekdays: tuple[int, ...]
    month_days: tuple[int, ...]
    except_days: tuple[date, ...]


class PlacesAnswer(Answer):
    """Where a version is to be heard."""

    zones: tuple[str, ...]
    areas: tuple[str, ...]
    hamlets: tuple[str, ...]


class VersionAnswer(Answer):
    """All that a version decides, and what became of it. `digest` is what an approval names."""

    number: int
    state: str
    digest: str
    title: str
    scope: dict[str, Any]
    playlist: list[ItemAnswer] | None
    places: PlacesAnswer | None
    recurrence: RecurrenceAnswer | None
    start: dict[str, Any] | None
    time_zone: str
    priority: str
    rank: int
    late: dict[str, Any]
    last_true_day: date | None
    author: str
    created_at: datetime
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    returned_why: str | None

    @classmethod
    def of(cls, version: Version) -> VersionAnswer:
        """A version."""
        content = version.content
        return cls(
            number=version.number, state=version.state.value, digest=version.digest, scope=_scope(version.scope),
            author=version.author, created_at=version.created_at, submitted_at=version.submitted_at,
            decided_by=version.decided_by, decided_at=version.decided_at, returned_why=version.returned_why,
            **_content(content),
        )  # fmt: skip


class BroadcastAnswer(Answer):
    """A broadcast with all its versions, the newest last."""

    id: str
    area: str
    programme: str
    lane: str
    withdrawn_at: datetime | None
    versions: list[VersionAnswer]

    @classmethod
    def of(cls, broadcast: Broadcast) -> BroadcastAnswer:
        """A broadcast."""
        return cls(
            id=broadcast.id, area=broadcast.owner, programme=broadcast.programme.id, lane=broadcast.lane.value,
            withdrawn_at=broadcast.withdrawn_at, versions=[VersionAnswer.of(each) for each in broadcast.versions],
        )  # fmt: skip


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


class MuteAnswer(Answer):
    """A mute that holds."""

    zone: str
    name: str
    until: datetime
    by: str

    @classmethod
    def of(cls, mute: MuteView) -> MuteAnswer:
        """A mute."""
        return cls(zone=mute.zone.id, name=mute.zone.name, until=mute.until, by=mute.by)


class AuditAnswer(Answer):
    """One act of one person."""

    id: int
    at: datetime
    person: str
    act: str
    kind: str
    subject: str
    details: dict[str, Any]

    @classmethod
    def of(cls, row: AuditRow) -> AuditAnswer:
        """An act."""
        return cls(
            id=row.id, at=row.at, person=row.person_name, act=row.act, kind=row.object_kind, subject=row.object_id,
            details=row.details,
        )  # fmt: skip


def _scope(scope: Scope) -> dict[str, Any]:
    if isinstance(scope, FromDay):
        return {"kind": "from_day", "day": scope.day.isoformat(), "ends_named": scope.ends_named}
    return {"kind": "named_starts", "nominals": [from_ms(each).isoformat() for each in scope.nominals]}


def _content(content: Content) -> Mapping[str, Any]:
    start = content.start
    moved = None if start is None or start.starts_at is None else from_ms(start.starts_at).isoformat()
    return {
        "title": content.title,
        "playlist": None if content.playlist is None else [_item(each) for each in content.playlist],
        "places": None if content.places is None else PlacesAnswer.model_validate(content.places),
        "recurrence": None if content.recurrence is None else _recurrence(content.recurrence),
        "start": None if start is None else {"skip": start.skip, "starts_at": moved},
        "time_zone": content.time_zone,
        "priority": content.priority.name.lower(),
        "rank": content.rank,
        "late": {"kind": content.late.kind.value, "within_s": content.late.within_s},
        "last_true_day": content.last_true_day,
    }


def _item(item: PlaylistItem) -> ItemAnswer:
    return ItemAnswer.model_validate(item)


def _recurrence(recurrence: Recurrence) -> RecurrenceAnswer:
    return RecurrenceAnswer(
        repeat=recurrence.repeat.value, first_day=recurrence.first_day, last_day=recurrence.last_day,
        times=recurrence.times, weekdays=recurrence.weekdays, month_days=recurrence.month_days,
        except_days=recurrence.except_days,
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
            loudness=proof.loudness, start_error_us=proof.start_error_us, evidence=list(proof.evidence),
            cause=proof.cause, started_at=None if proof.started_at_ms is None else from_ms(proof.started_at_ms),
        )
        for proof in result.proofs
    ]  # fmt: skip
