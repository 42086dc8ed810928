"""One node in words: the row of checks, what it told of itself, what it holds, what was asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.domain.habits import Outage
from controller.locale import N_
from controller.operations.asking import Action, RequestView, Stage
from controller.operations.field import HeldView, NodePage
from controller.web.field_words import ACTIONS, STAGES, WHYS, say_habit, say_sentence
from controller.web.formats import length, moment, number
from controller.web.pages.eye import Eye
from controller.web.pages.loudspeakers_view import (
    FaultLine,
    LineView,
    fault_lines,
    lasted,
    line_view,
    unwatched,
)
from controller.web.pages.vitals_view import Row, level_words, vitals_rows
from controller.web.words import State
from playlists.reports import Heartbeat, Trust

_SHOWN_OUTAGES = 10
_FIRST_FAULTS = 10


@dataclass(frozen=True)
class AskView:
    """Something that can be asked: what it does, and how it sounds."""

    action: str
    name: str
    what: str


@dataclass(frozen=True)
class RequestLine:
    """What was asked, where it stands, what came of it; `file`: where to fetch what was brought."""

    name: str
    state: State
    said: str
    detail: str
    file: str


@dataclass(frozen=True)
class OneView:
    """The page of a node."""

    line: LineView
    checks: tuple[State, ...]
    evidence: tuple[str, ...]
    also: tuple[str, ...]
    told: str
    rows: tuple[Row, ...]
    documents: tuple[tuple[str, State], ...]
    audio: str
    lacking: tuple[tuple[str, str], ...]
    faults: tuple[FaultLine, ...]
    habits: tuple[str, ...]
    outages: tuple[str, ...]
    asks: tuple[AskView, ...]
    requests: tuple[RequestLine, ...]
    unwatched: str


def one_view(found: NodePage, eye: Eye) -> OneView:
    """All of it."""
    said, status = found.line.diagnosis, found.status
    return OneView(
        line=line_view(found.line, eye),
        checks=tuple(_checks(found, eye)),
        evidence=tuple(say_sentence(each, eye.language) for each in said.evidence),
        also=tuple(say_sentence(each.sentence, eye.language) for each in found.also),
        told=_told(found, eye),
        rows=tuple(vitals_rows(status, found.line.online, eye)) if status else (),
        documents=tuple(_document(each, eye) for each in found.held),
        audio=_audio(status, eye),
        lacking=tuple((each.title or each.sha256[:12], each.cause) for each in found.lacking),
        faults=fault_lines(found.faults[:_FIRST_FAULTS], eye),
        habits=tuple(_habits(found, eye)),
        outages=tuple(_outage(each, eye) for each in sorted(found.outages, key=_newest)[:_SHOWN_OUTAGES]),
        asks=tuple(AskView(a.value, eye.say(ACTIONS[a]), eye.say(_DOES[a])) for a in Action) if found.may_ask else (),
        requests=tuple(_request(each, eye) for each in found.requests[:8]),
        unwatched=unwatched(found.unwatched_since, eye),
    )


_DOES = {
    Action.TEST_TONE: N_("A tone of 3 s that everybody hears; not in a silence."),
    Action.SELF_TEST: N_("One faint second through relay and amplifier; its level is read. Hardly anybody hears it."),
    Action.UPLOAD_LOG: N_("The node sends its last log lines; some 100 kB of its data."),
    Action.RESTART: N_("The node's program starts anew, in some seconds; not while something sounds."),
}


def _checks(found: NodePage, eye: Eye) -> Iterator[State]:
    """The chain from the office to the ear; what lies behind a broken link is not known, never bad."""
    reached, status = found.line.online, found.status
    yield _link(found, eye)
    if status is None or not reached:
        for word in (N_("Plan"), N_("Audio"), N_("Clock"), N_("Sound device"), N_("Relay")):
            yield eye.state("ask", word, "none")
    else:
        plans = [each.newest for each in found.held if each.kind == "plan"]
        yield _check(N_("Plan"), bool(plans) and all(each is not False for each in plans), eye)
        yield _check(N_("Audio"), not status.missing, eye)
        yield _check(N_("Clock"), status.clock.trust is not Trust.UNTRUSTED, eye)
        yield _check(N_("Sound device"), status.sound_ok, eye)
        yield _check(N_("Relay"), None if status.read_back is None else status.amplifier_fault is None, eye)
    yield eye.state("ask", N_("Heard on the spot"), "none")


def _link(found: NodePage, eye: Eye) -> State:
    if found.line.online:
        return eye.state("yes", N_("Contact"), "good")
    return eye.state("no" if found.line.last_contact else "ask", N_("Contact"), "bad")


def _check(word: str, well: bool | None, eye: Eye) -> State:
    if well is None:
        return eye.state("ask", word, "none")
    return eye.state("yes", word, "good") if well else eye.state("no", word, "bad")


def _told(found: NodePage, eye: Eye) -> str:
    every = length(found.heartbeat_ms, eye.language)
    silent = lasted(found.silent_after, eye)
    if found.told_at is None:
        return eye.say(N_("It speaks every {every}; without a word for {silent} it counts as silent."), every=every,
                       silent=silent)  # fmt: skip
    return eye.say(
        N_("As it told at {when}. It speaks every {every}; without a word for {silent} it counts as silent."),
        when=moment(found.told_at, eye.zone, eye.language), every=every, silent=silent,
    )  # fmt: skip


_KINDS = {"plan": N_("Plan"), "sheet": N_("Alert sheet"), "keys": N_("Keys")}


def _document(each: HeldView, eye: Eye) -> tuple[str, State]:
    name = eye.say(_KINDS.get(each.kind, N_("Document")))
    said = f"{name} · {each.issuer} · {moment(each.sequence, eye.zone, eye.language)}"
    if each.newest is None:
        return said, eye.state("ask", N_("Not known"))
    return said, eye.state("yes", N_("The newest"), "good") if each.newest else eye.state("warn", N_("Older"), "warn")


def _audio(status: Heartbeat | None, eye: Eye) -> str:
    if status is None:
        return ""
    if not status.missing:
        return eye.say(N_("Audio: {ready} ready, none lacking"), ready=status.ready)
    return eye.say(N_("Audio: {ready} ready, {missing} lacking"), ready=status.ready, missing=len(status.missing))


def _habits(found: NodePage, eye: Eye) -> Iterator[str]:
    yield from (say_habit(each, eye.language) for each in found.habits.outages)
    if found.habits.restarts_a_day >= 0.5:
        yield eye.say(N_("{count} restarts a day"), count=number(found.habits.restarts_a_day, 1, eye.language))


def _outage(each: Outage, eye: Eye) -> str:
    begin = moment(each.begin, eye.zone, eye.language)
    if each.end is None:
        return eye.say(N_("since {when}"), when=begin)
    return f"{begin}: {lasted(each.end - each.begin, eye)}, {eye.say(WHYS[each.why])}"


def _newest(each: Outage) -> float:
    return -each.begin.timestamp()


_TONES = {
    Stage.ASKED: ("asked", "wait"), Stage.SENT: ("asked", "wait"), Stage.TAKEN: ("wait", "wait"),
    Stage.DONE: ("yes", "good"), Stage.FAILED: ("no", "bad"), Stage.BUSY: ("warn", "warn"),
    Stage.EXPIRED: ("no", "none"), Stage.UNSUPPORTED: ("no", "none"), Stage.UNKNOWN: ("ask", "none"),
}  # fmt: skip


def _request(each: RequestView, eye: Eye) -> RequestLine:
    name = ACTIONS.get(Action(each.action)) if each.action in set(Action) else None
    sign, tone = _TONES[each.stage]
    level = "" if each.level is None else level_words(each.level, eye)
    return RequestLine(
        name=eye.say(name) if name else each.action,
        state=eye.state(sign, STAGES[each.stage], tone),
        said=f"{moment(each.asked_at, eye.zone, eye.language)} · {each.by}",
        detail=" · ".join(part for part in (level, each.detail) if part),
        file=f"/api/v1/requests/{each.id}/file" if each.file else "",
    )
