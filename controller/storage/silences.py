"""Silences and standing approvals: rows become the domain's values and back."""

from datetime import datetime

from controller.domain.carrying import StandingApproval, StandingId
from controller.domain.silences import PlacedSilence, SilenceId, Why
from controller.domain.values import AreaId, PersonId, Sha256
from controller.storage.tables import SilenceAreaRow, SilenceRow, StandingApprovalRow
from playlists.models import Kind


def silence_value(row: SilenceRow, areas: list[SilenceAreaRow]) -> PlacedSilence:
    """A silence with its places."""
    return PlacedSilence(
        SilenceId(row.id),
        tuple(sorted(AreaId(each.area_id) for each in areas)),
        row.begin_at,
        row.end_at,
        tuple(Kind(each) for each in row.kinds),
        Why(row.why),
        row.note,
        PersonId(row.by),
        row.lifted_at,
    )


def silence_rows(silence: PlacedSilence, at: datetime) -> tuple[SilenceRow, tuple[SilenceAreaRow, ...]]:
    """A new silence, set at a moment, as its rows."""
    row = SilenceRow(
        id=silence.id,
        begin_at=silence.begin,
        end_at=silence.end,
        kinds=[each.value for each in silence.kinds],
        why=silence.why.value,
        note=silence.note,
        by=silence.by,
        at=at,
        lifted_at=silence.lifted_at,
    )
    return row, tuple(SilenceAreaRow(silence_id=silence.id, area_id=area) for area in silence.areas)


def standing_value(row: StandingApprovalRow) -> StandingApproval:
    """A standing approval."""
    return StandingApproval(
        StandingId(row.id), AreaId(row.area_id), Sha256(row.sha256), row.until, PersonId(row.by), row.revoked_at
    )
