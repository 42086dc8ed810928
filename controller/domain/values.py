"""The words of the office as frozen values. Moments are aware; `*_ms` and Millis are the wire's milliseconds UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NewType

from playlists.models import Asset, Kind, Millis, NodeSettings, Number, Priority

AreaId = NewType("AreaId", str)
ZoneId = NewType("ZoneId", str)
NodeId = NewType("NodeId", str)
PersonId = NewType("PersonId", str)
ProgrammeId = NewType("ProgrammeId", str)
BroadcastId = NewType("BroadcastId", str)
OccurrenceId = NewType("OccurrenceId", str)
SessionId = NewType("SessionId", str)
Sha256 = NewType("Sha256", str)
Language = NewType("Language", str)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""The last moment that is named: a calendar ends there, in every time zone."""
_LATEST_MS = (LATEST - EPOCH) // timedelta(milliseconds=1)


def to_ms(moment: datetime) -> Millis:
    """A moment as the wire's milliseconds UTC, rounded down."""
    return Millis((moment - EPOCH) // timedelta(milliseconds=1))


def from_ms(ms: int) -> datetime:
    """The wire's milliseconds UTC as a moment; past LATEST it is LATEST, as a node may say any number."""
    return EPOCH + timedelta(milliseconds=min(ms, _LATEST_MS))


class Role(StrEnum):
    """What a person is in a branch of the tree."""

    EDITOR = "editor"
    APPROVER = "approver"
    DUTY_OFFICER = "duty_officer"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Field(StrEnum):
    """Lĩnh vực: the six fields of the grassroots information system."""

    GENERAL = "general"
    SUDDEN = "sudden"
    POLICY = "policy"
    DIRECTION = "direction"
    KNOWLEDGE = "knowledge"
    EXAMPLES = "examples"


class VersionState(StrEnum):
    """The life of a version; the broadcast as a whole is withdrawn."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class Lane(StrEnum):
    """Which document carries an occurrence."""

    PLAN = "plan"
    SHEET = "sheet"


class Repeat(StrEnum):
    """How a recurrence chooses its days."""

    ONCE = "once"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    MONTH_DAYS = "month_days"
    MONTH_END = "month_end"
    LUNAR_DAYS = "lunar_days"
    LUNAR_MONTH_END = "lunar_month_end"


class LateKind(StrEnum):
    """What an occurrence does whose start was missed."""

    JOIN = "join"
    WHOLE = "whole"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Session:
    """A habitual time of a commune in which broadcasts follow one another; `limit_s`: how long it may be in all."""

    id: SessionId
    name: str
    starts_at: time
    limit_s: int


@dataclass(frozen=True, slots=True)
class Timetable:
    """The sessions of an area from a local day on, until a later timetable of the area."""

    from_day: date
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when, local time of day, routine may sound; the end is not included."""

    begin: time
    end: time


@dataclass(frozen=True, slots=True)
class Area:
    """A place of the tree on one day. What is None or empty is inherited."""

    id: AreaId
    parent: AreaId | None
    name: str
    kind: str
    head_title: str | None = None
    time_zone: str | None = None
    languages: tuple[Language, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    sessions: tuple[Timetable, ...] = ()
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Serves:
    """A hamlet that hears a node, with its homes."""

    hamlet: AreaId
    homes: int


@dataclass(frozen=True, slots=True)
class Node:
    """A loudspeaker node; its home hamlet gives its languages."""

    id: NodeId
    name: str
    home: AreaId
    serves: tuple[Serves, ...]
    settings: NodeSettings = field(default_factory=NodeSettings)


@dataclass(frozen=True, slots=True)
class Zone:
    """A named set of nodes: of an area, or of the `hamlets` of a group made by hand."""

    id: ZoneId
    name: str
    owner: AreaId
    area: AreaId | None = None
    hamlets: tuple[AreaId, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """The areas, nodes and zones of one day. What follows from them is kept beside them, each found out once."""

    areas: Mapping[AreaId, Area]
    nodes: Mapping[NodeId, Node]
    zones: Mapping[ZoneId, Zone]
    paths: dict[AreaId, tuple[Area, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)
    reached: "dict[Places, tuple[Node, ...]]" = field(default_factory=dict, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in the branch below an area."""

    role: Role
    area: AreaId


@dataclass(frozen=True, slots=True)
class Late:
    """The late rule; `within_s` is how long a whole airing may wait."""

    kind: LateKind = LateKind.SKIP
    within_s: int = 0


@dataclass(frozen=True, slots=True)
class Programme:
    """An editorial strand with its kind, its field, and the late rule that comes with it."""

    id: ProgrammeId
    area: AreaId
    name: str
    kind: Kind
    field: Field
    late: Late = Late()


@dataclass(frozen=True, slots=True)
class Recording:
    """An item's sound in one language; `text` and `voice` where a voice spoke it."""

    language: Language
    asset: Sha256
    text: str | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class PlaylistItem:
    """One item: language → asset."""

    recordings: tuple[Recording, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a version is to be heard. An area follows the tree; of a hand-made zone the hamlets are written down."""

    areas: tuple[AreaId, ...] = ()
    hamlets: tuple[AreaId, ...] = ()
    zones: tuple[ZoneId, ...] = ()


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Local days and times; Monday is weekday 0. `last_day` None: without an end.

    `month_days` are days of the solar month, or of the lunar one where days are chosen by it. In a session there are
    no `times`: its start is the session's.
    """

    repeat: Repeat
    first_day: date
    times: tuple[time, ...]
    last_day: date | None = None
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    except_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class FromDay:
    """A version's scope: from a local day on. `ends_named`: versions of named starts before it no longer count.

    `today`: what was still to come on the day of the edit, though one start of that day had passed: like named starts.
    """

    day: date
    ends_named: bool = False
    today: tuple[Millis, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedStarts:
    """A version's scope: only the airings with these nominal starts."""

    nominals: tuple[Millis, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """What a version changes of the start of named airings: skipped, or at another moment."""

    skip: bool = False
    starts_at: Millis | None = None


Scope = FromDay | NamedStarts


@dataclass(frozen=True, slots=True)
class InSession:
    """The place of a version in a session: those with a smaller order number come first."""

    session: SessionId
    order: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """All that a version decides. With named starts, None is what it leaves as the version beneath has it."""

    title: str
    time_zone: str
    playlist: tuple[PlaylistItem, ...] | None = None
    places: Places | None = None
    recurrence: Recurrence | None = None
    start: Start | None = None
    priority: Priority = Priority.NORMAL
    rank: int = 0
    late: Late = Late()
    last_true_day: date | None = None
    session: InSession | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A numbered decision. `decided_at` is the moment of approval or return.

    `carried_from`: the version whose approval it carries. `approved_until`: the day to which a standing approval holds;
    where that was revoked, `approval_ended_at` says when. Where somebody recorded that `decided_by` approved on paper:
    who, what they noted, and when `decided_by` saw it.
    """

    number: int
    state: VersionState
    scope: Scope
    content: Content
    digest: str
    author: PersonId
    created_at: datetime
    submitted_at: datetime | None = None
    decided_by: PersonId | None = None
    decided_at: datetime | None = None
    returned_why: str | None = None
    carried_from: int | None = None
    approved_until: date | None = None
    approval_ended_at: datetime | None = None
    paper_by: PersonId | None = None
    paper_note: str | None = None
    paper_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A decision of one owner area in one programme."""

    id: BroadcastId
    programme: Programme
    owner: AreaId
    versions: tuple[Version, ...]
    lane: Lane = Lane.PLAN
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HamletShare:
    """A hamlet of a node as it stood when the airing was owed: its homes, its areas from the root to itself."""

    id: AreaId
    name: str
    homes: int
    path: tuple[tuple[AreaId, str], ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """Occurrence × node × version, with all that reports read; lengths and moments in ms UTC."""

    node: NodeId
    occurrence: OccurrenceId
    version: int
    broadcast: BroadcastId
    nominal: Millis
    starts_at: Millis
    start_by: Millis
    ends_at: Millis
    day: date
    due: int
    hashes: tuple[str, ...]
    lane: Lane
    zone: ZoneId | None
    issuer: str
    document: Number
    area: AreaId
    hamlets: tuple[HamletShare, ...]
    area_path: tuple[tuple[AreaId, str], ...]
    node_name: str
    title: str
    programme: str
    programme_kind: Kind
    field: Field
    priority: Priority


Assets = Mapping[Sha256, Asset]
"""What is known of the audio that playlists name."""
