"""The summary of a week says of every airing on every node what the ledger says in full."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from controller.domain.values import NodeId, to_ms
from controller.domain.verdicts import GoneCause, Kind
from controller.storage import results, tallies
from controller.storage.engine import reading, transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OwedRow, ProofRow
from playlists.models import Millis
from tests.integration.controller.storage.test_ledger import FIRST, NOW, OCCURRENCE, keep, owed, plant
from tests.support.commune import H1, H2, N1, N2, NOON, broadcast, sha

AFTER = Millis(FIRST + 7_200_000)
DAY = (Millis(FIRST - 3_600_000), Millis(FIRST + 3_600_000))


def proof(
    node: NodeId, sounded: int, version: int = 1, loudness: float = -20.0, number: int = 3, words: str = "a"
) -> ProofRow:
    return ProofRow(
        node_id=node, stream="s", number=number, occurrence_id=OCCURRENCE, version=version, attempt=1,
        sounded_ms=sounded, due_ms=60_000, loudness=loudness, start_error_us=100, evidence=["frames"],
        cause=None if sounded >= 60_000 else "power", started_at_ms=FIRST, closed_at_ms=FIRST, assets=[sha(words)],
    )  # fmt: skip


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """The commune with one broadcast, of which two nodes owe a month."""

    def unit(session: Session) -> None:
        plant(session)
        keep(session, broadcast())
        session.add_all(OwedRow(**owed_columns(each)) for node in (N1, N2) for each in owed(node))

    transact(engine, unit)
    return engine


CASES = {
    "nothing told": [],
    "in full": [proof(N1, 60_000)],
    "just enough": [proof(N1, 57_000)],
    "just too little": [proof(N1, 56_999)],
    "nothing sounded": [proof(N1, 0)],
    "too quiet": [proof(N1, 60_000, loudness=-61.0)],
    "other words": [proof(N1, 60_000, words="z")],
    "another version": [proof(N1, 60_000, version=2)],
    "two of which one is in full": [proof(N1, 60_000), proof(N1, 20_000, number=4)],
    "two of which the longer is of another version": [proof(N1, 58_000), proof(N1, 60_000, version=2, number=4)],
    "both nodes": [proof(N1, 60_000), proof(N2, 30_000)],
}


@pytest.mark.parametrize("told", CASES.values(), ids=CASES)
@pytest.mark.parametrize("gone", [None, GoneCause.WITHDRAWN, GoneCause.STOPPED, GoneCause.REPLACED])
def test_every_verdict_is_that_of_the_ledger(told: Sequence[ProofRow], gone: GoneCause | None, ledger: Engine) -> None:
    def unit(session: Session) -> None:
        session.add_all(_copy(each) for each in told)
        if gone is not None:
            columns = {"gone_at": NOON + timedelta(hours=5, seconds=30), "gone_cause": gone.value}
            session.execute(update(OwedRow).where(OwedRow.occurrence_id == OCCURRENCE).values(columns))

    transact(ledger, unit)
    with reading(ledger) as session:
        (full,) = results.occurrences(session, *DAY, AFTER)
        (brief,) = tallies.ledgers(session, *DAY, AFTER)
    assert {each.node: each.verdict for each in brief.nodes} == {
        each.owed.node: each.verdict.kind for each in full.nodes
    }
    assert (brief.occurrence, brief.starts_at, brief.due, brief.title) == (
        full.id,
        full.starts_at,
        full.due,
        full.title,
    )


def test_what_is_to_come_is_pending_and_has_its_hamlets_and_its_document(ledger: Engine) -> None:
    with reading(ledger) as session:
        found = tallies.ledgers(session, NOW, Millis(NOW + 3 * 86_400_000), NOW)
    assert [each.nominal for each in found] == [FIRST + day * 86_400_000 for day in range(3)]
    assert [(each.node, each.hamlets, each.document, each.verdict) for each in found[0].nodes] == [
        (N1, (H1,), (1, 7), Kind.PENDING),
        (N2, (H2,), (1, 7), Kind.PENDING),
    ]


def test_what_was_settled_keeps_its_verdict_when_its_facts_are_gone(ledger: Engine) -> None:
    def unit(session: Session) -> None:
        said = {"kind": "partly", "sounded": 5, "due": 60_000, "final": True, "cause": None, "marks": [],
                "evidence": None}  # fmt: skip
        columns = {"verdict": said, "settled_at": NOON}
        session.execute(update(OwedRow).where(OwedRow.occurrence_id == OCCURRENCE).values(columns))

    transact(ledger, unit)
    with reading(ledger) as session:
        (found,) = tallies.ledgers(session, *DAY, AFTER)
    assert {each.verdict for each in found.nodes} == {Kind.PARTLY}
    assert to_ms(NOON) == NOW


def _copy(row: ProofRow) -> ProofRow:
    return ProofRow(**{column.key: getattr(row, column.key) for column in ProofRow.__table__.columns})
