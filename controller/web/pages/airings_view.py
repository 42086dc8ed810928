"""Airings as *Hôm nay* shows them: trouble in full with its proof, what went well by the names of its hamlets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.domain.habits import Outage
from controller.domain.values import NodeId, from_ms
from controller.domain.verdicts import Kind, Verdict, of_hamlet
from controller.locale import N_
from controller.storage.results import NodeResult, OccurrenceResult
from controller.web.field_words import WHYS
from controller.web.formats import ahead, clock, length, moment, natural
from controller.web.pages.eye import Eye
from controller.web.words import State, cause_word, proof_lines, verdict_state

FEW = 6
"""Up to so many nodes or hamlets are all shown in full."""
GOOD = (Kind.PLAYED, Kind.HEARD)
_WORST = (
    Kind.MISSED, Kind.SILENT, Kind.PARTLY, Kind.PRE_EMPTED, Kind.UNREPORTED, Kind.PENDING, Kind.PLAYED, Kind.HEARD,
)  # fmt: skip


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
    """One airing: `sum` of the hamlets where it is over, rows in full, and the hamlets where it was `well` played."""

    id: str
    title: str
    starts: str
    starts_iso: str
    meta: tuple[str, ...]
    on_air: bool
    sum: State | None
    rows: tuple[RowView, ...]
    well: tuple[str, ...]


@dataclass(frozen=True)
class HamletView:
    """A hamlet's day."""

    name: str
    state: State


def airing_view(one: OccurrenceResult, eye: Eye, on_air: bool = False) -> AiringView:
    """An airing that has begun."""
    moment = from_ms(one.starts_at)
    full, well = _parted(one.nodes, on_air)
    return AiringView(
        str(one.id), one.title, start(moment, eye), moment.isoformat(),
        (one.programme, length(one.due, eye.language)), on_air, None if on_air else sum_of(one, eye),
        tuple(node_rows(full, one, eye)), tuple(sorted(map(hamlet_names, well), key=natural)),
    )  # fmt: skip


def start(moment: datetime, eye: Eye) -> str:
    """When something starts, with seconds only where there are some."""
    return clock(moment, eye.zone, seconds=moment.astimezone(eye.zone).second != 0)


def until(moment: datetime, eye: Eye) -> str:
    """How long until something starts."""
    return ahead((moment - eye.now).total_seconds(), eye.language)


def is_running(one: OccurrenceResult, now: datetime) -> bool:
    """Whether an airing that has begun may still sound."""
    ends = from_ms(one.starts_at + one.due + 1000)
    waiting = any(each.verdict.kind is Kind.PENDING for each in one.nodes)
    return waiting and (now < ends or any(each.begun for each in one.nodes))


def by_hamlet(past: Iterable[OccurrenceResult]) -> dict[str, list[Verdict]]:
    """Hamlet name → its verdict on each airing that was not withdrawn, in the order of people."""
    found: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in past:
        for name, verdict in _hamlets(one).items():
            found[name].append(verdict)
    return {name: found[name] for name in sorted(found, key=natural)}


def played_whole(hamlets: Mapping[str, Sequence[Verdict]]) -> int:
    """How many hamlets played in full all that was due."""
    return sum(all(verdict.kind in GOOD for verdict in verdicts) for verdicts in hamlets.values())


def strip(hamlets: Mapping[str, Sequence[Verdict]], eye: Eye) -> tuple[HamletView, ...]:
    """Each hamlet's day by its worst airing; where there are many, those that are well are one."""
    each = [HamletView(name, _day_state(verdicts, eye)) for name, verdicts in hamlets.items()]
    if len(each) <= 2 * FEW:
        return tuple(each)
    ill = [one for one in each if one.state.tone != "good"]
    well = len(each) - len(ill)
    if not well:
        return tuple(ill)
    name = eye.say(N_("{count} hamlets"), count=well)
    return (*ill, HamletView(name, eye.state("yes", N_("Played in full"), "good")))


def hamlet_names(each: NodeResult) -> str:
    """The hamlets that hear a node."""
    return " + ".join(hamlet.name for hamlet in each.owed.hamlets) or each.owed.node_name


