"""What the ordered journal proves, when it may be said, and that it outlives the facts it rested on."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.domain.values import from_ms
from controller.domain.verdicts import Kind, Lack
from controller.housekeeping.pruning import Limits, prune
from controller.housekeeping.settling import settle
from controller.storage.engine import transact
from controller.storage.tables import StreamRow
from tests.integration.controller.storage.test_ledger import FIRST, ledger, proof, taken, verdicts
from tests.support.commune import N1, N2

__all__ = ["ledger"]

DAY_MS = 86_400_000
LATER = FIRST + 3 * DAY_MS
LONG_AFTER = FIRST + 60 * DAY_MS
MISSED = (Kind.MISSED, Lack.LINK_OR_POWER)


def acknowledged(engine: Engine, number: int) -> None:
    def unit(session: Session) -> None:
        session.get_one(StreamRow, (N2, "s1")).number = number

    transact(engine, unit)


def test_an_accepted_document_proves_nothing_while_events_before_it_are_lacking(ledger: Engine) -> None:
    transact(ledger, lambda session: session.add_all(taken(N2, 40, LATER)))
    acknowledged(ledger, 30)
    assert verdicts(ledger, LATER)[N2] == (Kind.UNREPORTED, None)
    acknowledged(ledger, 40)
    assert verdicts(ledger, LATER)[N2] == MISSED


@pytest.fixture
def settled(ledger: Engine) -> Engine:
    """A verdict that rested on events and documents, which were pruned after it was settled."""
    now = from_ms(LONG_AFTER)
    transact(ledger, lambda session: session.add_all(taken(N2, 40, LATER)))
    assert settle(ledger, now) > 0
    assert prune(ledger, Limits(timedelta(days=40), timedelta(days=40)), now) > 0
    return ledger


def test_a_settled_verdict_outlives_the_facts_that_it_rested_on(settled: Engine) -> None:
    assert verdicts(settled, LONG_AFTER)[N2] == MISSED
    assert verdicts(settled, LONG_AFTER)[N1] == (Kind.UNREPORTED, None)


def test_a_proof_that_comes_after_all_outweighs_a_settled_verdict(settled: Engine) -> None:
    transact(settled, lambda session: session.add(proof(N2)))
    assert verdicts(settled, LONG_AFTER)[N2] == (Kind.PLAYED, None)
