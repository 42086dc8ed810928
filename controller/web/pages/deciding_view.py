"""What the form of deciding shows of sound, places and times: made of what was typed at a desk, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from controller.domain.calendar import lunar_day
from controller.domain.recurrence import moment
from controller.domain.tree import path, tier
from controller.domain.values import Content, Repeat, Session, SessionId, Zone
from controller.domain.who_hears import homes_once
from controller.locale import N_, sentence
from controller.web.formats import clock, day, length, natural, weekday
from controller.web.formats import number as amount
from controller.web.pages.deciding_form import Form
from controller.web.pages.deciding_late import Choice, lates, say
from controller.web.pages.deciding_sources import Sound
from controller.web.pages.deciding_start import Offer, offers, suggested
from controller.web.pages.deciding_typed import finds
from playlists.models import Kind

_SHOWN, _FOUND = 5, 12
"""How many sounds stand there unasked, and how many are shown of those that are looked for."""

REPEATS: Mapping[Repeat, str] = {
    Repeat.ONCE: N_("Once only"),
    Repeat.DAILY: N_("Every day"),
    Repeat.WEEKDAYS: N_("On weekdays that I choose"),
    Repeat.MONTH_DAYS: N_("On days of the month"),
    Repeat.MONTH_END: N_("On the last day of the month"),
    Repeat.LUNAR_DAYS: N_("On days of the lunar month"),
    Repeat.LUNAR_MONTH_END: N_("On the last day of the lunar month"),
}
KINDS: Mapping[Kind, str] = {
    Kind.NOTICE: N_("notice"),
    Kind.MUSIC: N_("music"),
    Kind.REBROADCAST: N_("rebroadcast"),
}
FIELDS: Mapping[str, str] = {
    "general": N_("general"),
    "sudden": N_("sudden events"),
    "policy": N_("policy and law"),
    "direction": N_("direction and administration"),
    "knowledge": N_("knowledge"),
    "examples": N_("good examples"),
}
_PARTS = ((time(10, 30), 0), (time(13, 30), 1), (time(18), 2), (time.max, 3))
_TODAY = (N_("This morning"), N_("Today at noon"), N_("This afternoon"), N_("This evening"))
_TOMORROW = (N_("Tomorrow morning"), N_("Tomorrow at noon"), N_("Tomorrow afternoon"), N_("Tomorrow evening"))
_OTHER = (
    N_("{weekday} morning"), N_("{weekday} noon"), N_("{weekday} afternoon"), N_("{weekday} evening"),
)  # fmt: skip
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


@dataclass(frozen=True)
class SoundRow:
    """A sound with its length and age in words; `text`: what a voice says in it."""

    sha256: str
    title: str
    length: str
    added: str
    text: str


def form_view(form: Form, last: Content | None) -> dict[str, Any]:
    """Everything that the template asks of the form, by name."""
    return {
        "sounds": [_sound(each, form) for each in form.sounds],
        "total": length(form.length, form.desk.language),
        **_library(form),
        "places": _places(form),
        "programmes": _programmes(form),
        **_when(form, last),
        "repeats": [
            Choice(each.value, say(form, name), on=form.repeat is each) for each, name in REPEATS.items()
        ],
        "weekdays": [
            Choice("1", say(form, name), on=bool(form.typed.get(f"weekday.{number}")), number=number)
            for number, name in enumerate(_WEEKDAYS)
        ],
        "lates": lates(form),
        "notice": form.notice,
        "replaced": form.replaced,
    }  # fmt: skip


def part_of(when: datetime, today: date, language: str) -> str:
    """`Chiều mai`, `Sáng Thứ Năm`: a local moment as people say it."""
    part = next(number for until, number in _PARTS if when.time() <= until)
    near = {today: _TODAY, today + timedelta(days=1): _TOMORROW}.get(when.date())
    if near is not None:
        return sentence(language, near[part])
    return sentence(language, _OTHER[part], {"weekday": weekday(when.date(), language)})


def lunar_words(when: date, language: str) -> str:
    """`16/10 ÂL`, with the leap month named."""
    found = lunar_day(when)
    if found is None:
        return ""
    message = N_("lunar {day}/{month} (leap)") if found.leap else N_("lunar {day}/{month}")
    return sentence(language, message, {"day": found.day, "month": found.month})


def _sound(sound: Sound, form: Form) -> SoundRow:
    text = sound.speech.text if sound.speech else ""
    added = sound.added_at.astimezone(form.zone)
    return SoundRow(
        sound.sha256, sound.title, length(sound.length, form.desk.language), f"{clock(added, form.zone)} {day(added)}",
        text,
    )  # fmt: skip


def _library(form: Form) -> dict[str, Any]:
    """The newest sounds, or those that are looked for, without those chosen already."""
    words = form.typed.get("q", "").strip()
    chosen = {each.sha256 for each in form.sounds}
    free = [each for each in form.desk.sounds.values() if each.sha256 not in chosen]
    found = [each for each in free if finds(words, each.title)] if words else free
    most = _FOUND if words else _SHOWN
    # A page that nobody asked for the library stays light.
    sought = bool(words or form.typed.get("sought")) or form.typed.get("act") == "find" or not form.sounds
    return {
        "sought": sought,
        "library": [_sound(each, form) for each in found[:most]] if sought else [],
        "more": max(0, len(found) - most),
    }


def _places(form: Form) -> list[tuple[str, list[Choice]]]:
    """Areas, zones made by hand, hamlets: each group with its heading; numbers run through all of them."""
    tree, every = form.desk.tree, form.desk.zones.values()
    parents = form.desk.heads
    of_areas = [zone for zone in every if zone.area in tree.areas]
    above = sorted((zone for zone in of_areas if zone.area in parents), key=lambda zone: _by_path(form, zone))
    hamlets = sorted((zone for zone in of_areas if zone.area not in parents), key=lambda zone: _by_path(form, zone))
    by_hand = sorted((zone for zone in every if zone.area is None), key=lambda zone: natural(zone.name))
    groups = ((N_("A whole area"), above), (N_("Sets of hamlets"), by_hand), (N_("Single hamlets"), hamlets))
    numbered = {zone.id: number for number, zone in enumerate((*above, *by_hand, *hamlets))}
    return [
        (say(form, heading), [_place(form, zone, numbered[zone.id]) for zone in zones])
        for heading, zones in groups
        if zones
    ]


def _place(form: Form, zone: Zone, number: int) -> Choice:
    homes, nodes = _reached(form, zone)
    single = zone.area is not None and zone.area not in form.desk.heads
    hint = "" if single else say(form, N_("{homes} homes"), homes=amount(homes, 0, form.desk.language))
    hint = hint if nodes else say(form, N_("no loudspeaker yet"))
    shallow = min((tier(form.desk.tree, top) for top in form.desk.start.tops), default=0)
    depth = max(0, tier(form.desk.tree, zone.area) - shallow) if zone.area in form.desk.heads else 0
    return Choice(zone.id, zone.name, hint, zone.id in form.zones, depth, number)


def _reached(form: Form, zone: Zone) -> tuple[int, int]:
    """Homes and nodes that a zone reaches."""
    wanted = {zone.area} if zone.area else set(zone.hamlets)
    nodes = [node for node, heard_in in form.desk.served if not heard_in.isdisjoint(wanted)]
    return sum(homes_once(nodes).values()), len(nodes)


def _by_path(form: Form, zone: Zone) -> list[Any]:
    return [natural(step.name) for step in path(form.desk.tree, zone.area)] if zone.area else []


def _programmes(form: Form) -> list[Choice]:
    return [
        Choice(
            each.id, each.name, f"{say(form, KINDS[each.kind])}, {say(form, FIELDS[each.field.value])}",
            form.programme is not None and form.programme.id == each.id,
        )
        for each in form.programmes
    ]  # fmt: skip


def _when(form: Form, last: Content | None) -> dict[str, Any]:
    """The two suggestions, all sessions of the next days, and the days that can be picked by name."""
    every = offers(form.desk, form.owner)
    big = sorted(suggested(form.desk, form.owner, last), key=lambda each: (each.day, each.at))
    chosen = form.typed.get("when", "")
    return {
        "suggestions": [_big(form, each, chosen) for each in big],
        "slots": _sessions(form, every),
        "chosen": chosen,
    }


def _big(form: Form, offer: Offer, chosen: str) -> Choice:
    at = moment(offer.day, offer.at, form.zone) or form.desk.now
    name = f"{part_of(at.astimezone(form.zone), form.today, form.desk.language)} {offer.at:%H:%M}"
    hint = f"{offer.day:%d/%m}, {lunar_words(offer.day, form.desk.language)}"
    return Choice(offer.value, name, hint, offer.value == chosen)


def _sessions(form: Form, every: Iterable[Offer]) -> list[Choice]:
    """The sessions of the days ahead, each once."""
    chosen = form.typed.get("slot", "")
    held = {each.session.id: each.session for each in every if each.session}
    if chosen and chosen not in held:
        return [*_sessions_of(held, chosen), Choice(chosen, say(form, N_("as it was chosen")), on=True)]
    return _sessions_of(held, chosen)


def _sessions_of(held: Mapping[SessionId, Session], chosen: str) -> list[Choice]:
    ordered = sorted(held.values(), key=lambda each: (each.starts_at, each.id))
    return [Choice(each.id, f"{each.name}, {each.starts_at:%H:%M}", on=each.id == chosen) for each in ordered]
