"""What the office asks its memory: the tree of a day, broadcasts, audio, what is owed, what the sheets say."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeVar, cast

from sqlalchemy import Text, bindparam, or_, select
from sqlalchemy import cast as as_text
from sqlalchemy.orm import Session

from controller.domain.carrying import StandingApproval
from controller.domain.owed import Known
from controller.domain.planning import Begun
from controller.domain.sheets import Mute, PlayNow, Withdrawal
from controller.domain.silences import PlacedSilence, SilenceId
from controller.domain.tree import tier
from controller.domain.values import (
    AreaId,
    Assets,
    BroadcastId,
    Grant,
    Lane,
    NodeId,
    OccurrenceId,
    PersonId,
    Role,
    Sha256,
    Tree,
    ZoneId,
    from_ms,
)
from controller.domain.verdicts import GoneCause
from controller.storage.decided import broadcast as broadcast
from controller.storage.decided import broadcasts as broadcasts
from controller.storage.mapping import (
    asset_read,
    owed_read,
    play_now_value,
)
from controller.storage.plain import columns_of, read_rows
from controller.storage.silences import silence_value, standing_value
from controller.storage.tables import (
    AssetRow,
    BroadcastRow,
    GrantRow,
    MuteRow,
    OwedRow,
    PersonRow,
    PlayNowRow,
    PlayNowZoneRow,
    SilenceAreaRow,
    SilenceRow,
    StandingApprovalRow,
    VersionRow,
    WithdrawalRow,
)
from controller.storage.trees import tree_at as tree_at
from playlists.models import Millis

Row = TypeVar("Row")
_DAY_MS = 86_400_000


def grants_of(session: Session, person: PersonId) -> tuple[Grant, ...]:
    """The roles that a person has now; none for one who is disabled."""
    rows = session.execute(
        select(GrantRow.role, GrantRow.area_id)
        .join(PersonRow, PersonRow.id == GrantRow.person_id)
        .where(GrantRow.person_id == person, GrantRow.revoked_at.is_(None), PersonRow.disabled_at.is_(None))
    )
    return tuple(Grant(Role(role), AreaId(area)) for role, area in rows)


def naming(session: Session, asset: Sha256) -> tuple[BroadcastId, ...]:
    """The broadcasts of which a version names an audio file."""
    named = as_text(VersionRow.playlist, Text).contains(asset, autoescape=True)
    return tuple(map(BroadcastId, session.scalars(select(VersionRow.broadcast_id).where(named).distinct())))


def assets(session: Session, hashes: Iterable[Sha256] | None = None) -> Assets:
    """What is known of audio, all of it or that named."""
    given = () if hashes is None else (AssetRow.sha256.in_(list(hashes)),)
    return {Sha256(row.sha256): asset_read(row) for row in read_rows(session, AssetRow, *given)}


def begun(session: Session, node: NodeId, since: Millis, now: Millis) -> tuple[Begun, ...]:
    """What a node's plan owes from `since` on that has begun and was still wanted at its start."""
    rows = session.execute(_BEGUN, {"node": node, "since": since, "now": now})
    return tuple(
        Begun(BroadcastId(broadcast), version, Millis(nominal), Millis(starts_at))
        for broadcast, version, nominal, starts_at, gone_at in rows
        if gone_at is None or gone_at >= from_ms(starts_at)
    )


_BEGUN = (
    select(OwedRow.broadcast_id, OwedRow.version, OwedRow.nominal_ms, OwedRow.starts_at_ms, OwedRow.gone_at)
    .where(OwedRow.node_id == bindparam("node"), OwedRow.lane == Lane.PLAN.value)
    .where(OwedRow.starts_at_ms >= bindparam("since"), OwedRow.starts_at_ms <= bindparam("now"))
)


def stood(session: Session, since: Millis, now: Millis) -> Mapping[OccurrenceId, Millis]:
    """Where the airings of plans stand that are owed and whose nominal start is past: the sessions that have begun."""
    rows = session.execute(
        select(OwedRow.occurrence_id, OwedRow.starts_at_ms)
        .where(OwedRow.lane == Lane.PLAN.value, OwedRow.gone_at.is_(None))
        .where(OwedRow.nominal_ms >= since, OwedRow.nominal_ms <= now)
        # In a session all stand within a day from its nominal start on: by that the index finds them.
        .where(OwedRow.starts_at_ms >= since, OwedRow.starts_at_ms <= now + _DAY_MS)
        .distinct()
    )
    return {OccurrenceId(occurrence): Millis(starts_at) for occurrence, starts_at in rows}


