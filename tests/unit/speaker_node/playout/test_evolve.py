"""State is what the journal says: each event's mark, and the fold of any prefix (rules 4, 7, 8)."""

from __future__ import annotations

from dataclasses import replace

from playlists.models import Number
from playlists.reports import (
    Accepted,
    Boot,
    Checkpoint,
    Closed,
    Event,
    Fact,
    LocalStart,
    Outcome,
    Paused,
    Press,
    Progress,
    RequestDone,
    Resumed,
    Trust,
    UnknownFact,
    Welcomed,
)
from speaker_node.playout import evolve, restore
from speaker_node.values import Done, State
from tests.unit.speaker_node.playout.scenes import FIVE, broadcast, documents, join, plan, play_now, sheet, whole
from tests.unit.speaker_node.playout.world import World


def event(fact: Fact, wall: int = FIVE, mono: int = 7, boot: int = 1, trust: Trust = Trust.HELD) -> Event:
    return Event(number=1, wall=wall, mono=mono, boot=boot, trust=trust, fact=fact)


def sounding() -> World:
    world = World(documents(plan(join("a", "05:00:00", 600))))
    world.run_to("05:00:30")
    return world


NAME = f"a-{FIVE}"


def test_every_prefix_of_a_journal_restores_the_state_that_wrote_it() -> None:
    world = World(
        documents(plan(broadcast("a", "05:00:00", 30), join("b", "05:00:10", 200), whole("c", "05:02:00", 60)))
    )
    states: list[State] = []
    journal = world.journal

    def recorded(fact: Fact) -> None:
        journal(fact)
        states.append(world.state)

    world.journal = recorded  # type: ignore[method-assign]
    already = len(world.events)
    world.run_to("05:01:00")
    world.accept(None, sheet(play_now("now", "05:01:02", 10)))
    world.run_to("05:02:30")
    world.power_cut(20)
    world.run_to("05:20:00")
    assert len(states) > 12
    written = [Event.model_validate_json(e.model_dump_json()) for e in world.events]
    for count, state in enumerate(states, start=already + 1):
        assert restore(written[:count]) == state


def test_a_boot_lets_all_that_is_open_rest_under_a_new_token() -> None:
    state = evolve(sounding().state, event(Boot(boot=2), wall=FIVE + 60_000, boot=2))
    airing = state.airings[NAME]
    assert (airing.rests, airing.heard, airing.resumptions, airing.noted) == (True, True, 1, None)
    assert (state.boot, state.booted_at, state.rested_at) == (2, FIVE + 60_000, None)
    again = evolve(state, event(Boot(boot=3), wall=FIVE + 90_000, boot=3))
    assert again.airings[NAME].resumptions == 1


def test_a_boot_before_t_heard_nothing_but_an_unsure_one_may_have() -> None:
    world = World(documents(plan(join("a", "05:00:00", 600))))
    world.run_to("04:59:59")
    assert not evolve(world.state, event(Boot(boot=2), wall=FIVE - 500)).airings[NAME].heard
    assert evolve(world.state, event(Boot(boot=2), wall=0, trust=Trust.UNTRUSTED)).airings[NAME].heard


def test_resumed_carries_the_gap_it_jumps_over() -> None:
    state = evolve(sounding().state, event(Boot(boot=2), wall=FIVE + 60_000, boot=2))
    position = state.airings[NAME].run.position
    resumed = Resumed(occurrence=NAME, at_wall=FIVE + 70_000, at_mono=9, first=70 * 48_000)
    airing = evolve(state, event(resumed, mono=8, boot=2)).airings[NAME]
    assert (airing.start.at_mono, airing.start.first, airing.since, airing.rests) == (9, 70 * 48_000, 8, False)
    assert airing.gap == 70 * 48_000 - position


def test_frames_of_several_sound_processes_add_up_and_none_counts_twice() -> None:
    def progress(generation: int, taken: int, token: str = "t") -> Progress:
        return Progress(
            occurrence=NAME, attempt=1, token=token, generation=generation, position=taken, taken=taken, sounded=taken,
            by_cue=(taken,),
        )  # fmt: skip

    state = replace(sounding().state)
    before = state.airings[NAME].run.latest.taken
    for fact in (progress(2, 10), progress(2, 20), progress(2, 20), progress(3, 5), progress(3, 6, "u")):
        state = evolve(state, event(fact))
    run = state.airings[NAME].run
    assert run.before.taken + run.latest.taken == before + 20 + 5 + 6


def test_closed_moves_the_row_to_what_is_done_and_starts_the_linger() -> None:
    closed = Closed(occurrence=NAME, version=1, attempt=1, sounded=1, due=2)
    state = evolve(sounding().state, event(closed, wall=FIVE + 31_000, mono=31))
    assert NAME not in state.airings
    assert state.done[NAME] == Done(True, FIVE, FIVE + 31_000, FIVE + 31_000)
    assert (state.rested_at, state.rested) == (31, f"{NAME}/1/0/0")


def test_welcome_ends_what_is_fresh_and_takes_what_was_told_elsewhere() -> None:
    state = evolve(State(), event(Boot(boot=1, new_stream=True)))
    assert (state.fresh, state.stream_since) == (True, FIVE)
    state = evolve(state, event(Welcomed(stream="s", elsewhere=("b-1",))))
    assert not state.fresh
    assert state.done["b-1"].begun


def test_accepted_remembers_when_each_source_last_spoke_in_this_boot() -> None:
    def accepted(document: str, to: str) -> Event:
        number = Number(epoch=1, sequence=1)
        return event(Accepted(document=document, to=to, issuer="office", number=number, digest="0" * 64))

    state = restore([accepted("plan", "n1"), accepted("sheet", "z1")])
    assert state.accepted == {"plan": FIVE, "z1/office": FIVE}
    assert evolve(state, event(Boot(boot=2))).accepted == {}


def test_an_event_that_fits_nothing_changes_nothing() -> None:
    state = sounding().state
    for fact in (
        UnknownFact(kind="odd"),
        Press(what="volume"),
        LocalStart(id="x", at_mono=1),
        RequestDone(id="x", action="test_tone", outcome=Outcome.DONE),
        Paused(occurrence="x", by="y", frame=0),
        Resumed(occurrence="x", at_wall=1, at_mono=1, first=1),
        Progress(occurrence="x", attempt=1, position=1, taken=1, sounded=1),
        Checkpoint(wall=1, forgotten=("x",)),
    ):
        assert replace(evolve(state, event(fact)), timed=state.timed) == state
