"""Verdict = f(owed, what is known of it, now). All thresholds stand here.

The rules, in the order in which they are asked:

1. Of all closing facts the one with the most seconds counts; any proof outweighs that something is missing.
2. Seconds below a stated level are none. The share of the seconds due gives played, partly or missed with the cause.
   A repeated emergency owes one whole pass; a stop ends what is owed.
3. Another version: the same hashes count by their seconds, marked as old; other hashes are missed (plan late). So is
   what sounded with other hashes under the same number.
4. What was dropped or withdrawn before its start but sounded is marked; withdrawn later is withdrawn with its seconds,
   and played, withdrawn too late, from the share on.
5. Without a closing fact it is pending until it could no longer sound, then unreported: never final. The ordered
   journal proves a negative: when the node accepted a later document that no longer holds the airing and told nothing
   before it, the airing is missed (link or power).
6. A person outweighs an ear, an ear the current, the current the frames: heard, too quiet (partly) or silent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from controller.domain.values import Lane, OccurrenceId, Owed, ZoneId
from playlists.models import Millis, Number
from playlists.reports import Cause, Evidence

PLAYED_SHARE = 0.95
"""From this share of the seconds due an airing is played."""
LEVEL_DBFS = -60.0
"""What is quieter than this on the whole did not sound."""
STOP_LEEWAY_MS = 2_000
"""How long a stop may be on its way: what is owed ends so much before it."""


class Kind(StrEnum):
    """The verdicts of DESIGN 2."""

    PENDING = "pending"
    PLAYED = "played"
    HEARD = "heard"
    PARTLY = "partly"
    SILENT = "silent"
    MISSED = "missed"
    PRE_EMPTED = "pre_empted"
    WITHDRAWN = "withdrawn"
    UNREPORTED = "unreported"


class Lack(StrEnum):
    """A cause that no node can tell, because it told nothing."""

    LINK_OR_POWER = "link_or_power"


class Mark(StrEnum):
    """What is said beside a verdict."""

    OLD_VERSION = "old_version"
    THOUGH_DROPPED = "though_dropped"
    WITHDRAWN_TOO_LATE = "withdrawn_too_late"
    STOPPED = "stopped"
    SOMETHING_ELSE = "something_else"


class GoneCause(StrEnum):
    """Why the office no longer wants what it had owed."""

    REPLACED = "replaced"
    DROPPED = "dropped"
    QUIET = "quiet"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"


class Hearing(StrEnum):
    """What an ear or a person on the spot says."""

    HEARD = "heard"
    TOO_QUIET = "too_quiet"
    SILENT = "silent"
    SOMETHING_ELSE = "something_else"


@dataclass(frozen=True, slots=True)
class Gone:
    """When and why the office took back what it had owed."""

    at: Millis
    cause: GoneCause


@dataclass(frozen=True, slots=True)
class Proof:
    """A CLOSED of one occurrence; lengths in ms, loudness in dBFS."""

    stream: str
    number: int
    version: int
    sounded: int
    due: int
    cause: Cause | None = None
    evidence: tuple[Evidence, ...] = ()
    assets: tuple[str, ...] = ()
    loudness: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Any fact about the occurrence, by its place in a stream."""

    stream: str
    number: int


@dataclass(frozen=True, slots=True)
class Taken:
    """An ACCEPTED: the document that a node took, by its place in a stream, and what the document says."""

    stream: str
    number: int
    lane: Lane
    to: str
    issuer: str
    document: Number
    window_start: Millis | None = None
    entries: frozenset[OccurrenceId] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of one occurrence on one node. `gone`: numbers of a stream that were dropped (from, to)."""

    proofs: tuple[Proof, ...] = ()
    told: tuple[Told, ...] = ()
    taken: tuple[Taken, ...] = ()
    gone: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    hearings: tuple[tuple[Evidence, Hearing], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one occurrence on one node. `final`: only a later proof could change it."""

    kind: Kind
    sounded: int
    due: int
    final: bool
    cause: Cause | Lack | None = None
    marks: tuple[Mark, ...] = ()
    evidence: Evidence | None = None


