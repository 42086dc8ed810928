"""The life of faults: opened and closed by facts, told once, folded where many have one cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.facts import LATELY, RETURN, Booted, NodeFacts, OfficeLink, Site, silent_after
from controller.domain.faults import CALM, REOPENS, Fault, FaultId, Life, acknowledged, advance, unjudgeable
from controller.domain.machines import Turn, spoke
from controller.domain.signs import SIGNS, FaultKind, Severity, Sign
from controller.domain.values import AreaId, NodeId
from playlists.models import NodeSettings
from playlists.profiles import promised
from playlists.reports import AmplifierFault, Clock, Heartbeat, StoreState, Trust
from tests.unit.controller.domain.scene import LINK, NOW, facts, status

SOON = timedelta(seconds=1)


@dataclass
class Desk:
    """Faults as a database would keep them, over nodes that speak every ten seconds."""

    now: datetime = NOW
    link: OfficeLink = LINK
    nodes: dict[NodeId, NodeFacts] = field(default_factory=dict)
    above: dict[NodeId, tuple[AreaId, ...]] = field(default_factory=dict)
    kept: dict[FaultId, Fault] = field(default_factory=dict)
    silent: set[NodeId] = field(default_factory=set)
    alarms: list[Fault] = field(default_factory=list)

    def look(self) -> tuple[Fault, ...]:
        """Look once; what changed is kept."""
        site = Site(self.link, self.nodes, self.above)
        lately = [each for each in self.kept.values() if not _long_over(each, self.now)]
        changed = advance(lately, site, self.now)
        for each in changed:
            before = self.kept.get(each.id)
            if each.alarms and (before is None or not before.alarms):
                self.alarms.append(each)
            self.kept[each.id] = each
        assert advance([self.kept[each.id] for each in [*lately, *changed]], site, self.now) == ()
        return changed

    def say(self, node: NodeId, **said: Any) -> None:
        """A node speaks."""
        told = self.nodes[node].status if not said else status(**said)
        assert told is not None
        self.nodes[node] = replace(
            self.nodes[node], heard_at=self.now, status=told, status_at=self.now, online=True, left_at=None
        )

    def passes(self, seconds: float, looks: float = 2.0) -> None:
        """Time passes; whoever is not silent speaks every ten seconds; the office looks every two."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now += timedelta(seconds=looks)
            for node, known in list(self.nodes.items()):
                due = known.heard_at is None or self.now - known.heard_at >= timedelta(milliseconds=known.heartbeat)
                if node not in self.silent and self.link.up and due:
                    self.say(node)
            self.look()

    def hears(self, node: NodeId, machine: str) -> None:
        """A machine speaks by a node's name."""
        known = self.nodes[node]
        self.nodes[node] = replace(known, turns=spoke(known.turns, machine, self.now))

    def standing(self, *kinds: FaultKind) -> list[Fault]:
        """The faults that stand."""
        return [each for each in self.kept.values() if each.stands and (not kinds or each.kind in kinds)]

    def one(self, kind: FaultKind) -> Fault:
        """The only fault of a kind."""
        (found,) = [each for each in self.kept.values() if each.kind is kind]
        return found


def _long_over(fault: Fault, now: datetime) -> bool:
    return fault.resolved_at is not None and now - fault.resolved_at > REOPENS


def desk(count: int = 1, commune: Iterable[int] | None = None) -> Desk:
    """So many nodes; those of `commune` (all unless said) lie in it, the others beside it."""
    names = [NodeId(f"n{each}") for each in range(count)]
    inside = set(range(count)) if commune is None else set(commune)
    above: dict[NodeId, tuple[AreaId, ...]] = {
        node: (AreaId(f"h-{node}"), AreaId("commune" if at in inside else "other"), AreaId("province"))
        for at, node in enumerate(names)
    }
    return Desk(nodes={node: facts(node) for node in names}, above=above)


N0 = NodeId("n0")


def test_silence_is_known_within_thirty_seconds_of_the_last_word_on_a_lan_and_not_before() -> None:
    made = desk()
    made.silent = {N0}
    made.passes(20)
    assert made.standing() == []
    made.passes(8)
    (fault,) = made.standing()
    assert (fault.kind, fault.life, fault.severity) == (FaultKind.SILENT, Life.NEW, Severity.SERIOUS)
    assert made.now - fault.since <= timedelta(seconds=30)


