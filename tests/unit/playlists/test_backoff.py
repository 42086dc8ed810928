"""How long a client stays away: pure, with a seeded source of chance."""

from random import Random

import pytest

from playlists.backoff import LONGEST_TAKEN_S, STABLE_S, Backoff, Ending
from playlists.profiles import PROFILES

SOON = Ending(lasted=1.0, was_up=True, closed_by_broker=True)
NO_ANSWER = Ending(lasted=0.1)


class Middle(Random):
    """Chance that always takes the middle."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def backoff(chance: Random | None = None) -> Backoff:
    return Backoff(0.5, 10.0, 5.0, chance or Middle())


def test_each_failure_doubles_the_wait_up_to_the_longest() -> None:
    waits = backoff()
    assert [waits.after(NO_ANSWER) for _ in range(7)] == [1, 2, 4, 8, 10, 10, 10]


def test_a_connection_that_stayed_ends_the_row() -> None:
    waits = backoff()
    for _ in range(5):
        waits.after(NO_ANSWER)
    assert waits.after(Ending(lasted=STABLE_S + 1, was_up=True)) == 0.5
    assert waits.after(NO_ANSWER) == 1


@pytest.mark.parametrize("name", PROFILES)
def test_a_thousand_nodes_come_back_spread_over_the_wait_and_the_same_seed_waits_the_same(name: str) -> None:
    line = PROFILES[name]

    def waits(seed: int) -> list[float]:
        one = Backoff(line.first_backoff, line.longest_backoff, line.taken_backoff, Random(seed))
        return [one.after(NO_ANSWER) for _ in range(6)]

    assert waits(7) == waits(7)
    sixth = sorted(waits(seed)[-1] for seed in range(1000))
    assert 0.5 * line.longest_backoff * 0.1 <= sixth[0] < sixth[-1] <= 1.5 * line.longest_backoff
    middle = sixth[500]
    assert sum(1 for wait in sixth if abs(wait - middle) < 0.05 * middle) < 150


def test_a_broker_that_says_so_is_believed_at_once_and_the_wait_widens_to_ten_minutes() -> None:
    waits = backoff()
    taken = Ending(lasted=3.0, was_up=True, closed_by_broker=True, said_taken=True)
    assert [waits.after(taken) for _ in range(9)] == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert waits.taken == 9


def test_a_broker_that_closes_without_a_word_again_and_again_soon_after_it_accepted_us_means_the_same() -> None:
    waits = backoff()
    assert waits.after(SOON) == 1
    assert (waits.after(SOON), waits.taken) == (5, 1)
    assert (waits.after(SOON), waits.taken) == (10, 2)


def test_the_two_do_not_fight_more_often_because_each_now_stays_longer() -> None:
    waits = backoff()
    for _ in range(6):
        waits.after(SOON)
    assert waits.after(Ending(lasted=200.0, was_up=True, closed_by_broker=True)) == 160


def test_a_restarted_broker_a_time_out_and_a_refusal_are_no_takeovers() -> None:
    waits = backoff()
    for _ in range(3):
        waits.after(SOON)
        waits.after(NO_ANSWER)
    for _ in range(3):
        waits.after(Ending(lasted=20.0, was_up=True))
    assert waits.taken == 0


def test_who_was_left_alone_for_long_enough_forgets_the_other() -> None:
    waits = backoff()
    for _ in range(6):
        waits.after(SOON)
    waits.after(Ending(lasted=LONGEST_TAKEN_S + 1, was_up=True))
    waits.after(SOON)
    assert waits.after(SOON) == 5
