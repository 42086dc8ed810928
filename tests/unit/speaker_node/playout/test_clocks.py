"""A hamlet under wrong clocks: no burst, nothing twice, nothing closed for good, whatever the machine's clock says."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playlists.models import Plan, PlannedBroadcast, Priority, SheetEntry
from playlists.reports import Cause, Checkpoint, Closed, Fact, Resumed, Start, Trust
from speaker_node import timekeeping
from speaker_node.timekeeping import Answer, Limits
from speaker_node.values import Moment, Reading
from tests.unit.speaker_node.playout.scenes import (
    FIVE,
    MS,
    broadcast,
    clock,
    documents,
    join,
    plan,
    play_now,
    sha,
    sheet,
    silence,
    whole,
)
from tests.unit.speaker_node.playout.world import World

SECOND = 10**9
HOUR, DAY = 3_600_000, 86_400_000
Y1970, Y2099 = -FIVE + 20_000, 4_086_000_000_000 - FIVE
LATE: dict[str, Callable[..., PlannedBroadcast]] = {"join": join, "whole": whole, "skip": broadcast}
TURN = 10 * SECOND
"""The loop turns at least so often."""
many = settings(
    max_examples=int(os.environ.get("LOA_EXAMPLES", "12")), deadline=None, suppress_health_check=list(HealthCheck)
)


@dataclass
class Hamlet(World):
    """A world whose node must find out by itself what time it is. `step`: ms that the machine's clock is ahead.

    `system`: the machine's clock counts only while the kernel says `disciplined`. `rtc`: ms that a hardware clock is
    ahead (None: there is none).
    """

    step: int = 0
    system: bool = False
    disciplined: bool = False
    rtc: int | None = None
    linked: bool = False
    restless: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine = self.mark_at = 0
        self.bases: dict[int, int] = {}
        self._clock: timekeeping.Clock | None = None
        super().__post_init__()

    def boot_up(self, new_stream: bool = False) -> None:
        self.bases[self.boot + 1], self.mark_at = self.booted, 0
        super().boot_up(new_stream)

    def true_of(self, boot: int, mono: int) -> int:
        """The true instant (ns) of a monotonic one."""
        return self.bases[boot] + mono

    def _may_sound(self, occurrence: str) -> None:
        """By the time that the node knows; what it may by the true one is said by each story."""
        assert occurrence in self.documents.occurrences

    @property
    def reading(self) -> Reading:
        mono, true = self.mono, self.wall
        rtc = None if self.rtc is None else true + self.rtc * MS - mono
        said, bound = (self.disciplined, 20) if self.system else (None, None)
        return Reading(true + self.step * MS, mono, said, bound, rtc, self.rtc is not None, f"m{self.machine}")

    @property
    def limits(self) -> Limits:
        held = self.documents.plan
        return Limits(self.state.floor, held.window if held else None)

    @property
    def moment(self) -> Moment:
        reading = self.reading
        if self._clock is None:
            self._clock = timekeeping.start(reading, self.state.mark, self.limits)
        self._clock = timekeeping.hear_host(self._clock, reading, self.limits)
        return timekeeping.moment(self._clock, reading.mono, self.boot, self.limits)

    @property
    def knows(self) -> bool:
        return self.moment.trust is not Trust.UNTRUSTED

    def welcomed(self, away: int = 0) -> None:
        """The office says what time it is, or what it takes for the time."""
        mono = self.mono
        said = Answer(self.wall // MS + away, mono, mono)
        assert self.moment
        assert self._clock is not None
        self._clock, self.answered = timekeeping.hear_welcome(self._clock, said, self.limits), True
        self.turn()

    def turn(self) -> None:
        now, timed = self.moment, self.state.timed
        known = now.trust is not Trust.UNTRUSTED
        if timed is None or timed.sure is not known or (known and self.mark_at <= now.mono):
            assert self._clock is not None
            self.mark_at = now.mono + 3600 * SECOND
            floor = timekeeping.floor(self._clock, now.mono, self.limits)
            self.journal(Checkpoint(wall=now.wall, floor=floor, mark=timekeeping.mark(self._clock, now)))
        super().turn()

    def journal(self, fact: Fact) -> None:
        now = self.moment
        if now.trust is Trust.UNTRUSTED and isinstance(fact, Start | Resumed):
            self.restless.append(fact.occurrence)
        if now.trust is Trust.UNTRUSTED and isinstance(fact, Closed) and fact.occurrence not in self.state.airings:
            self.restless.append(fact.occurrence)
        super().journal(fact)

    def run_to_ns(self, end: int) -> None:
        while self.wall < end:
            if self.linked:
                self.welcomed()
            super().run_to_ns(min(end, self.wall + TURN))

    def stepped(self, ms: int) -> None:
        """Somebody sets the machine's clock, by so much from the truth."""
        self.step = ms
        self.turn()

    def boots(self, seconds: float, step: int) -> None:
        """Dark for so long; then the machine's clock is off by `step`, and no link is up."""
        if self.linked and not self.system and abs(step) <= DAY:
            step = 0  # what the settings vouch for is believed until the office has spoken
        self.machine, self._clock, self.step, self.answered = self.machine + 1, None, step, False
        self.disciplined = False
        self.power_cut(seconds)

    def dies(self, seconds: float) -> None:
        """The agent dies and comes back, the machine does not."""
        self._clock, self.answered = None, False
        self.agent_restart(seconds)