@pytest.mark.parametrize(("heartbeat", "bound_s"), [(1_000, 4), (10_000, 25), (60_000, 150), (300_000, 750)])
def test_the_bound_of_silence_is_two_and_a_half_heartbeats(heartbeat: int, bound_s: float) -> None:
    assert silent_after(heartbeat) == timedelta(seconds=bound_s)


@pytest.mark.parametrize(("name", "bound_s"), [("lan", 25), ("4g", 750)])
def test_a_line_bounds_what_a_node_promises_and_so_after_how_long_it_is_silent(name: str, bound_s: float) -> None:
    assert silent_after(promised(name, NodeSettings().heartbeat)) == timedelta(seconds=bound_s)


def test_contact_ends_a_silence_and_a_line_that_wavers_is_one_fault() -> None:
    made = desk()
    for _ in range(3):
        made.silent = {N0}
        made.passes(40)
        made.silent = set()
        made.passes(40)
    fault = made.one(FaultKind.SILENT)
    assert (fault.life, fault.times) == (Life.RESOLVED, 3)


def test_what_comes_back_later_is_a_new_fault() -> None:
    made = desk()
    for _ in range(2):
        made.say(N0, sound_ok=False)
        made.look()
        made.say(N0, sound_ok=True)
        made.passes(60)
        made.now += REOPENS + SOON
        made.say(N0)
    assert [each.times for each in made.kept.values()] == [1, 1]


def test_a_fault_is_over_only_when_facts_have_said_so_for_a_while() -> None:
    made = desk()
    made.say(N0, sound_ok=False)
    made.look()
    made.say(N0, sound_ok=True)
    made.look()
    assert made.one(FaultKind.SOUND).life is Life.NEW
    assert made.one(FaultKind.SOUND).clear_since == made.now
    made.passes(CALM.total_seconds())
    assert made.one(FaultKind.SOUND).life is Life.RESOLVED


def test_a_fault_that_flickers_stands_and_alarms_once() -> None:
    made = desk()
    for turn in range(40):
        made.say(N0, sound_ok=bool(turn % 2), sound_error="it hangs")
        made.look()
        made.now += timedelta(seconds=5)
    assert [each.kind for each in made.alarms] == [FaultKind.SOUND]


def test_a_person_acknowledges_and_what_comes_back_is_new_again() -> None:
    made = desk()
    made.say(N0, sound_ok=False)
    made.look()
    fault = made.one(FaultKind.SOUND)
    made.kept[fault.id] = acknowledged(fault)
    made.passes(30)
    assert made.one(FaultKind.SOUND).life is Life.ACKNOWLEDGED
    made.say(N0, sound_ok=True)
    made.passes(30)
    assert made.one(FaultKind.SOUND).life is Life.RESOLVED
    made.say(N0, sound_ok=False)
    made.look()
    assert (made.one(FaultKind.SOUND).life, made.one(FaultKind.SOUND).times) == (Life.NEW, 2)


def test_what_grew_worse_since_it_was_acknowledged_is_new_again() -> None:
    made = desk()
    made.say(N0, store=StoreState.LOW)
    made.look()
    fault = made.one(FaultKind.STORE)
    made.kept[fault.id] = acknowledged(fault)
    made.say(N0, store=StoreState.FULL)
    made.look()
    assert (made.one(FaultKind.STORE).life, made.one(FaultKind.STORE).what) == (Life.NEW, "full")


def test_a_clock_that_is_unsure_for_a_moment_after_a_start_is_told_to_nobody() -> None:
    made, unsure = desk(), Clock(wall=1000, trust=Trust.UNTRUSTED, bound=1)
    made.say(N0, clock=unsure)
    made.passes(6)
    made.say(N0, clock=Clock(wall=1000, trust=Trust.HELD, bound=1))
    made.passes(30)
    assert made.alarms == []
    made.say(N0, clock=unsure)
    made.passes(18)
    assert [each.kind for each in made.alarms] == [FaultKind.CLOCK]


def test_a_value_between_its_thresholds_neither_opens_nor_closes() -> None:
    made = desk()
    for degrees, stands in ((79.0, False), (80.0, True), (76.0, True), (73.0, False), (79.0, False)):
        made.say(N0, temperature=degrees)
        made.passes(30)
        assert bool(made.standing(FaultKind.HEAT)) is stands, degrees


def test_of_a_silent_node_other_faults_stay_as_they_were_told() -> None:
    made = desk()
    made.say(N0, amplifier_fault=AmplifierFault.STUCK_OPEN)
    boots = tuple(Booted(made.now - timedelta(minutes=each)) for each in (3, 2, 1))
    made.nodes[N0] = replace(made.nodes[N0], boots=boots)
    made.look()
    made.silent = {N0}
    made.passes(1800)
    assert {each.kind for each in made.standing()} == {FaultKind.AMPLIFIER, FaultKind.RESTARTS, FaultKind.SILENT}


