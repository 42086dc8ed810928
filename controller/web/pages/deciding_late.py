"""A choice on the form of deciding, and the late rules in sentences that name the hour of the first airing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from controller.domain.recurrence import moment
from controller.domain.values import Late, LateKind
from controller.locale import N_, sentence
from controller.web.formats import clock
from controller.web.pages.deciding_choices import late_choice
from controller.web.pages.deciding_form import Form, session_of

_WAITS = (1800, 3600, 9000, 14_400)
_USUAL = time(17)


@dataclass(frozen=True)
class Choice:
    """Something to choose: what is sent, its name, what is said beside it, whether it is chosen."""

    value: str
    name: str
    hint: str = ""
    on: bool = False
    depth: int = 0
    number: int = 0


def say(form: Form, message: str, **params: object) -> str:
    """A message in the reader's language."""
    return sentence(form.desk.language, message, params)


def lates(form: Form) -> list[Choice]:
    """The late rules, in sentences that name the hour of the first airing."""
    held = late_choice(form.late)
    rules = [Late(LateKind.WHOLE, seconds) for seconds in sorted({*_WAITS, *([form.late.within_s] * _whole(form))})]
    every = [*rules, Late(LateKind.JOIN), Late(LateKind.SKIP)]
    return [Choice(late_choice(each), late_words(form, each), on=late_choice(each) == held) for each in every]


def _whole(form: Form) -> int:
    return form.late.kind is LateKind.WHOLE and form.late.within_s > 0


def late_words(form: Form, late: Late) -> str:
    """`Có điện trước 19:30 thì phát lại từ đầu`."""
    if late.kind is LateKind.JOIN:
        return say(form, N_("If the power comes back, it goes on where it would be by then."))
    if late.kind is LateKind.SKIP:
        return say(form, N_("If it cannot start on time, it is left out."))
    return say(form, N_("If the power is back before {clock}, it is played from the beginning."),
               clock=_before(form, late.within_s))  # fmt: skip


def _before(form: Form, seconds: int) -> str:
    """Until when it may begin, of the time that is chosen."""
    when = form.when
    session = session_of(form)
    at = when.at or (session.starts_at if session else _USUAL)
    start = moment(when.day or form.today, at, form.zone) or form.desk.now
    return clock(start + timedelta(seconds=seconds), form.zone)
