"""A hamlet goes to another commune with its node: what follows the tree, what was written down, who decides now."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.values import BroadcastId, FromDay, Places, VersionState, to_ms
from controller.operations import areas, quiet, reading
from controller.operations.approving import approve_version, return_version
from controller.operations.deciding import Wish, decide, look
from controller.operations.editing import Edit, edit_airing
from controller.operations.errors import Conflict, NotFound
from controller.operations.week import airings_between
from controller.storage import queries
from controller.storage.engine import reading as view
from tests.support.commune import at, content, daily
from tests.support.staffed import Staffed

BEGIN, END = at("2026-11-25 00:00"), at("2026-11-26 00:00")


@pytest.fixture
def named(staffed: Staffed) -> BroadcastId:
    """A bulletin of the commune that names Thôn 1 and 2, every day at 17:00; approved."""
    places = Places(areas=tuple(sorted((staffed.areas["h1"], staffed.areas["h2"]))))
    return staffed.approved(places=places, recurrence=daily("17:00"))


def move(staffed: Staffed) -> None:
    """Thôn 1 goes to Xã C."""
    areas.change_area(staffed.office, staffed.by("admin"), staffed.areas["h1"], parent=staffed.areas["other"])


def wish(staffed: Staffed, *names: str) -> Wish:
    """What somebody at the commune's desk has in an open form."""
    said = content(places=Places(areas=tuple(sorted(staffed.areas[each] for each in names))), recurrence=daily("18:00"))
    return Wish(staffed.areas["commune"], staffed.programme, FromDay(date(2026, 11, 25)), said)


def places_at(staffed: Staffed, name: str, moment: datetime) -> list[BroadcastId]:
    """What somebody sees of a day."""
    return [each.broadcast for each in airings_between(staffed.office, staffed.by(name), moment, END)]


def test_a_form_that_names_a_hamlet_which_went_meanwhile_is_refused_at_its_places(staffed: Staffed) -> None:
    form = wish(staffed, "h1", "h2")
    move(staffed)
    for refuse in (look, decide):
        with pytest.raises(NotFound) as caught:
            refuse(staffed.office, staffed.by("editor"), form)
        assert caught.value.problems[0].where == "places"
    assert decide(staffed.office, staffed.by("editor"), wish(staffed, "h2"))["state"] == "submitted"


def test_a_decision_for_the_whole_commune_follows_the_tree(staffed: Staffed) -> None:
    whole = wish(staffed, "commune")
    before = look(staffed.office, staffed.by("editor"), whole).audience.nodes
    move(staffed)
    after = look(staffed.office, staffed.by("editor"), whole).audience.nodes
    assert (before, after) == (("n1", "n2", "n3"), ("n2", "n3"))


def test_what_named_the_hamlet_is_seen_and_made_quiet_by_its_new_commune(staffed: Staffed, named: BroadcastId) -> None:
    assert places_at(staffed, "stranger", BEGIN) == []
    move(staffed)
    assert places_at(staffed, "stranger", BEGIN) == [named]
    staffed.owe()
    staffed.clock.now = at("2026-11-25 17:00:10")
    occurrence = reading.occurrences(staffed.office, staffed.by("stranger"), BEGIN, END)[0].id
    quiet.stop(staffed.office, staffed.by("stranger"), occurrence)


def test_its_old_commune_goes_on_deciding_once_the_hamlet_is_left_out(staffed: Staffed, named: BroadcastId) -> None:
    move(staffed)
    nominals = (to_ms(at("2026-11-25 17:00")),)
    as_it_was = Edit(named, 1, Choice.FROM_NOW, nominals, Change(title="Tin khác"))
    with pytest.raises(NotFound):
        edit_airing(staffed.office, staffed.by("editor"), as_it_was)
    without = Change(places=Places(areas=(staffed.areas["h2"],)))
    edit_airing(staffed.office, staffed.by("editor"), replace(as_it_was, change=without))
    with view(staffed.office.engine) as session:
        found = queries.broadcast(session, named)
    assert found is not None
    assert found.versions[-1].state is VersionState.APPROVED


def test_what_waits_for_a_hamlet_that_went_is_not_approved_but_returned_to_its_author(staffed: Staffed) -> None:
    made = decide(staffed.office, staffed.by("editor"), wish(staffed, "h1", "h2"))
    move(staffed)
    approver, waits, number = staffed.by("approver"), BroadcastId(str(made["broadcast"])), int(str(made["version"]))
    (version,) = reading.broadcast(staffed.office, approver, waits).versions
    with pytest.raises(Conflict) as caught:
        approve_version(staffed.office, approver, waits, number, version.digest)
    assert caught.value.problems[0].reason == "place_gone"
    return_version(staffed.office, approver, waits, number, "Thôn 1 đã đi")
