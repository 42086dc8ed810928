"""What the page of deciding is filled with before anybody has typed: the newest sound, the last places, tomorrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from controller.domain import broadcasts as life
from controller.domain import programmes
from controller.domain.recurrence import moment
from controller.domain.sessions import sessions_of
from controller.domain.tree import time_zone
from controller.domain.values import (
    AreaId,
    Broadcast,
    Content,
    FromDay,
    Late,
    Places,
    Programme,
    Repeat,
    Session,
    Sha256,
    ZoneId,
)
from controller.web.formats import day as written
from controller.web.pages.deciding_choices import late_choice, own_slot, slot
from controller.web.pages.deciding_form import Form
from controller.web.pages.deciding_sources import Desk
from controller.web.pages.deciding_typed import Typed, day_of, next_days, with_rows
from playlists.models import Kind

DAYS_AHEAD = 8
"""So many days' sessions can be chosen at once; further ones by their day."""
_LEAD = timedelta(hours=1)
"""So long before its start an approver should have it."""
_USUAL = time(17)


@dataclass(frozen=True)
class Offer:
    """A session of a day, or a time of its own where a place has no sessions."""

    value: str
    day: date
    at: time
    session: Session | None = None


def offers(desk: Desk, owner: AreaId, count: int = DAYS_AHEAD) -> tuple[Offer, ...]:
    """The sessions of the next days that are still to come, the first first; the usual time where there are none."""
    zone = time_zone(desk.tree, owner)
    days = next_days(desk.now.astimezone(zone).date(), count)
    found = [each for day in days for each in _on(desk, owner, day)]
    return tuple(each for each in found if _moment(each, desk, owner) > desk.now)


def suggested(desk: Desk, owner: AreaId, last: Content | None) -> tuple[Offer, Offer]:
    """Two of them: tomorrow's where the person's last one stood, which is the first; and the next in good time."""
    every = offers(desk, owner)
    tomorrow = desk.now.astimezone(time_zone(desk.tree, owner)).date() + timedelta(days=1)
    of_tomorrow = [each for each in every if each.day == tomorrow]
    usual = last.session.session if last and last.session else None
    first = next((each for each in of_tomorrow if each.session and each.session.id == usual), of_tomorrow[-1])
    soon = [each for each in every if each != first and _moment(each, desk, owner) >= desk.now + _LEAD]
    return first, soon[0]


def usual_late(programme: Programme | None) -> Late:
    """The late rule that comes with a programme."""
    return programme.late if programme else programmes.usual_late(Kind.NOTICE)


def fresh(desk: Desk, asked: Mapping[str, str]) -> Typed:
    """A new bulletin, with what the address asks for: sound, area, session and day."""
    last = last_written(desk)
    typed: dict[str, str] = {"programme": _last_programme(desk)}
    sound = asked.get("sound", "")
    newest = next(iter(desk.sounds), None)
    chosen = Sha256(sound) if sound in desk.sounds else newest
    typed |= {"item.0": chosen, "auto_item": chosen} if chosen else {}
    typed = with_rows(typed, "place", _zones(desk, asked.get("area", ""), last))
    form = Form(typed, desk)
    typed |= {"programme": form.programme.id if form.programme else "", "repeat": Repeat.ONCE.value}
    typed |= _when(form, asked, last)
    return followed({**typed, "late": late_choice(usual_late(form.programme))}, desk)


def correction(desk: Desk, wrong: Broadcast, hamlets: Iterable[AreaId], title: str) -> Typed:
    """A new bulletin for those who heard one that was withdrawn; its sound is still to be chosen."""
    named = set(hamlets)
    zones = [zone.id for zone in desk.zones.values() if zone.area in named]
    typed = with_rows(with_rows(fresh(desk, {}), "place", zones), "item", ())
    _, soon = suggested(desk, Form(typed, desk).owner, None)
    said = {"title": title, "auto_title": "", "auto_item": "", "programme": wrong.programme.id}
    return {**typed, **said, "when": soon.value, "last_true": "", "auto_last_true": ""}


def revision(desk: Desk, broadcast: Broadcast) -> Typed:
    """A broadcast as its newest version of all airings has it, to be written on."""
    newest, said = life.newest(broadcast), whole(broadcast)
    if newest is None or said is None:
        return fresh(desk, {})
    recurrence = said.recurrence
    typed = {"broadcast": broadcast.id, "base": str(newest.number), "programme": broadcast.programme.id}
    typed |= {"title": said.title, "late": late_choice(said.late)}
    hashes = [recording.asset for item in said.playlist or () for recording in item.recordings[:1]]
    typed = with_rows(with_rows(typed, "item", hashes), "place", zones_of(desk, said.places or Places()))
    typed["last_true"] = written(said.last_true_day) if said.last_true_day else ""
    if recurrence is None:
        return typed
    typed |= {f"weekday.{number}": "1" for number in recurrence.weekdays}
    typed |= {"repeat": recurrence.repeat.value, "month_days": ", ".join(map(str, recurrence.month_days))}
    typed["until"] = written(recurrence.last_day) if recurrence.last_day else ""
    typed["except"] = ", ".join(map(written, recurrence.except_days))
    first = written(recurrence.first_day)
    if said.session is not None:
        return {**typed, "when": "slot", "slot": said.session.session, "day": first}
    return {**typed, "when": "own", "day": first, "time": ", ".join(f"{at:%H:%M}" for at in recurrence.times)}


