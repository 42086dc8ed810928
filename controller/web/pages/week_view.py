"""What the timetable of a week shows, as values: sessions × days, and the same by day for a phone. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from controller.domain.calendar import holidays, lunar_day
from controller.domain.sessions import sessions_of
from controller.domain.tree import branch
from controller.domain.values import AreaId, Session, Tree
from controller.domain.week import AiringState
from controller.locale import N_, sentence
from controller.operations.week import PlannedAiring
from controller.web.airing_words import airing_state, kind_word
from controller.web.formats import clock, day_words, weekday
from controller.web.words import State

OTHER = ""
"""The slot of what stands in no session."""
_PARTS = (
    ("morning", N_("Morning"), time(0)),
    ("noon", N_("Noon"), time(11)),
    ("afternoon", N_("Afternoon"), time(14)),
)
"""How a day is divided where no session is held."""
_MARKED = {1: N_("first of the month"), 15: N_("full moon")}
"""The lunar days that everybody looks for."""
_SOUNDS = (AiringState.PLANNED, AiringState.WAITING, AiringState.ON_AIR, AiringState.PAST)
_OPEN = (AiringState.DRAFT, AiringState.RETURNED, AiringState.WAITING)
_PLACELESS = (AiringState.DRAFT, AiringState.RETURNED)
_OFF = (AiringState.SKIPPED, AiringState.WITHDRAWN, AiringState.LAPSED)


@dataclass(frozen=True)
class Desk:
    """Who looks at what: the area whose sessions make the rows, its week, and whether the person may add to it."""

    tree: Tree
    area: AreaId
    monday: date
    now: datetime
    zone: ZoneInfo
    language: str
    may_add: bool = False
    template: bool = False

    def say(self, message: str, **params: object) -> str:
        """A message in the reader's language."""
        return sentence(self.language, message, params)

    @property
    def days(self) -> tuple[date, ...]:
        """Monday to Sunday."""
        return tuple(self.monday + timedelta(days=each) for each in range(7))

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Card:
    """An airing: its stripe is its kind; `looks` are the classes of its state."""

    address: str
    clock: str
    title: str
    kind: str
    kind_word: str
    where: str
    state: State | None
    clash: str
    looks: str


@dataclass(frozen=True)
class Cell:
    """What stands in a session on a day. `used`: minutes of those allowed; `add`: the address to add to it or ""."""

    name: str
    cards: tuple[Card, ...]
    used: str
    over: bool
    add: str
    add_label: str


@dataclass(frozen=True)
class Row:
    """A session over the days."""

    name: str
    times: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Day:
    """A day's heading, and what stands in it. `marked`: the first or the fifteenth of the lunar month."""

    iso: str
    name: str
    date: str
    lunar: str
    marked: bool
    holiday: str
    is_today: bool
    is_past: bool
    cells: tuple[Cell, ...]
    add: str
    add_label: str


@dataclass(frozen=True)
class WeekView:
    """The whole timetable."""

    title: str
    days: tuple[Day, ...]
    rows: tuple[Row, ...]
    kinds: tuple[tuple[str, str], ...]

    @property
    def past(self) -> tuple[Day, ...]:
        """The days before today."""
        return tuple(day for day in self.days if day.is_past)

    @property
    def coming(self) -> tuple[Day, ...]:
        """Today and the days after it."""
        return tuple(day for day in self.days if not day.is_past)


@dataclass(frozen=True)
class _Slot:
    """A row before it is filled: a session with its form on each day that has it, or a part of the day."""

    key: str
    name: str
    begins: time
    sessions: Mapping[date, Session] = field(default_factory=dict)


def week_view(found: Iterable[PlannedAiring], desk: Desk) -> WeekView:
    """The timetable of these airings."""
    slots = _slots(desk)
    placed: defaultdict[tuple[str, date], list[PlannedAiring]] = defaultdict(list)
    for one in found:
        day = one.starts_at.astimezone(desk.zone).date()
        placed[_slot_of(one, day, slots, desk), day].append(one)
    if any(key == OTHER for key, _ in placed) or any(slot.sessions for slot in slots):
        slots = (*slots, _Slot(OTHER, desk.say(N_("Other times")), time.max))
    everywhere = _heard(desk)
    rows = [[_cell(placed[slot.key, day], slot, day, desk, everywhere) for day in desk.days] for slot in slots]
    columns = tuple(zip(*rows, strict=True)) or ((),) * 7
    return WeekView(
        title=_title(desk),
        days=_days(columns, desk),
        rows=tuple(Row(slot.name, _times(slot), tuple(cells)) for slot, cells in zip(slots, rows, strict=True)),
        kinds=_kinds(placed.values(), desk),
    )


