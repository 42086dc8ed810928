"""The auxiliary contact is judged once it has had time to settle."""

from speaker_node.amplifier.contact import SETTLE_NS, Contact, judged_at, looked, stuck

MS = 1_000_000


def test_a_contact_that_follows_within_its_time_is_no_fault() -> None:
    contact = looked(Contact(), True, False, 0)
    assert judged_at(contact) == SETTLE_NS
    assert stuck(contact, SETTLE_NS - 1) == ""
    contact = looked(contact, True, True, 50 * MS)
    assert judged_at(contact) is None
    assert stuck(contact, 10 * SETTLE_NS) == ""


def test_one_that_stays_open_or_closed_is_stuck_so() -> None:
    assert stuck(looked(Contact(), True, False, 0), SETTLE_NS) == "stuck_open"
    assert stuck(looked(Contact(True), False, True, 0), SETTLE_NS) == "stuck_closed"


def test_a_contact_that_bounces_is_judged_from_its_last_bounce() -> None:
    contact = Contact()
    for instant in range(0, 900 * MS, 100 * MS):
        contact = looked(contact, True, instant % (200 * MS) == 0, instant)
    contact = looked(contact, True, False, 900 * MS)
    assert stuck(contact, SETTLE_NS + 500 * MS) == ""
    assert stuck(contact, SETTLE_NS + 900 * MS) == "stuck_open"


def test_each_edge_gives_the_contact_its_time_anew() -> None:
    """Stuck closed, then asked to close and to open again: what it was before says nothing."""
    contact = looked(Contact(), False, True, 0)
    contact = looked(contact, True, True, 2 * SETTLE_NS)
    contact = looked(contact, False, True, 3 * SETTLE_NS)
    assert stuck(contact, 3 * SETTLE_NS) == ""
    assert stuck(contact, 4 * SETTLE_NS) == "stuck_closed"


def test_a_contact_that_is_not_wired_says_nothing() -> None:
    assert stuck(looked(Contact(True, 0), True, None, SETTLE_NS), 2 * SETTLE_NS) == ""


def test_looks_do_not_move_the_instant_from_which_it_differs() -> None:
    contact = looked(Contact(), True, False, 0)
    for instant in range(0, SETTLE_NS, 100 * MS):
        contact = looked(contact, True, False, instant)
    assert stuck(contact, SETTLE_NS) == "stuck_open"
