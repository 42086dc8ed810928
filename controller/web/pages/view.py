"""What the page *Hôm nay* shows, as values: made from the ledger and the nodes' conditions, pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controller.domain.sheets import SILENT_AFTER
from controller.domain.values import from_ms
from controller.domain.verdicts import Kind, Verdict, of_hamlet
from controller.locale import N_, sentence
from controller.storage.results import NodeResult, OccurrenceResult
from controller.web.formats import ago, ahead, clock, length, natural, number
from controller.web.words import State, cause_word, proof_lines, verdict_state
from playlists.reports import Heartbeat, Trust

Listen = Callable[[str, str], tuple[str, ...]]
"""(node, occurrence) → the addresses of its recordings, oldest first; none where nothing was recorded."""


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
class RowView:
    """One node of an airing."""

    name: str
    state: State
    proof: tuple[str, ...]
    listen: tuple[str, ...]
    listen_label: str


@dataclass(frozen=True)
class AiringView:
    """One airing with its rows."""

    id: str
    title: str
    starts: str
    starts_iso: str
    meta: tuple[str, ...]
    on_air: bool
    rows: tuple[RowView, ...]


@dataclass(frozen=True)
class NodeView:
    """A node in words."""

    name: str
    state: State
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class TodayView:
    """The whole page."""

    known_at: str
    lead: str
    next: str
    strip: tuple[NodeView, ...]
    on_air: tuple[AiringView, ...]
    coming: tuple[AiringView, ...]
    past: tuple[AiringView, ...]
    nodes: tuple[NodeView, ...]


@dataclass(frozen=True)
class Eye:
    """Who looks, when, where, and what can be listened to."""

    now: datetime
    zone: ZoneInfo
    language: str
    listen: Listen

    def say(self, message: str, **params: object) -> str:
        """A message in the reader's language."""
        return sentence(self.language, message, params)


def today_view(results: Sequence[OccurrenceResult], nodes: Iterable[NodeCondition], eye: Eye) -> TodayView:
    """The page from what was owed today, and what was heard of the nodes."""
    due = [one for one in results if from_ms(one.starts_at) <= eye.now]
    running = [one for one in due if _is_running(one, eye.now)]
    past = [one for one in reversed(due) if one not in running]
    coming = [one for one in results if from_ms(one.starts_at) > eye.now]
    titles = {str(one.id): one.title for one in results}
    return TodayView(
        known_at=clock(eye.now, eye.zone, seconds=True),
        lead=_lead(past, running, coming, eye),
        next=_next(running, coming, eye),
        strip=_strip(past, eye),
        on_air=tuple(_airing(one, eye, on_air=True) for one in running),
        coming=tuple(_airing(one, eye) for one in coming),
        past=tuple(_airing(one, eye) for one in past),
        nodes=tuple(node_view(node, titles, eye) for node in nodes),
    )  # fmt: skip


def node_view(node: NodeCondition, titles: Mapping[str, str], eye: Eye) -> NodeView:
    """A node in words. Nothing here is green: that a node answers does not mean that anybody hears it."""
    if node.heard_at is None or node.status is None:
        return NodeView(node.name, _state(eye, "ask", N_("Not known")), (eye.say(N_("Nothing was ever heard of it.")),))
    silent = (eye.now - node.heard_at) / timedelta(milliseconds=node.heartbeat_ms)
    heard = eye.say(N_("Last heard: {ago}"), ago=ago((eye.now - node.heard_at).total_seconds(), eye.language))
    if not node.online:
        return NodeView(node.name, _state(eye, "off", N_("No contact")), (heard,))
    if silent > SILENT_AFTER:
        return NodeView(node.name, _state(eye, "ask", N_("Not known")), (heard,))
    return NodeView(node.name, _condition(node.status, eye), (heard, *_details(node.status, titles, eye)))


def _condition(status: Heartbeat, eye: Eye) -> State:
    if status.sound_ok is False:
        return _state(eye, "no", N_("Sound fails"), "bad")
    if not status.store_ok:
        return _state(eye, "no", N_("Its disk fails"), "bad")
    if status.on_air is not None:
        return _state(eye, "live", N_("On air"), "wait")
    if status.clock.trust is Trust.UNTRUSTED:
        return _state(eye, "part", N_("Clock not sure"), "part")
    if status.missing:
        return _state(eye, "part", N_("Audio is lacking"), "part")
    return _state(eye, "wait", N_("In contact, at rest"), "wait")


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


