"""How every operation runs: asked, recorded, committed, nudged; and once for one key."""

import inspect
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

import controller.operations as package
from controller.domain.values import AreaId, Field, PersonId, Role
from controller.operations import areas, auditing, library, people, reading, setting_up
from controller.operations.acting import OPERATIONS, Act, Actor, Once, operation, query
from controller.operations.errors import Busy, Conflict, NotAllowed, NotFound, OperationError
from controller.operations.rights import RIGHTS, Right
from controller.storage import engine as engines
from controller.storage.engine import open_database
from controller.storage.engine import reading as view
from controller.storage.tables import IdempotencyRow, ProgrammeRow, SiteRow
from playlists.models import Kind
from tests.support.staffed import Staffed

OURS = {name: right for name, right in OPERATIONS.items() if not name.startswith("test_")}


@operation(Right.AREAS)
def forgets_to_ask(act: Act) -> None:
    """Records, but never asks."""
    act.record("x", "x", "x")


@operation(Right.READ)
def forgets_to_record(act: Act) -> None:
    """Asks, but leaves no audit entry."""
    act.permit_somewhere()


@operation(Right.READ)
def changes_and_fails(act: Act) -> None:
    """Fails after it changed something."""
    act.permit_somewhere()
    act.record("x", "x", "x")
    act.session.get_one(SiteRow, 1).epoch = 99
    act.session.flush()
    raise RuntimeError


@query(Right.READ)
def reads_without_asking(act: Act) -> int:
    """Reads what nobody was asked for."""
    return act.session.get_one(SiteRow, 1).epoch


@pytest.mark.parametrize("careless", [forgets_to_ask, forgets_to_record, reads_without_asking])
def test_an_operation_that_does_not_ask_or_record_never_comes_through(staffed: Staffed, careless: object) -> None:
    before = staffed.audit()
    with pytest.raises(AssertionError):
        careless(staffed.office, staffed.by("admin"))  # type: ignore[operator]
    assert staffed.audit() == before


def test_what_fails_half_way_is_undone_and_nudges_nobody(staffed: Staffed) -> None:
    before, nudged = staffed.audit(), staffed.nudges.times
    with pytest.raises(RuntimeError):
        changes_and_fails(staffed.office, staffed.by("admin"))
    assert setting_up.found_site(staffed.office, "xa-b") == 1
    assert (staffed.audit(), staffed.nudges.times) == (before, nudged)


def test_every_operation_stands_in_the_table_of_rights_with_a_docstring() -> None:
    assert len(OURS) > 40
    assert set(OURS.values()) <= set(RIGHTS)
    folder = Path(inspect.getfile(package)).parent
    assert {name.partition(".")[0] for name in OURS} <= {path.stem for path in folder.glob("*.py")}


def test_nobody_without_a_role_reads_or_does_anything_but_mind_their_own_account(staffed: Staffed) -> None:
    nobody = Actor(PersonId("nobody"), "x")
    for deed in (reading.tree, reading.nodes, reading.broadcasts, reading.assets, auditing.audit, reading.people):
        with pytest.raises(NotAllowed):
            deed(staffed.office, nobody)


def add(staffed: Staffed, once: Once | None, name: str = "Thời sự", who: str = "editor") -> str:
    actor = replace(staffed.by(who), once=once)
    commune = staffed.areas["commune"]
    return library.add_programme(staffed.office, actor, commune, name, Kind.NOTICE, Field.GENERAL)


def programmes(staffed: Staffed) -> int:
    with view(staffed.office.engine) as session:
        return session.scalar(select(func.count()).select_from(ProgrammeRow)) or 0


def test_the_same_key_and_request_again_gives_the_first_answer_and_changes_nothing(staffed: Staffed) -> None:
    once, before = Once("key-1", "a" * 64), programmes(staffed)
    first = add(staffed, once)
    audit = staffed.audit()
    assert add(staffed, once) == first
    assert (programmes(staffed), staffed.audit()) == (before + 1, audit)


def test_a_key_used_for_another_request_is_refused(staffed: Staffed) -> None:
    add(staffed, Once("key-1", "a" * 64))
    with pytest.raises(Conflict) as caught:
        add(staffed, Once("key-1", "b" * 64), "Khác")
    assert caught.value.problems[0].reason == "key_reused"


def test_a_key_is_ones_own(staffed: Staffed) -> None:
    first = add(staffed, Once("key-1", "a" * 64))
    assert add(staffed, Once("key-1", "a" * 64), "Của trực", "officer") != first


def test_what_was_refused_leaves_the_key_free(staffed: Staffed) -> None:
    once = Once("key-1", "a" * 64)
    with pytest.raises(OperationError):
        add(staffed, once, "")
    with view(staffed.office.engine) as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyRow)) == 0
    assert add(staffed, once)


def test_the_right_is_asked_in_the_transaction_that_commits(staffed: Staffed) -> None:
    """A role taken away between the page and the press counts no more."""
    office, admin, editor = staffed.office, staffed.by("admin"), staffed.by("editor")
    (seen,) = [each for each in reading.people(office, admin) if each.id == editor.person]
    people.revoke_role(office, admin, seen.grants[0][0])
    with pytest.raises(NotFound):
        areas.add_zone(office, editor, staffed.areas["commune"], "Vùng", [staffed.areas["h1"]])
    people.grant_role(office, admin, editor.person, Role.AUDITOR, staffed.areas["commune"])
    with pytest.raises(NotAllowed):
        areas.add_zone(office, editor, staffed.areas["commune"], "Vùng", [staffed.areas["h1"]])


def test_a_database_that_another_process_holds_answers_busy(staffed: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_MS", 50)
    path = staffed.office.engine.url.database or ""
    hurried = replace(staffed.office, engine=open_database(path))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for deed in (lambda: areas.add_area(hurried, staffed.by("admin"), staffed.areas["commune"], "x", "x"),
                 lambda: reading.tree(hurried, staffed.by("admin"))):  # fmt: skip
        with pytest.raises(Busy):
            deed()
    holder.execute("ROLLBACK")
    holder.close()
    hurried.engine.dispose()


def test_the_audit_is_read_by_auditors_of_the_branch(staffed: Staffed) -> None:
    whole = [each.row for each in auditing.audit(staffed.office, staffed.by("admin"))]
    assert [row.id for row in whole] == sorted((row.id for row in whole), reverse=True)
    assert whole[-1].act == "set_up"
    branch = {each.row.area_id for each in auditing.audit(staffed.office, staffed.by("auditor"))}
    assert staffed.areas["other"] not in branch
    assert staffed.areas["commune"] in branch
    with pytest.raises(NotAllowed):
        auditing.audit(staffed.office, staffed.by("editor"))


def test_a_tree_shows_ones_branches_and_the_way_to_them(staffed: Staffed) -> None:
    names = {area.name for area in reading.tree(staffed.office, staffed.by("head")).areas.values()}
    assert names == {"Tỉnh A", "Xã B", "Thôn 2"}
    assert {view.node.name for view in reading.nodes(staffed.office, staffed.by("head"))} == {"Loa 2"}
    with pytest.raises(NotFound):
        areas.change_area(staffed.office, staffed.by("stranger"), AreaId(staffed.areas["h1"]), name="x")