def judge(owed: Owed, history: History, now: Millis, taken_back: Gone | None = None) -> Verdict:
    """The verdict on what a node owes; `taken_back` if the office no longer wants it."""
    if not history.proofs:
        return _unproved(owed, history, now, taken_back)
    best = max(history.proofs, key=lambda proof: (_seconds(proof), proof.version == owed.version))
    verdict = _by_version(owed, best, _due(owed, best, taken_back), taken_back)
    return _as_heard(verdict, history.hearings)


def disproved(owed: Owed, history: History) -> bool:
    """Whether the ordered journal proves that nothing sounded."""
    return any(_outlives(taken, owed) and _nothing_before(taken, history) for taken in history.taken)


def of_hamlet(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The verdict on an airing in a hamlet with several nodes: played if all are, else by its parts; None for none."""
    each = list(verdicts)
    if len(each) < 2:
        return each[0] if each else None
    each.sort(key=lambda verdict: _ORDER.index(verdict.kind))
    best, worst = each[0], each[-1]
    if best.kind in _SOUNDED and worst.kind in _UNSOUNDED:
        return replace(worst, kind=Kind.PARTLY, sounded=best.sounded, marks=())
    return worst


# From the best to the worst; what is not known yet comes last, because it may still turn out either way.
_SOUNDED = (Kind.HEARD, Kind.PLAYED, Kind.PARTLY)
_UNSOUNDED = (Kind.WITHDRAWN, Kind.PRE_EMPTED, Kind.SILENT, Kind.MISSED)
_ORDER = (*_SOUNDED, *_UNSOUNDED, Kind.UNREPORTED, Kind.PENDING)
_BEFORE_START = (GoneCause.DROPPED, GoneCause.QUIET, GoneCause.WITHDRAWN, GoneCause.STOPPED)


def _unproved(owed: Owed, history: History, now: Millis, taken_back: Gone | None) -> Verdict:
    nothing = disproved(owed, history)
    if taken_back and taken_back.cause in _BEFORE_START and (taken_back.at < owed.starts_at or nothing):
        return Verdict(Kind.WITHDRAWN, 0, owed.due, nothing)
    if nothing:
        return Verdict(Kind.MISSED, 0, owed.due, True, Lack.LINK_OR_POWER)
    return Verdict(Kind.PENDING if now < owed.ends_at else Kind.UNREPORTED, 0, owed.due, False)


def _seconds(proof: Proof) -> int:
    return 0 if proof.loudness is not None and proof.loudness < LEVEL_DBFS else proof.sounded


def _due(owed: Owed, proof: Proof, taken_back: Gone | None) -> int:
    """What is owed: a stop ends it, the office's where it gave one, else the box's."""
    if taken_back and taken_back.cause is GoneCause.STOPPED and taken_back.at >= owed.starts_at:
        return min(owed.due, max(0, taken_back.at - owed.starts_at - STOP_LEEWAY_MS))
    return proof.sounded if proof.cause is Cause.STOPPED else owed.due


def _by_version(owed: Owed, proof: Proof, due: int, taken_back: Gone | None) -> Verdict:
    same = proof.assets == tuple(dict.fromkeys(owed.hashes))
    if proof.version == owed.version and (same or not _other_words(owed, proof)):
        return _by_withdrawal(owed, proof, due, taken_back)
    if same:
        verdict = _by_withdrawal(owed, proof, due, taken_back)
        return replace(verdict, marks=(Mark.OLD_VERSION, *verdict.marks))
    return Verdict(Kind.MISSED, _seconds(proof), due, True, Cause.PLAN_LATE, (Mark.OLD_VERSION,))


def _other_words(owed: Owed, proof: Proof) -> bool:
    """Whether what sounded under the number that is owed was not what is owed: a change to one airing keeps its number
    when the version beneath it is replaced, and with that its words may be."""
    return owed.lane is Lane.PLAN and bool(proof.assets) and proof.sounded > 0


def _by_withdrawal(owed: Owed, proof: Proof, due: int, taken_back: Gone | None) -> Verdict:
    verdict = _by_seconds(proof, due)
    if taken_back is None or taken_back.cause is GoneCause.REPLACED:
        return verdict
    if taken_back.at < owed.starts_at:
        if verdict.sounded == 0:
            return replace(verdict, kind=Kind.WITHDRAWN, cause=None)
        return replace(verdict, marks=(*verdict.marks, Mark.THOUGH_DROPPED))
    if taken_back.cause is GoneCause.STOPPED:
        kind = verdict.kind if verdict.sounded or due else Kind.WITHDRAWN
        return replace(verdict, kind=kind, marks=tuple(dict.fromkeys((*verdict.marks, Mark.STOPPED))))
    if verdict.kind is Kind.PLAYED:
        return replace(verdict, marks=(*verdict.marks, Mark.WITHDRAWN_TOO_LATE))
    return replace(verdict, kind=Kind.WITHDRAWN, cause=None)


def _by_seconds(proof: Proof, due: int) -> Verdict:
    seconds = _seconds(proof)
    evidence = max(proof.evidence, key=_STRENGTH.index, default=None)
    marks = (Mark.STOPPED,) if proof.cause is Cause.STOPPED else ()
    if seconds > 0 and seconds >= PLAYED_SHARE * due:
        return Verdict(Kind.PLAYED, seconds, due, True, marks=marks, evidence=evidence)
    if proof.cause is Cause.STOPPED and seconds == 0:
        return Verdict(Kind.WITHDRAWN, 0, due, True, marks=marks)
    if proof.cause is Cause.PRE_EMPTED:
        return Verdict(Kind.PRE_EMPTED, seconds, due, True, proof.cause, marks, evidence)
    kind = Kind.PARTLY if seconds else Kind.MISSED
    return Verdict(kind, seconds, due, True, proof.cause or Cause.PLAYER, marks, evidence)


_STRENGTH = (Evidence.FRAMES, Evidence.CURRENT, Evidence.EAR, Evidence.PERSON)


def _as_heard(verdict: Verdict, hearings: tuple[tuple[Evidence, Hearing], ...]) -> Verdict:
    """What was heard on the spot rules over what the node believes it sounded."""
    if not hearings or verdict.kind not in (Kind.PLAYED, Kind.PARTLY):
        return verdict
    evidence, hearing = max(hearings, key=lambda pair: _STRENGTH.index(pair[0]))
    match hearing:
        case Hearing.SOMETHING_ELSE:
            return replace(verdict, marks=(*verdict.marks, Mark.SOMETHING_ELSE))
        case Hearing.SILENT:
            return replace(verdict, kind=Kind.SILENT, evidence=evidence)
        case Hearing.TOO_QUIET:
            return replace(verdict, kind=Kind.PARTLY, evidence=evidence)
        case Hearing.HEARD:
            kind = Kind.HEARD if verdict.kind is Kind.PLAYED else verdict.kind
            return replace(verdict, kind=kind, evidence=evidence)


def _outlives(taken: Taken, owed: Owed) -> bool:
    """Whether a node that took this document can no longer have the airing before it."""
    if taken.lane is not owed.lane:
        return False
    if owed.lane is Lane.PLAN:
        return taken.window_start is not None and taken.window_start >= owed.ends_at
    same = (ZoneId(taken.to), taken.issuer) == (owed.zone, owed.issuer)
    return same and owed.document < taken.document and owed.occurrence not in taken.entries


def _nothing_before(taken: Taken, history: History) -> bool:
    stream, number = taken.stream, taken.number
    facts = [(fact.stream, fact.number) for fact in history.told] + [
        (fact.stream, fact.number) for fact in history.proofs
    ]
    told = any(of == stream and at < number for of, at in facts)
    lost = any(first < number for first, _ in history.gone.get(stream, ()))
    return not told and not lost
