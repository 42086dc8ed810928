"""Only what left the card behind a closed relay is believed (rule 7)."""

from __future__ import annotations

from dataclasses import replace

from playlists.models import RATE
from playlists.reports import AmplifierFault, Cause
from speaker_node.playout import Witness, observe
from speaker_node.playout.timing import MS, SECOND
from speaker_node.playout.witness import LAPSE
from speaker_node.values import AmplifierState, PlayerReport, SoundState
from tests.unit.speaker_node.playout.scenes import broadcast, documents, join, plan, whole
from tests.unit.speaker_node.playout.world import World


def said(seconds: float, token: str = "a/1/0/0") -> PlayerReport:
    frames = round(seconds * RATE)
    return PlayerReport(token, frames, frames, frames, by_cue=(frames,))


class Watch:
    """Looks every 0.1 s at a sound that began at 0 s and is reported every 0.5 s, and at a relay."""

    def __init__(self) -> None:
        self.witness, self.now = Witness(), -2 * SECOND

    def until(
        self, seconds: float, closed_since: float | None, *, alive: bool = True, fault: AmplifierFault | None = None
    ) -> None:
        since = None if closed_since is None else round(closed_since * SECOND)
        while self.now < round(seconds * SECOND):
            self.now = min(self.now + 100 * MS, round(seconds * SECOND))
            self.look(AmplifierState(alive, since, fault=fault))

    def look(self, amplifier: AmplifierState) -> None:
        told = max(0, self.now) // (500 * MS) / 2
        sound = SoundState(True, 1, True, now=said(told))
        self.witness = observe(self.witness, self.now, sound, amplifier)

    @property
    def seconds(self) -> tuple[float, float]:
        """Believed, and left unheard."""
        report = self.witness.believed.now
        assert report is not None
        assert report.taken == report.sounded == report.by_cue[0]
        return report.taken / RATE, report.unheard / RATE


def test_all_is_believed_while_the_relay_stays_closed() -> None:
    watch = Watch()
    watch.until(60, -1.3)
    assert watch.seconds == (60, 0)


def test_nothing_is_believed_from_the_death_of_the_guard_on() -> None:
    watch = Watch()
    watch.until(20, -1.3)
    watch.until(60, None, alive=False)
    assert watch.seconds == (20, 40)


def test_a_guard_that_is_not_whole_closes_no_relay() -> None:
    watch = Watch()
    watch.until(20, -1.3, alive=False)
    assert watch.seconds == (0, 20)


def test_what_sounds_after_the_relay_closed_again_is_believed_and_not_more() -> None:
    watch = Watch()
    watch.until(20.2, -1.3)
    watch.until(21.3, None)
    watch.until(60, 21.3)
    believed, unheard = watch.seconds
    assert believed + unheard == 60
    assert 60 - 1.1 - 0.5 <= believed <= 60 - 1.1


def test_a_relay_that_opened_and_closed_between_two_looks_is_seen_by_its_instant() -> None:
    watch = Watch()
    watch.until(20.2, -1.3)
    watch.until(30, 20.3)
    assert sum(watch.seconds) == 30
    assert watch.seconds[0] <= 29.7


def test_a_hung_loop_believes_nothing_of_what_sounded_meanwhile_though_the_guard_said_closed_last() -> None:
    watch = Watch()
    watch.until(20, -1.3)
    watch.now += 15 * SECOND
    watch.look(AmplifierState(True, round(-1.3 * SECOND)))
    watch.until(35.1, None)
    watch.until(60, 35.2)
    believed, unheard = watch.seconds
    assert believed + unheard == 60
    assert 20 + 24.3 <= believed <= 20 + 24.8


def test_a_loop_that_was_late_but_within_the_lease_loses_nothing() -> None:
    watch = Watch()
    watch.until(20, -1.3)
    watch.now += LAPSE - 101 * MS
    watch.until(60, -1.3)
    assert watch.seconds == (60, 0)


