"""One airing opened: what is in it, by which version, who wrote and approved, what became of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.airings import Airing, Decided, airing_of, decided, means
from controller.domain.checks import FIRST_MS, LAST_MS
from controller.domain.editing import edit_day
from controller.domain.habits import Outage, during
from controller.domain.layout import Reach as Heard
from controller.domain.sessions import Book, book
from controller.domain.tree import branch, nodes_at, time_zone
from controller.domain.values import (
    AreaId,
    Assets,
    Broadcast,
    BroadcastId,
    Lane,
    NodeId,
    OccurrenceId,
    PersonId,
    Places,
    Sha256,
    Start,
    Version,
    VersionState,
    from_ms,
    to_ms,
)
from controller.domain.verdicts import Kind, Lack, Verdict
from controller.domain.week import OPEN, AiringState
from controller.operations import muted
from controller.operations.acting import Act, query
from controller.operations.around import LOOK_BACK
from controller.operations.broadcasts import existing
from controller.operations.errors import not_found
from controller.operations.laid import laid_between
from controller.operations.reading import libraries, visible
from controller.operations.rights import Right, may, quiet_hamlets
from controller.operations.saving import editable
from controller.storage import field, queries, results
from controller.storage.results import OccurrenceResult
from controller.storage.tables import AssetEntryRow, PersonRow
from playlists.models import Millis
from playlists.reports import Cause

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """An airing. `airing` is what airs or aired; where it is skipped, what would air.

    `version` governs it; `newer` would, once it is approved. `hamlets`: those that hear it, of a foreign owner only
    one's own. `titles` and `audio` are of its sounds, `names` of the people who wrote or decided. `may`: the rights
    that the person has over it. `given`: an approved version gives its nominal start. `counts_from`: the day from which
    an edit of more than this one airing counts. `outages`: what is known of nodes from which something lacks, and that
    were out of contact or without power meanwhile.
    """

    occurrence: OccurrenceId
    broadcast: Broadcast
    nominal: datetime
    starts_at: datetime
    ends_at: datetime
    state: AiringState
    given: bool
    airing: Airing | None
    version: Version | None
    newer: Version | None
    result: OccurrenceResult | None
    hamlets: tuple[AreaId, ...]
    titles: Mapping[Sha256, str]
    audio: Assets
    names: Mapping[PersonId, str]
    may: frozenset[Right]
    zone: ZoneInfo
    counts_from: date
    around: muted.Surroundings
    outages: Mapping[NodeId, Outage]

    @property
    def changeable(self) -> bool:
        """Whether the person may edit it: what is approved and still to come."""
        return Right.SUBMIT in self.may and self.state in (AiringState.PLANNED, AiringState.SKIPPED) and self.given

    @property
    def title(self) -> str:
        """What it is called: as it is decided, else as it was owed."""
        if self.airing is not None:
            return self.airing.title
        return self.result.title if self.result else ""

    @property
    def base(self) -> int:
        """The number of the newest version, on which an edit builds."""
        return max((each.number for each in self.broadcast.versions), default=0)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is found of an occurrence."""

    broadcast: Broadcast
    nominal: Millis
    result: OccurrenceResult | None
    now: Decided | None
    then: Decided | None


@query(Right.READ)
def airing(act: Act, occurrence: OccurrenceId) -> Opened:
    """An airing that is past, on air, planned, skipped, or decided and not approved yet."""
    act.permit_somewhere()
    known = _known(act, occurrence)
    own = may(act.tree, act.grants, Right.READ, known.broadcast.owner)
    state = _state(known, act.now)
    if not own and state in (AiringState.DRAFT, AiringState.RETURNED, AiringState.LAPSED):
        raise not_found()
    shown, version = _shown(known, act.now)
    zone = time_zone(act.tree, known.broadcast.owner)
    audio = queries.assets(act.session, _hashes(known, shown))
    starts_at, ends_at = _moments(act, known, shown, audio)
    newer = _newer(known)
    return Opened(
        occurrence=occurrence,
        broadcast=known.broadcast,
        nominal=from_ms(known.nominal),
        starts_at=starts_at,
        ends_at=ends_at,
        state=state,
        given=known.now is not None and from_ms(known.nominal) > act.now,
        airing=shown,
        version=version,
        newer=newer if own or (newer is not None and newer.state is VersionState.SUBMITTED) else None,
        result=known.result,
        hamlets=_hamlets(act, known, shown, own),
        titles=_titles(act, audio),
        audio=audio,
        names=names_of(act, known.broadcast),
        may=rights_over(act, known.broadcast),
        zone=zone,
        counts_from=edit_day(known.broadcast, zone, act.now, book(act.tree)),
        around=muted.surroundings.within(act),
        outages=_outages(act, known.result),
    )


