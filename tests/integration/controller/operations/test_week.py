"""The airings of a week: planned, waiting, skipped, taken back, past with their result; what is foreign is left out."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from controller.domain.planning import outlook
from controller.domain.values import (
    BroadcastId,
    FromDay,
    InSession,
    NamedStarts,
    NodeId,
    Places,
    Recurrence,
    Repeat,
    Session,
    SessionId,
    Start,
    Timetable,
    to_ms,
)
from controller.domain.week import AiringState, Outcome
from controller.operations import broadcasts, nodes, week
from controller.operations.errors import Invalid
from controller.operations.week import PlannedAiring
from controller.storage import queries
from controller.storage.engine import reading, transact
from controller.storage.mapping import timetables_column
from controller.storage.tables import AreaRow, ConditionRow, ProofRow
from tests.support.commune import HCM, NOON, at, content, daily, item, sha
from tests.support.staffed import Staffed

MONDAY, NEXT = at("2026-11-23 00:00"), at("2026-11-30 00:00")
EVENING = SessionId("evening")


def seen(staffed: Staffed, who: str = "editor") -> tuple[PlannedAiring, ...]:
    return week.airings_between(staffed.office, staffed.by(who), MONDAY, NEXT)


def brief(found: tuple[PlannedAiring, ...]) -> list[tuple[str, str, AiringState]]:
    return [(f"{each.starts_at.astimezone(HCM):%d %H:%M:%S}", each.title, each.state) for each in found]


def once(day: str, at_: str = "17:00") -> dict[str, object]:
    wanted = date.fromisoformat(day)
    return {"recurrence": daily(at_, first=wanted, last=wanted)}


def submitted(staffed: Staffed, **changes: object) -> BroadcastId:
    made = drafted(staffed, **changes)
    broadcasts.submit_version(staffed.office, staffed.by("editor"), made, 1)
    return made


def drafted(staffed: Staffed, **changes: object) -> BroadcastId:
    said = content(**{"places": Places(areas=(staffed.areas["commune"],)), **changes})
    scope, owner = FromDay(date(2026, 11, 24)), staffed.areas["commune"]
    return BroadcastId(
        broadcasts.create_broadcast(staffed.office, staffed.by("editor"), owner, staffed.programme, scope, said)
    )


def sessions(staffed: Staffed) -> None:
    """Every evening from 17:00, half an hour."""
    evening = Timetable(date(2026, 1, 1), (Session(EVENING, "Buổi chiều", time(17), 1800),))

    def work(session: object) -> None:
        row = session.get_one(AreaRow, staffed.areas["commune"])  # type: ignore[attr-defined]
        row.sessions = timetables_column((evening,))

    transact(staffed.office.engine, work)


def proved(staffed: Staffed, node: str, occurrence: str, sounded: int, version: int = 1) -> None:
    """A node told how much it sounded."""
    row = ProofRow(
        node_id=node, stream="s", number=1, occurrence_id=occurrence, version=version, attempt=1, sounded_ms=sounded,
        due_ms=60_000, loudness=-20.0, start_error_us=100, evidence=["frames"], cause=None if sounded else "power",
        started_at_ms=0, closed_at_ms=0, assets=[sha("a")],
    )  # fmt: skip
    transact(staffed.office.engine, lambda session: session.add(row))


def says(staffed: Staffed, node: str, sequence: int, missing: tuple[str, ...] = ()) -> None:
    """A node's last status: which plan it holds and which audio it lacks."""
    held = [{"kind": "plan", "to": node, "issuer": "office", "number": {"epoch": 1, "sequence": sequence}}]
    status = {"held": held, "missing": [{"sha256": each} for each in missing]}
    row = ConditionRow(node_id=node, online=True, status=status, status_at=NOON)
    transact(staffed.office.engine, lambda session: session.add(row))


def occurrence(made: BroadcastId, local: str) -> str:
    return f"{made}-{to_ms(at(local))}"


def test_what_is_approved_and_what_waits_stands_in_the_order_of_its_start(staffed: Staffed) -> None:
    staffed.approved(title="Duyệt rồi", **once("2026-11-26"))
    submitted(staffed, title="Chờ", **once("2026-11-25"))
    drafted(staffed, title="Nháp", **once("2026-11-27"))
    assert brief(seen(staffed)) == [
        ("25 17:00:00", "Chờ", AiringState.WAITING),
        ("26 17:00:00", "Duyệt rồi", AiringState.PLANNED),
        ("27 17:00:00", "Nháp", AiringState.DRAFT),
    ]


