"""The guard's decision: closed only under a fresh Hold, never longer than longest_on for one cause."""

from hypothesis import given
from hypothesis import strategies as st

from speaker_node.amplifier.lease import FIRST, LEASE, LONGEST_ON, START, Lease, Limits, Line, line, renewed, until
from speaker_node.amplifier.messages import Hold

SECOND = 1_000_000_000
LIMITS = Limits(lease_ns=3 * SECOND // 2, longest_on_ns=60 * SECOND)
T = 1_000 * SECOND


def held(lease: Lease, cause: str, seconds: float, *, relay: bool = True) -> Lease:
    """The lease after a Hold said and heard at T + seconds."""
    at = T + int(seconds * SECOND)
    return renewed(lease, Hold(relay, cause, at), at)


def at(lease: Lease, seconds: float) -> Line:
    return line(lease, LIMITS, T + int(seconds * SECOND))


def test_the_line_is_open_before_anything_was_asked() -> None:
    assert at(FIRST, 0) == Line(False, START)


def test_a_hold_closes_the_line_with_its_cause() -> None:
    assert at(held(FIRST, "a", 0), 0) == Line(True, "a")


def test_a_hold_of_open_opens_the_line_with_its_cause() -> None:
    assert at(held(held(FIRST, "a", 0), "linger over", 1, relay=False), 1) == Line(False, "linger over")


def test_a_hold_that_is_not_renewed_runs_out_with_the_lease() -> None:
    lease = held(FIRST, "a", 0)
    assert at(lease, 1.49).closed
    assert at(lease, 1.5) == Line(False, LEASE)


def test_a_renewal_keeps_the_line_closed() -> None:
    assert at(held(held(FIRST, "a", 0), "a", 1), 2).closed


def test_a_hold_that_waited_in_the_pipe_is_as_old_as_it_is() -> None:
    lease = renewed(FIRST, Hold(True, "a", T), T + 5 * SECOND)
    assert at(lease, 5) == Line(False, LEASE)


def test_a_hold_from_the_future_counts_as_of_now() -> None:
    lease = renewed(FIRST, Hold(True, "a", T + 900 * SECOND), T)
    assert at(lease, 1.5) == Line(False, LEASE)


def test_one_cause_never_holds_longer_than_longest_on_however_often_it_is_renewed() -> None:
    lease = FIRST
    for second in range(60):
        lease = held(lease, "a", second)
        assert at(lease, second).closed
    assert at(held(lease, "a", 60), 60) == Line(False, LONGEST_ON)


def test_a_new_cause_counts_afresh() -> None:
    lease = FIRST
    for second in range(119):
        lease = held(lease, "a" if second < 59 else "b", second)
        assert at(lease, second).closed
    assert at(held(lease, "b", 119), 119) == Line(False, LONGEST_ON)


def test_letting_go_does_not_give_the_same_cause_a_second_count() -> None:
    lease = held(FIRST, "a", 0)
    lease = held(lease, "a", 59, relay=False)
    assert at(held(lease, "a", 60), 60) == Line(False, LONGEST_ON)


def test_a_closed_line_says_when_it_opens_by_itself_and_an_open_one_waits_for_ever() -> None:
    assert until(FIRST, LIMITS, T) is None
    assert until(held(FIRST, "a", 0), LIMITS, T) == T + LIMITS.lease_ns
    late = held(held(FIRST, "a", 0), "a", 59)
    assert until(late, LIMITS, T + 59 * SECOND) == T + LIMITS.longest_on_ns


Holds = st.lists(
    st.tuples(st.booleans(), st.sampled_from("ab"), st.integers(0, 5 * SECOND), st.integers(0, SECOND)), max_size=60
)


@given(Holds)
def test_whatever_is_said_the_line_is_closed_only_within_the_lease_of_the_last_word(
    said: list[tuple[bool, str, int, int]],
) -> None:
    lease, now = FIRST, T
    for relay, cause, pause, delay in said:
        now += pause
        lease = renewed(lease, Hold(relay, cause, now - delay), now)
        for later in (now, now + LIMITS.lease_ns):
            if line(lease, LIMITS, later).closed:
                assert relay
                assert later - (now - delay) < LIMITS.lease_ns
                assert later - lease.since_ns < LIMITS.longest_on_ns
