"""The nodes as *Hôm nay* shows them: in words, those in trouble in full, those that are well by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.domain.risk import in_contact
from controller.locale import N_
from controller.web.formats import ago, length, natural, number
from controller.web.pages.eye import Eye
from controller.web.words import State
from playlists.reports import Heartbeat, Trust

FEW = 6
"""Up to so many are all shown in full."""


@dataclass(frozen=True)
class NodeCondition:
    """What was last heard of a node. `heartbeat_ms` is how often it should speak."""

    id: str
    name: str
    heartbeat_ms: int
    online: bool
    heard_at: datetime | None
    status: Heartbeat | None


@dataclass(frozen=True)
class NodeView:
    """A node in words."""

    id: str
    name: str
    state: State
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodesView:
    """Those shown in full, and the names of the others, which are in contact and at rest."""

    full: tuple[NodeView, ...]
    well: tuple[str, ...]


def nodes_view(nodes: Sequence[NodeCondition], titles: Mapping[str, str], eye: Eye) -> NodesView:
    """All nodes; `titles` of the day's airings, by occurrence."""
    ordered = sorted(nodes, key=lambda node: natural(node.name))
    well = [node for node in ordered if len(nodes) > FEW and _is_well(node, eye)]
    full = (node_view(node, titles, eye) for node in ordered if node not in well)
    return NodesView(tuple(full), tuple(node.name for node in well))


def node_view(node: NodeCondition, titles: Mapping[str, str], eye: Eye) -> NodeView:
    """A node in words. Nothing here is green: that a node answers does not mean that anybody hears it."""
    if node.heard_at is None or node.status is None:
        return NodeView(
            node.id, node.name, eye.state("ask", N_("Not known")), (eye.say(N_("Nothing was ever heard of it.")),)
        )
    heard = eye.say(N_("Last heard: {ago}"), ago=ago((eye.now - node.heard_at).total_seconds(), eye.language))
    if not node.online:
        return NodeView(node.id, node.name, eye.state("lost", N_("No contact"), "lost"), (heard,))
    if not in_contact(True, node.heard_at, node.heartbeat_ms, eye.now):
        return NodeView(node.id, node.name, eye.state("ask", N_("Not known")), (heard,))
    return NodeView(node.id, node.name, _condition(node.status, eye), (heard, *_details(node.status, titles, eye)))


def _is_well(node: NodeCondition, eye: Eye) -> bool:
    known = node.status is not None and in_contact(node.online, node.heard_at, node.heartbeat_ms, eye.now)
    return known and node.status is not None and _trouble(node.status) is None and node.status.on_air is None


def _trouble(status: Heartbeat) -> tuple[str, str, str] | None:
    if status.sound_ok is False:
        return "no", N_("Sound fails"), "bad"
    if not status.store_ok:
        return "no", N_("Its disk fails"), "bad"
    if status.on_air is not None:
        return None
    if status.clock.trust is Trust.UNTRUSTED:
        return "warn", N_("Clock not sure"), "warn"
    return ("warn", N_("Audio is lacking"), "warn") if status.missing else None


def _condition(status: Heartbeat, eye: Eye) -> State:
    trouble = _trouble(status)
    if trouble is not None:
        return eye.state(*trouble)
    if status.on_air is not None:
        return eye.state("live", N_("On air"), "wait")
    return eye.state("wait", N_("In contact, at rest"), "wait")


def _details(status: Heartbeat, titles: Mapping[str, str], eye: Eye) -> Iterable[str]:
    if status.on_air is not None:
        title = titles.get(status.on_air.occurrence)
        seconds = length(status.on_air.sounded, eye.language)
        yield f"{title}: {seconds}" if title else seconds
    if status.sound_error:
        yield status.sound_error[:120]
    if status.missing:
        yield eye.say(N_("Audio: {ready} ready, {missing} lacking"), ready=status.ready, missing=len(status.missing))
    else:
        yield eye.say(N_("Audio: {ready} ready, none lacking"), ready=status.ready)
    if status.relay is not None:
        yield eye.say(N_("Amplifier: switched on")) if status.relay else eye.say(N_("Amplifier: switched off"))
    yield _clock_line(status, eye)
    if status.outbox:
        yield eye.say(N_("{count} reports wait to be told"), count=status.outbox)


def _clock_line(status: Heartbeat, eye: Eye) -> str:
    if status.clock.trust is Trust.UNTRUSTED:
        return eye.say(N_("Clock: not sure of the time"))
    return eye.say(N_("Clock: right to {seconds} s"), seconds=number(status.clock.bound / 1000, 2, eye.language))
