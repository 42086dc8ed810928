"""What the page of a hamlet's day shows, as values: each row with its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.domain.planning import SKIP_MS
from controller.domain.silences import PlacedSilence, Why
from controller.domain.tomorrow import Heard
from controller.domain.values import BroadcastId, from_ms
from controller.domain.week import AiringState, Seen
from controller.domain.words import in_words
from controller.locale import N_, sentence
from controller.operations.tomorrow import FROM_PLAN, Hush, NodeTomorrow, Tomorrow
from controller.web.airing_words import kind_word
from controller.web.formats import ago, clock, day_words, moment
from controller.web.pages.silences_view import WHYS
from controller.web.words import State
from playlists.models import Kind, Occurrence
from playlists.rules import Reason

_OTHERS = {
    AiringState.WAITING: N_("It waits for approval; without it nothing is played."),
    AiringState.SKIPPED: N_("It was decided to skip it this time."),
    AiringState.WITHDRAWN: N_("The broadcast was withdrawn."),
    AiringState.LAPSED: N_("Nobody approved it in time."),
}


@dataclass(frozen=True)
class Eye:
    """Who looks, when and where."""

    now: datetime
    zone: ZoneInfo
    language: str

    def say(self, message: str, **params: object) -> str:
        """A message in the reader's language."""
        return sentence(self.language, message, params)

    def clock(self, at: datetime) -> str:
        """The time of day, with seconds where there are any."""
        return clock(at, self.zone, seconds=at.astimezone(self.zone).second != 0)


@dataclass(frozen=True)
class RowView:
    """An airing with its reasons, at its moment in ms; `lacking` says that its audio is not there yet."""

    at: int
    address: str
    clock: str
    until: str
    title: str
    programme: str
    state: State
    reasons: tuple[str, ...]
    lacking: str


@dataclass(frozen=True)
class NodeView:
    """A node's day."""

    name: str
    contact: str
    state: State | None
    rows: tuple[RowView, ...]
    hushes: tuple[str, ...]


@dataclass(frozen=True)
class TomorrowView:
    """The whole page."""

    title: str
    day: str
    nodes: tuple[NodeView, ...]


def tomorrow_view(found: Tomorrow, eye: Eye) -> TomorrowView:
    """The page of a hamlet's day."""
    day = day_words(found.day, eye.language)
    return TomorrowView(
        title=eye.say(N_("What {hamlet} will hear"), hamlet=found.hamlet.name),
        day=day,
        nodes=tuple(_node(node, found, eye) for node in found.nodes),
    )


def _node(node: NodeTomorrow, found: Tomorrow, eye: Eye) -> NodeView:
    rows = [_heard(each, node, found, eye) for each in node.day.rows]
    rows += [_withdrawn(each, found, eye) for each in node.day.withdrawn]
    known = {row.address for row in rows}
    others = (_other(each, found, eye) for each in node.others)
    rows += [row for row in others if row.address not in known]
    rows.sort(key=lambda row: (row.at, row.address))
    hushes = tuple(_hush(each, eye) for each in node.hushes)
    return NodeView(node.day.node.name, _contact(node, eye), _holding(node, eye), tuple(rows), hushes)


def _contact(node: NodeTomorrow, eye: Eye) -> str:
    if node.heard_at is None:
        return eye.say(N_("Nothing was ever heard of it."))
    return eye.say(N_("Last heard: {ago}"), ago=ago((eye.now - node.heard_at).total_seconds(), eye.language))


def _holding(node: NodeTomorrow, eye: Eye) -> State | None:
    """Whether the node holds all of the day: its plan and its audio. None where there is nothing to hold."""
    lacking = sum(bool(each.lacking) for each in node.day.rows)
    if not node.day.rows:
        return None
    if not node.current:
        return State("warn", eye.say(N_("Does not hold the newest plan yet")), "warn")
    if lacking:
        return State("warn", eye.say(N_("Audio of {count} is lacking"), count=lacking), "warn")
    return State("yes", eye.say(N_("Holds the plan and all audio")), "good")


def _heard(heard: Heard, node: NodeTomorrow, found: Tomorrow, eye: Eye) -> RowView:
    row, known = heard.row, heard.row.occurrence
    sounds = row.end > row.start
    return RowView(
        at=row.start if sounds else known.starts_at,
        address=f"/airings/{known.id}",
        clock=eye.clock(from_ms(row.start if sounds else known.starts_at)),
        until=eye.clock(from_ms(row.end)) if sounds else "",
        title=_title(known, found),
        programme=_programme(known, found),
        state=_state(heard, eye),
        reasons=tuple(_reasons(heard, node, found, eye)),
        lacking=eye.say(N_("Its audio has not reached this node yet.")) if heard.lacking and sounds else "",
    )


def _state(heard: Heard, eye: Eye) -> State:
    row = heard.row
    if row.end == row.start:
        return State("quiet" if row.reason is Reason.QUIET else "no", eye.say(N_("Not played")), "bad")
    if row.reason in (Reason.CUT, Reason.QUIET):
        return State("part", eye.say(N_("Cut off")), "part")
    if row.reason is Reason.RESUMED:
        return State("part", eye.say(N_("Goes on")), "part")
    if row.reason is Reason.HELD_BACK:
        return State("part", eye.say(N_("Later than planned")), "part")
    return State("yes", eye.say(N_("On time")), "wait")


