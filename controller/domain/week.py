"""The airings of a span as people see them: planned, waiting, skipped, taken back, on air, past with their result."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from controller.domain.airings import Airing, airings, means, named_by
from controller.domain.broadcasts import as_if_approved, newest
from controller.domain.planning import Outlook
from controller.domain.sessions import Book
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    Lane,
    NodeId,
    OccurrenceId,
    Start,
    Version,
    VersionState,
)
from controller.domain.verdicts import Kind as VerdictKind
from controller.domain.verdicts import Verdict, of_hamlet
from playlists.models import Kind, Millis, Priority

Sequence = tuple[int, int]
"""Epoch and sequence of a document."""


class AiringState(StrEnum):
    """What an airing is now. Lapsed: nobody approved it before its start."""

    DRAFT = "draft"
    RETURNED = "returned"
    WAITING = "waiting"
    PLANNED = "planned"
    SKIPPED = "skipped"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    ON_AIR = "on_air"
    PAST = "past"


class Tally(NamedTuple):
    """An airing on one node, as far as a summary needs it. `document`: the plan or sheet that first said it."""

    node: NodeId
    version: int
    hamlets: tuple[AreaId, ...]
    document: Sequence
    gone: bool
    begun: bool
    verdict: VerdictKind


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is owed of an airing; moments and lengths in ms."""

    occurrence: OccurrenceId
    broadcast: BroadcastId
    owner: AreaId
    version: int
    nominal: Millis
    starts_at: Millis
    due: int
    lane: Lane
    title: str
    programme: str
    kind: Kind
    priority: Priority
    nodes: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The hamlets that owed a past airing, by what became of it there; what was taken back does not count.

    `full`: played or heard.
    """

    hamlets: int
    full: int
    partly: int
    missed: int

    @property
    def unknown(self) -> int:
        """Hamlets of which nobody knows yet."""
        return self.hamlets - self.full - self.partly - self.missed


@dataclass(frozen=True, slots=True)
class Seen:
    """An airing with its state; what is owed of it, if anything is. `changing`: a newer version of it waits."""

    state: AiringState
    airing: Airing | None
    ledger: Ledger | None = None
    changing: bool = False

    @property
    def occurrence(self) -> OccurrenceId:
        """The occurrence's id."""
        known = self.airing or self.ledger
        assert known is not None
        return known.occurrence


def seen(ahead: Outlook, ledgers: Iterable[Ledger], book: Book, now: Millis) -> tuple[Seen, ...]:
    """All airings of an outlook, each occurrence once: what is approved before what is not, what is owed before all."""
    owed = {each.occurrence: each for each in ledgers}
    found: dict[OccurrenceId, Seen] = {}
    for one in (*_approved(ahead, owed, now), *_only_owed(ahead, owed, now), *_others(ahead, book, now)):
        found.setdefault(one.occurrence, one)
    return tuple(found.values())


def outcome(nodes: Iterable[Tally]) -> Outcome:
    """The result of an airing, hamlet by hamlet."""
    found: defaultdict[AreaId, list[VerdictKind]] = defaultdict(list)
    for each in nodes:
        for hamlet in each.hamlets:
            found[hamlet].append(each.verdict)
    kinds = Counter(map(_of_hamlet, found.values()))
    return Outcome(
        sum(kinds.values()) - kinds[VerdictKind.WITHDRAWN],
        sum(kinds[kind] for kind in _FULL),
        sum(kinds[kind] for kind in _SOME),
        sum(kinds[kind] for kind in _NONE),
    )


def _of_hamlet(kinds: list[VerdictKind]) -> VerdictKind:
    if len(kinds) == 1:
        return kinds[0]
    verdict = of_hamlet(_OF[kind] for kind in kinds)
    assert verdict is not None
    return verdict.kind


_OF = {kind: Verdict(kind, 0, 0, True) for kind in VerdictKind}
_FULL = (VerdictKind.PLAYED, VerdictKind.HEARD)
_SOME = (VerdictKind.PARTLY, VerdictKind.PRE_EMPTED)
_NONE = (VerdictKind.SILENT, VerdictKind.MISSED)


