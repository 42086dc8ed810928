"""The people of the office, in a hurry and often wrong: every act through the real operations, and into the book.

An act that the operations refuse changes nothing, in neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from random import Random

from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.silences import SilenceId, Why
from controller.domain.values import (
    AreaId,
    BroadcastId,
    Content,
    FromDay,
    Language,
    Late,
    LateKind,
    OccurrenceId,
    Places,
    PlaylistItem,
    ProgrammeId,
    Recording,
    Recurrence,
    Repeat,
    ZoneId,
    from_ms,
)
from controller.operations import approving, broadcasts, deciding, editing, playing_now, quiet, silencing
from controller.operations.acting import Office
from controller.operations.errors import OperationError
from controller.storage import queries
from controller.storage.engine import reading
from playlists.models import Kind, Millis, Priority
from tests.simulation.book import MINUTE, SKIP, Base, Book, Booked, Named, Quiet, at, day_of, standing
from tests.simulation.commune import APPROVER, EDITOR, OFFICER, ZONE
from tests.simulation.sounds import COMMUNE, audio, zone_of
from tests.simulation.types import NodeSpec

RECORDINGS = 24
SLOTS = tuple(range(5 * 60 + 10, 20 * 60 + 30, 55))
"""Local minutes at which a world's first broadcasts begin: seventeen a day."""
FIRST_DAY = date(1970, 1, 1)


def playlist(recording: int) -> tuple[PlaylistItem, ...]:
    """One item with one recording."""
    return (PlaylistItem((Recording(Language("vi"), audio(recording)[0]),)),)


