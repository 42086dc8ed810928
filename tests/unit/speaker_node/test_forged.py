"""A short stretch of `python -m tests.fault.forged`."""

from tests.fault.forged import attack


def test_nothing_that_is_forged_mutated_or_replayed_is_taken_at_any_time_of_the_clock() -> None:
    verdicts, ways = attack(7, 3000)
    assert verdicts["taken"] == 0
    assert {
        "bad_signature",
        "malformed",
        "bad_nonce",
        "older",
        "not_mine",
        "not_permitted",
        "repeat",
    } <= verdicts.keys()
    assert len(ways) == 9
    assert min(ways.values()) > 200


def test_the_same_seed_forges_the_same() -> None:
    assert attack(3, 200) == attack(3, 200)