def test_the_faults_of_a_node_that_cannot_be_judged_stay_as_they_were_told_and_its_silence_is_known() -> None:
    office = desk()
    (node,) = office.nodes
    office.say(node, sound_ok=False)
    office.look()
    office.nodes[node] = office.nodes[node].bare()
    office.silent.add(node)
    office.passes(60)
    assert {(each.kind, each.life) for each in office.kept.values()} == {
        (FaultKind.SOUND, Life.NEW),
        (FaultKind.SILENT, Life.NEW),
    }


def test_whose_facts_cannot_be_judged_is_found_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    def falls(of: NodeFacts, _open: bool, _now: datetime) -> None:
        if of.node == "n2":
            raise ZeroDivisionError

    monkeypatch.setattr("controller.domain.faults.SIGNS", (Sign(FaultKind.HEAT, falls),))
    site = Site(LINK, {NodeId(name): facts(name) for name in ("n1", "n2", "n3")})
    assert {node: type(error) for node, error in unjudgeable((), site, NOW).items()} == {"n2": ZeroDivisionError}


def test_a_broker_that_fails_is_one_alarm_and_it_ends_when_the_nodes_are_back() -> None:
    made = desk(40)
    made.link = OfficeLink(False, made.now)
    made.passes(120)
    assert [each.kind for each in made.alarms] == [FaultKind.BROKER]
    made.link = OfficeLink(True, made.now)
    made.silent = set(made.nodes)
    for node in sorted(made.nodes):
        made.silent.discard(node)
        made.say(node)
        made.passes(1, looks=1)
    made.passes(120)
    assert [each.kind for each in made.alarms] == [FaultKind.BROKER]
    assert made.standing() == []


def test_who_does_not_come_back_with_the_broker_stands_for_itself_afterwards() -> None:
    made = desk(10)
    made.link = OfficeLink(False, made.now)
    made.passes(60)
    made.link, made.silent = OfficeLink(True, made.now), {N0}
    made.passes((RETURN + silent_after(10_000)).total_seconds() - 4)
    assert made.standing(FaultKind.SILENT) == []
    made.passes(8)
    (fault,) = made.standing()
    assert (fault.kind, fault.node, fault.under) == (FaultKind.SILENT, N0, None)


def test_a_node_that_was_silent_before_the_broker_failed_stays_its_own_fault() -> None:
    made = desk(10)
    made.silent = {N0}
    made.passes(300)
    made.link = OfficeLink(False, made.now)
    made.passes(120)
    assert {(each.kind, each.under) for each in made.standing()} == {(FaultKind.SILENT, None), (FaultKind.BROKER, None)}
    made.link = OfficeLink(True, made.now)
    made.passes(200)
    assert [each.kind for each in made.standing()] == [FaultKind.SILENT]


def test_an_uplink_that_fails_is_one_alarm_over_its_area_and_dissolves_truthfully() -> None:
    made = desk(12, commune=range(6))
    gone = {NodeId(f"n{each}") for each in range(6)}
    made.passes(30)
    made.silent = set(gone)
    made.passes(60)
    assert [(each.kind, each.area) for each in made.alarms] == [(FaultKind.TOGETHER, AreaId("commune"))]
    group = made.one(FaultKind.TOGETHER)
    assert (set(group.members), group.grounds) == (gone, {"nodes": 6, "of": 6})
    assert {each.under for each in made.standing(FaultKind.SILENT)} == {group.id}
    made.silent = {N0, NodeId("n1"), NodeId("n2")}
    made.passes(60)
    assert made.one(FaultKind.TOGETHER).grounds["nodes"] == 3
    made.silent = {N0}
    made.passes(60)
    assert made.one(FaultKind.TOGETHER).life is Life.RESOLVED
    assert [(each.kind, each.node, each.under) for each in made.standing()] == [(FaultKind.SILENT, N0, None)]


def test_fewer_than_a_few_are_each_their_own() -> None:
    made = desk(12)
    made.silent = {N0, NodeId("n1")}
    made.passes(60)
    assert [each.kind for each in made.alarms] == [FaultKind.SILENT, FaultKind.SILENT]


