"""One airing opened: past, on air, planned, skipped, waiting; by which version, by whom."""

from datetime import timedelta

import pytest

from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.values import BroadcastId, FromDay, OccurrenceId, Places, VersionState, ZoneId, to_ms
from controller.domain.week import AiringState
from controller.operations import broadcasts
from controller.operations.airing import Opened, airing
from controller.operations.approving import return_version
from controller.operations.deciding import Wish, decide
from controller.operations.editing import Edit, edit_airing
from controller.operations.errors import NotFound
from controller.operations.playing_now import play_now
from controller.operations.rights import Right
from tests.support.commune import HCM, at, content, daily, item, sha
from tests.support.staffed import Staffed

TOMORROW = at("2026-11-25 17:00")


def opened(desk: Staffed, made: BroadcastId, who: str = "editor", nominal: object = TOMORROW) -> Opened:
    return airing(desk.office, desk.by(who), OccurrenceId(f"{made}-{to_ms(nominal)}"))  # type: ignore[arg-type]


def edit(desk: Staffed, made: BroadcastId, base: int, change: Change) -> None:
    edit_airing(desk.office, desk.by("editor"), Edit(made, base, Choice.ONLY_THIS, (to_ms(TOMORROW),), change))


def places(desk: Staffed, *names: str) -> Places:
    return Places(areas=tuple(desk.areas[name] for name in names))


@pytest.mark.parametrize("owes", [False, True])
def test_what_is_planned_says_what_is_in_it_and_who_wrote_and_approved(staffed: Staffed, owes: bool) -> None:
    made = staffed.approved()
    if owes:
        staffed.owe()
    found = opened(staffed, made)
    assert (found.state, found.title, found.starts_at) == (AiringState.PLANNED, "Tiêm phòng", TOMORROW)
    assert found.ends_at - found.starts_at == timedelta(seconds=60)
    assert found.version is not None
    assert (found.version.number, found.newer) == (1, None)
    assert found.names[found.version.author] == "editor"
    assert found.version.decided_by is not None
    assert found.names[found.version.decided_by] == "approver"
    assert found.titles == {sha("a"): "Tệp a"}
    assert set(found.hamlets) == {staffed.areas[name] for name in ("h1", "h2", "h3")}
    assert (found.result is not None) is owes


def test_what_is_edited_meanwhile_is_shown_as_it_will_be(staffed: Staffed) -> None:
    made = staffed.approved()
    staffed.owe()
    edit(staffed, made, 1, Change(starts_at=at("2026-11-25 17:10")))
    found = opened(staffed, made)
    assert (found.starts_at, found.state) == (at("2026-11-25 17:10"), AiringState.PLANNED)
    edit(staffed, made, 2, Change(playlist=(item("b"),)))
    waiting = opened(staffed, made)
    assert waiting.version is not None
    assert waiting.newer is not None
    assert (waiting.version.number, waiting.newer.number, waiting.base) == (2, 3, 3)
    assert waiting.ends_at - waiting.starts_at == timedelta(seconds=60)


@pytest.mark.parametrize("owes", [False, True])
def test_what_is_skipped_shows_what_would_air(staffed: Staffed, owes: bool) -> None:
    made = staffed.approved()
    if owes:
        staffed.owe()
    edit(staffed, made, 1, Change(skip=True))
    found = opened(staffed, made)
    assert (found.state, found.title) == (AiringState.SKIPPED, "Tiêm phòng")
    assert found.version is not None
    assert found.version.number == 2


def test_what_nobody_approved_yet_waits_and_lapses(staffed: Staffed) -> None:
    said = content(places=places(staffed, "commune"))
    wish = Wish(staffed.areas["commune"], staffed.programme, FromDay(TOMORROW.astimezone(HCM).date()), said)
    made = BroadcastId(decide(staffed.office, staffed.by("editor"), wish)["broadcast"])
    found = opened(staffed, made)
    assert (found.state, found.newer) == (AiringState.WAITING, None)
    assert found.version is not None
    assert (found.version.state, found.version.decided_at) == (VersionState.SUBMITTED, None)
    assert opened(staffed, made, "head").state is AiringState.WAITING
    staffed.clock.now = TOMORROW
    assert opened(staffed, made).state is AiringState.LAPSED
    with pytest.raises(NotFound):
        opened(staffed, made, "head")


def test_what_is_a_draft_or_was_returned_says_so_to_its_own(staffed: Staffed) -> None:
    said = content(places=places(staffed, "commune"))
    wish = Wish(staffed.areas["commune"], staffed.programme, FromDay(TOMORROW.astimezone(HCM).date()), said)
    made = BroadcastId(decide(staffed.office, staffed.by("editor"), wish, submit=False)["broadcast"])
    assert opened(staffed, made).state is AiringState.DRAFT
    broadcasts.submit_version(staffed.office, staffed.by("editor"), made, 1)
    return_version(staffed.office, staffed.by("approver"), made, 1, "Sai giờ", staffed.digest(made))
    assert opened(staffed, made).state is AiringState.RETURNED
    with pytest.raises(NotFound):
        opened(staffed, made, "head")


def test_what_is_over_is_past_and_what_is_withdrawn_says_so(staffed: Staffed) -> None:
    made = staffed.approved()
    staffed.owe()
    today = at("2026-11-24 17:00")
    for minutes, state in ((0, AiringState.ON_AIR), (2, AiringState.PAST)):
        staffed.clock.now = today + timedelta(minutes=minutes)
        assert opened(staffed, made, nominal=today).state is state
    broadcasts.withdraw_broadcast(staffed.office, staffed.by("editor"), made)
    assert opened(staffed, made).state is AiringState.WITHDRAWN


def test_a_play_now_has_one_airing(staffed: Staffed) -> None:
    zones = [ZoneId(staffed.zone("h1"))]
    made = play_now(
        staffed.office, staffed.by("officer"), staffed.areas["commune"], staffed.programme, "Khẩn", (item("c"),), zones
    )
    found = airing(staffed.office, staffed.by("editor"), OccurrenceId(made))
    assert (found.title, found.hamlets) == ("Khẩn", (staffed.areas["h1"],))
    with pytest.raises(NotFound):
        airing(staffed.office, staffed.by("editor"), OccurrenceId(made + "0"))


def test_who_is_touched_sees_only_their_hamlet_and_edits_nothing(staffed: Staffed) -> None:
    made = staffed.approved()
    staffed.owe()
    found = opened(staffed, made, "head")
    assert found.hamlets == (staffed.areas["h2"],)
    assert found.result is not None
    assert [each.owed.node for each in found.result.nodes] == ["n2"]
    assert found.may == {Right.STOP}
    assert Right.SUBMIT in opened(staffed, made).may
    assert Right.SUBMIT not in opened(staffed, made, "approver").may


@pytest.mark.parametrize("name", ["nirgends", "bulletin01-", "-1", "x-99999999999999999999", "x-١٢"])
def test_what_is_no_airing_is_answered_like_what_is_foreign(staffed: Staffed, name: str) -> None:
    made = staffed.approved(recurrence=daily("17:00"))
    asked = (OccurrenceId(name), OccurrenceId(f"{made}-{to_ms(TOMORROW) + 1}"))
    for who, each in (("editor", asked[0]), ("editor", asked[1]), ("stranger", f"{made}-{to_ms(TOMORROW)}")):
        with pytest.raises(NotFound):
            airing(staffed.office, staffed.by(who), OccurrenceId(each))
