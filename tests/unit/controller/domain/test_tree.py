"""What follows from the tree of areas."""

from dataclasses import replace

import pytest

from controller.domain import tree as trees
from controller.domain.values import Area, AreaId, Places, Tree, ZoneId
from tests.support.commune import COMMUNE, H1, H2, H3, HCM, N1, N2, N3, N23, NOON, OTHER, PROVINCE, TAY, VI, tree


def test_a_path_leads_from_the_root() -> None:
    assert [step.id for step in trees.path(tree(), H1)] == [PROVINCE, COMMUNE, H1]
    assert trees.path(tree(), AreaId("nowhere")) == ()


def test_a_branch_is_an_area_with_all_below_it() -> None:
    assert trees.branch(tree(), COMMUNE) == {COMMUNE, H1, H2, H3}
    assert trees.within(tree(), H1, PROVINCE)
    assert not trees.within(tree(), H1, OTHER)


def test_the_places_of_a_version_name_areas_and_hamlets() -> None:
    assert trees.named_areas(Places((COMMUNE,), (H1,), (ZoneId("z"),))) == (COMMUNE, H1)


def test_a_circle_of_areas_ends() -> None:
    one, two = Area(AreaId("1"), AreaId("2"), "1", "x"), Area(AreaId("2"), AreaId("1"), "2", "x")
    assert len(trees.path(Tree({one.id: one, two.id: two}, {}, {}), one.id)) == 2


def test_tier_is_depth() -> None:
    assert [trees.tier(tree(), area) for area in (PROVINCE, COMMUNE, H1)] == [0, 1, 2]


def test_the_nearest_ancestor_gives_what_an_area_does_not_say() -> None:
    assert trees.time_zone(tree(), H1) == HCM
    node = tree().nodes
    assert trees.languages(tree(), node[N1]) == (VI,)
    assert trees.languages(tree(), node[N2]) == (TAY, VI)
    assert trees.languages(tree(), node[N23]) == (VI,), "the home hamlet gives the languages"


def test_a_tree_without_a_time_zone_says_so() -> None:
    bare = Area(AreaId("x"), None, "x", "x")
    with pytest.raises(LookupError):
        trees.time_zone(Tree({bare.id: bare}, {}, {}), bare.id)


def test_a_setting_comes_from_the_nearest_area_that_has_it() -> None:
    commune = tree()
    areas = {**commune.areas, COMMUNE: replace(commune.areas[COMMUNE], settings={"own_approval": True})}
    assert trees.setting(replace(commune, areas=areas), H1, "own_approval") is True
    assert trees.setting(replace(commune, areas=areas), OTHER, "own_approval") is None


def test_a_zone_of_an_area_follows_the_tree_and_one_made_by_hand_its_hamlets() -> None:
    assert trees.nodes_of_zone(tree(), ZoneId("z-commune")) == (N1, N2, N23, N3)
    assert trees.nodes_of_zone(tree(), ZoneId("z-h2")) == (N2, N23)
    assert trees.nodes_of_zone(tree(), ZoneId("z-low")) == (N1, N2, N23)
    assert trees.nodes_of_zone(tree(), ZoneId("z-other-commune")) == ()


def test_a_hand_made_zone_is_written_into_a_version_as_its_hamlets() -> None:
    zones = [tree().zones[ZoneId("z-low")], tree().zones[ZoneId("z-h2")]]
    assert trees.places_of_zones(zones) == Places((H2,), (H1, H2), (ZoneId("z-h2"), ZoneId("z-low")))


def test_the_local_day_starts_at_local_midnight() -> None:
    assert trees.local_day_start(NOON, HCM).isoformat() == "2026-11-24T00:00:00+07:00"
