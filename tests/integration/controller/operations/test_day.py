"""The day of who looks: what is at risk, by node, homes and whom to call; what waits; nothing foreign."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event

from controller.domain.risk import Danger
from controller.domain.values import BroadcastId, FromDay, Places
from controller.operations import approving, broadcasts
from controller.operations.day import Day, day
from controller.storage.engine import transact
from controller.storage.tables import ConditionRow
from tests.support.commune import at, content, daily, sha
from tests.support.staffed import Staffed


def seen(staffed: Staffed, who: str = "editor") -> Day:
    return day(staffed.office, staffed.by(who))


def says(staffed: Staffed, node: str, missing: tuple[str, ...] = (), online: bool = True) -> None:
    """A node that holds its plan says now which audio it lacks."""
    held = [{"kind": "plan", "to": node, "issuer": "office", "number": {"epoch": 1, "sequence": 1}}]
    status = {"held": held, "missing": [{"sha256": each} for each in missing]}
    row = ConditionRow(node_id=node, online=online, status=status, status_at=staffed.clock.now)
    transact(staffed.office.engine, lambda session: session.merge(row))


def submitted(staffed: Staffed, start: str = "17:00") -> BroadcastId:
    """The editor asks for a bulletin every day."""
    said = content(places=Places(areas=(staffed.areas["commune"],)), recurrence=daily(start))
    owner, scope = staffed.areas["commune"], FromDay(date(2026, 11, 24))
    made = broadcasts.create_broadcast(staffed.office, staffed.by("editor"), owner, staffed.programme, scope, said)
    broadcasts.submit_version(staffed.office, staffed.by("editor"), BroadcastId(made), 1)
    return BroadcastId(made)


def risks(found: Day) -> list[tuple[Danger, list[str], int]]:
    return [(each.danger, [node.name for node in each.nodes], each.homes) for each in found.risks]


def test_half_an_hour_before_a_start_nodes_without_the_audio_are_named_with_their_homes(staffed: Staffed) -> None:
    staffed.approved()
    staffed.owe()
    staffed.clock.now = at("2026-11-24 16:29:50")
    for node, missing in (("n1", ()), ("n2", (sha("a"),)), ("n3", (sha("b"),))):
        says(staffed, node, missing)
    assert risks(seen(staffed)) == []
    staffed.clock.advance(seconds=10)
    assert risks(seen(staffed)) == [(Danger.LACKING, ["Loa 2"], 100)]
    assert {node for _, node in seen(staffed).ready} == {"n1", "n3"}


def test_a_node_out_of_contact_is_named_an_hour_before_with_what_it_held_and_whom_to_call(staffed: Staffed) -> None:
    staffed.approved()
    staffed.owe()
    staffed.clock.now = at("2026-11-24 16:05")
    says(staffed, "n1")
    says(staffed, "n2", online=False)
    found = seen(staffed)
    assert risks(found) == [(Danger.BLIND, ["Loa 3"], 100), (Danger.CUT_OFF, ["Loa 2"], 100)]
    assert [head.name for head in found.risks[1].nodes[0].heads] == ["head"]


def test_what_is_taken_back_is_no_risk(staffed: Staffed) -> None:
    made = staffed.approved()
    staffed.owe()
    staffed.clock.now = at("2026-11-24 16:45")
    assert len(risks(seen(staffed))) == 1
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("editor"), made, "nhầm")
    assert risks(seen(staffed)) == []


def test_a_head_sees_the_own_hamlet_alone_and_a_stranger_nothing(staffed: Staffed) -> None:
    staffed.approved()
    staffed.owe()
    staffed.clock.now = at("2026-11-24 16:45")
    mine = seen(staffed, "head")
    assert [node.owed.node for one in mine.results for node in one.nodes] == ["n2"]
    assert risks(mine) == [(Danger.BLIND, ["Loa 2"], 100)]
    foreign = seen(staffed, "stranger")
    assert (foreign.results, foreign.nodes, foreign.risks) == ((), (), ())


def test_what_waits_is_the_approvers_what_was_sent_or_returned_is_the_authors(staffed: Staffed) -> None:
    made = submitted(staffed)
    approver, editor = seen(staffed, "approver"), seen(staffed)
    assert ([each.broadcast for each in approver.waiting], approver.own) == ([made], ())
    assert ([each.broadcast for each in editor.own], editor.waiting) == ([made], ())
    assert editor.own[0].starts_at == at("2026-11-24 17:00")
    approving.return_version(staffed.office, staffed.by("approver"), made, 1, "sai giờ")
    assert [each.why for each in seen(staffed).own] == ["sai giờ"]
    staffed.clock.advance(days=15)
    assert seen(staffed).own == ()


def test_what_was_written_anew_or_withdrawn_is_spoken_of_no_more(staffed: Staffed) -> None:
    first, second = submitted(staffed), submitted(staffed, "11:00")
    approving.return_version(staffed.office, staffed.by("approver"), first, 1, "sai giờ")
    said = content(places=Places(areas=(staffed.areas["commune"],)), title="Mới")
    broadcasts.revise_broadcast(staffed.office, staffed.by("editor"), first, 1, FromDay(date(2026, 11, 24)), said)
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("editor"), second, "nhầm")
    assert seen(staffed).own == ()


def test_where_nothing_is_left_today_the_next_session_is_shown(staffed: Staffed) -> None:
    staffed.approved(recurrence=daily("05:00", "17:00"))
    staffed.owe()
    assert seen(staffed).later == ()
    staffed.clock.now = at("2026-11-24 21:00")
    assert [one.starts_at for one in seen(staffed).later] == [int(at("2026-11-25 05:00").timestamp() * 1000)]


@pytest.mark.parametrize("days", [1, 20])
def test_the_day_asks_the_database_few_questions_however_much_there_is(staffed: Staffed, days: int) -> None:
    for hour in range(8, 8 + min(days, 9)):
        staffed.approved(recurrence=daily(f"{hour:02d}:00"))
    staffed.owe()
    asked: list[str] = []
    event.listen(staffed.office.engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))
    staffed.clock.now = at("2026-11-24 16:45")
    seen(staffed)
    assert len(asked) <= 30, "\n".join(asked)


def test_the_day_begins_and_ends_at_local_midnight(staffed: Staffed) -> None:
    staffed.approved(recurrence=daily("05:00", "20:30"))
    staffed.owe()
    for clock in ("2026-11-25 00:00", "2026-11-25 23:59"):
        staffed.clock.now = at(clock)
        assert [one.starts_at for one in seen(staffed).results] == [
            int(at(f"2026-11-25 {start}").timestamp() * 1000) for start in ("05:00", "20:30")
        ]
