"""The form of deciding as values: what was typed becomes a wish, with all that cannot be understood named by field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from controller.domain.hours import Doubt, doubtful
from controller.domain.sessions import book
from controller.domain.tree import time_zone, within
from controller.domain.values import (
    AreaId,
    BroadcastId,
    Content,
    FromDay,
    InSession,
    Language,
    Late,
    Places,
    PlaylistItem,
    Programme,
    ProgrammeId,
    Recording,
    Recurrence,
    Repeat,
    Session,
    Sha256,
    ZoneId,
)
from controller.operations.deciding import Wish
from controller.web.api.decisions import places
from controller.web.pages.deciding_choices import When, late_of, when_of
from controller.web.pages.deciding_sources import Desk, Sound, named_areas
from controller.web.pages.deciding_typed import Typed, day_of, days_of, line_of, number_of, numbers_of, rows
from playlists.models import Kind, Priority

_BY_DAYS = (Repeat.MONTH_DAYS, Repeat.LUNAR_DAYS)


@dataclass(frozen=True)
class Form:
    """What was typed, read at a desk. What cannot be understood is left out and named in `problems`."""

    typed: Typed
    desk: Desk

    @cached_property
    def owner(self) -> AreaId:
        """The branch of the person in which the places lie."""
        tops, chosen = self.desk.start.tops, [self.desk.zones[zone] for zone in self.zones]
        areas = [area for zone in chosen for area in named_areas(zone)]
        return next((top for top in tops if areas and within(self.desk.tree, areas[0], top)), tops[0])

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the owner area."""
        return time_zone(self.desk.tree, self.owner)

    @property
    def today(self) -> date:
        """The owner's day, by the office's clock."""
        return self.desk.now.astimezone(self.zone).date()

    @cached_property
    def zones(self) -> tuple[ZoneId, ...]:
        """The zones that are ticked and known."""
        return tuple(zone for each in rows(self.typed, "place") if (zone := ZoneId(each)) in self.desk.zones)

    @cached_property
    def programmes(self) -> tuple[Programme, ...]:
        """The programmes in which the owner area may decide."""
        return tuple(each for each in self.desk.start.programmes if within(self.desk.tree, self.owner, each.area))

    @cached_property
    def programme(self) -> Programme | None:
        """The programme chosen, or else the first."""
        said = self.typed.get("programme")
        return next((each for each in self.programmes if each.id == said), next(iter(self.programmes), None))

    @cached_property
    def sounds(self) -> tuple[Sound, ...]:
        """The audio chosen, in its order."""
        return tuple(sound for each in rows(self.typed, "item") if (sound := self.desk.sounds.get(Sha256(each))))

    @property
    def length(self) -> int:
        """How long all of it is, in ms."""
        return sum(each.length for each in self.sounds)

    @cached_property
    def when(self) -> When:
        """What was chosen of the times."""
        return when_of(self.typed, self.today)

    @property
    def repeat(self) -> Repeat:
        """How it is repeated."""
        said = self.typed.get("repeat", "")
        return Repeat(said) if said in set(Repeat) else Repeat.ONCE

    @property
    def except_days(self) -> tuple[date, ...]:
        """The days left out: typed, and ticked among the holidays."""
        ticked = (day_of(each, self.today) for each in rows(self.typed, "off"))
        typed, _ = days_of(self.typed.get("except", ""), self.today)
        return tuple(sorted({*typed, *(day for day in ticked if day)}))

    @property
    def doubt(self) -> Doubt | None:
        """A time that is asked back and was not confirmed."""
        sure = self.typed.get("sure")
        return next((found for at in self.when.times if f"{at:%H:%M}" != sure and (found := doubtful(at))), None)

    @property
    def notice(self) -> bool:
        """Whether it carries its last true day."""
        return self.programme is not None and self.programme.kind is Kind.NOTICE

    @cached_property
    def recurrence(self) -> Recurrence | None:
        """When it recurs; None while the day or the time is not understood."""
        when, once = self.when, self.repeat is Repeat.ONCE
        if when.day is None or (when.session is None and when.at is None):
            return None
        until = day_of(self.typed.get("until", ""), self.today)
        weekdays = tuple(number for number in range(7) if self.typed.get(f"weekday.{number}"))
        return Recurrence(
            self.repeat,
            when.day,
            when.times,
            None if once else until,
            weekdays if self.repeat is Repeat.WEEKDAYS else (),
            numbers_of(self.typed.get("month_days", "")) if self.repeat in _BY_DAYS else (),
            () if once else self.except_days,
        )

    @property
    def late(self) -> Late:
        """What happens if the start is missed."""
        return late_of(self.typed.get("late", ""))

    @property
    def replaced(self) -> tuple[BroadcastId, ...]:
        """The broadcasts whose place it is to take."""
        return tuple(map(BroadcastId, rows(self.typed, "replace")))

    def wish(self) -> Wish | None:
        """What is known of the wish so far, only of what the person may use; None without a programme."""
        if self.programme is None:
            return None
        items = tuple(_item(each) for each in self.sounds)
        heard = places(self.zones, self.desk.tree) if self.zones else None
        return self._wish(self.programme.id, items, heard)

    def exact_wish(self) -> Wish:
        """The wish with every name as it was sent. Raises NotFound for a zone that is not there."""
        hashes = map(Sha256, rows(self.typed, "item"))
        items = tuple(_item(self.desk.sounds.get(each) or _unknown(each, self.desk.now)) for each in hashes)
        heard = places(rows(self.typed, "place"), self.desk.tree) if rows(self.typed, "place") else None
        programme = self.programme.id if self.programme else ProgrammeId("")
        return self._wish(ProgrammeId(self.typed.get("programme") or programme), items, heard)

    def _wish(self, programme: ProgrammeId, items: tuple[PlaylistItem, ...], heard: Places | None) -> Wish:
        before = self.desk.before
        content = Content(
            title=line_of(self.typed.get("title", ""), "title")[0],
            time_zone=self.zone.key,
            playlist=tuple(_kept(each, before) for each in items),
            places=heard,
            recurrence=self.recurrence,
            priority=before.priority if before else Priority.NORMAL,
            rank=before.rank if before else 0,
            late=self.late,
            last_true_day=day_of(self.typed.get("last_true", ""), self.today),
            session=InSession(self.when.session) if self.when.session else None,
        )
        wish = Wish(self.owner, programme, FromDay(self.when.day or self.today), content)
        broadcast, base = self.typed.get("broadcast"), self.typed.get("base", "")
        if not broadcast:
            return wish
        return replace(wish, broadcast=BroadcastId(broadcast), base=number_of(base))


def session_of(form: Form) -> Session | None:
    """The session chosen, as it is on its day."""
    when = form.when
    if when.session is None or when.day is None:
        return None
    return book(form.desk.tree).on(when.session, when.day)


def _item(sound: Sound) -> PlaylistItem:
    spoken = sound.speech
    language = spoken.language if spoken else Language("vi")
    words, voice = (spoken.text, spoken.voice) if spoken else (None, None)
    return PlaylistItem((Recording(language, sound.sha256, words, voice),), sound.title)


def _kept(item: PlaylistItem, before: Content | None) -> PlaylistItem:
    """An item as it stood, with its other languages; as it is where it is new."""
    held = (each for each in (before.playlist or () if before else ()) if each.recordings[:1])
    return next((each for each in held if each.recordings[0].asset == item.recordings[0].asset), item)


def _unknown(sha256: Sha256, now: datetime) -> Sound:
    return Sound(sha256, "", 0, now)
