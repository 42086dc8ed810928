"""Alarms as every page shows them: the way to raise one, and a bar with those that wait or sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.domain.alarms import warning
from controller.locale import N_, sentence
from controller.operations.alarm_desk import LiveAlarm
from controller.web.formats import clock
from playlists.models import Kind


@dataclass(frozen=True)
class AlarmLine:
    """An alarm in words. `drill`: it is one; `loud`: it ends soon, or waits for an answer."""

    occurrence: str
    said: str
    title: str
    then: str
    drill: bool
    loud: bool


@dataclass(frozen=True)
class AlarmBar:
    """`may`: the person may raise an alarm."""

    may: bool
    lines: tuple[AlarmLine, ...]


NO_ALARMS = AlarmBar(False, ())
"""Of who has no role."""


def alarm_bar(alarms: Sequence[LiveAlarm], may: bool, now: datetime, zone: ZoneInfo, language: str) -> AlarmBar:
    """The bar of a page."""
    return AlarmBar(may, tuple(_line(each, now, zone, language) for each in alarms))


def _line(alarm: LiveAlarm, now: datetime, zone: ZoneInfo, language: str) -> AlarmLine:
    drill = alarm.kind is Kind.DRILL
    said = sentence(language, N_("DRILL") if drill else N_("ALARM"))
    if alarm.waits_until is not None:
        then = sentence(language, N_("waits for a second person until {until}"), _at(alarm.waits_until, zone, True))
        return AlarmLine(alarm.occurrence, said, alarm.title, then, drill, alarm.own)
    if alarm.ends_at is None:
        return AlarmLine(alarm.occurrence, said, alarm.title, sentence(language, N_("is going out")), drill, False)
    near = warning(alarm.ends_at, now)
    left = max(1, -(-int((alarm.ends_at - now).total_seconds()) // 60))
    if near is not None:
        then = sentence(language, N_("ends in {minutes} min unless it is extended"), {"minutes": left})
        return AlarmLine(alarm.occurrence, said, alarm.title, then, drill, alarm.own)
    then = sentence(language, N_("sounds until {until}"), _at(alarm.ends_at, zone, False))
    return AlarmLine(alarm.occurrence, said, alarm.title, then, drill, False)


def _at(moment: datetime, zone: ZoneInfo, seconds: bool) -> dict[str, object]:
    return {"until": clock(moment, zone, seconds)}
