"""Silences in words: the lists, one silence with its receipts, and the choices of one press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from controller.domain.silences import Why
from controller.domain.tree import branch
from controller.domain.values import Area, AreaId, Tree
from controller.locale import N_, sentence
from controller.operations.receipts import SilenceView, Stage
from controller.operations.silencing import Detail, FallenView, Unreceived
from controller.web.formats import clock, day, natural, weekday
from controller.web.pages.contact_view import ContactView, contact_view, contact_views
from controller.web.words import State
from playlists.models import Kind

MOST_QUICK = 40
"""So many hamlets have a button of their own; who has more chooses them in the form."""

WHYS: Mapping[Why, str] = {
    Why.FUNERAL: N_("Funeral"),
    Why.EXAMS: N_("Examinations"),
    Why.MOURNING: N_("State mourning"),
    Why.OTHER: N_("Another reason"),
}
WHATS: Mapping[str, tuple[str, tuple[Kind, ...]]] = {
    "all": (N_("All but emergencies"), ()),
    "only_music": (N_("Music only"), (Kind.MUSIC,)),
    "only_rebroadcast": (N_("Rebroadcasts only"), (Kind.REBROADCAST,)),
    "both": (N_("Music and rebroadcasts"), (Kind.MUSIC, Kind.REBROADCAST)),
}
_STAGES = {
    Stage.NOW: ("quiet", N_("Quiet now"), "part"),
    Stage.COMING: ("wait", N_("To come"), "wait"),
    Stage.PAST: ("off", N_("Over"), "none"),
    Stage.LIFTED: ("off", N_("Lifted"), "none"),
}


@dataclass(frozen=True)
class Reader:
    """Who reads, when and where."""

    now: datetime
    zone: ZoneInfo
    language: str

    def say(self, message: str, **params: object) -> str:
        """A message in the reader's language."""
        return sentence(self.language, message, params)

    def at(self, moment: datetime) -> str:
        """`17:00 Thứ Ba 24/11/2026`."""
        local = moment.astimezone(self.zone).date()
        return f"{clock(moment, self.zone)} {weekday(local, self.language)} {day(local)}"


@dataclass(frozen=True)
class SilenceLine:
    """A silence in a list."""

    id: str
    places: str
    span: str
    what: str
    why: str
    by: str
    state: State
    receipts: str
    whole: bool
    others: str


@dataclass(frozen=True)
class FallenLine:
    """What falls silent, and the way to air it again, "" where it is not theirs."""

    at: str
    title: str
    hamlets: str
    again: str
    ahead: bool


@dataclass(frozen=True)
class SilencePage:
    """One silence."""

    line: SilenceLine
    lifts: bool
    waiting: tuple[ContactView, ...]
    fallen: tuple[FallenLine, ...]


@dataclass(frozen=True)
class CallLine:
    """A node to call about before it sounds."""

    said: str
    contact: ContactView


def line_of(view: SilenceView, eye: Reader) -> SilenceLine:
    """A silence in words."""
    said = view.silence
    sign, word, tone = _STAGES[view.stage]
    counted = {"received": len(view.received), "all": len(view.nodes)}
    return SilenceLine(
        said.id,
        ", ".join(view.places),
        eye.say(N_("{begin} to {end}"), begin=eye.at(said.begin), end=eye.at(said.until)),
        eye.say(next(word for word, kinds in WHATS.values() if set(kinds) == set(said.kinds))),
        " – ".join(part for part in (eye.say(WHYS[said.why]), said.note) if part),
        view.by,
        State(sign, eye.say(word), tone),
        eye.say(N_("{received} of {all} nodes have received it"), **counted),
        view.received == view.nodes,
        ", ".join(view.others),
    )


def silence_page(detail: Detail, tree: Tree, eye: Reader) -> SilencePage:
    """One silence with its receipts and what falls silent."""
    view = detail.view
    return SilencePage(
        line_of(view, eye),
        view.mine and view.stage in (Stage.NOW, Stage.COMING),
        contact_views(detail.waiting, eye.now, eye.language),
        tuple(_fallen(each, tree, eye) for each in detail.fallen),
    )


def calls(found: Iterable[Unreceived], eye: Reader) -> tuple[CallLine, ...]:
    """The nodes without a receipt that would sound soon, each once."""
    first: dict[str, Unreceived] = {}
    for each in found:
        first.setdefault(each.contact.node, each)
    return tuple(
        CallLine(
            eye.say(N_("would sound at {clock}"), clock=clock(each.sounds_at, eye.zone)),
            contact_view(each.contact, eye.now, eye.language),
        )
        for each in first.values()
    )


def hamlets_of(tree: Tree, tops: Iterable[AreaId]) -> tuple[Area, ...]:
    """The places without places below them in some branches, by name."""
    parents = {area.parent for area in tree.areas.values()}
    inside = {area for top in tops for area in branch(tree, top)}
    found = (tree.areas[area] for area in inside if area not in parents)
    return tuple(sorted(found, key=lambda area: natural(area.name)))


def noon_after(now: datetime, zone: ZoneInfo, days: int = 1) -> datetime:
    """Noon of tomorrow, or of a later day, local time."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=days), time(12), zone)


def _fallen(found: FallenView, tree: Tree, eye: Reader) -> FallenLine:
    names = (tree.areas[each].name for each in found.hamlets if each in tree.areas)
    ahead = found.starts_at > eye.now
    again = "" if not found.own else _again(found, ahead)
    return FallenLine(eye.at(found.starts_at), found.title, ", ".join(sorted(names, key=natural)), again, ahead)


def _again(found: FallenView, ahead: bool) -> str:
    """What is to come is moved on its card; what is past is decided anew, with its sound and the hamlets."""
    airing = found.fallen.airing
    if ahead:
        return f"/airings/{airing.occurrence}"
    sounds = [recording.asset for item in airing.playlist for recording in item.recordings[:1]]
    return "/decide?" + urlencode([("sound", sounds[0] if sounds else ""), ("area", ",".join(found.hamlets))])