def _hamlets(one: OccurrenceResult) -> Mapping[str, Verdict]:
    parts: defaultdict[str, list[Verdict]] = defaultdict(list)
    for each in one.nodes:
        for hamlet in each.owed.hamlets:
            parts[hamlet.name].append(each.verdict)
    judged = {name: of_hamlet(verdicts) for name, verdicts in parts.items()}
    return {name: verdict for name, verdict in judged.items() if verdict and verdict.kind is not Kind.WITHDRAWN}


def _parted(nodes: Sequence[NodeResult], on_air: bool) -> tuple[Sequence[NodeResult], Sequence[NodeResult]]:
    """What is shown in full, and what is well."""
    if len(nodes) <= FEW:
        return nodes, ()

    def is_well(each: NodeResult) -> bool:
        sounds = on_air and each.verdict.kind is Kind.PENDING and each.begun
        return (each.verdict.kind in GOOD and not each.verdict.marks) or sounds

    return [each for each in nodes if not is_well(each)], [each for each in nodes if is_well(each)]


def node_rows(
    nodes: Sequence[NodeResult], one: OccurrenceResult, eye: Eye, outages: Mapping[NodeId, Outage] | None = None
) -> Iterable[RowView]:
    """The result of some nodes of an airing, with the proof of each, and the outage that explains what lacks."""
    several = Counter(map(hamlet_names, one.nodes))
    for each in sorted(nodes, key=lambda each: natural(hamlet_names(each))):
        hamlets = hamlet_names(each)
        name = f"{hamlets} ({each.owed.node_name})" if several[hamlets] > 1 else hamlets
        error = next((proof.start_error_us for proof in each.proofs if proof.start_error_us is not None), None)
        listen = eye.listen(each.owed.node, str(one.id))
        label = eye.say(N_("Listen to what {name} sounded"), name=name) if listen else ""
        state = verdict_state(each.verdict.kind, eye.language, each.begun)
        outage = (outages or {}).get(each.owed.node)
        out = () if outage is None else (_out(outage, eye),)
        yield RowView(name, state, (*proof_lines(each.verdict, error, eye.language), *out), listen, label)


def _out(outage: Outage, eye: Eye) -> str:
    """`mất liên lạc 04:52–06:10: mất điện`."""
    begin = moment(outage.begin, eye.zone, eye.language)
    if outage.end is None:
        return eye.say(N_("out of contact since {begin}"), begin=begin)
    same = outage.end.astimezone(eye.zone).date() == outage.begin.astimezone(eye.zone).date()
    end = clock(outage.end, eye.zone) if same else moment(outage.end, eye.zone, eye.language)
    return eye.say(N_("out of contact {begin}–{end}: {why}"), begin=begin, end=end, why=eye.say(WHYS[outage.why]))


def sum_of(one: OccurrenceResult, eye: Eye) -> State | None:
    """In how many of its hamlets an airing was played whole; None where it was withdrawn in all of them."""
    hamlets = _hamlets(one)
    whole = sum(verdict.kind in GOOD for verdict in hamlets.values())
    if not hamlets:
        return None
    word = eye.say(N_("{whole} of {all} hamlets"), whole=whole, all=len(hamlets))
    waits = any(verdict.kind is Kind.PENDING for verdict in hamlets.values())
    if whole == len(hamlets):
        return State("yes", word, "good")
    if waits:
        return State("wait", word, "wait")
    if all(verdict.kind in (*GOOD, Kind.UNREPORTED) for verdict in hamlets.values()) and not whole:
        return State("ask", word, "none")
    return State("part", word, "part") if whole else State("no", word, "bad")


def _day_state(verdicts: Sequence[Verdict], eye: Eye) -> State:
    """A hamlet's day by its worst airing; one cause more is said where nothing was played."""
    worst = next((kind for kind in _WORST if any(verdict.kind is kind for verdict in verdicts)), Kind.PENDING)
    if worst in GOOD:
        return eye.state("yes", N_("Played in full"), "good")
    state = verdict_state(worst, eye.language)
    causes = [verdict.cause for verdict in verdicts if verdict.kind is worst and verdict.cause]
    return State(state.sign, f"{state.word}: {cause_word(causes[0], eye.language)}", state.tone) if causes else state
