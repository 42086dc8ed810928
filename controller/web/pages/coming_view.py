"""What is to come, session by session, in its running order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.domain.recurrence import moment as moment_on
from controller.domain.values import NodeId, OccurrenceId, Session, from_ms
from controller.locale import N_
from controller.storage.results import OccurrenceResult
from controller.web.formats import clock, day_words, length, natural
from controller.web.pages.airings_view import hamlet_names, start, until
from controller.web.pages.eye import Eye

NAMED = 3
"""So many hamlets are named; of more the number is said."""
CLOSE = timedelta(minutes=5)
"""What starts so shortly after the one before, outside of any session, is shown with it."""
Ready = frozenset[tuple[OccurrenceId, NodeId]]


@dataclass(frozen=True)
class ItemView:
    """An airing to come: `lacking` says where its audio has not arrived everywhere."""

    id: str
    title: str
    starts: str
    starts_iso: str
    meta: tuple[str, ...]
    lacking: str


@dataclass(frozen=True)
class SessionView:
    """What follows one another: the session's name, from when to when, how long it sounds, and its running order."""

    name: str
    span: str
    sounds: str
    until: str
    items: tuple[ItemView, ...]


def coming_view(
    coming: Sequence[OccurrenceResult], sessions: Sequence[Session], ready: Ready, eye: Eye
) -> tuple[SessionView, ...]:
    """The airings to come, in order, by the sessions in which they start; others by what follows close behind."""
    groups: list[list[OccurrenceResult]] = []
    for one in coming:
        if groups and _together(groups[-1], one, sessions, eye):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(_session(group, sessions, ready, eye) for group in groups)


def session_at(moment: datetime, sessions: Iterable[Session], eye: Eye) -> Session | None:
    """The session in which something starts."""
    day = moment.astimezone(eye.zone).date()
    for held in sessions:
        begin = moment_on(day, held.starts_at, eye.zone)
        if begin is not None and begin <= moment < begin + timedelta(seconds=held.limit_s):
            return held
    return None


def arrived(one: OccurrenceResult, ready: Ready) -> int:
    """On how many of its nodes an airing is held."""
    return sum((one.id, each.owed.node) in ready for each in one.nodes)


def _together(group: Sequence[OccurrenceResult], one: OccurrenceResult, sessions: Sequence[Session], eye: Eye) -> bool:
    held = session_at(from_ms(one.starts_at), sessions, eye)
    if held != session_at(from_ms(group[0].starts_at), sessions, eye):
        return False
    return held is not None or from_ms(one.starts_at) - _ends(group) <= CLOSE


def _ends(group: Sequence[OccurrenceResult]) -> datetime:
    return max(from_ms(one.starts_at + one.due) for one in group)


def _session(group: Sequence[OccurrenceResult], sessions: Iterable[Session], ready: Ready, eye: Eye) -> SessionView:
    begin, end = from_ms(group[0].starts_at), _ends(group)
    held = session_at(begin, sessions, eye)
    day = begin.astimezone(eye.zone).date()
    other = "" if day == eye.now.astimezone(eye.zone).date() else day_words(day, eye.language)
    return SessionView(
        " · ".join(filter(None, (held.name if held else "", other))),
        f"{start(begin, eye)}–{clock(_minute(end), eye.zone)}",
        length(sum(one.due for one in group), eye.language),
        until(begin, eye),
        tuple(_item(one, ready, eye) for one in group),
    )


def _minute(end: datetime) -> datetime:
    """The full minute at or after the end."""
    return datetime.fromtimestamp(-(-end.timestamp() // 60) * 60, UTC)


def _item(one: OccurrenceResult, ready: Ready, eye: Eye) -> ItemView:
    moment, count = from_ms(one.starts_at), arrived(one, ready)
    lacking = "" if count == len(one.nodes) else eye.say(
        N_("the audio has reached {ready} of {all} nodes"), ready=count, all=len(one.nodes))  # fmt: skip
    meta = (one.programme, length(one.due, eye.language), _where(one, eye))
    return ItemView(str(one.id), one.title, start(moment, eye), moment.isoformat(), meta, lacking)


def _where(one: OccurrenceResult, eye: Eye) -> str:
    names = sorted({hamlet_names(each) for each in one.nodes}, key=natural)
    return ", ".join(names) if len(names) <= NAMED else eye.say(N_("{count} hamlets"), count=len(names))
