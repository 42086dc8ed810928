"""What a hamlet will hear tomorrow."""

import os
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.planning import listener_at, outlook, plan
from controller.domain.silences import PlacedSilence
from controller.domain.tomorrow import hamlet_day
from controller.domain.values import Broadcast, Late, LateKind, NodeId, Places, to_ms
from playlists.models import AlertSheet, Kind, Number, Plan, Priority
from playlists.reports import Resumed, Start
from playlists.rules import Reason
from tests.support.commune import (
    H1,
    H2,
    HCM,
    N2,
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
from tests.unit.controller.domain.test_silences import FUNERAL
from tests.unit.speaker_node.playout.scenes import clock, documents, play_now
from tests.unit.speaker_node.playout.world import World

DAY = date(2026, 11, 25)


def plans(*made: Broadcast, quiet: bool = False) -> dict[NodeId, Plan]:
    commune = tree()
    ahead = outlook(made, HCM, NOON, commune, assets())
    silences = [FUNERAL] if quiet else []
    return {
        node.id: plan(listener_at(node, commune, assets()), ahead, (), NOON, "f" * 64, silences=silences)
        for node in commune.nodes.values()
    }


FIRST = broadcast()
SECOND = broadcast(
    version(1, content(recurrence=daily("17:00:30"), playlist=(item("b"),), late=Late(LateKind.WHOLE, 600))),
    name="second0001",
)


def test_the_resolved_order_with_the_reason_on_each_row_for_each_node_of_the_hamlet() -> None:
    days = hamlet_day(tree(), H2, DAY, plans(FIRST, SECOND), {})
    assert [each.node.id for each in days] == [N2, N23]
    start = to_ms(at("2026-11-25 17:00"))
    for each in days:
        assert [(row.row.occurrence.broadcast, row.row.start - start, row.row.reason) for row in each.rows] == [
            ("bulletin01", 0, Reason.ON_TIME),
            ("second0001", 60_000, Reason.HELD_BACK),
        ]


def test_which_node_does_not_hold_the_audio_yet_is_said() -> None:
    first, second = hamlet_day(tree(), H2, DAY, plans(FIRST, SECOND), {N2: [sha("a"), sha("b")], N23: [sha("a")]})
    assert (first.lacking, second.lacking) == (frozenset(), frozenset({sha("b")}))
    assert [row.lacking for row in second.rows] == [(), (sha("b"),)]


def test_a_silence_is_the_reason_of_what_will_not_be_heard() -> None:
    days = hamlet_day(tree(), H2, DAY, plans(FIRST, quiet=True), {})
    assert [[row.row.reason for row in each.rows] for each in days] == [[Reason.QUIET], [Reason.QUIET]]
    (other,) = hamlet_day(tree(), H1, DAY, plans(FIRST, quiet=True), {})
    assert [row.row.reason for row in other.rows] == [Reason.ON_TIME]


def test_what_a_sheet_withdraws_has_no_row_and_what_it_mutes_is_quiet() -> None:
    nominal = to_ms(at("2026-11-25 17:00"))
    number = Number(epoch=1, sequence=1)
    sheet = AlertSheet(to="z-h2", issuer="office", number=number, issued_at=0, withdrawn=(f"bulletin01-{nominal}",))
    mute = sheet.model_copy(update={"withdrawn": (), "mute_until": nominal + 1})
    found = hamlet_day(tree(), H2, DAY, plans(FIRST), {}, {N2: [sheet], N23: [mute]})
    assert [[row.row.reason for row in each.rows] for each in found] == [[], [Reason.QUIET]]


def test_a_node_without_a_plan_and_a_day_without_an_airing_have_no_rows() -> None:
    known = plans(broadcast(version(1, content(places=Places(hamlets=(H1,))))))
    assert [each.rows for each in hamlet_day(tree(), H2, DAY, {N2: known[N2]}, {})] == [(), ()]
    assert hamlet_day(tree(), H2, date(2030, 1, 1), plans(FIRST), {})[0].rows == ()


def test_a_play_now_of_a_sheet_stands_among_the_rows_and_in_two_zones_it_is_one() -> None:
    entry = play_now("now0000001", clock(to_ms(at("2026-11-25 16:59:30"))), 20)
    sheets = [
        AlertSheet(to=zone, issuer="office", number=Number(epoch=1, sequence=1), issued_at=0, occurrences=(entry,))
        for zone in ("z-h2", "z-commune")
    ]
    days = hamlet_day(tree(), H2, DAY, plans(FIRST), {}, {N2: sheets})
    assert [each.row.occurrence.broadcast for each in days[0].rows] == ["now0000001", "bulletin01"]


def test_what_sounded_before_midnight_belongs_to_the_day_before() -> None:
    late = broadcast(version(1, content(recurrence=daily("23:55"))), name="lastlast01")
    days = hamlet_day(tree(), H2, DAY, plans(late), {})
    assert [f"{each.row.occurrence.starts_at}" for each in days[0].rows] == [f"{to_ms(at('2026-11-25 23:55'))}"]


# Half a minute apart and half a second off: no edge lies so near another that a relay's slack decides.
_seconds = st.integers(0, 20).map(lambda half: 17 * 3600 + half * 30)
_lengths = st.sampled_from("abc")


@st.composite
def decided(draw: st.DrawFn, name: str) -> Broadcast:
    """A broadcast of the day, in both hamlets of the middle node."""
    at_, chosen = draw(_seconds), draw(_lengths)
    late = draw(st.sampled_from([Late(), Late(LateKind.JOIN), Late(LateKind.WHOLE, 300)]))
    said = content(
        recurrence=daily(f"{at_ // 3600:02d}:{at_ % 3600 // 60:02d}:{at_ % 60:02d}", first=DAY, last=DAY),
        playlist=(item(chosen),),
        late=late,
        rank=draw(st.integers(-1, 1)),
        priority=draw(st.sampled_from([Priority.NORMAL, Priority.NORMAL, Priority.PRIORITY])),
    )
    return broadcast(version(1, said), name=name)


@st.composite
def quiet(draw: st.DrawFn) -> PlacedSilence:
    """A silence somewhere in the same minutes."""
    begin = at("2026-11-25 17:00") + timedelta(seconds=draw(st.integers(-2, 18)) * 30 + 0.5)
    length = timedelta(seconds=draw(st.sampled_from([30, 120, 600])))
    kinds = draw(st.sampled_from([(), (Kind.MUSIC,)]))
    return replace(FUNERAL, begin=begin, end=begin + length, kinds=kinds)


@given(st.data())
@settings(max_examples=int(os.environ.get("LOA_EXAMPLES", "25")), deadline=None)
def test_the_page_says_what_the_nodes_own_core_does(data: st.DataObject) -> None:
    made = [data.draw(decided(name)) for name in ("first00001", "second0001", "third00001", "fourth0001")]
    silences = data.draw(st.lists(quiet(), max_size=2))
    commune = tree()
    ahead = outlook(made, HCM, NOON, commune, assets())
    document = plan(listener_at(commune.nodes[N23], commune, assets()), ahead, (), NOON, "f" * 64, silences=silences)
    (_, page) = hamlet_day(commune, H2, DAY, {N23: document}, {})
    rows = [(each.row.occurrence.id, each.row.start) for each in page.rows if each.row.end > each.row.start]
    told, done = sorted(rows, key=lambda pair: pair[1]), node_does(document)
    assert [name for name, _ in told] == [name for name, _ in done]
    assert all(abs(said - was) <= 3 for (_, said), (_, was) in zip(told, done, strict=True))


def node_does(document: Plan) -> list[tuple[str, int]]:
    """What the node's core begins or goes on with, in its order, in the hour of the session."""
    start = to_ms(at("2026-11-25 16:55"))
    world = World(documents(document), start=clock(start))
    world.run(3600)
    heard = {each.occurrence for each in world.heard}
    found = [(each.occurrence, each.at_wall) for each in world.facts(Start) if each.occurrence in heard]
    found += [(each.occurrence, each.at_wall) for each in world.facts(Resumed)]
    return sorted(found, key=lambda pair: pair[1])