def _slots(desk: Desk) -> tuple[_Slot, ...]:
    held: dict[str, dict[date, Session]] = {}
    for day in desk.days:
        for session in sessions_of(desk.tree, desk.area, day):
            # One that was made anew under its old name goes on in its row.
            key = session.id if day in held.get(session.name, {}) else session.name
            held.setdefault(key, {})[day] = session
    if not held:
        return tuple(_Slot(key, desk.say(name), begins) for key, name, begins in _PARTS)
    found = (
        _Slot(key, next(iter(of.values())).name, next(iter(of.values())).starts_at, of) for key, of in held.items()
    )
    return tuple(sorted(found, key=lambda slot: (slot.begins, slot.key)))


def _slot_of(one: PlannedAiring, day: date, slots: Sequence[_Slot], desk: Desk) -> str:
    """Its own session; else the one in whose time it stands; else none."""
    at = one.starts_at.astimezone(desk.zone)
    if not any(slot.sessions for slot in slots):
        return max((slot for slot in slots if slot.begins <= at.time()), key=lambda slot: slot.begins).key
    held = [(slot.key, slot.sessions[day]) for slot in slots if day in slot.sessions]
    if one.session is not None:
        return next((key for key, each in held if each.id == one.session), OTHER)
    return next((key for key, each in held if _begins(each, day, desk) <= at < _ends(each, day, desk)), OTHER)


def _begins(session: Session, day: date, desk: Desk) -> datetime:
    return datetime.combine(day, session.starts_at, desk.zone)


def _ends(session: Session, day: date, desk: Desk) -> datetime:
    return _begins(session, day, desk) + timedelta(seconds=session.limit_s)


def _times(slot: _Slot) -> str:
    return " / ".join(dict.fromkeys(f"{each.starts_at:%H:%M}" for each in slot.sessions.values()))


def _cell(airings: Sequence[PlannedAiring], slot: _Slot, day: date, desk: Desk, everywhere: frozenset[AreaId]) -> Cell:
    session = slot.sessions.get(day)
    used, over = ("", False) if session is None else _used(airings, session, day, desk)
    name = f"{slot.name} {session.starts_at:%H:%M}" if session else slot.name
    add = _add(slot, session, day, desk)
    label = desk.say(N_("Add to “{slot}”, {day}"), slot=slot.name, day=day_words(day, desk.language)) if add else ""
    # What holds no place yet comes last.
    ordered = sorted(airings, key=lambda one: (one.state in _PLACELESS, one.starts_at))
    return Cell(name, tuple(_card(one, desk, everywhere) for one in ordered), used, over, add, label)


