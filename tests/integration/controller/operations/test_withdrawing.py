"""The three lists of a withdrawn bulletin, and that they stay right as reports arrive."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.values import BroadcastId, OccurrenceId, Places, to_ms
from controller.domain.withdrawn import Fate
from controller.operations import broadcasts, withdrawing
from controller.operations.errors import NotFound
from controller.operations.withdrawing import ThreeLists
from controller.storage.engine import transact
from controller.storage.tables import OwedRow, WithdrawalRow
from tests.support.answering import PLAN, SHEET, closed, started, status
from tests.support.commune import at, daily
from tests.support.staffed import Staffed

FIVE = at("2026-11-24 17:00")
ONCE = daily("17:00", first=FIVE.date(), last=FIVE.date())


def withdrawn(staffed: Staffed, sequence: int | None = 900, **changes: object) -> tuple[BroadcastId, OccurrenceId]:
    """Withdrawn ten seconds after its start; its sheet went out with that number."""
    made = staffed.approved(**{"recurrence": ONCE, **changes})
    staffed.owe()
    staffed.clock.now = at("2026-11-24 17:00:10")
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("approver"), made, "Sai ngày họp")
    if sequence is not None:
        went_out(staffed, sequence)
    return made, OccurrenceId(f"{made}-{to_ms(FIVE)}")


def went_out(staffed: Staffed, sequence: int) -> None:
    """As the exchange notes it when it has signed sheet and plans."""

    def unit(session: Session) -> None:
        for row in session.scalars(select(WithdrawalRow)):
            row.epoch, row.sequence = 1, sequence
        for owed in session.scalars(select(OwedRow).where(OwedRow.gone_at.is_not(None))):
            owed.gone_epoch, owed.gone_sequence = 1, sequence

    transact(staffed.office.engine, unit)


def lists(staffed: Staffed, broadcast: BroadcastId, who: str = "editor") -> ThreeLists:
    return withdrawing.three_lists(staffed.office, staffed.by(who), broadcast)


def fates(found: ThreeLists) -> dict[str, Fate]:
    return {each.contact.node: each.fate for each in found.nodes}


def test_each_node_stands_in_one_list_and_moves_as_its_reports_arrive(staffed: Staffed) -> None:
    broadcast, occurrence = withdrawn(staffed)
    engine, now, zone = staffed.office.engine, staffed.clock.now, staffed.zone("commune")
    assert set(fates(lists(staffed, broadcast)).values()) == {Fate.MAY_STILL}
    started(engine, "n1", occurrence, now)
    status(engine, "n2", now, [(SHEET, zone, 900)])
    status(engine, "n3", now, [(SHEET, zone, 899)])
    assert fates(lists(staffed, broadcast)) == {"n1": Fate.PLAYED, "n2": Fate.WILL_NOT, "n3": Fate.MAY_STILL}
    closed(engine, "n2", occurrence, now, 7_000)
    found = lists(staffed, broadcast)
    assert fates(found)["n2"] is Fate.PLAYED, "its START came after its status"
    assert next(each.sounded for each in found.nodes if each.contact.node == "n2") == 7_000
    closed(engine, "n3", occurrence, now, 0)
    assert fates(lists(staffed, broadcast))["n3"] is Fate.WILL_NOT


def test_a_later_sheet_and_the_plan_without_it_count_as_the_sheet(staffed: Staffed) -> None:
    broadcast, _ = withdrawn(staffed)
    engine, now = staffed.office.engine, staffed.clock.now
    status(engine, "n1", now, [(SHEET, staffed.zone("commune"), 950)])
    status(engine, "n2", now, [(PLAN, "n2", 900)])
    status(engine, "n3", now, [(PLAN, "n3", 899)])
    assert fates(lists(staffed, broadcast)) == {"n1": Fate.WILL_NOT, "n2": Fate.WILL_NOT, "n3": Fate.MAY_STILL}


def test_before_the_sheet_is_signed_nobody_holds_it(staffed: Staffed) -> None:
    broadcast, _ = withdrawn(staffed, sequence=None)
    status(staffed.office.engine, "n1", staffed.clock.now, [(SHEET, staffed.zone("commune"), 10_000)])
    assert fates(lists(staffed, broadcast))["n1"] is Fate.MAY_STILL


def test_a_status_that_says_it_sounds_is_played_before_its_start_is_told(staffed: Staffed) -> None:
    broadcast, occurrence = withdrawn(staffed)
    status(staffed.office.engine, "n1", staffed.clock.now, sounding=occurrence, untold=3)
    (first, *_) = lists(staffed, broadcast).of(Fate.PLAYED)
    assert (first.contact.node, first.untold) == ("n1", 3)


def test_may_still_says_when_it_was_last_heard_and_whom_to_call(staffed: Staffed) -> None:
    broadcast, _ = withdrawn(staffed)
    status(staffed.office.engine, "n2", at("2026-11-24 15:30"))
    found = next(each for each in lists(staffed, broadcast).of(Fate.MAY_STILL) if each.contact.node == "n2")
    assert found.contact.heard_at == at("2026-11-24 15:30")
    assert [head.name for head in found.contact.heads] == ["head"]


def test_the_hamlets_of_the_first_and_third_are_those_a_correction_is_for(staffed: Staffed) -> None:
    broadcast, occurrence = withdrawn(staffed)
    engine, now = staffed.office.engine, staffed.clock.now
    started(engine, "n1", occurrence, now)
    status(engine, "n2", now, [(SHEET, staffed.zone("commune"), 900)])
    found = lists(staffed, broadcast)
    assert found.hamlets(Fate.PLAYED, Fate.MAY_STILL) == tuple(sorted((staffed.areas["h1"], staffed.areas["h3"])))
    assert (found.title, found.why, found.by) == ("Tiêm phòng", "Sai ngày họp", "approver")


def test_who_reads_only_a_hamlet_sees_its_nodes_only_and_a_stranger_nothing(staffed: Staffed) -> None:
    broadcast, _ = withdrawn(staffed)
    assert fates(lists(staffed, broadcast, "head")).keys() == {"n2"}
    with pytest.raises(NotFound):
        lists(staffed, broadcast, "stranger")


def test_what_is_not_withdrawn_has_no_lists(staffed: Staffed) -> None:
    made = staffed.approved(places=Places(areas=(staffed.areas["h1"],)))
    with pytest.raises(NotFound):
        lists(staffed, made)


def test_an_airing_days_ahead_counts_when_it_comes_near_and_the_plan_has_not(staffed: Staffed) -> None:
    broadcast, _ = withdrawn(staffed, recurrence=daily("17:00"))
    engine, zone = staffed.office.engine, staffed.zone("commune")

    def only_by_plan(session: Session) -> None:
        for row in session.scalars(select(WithdrawalRow)):
            if row.occurrence_id.endswith(str(to_ms(at("2026-11-26 17:00")))):
                session.delete(row)

    transact(engine, only_by_plan)
    status(engine, "n1", staffed.clock.now, [(SHEET, zone, 900)])
    assert fates(lists(staffed, broadcast))["n1"] is Fate.WILL_NOT
    staffed.clock.now = at("2026-11-25 18:00")
    assert fates(lists(staffed, broadcast))["n1"] is Fate.MAY_STILL
    status(engine, "n1", staffed.clock.now, [(SHEET, zone, 900), (PLAN, "n1", 900)])
    assert fates(lists(staffed, broadcast))["n1"] is Fate.WILL_NOT