def places(areas: tuple[str, ...]) -> Places:
    """Areas as places."""
    return Places(areas=tuple(map(AreaId, areas)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A broadcast to be decided: where it begins and ends, and how it is heard."""

    base: Base
    last_day: int
    rank: int = 0
    priority: bool = False
    kind: str = "tin"

    @property
    def content(self) -> Content:
        """All that its first version says."""
        base = self.base
        recurrence = Recurrence(
            Repeat.DAILY,
            FIRST_DAY + timedelta(days=base.day),
            tuple(time(*divmod(minute, 60)) for minute in base.times),
            FIRST_DAY + timedelta(days=self.last_day),
        )
        return Content(
            title="Tin",
            time_zone=ZONE,
            playlist=playlist(base.recording),
            places=places(base.areas),
            recurrence=recurrence,
            priority=Priority.PRIORITY if self.priority else Priority.NORMAL,
            rank=self.rank,
            late=_late(base),
        )


class Workload:
    """Acts on an office, and keeps the book. `days` is how long the world lasts."""

    def __init__(self, book: Book, nodes: tuple[NodeSpec, ...], clock: Callable[[], int], days: int) -> None:
        self.book, self._clock = book, clock
        self._hamlets = tuple(sorted({zone for node in nodes for zone in node.zones}))
        self._last_day = day_of(clock()) + days
        self.office: Office

    def begin(self, rng: Random) -> None:
        """The plan of a usual week: most of it everywhere, some of it in single hamlets."""
        for minute in SLOTS:
            wanted = self._wanted(rng, (minute,), day_of(self._clock()))
            self._begin_with(replace(wanted, last_day=self._last_day))

    def act(self, rng: Random) -> str:
        """One act; what it was, and whether it was refused."""
        acts, weights = zip(*_ACTS, strict=True)
        chosen = rng.choices(acts, weights)[0]
        name = chosen.__name__.strip("_")
        try:
            return f"{name}: {chosen(self, rng)}"
        except OperationError as refused:
            return f"{name}: refused ({type(refused).__name__})"

    def _begin_with(self, wanted: Wanted) -> str:
        scope = FromDay(FIRST_DAY + timedelta(days=wanted.base.day))
        wish = deciding.Wish(AreaId(COMMUNE), ProgrammeId(wanted.kind), scope, wanted.content)
        said = deciding.decide(self.office, EDITOR, wish)
        name = str(said["broadcast"])
        self.book.acts.append(("decide", name))
        self._approve(name, 1)
        booked = Booked(name, 1, wanted.last_day, [wanted.base], rank=wanted.rank, priority=wanted.priority)
        self.book.decide(booked, self._clock())
        return name

    def _wanted(self, rng: Random, times: tuple[int, ...], first: int) -> Wanted:
        everywhere = rng.random() < 0.7
        areas = (COMMUNE,) if everywhere else tuple(sorted(rng.sample(self._hamlets, rng.randint(1, 2))))
        recording = rng.randrange(RECORDINGS)
        late = rng.choice((SKIP, SKIP, None, 2 * MINUTE, 40 * MINUTE))
        last = min(self._last_day, first + rng.choice((0, 1, 7, 7)))
        kind = "nhac" if rng.random() < 0.2 else "tin"
        return Wanted(
            Base(first, first, times, areas, recording, late), last, rng.randrange(3), rng.random() < 0.15, kind
        )

    def _approve(self, name: str, number: int) -> None:
        """The newest version, unless it carries an approval."""
        with reading(self.office.engine) as session:
            found = queries.broadcast(session, BroadcastId(name))
        assert found is not None
        version = next(each for each in found.versions if each.number == number)
        if version.decided_at is None:
            approving.approve_version(self.office, APPROVER, BroadcastId(name), number, version.digest)
            self.book.acts.append(("approve_version", name))

    def _new(self, rng: Random) -> str:
        soon = rng.randrange(2, 180) if rng.random() < 0.6 else rng.randrange(180, 3 * 1440)
        start = self._clock() + soon * MINUTE
        minute = (start - at(day_of(start), 0)) // MINUTE
        return self._begin_with(self._wanted(rng, (minute,), day_of(start)))

    def _coming(self, rng: Random) -> tuple[Booked, int] | None:
        """A planned airing still to come, mostly a near one, with its nominal start."""
        names = [each for each in standing(self.book.stands, self._clock()) if self.book.owner[each]]
        if not names:
            return None
        name = names[min(int(rng.expovariate(1 / 12)), len(names) - 1)]
        nominal = int(name.rpartition("-")[2])
        booked = self.book.broadcasts.get(self.book.owner[name])
        return None if booked is None or nominal <= self._clock() else (booked.copy(), nominal)

    def _only_this(self, rng: Random) -> str:
        found = self._coming(rng)
        if found is None:
            return "nothing to come"
        booked, nominal = found
        was = booked.named.get(nominal, Named())
        change, said = self._single(rng, was, nominal)
        booked.named[nominal] = said
        return self._edit(booked, nominal, Choice.ONLY_THIS, change)

    def _single(self, rng: Random, was: Named, nominal: int) -> tuple[Change, Named]:
        match rng.randrange(4):
            case 0:
                return Change(skip=True), replace(was, skip=True)
            case 1:
                moved = max(self._clock() + MINUTE, nominal + rng.randrange(-60, 60) * MINUTE) // MINUTE * MINUTE
                return Change(starts_at=from_ms(moved)), replace(was, starts_at=moved)
            case 2:
                areas = (rng.choice(self._hamlets),)
                return Change(places=places(areas)), replace(was, areas=areas)
            case _:
                recording = rng.randrange(RECORDINGS)
                return Change(playlist=playlist(recording)), replace(was, recording=recording)

    def _from_now(self, rng: Random) -> str:
        found = self._coming(rng)
        if found is None:
            return "nothing to come"
        booked, nominal = found
        base, day = booked.says(nominal)[0], self._edit_day(booked)
        if rng.random() < 0.5:
            areas = tuple(sorted(rng.sample(self._hamlets, rng.randint(1, len(self._hamlets)))))
            change, base = Change(places=places(areas)), replace(base, day=day, areas=areas)
        else:
            recording = rng.randrange(RECORDINGS)
            change, base = Change(playlist=playlist(recording)), replace(base, day=day, recording=recording)
        booked.bases.append(base)
        choice = Choice.FROM_NOW
        if rng.random() < 0.4:
            choice, booked.named = Choice.ALL, {n: said for n, said in booked.named.items() if day_of(n) < day}
        return self._edit(booked, nominal, choice, change)

    def _edit_day(self, booked: Booked) -> int:
        """Tomorrow, where a start of today has passed."""
        now = self._clock()
        mine = (said.starts_at for name, said in self.book.stands.items() if self.book.owner[name] == booked.id)
        passed = any(day_of(start) == day_of(now) and start <= now for start in mine)
        return day_of(now) + 1 if passed else day_of(now)

    def _edit(self, booked: Booked, nominal: int, choice: Choice, change: Change) -> str:
        name = BroadcastId(booked.id)
        said = editing.edit_airing(
            self.office, EDITOR, editing.Edit(name, booked.number, choice, (Millis(nominal),), change)
        )
        self.book.acts.append(("edit_airing", name))
        self.book.broadcasts[name].number = booked.number = int(said["version"])
        self._approve(name, booked.number)
        self.book.decide(booked, self._clock())
        return f"{name} {choice.value} {nominal}"

    def _withdraw(self, rng: Random) -> str:
        if not self.book.broadcasts:
            return "nothing to withdraw"
        name = rng.choice(sorted(self.book.broadcasts))
        broadcasts.withdraw_broadcast(self.office, EDITOR, BroadcastId(name), "Nhầm.")
        self.book.acts.append(("withdraw_broadcast", name))
        self.book.withdraw(name, self._clock())
        return name

    def _stop(self, rng: Random) -> str:
        now = self._clock()
        alive = (name for name, said in self.book.stands.items() if said.withdrawn is None)
        running = [name for name in alive if self.book.stands[name].starts_at <= now < self.book.stands[name].ends_at]
        running += sorted(self.book.waiting)
        if not running:
            return "nothing sounds"
        name = rng.choice(sorted(running))
        quiet.stop(self.office, OFFICER, OccurrenceId(name))
        self.book.acts.append(("stop", name))
        self.book.stop(name, now)
        return name

    def _play_now(self, rng: Random) -> str:
        areas = (COMMUNE,) if rng.random() < 0.5 else (rng.choice(self._hamlets),)
        recording = rng.randrange(RECORDINGS)
        zones = tuple(ZoneId(zone_of(area)) for area in areas)
        name = playing_now.play_now(
            self.office, OFFICER, AreaId(COMMUNE), ProgrammeId("tin"), "Nóng", playlist(recording), zones,
            after=rng.random() < 0.3,
        )  # fmt: skip
        self.book.acts.append(("play_now", name))
        self.book.play(name, areas, recording)
        return name

    def _silence(self, rng: Random) -> str:
        now, area = self._clock(), rng.choice((COMMUNE, *self._hamlets))
        begin = now + rng.choice((1, 30, 600)) * MINUTE
        end = begin + rng.choice((10, 90, 24 * 60)) * MINUTE
        kinds = rng.choice(((), (), (Kind.MUSIC,)))
        why = rng.choice(list(Why))
        name = silencing.place_silence(
            self.office, EDITOR, [AreaId(area)], from_ms(begin), from_ms(end), kinds, why, "Vì thế."
        )
        self.book.acts.append(("place_silence", name))
        nodes = self.book.hearers((area,))
        self.book.quiets[name] = Quiet(name, nodes, begin, end, now, tuple(each.value for each in kinds))
        return f"{name} {area}"

    def _lift_silence(self, rng: Random) -> str:
        now = self._clock()
        known = [name for name, each in self.book.quiets.items() if each.end > now and not name.startswith("mute")]
        if not known:
            return "no silence"
        name = rng.choice(sorted(known))
        silencing.lift_silence(self.office, EDITOR, SilenceId(name))
        self.book.acts.append(("lift_silence", name))
        self.book.end_quiet(name, now)
        return name

    def _mute(self, rng: Random) -> str:
        now, area = self._clock(), rng.choice((COMMUNE, *self._hamlets))
        until = now + rng.choice((5, 40, 120)) * MINUTE
        quiet.mute(self.office, OFFICER, from_ms(until), [AreaId(area)])
        zone = zone_of(area)
        self.book.acts.append(("mute", zone))
        for name, each in self.book.quiets.items():
            if name.startswith(f"mute {zone} ") and each.end > now:
                self.book.end_quiet(name, now)
        self.book.quiets[f"mute {zone} {now}"] = Quiet(
            f"mute {zone} {now}", self.book.hearers((area,)), now, until, now
        )
        return zone

    def _lift(self, rng: Random) -> str:
        now = self._clock()
        zones = quiet.lift(self.office, OFFICER)
        self.book.acts.append(("lift", ",".join(zones)))
        for name, each in self.book.quiets.items():
            if name.startswith("mute") and each.end > now:
                self.book.end_quiet(name, now)
        return ",".join(zones) or "nothing"


def _late(base: Base) -> Late:
    if base.late is None:
        return Late(LateKind.JOIN)
    return Late() if base.late == SKIP else Late(LateKind.WHOLE, base.late // 1000)


_ACTS: tuple[tuple[Callable[[Workload, Random], str], int], ...] = (
    (Workload._new, 4),
    (Workload._only_this, 6),
    (Workload._from_now, 3),
    (Workload._withdraw, 1),
    (Workload._stop, 2),
    (Workload._play_now, 3),
    (Workload._silence, 1),
    (Workload._lift_silence, 2),
    (Workload._mute, 1),
    (Workload._lift, 1),
)
