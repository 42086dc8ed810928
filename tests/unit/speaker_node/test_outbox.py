"""What is told next: in order, bounded, again until acknowledged."""

from hypothesis import given
from hypothesis import strategies as st

from speaker_node.outbox import Outbox, Pace, acknowledge, begin_again, tell
from speaker_node.values import JournalRow

SECOND = 1_000_000_000
PACE = Pace(events=3, size=100, window=2, first_wait=30 * SECOND, longest_wait=600 * SECOND)


def rows(*numbers: int, text: str = "{}") -> tuple[JournalRow, ...]:
    return tuple(JournalRow(number, text) for number in numbers)


def test_events_go_in_order_in_batches_of_bounded_count() -> None:
    outbox, batches = tell(Outbox(), rows(*range(1, 10)), 0, PACE)
    assert [(b.first, b.last) for b in batches] == [(1, 3), (4, 6)]
    assert outbox.told == 6


def test_a_batch_is_bounded_in_bytes_but_never_empty() -> None:
    _, batches = tell(Outbox(), rows(1, 2, 3, text="x" * 60), 0, PACE)
    assert [len(b.rows) for b in batches] == [1, 1]
    _, batches = tell(Outbox(), rows(1, text="x" * 5000), 0, PACE)
    assert [len(b.rows) for b in batches] == [1]


def test_no_more_batches_are_open_than_the_window_has_room_for() -> None:
    outbox, _ = tell(Outbox(), rows(*range(1, 7)), 0, PACE)
    outbox, batches = tell(outbox, rows(7, 8), SECOND, PACE)
    assert batches == ()
    outbox, batches = tell(acknowledge(outbox, 3), rows(7, 8), SECOND, PACE)
    assert [(b.first, b.last) for b in batches] == [(7, 8)]


def test_what_is_not_acknowledged_goes_again_with_doubled_waits_up_to_the_longest() -> None:
    outbox, first = tell(Outbox(), rows(1), 0, PACE)
    waits, now = [], 0
    for _ in range(7):
        assert outbox.again is not None
        assert tell(outbox, (), outbox.again - 1, PACE) == (outbox, ())
        waits.append((outbox.again - now) // SECOND)
        now = outbox.again
        outbox, again = tell(outbox, (), now, PACE)
        assert again == first
    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_an_acknowledgement_closes_only_batches_that_it_covers() -> None:
    outbox, _ = tell(Outbox(), rows(*range(1, 7)), 0, PACE)
    assert acknowledge(outbox, 5).told == 6
    assert [sent.batch.last for sent in acknowledge(outbox, 5).open] == [6]
    assert acknowledge(outbox, 6) == Outbox(6)


def test_a_lower_acknowledgement_changes_nothing() -> None:
    outbox, _ = tell(Outbox(4), rows(5), 0, PACE)
    assert acknowledge(outbox, 4) == acknowledge(outbox, 2) == outbox


def test_an_office_that_went_back_is_told_again_from_there_and_what_is_gone() -> None:
    _, batches = tell(begin_again(2), rows(5, 7), 0, PACE)
    assert [(b.first, b.last, b.gone) for b in batches] == [(3, 7, ((3, 4), (6, 6)))]


@given(
    st.integers(0, 60), st.lists(st.tuples(st.sampled_from(["tell", "ack", "cut"]), st.integers(0, 60)), max_size=40)
)
def test_every_event_is_told_at_least_once_whatever_is_acknowledged_and_cut(
    count: int, steps: list[tuple[str, int]]
) -> None:
    everything, heard, outbox, now = rows(*range(1, count + 1)), set[int](), Outbox(), 0

    def once(outbox: Outbox) -> Outbox:
        outbox, batches = tell(outbox, [r for r in everything if r.number > outbox.told], now, PACE)
        heard.update(row.number for batch in batches for row in batch.rows)
        assert len(outbox.open) <= PACE.window
        return outbox

    for step, number in steps:
        now += number * SECOND
        if step == "tell":
            outbox = once(outbox)
        elif step == "ack":
            outbox = acknowledge(outbox, max((n for n in heard if n <= number), default=0))
        else:
            outbox = begin_again(outbox.acknowledged)
    for _ in range(count + 1):
        outbox = acknowledge(once(outbox), outbox.told)
        outbox = acknowledge(outbox, outbox.told)
    assert heard == set(range(1, count + 1))
