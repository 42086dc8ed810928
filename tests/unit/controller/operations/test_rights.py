"""Who may do what."""

import pytest

from controller.domain.values import AreaId, Grant, Places, Role
from controller.operations.rights import RIGHTS, Reach, Right, branches, may, may_sound, quiet_hamlets, reach
from tests.support.commune import COMMUNE, H1, H2, H3, OTHER, PROVINCE, tree

E, A, D, T, U, M = (
    Role.EDITOR, Role.APPROVER, Role.DUTY_OFFICER, Role.TECHNICIAN, Role.AUDITOR, Role.ADMINISTRATOR,
)  # fmt: skip

WHO_MAY = {
    Right.READ: {E, A, D, T, U, M},
    Right.OWN_ACCOUNT: {E, A, D, T, U, M},
    Right.UPLOAD: {E, D},
    Right.DRAFT: {E, D},
    Right.SUBMIT: {E, D},
    Right.HAND_MADE_ZONE: {E, D},
    Right.PROGRAMME: {E, D},
    Right.WITHDRAW: {E, A, D},
    Right.STOP: {E, A, D},
    Right.MUTE: {E, A, D},
    Right.APPROVE: {A},
    Right.PAPER_APPROVAL: {E},
    Right.PLAY_NOW: {A, D},
    Right.PLAY_NOW_APPROVED: {E, A, D},
    Right.ALARM: {A, D},
    Right.OUT_OF_HOURS: {D},
    Right.BOOK: {D, M},
    Right.NODE_SETTINGS: {T},
    Right.REQUESTS: {T},
    Right.AUDIT: {U, M},
    Right.AREAS: {M},
    Right.NODES: {M},
    Right.PEOPLE: {M},
}


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_the_table_of_rights(right: Right, role: Role) -> None:
    assert may(tree(), [Grant(role, COMMUNE)], right, COMMUNE) is (role in WHO_MAY[right])


def test_every_right_stands_in_the_table_and_what_does_not_is_refused() -> None:
    assert set(RIGHTS) == set(Right)
    everything = [Grant(role, PROVINCE) for role in Role]
    assert not may(tree(), everything, "fly", PROVINCE)  # type: ignore[arg-type]


@pytest.mark.parametrize(("area", "held"), [(PROVINCE, False), (COMMUNE, True), (H1, True), (OTHER, False)])
def test_a_role_counts_in_the_branch_below_its_area(area: AreaId, held: bool) -> None:
    assert may(tree(), [Grant(Role.EDITOR, COMMUNE)], Right.DRAFT, area) is held


def test_no_role_gives_nothing_and_one_in_an_area_that_is_no_more_neither() -> None:
    assert not may(tree(), [], Right.READ, COMMUNE)
    assert branches(tree(), [Grant(Role.EDITOR, AreaId("gone"))], Right.READ) == ()


def test_only_the_topmost_of_ones_branches_are_named() -> None:
    grants = [Grant(Role.EDITOR, H1), Grant(Role.EDITOR, COMMUNE), Grant(Role.EDITOR, OTHER)]
    assert branches(tree(), grants, Right.MUTE) == (COMMUNE, OTHER)


def test_to_make_sound_every_hamlet_named_must_lie_in_the_branch() -> None:
    head = [Grant(Role.DUTY_OFFICER, H1)]
    assert may_sound(tree(), head, Right.PLAY_NOW, [H1])
    assert not may_sound(tree(), head, Right.PLAY_NOW, [H1, H2])


def test_what_touches_may_be_read_and_made_quiet_in_ones_hamlets_only() -> None:
    head = [Grant(Role.DUTY_OFFICER, H2)]
    everywhere, elsewhere = Places(areas=(COMMUNE,)), Places(areas=(H1,))
    assert reach(tree(), head, COMMUNE, everywhere) is Reach.TOUCHING
    assert reach(tree(), head, COMMUNE, elsewhere) is Reach.FOREIGN
    assert reach(tree(), head, H2, elsewhere) is Reach.OWN
    assert quiet_hamlets(tree(), head, Right.STOP, everywhere) == (H2,)


def test_a_node_of_two_hamlets_touches_both() -> None:
    assert reach(tree(), [Grant(Role.AUDITOR, H3)], COMMUNE, Places(hamlets=(H2,))) is Reach.TOUCHING
    assert quiet_hamlets(tree(), [Grant(Role.AUDITOR, H3)], Right.STOP, Places(hamlets=(H2,))) == ()