_UNTOLD = (Lack.LINK_OR_POWER, Cause.POWER)


def _outages(act: Act, result: OccurrenceResult | None) -> Mapping[NodeId, Outage]:
    """Of each node that lacks something for want of power or line, or told nothing: the outage that fell into it."""
    lacking = [each.owed.node for each in result.nodes if _lacks(each.verdict)] if result is not None else []
    if result is None or not lacking:
        return {}
    begin, end = from_ms(result.starts_at), from_ms(Millis(result.starts_at + result.due))
    since = begin - LOOK_BACK
    known = field.outages(act.session, field.boots(act.session, lacking, since), since)
    found = {node: during(outages, begin, end) for node, outages in known.items()}
    return {node: outage for node, outage in found.items() if outage is not None}


def _lacks(verdict: Verdict) -> bool:
    return verdict.kind is Kind.UNREPORTED or verdict.cause in _UNTOLD


def names_of(act: Act, broadcast: Broadcast, *more: str | None) -> Mapping[PersonId, str]:
    """The names of all who wrote or decided about a broadcast, and of `more` people."""
    each = ((one.author, one.decided_by, one.paper_by) for one in broadcast.versions)
    wanted = {person for one in (*each, more) for person in one if person is not None}
    rows = act.session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(sorted(wanted))))
    return {PersonId(person): name for person, name in rows}


def _known(act: Act, occurrence: OccurrenceId) -> _Known:
    name, _, at = occurrence.rpartition("-")
    if not at.isascii() or not at.isdigit() or len(at) > 15 or not FIRST_MS <= int(at) < LAST_MS:
        raise not_found()
    nominal, sessions = Millis(int(at)), book(act.tree)
    found = existing(act, BroadcastId(name))
    result = results.occurrence(act.session, occurrence, to_ms(act.now))
    known = _Known(
        found,
        nominal,
        None if result is None else visible(act, result),
        decided(found, nominal, sessions),
        _undecided(found, nominal, sessions),
    )
    if found.lane is Lane.PLAN and known.result is None and known.now is None and known.then is None:
        raise not_found()
    if found.lane is Lane.SHEET and result is None and not _asked(found, nominal):
        raise not_found()
    return known


def _asked(found: Broadcast, nominal: Millis) -> bool:
    """Whether a play now was asked for at that moment: it has one airing only."""
    return any(to_ms(each.created_at) == nominal for each in found.versions)


def _undecided(found: Broadcast, nominal: Millis, sessions: Book) -> Decided | None:
    """What a newest version that is not approved would decide, had it been approved when it was written."""
    last = life.newest(found)
    if last is None or last.state is VersionState.APPROVED or found.withdrawn_at is not None:
        return None
    then = decided(life.as_if_approved(found, last.submitted_at or last.created_at), nominal, sessions)
    return then if then is not None and then.version.number == last.number else None


def _state(known: _Known, now: datetime) -> AiringState:
    result = known.result
    if result is not None and from_ms(result.starts_at) <= now:
        return _past(result, now)
    if known.broadcast.withdrawn_at is not None:
        return AiringState.WITHDRAWN
    if known.broadcast.lane is Lane.SHEET:
        return AiringState.PLANNED
    if known.now is not None and known.now.airing is not None:
        return AiringState.PLANNED if from_ms(known.now.airing.starts_at) > now else AiringState.PAST
    if known.now is not None or known.then is None:
        return AiringState.SKIPPED
    if from_ms(known.nominal) <= now:
        return AiringState.LAPSED
    last = life.newest(known.broadcast)
    return AiringState.WAITING if last is None else OPEN[last.state]


def _numbered(found: Broadcast, number: int) -> Version | None:
    """A version as it stands, not as if it were approved."""
    return next((each for each in found.versions if each.number == number), None)


def _past(result: OccurrenceResult, now: datetime) -> AiringState:
    kinds = {each.verdict.kind for each in result.nodes}
    if kinds == {Kind.WITHDRAWN}:
        return AiringState.WITHDRAWN
    sounds = now < from_ms(result.starts_at + result.due + 1000) or any(each.begun for each in result.nodes)
    return AiringState.ON_AIR if Kind.PENDING in kinds and sounds else AiringState.PAST


