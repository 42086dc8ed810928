"""The body of a version of a broadcast, and how it becomes the domain's values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from controller.domain.tree import places_of_zones
from controller.domain.values import (
    Content,
    FromDay,
    InSession,
    Language,
    Late,
    LateKind,
    NamedStarts,
    Places,
    PlaylistItem,
    Recording,
    Recurrence,
    Repeat,
    Scope,
    SessionId,
    Sha256,
    Start,
    Tree,
    ZoneId,
    to_ms,
)
from controller.operations.errors import not_found
from controller.web.api.fields import Body, Hash, Id, Line, Lines, Tongue
from playlists.models import Millis, Priority


def _written(kind: str) -> BeforeValidator:
    """Only text is a date or a time: a number would be taken for seconds since 1970."""

    def check(value: Any) -> Any:
        if isinstance(value, str | date | time):
            return value
        raise PydanticCustomError(f"{kind}_type", "text is wanted")

    return BeforeValidator(check)


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise PydanticCustomError("time_zone_given", "a local time has no zone")
    return value


Day = Annotated[date, _written("date")]
TimeOfDay = Annotated[time, _written("time")]
Moment = Annotated[AwareDatetime, _written("datetime")]
Days = Annotated[tuple[Day, ...], Field(max_length=400)]
Nominals = Annotated[tuple[Moment, ...], Field(max_length=400)]
Numbers = Annotated[tuple[Annotated[int, Field(ge=-100, le=100)], ...], Field(max_length=100)]


class RecordingBody(Body):
    """An item's sound in one language; `text` and `voice` where a voice spoke it."""

    language: Tongue = "vi"
    asset: Hash
    text: Lines | None = None
    voice: Line | None = None

    def value(self) -> Recording:
        """As the domain has it."""
        return Recording(Language(self.language), Sha256(self.asset), self.text, self.voice)


class ItemBody(Body):
    """One item of a playlist: its sound in one or several languages."""

    title: Line = ""
    recordings: Annotated[tuple[RecordingBody, ...], Field(max_length=16)]

    def value(self) -> PlaylistItem:
        """As the domain has it."""
        return PlaylistItem(tuple(each.value() for each in self.recordings), self.title)


PlaylistBody = Annotated[tuple[ItemBody, ...], Field(max_length=200)]


class RecurrenceBody(Body):
    """Local days, and times where it stands in no session. `weekdays`: 0 is Monday; `month_days`: a day that a month
    lacks is skipped.
    """

    repeat: Repeat = Repeat.ONCE
    first_day: Day
    times: Annotated[tuple[TimeOfDay, ...], Field(max_length=48)] = ()
    last_day: Day | None = None
    weekdays: Numbers = ()
    month_days: Numbers = ()
    except_days: Days = ()

    def value(self) -> Recurrence:
        """As the domain has it."""
        return Recurrence(
            self.repeat, self.first_day, self.times, self.last_day, self.weekdays, self.month_days, self.except_days
        )  # fmt: skip


class LateBody(Body):
    """What an airing does whose start was missed: skip, join in progress, or whole within so many seconds."""

    kind: LateKind = LateKind.SKIP
    within_s: Annotated[int, Field(ge=0, le=10_000_000)] = 0

    def value(self) -> Late:
        """As the domain has it."""
        return Late(self.kind, self.within_s)


class StartBody(Body):
    """What a version of named airings changes of their start."""

    skip: bool = False
    starts_at: Moment | None = None

    def value(self) -> Start:
        """As the domain has it."""
        return Start(self.skip, to_ms(self.starts_at) if self.starts_at is not None else None)


class FromDayBody(Body):
    """All airings from a local day on; `ends_named`: earlier versions of named airings count no longer.

    `today`: nominal starts of the day before that are meant, too.
    """

    kind: Literal["from_day"] = "from_day"
    day: Day
    ends_named: bool = False
    today: Nominals = ()


class NamedStartsBody(Body):
    """Only the airings with these nominal starts."""

    kind: Literal["named_starts"]
    nominals: Nominals


class SessionBody(Body):
    """A place in a session of the area; without an order number, after all that stands there."""

    session: Id
    order: Annotated[int, Field(ge=0, le=1000)] = 0

    def value(self) -> InSession:
        """As the domain has it."""
        return InSession(SessionId(self.session), self.order)


ScopeBody = Annotated[FromDayBody | NamedStartsBody, Field(discriminator="kind")]
Ids = Annotated[tuple[Id, ...], Field(max_length=500)]


class VersionBody(Body):
    """All that a version decides. Without a scope it counts from the recurrence's first day on."""

    title: Line
    zones: Ids | None = None
    playlist: PlaylistBody | None = None
    recurrence: RecurrenceBody | None = None
    start: StartBody | None = None
    scope: ScopeBody | None = None
    time_zone: Line = "Asia/Ho_Chi_Minh"
    priority: Literal["normal", "priority", "emergency"] = "normal"
    rank: Annotated[int, Field(ge=-1000, le=1000)] = 0
    late: LateBody = LateBody()
    last_true_day: Day | None = None
    session: SessionBody | None = None

    def scope_value(self) -> Scope:
        """As the domain has it."""
        if isinstance(self.scope, NamedStartsBody):
            return NamedStarts(_nominals(self.scope.nominals))
        if isinstance(self.scope, FromDayBody):
            return FromDay(self.scope.day, self.scope.ends_named, _nominals(self.scope.today))
        return FromDay(self.recurrence.first_day if self.recurrence else date.min)

    def content(self, tree: Tree) -> Content:
        """As the domain has it; zones become the places that they are now. Raises NotFound for an unknown zone."""
        return Content(
            title=self.title,
            time_zone=self.time_zone,
            playlist=None if self.playlist is None else tuple(each.value() for each in self.playlist),
            places=None if self.zones is None else places(self.zones, tree),
            recurrence=None if self.recurrence is None else self.recurrence.value(),
            start=None if self.start is None else self.start.value(),
            priority=Priority[self.priority.upper()],
            rank=self.rank,
            late=self.late.value(),
            last_true_day=self.last_true_day,
            session=None if self.session is None else self.session.value(),
        )


class NewBroadcast(VersionBody):
    """A broadcast of an owner area in a programme, with its first version."""

    area: Id
    programme: Id


class NextVersion(VersionBody):
    """A version on top of version `base`, which must be the newest."""

    base: Annotated[int, Field(ge=1, le=2**31)]


def _nominals(moments: Iterable[datetime]) -> tuple[Millis, ...]:
    return tuple(sorted({to_ms(each) for each in moments}))


def places(zones: Iterable[str], tree: Tree) -> Places:
    """Zones as places."""
    named = [ZoneId(zone) for zone in zones]
    if not set(named) <= set(tree.zones):
        raise not_found("zones")
    return places_of_zones(tree.zones[zone] for zone in named)