def test_starts_inside_a_session_are_those_of_planning_and_what_waits_holds_its_place(staffed: Staffed) -> None:
    sessions(staffed)
    day = date(2026, 11, 25)
    there = {"recurrence": daily(first=day, last=day), "session": InSession(EVENING, 1)}
    submitted(staffed, title="Chờ", **there)
    later = {**there, "session": InSession(EVENING, 2)}
    staffed.approved(title="Sau", playlist=(item("b"),), **later)
    found = seen(staffed)
    assert brief(found) == [
        ("25 17:00:00", "Chờ", AiringState.WAITING),
        ("25 17:01:00", "Sau", AiringState.PLANNED),
    ]
    assert {each.session for each in found} == {EVENING}
    with reading(staffed.office.engine) as session:
        tree, every, audio = queries.tree_at(session, NOON), queries.broadcasts(session), queries.assets(session)
    planned = outlook(every, HCM, NOON, tree, audio)
    assert [(each.occurrence, each.starts_at) for each in planned.airings] == [
        (found[1].occurrence, to_ms(found[1].starts_at))
    ]
    assert found[1].ends_at - found[1].starts_at == timedelta(seconds=30)


def test_a_past_airing_has_its_result_by_hamlet(staffed: Staffed) -> None:
    made = staffed.approved(**once("2026-11-24", "17:00"))
    staffed.owe()
    name = occurrence(made, "2026-11-24 17:00")
    proved(staffed, "n1", name, 60_000)
    proved(staffed, "n2", name, 20_000)
    staffed.clock.advance(hours=6)
    (found,) = seen(staffed)
    assert (found.state, found.occurrence) == (AiringState.PAST, name)
    assert found.outcome == Outcome(hamlets=3, full=1, partly=1, missed=0)
    assert found.outcome.unknown == 1


def test_a_summary_says_what_the_ledger_says(staffed: Staffed) -> None:
    made = staffed.approved(**once("2026-11-24", "17:00"))
    staffed.owe()
    name = occurrence(made, "2026-11-24 17:00")
    proved(staffed, "n1", name, 57_000)
    proved(staffed, "n2", name, 56_999)
    proved(staffed, "n3", name, 0)
    staffed.clock.advance(hours=6)
    (found,) = seen(staffed)
    assert found.outcome == Outcome(hamlets=3, full=1, partly=1, missed=1)


def test_while_it_may_sound_it_is_on_air_and_afterwards_past(staffed: Staffed) -> None:
    staffed.approved(**once("2026-11-24", "12:10"))
    staffed.owe()
    assert [each.state for each in seen(staffed)] == [AiringState.PLANNED]
    staffed.clock.advance(minutes=10, seconds=30)
    assert [each.state for each in seen(staffed)] == [AiringState.ON_AIR]
    staffed.clock.advance(minutes=1)
    assert [each.state for each in seen(staffed)] == [AiringState.PAST]


def test_what_was_skipped_withdrawn_or_not_approved_in_time_is_said(staffed: Staffed) -> None:
    made = staffed.approved(title="Hằng ngày", recurrence=daily("17:00", last=date(2026, 11, 25)))
    skip = content(title="Hằng ngày", playlist=None, places=None, recurrence=None, start=Start(skip=True))
    scope = NamedStarts((to_ms(at("2026-11-25 17:00")),))
    editor, approver = staffed.by("editor"), staffed.by("approver")
    broadcasts.revise_broadcast(staffed.office, editor, made, 1, scope, skip)
    broadcasts.submit_version(staffed.office, editor, made, 2)
    gone = staffed.approved(title="Bỏ", **once("2026-11-26"))
    broadcasts.withdraw_broadcast(staffed.office, approver, gone, "mưa")
    submitted(staffed, title="Muộn", **once("2026-11-24", "13:00"))
    staffed.clock.advance(hours=2)
    assert brief(seen(staffed)) == [
        ("24 13:00:00", "Muộn", AiringState.LAPSED),
        ("24 17:00:00", "Hằng ngày", AiringState.PLANNED),
        ("25 17:00:00", "Hằng ngày", AiringState.SKIPPED),
        ("26 17:00:00", "Bỏ", AiringState.WITHDRAWN),
    ]


def test_a_submitted_edit_marks_the_airings_that_it_would_change(staffed: Staffed) -> None:
    made = staffed.approved(recurrence=daily("17:00", first=date(2026, 11, 25), last=date(2026, 11, 27)))
    later = content(
        places=Places(areas=(staffed.areas["commune"],)),
        recurrence=daily("17:00", first=date(2026, 11, 25), last=date(2026, 11, 26)),
        playlist=(item("b"),),
    )
    broadcasts.revise_broadcast(staffed.office, staffed.by("editor"), made, 1, FromDay(date(2026, 11, 26)), later)
    broadcasts.submit_version(staffed.office, staffed.by("editor"), made, 2)
    assert [(each.state, each.changing) for each in seen(staffed)] == [
        (AiringState.PLANNED, False),
        (AiringState.PLANNED, True),
        (AiringState.PLANNED, True),
    ]


