"""What stands against saving before an operation is asked: what is not understood, what was left over, a twin."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from controller.domain import broadcasts as life
from controller.domain.problems import Problem
from controller.domain.recurrence import moment
from controller.domain.values import Content, InSession, Repeat
from controller.locale import N_
from controller.operations.deciding import Wish
from controller.web.pages.deciding_form import Form, session_of
from controller.web.pages.deciding_typed import Typed, day_of, days_of, line_of

_TWIN_WITHIN = timedelta(days=1)


def against_saving(form: Form, wish: Wish) -> tuple[Problem, ...]:
    """All of it, each with the name of its field."""
    return (*problems(form), *_left_over(form), *_twins(form, wish))


def problems(form: Form) -> list[Problem]:
    """Everything typed that cannot be understood, each with the name of its field."""
    typed, when = form.typed, form.when
    found = list(line_of(typed.get("title", ""), "title")[1])
    if when.day is None:
        found.append(Problem(*_place_of(typed, "day"), N_("This is no day: write it like 25/11/2026.")))
    if when.session is None and when.at is None:
        found.append(Problem(*_place_of(typed, "time"), N_("This is no time: write it like 17:00 or 17h30.")))
    if _is_past(form):
        message = N_("By the office's clock this time is past: choose a later one.")
        found.append(Problem("when", "past", message))
    if form.repeat is not Repeat.ONCE:
        found.extend(_bad_day(typed, "until", form.today))
        _, unknown = days_of(typed.get("except", ""), form.today)
        message = N_("These are no days: {days}. Write them like 25/11/2026, with a comma between.")
        found.extend([Problem("except", "no_date", message, {"days": ", ".join(unknown)[:200]})] if unknown else [])
    found.extend(_bad_day(typed, "last_true", form.today))
    if form.notice and not typed.get("last_true", "").strip():
        found.append(Problem("last_true", "missing", N_("Say until which day this notice is true.")))
    return found


def _is_past(form: Form) -> bool:
    """Whether the one airing would have begun already."""
    session, when = session_of(form), form.when
    at = when.at or (session.starts_at if session else None)
    start = moment(when.day, at, form.zone) if when.day and at else None
    return form.repeat is Repeat.ONCE and start is not None and start <= form.desk.now


def _place_of(typed: Typed, field: str) -> tuple[str, str]:
    return (field if typed.get("when") == "own" else "when", f"no_{field}")


def _bad_day(typed: Typed, field: str, today: date) -> list[Problem]:
    said = typed.get(field, "").strip()
    wrong = bool(said) and day_of(said, today) is None
    return [Problem(field, "no_date", N_("This is no day: write it like 25/11/2026."))] if wrong else []


def _left_over(form: Form) -> list[Problem]:
    """What was begun and not ended: a text not accepted, a file not sent, a doubtful hour."""
    found = []
    if form.typed.get("text", "").strip():
        message = N_("Your text is not in the bulletin yet: listen to it and accept it, or empty the field.")
        found.append(Problem("text", "not_accepted", message))
    if form.typed.get("file", "").strip():
        found.append(Problem("file", "not_sent", N_("The file is not in the bulletin yet: press “Upload the file”.")))
    if form.doubt is not None:
        found.append(Problem("when", "doubtful", N_("Say below which hour you mean.")))
    return found


def _twins(form: Form, wish: Wish) -> list[Problem]:
    """The same bulletin, saved a moment ago from another tab; the same form sent twice is one and no twin."""
    start = form.desk.start
    if wish.broadcast is not None or start.answered or form.typed.get("twice"):
        return []
    since = form.desk.now - _TWIN_WITHIN
    for each in start.recent:
        newest = life.newest(each)
        if newest and each.withdrawn_at is None and newest.created_at > since and _same(newest.content, wish.content):
            message = N_("You have saved this very bulletin already. Tick the box if it is to sound once more.")
            return [Problem("twice", "twin", message, {"broadcast": each.id})]
    return []


def _same(one: Content, other: Content) -> bool:
    """Whether two bulletins are alike, wherever they stand in their session."""
    return replace(one, session=_unordered(one)) == replace(other, session=_unordered(other))


def _unordered(content: Content) -> InSession | None:
    return content.session and InSession(content.session.session)
