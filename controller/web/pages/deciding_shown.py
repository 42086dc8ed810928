"""What saving would give, in words: exact times, who hears, what stands there, what is asked back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from controller.domain.calendar import Holiday, holidays
from controller.domain.problems import Problem
from controller.domain.sessions import sessions_of
from controller.domain.values import AreaId, Repeat, Session
from controller.domain.who_hears import Audience
from controller.domain.words import in_words, lacking_in_words, shown_back
from controller.locale import N_, sentence
from controller.operations.deciding import Look, Shown, Taken
from controller.operations.muted import MuteView
from controller.web.formats import clock, day, natural, weekday
from controller.web.formats import number as amount
from controller.web.pages.deciding_choices import slot
from controller.web.pages.deciding_form import Form, session_of
from controller.web.pages.deciding_late import Choice, late_words, say
from controller.web.pages.deciding_typed import rows
from controller.web.pages.deciding_view import lunar_words, part_of

_SHOWN = 4
_NOON = 12

FIELDS: Mapping[str, str] = {
    "title": "title",
    "playlist": "item",
    "places": "place",
    "zones": "place",
    "hamlets": "place",
    "programme": "programme",
    "recurrence": "when",
    "session": "when",
    "scope": "when",
    "late": "late",
    "last_true_day": "last_true",
    "replace": "replace",
}
"""What an operation calls a part of the wish → what the form calls it."""
_REPEATS = ("recurrence.last_day", "recurrence.weekdays", "recurrence.month_days")


@dataclass(frozen=True)
class Standing:
    """Something that has the place: when, what, and how its place can be had."""

    words: str
    broadcast: str = ""
    replaced: bool = False
    after: str = ""
    number: int = 0


def shown_view(form: Form, look: Look | None, mutes: Iterable[MuteView]) -> dict[str, Any]:
    """What is shown back, by name; nothing where there is no wish yet."""
    if look is None:
        return {"shown": None}
    recurrence = form.recurrence
    return {
        "shown": {
            "words": in_words(recurrence, _sayer(form), _session_name(form)) if recurrence else "",
            "airings": [_airing(each, form) for each in look.airings[:_SHOWN]],
            "more": max(0, len(look.airings) - _SHOWN),
            "lacking": lacking_in_words(look.lacking, form.repeat is Repeat.LUNAR_DAYS, _sayer(form)),
            "holidays": _holidays(form, look.holidays),
            "late": late_words(form, form.late),
            "audience": list(_audience(form, look.audience, mutes)),
            "beside": [_standing(form, each, number) for number, each in enumerate(look.beside)],
            "clashes": [_standing(form, each, number, clash=True) for number, each in enumerate(look.clashes)],
            "limit": _limit(form, look),
            "doubt": doubt_words(form),
            "carried": look.carried,
            "short": _short(form, look),
            "problems": [sentence(form.desk.language, each.message, each.params) for each in _told(form, look)],
        }
    }


def field_of(problem: Problem) -> str:
    """The field of the form that a problem of an operation belongs to."""
    if problem.where in _REPEATS:
        return "until" if problem.where.endswith("last_day") else "repeat"
    return FIELDS.get(problem.where.partition(".")[0], problem.where)


def doubt_words(form: Form) -> dict[str, str] | None:
    """`3 giờ 15 SÁNG, ý là 15:15?`, where a time is doubtful and was not confirmed."""
    doubt = form.doubt
    if doubt is None:
        return None
    said = night_words(doubt.said, form)
    if doubt.meant is None:
        return {"asked": say(form, N_("{said}: really then?"), said=said), "said": said, "meant": ""}
    meant = f"{doubt.meant:%H:%M}"
    return {
        "asked": say(form, N_("{said}: did you mean {meant}?"), said=said, meant=meant),
        "said": said,
        "meant": meant,
    }


def night_words(at: time, form: Form) -> str:
    """A time at which people sleep, so that it cannot be taken for another."""
    message = N_("{hour}:{minute} in the MORNING") if at.hour < _NOON else N_("{hour}:{minute} at NIGHT")
    return say(form, message, hour=at.hour, minute=f"{at.minute:02d}")


def _told(form: Form, look: Look) -> Iterator[Problem]:
    """What is wrong with times and places, once somebody has chosen them; what is missing is said at saving."""
    for problem in look.problems:
        if problem.reason == "out_of_hours" and form.doubt:
            continue
        if field_of(problem) in ("when", "repeat", "until", "last_true", "") and form.recurrence and form.sounds:
            yield problem


def _sayer(form: Form) -> Any:
    return lambda message, params: sentence(form.desk.language, message, params)


def _session_name(form: Form) -> str:
    found = session_of(form)
    return found.name if found else ""


def _short(form: Form, look: Look) -> str:
    """`Chiều mai 17:00:00–17:01:05 · 13 thôn`: all of it in one line beside the buttons."""
    first = next(iter(look.airings), None)
    if first is None:
        return ""
    begin, end = first.starts_at.astimezone(form.zone), first.ends_at.astimezone(form.zone)
    when = f"{part_of(begin, form.today, form.desk.language)} {begin:%d/%m}, {begin:%H:%M:%S}–{end:%H:%M:%S}"
    return f"{when} · {len(look.audience.hamlets)} {_kind(form, look.audience.hamlets)}"


def _airing(one: Shown, form: Form) -> str:
    local = one.starts_at.astimezone(form.zone)
    words = shown_back(one.starts_at, one.ends_at - one.starts_at, form.zone, _sayer(form))
    return f"{words} ({lunar_words(local.date(), form.desk.language)})"


def _holidays(form: Form, found: Iterable[Holiday]) -> list[Choice]:
    """Holidays among the days, those that are left out already too."""
    ticked = {date.fromisoformat(each) for each in rows(form.typed, "off") if _is_day(each)}
    known = {each.day: each for each in found}
    for left_out in ticked - set(known):
        known |= {each.day: each for each in holidays(left_out, left_out, form.desk.language)}
    language = form.desk.language
    return [
        Choice(
            each.day.isoformat(), f"{weekday(each.day, language)} {day(each.day)}",
            each.name or say(form, N_("a working day in exchange for a holiday")), each.day in ticked, number=number,
        )
        for number, (_, each) in enumerate(sorted(known.items()))
    ]  # fmt: skip


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _audience(form: Form, heard: Audience, mutes: Iterable[MuteView]) -> Iterator[tuple[str, str]]:
    """Lines with the tone in which each is shown."""
    if heard.nodes:
        message, homes = N_("{count} {kind}, {homes} homes"), amount(heard.homes, 0, form.desk.language)
        yield "plain", say(form, message, count=len(heard.hamlets), kind=_kind(form, heard.hamlets), homes=homes)
    if heard.others:
        yield "plain", say(form, N_("Also heard in: {places}."), places=_names(form, heard.others))
    if heard.silent:
        yield "heed", say(form, N_("Silent now: {places}."), places=_nodes(form, heard.silent))
    for mute in mutes:
        if mute.nodes & set(heard.nodes):
            message = N_("{person} has muted the loudspeakers in {place} until {clock}.")
            until = clock(mute.until, form.zone)
            yield "heed", say(form, message, person=mute.by, place=mute.zone.name, clock=until)
    if heard.unheard:
        message = N_("Nobody hears it in: {places}. No loudspeaker stands there.")
        yield "heed", say(form, message, places=_names(form, heard.unheard))


def _kind(form: Form, hamlets: Iterable[AreaId]) -> str:
    """What the places are called, if it is the same for all."""
    kinds = {form.desk.tree.areas[each].kind for each in hamlets if each in form.desk.tree.areas}
    return kinds.pop() if len(kinds) == 1 else say(form, N_("places"))


def _names(form: Form, areas: Iterable[AreaId]) -> str:
    known = form.desk.tree.areas
    names = [known[each].name if each in known else say(form, N_("a place outside your area")) for each in areas]
    return ", ".join(sorted(dict.fromkeys(names), key=natural))


def _nodes(form: Form, nodes: Iterable[Any]) -> str:
    known = form.desk.tree.nodes
    return ", ".join(sorted((known[each].name for each in nodes if each in known), key=natural))


def _standing(form: Form, taken: Taken, number: int, clash: bool = False) -> Standing:
    """What has the place; of a foreign broadcast only the time."""
    begin, end = taken.starts_at.astimezone(form.zone), taken.ends_at.astimezone(form.zone)
    span = f"{begin:%H:%M:%S}–{end:%H:%M:%S}"
    at = f"{day(begin.date())} {span}" if clash else span
    words = _taken(form, taken, at) if clash else _beside(form, taken, at)
    name = taken.other if taken.mine and taken.other else ""
    return Standing(words, name, name in form.replaced, _after(form, begin) if clash else "", number)


def _taken(form: Form, taken: Taken, at: str) -> str:
    if taken.title is None:
        return say(form, N_("{at}: something else, at {node}"), at=at, node=taken.node_name)
    return say(form, N_("{at}: “{title}”, at {node}"), at=at, title=taken.title, node=taken.node_name)


def _beside(form: Form, taken: Taken, at: str) -> str:
    if taken.title is None:
        return say(form, N_("{at}: something else"), at=at)
    return say(form, N_("{at}: “{title}”"), at=at, title=taken.title)


def _after(form: Form, begin: datetime) -> str:
    """The session in which it could follow on that day, as the form names it; empty where there is none."""
    held = sessions_of(form.desk.tree, form.owner, begin.date())
    return next((slot(session.id, begin.date()) for session in held if _covers(session, begin)), "")


def _covers(session: Session, begin: datetime) -> bool:
    opens = datetime.combine(begin.date(), session.starts_at, begin.tzinfo)
    return opens <= begin < opens + timedelta(seconds=session.limit_s)


def _limit(form: Form, look: Look) -> str:
    """How much of the session is left after it."""
    session, first = session_of(form), next(iter(look.airings), None)
    if session is None or first is None or form.when.day is None:
        return ""
    opens = datetime.combine(form.when.day, session.starts_at, form.zone)
    if first.starts_at.astimezone(form.zone).date() != form.when.day:
        return ""
    last = max([first.ends_at, *(each.ends_at for each in look.beside)])
    left = int((opens + timedelta(seconds=session.limit_s) - last).total_seconds() // 60)
    message = N_("“{session}” has room for {limit} minutes in all; {left} minutes are left after this.")
    return say(form, message, session=session.name, limit=session.limit_s // 60, left=max(0, left))