def hamlet(*broadcasts: PlannedBroadcast, **more: object) -> Hamlet:
    return Hamlet(documents(plan(*broadcasts)), **{"start": "04:59:00", **more})  # type: ignore[arg-type]


# stories


@pytest.mark.parametrize("step", [HOUR, -HOUR, DAY, -DAY, Y1970, Y2099])
def test_a_step_while_a_plan_runs_delays_what_waits_until_the_office_denies_it_and_repeats_nothing(step: int) -> None:
    world = hamlet(*[broadcast(name, f"05:0{n}:00", 20, late=120) for n, name in enumerate("abcd")])
    world.welcomed()
    world.run_to("05:00:30")
    world.stepped(step)
    world.run_to("05:01:30")
    assert [s.occurrence[0] for s in world.facts(Start)] == ["a"]
    world.welcomed()
    world.run_to("05:10:00")
    assert [s.occurrence[0] for s in world.facts(Start)] == list("acd")
    assert world.sounded("b") == [], "its 20 s were over"
    assert world.closed("b").cause is Cause.CLOCK
    assert [world.sounded(name) for name in "acd"] == [[(f"05:0{n}:00", 0, 20)] for n in (0, 2, 3)]


def test_a_late_start_for_want_of_a_known_time_is_told_for_the_clock() -> None:
    world = hamlet(join("a", "05:00:00"), whole("b", "05:00:00", 60), system=True, step=Y1970)
    world.run_to("05:02:00")
    assert world.facts(Start) == []
    world.welcomed()
    world.run_to("05:20:00")
    assert [s[0] for s in world.sounded("a")] == ["05:02:01.300"]
    assert world.closed("a").cause is Cause.CLOCK
    assert world.closed("b").cause is None


def test_what_was_missed_for_want_of_a_known_time_is_told_for_the_clock_and_what_the_dark_took_for_power() -> None:
    world = hamlet(broadcast("a", "05:00:00"), broadcast("b", "05:05:00"), system=True, disciplined=True)
    world.run_to("04:59:30")
    world.boots(120, Y1970)
    world.run_to("05:06:00")
    assert world.facts(Closed) == []
    world.welcomed()
    assert (world.closed("a").cause, world.closed("b").cause) == (Cause.POWER, Cause.CLOCK)


def test_a_late_start_after_a_dark_boot_is_told_for_the_longer_of_the_two() -> None:
    for dark, waited, cause in ((120, 30, Cause.POWER), (30, 120, Cause.CLOCK)):
        world = hamlet(join("a", "05:00:00"), system=True, disciplined=True)
        world.run_to("04:59:50")
        world.boots(10 + dark, Y1970)
        world.run(waited)
        world.welcomed()
        world.run_to("05:15:00")
        assert world.closed("a").cause is cause


@pytest.mark.parametrize("late", ["join", "whole", "skip"])
def test_a_power_cut_at_0502_10_and_a_boot_at_1970_wait_for_the_welcome(late: str) -> None:
    made = LATE[late]
    world = hamlet(made("a", "05:00:00", 600), system=True, disciplined=True)
    world.run_to("05:02:10")
    world.boots(20, Y1970)
    world.run_to("05:03:00")
    assert world.sounded("a")[-1][2] == 130
    world.welcomed()
    world.run_to("05:30:00")
    told = world.sounded("a")
    if late == "whole":
        assert told == [("05:00:00", 0, 130), ("05:03:10", 0, 600)]
        assert world.closed("a").cause is None
    else:
        assert told == [("05:00:00", 0, 130), ("05:03:01.300", 181.3, 600)]
        assert world.closed("a").cause is Cause.POWER