def _reasons(heard: Heard, node: NodeTomorrow, found: Tomorrow, eye: Eye) -> Iterator[str]:
    row, known = heard.row, heard.row.occurrence
    other = _other_title(row.by, found)
    match row.reason:
        case Reason.ON_TIME:
            yield from _as_decided(known, found, eye)
        case Reason.HELD_BACK:
            planned = eye.clock(from_ms(known.starts_at))
            yield eye.say(N_("Planned for {clock}; it waits until “{other}” ends."), clock=planned, other=other)
        case Reason.CUT:
            yield eye.say(N_("“{other}” goes before it at {clock}."), other=other, clock=eye.clock(from_ms(row.end)))
        case Reason.RESUMED:
            yield eye.say(N_("It goes on where it was cut, as “{other}” has ended."), other=other)
        case Reason.PRE_EMPTED:
            yield eye.say(N_("“{other}” sounds then and goes before it."), other=other)
            yield _late(known, eye)
        case Reason.QUIET:
            at = from_ms(row.end if row.end > row.start else row.start)
            yield from (_in_short(each, eye) for each in node.hushes if each.holds(at, known.kind))


def _as_decided(known: Occurrence, found: Tomorrow, eye: Eye) -> Iterator[str]:
    """Which decision brings it: its recurrence in words."""
    broadcast = found.broadcasts.get(BroadcastId(known.broadcast))
    if known.source != FROM_PLAN:
        yield eye.say(N_("It is played at once."))
        return
    dated = [each for each in (broadcast.versions if broadcast else ()) if each.number <= known.version]
    content = next((each.content for each in reversed(dated) if each.content.recurrence is not None), None)
    if content is not None and content.recurrence is not None:
        session = found.sessions.get(content.session.session, "") if content.session else ""
        yield in_words(content.recurrence, lambda message, params: eye.say(message, **params), session)


def _late(known: Occurrence, eye: Eye) -> str:
    """What its late rule says when the start was missed."""
    if known.start_by - known.starts_at <= SKIP_MS:
        return eye.say(N_("What misses its start is skipped."))
    return eye.say(N_("It can wait until {clock} only."), clock=eye.clock(from_ms(known.start_by)))


def _in_short(hush: Hush, eye: Eye) -> str:
    """Who made it quiet and why: from when to when stands above the rows."""
    if hush.silence is None:
        return eye.say(N_("Muted by {person}."), person=hush.by)
    return eye.say(N_("Quiet: {why} (set by {person})."), why=_why(hush.silence, eye), person=hush.by)


def _hush(hush: Hush, eye: Eye) -> str:
    if hush.silence is None:
        message = N_("{person} has muted the loudspeakers until {clock}.")
        return eye.say(message, person=hush.by, clock=moment(hush.until, eye.zone, eye.language))
    same_day = hush.begin.astimezone(eye.zone).date() == hush.until.astimezone(eye.zone).date()
    params = {
        "person": hush.by,
        "why": _why(hush.silence, eye),
        "what": _what(hush.silence.kinds, eye),
        "begin": clock(hush.begin, eye.zone) if same_day else moment(hush.begin, eye.zone, eye.language),
        "end": moment(hush.until, eye.zone, eye.language),
    }
    return eye.say(N_("{person} keeps it quiet ({what}; {why}) from {begin} to {end}."), **params)


def _why(silence: PlacedSilence, eye: Eye) -> str:
    word = "" if silence.why is Why.OTHER else eye.say(WHYS[silence.why])
    return ": ".join(filter(None, (word, silence.note)))


def _what(kinds: Iterable[Kind], eye: Eye) -> str:
    return ", ".join(kind_word(kind, eye.language) for kind in kinds) or eye.say(N_("all routine"))


def _withdrawn(known: Occurrence, found: Tomorrow, eye: Eye) -> RowView:
    return RowView(
        at=known.starts_at,
        address=f"/airings/{known.id}",
        clock=eye.clock(from_ms(known.starts_at)),
        until="",
        title=_title(known, found),
        programme=_programme(known, found),
        state=State("off", eye.say(N_("Not played")), "none"),
        reasons=(eye.say(N_("It was stopped or taken back for this place.")),),
        lacking="",
    )


def _other(one: Seen, found: Tomorrow, eye: Eye) -> RowView:
    assert one.airing is not None
    word = N_("Waits for approval") if one.state is AiringState.WAITING else N_("Not played")
    programme = found.broadcasts[one.airing.broadcast].programme.name
    return RowView(
        at=one.airing.starts_at,
        address=f"/airings/{one.occurrence}",
        clock=eye.clock(from_ms(one.airing.starts_at)),
        until="",
        title=one.airing.title,
        programme=programme,
        state=State("asked" if one.state is AiringState.WAITING else "off", eye.say(word), "none"),
        reasons=(eye.say(_OTHERS[one.state]),),
        lacking="",
    )


def _title(known: Occurrence, found: Tomorrow) -> str:
    broadcast = found.broadcasts.get(BroadcastId(known.broadcast))
    versions = broadcast.versions if broadcast else ()
    return next((each.content.title for each in versions if each.number == known.version), known.broadcast)


def _programme(known: Occurrence, found: Tomorrow) -> str:
    broadcast = found.broadcasts.get(BroadcastId(known.broadcast))
    return broadcast.programme.name if broadcast else ""


def _other_title(occurrence: str | None, found: Tomorrow) -> str:
    rows = (each.row.occurrence for node in found.nodes for each in node.day.rows)
    known = next((each for each in rows if each.id == occurrence), None)
    return _title(known, found) if known else "?"
