"""Edits of what is approved: what carries the approval, what waits anew, and from which start an edit counts."""

from dataclasses import replace
from datetime import date, time

import pytest

from controller.domain.broadcasts import newest
from controller.domain.planning import listener_at, outlook, plan
from controller.domain.values import (
    BroadcastId,
    Content,
    FromDay,
    NodeId,
    Places,
    Recurrence,
    Repeat,
    Version,
    VersionState,
    to_ms,
)
from controller.operations import approving, broadcasts, reading
from controller.storage import queries
from controller.storage.engine import reading as view
from playlists.models import Plan, Priority
from tests.support.commune import HCM, at, content, daily, item, sha
from tests.support.staffed import Staffed

TODAY, TOMORROW = FromDay(date(2026, 11, 24)), FromDay(date(2026, 11, 25))
LAST = date(2026, 12, 20)


def everywhere(staffed: Staffed, *hamlets: str) -> Places:
    return Places(areas=tuple(sorted(staffed.areas[name] for name in hamlets or ("h1", "h2"))))


def edited(staffed: Staffed, said: Content, made: BroadcastId, base: int = 1, scope: FromDay = TOMORROW) -> Version:
    """The version that an edit becomes when it asks for approval."""
    editor = staffed.by("editor")
    number = broadcasts.revise_broadcast(staffed.office, editor, made, base, scope, said)
    broadcasts.submit_version(staffed.office, editor, made, number)
    found = newest(reading.broadcast(staffed.office, editor, made))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"hamlets": ("h1",)}, id="fewer hamlets"),
        pytest.param({"playlist": (replace(item("a"), title="Tên khác"),)}, id="the same audio under another name"),
        pytest.param({"recurrence": daily("17:15")}, id="moved by 15 minutes on that day"),
        pytest.param({"priority": Priority.NORMAL}, id="a lower priority"),
        pytest.param({"last_true_day": date(2026, 12, 1)}, id="an earlier last true day"),
        pytest.param(
            {"recurrence": Recurrence(Repeat.WEEKDAYS, date(2026, 11, 25), (time(17),), weekdays=(0, 2))},
            id="fewer starts",
        ),
    ],
)
def test_the_same_or_less_is_approved_at_once_by_the_approval_it_carries(
    staffed: Staffed, changes: dict[str, object]
) -> None:
    first = content(places=everywhere(staffed), priority=Priority.PRIORITY, last_true_day=LAST)
    made = staffed.approved(places=first.places, priority=first.priority, last_true_day=LAST)
    hamlets = changes.pop("hamlets", ())
    assert isinstance(hamlets, tuple)
    found = edited(staffed, replace(first, **{"places": everywhere(staffed, *hamlets), **changes}), made)  # type: ignore[arg-type]
    assert (found.state, found.carried_from, found.decided_by) == (VersionState.APPROVED, 1, None)
    assert found.decided_at == staffed.clock.now
    assert approving.waiting(staffed.office, staffed.by("approver")) == ()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"hamlets": ("h1", "h2", "h3")}, id="one more hamlet"),
        pytest.param({"playlist": (item("b"),)}, id="new audio"),
        pytest.param({"recurrence": daily("17:16")}, id="moved by 16 minutes"),
        pytest.param({"recurrence": daily("17:00", "18:00")}, id="one more start"),
        pytest.param({"priority": Priority.PRIORITY}, id="a higher priority"),
        pytest.param({"last_true_day": date(2026, 12, 21)}, id="a later last true day"),
    ],
)
def test_all_else_waits_for_a_person(staffed: Staffed, changes: dict[str, object]) -> None:
    made = staffed.approved(places=everywhere(staffed), last_true_day=LAST)
    hamlets = changes.pop("hamlets", ())
    assert isinstance(hamlets, tuple)
    said = content(**{"places": everywhere(staffed, *hamlets), "last_true_day": LAST, **changes})
    found = edited(staffed, said, made)
    assert (found.state, found.carried_from, found.decided_at) == (VersionState.SUBMITTED, None, None)
    assert [each.number for each in approving.waiting(staffed.office, staffed.by("approver"))] == [2]


def test_what_is_carried_is_measured_by_what_a_person_approved_last(staffed: Staffed) -> None:
    made = staffed.approved(places=everywhere(staffed))
    fewer = edited(staffed, content(places=everywhere(staffed, "h1")), made)
    again = edited(staffed, content(places=everywhere(staffed)), made, base=2)
    assert (fewer.carried_from, again.carried_from) == (1, 1)
    moved = edited(staffed, content(places=everywhere(staffed), recurrence=daily("17:10")), made, base=3)
    further = edited(staffed, content(places=everywhere(staffed), recurrence=daily("17:20")), made, base=4)
    assert (moved.carried_from, further.state) == (1, VersionState.SUBMITTED)


def planned(staffed: Staffed) -> Plan:
    """The plan of the first node as it is now, with what has begun as it is owed."""
    now = staffed.clock.now
    with view(staffed.office.engine) as session:
        tree, audio = queries.tree_at(session, now), queries.assets(session)
        begun = queries.begun(session, NodeId("n1"), to_ms(at("2026-11-22 00:00")), to_ms(now))
        ahead = outlook(queries.broadcasts(session), HCM, now, tree, audio)
        return plan(listener_at(tree.nodes[NodeId("n1")], tree, audio), ahead, begun, now, "f" * 64)


def heard(staffed: Staffed) -> dict[str, str]:
    """By start: the hash that the node is to sound."""
    found = {each.starts_at: each.items[0].rows[0].sha256 for each in planned(staffed).occurrences()}
    return {f"{at_ms}": sha256 for at_ms, sha256 in found.items()}


def start(text: str) -> str:
    return str(to_ms(at(text)))


def test_an_edit_approved_two_minutes_after_the_start_leaves_the_airing_and_counts_from_the_next(
    staffed: Staffed,
) -> None:
    made = staffed.approved()
    staffed.owe()
    found = edited(staffed, content(places=everywhere(staffed, "commune"), playlist=(item("b"),)), made, scope=TODAY)
    assert found.state is VersionState.SUBMITTED
    staffed.clock.now = at("2026-11-24 17:02")
    approving.approve_version(staffed.office, staffed.by("approver"), made, 2, found.digest)
    sounds = heard(staffed)
    assert sounds[start("2026-11-24 17:00")] == sha("a")
    assert {sounds[start(f"2026-11-{day} 17:00")] for day in range(25, 30)} == {sha("b")}


def test_until_it_is_approved_the_last_approved_version_airs(staffed: Staffed) -> None:
    made = staffed.approved()
    edited(staffed, content(places=everywhere(staffed, "commune"), playlist=(item("b"),)), made, scope=TODAY)
    assert set(heard(staffed).values()) == {sha("a")}