@pytest.mark.parametrize("late", ["join", "whole", "skip"])
def test_with_a_hardware_clock_a_power_cut_at_0502_10_needs_no_link(late: str) -> None:
    made = LATE[late]
    world = hamlet(made("a", "05:00:00", 600), system=True, disciplined=True, rtc=0)
    world.run_to("05:02:10")
    world.boots(20, Y1970)
    assert world.moment.source == "rtc"
    world.run_to("05:30:00")
    again = {"whole": ("05:02:40", 0, 600)}.get(late, ("05:02:31.300", 151.3, 600))
    assert world.sounded("a") == [("05:00:00", 0, 130), again]


def test_a_new_stream_that_began_in_2099_takes_nothing_of_today_from_the_commune() -> None:
    world = hamlet(join("a", "05:00:00"), broadcast("b", "05:20:00"), step=Y2099, new_stream=True)
    world.run_to("05:01:00")
    world.welcome("old-1")
    world.welcomed()
    world.run_to("05:30:00")
    assert world.closed("b").cause is None
    assert world.sounded("b") == [("05:20:00", 0, 60)]
    assert world.sounded("a")[0][0] == "05:01:01.300"


def test_two_days_dark_and_offline_with_a_hardware_clock_and_then_a_silence_that_was_set_meanwhile() -> None:
    names = ("a", "05:05:00"), ("b", "05:15:00"), ("c", "05:50:00")
    world = Hamlet(documents(plan(*[twice(name, start) for name, start in names])), start="-44:59:00", rtc=0)
    world.welcomed()
    world.run(7 * 60)
    world.boots(2 * 86_400 - 6 * 60, 0)
    world.run_to("05:10:00")
    assert [s.occurrence for s in world.facts(Start)] == [f"a-{FIVE + 300_000 - 2 * DAY}", f"a-{FIVE + 300_000}"]
    world.accept(None, sheet(mute_until=FIVE + 40 * 60_000))
    world.run_to("06:00:00")
    assert world.facts(Closed)[-2].cause is Cause.QUIET
    assert [s.occurrence[0] for s in world.facts(Start)] == ["a", "a", "c"]
    causes = {f.occurrence: f.cause for f in world.facts(Closed)}
    assert {causes[f"{n}-{FIVE + m * 60_000 - 2 * DAY}"] for n, m in (("b", 15), ("c", 50))} == {Cause.POWER}


def twice(name: str, start: str) -> PlannedBroadcast:
    """The same airing two days before, and today."""
    one = broadcast(name, start, 60)
    (version,) = one.versions
    starts = (version.starts[0] - 2 * DAY, *version.starts)
    return one.model_copy(update={"versions": (version.model_copy(update={"starts": starts}),)})


# emergencies


def alarm(every: float = 0, ends: str = "05:10:00") -> SheetEntry:
    return play_now("alarm", "05:00:00", 20, priority=Priority.EMERGENCY, every=every, ends=ends)


def test_while_kernel_and_office_contradict_each_other_an_emergency_goes_by_the_office_that_has_answered() -> None:
    held = documents(plan(join("a", "05:00:00")), sheet(alarm(60)))
    world = Hamlet(held, start="04:59:00", step=-HOUR, system=True, disciplined=True)
    world.run_to("05:02:10")
    assert world.facts(Start) == []
    world.welcomed()
    assert not world.knows, "one against one"
    world.run_to("05:04:30")
    assert [row[0] for row in world.sounded("alarm")] == ["05:03:00", "05:04:00"]
    assert [f.occurrence[0:5] for f in world.facts(Start)] == ["alarm"], "routine waits"


def test_without_a_known_time_an_emergency_waits_for_an_answer() -> None:
    world = Hamlet(documents(plan(), sheet(alarm(60))), start="04:59:00", step=Y1970, system=True)
    world.run_to("05:02:10")
    assert world.facts(Start) == []
    world.welcomed()
    world.run_to("05:04:30")
    assert [row[0] for row in world.sounded("alarm")] == ["05:03:00", "05:04:00"]


