"""A node's plan."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.planning import ALLOWANCE_MS, Begun, listener_at, outlook, plan
from controller.domain.values import (
    Broadcast,
    BroadcastId,
    FromDay,
    Lane,
    Late,
    LateKind,
    NamedStarts,
    NodeId,
    Places,
    Start,
    VersionState,
    to_ms,
)
from playlists.models import Millis, Plan, Priority
from tests.support.commune import (
    H2,
    H3,
    HCM,
    N1,
    N2,
    N3,
    N23,
    NOON,
    assets,
    at,
    broadcast,
    content,
    daily,
    item,
    sha,
    tree,
    version,
)
from tests.support.examples import examples

KEYS = "f" * 64


def planned(*made: Broadcast, node: NodeId = N1, now: datetime = NOON, begun: tuple[Begun, ...] = ()) -> Plan:
    commune = tree()
    listener = listener_at(commune.nodes[node], commune, assets())
    return plan(listener, outlook(made, HCM, now, commune, assets()), begun, now, KEYS, ("office", "office-emergency"))


def starts(found: Plan) -> list[int]:
    return [each.starts_at for each in found.occurrences()]


def test_the_window_reaches_from_local_midnight_two_days_back_to_31_days_ahead() -> None:
    found = planned(broadcast())
    assert (found.window.start, found.window.end) == (to_ms(at("2026-11-22 00:00")), to_ms(at("2026-12-25 00:00")))
    assert found.days[0] == found.window.start
    assert found.days[-1] == found.window.end
    assert len(found.days) == 34


def test_a_node_is_in_the_zones_of_all_its_hamlets_their_ancestors_and_those_made_by_hand() -> None:
    found = planned(node=N23)
    assert found.zones == ("z-commune", "z-h2", "z-h3", "z-low", "z-province")
    assert {issuer.id for issuer in found.issuers} == {"office", "office-emergency"}
    assert all(issuer.zones == found.zones for issuer in found.issuers)


@pytest.mark.parametrize(
    ("places", "who"),
    [
        (Places(areas=(H2,)), {N2, N23}),
        (Places(hamlets=(H3,)), {N3, N23}),
        (Places(areas=(H2,), hamlets=(H3,)), {N2, N3, N23}),
    ],
)
def test_who_hears_is_who_serves_a_hamlet_of_the_places(places: Places, who: set[NodeId]) -> None:
    made = broadcast(version(1, content(places=places)))
    assert {node for node in (N1, N2, N3, N23) if planned(made, node=node).broadcasts} == who


def test_what_has_not_begun_is_computed_and_the_past_is_what_was_owed() -> None:
    now = at("2026-11-24 18:00")
    yesterday = to_ms(at("2026-11-23 17:00"))
    without = planned(broadcast(), now=now)
    owed = planned(broadcast(), now=now, begun=(Begun(broadcast().id, 1, yesterday),))
    assert min(starts(without)) == to_ms(at("2026-11-25 17:00"))
    assert starts(owed)[:2] == [yesterday, to_ms(at("2026-11-25 17:00"))]


def test_what_begins_now_or_can_still_be_joined_is_planned_for_a_node_that_does_not_owe_it_yet() -> None:
    assert to_ms(at("2026-11-24 17:00")) in starts(planned(broadcast(), now=at("2026-11-24 17:00:30")))


def test_what_a_node_owed_stays_in_its_past_though_it_would_no_longer_hear_it() -> None:
    moved = broadcast(version(1, content(places=Places(areas=(H2,)))))
    begun = (Begun(moved.id, 1, to_ms(at("2026-11-24 11:55"))),)
    assert starts(planned(moved, begun=begun)) == [to_ms(at("2026-11-24 11:55"))]


def test_an_airing_is_grouped_under_its_broadcast_and_version_with_what_decides_precedence() -> None:
    urgent = content(priority=Priority.PRIORITY, rank=3, late=Late(LateKind.WHOLE, 900))
    later = version(2, replace(urgent, playlist=(item("b"),)), FromDay(date(2026, 12, 1)))
    (found,) = planned(broadcast(version(1, urgent), later)).broadcasts
    assert (found.priority, found.rank, found.tier) == (Priority.PRIORITY, 3, 1)
    first, second = found.versions
    assert (first.number, len(first.starts), second.number, len(second.starts)) == (1, 7, 2, 24)
    assert (first.late, first.whole, first.allowance) == (900_000, True, ALLOWANCE_MS)
    assert first.items[0].rows[0].sha256 == sha("a")


@pytest.mark.parametrize(
    ("late", "start_by", "whole"),
    [
        (Late(LateKind.JOIN), 60_000, False),
        (Late(LateKind.SKIP), 5_000, False),
        (Late(LateKind.WHOLE, 600), 600_000, True),
    ],
)
def test_the_late_rule_gives_start_by_and_whole(late: Late, start_by: int, whole: bool) -> None:
    first = planned(broadcast(version(1, content(late=late)))).occurrences()[0]
    assert (first.start_by - first.starts_at, first.whole) == (start_by, whole)
    assert first.ends_at == first.start_by + 60_000 + ALLOWANCE_MS


def test_a_node_gets_those_of_its_languages_that_an_item_has_in_its_order_else_the_first() -> None:
    made = broadcast(version(1, content(playlist=(item("a", tyz="b"), item("c")))))
    at_h2 = planned(made, node=N2).broadcasts[0].versions[0].items
    at_h1 = planned(made, node=N1).broadcasts[0].versions[0].items
    assert [[row.sha256 for row in each.rows] for each in at_h2] == [[sha("b"), sha("a")], [sha("c")]]
    assert [[row.sha256 for row in each.rows] for each in at_h1] == [[sha("a")], [sha("c")]]
    assert planned(made, node=N2).settings.languages == ("tyz", "vi")


def test_a_moved_start_keeps_its_id() -> None:
    nominal, moved = to_ms(at("2026-11-26 17:00")), to_ms(at("2026-11-26 18:00"))
    change = replace(content(), playlist=None, places=None, recurrence=None, start=Start(starts_at=moved))
    found = planned(broadcast(version(), version(2, change, NamedStarts((nominal,)))))
    assert {each.id: each.starts_at for each in found.occurrences()}[f"bulletin01-{nominal}"] == moved


def test_withdrawal_takes_what_is_to_come_and_what_would_not_have_ended() -> None:
    nominal = to_ms(at("2026-11-24 17:00"))
    begun = (Begun(broadcast().id, 1, nominal),)
    after, during = at("2026-11-24 17:01:00"), at("2026-11-24 17:00:59")
    assert starts(planned(broadcast(withdrawn_at=after), now=after, begun=begun)) == [nominal]
    assert starts(planned(broadcast(withdrawn_at=during), now=during, begun=begun)) == []


def test_play_now_is_not_in_the_plan() -> None:
    assert planned(broadcast(lane=Lane.SHEET)).broadcasts == ()


def test_audio_that_waits_for_approval_is_held_beforehand() -> None:
    waiting = version(2, content(playlist=(item("b"),)), state=VersionState.SUBMITTED)
    draft = version(3, content(playlist=(item("c"),)), state=VersionState.DRAFT)
    assert [each.sha256 for each in planned(broadcast(version(), waiting, draft)).prefetch] == [sha("b")]
    assert planned(broadcast(version(), waiting, withdrawn_at=NOON)).prefetch == ()


def test_nothing_changes_during_a_day_when_nothing_changed() -> None:
    commune = tree()
    listener = listener_at(commune.nodes[N1], commune, assets())
    made = [broadcast(), broadcast(version(1, content(recurrence=daily("06:00"))), name="another001")]
    morning, evening = at("2026-11-24 00:00:01"), at("2026-11-24 23:59:59")
    first = plan(listener, outlook(made, HCM, morning, commune, assets()), (), morning, KEYS)
    owed = tuple(Begun(BroadcastId(o.broadcast), o.version, Millis(o.nominal)) for o in first.occurrences())
    begun = tuple(each for each in owed if each.nominal <= to_ms(evening))
    assert begun
    assert plan(listener, outlook(reversed(made), HCM, evening, commune, assets()), begun, evening, KEYS) == first


def test_a_plan_is_read_back_as_it_was_written() -> None:
    found = planned(broadcast())
    assert Plan.model_validate_json(found.model_dump_json()) == found


TIMES = st.lists(st.sampled_from(["05:30", "06:00", "11:30", "17:00", "23:59"]), min_size=1, max_size=3, unique=True)


@examples(20)
@given(st.lists(TIMES, min_size=1, max_size=4), st.integers(0, 60 * 24 * 40), st.randoms())
def test_same_in_same_out_whatever_the_order_and_every_id_once(
    days: list[list[str]], minutes: int, random: st.DataObject
) -> None:
    now = NOON + timedelta(minutes=minutes)
    made = [broadcast(version(1, content(recurrence=daily(*d))), name=f"b{n}") for n, d in enumerate(days)]
    shuffled = list(made)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = planned(*made, now=now)
    assert planned(*shuffled, now=now) == found
    ids = [each.id for each in found.occurrences()]
    assert len(ids) == len(set(ids))
    assert all(found.window.start <= each.starts_at < found.window.end for each in found.occurrences())
