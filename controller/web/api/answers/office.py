"""Areas, zones, nodes, people, libraries, programmes, mutes, the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from controller.domain.values import (
    Area,
    Programme,
    Zone,
)
from controller.operations.muted import MuteView
from controller.operations.reading import AssetView, NodeView, PersonView
from controller.storage.tables import AuditRow
from controller.web.api.fields import Answer
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
            online=view.online, heard_at=view.heard_at,
            status=None if known is None else known.status,
        )  # fmt: skip


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


class LateAnswer(Answer):
    """What an airing does whose start was missed: skip, join in progress, or whole within so many seconds."""

    kind: str
    within_s: int


class ProgrammeAnswer(Answer):
    """An editorial strand, with the late rule that comes with it."""

    id: str
    area: str
    name: str
    kind: str
    field: str
    late: LateAnswer

    @classmethod
    def of(cls, programme: Programme) -> ProgrammeAnswer:
        """A programme."""
        return cls(
            id=programme.id, area=programme.area, name=programme.name, kind=programme.kind.value,
            field=programme.field.value,
            late=LateAnswer(kind=programme.late.kind.value, within_s=programme.late.within_s),
        )  # fmt: skip


class MuteAnswer(Answer):
    """A mute that holds; of the `nodes` that it means those in `answered` hold its sheet."""

    zone: str
    name: str
    until: datetime
    by: str
    nodes: tuple[str, ...]
    answered: tuple[str, ...]

    @classmethod
    def of(cls, mute: MuteView) -> MuteAnswer:
        """A mute."""
        return cls(
            zone=mute.zone.id, name=mute.zone.name, until=mute.until, by=mute.by, nodes=tuple(sorted(mute.nodes)),
            answered=tuple(sorted(mute.answered)),
        )  # fmt: skip


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