def test_nodes_that_fall_silent_one_after_another_are_no_crowd() -> None:
    made = desk(6)
    for each in range(4):
        made.silent.add(NodeId(f"n{each}"))
        made.passes(90)
    assert [each.kind for each in made.alarms] == [FaultKind.SILENT] * 4


def test_the_faults_of_a_node_that_was_removed_are_over() -> None:
    made = desk()
    made.say(N0, sound_ok=False)
    made.look()
    made.nodes = {}
    made.look()
    assert made.one(FaultKind.SOUND).life is Life.RESOLVED


def test_a_node_that_was_never_heard_is_told_after_a_while() -> None:
    made = desk()
    made.nodes = {N0: NodeFacts(N0, 10_000, made.now)}
    made.silent = {N0}
    made.passes(300)
    assert made.standing() == []
    made.passes(400)
    assert [each.kind for each in made.standing()] == [FaultKind.NEVER]
    made.silent = set()
    made.nodes[N0] = replace(facts(), heard_at=made.now, status_at=made.now)
    made.passes(30)
    assert made.standing() == []


STATUSES: tuple[Heartbeat, ...] = (
    status(),
    status(sound_ok=False),
    status(store=StoreState.FULL),
    status(temperature=82.0),
    status(temperature=77.0),
    status(clock=Clock(wall=1, trust=Trust.UNTRUSTED, bound=1)),
    status(relay=True, read_back=False, store=StoreState.LOW),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 4), st.sampled_from(STATUSES)),
        st.tuples(st.just("wait"), st.integers(1, 90), st.none()),
        st.tuples(st.just("link"), st.booleans(), st.none()),
        st.tuples(st.just("seen"), st.integers(0, 9), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_a_fault_opens_once_at_a_time_and_never_ends_before_its_calm(steps: list[Any]) -> None:
    """`look` in the desk holds that asking again changes nothing."""
    made = desk(5)
    for what, how, told in steps:
        if what == "say":
            node = NodeId(f"n{how}")
            made.nodes[node] = replace(made.nodes[node], heard_at=made.now, status=told, status_at=made.now)
        elif what == "wait":
            made.now += timedelta(seconds=how)
        elif what == "link" and made.link.up is not how:
            made.link = OfficeLink(bool(how), made.now)
        elif what == "seen" and made.kept:
            fault = sorted(made.kept.values(), key=lambda each: each.id)[how % len(made.kept)]
            made.kept[fault.id] = acknowledged(fault)
        before = dict(made.kept)
        for changed in made.look():
            _lawful(before.get(changed.id), changed)
        open_ = [(each.kind, each.node) for each in made.kept.values() if each.node and each.life is not Life.RESOLVED]
        assert len(open_) == len(set(open_))


def _lawful(before: Fault | None, after: Fault) -> None:
    if after.life is not Life.RESOLVED or after.node is None:
        return
    assert before is not None
    assert before.life is not Life.RESOLVED
    if before.life is not Life.BUDDING:
        assert after.clear_since is not None
        assert after.resolved_at is not None
        assert after.resolved_at - after.clear_since >= CALM


def test_two_machines_heard_by_turns_are_a_fault_until_one_of_them_alone_speaks() -> None:
    here = desk()
    for machine in "aabbaabb":
        here.hears(N0, machine)
        here.passes(10)
    found = [(each.kind, each.what, each.severity) for each in here.kept.values() if each.stands]
    assert found == [(FaultKind.TWICE, "machines", Severity.SERIOUS)]
    here.passes((LATELY + CALM).total_seconds() + 4)
    assert [each.life for each in here.kept.values()] == [Life.RESOLVED]


@pytest.mark.parametrize("heartbeat", [10_000, 60_000, 300_000])
def test_two_machines_are_known_however_seldom_they_speak(heartbeat: int) -> None:
    turns: tuple[Turn, ...] = ()
    for step, machine in enumerate("aba"):
        turns = spoke(turns, machine, NOW + step * timedelta(milliseconds=heartbeat))
    told = facts("n1", heartbeat=heartbeat, turns=turns)
    sign = next(each for each in SIGNS if each.kind is FaultKind.TWICE)
    assert sign.holds(told, False, NOW + 3 * timedelta(milliseconds=heartbeat)) is not None


def test_a_machine_that_was_exchanged_or_began_anew_is_no_second_one() -> None:
    here = desk()
    for machine in "aabbcc":
        here.hears(N0, machine)
        here.passes(10)
    unsure = tuple(Booted(here.now, machine=each) for each in "aba")
    here.nodes[N0] = replace(here.nodes[N0], boots=unsure[:2])
    here.passes(10)
    assert here.kept == {}