def test_a_new_sound_process_counts_from_nothing_and_a_last_word_keeps_its_own_count() -> None:
    closed, open_ = AmplifierState(True, -2 * SECOND), AmplifierState(True, None)
    first = SoundState(True, 1, True, now=said(1))
    witness = observe(observe(Witness(), 0, SoundState(True, 1), closed), SECOND, first, closed)
    witness = observe(witness, 3 * SECOND, replace(first, now=said(1, "b/1/0/0"), last=said(2)), open_)
    assert [(r.taken // RATE, r.unheard // RATE) for r in (witness.believed.last, witness.believed.now) if r] == [
        (1, 1), (0, 1)
    ]  # fmt: skip
    witness = observe(witness, 4 * SECOND, SoundState(True, 2, True, now=said(1)), closed)
    assert witness.believed.now == said(1)
    assert witness.believed.last is None


def test_silence_for_want_of_an_asset_takes_its_time_of_the_open_relay() -> None:
    report = PlayerReport("a/1/0/0", 2 * RATE, RATE, RATE, missing=RATE, by_cue=(RATE,))
    witness = observe(Witness(), 0, SoundState(True, 1), AmplifierState(True, None))
    sound = SoundState(True, 1, True, now=report)
    witness = observe(witness, 2 * SECOND, sound, AmplifierState(True, SECOND))
    assert witness.believed.now == replace(
        report, taken=RATE // 2, sounded=RATE // 2, by_cue=(RATE // 2,), unheard=RATE // 2
    )


def test_a_guard_that_dies_in_mid_bulletin_and_does_not_come_back_leaves_it_partly_sounded_by_the_device() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00", 60))))
    world.run_to("05:00:20")
    world.guard_dies(None)
    world.run_to("05:02:00")
    fact = world.closed("a")
    assert (fact.sounded, fact.due, fact.cause) == (20_000, 60_000, Cause.DEVICE)
    assert [row.sounded for row in fact.languages] == [20_000]


def test_a_guard_that_was_gone_for_two_seconds_costs_two_seconds() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00", 60))))
    world.run_to("05:00:20")
    world.guard_dies(2)
    world.run_to("05:02:00")
    assert (world.closed("a").sounded, world.closed("a").cause) == (58_000, Cause.DEVICE)


def test_a_bulletin_that_nobody_could_hear_has_no_evidence() -> None:
    world = World(documents(plan(join("a", "05:00:00", 60))))
    world.run_to("04:59:59")
    world.guard_dies(None)
    world.run_to("05:02:00")
    fact = world.closed("a")
    assert (fact.sounded, fact.evidence, fact.started_at, fact.cause) == (0, (), None, Cause.DEVICE)


def test_a_hung_agent_does_not_claim_what_sounded_behind_the_open_relay() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00", 60))))
    world.run_to("05:00:20")
    world.hang_to("05:00:50")
    world.turn()
    world.run_to("05:02:00")
    assert (world.closed("a").sounded, world.closed("a").cause) == (30_000, Cause.DEVICE)


def test_what_was_not_heard_is_in_the_journal_when_the_power_fails() -> None:
    world = World(documents(plan(join("a", "05:00:00", 60))))
    world.run_to("05:00:20")
    world.guard_dies(None)
    world.run_to("05:00:45")
    world.guard = True
    world.power_cut(5)
    world.run_to("05:02:00")
    fact = world.closed("a")
    assert fact.cause is Cause.DEVICE
    assert fact.sounded <= 20_000 + 10_000


def test_a_second_attempt_follows_a_power_cut_where_the_first_was_not_heard() -> None:
    world = World(documents(plan(whole("a", "05:00:00", 60))))
    world.run_to("05:00:02")
    world.guard_dies(None)
    world.run_to("05:00:58")
    world.guard = True
    world.power_cut(5)
    world.run_to("05:05:00")
    fact = world.closed("a")
    assert (fact.attempt, fact.sounded, fact.cause) == (2, 60_000, None)


def test_contacts_that_are_stuck_open_let_nothing_through_and_those_stuck_closed_do_as_the_guard_says() -> None:
    watch = Watch()
    watch.until(2, -1.5)
    watch.until(4, -1.5, fault=AmplifierFault.STUCK_OPEN)
    watch.until(6, -1.5, fault=AmplifierFault.STUCK_CLOSED)
    heard, unheard = watch.seconds
    assert 3.5 <= heard <= 4.5
    assert 1.5 <= unheard <= 2.5