def _shown(known: _Known, now: datetime) -> tuple[Airing | None, Version | None]:
    """What airs, aired or would air, and the version by which it does."""
    found, result = known.broadcast, known.result
    if result is not None and (known.now is None or from_ms(result.starts_at) <= now):
        return airing_of(found, result.version, known.nominal, result.starts_at), _numbered(found, result.version)
    if found.lane is Lane.SHEET and found.versions:
        version = found.versions[-1]
        return airing_of(found, version.number, known.nominal), version
    here = known.now or known.then
    if here is None:
        return None, None
    return here.airing or _unskipped(known, here), _numbered(found, here.version.number)


def _owes(result: OccurrenceResult, shown: Airing) -> bool:
    """Whether it is owed as it is decided now; what was edited meanwhile is not yet."""
    return result.version == shown.version and any(each.gone is None for each in result.nodes)


def _unskipped(known: _Known, here: Decided) -> Airing | None:
    if here.named is None:
        return None
    content = replace(here.named.content, start=replace(here.named.content.start or Start(), skip=False))
    versions = tuple(
        replace(each, content=content) if each is here.named else each for each in known.broadcast.versions
    )
    return airing_of(replace(known.broadcast, versions=versions), here.named.number, known.nominal)


def _newer(known: _Known) -> Version | None:
    """The newest version where it is not approved and is for this airing, which another governs until then."""
    last = life.newest(known.broadcast)
    if last is None or last.state is VersionState.APPROVED or known.now is None:
        return None
    return last if means(last, known.nominal) else None


def _moments(act: Act, known: _Known, shown: Airing | None, audio: Assets) -> tuple[datetime, datetime]:
    result = known.result
    if shown is None:
        at = from_ms(result.starts_at if result else known.nominal)
        return at, at + timedelta(milliseconds=result.due if result else 0)
    if result is not None and _owes(result, shown):
        return from_ms(result.starts_at), from_ms(result.starts_at + result.due)
    if shown.place is not None:
        begin = from_ms(shown.nominal)
        day = laid_between(act, begin - _DAY / 2, begin + _DAY)
        shown = day.of(shown.occurrence, shown.version) or shown
    return from_ms(shown.starts_at), from_ms(Heard(act.tree, audio).end(shown))


def _hashes(known: _Known, shown: Airing | None) -> set[Sha256]:
    owed = {Sha256(sha) for each in (known.result.nodes if known.result else ()) for sha in each.owed.hashes}
    return owed | {each.asset for item in (shown.playlist if shown else ()) for each in item.recordings}


def _hamlets(act: Act, known: _Known, shown: Airing | None, own: bool) -> tuple[AreaId, ...]:
    if known.result is not None and from_ms(known.result.starts_at) <= act.now:
        heard = {each.id for one in known.result.nodes for each in one.owed.hamlets}
    else:
        places = shown.places if shown else Places()
        heard = {each.hamlet for node in nodes_at(act.tree, places) for each in node.serves}
    tops = act.permit_somewhere()
    mine = frozenset[AreaId]().union(*(branch(act.tree, top) for top in tops))
    return tuple(sorted(heard if own else heard & mine))


def _titles(act: Act, audio: Collection[Sha256]) -> Mapping[Sha256, str]:
    """What the audio is called in the library nearest to the person, else wherever it has a name."""
    near = libraries(act)
    rows = act.session.execute(
        select(AssetEntryRow.sha256, AssetEntryRow.area_id, AssetEntryRow.title)
        .where(AssetEntryRow.sha256.in_(sorted(audio)))
        .order_by(AssetEntryRow.added_at)
    ).all()
    known = {Sha256(sha): title for sha, area, title in rows if area not in near}
    return known | {Sha256(sha): title for sha, area, title in rows if area in near}


def rights_over(act: Act, found: Broadcast) -> frozenset[Right]:
    """What the person may do about it, by the table of rights."""
    held = {
        right
        for right in (Right.WITHDRAW, Right.STOP, Right.APPROVE, Right.PLAY_NOW_APPROVED)
        if may(act.tree, act.grants, right, found.owner)
    }
    if quiet_hamlets(act.tree, act.grants, Right.STOP, life.all_places(found)):
        held.add(Right.STOP)
    if found.lane is Lane.PLAN and found.withdrawn_at is None and editable(act, found):
        held.add(Right.SUBMIT)
    return frozenset(held)
