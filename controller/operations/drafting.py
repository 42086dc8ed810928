"""What the page of deciding starts from: what the person decided last, where they may sound, what voices have said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from controller.domain.values import AreaId, Broadcast, BroadcastId, Lane, Language, PersonId, Programme, Sha256
from controller.operations.acting import Act, query
from controller.operations.reading import MOST_ROWS, libraries
from controller.operations.rights import Right
from controller.storage import queries
from controller.storage.mapping import programme_value
from controller.storage.tables import (
    AssetEntryRow,
    AssetRow,
    BroadcastRow,
    IdempotencyRow,
    ProgrammeRow,
    SpeechRow,
    VersionRow,
)

_RECENT = 20


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of an asset that a voice spoke."""

    voice: str
    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio of a library, by what is shown of it; frames at 48 kHz."""

    sha256: Sha256
    title: str
    frames: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """What a person may start from: where they may sound, in which programmes, with which audio (newest first).

    `tops`: the topmost areas in which they may sound. `recent`: the broadcasts in which they wrote last, the newest
    first; withdrawn ones are among them. `speeches`: of the audio asked for, what a voice spoke. `answered`: the
    request was carried out before.
    """

    person: PersonId
    tops: tuple[AreaId, ...]
    programmes: tuple[Programme, ...]
    sounds: tuple[Sound, ...]
    recent: tuple[Broadcast, ...]
    speeches: dict[Sha256, Speech]
    answered: bool = False


@query(Right.DRAFT)
def start(act: Act, hashes: Iterable[Sha256] = ()) -> Start:
    """What the person decided last, and where they may sound."""
    tops, near = act.permit_somewhere(), libraries(act)
    ids = act.session.scalars(
        select(VersionRow.broadcast_id)
        .join(BroadcastRow, BroadcastRow.id == VersionRow.broadcast_id)
        .where(VersionRow.author_id == act.actor.person, BroadcastRow.lane == Lane.PLAN.value)
        .order_by(VersionRow.created_at.desc(), VersionRow.broadcast_id)
        .limit(_RECENT)
    )
    newest = list(dict.fromkeys(BroadcastId(each) for each in ids))
    found = {each.id: each for each in queries.broadcasts(act.session, newest)}
    spoken = act.session.scalars(select(SpeechRow).where(SpeechRow.sha256.in_(list(hashes))))
    speeches = {Sha256(row.sha256): Speech(row.voice, Language(row.language), row.text) for row in spoken}
    once = act.actor.once
    answered = once is not None and act.session.get(IdempotencyRow, (act.actor.person, once.key)) is not None
    recent = tuple(found[each] for each in newest)
    programmes, sounds = _programmes(act, near), _sounds(act, near)
    return Start(act.actor.person, tops, programmes, sounds, recent, speeches, answered)


def _programmes(act: Act, near: set[AreaId]) -> tuple[Programme, ...]:
    rows = act.session.scalars(
        select(ProgrammeRow)
        .where(ProgrammeRow.removed_at.is_(None), ProgrammeRow.area_id.in_(sorted(near)))
        .order_by(ProgrammeRow.name, ProgrammeRow.id)
    )
    return tuple(map(programme_value, rows))


def _sounds(act: Act, near: set[AreaId]) -> tuple[Sound, ...]:
    """Only what is shown of each: a whole library is read for every page."""
    rows = act.session.execute(
        select(AssetEntryRow.sha256, AssetEntryRow.title, AssetRow.frames, AssetEntryRow.added_at)
        .join(AssetRow, AssetRow.sha256 == AssetEntryRow.sha256)
        .where(AssetEntryRow.removed_at.is_(None), AssetEntryRow.area_id.in_(sorted(near)))
        .order_by(AssetEntryRow.added_at.desc(), AssetEntryRow.sha256)
        .limit(MOST_ROWS)
    )
    return tuple(Sound(Sha256(sha256), title, frames, added_at) for sha256, title, frames, added_at in rows)