def _used(airings: Iterable[PlannedAiring], session: Session, day: date, desk: Desk) -> tuple[str, bool]:
    """The minutes of a session that the hamlet which hears most hears, of those allowed; whether it is too much."""
    sounding = [one for one in airings if one.state in _SOUNDS]
    heard: defaultdict[AreaId, timedelta] = defaultdict(timedelta)
    for one in sounding:
        for hamlet in one.hamlets:
            heard[hamlet] += one.ends_at - one.starts_at
    most = max(heard.values(), default=timedelta())
    late = any(one.session == session.id and one.ends_at > _ends(session, day, desk) for one in sounding)
    minutes = -(-most // timedelta(minutes=1))
    used = desk.say(N_("{used}/{allowed} min"), used=minutes, allowed=session.limit_s // 60)
    return used, late or most > timedelta(seconds=session.limit_s)


def _add(slot: _Slot, session: Session | None, day: date, desk: Desk) -> str:
    over = day < desk.today or (session is not None and _ends(session, day, desk) <= desk.now)
    if not desk.may_add or desk.template or over or (slot.sessions and session is None):
        return ""
    return decide_address(day, session)


def decide_address(day: date, session: Session | None = None) -> str:
    """Where something is decided for a day, in a session if one is meant."""
    return "/decide?" + urlencode({"day": day.isoformat()} | ({"session": session.id} if session else {}))


def _card(one: PlannedAiring, desk: Desk, everywhere: frozenset[AreaId]) -> Card:
    address = f"/broadcasts/{one.broadcast}" if desk.template else f"/airings/{one.occurrence}"
    at = one.starts_at.astimezone(desk.zone)
    return Card(
        address=address,
        clock=clock(one.starts_at, desk.zone, seconds=at.second != 0),
        title=one.title,
        kind=one.kind.value,
        kind_word=kind_word(one.kind, desk.language),
        where=_where(one, desk, everywhere),
        state=None if desk.template else airing_state(one, desk.now, desk.language),
        clash=_clash(one, desk),
        looks=" ".join(_looks(one)),
    )


def _clash(one: PlannedAiring, desk: Desk) -> str:
    """What would sound at the same time, with nothing to say which wins."""
    if one.clashes_with is None:
        return ""
    return desk.say(N_("Clashes with “{other}”"), other=one.clashes_with or desk.say(N_("something else")))


def _looks(one: PlannedAiring) -> Iterable[str]:
    if one.state in _OPEN:
        yield "open"
    if one.state in _OFF:
        yield "gone"
    if one.state is AiringState.PAST:
        yield "over"


def _where(one: PlannedAiring, desk: Desk, everywhere: frozenset[AreaId]) -> str:
    """Where it is heard, if not everywhere in the area that is shown."""
    if everywhere <= set(one.hamlets):
        return ""
    if 0 < len(one.where) <= 2:
        return ", ".join(one.where)
    return desk.say(N_("{count} hamlets"), count=len(one.hamlets))


def _heard(desk: Desk) -> frozenset[AreaId]:
    """The hamlets of the area that hear anything."""
    inside = branch(desk.tree, desk.area)
    return frozenset(each.hamlet for node in desk.tree.nodes.values() for each in node.serves if each.hamlet in inside)


def _days(columns: Sequence[Sequence[Cell]], desk: Desk) -> tuple[Day, ...]:
    named = {each.day: each for each in holidays(desk.days[0], desk.days[-1], desk.language)}
    found = []
    for day, cells in zip(desk.days, columns, strict=True):
        holiday = named.get(day)
        said = "" if holiday is None else desk.say(N_("Working day in exchange")) if holiday.swapped else holiday.name
        may = desk.may_add and not desk.template and day >= desk.today
        found.append(
            Day(
                iso=day.isoformat(),
                name=weekday(day, desk.language),
                date=f"{day.day:02d}/{day.month:02d}",
                lunar=_lunar(day, desk),
                marked=_is_marked(day),
                holiday=said,
                is_today=day == desk.today,
                is_past=not desk.template and desk.days[0] <= desk.today <= desk.days[-1] and day < desk.today,
                cells=tuple(cells),
                add=decide_address(day) if may else "",
                add_label=desk.say(N_("Add on {day}"), day=day_words(day, desk.language)) if may else "",
            )
        )
    return tuple(found)


def _lunar(day: date, desk: Desk) -> str:
    found = lunar_day(day)
    if found is None:
        return ""
    leap = f" {desk.say(N_('leap month'))}" if found.leap else ""
    said = desk.say(N_("{day}/{month}{leap} lunar"), day=found.day, month=found.month, leap=leap)
    return f"{said}, {desk.say(_MARKED[found.day])}" if found.day in _MARKED else said


def _is_marked(day: date) -> bool:
    found = lunar_day(day)
    return found is not None and found.day in _MARKED


def _title(desk: Desk) -> str:
    if desk.template:
        return desk.say(N_("Template week"))
    first, last = desk.days[0], desk.days[-1]
    return desk.say(N_("Week of {first} to {last}"), first=f"{first:%d/%m}", last=f"{last:%d/%m/%Y}")


def _kinds(placed: Iterable[Sequence[PlannedAiring]], desk: Desk) -> tuple[tuple[str, str], ...]:
    """The kinds that occur, for the legend."""
    kinds = sorted({one.kind for of in placed for one in of})
    return tuple((kind.value, word) for kind in kinds if (word := kind_word(kind, desk.language)))