@pytest.mark.parametrize("dark", [5, 100, 86_400])
def test_an_emergency_with_a_durable_start_goes_on_after_a_boot_without_any_time_for_what_progress_left(
    dark: float,
) -> None:
    held = documents(plan(), sheet(alarm(60)))
    world = Hamlet(held, start="04:59:00", system=True, disciplined=True)
    world.run_to("05:02:10")
    world.boots(dark, Y1970)
    began = world.wall
    world.run(900)
    passes = [(h.wall - began // MS) / 1000 for h in world.heard if h.wall >= began // MS and not h.first]
    assert passes[0] == pytest.approx(1.3, abs=0.01), "at once, counted from this boot's first"
    assert passes[1] - passes[0] == pytest.approx(60, abs=0.01)
    left = 600 - 130
    assert left - 60 < passes[-1] < left + 10, "for ends_at - T less what PROGRESS carries"
    assert world.relay is None
    assert world.moment.trust is Trust.UNTRUSTED


def test_routine_that_was_cut_off_waits_where_an_emergency_does_not() -> None:
    world = hamlet(join("a", "05:00:00"), system=True, disciplined=True)
    world.run_to("05:02:10")
    world.boots(5, Y1970)
    world.run(1800)
    assert len(world.sounded("a")) == 1
    assert world.open("a")


def test_a_silence_does_not_end_what_sounds_because_somebody_contradicts_the_clock_into_it() -> None:
    hushed = plan(join("a", "05:00:00"), silences=[silence("06:01:00", "06:30:00")])
    world = Hamlet(documents(hushed), start="04:59:00")
    world.run_to("05:02:00")
    world.welcomed(HOUR)
    assert not world.knows
    world.run_to("05:11:00")
    assert world.sounded("a") == [("05:00:00", 0, 600)]


# whatever happens

steps = st.sampled_from((0, 0, 700, -700, 5000, -5000, HOUR, -HOUR, DAY, -DAY, Y1970, Y2099))
seconds = st.sampled_from((1.0, 7.0, 30.0, 100.0, 400.0, 700.0))
Act = Callable[[Hamlet], None]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    def one(name: str) -> PlannedBroadcast:
        start = clock(FIVE + draw(st.integers(-60, 1500)) * 1000)
        late = draw(st.sampled_from((5, 60, 600)))
        return broadcast(name, start, draw(st.sampled_from((5, 60, 240))), late=late, whole=draw(st.booleans()))

    return plan(*[one(name) for name in sorted(draw(st.sets(st.sampled_from("klmnop"), min_size=1)))])


@st.composite
def acts(draw: st.DrawFn) -> Act:
    step, length = draw(steps), draw(seconds)
    found: tuple[Act, ...] = (
        lambda world: world.run(length),
        lambda world: world.run(length),
        lambda world: world.stepped(step),
        lambda world: world.boots(length, step),
        lambda world: world.dies(length),
        lambda world: setattr(world, "disciplined", not world.disciplined and not world.step),
        lambda world: world.welcomed(),
    )
    return found[draw(st.integers(0, len(found) - 1))]


def lived(first: Plan, system: bool, history: list[Act], *, linked: bool) -> Hamlet:
    world = Hamlet(
        documents(first), start="04:58:50", system=system, ready=frozenset(map(sha, "klmnop")), linked=linked
    )
    world.welcomed()
    for act in history:
        act(world)
    world.stepped(0)
    world.linked = True
    world.run_to_ns(max(world.wall, (FIVE + 1_500_000) * MS) + 1500 * SECOND)
    return world


def never_twice(world: Hamlet) -> None:
    for name in {heard.token for heard in world.heard}:
        rows = sorted((h.first, h.last) for h in world.heard if h.token.rsplit("/", 2)[0] == name.rsplit("/", 2)[0])
        for (_, last), (first, _) in pairwise(rows):
            assert last <= first, f"{name}: frames twice"


def each_closed_once(world: Hamlet) -> None:
    closed = [fact.occurrence for fact in world.facts(Closed)]
    assert sorted(closed) == sorted(set(closed))
    assert set(closed) == set(world.documents.occurrences)


@given(plans(), st.booleans(), st.lists(acts(), max_size=10))
@many
def test_whatever_the_clocks_do_nothing_sounds_twice_and_nothing_is_begun_or_given_up_while_they_are_doubted(
    first: Plan, system: bool, history: list[Act]
) -> None:
    world = lived(first, system, history, linked=False)
    assert world.restless == []
    never_twice(world)
    each_closed_once(world)


@given(plans(), st.booleans(), st.lists(acts(), max_size=10))
@many
def test_while_an_honest_office_is_in_reach_all_starts_lie_in_their_windows_and_nothing_is_given_up_too_soon(
    first: Plan, system: bool, history: list[Act]
) -> None:
    world = lived(first, system, history, linked=True)
    never_twice(world)
    each_closed_once(world)
    held = world.documents.occurrences
    slack = 61_000
    for heard in world.heard:
        one = held[heard.occurrence]
        assert one.starts_at - slack <= heard.wall <= one.ends_at + slack, "a start that was not due"
    for event in world.events:
        if isinstance(event.fact, Closed) and not event.fact.attempt:
            at_true = world.true_of(event.boot, event.mono) // MS
            assert at_true >= held[event.fact.occurrence].start_by - slack, "given up before its time was over"