def test_a_node_holds_an_airing_when_it_has_the_plan_and_all_its_audio(staffed: Staffed) -> None:
    staffed.approved(**once("2026-11-26"))
    assert [(each.ready, each.nodes) for each in seen(staffed)] == [(0, 3)]
    staffed.owe()
    says(staffed, "n1", sequence=1)
    says(staffed, "n2", sequence=1, missing=(sha("a"),))
    says(staffed, "n3", sequence=0)
    assert [(each.ready, each.nodes) for each in seen(staffed)] == [(1, 3)]


def test_the_head_of_a_hamlet_reads_what_is_heard_there_and_nothing_else(staffed: Staffed) -> None:
    here, there = (Places(areas=(staffed.areas[each],)) for each in ("h2", "h1"))
    staffed.approved(title="Cả xã", **once("2026-11-25"))
    staffed.approved(title="Thôn 2", places=here, **once("2026-11-26"))
    staffed.approved(title="Thôn 1", places=there, **once("2026-11-26"))
    drafted(staffed, title="Nháp", **once("2026-11-27"))
    found = seen(staffed, "head")
    assert [(each.title, each.where, each.own, each.nodes) for each in found] == [
        ("Cả xã", ("Thôn 2",), False, 1),
        ("Thôn 2", ("Thôn 2",), False, 1),
    ]
    assert seen(staffed, "stranger") == ()


def test_a_touching_result_counts_only_ones_own_hamlets(staffed: Staffed) -> None:
    made = staffed.approved(**once("2026-11-24", "17:00"))
    staffed.owe()
    proved(staffed, "n1", occurrence(made, "2026-11-24 17:00"), 60_000)
    staffed.clock.advance(hours=6)
    (found,) = seen(staffed, "head")
    assert found.outcome == Outcome(hamlets=1, full=0, partly=0, missed=0)


def test_a_span_is_at_most_35_days(staffed: Staffed) -> None:
    for end in (MONDAY - timedelta(seconds=1), MONDAY + timedelta(days=35, seconds=1)):
        with pytest.raises(Invalid):
            week.airings_between(staffed.office, staffed.by("editor"), MONDAY, end)


def test_the_template_week_is_the_weekly_broadcasts_without_an_end(staffed: Staffed) -> None:
    some = Recurrence(Repeat.WEEKDAYS, date(2026, 11, 30), (time(5, 30),), weekdays=(0, 4))
    staffed.approved(title="Hai ngày", recurrence=replace(some, except_days=(date(2026, 11, 30),)))
    staffed.approved(title="Hằng ngày", recurrence=daily("17:00"))
    staffed.approved(title="Có hạn", recurrence=daily("18:00", last=date(2026, 12, 20)))
    staffed.approved(title="Hết đúng", recurrence=daily("19:00"), last_true_day=date(2026, 12, 20))
    staffed.approved(
        title="Hằng tháng", recurrence=Recurrence(Repeat.MONTH_DAYS, date(2026, 11, 1), (time(20),), month_days=(1,))
    )
    found = week.template_week(staffed.office, staffed.by("editor"))
    assert [(each.starts_at.astimezone(HCM).strftime("%d %H:%M"), each.title) for each in found] == [
        ("30 05:30", "Hai ngày"),
        *[(f"{day} 17:00", "Hằng ngày") for day in ("30", "01", "02", "03")],
        ("04 05:30", "Hai ngày"),
        *[(f"{day} 17:00", "Hằng ngày") for day in ("04", "05", "06")],
    ]
    assert week.template_week(staffed.office, staffed.by("stranger")) == ()


def test_a_clash_that_comes_about_later_is_shown_at_both(staffed: Staffed) -> None:
    for name, hamlet in (("Bài một", "h1"), ("Bài hai", "h2")):
        submitted(staffed, title=name, places=Places(areas=(staffed.areas[hamlet],)), **once("2026-11-26"))
    assert [each.clashes_with for each in seen(staffed)] == [None, None]
    both = {staffed.areas[each]: 100 for each in ("h1", "h2")}
    nodes.change_node(staffed.office, staffed.by("admin"), NodeId("n1"), "Loa 1", staffed.areas["h1"], both)
    found = {each.title: each.clashes_with for each in seen(staffed)}
    assert found == {"Bài một": "Bài hai", "Bài hai": "Bài một"}