def _approved(ahead: Outlook, owed: Mapping[OccurrenceId, Ledger], now: Millis) -> Iterator[Seen]:
    for airing in ahead.airings:
        ledger = owed.get(airing.occurrence)
        starts_at = airing.starts_at if ledger is None else min(airing.starts_at, ledger.starts_at)
        if starts_at <= now and ledger is not None:
            yield Seen(_past_state(ledger, now), airing, ledger)
        elif airing.starts_at <= now:
            yield Seen(AiringState.PAST, airing)
        else:
            yield Seen(AiringState.PLANNED, airing, ledger, _changes(ahead.broadcasts[airing.broadcast], airing))


def _only_owed(ahead: Outlook, owed: Mapping[OccurrenceId, Ledger], now: Millis) -> Iterator[Seen]:
    """What is owed and not planned: a play now, and what sounded though it was dropped."""
    planned = {airing.occurrence for airing in ahead.airings}
    for ledger in owed.values():
        if ledger.occurrence in planned or ledger.starts_at > now:
            continue
        sounded = any(each.begun or each.verdict in (*_FULL, *_SOME) for each in ledger.nodes)
        if sounded or ledger.lane is Lane.SHEET:
            yield Seen(_past_state(ledger, now), None, ledger)


def _past_state(ledger: Ledger, now: Millis) -> AiringState:
    kinds = {each.verdict for each in ledger.nodes}
    if kinds == {VerdictKind.WITHDRAWN}:
        return AiringState.WITHDRAWN
    sounds = now < ledger.starts_at + ledger.due + _LEEWAY_MS or any(each.begun for each in ledger.nodes)
    return AiringState.ON_AIR if VerdictKind.PENDING in kinds and sounds else AiringState.PAST


_LEEWAY_MS = 1000
"""How long a node may take to tell that an airing has ended."""


def _others(ahead: Outlook, book: Book, now: Millis) -> Iterator[Seen]:
    """What is not aired: it waits, is skipped, taken back, not submitted yet, or was not approved in time."""
    laid = {airing.occurrence: airing for airing in ahead.waiting}
    for broadcast in ahead.broadcasts.values():
        if broadcast.withdrawn_at is not None:
            yield from (Seen(AiringState.WITHDRAWN, each) for each in airings(broadcast, ahead.begin, ahead.end, book))
            continue
        yield from (Seen(AiringState.SKIPPED, each) for each in _skipped(broadcast, ahead, book))
        for each in _undecided(broadcast, ahead, book):
            airing = laid.get(each.occurrence, each)
            yield Seen(_open_state(broadcast, airing, now), airing)


def _skipped(broadcast: Broadcast, ahead: Outlook, book: Book) -> Iterator[Airing]:
    skips = [each for each in broadcast.versions if _skips(each)]
    if not skips:
        return
    named = {nominal for each in skips for nominal in named_by(each.scope)}
    versions = tuple(_without_skip(each) if _skips(each) else each for each in broadcast.versions)
    every = airings(replace(broadcast, versions=versions), ahead.begin, ahead.end, book)
    yield from (each for each in every if each.nominal in named)


def _undecided(broadcast: Broadcast, ahead: Outlook, book: Book) -> Iterator[Airing]:
    """The airings of a newest version that is not approved, as if it had been when it was written."""
    last = newest(broadcast)
    if last is None or last.state is VersionState.APPROVED:
        return
    every = airings(as_if_approved(broadcast, last.submitted_at or last.created_at), ahead.begin, ahead.end, book)
    yield from (each for each in every if each.version == last.number)


def _open_state(broadcast: Broadcast, airing: Airing, now: Millis) -> AiringState:
    last = newest(broadcast)
    if airing.starts_at <= now:
        return AiringState.LAPSED
    return AiringState.WAITING if last is None else OPEN[last.state]


OPEN = {
    VersionState.DRAFT: AiringState.DRAFT,
    VersionState.RETURNED: AiringState.RETURNED,
    VersionState.SUBMITTED: AiringState.WAITING,
    VersionState.APPROVED: AiringState.PLANNED,
}
"""What the airings of a newest version are, by its state."""


def _changes(broadcast: Broadcast, airing: Airing) -> bool:
    """Whether a submitted version would change an airing."""
    last = newest(broadcast)
    if last is None or last.state is not VersionState.SUBMITTED:
        return False
    return means(last, airing.nominal)


def _skips(version: Version) -> bool:
    start = version.content.start
    return version.state is VersionState.APPROVED and start is not None and start.skip


def _without_skip(version: Version) -> Version:
    return replace(version, content=replace(version.content, start=Start()))
