"""What a hamlet will hear tomorrow."""

from datetime import date

from controller.domain.planning import listener_at, outlook, plan
from controller.domain.tomorrow import hamlet_day
from controller.domain.values import Broadcast, Late, LateKind, NodeId, Places, to_ms
from playlists.models import AlertSheet, Number, Plan
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