def owed_of(
    session: Session, node: NodeId, since: Millis, of: Collection[BroadcastId] | None = None
) -> tuple[Known, ...]:
    """What plans made a node owe from `since` on, all or `of` some broadcasts, with the cause of what is gone."""
    given = {"node": node, "since": since} | ({} if of is None else {"of": sorted(of)})
    rows = cast(Iterable[OwedRow], session.execute(_OWED if of is None else _OWED_OF, given))
    return tuple((owed_read(row), None if row.gone_cause is None else GoneCause(row.gone_cause)) for row in rows)


_OWED = (
    select(*columns_of(OwedRow))
    .where(OwedRow.node_id == bindparam("node"), OwedRow.lane == Lane.PLAN.value)
    .where(OwedRow.starts_at_ms >= bindparam("since"))
)
_OWED_OF = _OWED.where(OwedRow.broadcast_id.in_(bindparam("of", expanding=True)))


def play_nows(session: Session, zone: ZoneId, issuer: str, tree: Tree, now: Millis) -> tuple[PlayNow, ...]:
    """What the sheet of a zone is to play now: neither stopped nor over, released or waiting for its audio."""
    rows = session.execute(
        select(PlayNowRow, VersionRow, BroadcastRow)
        .join(PlayNowZoneRow, PlayNowZoneRow.occurrence_id == PlayNowRow.occurrence_id)
        .join(BroadcastRow, BroadcastRow.id == PlayNowRow.broadcast_id)
        .join(VersionRow, (VersionRow.broadcast_id == BroadcastRow.id) & (VersionRow.number == PlayNowRow.version))
        .where(PlayNowZoneRow.zone_id == zone, PlayNowRow.issuer == issuer, PlayNowRow.stopped_at.is_(None))
        .where(or_(PlayNowRow.ends_at_ms.is_(None), PlayNowRow.ends_at_ms > now))
    )
    return tuple(play_now_value(row, version, tier(tree, AreaId(owner.area_id))) for row, version, owner in rows)


def withdrawals(session: Session, zone: ZoneId, issuer: str, now: Millis) -> tuple[Withdrawal, ...]:
    """What the sheet of a zone takes back now."""
    rows = session.scalars(
        select(WithdrawalRow)
        .where(WithdrawalRow.zone_id == zone, WithdrawalRow.issuer == issuer)
        .where(WithdrawalRow.until_ms > now)
    )
    return tuple(Withdrawal(OccurrenceId(row.occurrence_id), Millis(row.until_ms)) for row in rows)


def mutes(session: Session, zone: ZoneId, issuer: str, now: Millis) -> tuple[Mute, ...]:
    """The mutes of a zone that are neither over nor lifted."""
    rows = session.scalars(
        select(MuteRow)
        .where(MuteRow.zone_id == zone, MuteRow.issuer == issuer)
        .where(MuteRow.until_ms > now, MuteRow.lifted_at.is_(None))
    )
    return tuple(Mute(Millis(row.until_ms)) for row in rows)


def silences(session: Session, since: datetime) -> tuple[PlacedSilence, ...]:
    """The silences that end after a moment, lifted ones too, by id."""
    rows = list(session.scalars(select(SilenceRow).where(SilenceRow.end_at > since).order_by(SilenceRow.id)))
    placed = select(SilenceAreaRow).where(SilenceAreaRow.silence_id.in_([row.id for row in rows]))
    areas = _grouped(session.scalars(placed), lambda row: row.silence_id)
    return tuple(silence_value(row, areas[row.id]) for row in rows)


def silence(session: Session, name: SilenceId) -> PlacedSilence | None:
    """One silence, or None."""
    row = session.get(SilenceRow, name)
    areas = session.scalars(select(SilenceAreaRow).where(SilenceAreaRow.silence_id == name))
    return None if row is None else silence_value(row, list(areas))


def standing_approvals(session: Session) -> tuple[StandingApproval, ...]:
    """The standing approvals that were not revoked, by id; also those whose day is past."""
    rows = session.scalars(
        select(StandingApprovalRow).where(StandingApprovalRow.revoked_at.is_(None)).order_by(StandingApprovalRow.id)
    )
    return tuple(map(standing_value, rows))


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> Mapping[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
