"""Silences, and who hears."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.airings import airings
from controller.domain.layout import Reach
from controller.domain.planning import listener_at, outlook, plan
from controller.domain.silences import (
    KINDS,
    MOST_IN_PLAN,
    OF_A_HEAD,
    PlacedSilence,
    SilenceId,
    Why,
    fallen,
    in_plan,
    is_quiet,
    problems,
    told_by,
)
from controller.domain.values import AreaId, NodeId, PersonId, Places, to_ms
from controller.domain.who_hears import audience
from playlists.models import Interval, Kind, Priority, Silence
from tests.support.commune import (
    COMMUNE,
    H1,
    H2,
    H3,
    HCM,
    N1,
    N2,
    N3,
    N23,
    NOON,
    OTHER,
    PROGRAMME,
    assets,
    at,
    broadcast,
    content,
    tree,
    version,
)

WINDOW = Interval(start=to_ms(at("2026-11-22 00:00")), end=to_ms(at("2026-12-25 00:00")))
FUNERAL = PlacedSilence(
    SilenceId("s1"), (H2,), at("2026-11-24 16:00"), at("2026-11-25 18:00"), (), Why.FUNERAL, "", PersonId("head")
)


def placed(begin: str, end: str, *kinds: Kind, areas: tuple[AreaId, ...] = (H2,)) -> PlacedSilence:
    return replace(FUNERAL, begin=at(f"2026-{begin}"), end=at(f"2026-{end}"), kinds=kinds, areas=areas)


def span(begin: str, end: str, *kinds: Kind) -> Silence:
    return Silence(start=to_ms(at(f"2026-{begin}")), end=to_ms(at(f"2026-{end}")), kinds=kinds)


def of(*silences: PlacedSilence, node: NodeId = N2) -> tuple[Silence, ...]:
    return in_plan(tree(), tree().nodes[node], silences, WINDOW)


def test_a_silence_counts_for_every_node_that_serves_a_hamlet_of_its_places() -> None:
    assert [bool(of(FUNERAL, node=node)) for node in (N1, N2, N23, N3)] == [False, True, True, False]
    everywhere = replace(FUNERAL, areas=(COMMUNE,))
    assert all(of(everywhere, node=node) for node in (N1, N2, N23, N3))
    assert not of(replace(FUNERAL, areas=(OTHER,)))


def test_the_strictest_counts_for_a_node_that_serves_two_hamlets() -> None:
    both = (placed("11-24 08:00", "11-24 10:00"), placed("11-24 09:00", "11-24 12:00", areas=(H3,)))
    assert of(*both, node=N23) == (span("11-24 08:00", "11-24 12:00"),)
    assert of(*both, node=N2) == (span("11-24 08:00", "11-24 10:00"),)


def test_a_plan_carries_the_stretches_of_its_window_in_order_and_what_touches_made_one() -> None:
    found = of(
        placed("11-26 08:00", "11-26 09:00"),
        placed("11-26 09:00", "11-26 12:00"),
        placed("11-26 10:00", "11-26 11:00"),
        placed("11-20 08:00", "11-22 01:00"),
        placed("12-24 23:00", "12-30 00:00"),
        placed("10-01 00:00", "10-02 00:00"),
    )
    assert found == (
        span("11-22 00:00", "11-22 01:00"), span("11-26 08:00", "11-26 12:00"), span("12-24 23:00", "12-25 00:00"),
    )  # fmt: skip


def test_kinds_keep_their_own_stretches() -> None:
    found = of(
        placed("11-24 08:00", "11-24 10:00", Kind.MUSIC),
        placed("11-24 09:00", "11-24 12:00", Kind.REBROADCAST, Kind.MUSIC),
        placed("11-24 09:30", "11-24 11:00"),
    )
    assert found == (
        span("11-24 08:00", "11-24 10:00", Kind.MUSIC),
        span("11-24 09:00", "11-24 12:00", Kind.MUSIC, Kind.REBROADCAST),
        span("11-24 09:30", "11-24 11:00"),
    )


def test_a_lifted_silence_ends_then_and_one_lifted_before_it_begins_is_none() -> None:
    assert of(replace(FUNERAL, lifted_at=at("2026-11-24 20:00"))) == (span("11-24 16:00", "11-24 20:00"),)
    assert of(replace(FUNERAL, lifted_at=NOON)) == ()
    assert of(replace(FUNERAL, lifted_at=at("2026-11-30 00:00"))) == (span("11-24 16:00", "11-25 18:00"),)


def test_the_plan_of_a_node_carries_its_silences() -> None:
    commune = tree()
    ahead = outlook([broadcast()], HCM, NOON, commune, assets())
    made = [
        plan(listener_at(commune.nodes[n], commune, assets()), ahead, (), NOON, "f" * 64, silences=[FUNERAL])
        for n in (N1, N2)
    ]
    assert [each.silences for each in made] == [(), (span("11-24 16:00", "11-25 18:00"),)]
    assert all(each.broadcasts for each in made), "what falls silent stays planned: the node closes it quiet"


def test_what_falls_silent_is_offered_for_airing_again() -> None:
    commune, reach = tree(), Reach(tree(), assets())
    found = airings(broadcast(), NOON, NOON + timedelta(days=5))
    lost = fallen(found, FUNERAL, {broadcast().id: PROGRAMME}, reach)
    assert [(each.airing.starts_at, each.nodes) for each in lost] == [
        (to_ms(at("2026-11-24 17:00")), ("n2", "n23")),
        (to_ms(at("2026-11-25 17:00")), ("n2", "n23")),
    ]
    assert not fallen(found, replace(FUNERAL, kinds=(Kind.MUSIC,)), {broadcast().id: PROGRAMME}, reach)
    elsewhere = airings(broadcast(version(1, content(places=Places(hamlets=(H1,))))), NOON, NOON + timedelta(days=5))
    assert not fallen(elsewhere, FUNERAL, {broadcast().id: PROGRAMME}, reach)
    cut = replace(FUNERAL, begin=at("2026-11-24 17:00:59"), end=at("2026-11-24 18:00"))
    assert len(fallen(found, cut, {broadcast().id: PROGRAMME}, reach)) == 1, "cut short"
    assert commune == reach.tree


@pytest.mark.parametrize(
    ("changes", "where", "reason"),
    [
        ({"areas": ()}, "areas", "no_place"),
        ({"areas": (AreaId("moon"),)}, "areas", "not_found"),
        ({"end": FUNERAL.begin}, "end", "end_before_start"),
        ({"begin": at("2026-11-23 08:00"), "end": at("2026-11-24 11:00")}, "end", "past"),
        ({"end": FUNERAL.begin + OF_A_HEAD + timedelta(seconds=1)}, "end", "too_long"),
        ({"kinds": (Kind.NOTICE,)}, "kinds", "bad_kind"),
        ({"why": Why.OTHER, "note": " "}, "note", "empty"),
    ],
)
def test_a_silence_that_cannot_be_is_refused(changes: dict[str, object], where: str, reason: str) -> None:
    wrong = problems(replace(FUNERAL, **changes), tree(), NOON, OF_A_HEAD)  # type: ignore[arg-type]
    assert [(each.where, each.reason) for each in wrong] == [(where, reason)]


def test_a_head_makes_it_quiet_for_72_hours_at_most_and_it_may_have_begun() -> None:
    good = replace(FUNERAL, begin=NOON - timedelta(hours=1), end=NOON + timedelta(hours=71), kinds=KINDS)
    assert problems(good, tree(), NOON, OF_A_HEAD) == ()


HOURS = st.integers(-60, 800)
SETS = st.lists(st.tuples(HOURS, st.integers(1, 100), st.sampled_from([(), (Kind.MUSIC,)])), max_size=8)


@given(SETS, st.integers(0, 32 * 24 * 60))
def test_a_node_is_quiet_exactly_when_a_silence_of_its_hamlets_is_in_force(
    each: list[tuple[int, int, tuple[Kind, ...]]], minute: int
) -> None:
    begin = at("2026-11-22 00:00")
    silences = [
        replace(FUNERAL, begin=begin + timedelta(hours=h), end=begin + timedelta(hours=h + n), kinds=kinds)
        for h, n, kinds in each
    ]
    moment = begin + timedelta(minutes=minute)
    said = of(*silences)
    for kind in (Kind.NOTICE, Kind.MUSIC):
        heard = any(s.start <= to_ms(moment) < s.end and (not s.kinds or kind in s.kinds) for s in said)
        assert heard == is_quiet(tree(), tree().nodes[N2], silences, moment, kind)
    assert list(said) == sorted(said, key=lambda s: s.start)


def test_who_hears_counts_each_home_once_and_names_who_else_hears() -> None:
    found = audience(tree(), Places(hamlets=(H2,), areas=(H2,)), (), NOON)
    assert (found.nodes, found.hamlets, found.others) == ((N2, N23), (H2,), (H3,))
    assert found.homes == 80 + 20 + 30
    assert (found.silent, found.unheard) == ((), ())
    whole = audience(tree(), Places(areas=(COMMUNE,), hamlets=(H1,)), (), NOON)
    assert (whole.homes, whole.others) == (120 + 80 + 60 + 20 + 30, ())


def test_who_is_silent_now_is_said_by_the_kind_of_what_is_to_sound() -> None:
    during, music = at("2026-11-24 17:00"), replace(FUNERAL, kinds=(Kind.MUSIC,))
    places = Places(areas=(COMMUNE,))
    assert audience(tree(), places, [FUNERAL], during).silent == (N2, N23)
    assert audience(tree(), places, [FUNERAL], NOON).silent == ()
    assert audience(tree(), places, [music], during, Kind.NOTICE).silent == ()
    assert audience(tree(), places, [music], during, Kind.MUSIC).silent == (N2, N23)


def test_a_place_where_nobody_hears_anything_is_named() -> None:
    assert audience(tree(), Places(areas=(OTHER,), hamlets=(H1,)), (), NOON).unheard == (OTHER,)


def test_a_plan_says_a_silence_of_its_nodes_hamlets_that_lies_in_its_window() -> None:
    node = tree().nodes[N2]
    assert told_by(of(FUNERAL), WINDOW, tree(), node, FUNERAL)
    assert not told_by((), WINDOW, tree(), tree().nodes[N1], FUNERAL), "it is not meant"
    for begin, end in (("12-25 00:00", "12-26 00:00"), ("11-21 10:00", "11-22 00:00")):
        assert not told_by((), WINDOW, tree(), node, placed(begin, end)), "outside the window"


def test_a_full_plan_says_only_the_silences_for_which_it_had_room() -> None:
    begin, minute = at("2026-11-24 00:00"), timedelta(minutes=1)
    every = [
        replace(FUNERAL, begin=begin + 2 * each * minute, end=begin + (2 * each + 1) * minute)
        for each in range(MOST_IN_PLAN + 1)
    ]
    said = [told_by(of(*every), WINDOW, tree(), tree().nodes[N2], each) for each in every]
    assert said == [True] * MOST_IN_PLAN + [False]


def test_an_emergency_never_falls_silent() -> None:
    reach, owner = Reach(tree(), assets()), broadcast(version(1, content(priority=Priority.EMERGENCY)))
    found = airings(owner, NOON, NOON + timedelta(days=2))
    assert found
    assert not fallen(found, FUNERAL, {owner.id: PROGRAMME}, reach)