def _airing(one: OccurrenceResult, eye: Eye, on_air: bool = False) -> AiringView:
    moment = from_ms(one.starts_at)
    until = (moment - eye.now).total_seconds()
    coming = [ahead(until, eye.language)] if until > 0 else []
    upcoming = until > 0 and all(each.verdict.kind is Kind.PENDING for each in one.nodes)
    where = [", ".join(dict.fromkeys(_hamlets(each) for each in one.nodes))] if upcoming else []
    return AiringView(
        str(one.id), one.title, clock(moment, eye.zone, seconds=moment.second != 0), moment.isoformat(),
        (*coming, one.programme, length(one.due, eye.language), *where), on_air,
        () if upcoming else tuple(_row(each, one, eye) for each in one.nodes),
    )  # fmt: skip


def _row(each: NodeResult, one: OccurrenceResult, eye: Eye) -> RowView:
    several = sum(_hamlets(other) == _hamlets(each) for other in one.nodes) > 1
    name = f"{_hamlets(each)} ({each.owed.node_name})" if several else _hamlets(each)
    error = next((proof.start_error_us for proof in each.proofs if proof.start_error_us is not None), None)
    listen = eye.listen(each.owed.node, str(one.id))
    label = eye.say(N_("Listen to what {name} sounded"), name=name) if listen else ""
    state = verdict_state(each.verdict.kind, eye.language, each.begun)
    return RowView(name, state, tuple(proof_lines(each.verdict, error, eye.language)), listen, label)


def _hamlets(each: NodeResult) -> str:
    return " + ".join(hamlet.name for hamlet in each.owed.hamlets) or each.owed.node_name


def _is_running(one: OccurrenceResult, now: datetime) -> bool:
    ends = from_ms(one.starts_at + one.due + 1000)
    waiting = any(each.verdict.kind is Kind.PENDING for each in one.nodes)
    return waiting and (now < ends or any(each.begun for each in one.nodes))


def _by_hamlet(past: Iterable[OccurrenceResult]) -> dict[str, list[Verdict]]:
    """Hamlet name → its verdict on each airing."""
    found: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in past:
        parts: defaultdict[str, list[Verdict]] = defaultdict(list)
        for each in one.nodes:
            for hamlet in each.owed.hamlets:
                parts[hamlet.name].append(each.verdict)
        for name, verdicts in parts.items():
            verdict = of_hamlet(verdicts)
            if verdict is not None and verdict.kind is not Kind.WITHDRAWN:
                found[name].append(verdict)
    return {name: found[name] for name in sorted(found, key=natural)}


_GOOD = (Kind.PLAYED, Kind.HEARD)


def _lead(
    past: Sequence[OccurrenceResult], running: Sequence[OccurrenceResult], coming: Sequence[OccurrenceResult], eye: Eye
) -> str:
    hamlets = _by_hamlet(past)
    if hamlets:
        whole = sum(all(verdict.kind in _GOOD for verdict in verdicts) for verdicts in hamlets.values())
        message = N_("{whole} of {all} hamlets played in full what was due today ({count}).")
        return eye.say(message, whole=whole, all=len(hamlets), count=len(past))
    if running or coming:
        return eye.say(N_("Nothing has been due yet today."))
    return eye.say(N_("Nothing is due today."))


def _next(running: Sequence[OccurrenceResult], coming: Sequence[OccurrenceResult], eye: Eye) -> str:
    said = [eye.say(N_("On air: {title}."), title=one.title) for one in running[:1]]
    for one in coming[:1]:
        moment = from_ms(one.starts_at)
        at = clock(moment, eye.zone, seconds=moment.second != 0)
        said.append(eye.say(N_("Next at {clock}: {title}."), clock=at, title=one.title))
    return " ".join(said)


def _strip(past: Sequence[OccurrenceResult], eye: Eye) -> tuple[NodeView, ...]:
    return tuple(NodeView(name, _day_state(verdicts, eye)) for name, verdicts in _by_hamlet(past).items())


def _day_state(verdicts: Sequence[Verdict], eye: Eye) -> State:
    """A hamlet's day by its worst airing; one cause more is said where nothing was played."""
    worst = next((kind for kind in _WORST if any(verdict.kind is kind for verdict in verdicts)), Kind.PENDING)
    if worst in _GOOD:
        return _state(eye, "yes", N_("Played in full"), "good")
    state = verdict_state(worst, eye.language)
    causes = [verdict.cause for verdict in verdicts if verdict.kind is worst and verdict.cause]
    return State(state.sign, f"{state.word}: {cause_word(causes[0], eye.language)}", state.tone) if causes else state


_WORST = (
    Kind.MISSED, Kind.SILENT, Kind.PARTLY, Kind.PRE_EMPTED, Kind.UNREPORTED, Kind.PENDING, Kind.PLAYED, Kind.HEARD,
)  # fmt: skip


def _state(eye: Eye, sign: str, word: str, tone: str = "none") -> State:
    return State(sign, eye.say(word), tone)
