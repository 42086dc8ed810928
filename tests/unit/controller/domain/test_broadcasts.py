"""The life of a broadcast."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from controller.domain import broadcasts as life
from controller.domain.values import Broadcast, FromDay, NamedStarts, VersionState
from playlists.models import Millis
from tests.support.commune import APPROVER, EDITOR, H1, NOON, broadcast, content, item, sha, version

SCOPE = FromDay(date(2026, 11, 25))


def fresh() -> Broadcast:
    return life.draft(replace(broadcast(), versions=()), SCOPE, content(), EDITOR, NOON)


def submitted() -> Broadcast:
    return life.submit(fresh(), 1, NOON)


def approved() -> Broadcast:
    made = submitted()
    return life.approve(made, 1, made.versions[0].digest, APPROVER, NOON)


def state(made: Broadcast) -> VersionState:
    newest = life.newest(made)
    assert newest is not None
    return newest.state


def test_a_version_goes_from_draft_to_submitted_to_approved() -> None:
    assert [state(each) for each in (fresh(), submitted(), approved())] == [
        VersionState.DRAFT,
        VersionState.SUBMITTED,
        VersionState.APPROVED,
    ]
    assert (approved().versions[0].decided_by, approved().versions[0].decided_at) == (APPROVER, NOON)


def test_a_version_is_returned_with_a_reason() -> None:
    returned = life.give_back(submitted(), 1, "Thiếu giờ", APPROVER, NOON).versions[0]
    assert (returned.state, returned.returned_why) == (VersionState.RETURNED, "Thiếu giờ")


def test_an_edit_is_a_new_version_on_top_of_the_newest_and_leaves_the_approved_one() -> None:
    edited = life.draft(approved(), SCOPE, content(title="Mới"), EDITOR, NOON)
    assert [(each.number, each.state) for each in edited.versions] == [
        (1, VersionState.APPROVED),
        (2, VersionState.DRAFT),
    ]


Deed = Callable[[], Broadcast]


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        pytest.param(lambda: life.submit(submitted(), 1, NOON), "wrong_state", id="submit twice"),
        pytest.param(lambda: life.approve(fresh(), 1, "", APPROVER, NOON), "wrong_state", id="approve a draft"),
        pytest.param(lambda: life.approve(approved(), 1, "", APPROVER, NOON), "wrong_state", id="approve twice"),
        pytest.param(lambda: life.approve(submitted(), 1, "0" * 64, APPROVER, NOON), "conflict", id="another digest"),
        pytest.param(lambda: life.submit(fresh(), 2, NOON), "not_found", id="a number that is not there"),
        pytest.param(
            lambda: life.submit(life.draft(fresh(), SCOPE, content(), EDITOR, NOON), 1, NOON),
            "conflict",
            id="an older number",
        ),
        pytest.param(lambda: life.give_back(submitted(), 1, "  ", APPROVER, NOON), "empty", id="no reason"),
        pytest.param(lambda: life.give_back(fresh(), 1, "x", APPROVER, NOON), "wrong_state", id="return a draft"),
        pytest.param(
            lambda: life.withdraw(life.withdraw(fresh(), NOON), NOON), "withdrawn", id="withdraw what is withdrawn"
        ),
        pytest.param(
            lambda: life.draft(life.withdraw(fresh(), NOON), SCOPE, content(), EDITOR, NOON),
            "withdrawn",
            id="edit what is withdrawn",
        ),
    ],
)
def test_what_is_not_possible_is_refused_with_its_reason(deed: Deed, reason: str) -> None:
    with pytest.raises(life.Refused) as caught:
        deed()
    assert caught.value.problem.reason == reason


def test_the_digest_names_all_that_is_decided() -> None:
    changes: list[dict[str, object]] = [
        {"title": "Khác"}, {"playlist": (item("b"),)}, {"rank": 1}, {"last_true_day": date(2026, 12, 1)},
        {"recurrence": None}, {"time_zone": "UTC"},
    ]  # fmt: skip
    digests = {life.digest(SCOPE, content(**change)) for change in changes}
    digests |= {life.digest(SCOPE, content()), life.digest(NamedStarts((Millis(1),)), content())}
    digests |= {life.digest(FromDay(SCOPE.day, ends_named=True), content())}
    assert len(digests) == len(changes) + 3
    assert life.digest(SCOPE, content()) == life.digest(SCOPE, content())


def test_as_if_approved_is_what_the_newest_version_would_air() -> None:
    assert state(life.as_if_approved(submitted(), NOON)) is VersionState.APPROVED
    assert life.as_if_approved(approved(), NOON) == approved()


def test_who_wrote_a_version_is_known() -> None:
    assert life.wrote(submitted(), 1, EDITOR)
    assert not life.wrote(submitted(), 1, APPROVER)


def test_every_place_and_every_sound_of_all_versions_is_known() -> None:
    other = content(playlist=(item("b"),), places=replace(content().places, hamlets=(H1,)))  # type: ignore[type-var]
    made = broadcast(version(), version(2, other))
    assert life.hashes(made) == {sha("a"), sha("b")}
    assert life.all_places(made).hamlets == (H1,)


def test_on_paper_it_is_approved_by_who_signed_and_recorded_by_another() -> None:
    made = submitted()
    found = life.approve_on_paper(made, 1, made.versions[0].digest, APPROVER, EDITOR, " Phiếu 12 ", NOON).versions[0]
    assert (found.state, found.decided_by, found.decided_at) == (VersionState.APPROVED, APPROVER, NOON)
    assert (found.paper_by, found.paper_note, found.paper_seen_at) == (EDITOR, "Phiếu 12", None)
    with pytest.raises(life.Refused):
        life.approve_on_paper(made, 1, made.versions[0].digest, APPROVER, EDITOR, " ", NOON)


def test_what_is_returned_is_what_was_shown() -> None:
    made = submitted()
    with pytest.raises(life.Refused):
        life.give_back(made, 1, "Sai", APPROVER, NOON, "0" * 64)
    assert state(life.give_back(made, 1, "Sai", APPROVER, NOON, made.versions[0].digest)) is VersionState.RETURNED
