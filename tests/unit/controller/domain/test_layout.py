"""Where broadcasts stand in their session."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.airings import airings
from controller.domain.clashes import clashes, look_ahead
from controller.domain.layout import STEP_MS, Busy, Overrun, Reach, Stood, Wanted, laid_out, layout
from controller.domain.planning import Begun, listener_at, outlook, plan
from controller.domain.sessions import book
from controller.domain.values import (
    Assets,
    Broadcast,
    Content,
    FromDay,
    InSession,
    NamedStarts,
    NodeId,
    OccurrenceId,
    Places,
    Recurrence,
    Repeat,
    Session,
    SessionId,
    Start,
    Timetable,
    Tree,
    VersionState,
    to_ms,
)
from playlists.models import Millis, Plan
from tests.support.commune import (
    COMMUNE,
    H1,
    H2,
    H3,
    HCM,
    N1,
    N3,
    NOON,
    assets,
    at,
    broadcast,
    content,
    daily,
    item,
    tree,
    version,
)

EVENING = Session(SessionId("evening"), "Buổi chiều", time(17, 0), 600)
START = to_ms(at("2026-11-24 17:00"))
DAILY = Recurrence(Repeat.DAILY, date(2026, 11, 20), ())


def held(*timetables: Timetable) -> Tree:
    made = tree()
    kept = timetables or (Timetable(date(2026, 1, 1), (EVENING,)),)
    return replace(made, areas={**made.areas, COMMUNE: replace(made.areas[COMMUNE], sessions=kept)})


def said(letter: str = "a", order: int = 0, **changes: object) -> Content:
    place = InSession(EVENING.id, order)
    return content(**{"playlist": (item(letter),), "recurrence": DAILY, "session": place, **changes})


def standing(name: str, letter: str = "a", order: int = 0, **changes: object) -> Broadcast:
    return broadcast(version(1, said(letter, order, **changes)), name=name)


def sound() -> Assets:
    return assets(d=61, e=540)


def look(
    *made: Broadcast, node: NodeId = N1, now: datetime = NOON, stood: Stood | None = None, commune: Tree | None = None
) -> Plan:
    commune = commune or held()
    ahead = outlook(made, HCM, now, commune, sound(), stood)
    return plan(listener_at(commune.nodes[node], commune, sound()), ahead, (), now, "f" * 64)


def day(found: Plan, text: str = "2026-11-24") -> dict[str, str]:
    """The local start of each broadcast on a day."""
    first = to_ms(at(f"{text} 00:00"))
    return {
        each.broadcast: str(timedelta(milliseconds=each.starts_at - first))
        for each in found.occurrences()
        if first <= each.starts_at < first + 86_400_000
    }


def wanted(name: str, length: int, *nodes: str, order: int = 0, nominal: int = 0, session: str = "s") -> Wanted:
    place = InSession(SessionId(session), order)
    return Wanted(OccurrenceId(name), Millis(nominal), place, length, frozenset(map(NodeId, nodes)))


def busy(start: int, end: int, *nodes: str) -> Busy:
    return Busy(start, end, frozenset(map(NodeId, nodes)))


def test_the_nominal_start_of_what_stands_in_a_session_is_the_sessions_and_the_id_stays() -> None:
    found = look(standing("first00001"), standing("second0001", "d", 1))
    assert day(found) == {"first00001": "17:00:00", "second0001": "17:01:00"}
    assert f"second0001-{START}" in {each.id for each in found.occurrences()}


def test_they_follow_one_another_by_their_order_number() -> None:
    found = look(standing("aaaaaaaaaa", order=2), standing("bbbbbbbbbb", order=0), standing("cccccccccc", order=1))
    assert day(found) == {"bbbbbbbbbb": "17:00:00", "cccccccccc": "17:01:00", "aaaaaaaaaa": "17:02:00"}


def test_each_takes_the_first_full_five_seconds() -> None:
    found = look(standing("first00001", "d"), standing("second0001", order=1))
    assert day(found)["second0001"] == "17:01:05"


def test_fixed_starts_stand_and_the_others_flow_around_them() -> None:
    fixed = broadcast(version(1, content(recurrence=daily("17:01"))), name="fixed00001")
    found = look(fixed, standing("first00001"), standing("second0001", "b", 1), standing("third00001", "c", 2))
    assert day(found) == {
        "first00001": "17:00:00",
        "fixed00001": "17:01:00",
        "second0001": "17:02:00",
        "third00001": "17:02:30",
    }


def test_one_that_does_not_fit_whole_before_a_fixed_start_leaves_the_gap_to_a_later_one_that_does() -> None:
    fixed = broadcast(version(1, content(recurrence=daily("17:00:30"))), name="fixed00001")
    found = look(fixed, standing("long000001", "a", 0), standing("short00001", "b", 1))
    assert day(found) == {"short00001": "17:00:00", "fixed00001": "17:00:30", "long000001": "17:01:30"}


def test_one_start_per_airing_because_neighbours_hear_one_another() -> None:
    one = standing("first00001", places=Places(hamlets=(H1,)))
    both = standing("second0001", order=1)
    assert day(look(one, both, node=N3)) == {"second0001": "17:01:00"}, "hamlet 3 waits for hamlet 1"


def test_what_is_heard_elsewhere_may_sound_at_the_same_time() -> None:
    here = standing("first00001", places=Places(hamlets=(H1,)))
    there = standing("second0001", order=1, places=Places(hamlets=(H3,)))
    assert day(look(here, there, node=N3)) == {"second0001": "17:00:00"}


def test_a_node_that_serves_two_hamlets_is_taken_by_both() -> None:
    here = standing("first00001", places=Places(hamlets=(H2,)))
    there = standing("second0001", order=1, places=Places(hamlets=(H3,)))
    assert day(look(here, there, node=N3)) == {"second0001": "17:01:00"}


def test_submitted_holds_its_place_and_is_not_aired_but_a_draft_does_not() -> None:
    after = standing("second0001", order=1)
    waiting = broadcast(version(1, said(), state=VersionState.SUBMITTED), name="first00001")
    draft = broadcast(version(1, said(), state=VersionState.DRAFT), name="first00001")
    assert day(look(waiting, after)) == {"second0001": "17:01:00"}
    assert day(look(draft, after)) == {"second0001": "17:00:00"}


def test_an_edit_that_waits_holds_the_place_of_the_longer_and_the_approved_one_airs() -> None:
    edited = broadcast(version(1, said()), version(2, said("d"), state=VersionState.SUBMITTED), name="first00001")
    assert day(look(edited, standing("second0001", order=1))) == {"first00001": "17:00:00", "second0001": "17:01:05"}


def test_what_is_withdrawn_leaves_its_place() -> None:
    gone = replace(standing("first00001"), withdrawn_at=NOON)
    assert day(look(gone, standing("second0001", order=1))) == {"second0001": "17:00:00"}


def test_the_layout_is_frozen_with_the_sessions_first_start() -> None:
    now = at("2026-11-24 17:00:30")
    stood = {OccurrenceId(f"first00001-{START}"): START, OccurrenceId(f"third00001-{START}"): Millis(START + 60_000)}
    made = (standing("first00001"), standing("second0001", "b", 1), standing("third00001", order=2))
    found = look(*made, now=now, stood=Stood(stood, to_ms(now)))
    assert day(found) == {"first00001": "17:00:00", "third00001": "17:01:00", "second0001": "17:02:00"}
    assert day(found, "2026-11-25") == {"first00001": "17:00:00", "second0001": "17:01:00", "third00001": "17:01:30"}


def test_before_the_sessions_first_start_it_is_laid_out_anew() -> None:
    known = Stood({OccurrenceId(f"third00001-{START}"): Millis(START + 90_000)}, to_ms(NOON))
    assert day(look(standing("third00001", order=2), stood=known)) == {"third00001": "17:00:00"}


def test_what_has_begun_is_planned_where_it_stood() -> None:
    commune, now = held(), at("2026-11-24 18:00")
    made = (standing("second0001", order=1),)
    ahead = outlook(made, HCM, now, commune, sound())
    begun = (Begun(made[0].id, 1, START, Millis(START + 60_000)),)
    found = plan(listener_at(commune.nodes[N1], commune, sound()), ahead, begun, now, "f" * 64)
    assert day(found) == {"second0001": "17:01:00"}


def test_a_broadcast_stands_once_in_a_session_a_day() -> None:
    twice = standing("first00001", recurrence=replace(DAILY, times=(time(5), time(17))))
    assert len(airings(twice, at("2026-11-24 00:00"), at("2026-11-25 00:00"), book(held()))) == 1


def test_a_named_airing_that_is_moved_leaves_the_session_and_keeps_its_id() -> None:
    change = replace(
        content(), playlist=None, places=None, recurrence=None, start=Start(starts_at=Millis(START + 600_000))
    )
    moved = broadcast(version(1, said()), version(2, change, NamedStarts((START,))), name="first00001")
    found = look(moved, standing("second0001", order=1))
    assert day(found) == {"second0001": "17:00:00", "first00001": "17:10:00"}
    assert f"first00001-{START}" in {each.id for each in found.occurrences()}


def test_a_skipped_airing_leaves_its_place_on_that_day_only() -> None:
    skip = replace(content(), playlist=None, places=None, recurrence=None, start=Start(skip=True))
    made = broadcast(version(1, said()), version(2, skip, NamedStarts((START,))), name="first00001")
    found = look(made, standing("second0001", order=1))
    assert day(found)["second0001"] == "17:00:00"
    assert day(found, "2026-11-25")["second0001"] == "17:01:00"


def test_a_session_that_changes_takes_what_stands_in_it_along_from_that_day() -> None:
    later = Timetable(date(2026, 11, 26), (replace(EVENING, starts_at=time(18)),))
    none = Timetable(date(2026, 11, 27), ())
    commune = held(Timetable(date(2026, 1, 1), (EVENING,)), later, none)
    found = look(standing("first00001"), commune=commune)
    days = [day(found, f"2026-11-{each}") for each in (25, 26, 27)]
    assert days == [{"first00001": "17:00:00"}, {"first00001": "18:00:00"}, {}]


def over_limit(candidate: Broadcast, *others: Broadcast, now: datetime = NOON) -> tuple[Overrun, ...]:
    return look_ahead(candidate, others, held(), sound(), now).overruns()


def test_what_passes_the_sessions_limit_is_named_and_what_passed_before_is_not_the_candidates_fault() -> None:
    full, short, long = standing("full000001", "e"), standing("short00001", order=1), standing("long000001", "d", 1)
    assert over_limit(short, full) == ()
    found = over_limit(long, full)
    assert {(each.broadcast, each.session) for each in found} == {(long.id, EVENING)}
    assert (found[0].nominal, found[0].ends_at) == (START, START + 601_000)
    assert over_limit(short, full, long), "the third is pushed past the limit"
    assert over_limit(broadcast(), full, long, now=NOON + timedelta(days=400)) == ()


def test_one_pushed_past_the_limit_by_a_fixed_start_is_named() -> None:
    fixed = broadcast(version(1, content(recurrence=daily("17:00:30"))), name="fixed00001")
    assert {each.broadcast for each in over_limit(fixed, standing("full000001", "e"))} == {"full000001"}


def test_what_stands_in_one_session_does_not_clash() -> None:
    first, second = standing("first00001"), standing("second0001")
    assert clashes(first, (second,), held(), sound(), NOON) == ()
    fixed = broadcast(version(1, content(recurrence=daily("17:00"))), name="fixed00001")
    assert clashes(fixed, (first, second), held(), sound(), NOON) == ()


def test_two_sessions_at_the_same_time_on_one_node_make_way_for_one_another() -> None:
    found = layout([wanted("a-0", 7000, "n", session="s"), wanted("b-0", 7000, "n", session="t")], ())
    assert found == {"a-0": 0, "b-0": 10_000}


@pytest.mark.parametrize(
    ("stands", "start"),
    [
        ((), 0),
        ((busy(0, 1, "other"),), 0),
        ((busy(0, 1, "n"),), 5_000),
        ((busy(12_000, 13_000, "n"),), 0),
        ((busy(11_999, 13_000, "n"),), 15_000),
        ((busy(-9_000, 5_000, "n"), busy(17_000, 20_000, "m")), 5_000),
        ((busy(5_000, 6_000, "m"), busy(14_000, 21_000, "n")), 25_000),
    ],
)
def test_the_first_full_five_seconds_at_which_it_fits_whole_on_all_its_nodes(
    stands: tuple[Busy, ...], start: int
) -> None:
    assert layout([wanted("a-0", 12_000, "n", "m")], stands) == {"a-0": start}


NODES = st.frozensets(st.sampled_from("nmk"), min_size=1)
SPANS = st.lists(st.tuples(st.integers(-20, 300), st.integers(1, 60), NODES), max_size=6)
ROWS = st.lists(st.tuples(st.integers(1, 90_000), NODES, st.integers(0, 3)), max_size=8)


@given(ROWS, SPANS, st.randoms())
def test_nothing_overlaps_and_nothing_could_have_begun_sooner(
    rows: list[tuple[int, frozenset[str], int]], spans: list[tuple[int, int, frozenset[str]]], random: st.DataObject
) -> None:
    stands = [busy(start * 1000, (start + length) * 1000, *nodes) for start, length, nodes in spans]
    each = [wanted(f"w{n}-0", length, *nodes, order=order) for n, (length, nodes, order) in enumerate(rows)]
    found = layout(each, stands)
    placed = list(stands)
    for one in sorted(each, key=lambda want: (want.place.order, want.occurrence)):
        free = [at for at in range(0, found[one.occurrence] + 1, STEP_MS) if _fits(one, at, placed)]
        assert free[:1] == [found[one.occurrence]], "it fits there, and nowhere sooner"
        placed.append(Busy(found[one.occurrence], found[one.occurrence] + one.length, one.nodes))
    random.shuffle(each)  # type: ignore[attr-defined]
    assert layout(each, reversed(stands)) == found
    assert layout(each, stands, frozen=found) == found, "frozen stays"


def _fits(one: Wanted, start: int, placed: list[Busy]) -> bool:
    return all(
        other.nodes.isdisjoint(one.nodes) or other.end <= start or other.start >= start + one.length for other in placed
    )


def test_a_whole_commune_for_thirteen_months_is_laid_out_as_one_day_is() -> None:
    made = [standing(f"each{n:06d}", "c", n) for n in range(6)]
    reach, commune = Reach(held(), sound()), held()
    found = [each for one in made for each in airings(one, NOON, NOON + timedelta(days=396), book(commune))]
    laid = laid_out(found, reach)
    assert {(each.broadcast, each.starts_at - each.nominal) for each in laid} == {
        (one.id, n * 10_000) for n, one in enumerate(made)
    }


def test_sessions_from_a_day_keep_the_scope_of_versions() -> None:
    later = version(2, said("b"), FromDay(date(2026, 11, 26)))
    found = look(broadcast(version(1, said()), later, name="first00001"), standing("second0001", order=1))
    assert day(found, "2026-11-25")["second0001"] == "17:01:00"
    assert day(found, "2026-11-26")["second0001"] == "17:00:30"
