"""What follows the press, in words: the clock, a row for each hamlet, what is loud now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.locale import N_, sentence
from controller.operations.alarms_now import AlarmView, HamletRow, Stage
from controller.operations.alarms_now import State as Reached
from controller.web.formats import clock, natural, number
from controller.web.pages.alarm_view import slot_label
from controller.web.pages.contact_view import CallView, call_view
from controller.web.words import State
from playlists.models import Kind

_REACHED = {
    Reached.SENT: ("wait", N_("sent"), "wait"),
    Reached.ACCEPTED: ("part", N_("accepted"), "part"),
    Reached.SOUNDING: ("live", N_("sounding"), "good"),
    Reached.SOUNDED: ("yes", N_("sounded"), "good"),
    Reached.NOT_REACHED: ("no", N_("not reached"), "bad"),
}
_KINDS = {
    Kind.ALARM: N_("ALARM"),
    Kind.DRILL: N_("DRILL"),
    Kind.CORRECTION: N_("CORRECTION"),
    Kind.ALL_CLEAR: N_("ALL-CLEAR"),
}
_REPEATED = (Kind.ALARM, Kind.DRILL)
_LIVE = (Stage.WAITING, Stage.GOING_OUT, Stage.SOUNDING)


@dataclass(frozen=True)
class RowView:
    """A hamlet: how far the alarm has come there, after how long, whom to call where it was not reached."""

    name: str
    state: State
    after: str
    call: tuple[CallView, ...]


@dataclass(frozen=True)
class AfterView:
    """The page after the press. `repeated`: an alarm or a drill, not what answers one; `live`: it can be ended."""

    occurrence: str
    kind: str
    drill: bool
    title: str
    slots: tuple[tuple[str, str], ...]
    pressed: str
    since: str
    stage: str
    loud: str
    said: str
    counts: str
    rows: tuple[RowView, ...]
    waiting: bool
    repeated: bool
    live: bool
    own: bool
    can_confirm: bool


def after_view(alarm: AlarmView, reader: str, now: datetime, zone: ZoneInfo, language: str) -> AfterView:
    """An alarm as it stands now. `reader`: the name of who looks."""
    waiting = alarm.stage is Stage.WAITING
    rows = sorted(alarm.hamlets, key=lambda row: (row.state is not Reached.NOT_REACHED, natural(row.name)))
    return AfterView(
        alarm.occurrence,
        sentence(language, _KINDS.get(alarm.kind, N_("ALARM"))),
        alarm.kind is Kind.DRILL,
        alarm.title,
        tuple((slot_label(name, language), value) for name, value in alarm.slots),
        _pressed(alarm, zone, language),
        _since(alarm, now),
        alarm.stage.value,
        _loud(alarm, now, language),
        " ".join(_said(alarm, zone, language)),
        _counts(alarm, language),
        tuple(_row(row, waiting, language) for row in rows),
        waiting,
        alarm.kind in _REPEATED,
        alarm.stage in _LIVE,
        alarm.own,
        waiting and alarm.own and alarm.by != reader,
    )


def _pressed(alarm: AlarmView, zone: ZoneInfo, language: str) -> str:
    params = {"clock": clock(alarm.asked_at, zone, True), "person": alarm.by}
    return sentence(language, N_("Pressed at {clock} by {person}."), params)


def _since(alarm: AlarmView, now: datetime) -> str:
    """`3:07` since the press; it stands still where the alarm is over."""
    over = [moment for moment in (alarm.stopped_at, alarm.ends_at if alarm.stage is Stage.OVER else None) if moment]
    seconds = max(0, int((min([now, *over]) - alarm.asked_at).total_seconds()))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def _loud(alarm: AlarmView, now: datetime, language: str) -> str:
    if alarm.stage is Stage.WAITING and alarm.waits_until is not None:
        left = max(0, round((alarm.waits_until - now).total_seconds()))
        message = N_("It has not sounded yet: a second person is asked. Without an answer it goes out in {seconds} s.")
        return sentence(language, message, {"seconds": left})
    if alarm.warn is None or alarm.ends_at is None:
        return ""
    left = max(1, -(-int((alarm.ends_at - now).total_seconds()) // 60))
    return sentence(language, N_("It ends in {minutes} minutes. Extend it if the danger goes on."), {"minutes": left})


def _said(alarm: AlarmView, zone: ZoneInfo, language: str) -> Iterator[str]:
    if alarm.second_by:
        yield sentence(language, N_("Second person: {person}."), {"person": alarm.second_by})
    if alarm.stage is Stage.STOPPED and alarm.stopped_at is not None:
        params = {"clock": clock(alarm.stopped_at, zone, True), "person": alarm.ended_by or "–"}
        yield sentence(language, N_("Ended at {clock} by {person}."), params)
    elif alarm.stage is Stage.OVER and alarm.ends_at is not None:
        yield sentence(language, N_("Ended by itself at {clock}."), {"clock": clock(alarm.ends_at, zone, True)})
    elif alarm.stage is Stage.SOUNDING and alarm.ends_at is not None and alarm.kind in _REPEATED:
        message = N_("It sounds until {clock} unless you end it.")
        yield sentence(language, message, {"clock": clock(alarm.ends_at, zone)})
    elif alarm.stage is Stage.GOING_OUT:
        yield sentence(language, N_("It is going out now."))


def _counts(alarm: AlarmView, language: str) -> str:
    found = Counter(row.state for row in alarm.hamlets)
    heard = found[Reached.SOUNDING] + found[Reached.SOUNDED]
    params = {"heard": heard, "all": len(alarm.hamlets), "lacking": found[Reached.NOT_REACHED]}
    return sentence(language, N_("{heard} of {all} hamlets have sounded it, {lacking} not reached."), params)


def _row(row: HamletRow, waiting: bool, language: str) -> RowView:
    sign, word, tone = ("asked", N_("waits"), "none") if waiting else _REACHED[row.state]
    after = ""
    if row.seconds is not None:
        after = sentence(language, N_("after {seconds} s"), {"seconds": number(row.seconds, 1, language)})
    called = tuple(map(call_view, row.heads)) if row.state is Reached.NOT_REACHED else ()
    return RowView(row.name, State(sign, sentence(language, word), tone), after, called)
