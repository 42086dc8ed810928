"""The one question: total, the same answer again, and when it is to be asked next (rules 1, 2)."""

from __future__ import annotations

import math
import os
import timeit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playlists.models import (
    AlertSheet,
    Interval,
    Kind,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
    Priority,
    SheetEntry,
    UnknownItem,
)
from playlists.reports import Event, Trust
from speaker_node.playout import decide, evolve
from speaker_node.values import (
    AmplifierState,
    Documents,
    Inputs,
    Moment,
    PlayerReport,
    SoundState,
    State,
)
from tests.unit.speaker_node.playout.scenes import FIVE, MS, at, broadcast, documents, item, items, plan, sha, whole
from tests.unit.speaker_node.playout.world import World

deep = settings(
    max_examples=int(os.environ.get("LOA_EXAMPLES", "60")), deadline=None, suppress_health_check=list(HealthCheck)
)
LARGEST = 2**53 - 1
times = st.integers(0, LARGEST) | st.integers(FIVE - 100_000, FIVE + 100_000)
content = st.lists(st.sampled_from([item("a", 0.0001), item("b", 70), UnknownItem(kind="odd")]), max_size=3).map(tuple)
entries = st.builds(
    SheetEntry,
    broadcast=st.sampled_from("xyz"),
    kind=st.sampled_from(Kind),
    priority=st.sampled_from(Priority),
    starts_at=times,
    start_by=times,
    ends_at=times,
    items=content,
    whole=st.booleans(),
    rank=st.integers(-LARGEST, LARGEST),
    tier=st.integers(0, 20),
    every=st.integers(0, 300_000),
    answers=st.sampled_from([(), ("x-1",)]),
)
sheets = st.builds(
    AlertSheet,
    to=st.just("z1"),
    issuer=st.just("office"),
    number=st.just(Number(epoch=1, sequence=1)),
    issued_at=times,
    occurrences=st.lists(entries, max_size=4).map(tuple),
    withdrawn=st.sampled_from([(), ("a-1",)]),
    mute_until=times,
)
versions = st.builds(
    PlannedVersion,
    number=st.integers(1, LARGEST),
    items=content,
    starts=st.lists(times, max_size=3).map(tuple),
    late=st.integers(0, 7 * 86_400_000),
    whole=st.booleans(),
    allowance=st.integers(0, 86_400_000),
)
planned = st.builds(
    PlannedBroadcast,
    id=st.sampled_from("abc"),
    priority=st.sampled_from(Priority),
    versions=st.lists(versions, max_size=2).map(tuple),
)
plans = st.builds(
    Plan,
    to=st.just("n1"),
    number=st.just(Number(epoch=1, sequence=1)),
    window=st.builds(Interval, start=times, end=times),
    key_set=st.just("0" * 64),
    broadcasts=st.lists(planned, max_size=3).map(tuple),
)
moments = st.builds(
    Moment,
    wall=st.integers(0, 2**45) | st.integers(FIVE - 100_000, FIVE + 100_000),
    mono=st.integers(0, 2**60),
    trust=st.sampled_from(Trust),
    bound=st.integers(0, 10**6),
    boot=st.integers(0, 3),
)
odd = st.integers(-(2**53), 2**53)
loudnesses = st.none() | st.sampled_from([math.inf, -math.inf, math.nan, -20.0])


@given(st.none() | plans, st.none() | sheets, st.lists(moments, min_size=1, max_size=5), st.data())
@deep
def test_never_raises_on_any_document_that_decoded(
    first: Plan | None, second: AlertSheet | None, when: list[Moment], data: st.DataObject
) -> None:
    held = Documents(first, {} if second is None else {("z1", "office"): second})
    ready = frozenset([sha("a"), sha("b")])
    state, report = State(), None
    for now in when:
        sound = SoundState(data.draw(st.booleans()) or report is None, 1, True, "", report, None)
        inputs = Inputs(ready, sound, AmplifierState(True, data.draw(st.none() | st.integers(-(2**60), 2**60))))
        decision = decide(state, now, held, inputs)
        assert decision == decide(state, now, held, inputs)
        assert decision.ask_again is None or decision.ask_again > now.mono
        for fact in decision.facts:
            event = Event(number=0, wall=now.wall, mono=now.mono, boot=now.boot, trust=now.trust, fact=fact)
            assert Event.model_validate_json(event.model_dump_json()) == event
            state = evolve(state, event)
        now_sounds = decide(state, now, held, inputs).target.now
        if now_sounds is not None:
            report = PlayerReport(
                now_sounds.token, *data.draw(st.tuples(odd, odd, odd, odd)), (data.draw(odd),),
                data.draw(loudnesses), data.draw(odd), data.draw(st.booleans()),
            )  # fmt: skip


def test_without_documents_it_is_silent_and_asks_for_nothing() -> None:
    decision = decide(State(), Moment(FIVE, 0), Documents(), Inputs())
    assert (decision.facts, decision.target.relay, decision.ask_again) == ((), False, None)


def test_it_is_asked_again_when_a_start_is_near_and_not_sooner() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00"))), "04:30:00")
    assert world.decision.ask_again == world.mono + (at("05:00:00") - at("04:30:00") - 1_800) * MS


def test_while_it_sounds_it_asks_at_most_every_ten_seconds() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00", 60))))
    world.run_to("05:00:20")
    asked = world.decision.ask_again
    assert asked is not None
    assert 5_000 < (asked - world.mono) / MS <= 10_000


def test_it_is_asked_again_at_the_full_ten_seconds_of_a_late_whole() -> None:
    world = World(start="05:02:11")
    world.accept(plan(whole("a", "05:00:00", 30)))
    world.run_to("05:04:00")
    assert world.sounded("a") == [("05:02:20", 0, 30)]


def test_a_month_of_twelve_a_day_is_decided_within_a_millisecond() -> None:
    starts = [tuple(FIVE + (24 * day + hour) * 3_600_000 for day in range(-2, 29)) for hour in range(12)]
    month = [
        PlannedBroadcast(id=f"b{n}", versions=(PlannedVersion(number=1, items=items("a", 300), starts=row),))
        for n, row in enumerate(starts)
    ]
    world = World(documents(plan(*month)), "05:01:00")
    world.accept(plan(*month))
    assert len(world.documents.occurrences) == 372
    moment, inputs = world.moment, world.inputs
    spent = min(timeit.repeat(lambda: decide(world.state, moment, world.documents, inputs), number=10, repeat=5)) / 10
    assert spent < 0.001
