"""TẮT HẾT LOA as every page shows it: the bar that says what is muted, until when, and who has not answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.locale import N_, sentence
from controller.operations.muted import MuteView, Surroundings
from controller.web.formats import clock, day
from controller.web.pages.contact_view import ContactView, contact_views


@dataclass(frozen=True)
class MuteLine:
    """A mute in words; `whole`: every node that it means has answered."""

    said: str
    answered: str
    whole: bool


@dataclass(frozen=True)
class MuteBar:
    """The bar. `may`: the person may mute; `mine`: something here may be lifted by them.

    `session`: until when a mute to the session's end lasts, "" for none; `address`: where a press leads back.
    """

    may: bool
    mine: bool
    lines: tuple[MuteLine, ...]
    waiting: tuple[ContactView, ...]
    session: str
    address: str


NO_BAR = MuteBar(False, False, (), (), "", "/")
"""Of who has no role."""


def mute_bar(around: Surroundings, may: bool, now: datetime, zone: ZoneInfo, language: str, address: str) -> MuteBar:
    """The bar of a page."""
    end = around.session_end
    return MuteBar(
        may,
        any(each.mine for each in around.mutes),
        tuple(_line(each, now, zone, language) for each in around.mutes),
        contact_views(around.waiting, now, language),
        "" if end is None else _until(end, now, zone),
        address,
    )


def _line(mute: MuteView, now: datetime, zone: ZoneInfo, language: str) -> MuteLine:
    message = N_("{place} is muted until {until} ({person}).")
    said = sentence(
        language, message, {"place": mute.zone.name, "until": _until(mute.until, now, zone), "person": mute.by}
    )
    counted = {"answered": len(mute.answered), "all": len(mute.nodes)}
    answered = sentence(language, N_("{answered} of {all} nodes have answered."), counted)
    return MuteLine(said, answered, mute.answered == mute.nodes)


def _until(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The time, with the day where it is another one."""
    local, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    return clock(moment, zone) if local == today else f"{clock(moment, zone)} {day(local)}"
