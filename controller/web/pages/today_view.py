"""The page *Hôm nay* as values: one sentence on top, then what its reader has to do, what comes, what was played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from controller.domain.values import from_ms
from controller.domain.verdicts import Kind, Verdict
from controller.locale import N_
from controller.operations.day import Day
from controller.storage.results import OccurrenceResult
from controller.web.pages.airings_view import (
    GOOD,
    AiringView,
    HamletView,
    airing_view,
    by_hamlet,
    is_running,
    played_whole,
    start,
    strip,
)
from controller.web.pages.chores_view import RiskView, WaitsView, risk_views, waits_view
from controller.web.pages.coming_view import SessionView, coming_view, session_at
from controller.web.pages.eye import Eye
from controller.web.pages.nodes_view import NodeCondition, NodesView, nodes_view

RISKS_FIRST, WAITS_FIRST = ("risks", "waits"), ("waits", "risks")
_NOON = time(11)


@dataclass(frozen=True)
class TodayView:
    """The whole page; `first` are the two parts that ask something of the reader, in the order of their role."""

    lead: str
    next: str
    strip: tuple[HamletView, ...]
    first: tuple[str, ...]
    risks: tuple[RiskView, ...]
    waits: WaitsView
    on_air: tuple[AiringView, ...]
    coming: tuple[SessionView, ...]
    past: tuple[AiringView, ...]
    nodes: NodesView


def today_view(day: Day, nodes: Sequence[NodeCondition], first: tuple[str, ...], eye: Eye) -> TodayView:
    """The page from the day, and what was heard of the nodes."""
    due = [one for one in day.results if from_ms(one.starts_at) <= eye.now]
    running = [one for one in due if is_running(one, eye.now)]
    past = [one for one in reversed(due) if one not in running]
    coming = [one for one in (*day.results, *day.later) if from_ms(one.starts_at) > eye.now]
    hamlets = by_hamlet(past)
    titles = {str(one.id): one.title for one in day.results}
    return TodayView(
        lead=" ".join(filter(None, (_past(past, hamlets, eye), _running(running, eye)))) or _nothing(coming, day, eye),
        next=_next(coming, day, eye),
        strip=strip(hamlets, eye),
        first=first,
        risks=risk_views(day, eye),
        waits=waits_view(day, eye),
        on_air=tuple(airing_view(one, eye, on_air=True) for one in running),
        coming=coming_view(coming, day.sessions, day.ready, eye),
        past=tuple(airing_view(one, eye) for one in past),
        nodes=nodes_view(nodes, titles, eye),
    )


def _past(past: Sequence[OccurrenceResult], hamlets: Mapping[str, Sequence[Verdict]], eye: Eye) -> str:
    """`Sáng nay 10/12 thôn đã phát đủ.`"""
    if not hamlets:
        return ""
    whole, every = played_whole(hamlets), len(hamlets)
    early = all(from_ms(one.starts_at).astimezone(eye.zone).time() < _NOON for one in past)
    when = eye.say(N_("This morning")) if early else eye.say(N_("Today up to now"))
    if every == 1:
        name, verdicts = next(iter(hamlets.items()))
        return eye.say(_of_one(verdicts), when=when, name=name)
    if whole == every:
        return eye.say(N_("{when}, all {all} hamlets played in full."), when=when, all=every)
    return eye.say(N_("{when}, {whole} of {all} hamlets played in full."), when=when, whole=whole, all=every)


def _of_one(verdicts: Sequence[Verdict]) -> str:
    kinds = {verdict.kind for verdict in verdicts}
    if kinds <= {*GOOD}:
        return N_("{when}, {name} played in full.")
    if kinds <= {*GOOD, Kind.UNREPORTED}:
        return N_("{when}, it is not known whether {name} played in full.")
    return N_("{when}, {name} did not play in full.")


def _running(running: Sequence[OccurrenceResult], eye: Eye) -> str:
    return eye.say(N_("On air: {title}."), title=running[0].title) if running else ""


def _nothing(coming: Sequence[OccurrenceResult], day: Day, eye: Eye) -> str:
    if any(one not in day.later for one in coming):
        return eye.say(N_("Nothing has been due yet today."))
    return eye.say(N_("Nothing is due today."))


def _next(coming: Sequence[OccurrenceResult], day: Day, eye: Eye) -> str:
    """`Buổi chiều 17:00: nội dung đã về 11/12 cụm loa.`"""
    if not coming or coming[0] in day.later:
        return ""
    moment = from_ms(coming[0].starts_at)
    held = session_at(moment, day.sessions, eye)
    first = [one for one in coming if held is None or session_at(from_ms(one.starts_at), day.sessions, eye) == held]
    first = first if held else first[:1]
    nodes = {each.owed.node for one in first for each in one.nodes}
    lacking = {each.owed.node for one in first for each in one.nodes if (one.id, each.owed.node) not in day.ready}
    name = held.name if held else eye.say(N_("Next"))
    params = {"name": name, "clock": start(moment, eye), "all": len(nodes), "ready": len(nodes - lacking)}
    if not lacking:
        return eye.say(N_("{name} {clock}: the audio has reached all {all} nodes."), **params)
    return eye.say(N_("{name} {clock}: the audio has reached {ready} of {all} nodes."), **params)
