"""The nodes in words: the list with trouble first, faults and their life."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.domain.cases import Diagnosis, Tone
from controller.domain.faults import Life
from controller.locale import N_
from controller.operations.around import NodeLine, OnAirView
from controller.operations.faults import FaultView
from controller.operations.field import Field
from controller.web.field_words import FAULTS, LIVES, say_sentence
from controller.web.formats import ago, length, moment, natural
from controller.web.pages.deciding_typed import finds
from controller.web.pages.eye import Eye
from controller.web.words import State

FEW = 6
"""Up to so many nodes that are well are shown in full."""
_TONES = {
    Tone.BAD: ("no", N_("Trouble"), "bad"),
    Tone.WARN: ("warn", N_("At risk"), "warn"),
    Tone.UNKNOWN: ("ask", N_("Not known"), "lost"),
    Tone.QUIET: ("quiet", N_("Quiet by decision"), "none"),
    Tone.GOOD: ("yes", N_("In contact"), "good"),
}


@dataclass(frozen=True)
class LineView:
    """A node in the list; `name`: its own, "" where it says no more than its hamlets."""

    id: str
    name: str
    place: str
    state: State
    sentence: str
    act: str
    heard: str
    on_air: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class FaultLine:
    """A fault: what, where, since when, where it stands; `mine`: a press acknowledges it."""

    id: str
    what: str
    place: str
    life: State
    span: str
    times: int
    by: str
    note: str
    mine: bool


@dataclass(frozen=True)
class ListView:
    """All nodes that were looked for: those with something to say in full, the others by name."""

    full: tuple[LineView, ...]
    well: tuple[LineView, ...]
    together: tuple[FaultLine, ...]
    unwatched: str
    count: int
    trouble: int


def list_view(found: Field, eye: Eye, words: str = "", only_trouble: bool = False) -> ListView:
    """The list as somebody looks for it: by words without accents, or only those with trouble."""
    trouble = [line for line in found.lines if not _is_well(line)]
    wanted = trouble if only_trouble else list(found.lines)
    lines = [line for line in wanted if finds(words, f"{line.name} {' '.join(line.hamlets)}")]
    well = [line for line in lines if _is_well(line)] if len(lines) > FEW and not words else []
    return ListView(
        full=tuple(line_view(line, eye) for line in lines if line not in well),
        well=tuple(sorted((line_view(line, eye) for line in well), key=lambda one: natural(one.place))),
        together=fault_lines(found.together, eye),
        unwatched=unwatched(found.unwatched_since, eye),
        count=len(found.lines),
        trouble=len(trouble),
    )


def line_view(line: NodeLine, eye: Eye) -> LineView:
    """A node in words."""
    said = line.diagnosis
    return LineView(
        id=line.node,
        name="" if all(hamlet in line.name for hamlet in line.hamlets) else line.name,
        place=" + ".join(line.hamlets) or line.name,
        state=tone_state(said, eye),
        sentence=say_sentence(said.sentence, eye.language),
        act=say_sentence(said.act, eye.language) if said.act else "",
        heard=heard(line.last_contact, eye),
        on_air=on_air(line.on_air, eye),
        faults=tuple(eye.say(FAULTS[each.fault.kind]) for each in line.faults),
    )


def tone_state(said: Diagnosis, eye: Eye) -> State:
    """How a diagnosis is shown: sign, word and colour."""
    return eye.state(*_TONES[said.tone])


def heard(when: datetime | None, eye: Eye) -> str:
    """When a node was last heard."""
    if when is None:
        return eye.say(N_("Nothing was ever heard of it."))
    return eye.say(N_("Last heard: {ago}"), ago=ago((eye.now - when).total_seconds(), eye.language))


def on_air(said: OnAirView | None, eye: Eye) -> str:
    """What a node sounds now, "" for nothing."""
    if said is None:
        return ""
    seconds = length(said.sounded, eye.language)
    return f"{said.title}: {seconds}" if said.title else eye.say(N_("On air: {length}"), length=seconds)


def unwatched(since: datetime | None, eye: Eye) -> str:
    """That nobody looks after the nodes, "" where somebody does."""
    if since is None:
        return ""
    said = moment(since, eye.zone, eye.language)
    return eye.say(
        N_("The office has not looked after the nodes since {when}: what stands here may be old."), when=said
    )


def fault_lines(views: Iterable[FaultView], eye: Eye) -> tuple[FaultLine, ...]:
    """Faults in words."""
    return tuple(_fault_line(view, eye) for view in views)


_LIFE_TONES = {Life.BUDDING: "none", Life.NEW: "bad", Life.ACKNOWLEDGED: "warn", Life.RESOLVED: "good"}
_LIFE_SIGNS = {Life.BUDDING: "ask", Life.NEW: "no", Life.ACKNOWLEDGED: "asked", Life.RESOLVED: "yes"}


def _fault_line(view: FaultView, eye: Eye) -> FaultLine:
    fault = view.fault
    return FaultLine(
        id=fault.id,
        what=eye.say(FAULTS[fault.kind]),
        place=view.place,
        life=eye.state(_LIFE_SIGNS[fault.life], LIVES[fault.life], _LIFE_TONES[fault.life]),
        span=_span(fault.opened_at, fault.resolved_at, eye),
        times=fault.times,
        by=_acknowledged(view, eye),
        note=view.note,
        mine=view.mine and fault.life is Life.NEW,
    )


def _acknowledged(view: FaultView, eye: Eye) -> str:
    if not view.acknowledged_by or view.acknowledged_at is None:
        return ""
    when = moment(view.acknowledged_at, eye.zone, eye.language)
    return eye.say(N_("{person} sees to it since {when}"), person=view.acknowledged_by, when=when)


def _span(begin: datetime, end: datetime | None, eye: Eye) -> str:
    since = moment(begin, eye.zone, eye.language)
    if end is None:
        return eye.say(N_("since {when}"), when=since)
    return eye.say(N_("{begin} to {end} ({length})"), begin=since, end=moment(end, eye.zone, eye.language),
                   length=lasted(end - begin, eye))  # fmt: skip


def lasted(span: timedelta, eye: Eye) -> str:
    """How long something lasted, in the roughest units that still say enough."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return length(max(0, int(span.total_seconds() * 1000)), eye.language)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return eye.say(N_("{days} days {hours} h"), days=days, hours=hours)
    return eye.say(N_("{hours} h {minutes} min"), hours=hours, minutes=minutes % 60)


def _is_well(line: NodeLine) -> bool:
    return line.diagnosis.tone is Tone.GOOD and not line.faults and line.on_air is None
