"""What the page of deciding starts from: what the person decided last, where they may sound, what voices have said."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from controller.domain.values import AreaId, Broadcast, BroadcastId, Lane, Language, PersonId, Sha256
from controller.operations.acting import Act, query
from controller.operations.rights import Right
from controller.storage import queries
from controller.storage.tables import BroadcastRow, IdempotencyRow, SpeechRow, VersionRow

_RECENT = 20


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of an asset that a voice spoke."""

    voice: str
    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class Start:
    """What a person may start from.

    `tops`: the topmost areas in which they may sound. `recent`: the broadcasts in which they wrote last, the newest
    first; withdrawn ones are among them. `speeches`: of the audio asked for, what a voice spoke. `answered`: the
    request was carried out before.
    """

    person: PersonId
    tops: tuple[AreaId, ...]
    recent: tuple[Broadcast, ...]
    speeches: dict[Sha256, Speech]
    answered: bool = False


@query(Right.DRAFT)
def start(act: Act, hashes: Iterable[Sha256] = ()) -> Start:
    """What the person decided last, and where they may sound."""
    tops = act.permit_somewhere()
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
    return Start(act.actor.person, tops, tuple(found[each] for each in newest), speeches, answered)
