"""What the form of an edit shows: the playlist, the places, and what saving would give; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from controller.domain.editing import Choice
from controller.domain.problems import Problem
from controller.domain.values import Sha256
from controller.locale import N_
from controller.operations.airing import Opened
from controller.operations.editing import EditLook, Shifted
from controller.operations.versions import History
from controller.web.formats import clock, day, length, moment
from controller.web.pages.airing_view import choices_of, when_words, words_of
from controller.web.pages.changes_view import Words, change_lines
from controller.web.pages.deciding_typed import Typed, finds
from controller.web.pages.edit_form import Row, Sheet, Sound, item_rows
from controller.web.pages.eye import Eye

_SHOWN = 4
_OFFERED = 24
_FIELDS: Mapping[str, str] = {
    "playlist": "item",
    "places": "place",
    "zones": "place",
    "recurrence": "when",
    "session": "when",
    "start": "when",
    "starts_at": "when",
    "scope": "when",
    "last_true_day": "when",
}
"""What an operation calls a part of an edit → what the form calls it."""


def field_of(problem: Problem) -> str:
    """The field of the form that a problem belongs to."""
    return _FIELDS.get(problem.where.partition(".")[0], problem.where)


def form_view(typed: Typed, sheet: Sheet, eye: Eye) -> dict[str, Any]:
    """The form with what was typed."""
    seen = sheet.seen
    chosen = {value for name, value in typed.items() if name.startswith("place.")}
    rows = item_rows(typed)
    return {
        "id": seen.occurrence,
        "title": seen.title,
        "when": when_words(seen.starts_at, seen.ends_at, eye),
        "choices": choices_of(seen, eye),
        "chosen": typed.get("choice", Choice.ONLY_THIS.value),
        "way": typed.get("when", "keep"),
        "slots": [(one.id, f"{one.name} ({one.starts_at:%H:%M})") for one in sheet.sessions()],
        "slot": typed.get("slot", ""),
        "places": [(number, zone.id, zone.name, zone.id in chosen) for number, zone in enumerate(sheet.places())],
        "rows": [_row(row, place, sheet, eye) for place, row in enumerate(rows, 1)],
        "sounds": list(_offered(typed, sheet, {row.sha256 for row in rows}, eye)),
        "added": typed.get("add", ""),
    }


def look_view(look: EditLook, typed: Typed, sheet: Sheet, eye: Eye) -> dict[str, Any]:
    """What saving would give, in words."""
    words, shown = words_of(sheet.seen, sheet.tree, eye), look.look
    airings = shown.airings if shown else ()
    return {
        "airings": [when_words(each.starts_at, each.ends_at, eye) for each in airings[:_SHOWN]],
        "more": max(0, len(airings) - _SHOWN),
        "none": not airings and not look.problems,
        "carried": shown is not None and shown.carried,
        "hamlets": words.names(shown.audience.hamlets) if shown else "",
        "others": words.names(shown.audience.others) if shown else "",
        "shifted": [_shifted(each, eye) for each in look.shifted],
        "today": [clock(each, eye.zone) for each in look.today],
        "rest": "rest" in typed,
        "instead": look.instead or 0,
        "clashes": list(_clashes(look, eye)),
        "good": not look.problems and not (shown and shown.clashes),
    }


def newer_view(history: History, base: int, words: Words) -> list[dict[str, Any]]:
    """The versions that were made meanwhile, each with what it changed."""
    newer = [step for step in history.steps if step.decision.version.number > base]
    return [
        {
            "number": step.decision.version.number,
            "by": history.names.get(step.decision.version.author, ""),
            "at": moment(step.decision.version.created_at, words.zone, words.language),
            "changes": list(change_lines(step.before, step.decision, words)) if step.before else [],
        }
        for step in newer
    ]


def _row(row: Row, place: int, sheet: Sheet, eye: Eye) -> dict[str, Any]:
    held = {item.recordings[0].asset: item for item in _held(sheet.seen) if item.recordings}
    words = words_of(sheet.seen, sheet.tree, eye)
    item, sound = held.get(row.sha256), sheet.sounds.get(row.sha256)
    name = words.title(item) if item else (sound.title if sound else eye.say(N_("without a name")))
    lasts = words.lengths.get(row.sha256) or (sound.length if sound else 0)
    return {
        "number": row.number,
        "sha256": row.sha256,
        "title": name,
        "length": length(lasts, eye.language),
        "order": row.order or str(place),
        "dropped": row.dropped,
        "begin": row.begin,
        "end": row.end,
        "cuts": item is None or len(item.recordings) == 1,
    }


def _held(seen: Opened) -> Iterable[Any]:
    return seen.airing.playlist if seen.airing else ()


def _offered(typed: Typed, sheet: Sheet, held: set[Any], eye: Eye) -> Iterator[tuple[str, str]]:
    """The newest audio that is looked for, and what was chosen."""
    wanted = typed.get("q", "")
    found = [each for each in sheet.sounds.values() if each.sha256 not in held and finds(wanted, each.title)]
    shown = found[:_OFFERED]
    added = sheet.sounds.get(Sha256(typed.get("add", "")))
    for each in (*shown, *((added,) if added is not None and added not in shown else ())):
        yield each.sha256, _named(each, eye)


def _named(sound: Sound, eye: Eye) -> str:
    return f"{sound.title} ({length(sound.length, eye.language)})"


def _shifted(one: Shifted, eye: Eye) -> str:
    at = {
        "day": day(one.after.astimezone(eye.zone).date()),
        "before": clock(one.before, eye.zone, seconds=True),
        "after": clock(one.after, eye.zone, seconds=True),
    }
    if one.title is None:
        return eye.say(N_("On {day} something else starts at {after} instead of {before}."), **at)
    return eye.say(N_("On {day} “{title}” starts at {after} instead of {before}."), title=one.title, **at)


def _clashes(look: EditLook, eye: Eye) -> Iterator[str]:
    for each in look.look.clashes if look.look else ():
        at = moment(each.starts_at, eye.zone, eye.language)
        if each.title is None:
            yield eye.say(N_("{node} already has something else at {moment}."), node=each.node_name, moment=at)
        else:
            message = N_("{node} already has “{title}” at {moment}.")
            yield eye.say(message, node=each.node_name, title=each.title, moment=at)