def whole(broadcast: Broadcast) -> Content | None:
    """What the newest version of all its airings says."""
    held = [each for each in broadcast.versions if isinstance(each.scope, FromDay)]
    return max(held, key=lambda each: each.number).content if held else None


def followed(typed: Typed, desk: Desk) -> Typed:
    """What follows other fields until somebody writes it: the title the sound, the last true day the last airing."""
    typed = _offered(typed, desk)
    form = Form(typed, desk)
    title = form.sounds[0].title if form.sounds else typed.get("title", "")
    return {**typed, **_follow(typed, "title", title), **_follow(typed, "last_true", _last_day(form))}


def last_written(desk: Desk) -> Content | None:
    """What the person decided last, with its places."""
    for broadcast in desk.start.recent:
        mine = [each for each in broadcast.versions if each.author == desk.start.person and each.content.places]
        if mine:
            return max(mine, key=lambda each: each.number).content
    return None


def zones_of(desk: Desk, places: Places) -> tuple[ZoneId, ...]:
    """The zones that places were chosen by, as far as the person may sound there."""
    areas = {*places.areas, *places.hamlets}
    named = [zone for zone in places.zones if zone in desk.zones]
    return tuple(named) or tuple(zone.id for zone in desk.zones.values() if zone.area in areas)


def _offered(typed: Typed, desk: Desk) -> Typed:
    """An offered time that is offered no longer, since the page was opened earlier, as one that somebody chose."""
    form, said = Form(typed, desk), typed.get("when", "")
    if said in ("own", "slot") or form.when.day is None:
        return typed
    if said in {each.value for each in suggested(desk, form.owner, last_written(desk))}:
        return typed
    chosen = {**typed, "day": written(form.when.day)}
    if form.when.session is not None:
        return {**chosen, "when": "slot", "slot": form.when.session}
    return {**chosen, "when": "own", "time": f"{form.when.at:%H:%M}"} if form.when.at else typed


def _follow(typed: Typed, field: str, usual: str) -> dict[str, str]:
    """The usual value where nothing, or the former usual value, stands."""
    said, before = typed.get(field, ""), typed.get(f"auto_{field}", "")
    return {field: usual if said in ("", before) else said, f"auto_{field}": usual}


def _last_day(form: Form) -> str:
    """The day of the last airing, where there is one; only notices need it."""
    if not form.notice or form.when.day is None:
        return ""
    until = day_of(form.typed.get("until", ""), form.today)
    last = form.when.day if form.repeat is Repeat.ONCE else until
    return written(last) if last else ""


def _on(desk: Desk, owner: AreaId, day: date) -> Iterator[Offer]:
    held = sessions_of(desk.tree, owner, day)
    if not held:
        yield Offer(own_slot(_USUAL, day), day, _USUAL)
    for session in held:
        yield Offer(slot(session.id, day), day, session.starts_at, session)


def _moment(offer: Offer, desk: Desk, owner: AreaId) -> datetime:
    return moment(offer.day, offer.at, time_zone(desk.tree, owner)) or desk.now


def _last_programme(desk: Desk) -> str:
    newest = next((each for each in desk.start.recent if life.newest(each)), None)
    return newest.programme.id if newest else ""


def _zones(desk: Desk, area: str, last: Content | None) -> tuple[ZoneId, ...]:
    """The places asked for, parted by commas, else the last ones, else the only one."""
    asked = set(filter(None, area.split(",")))
    named = [zone.id for zone in desk.zones.values() if not asked.isdisjoint((zone.area, zone.id))]
    if named:
        return tuple(named)
    before = zones_of(desk, last.places or Places()) if last else ()
    return before or (tuple(desk.zones) if len(desk.zones) == 1 else ())


def _when(form: Form, asked: Mapping[str, str], last: Content | None) -> dict[str, str]:
    first, _ = suggested(form.desk, form.owner, last)
    day = day_of(asked.get("day", ""), form.today)
    usual = first.session.id if first.session else ""
    own = {"day": written(day or first.day), "time": f"{first.at:%H:%M}", "slot": usual}
    if day is None and not asked.get("session"):
        return {**own, "when": first.value}
    held = sessions_of(form.desk.tree, form.owner, day or first.day)
    chosen = next((each for each in held if each.id == asked.get("session")), None)
    if chosen is None:
        return {**own, "when": "own"}
    return {**own, "when": "slot", "slot": chosen.id}
