"""What a hamlet will hear: what the exchange would publish, with the reason and the maker of each silence."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from controller.domain.silences import PlacedSilence, SilenceId, Why
from controller.domain.tomorrow import hamlet_day
from controller.domain.values import BroadcastId, InSession, Late, LateKind, NamedStarts, NodeId, Places, Start, to_ms
from controller.domain.week import AiringState
from controller.exchange import Exchange
from controller.operations import broadcasts, quiet, tomorrow, week
from controller.operations.errors import Invalid, NotFound
from controller.operations.tomorrow import Tomorrow
from controller.signer import open_signer
from controller.storage import queries
from controller.storage.engine import reading, transact
from controller.storage.silences import silence_rows
from playlists import wire
from playlists.models import Kind, Plan
from playlists.rules import Reason
from tests.integration.controller.operations.test_week import EVENING, once, says, sessions, submitted
from tests.support.commune import at, content, daily, item, sha
from tests.support.staffed import Staffed

WEDNESDAY = date(2026, 11, 25)


def asked(staffed: Staffed, who: str = "head", hamlet: str = "h2", day: date | None = None) -> Tomorrow:
    return tomorrow.hamlet_tomorrow(staffed.office, staffed.by(who), staffed.areas[hamlet], day)


def rows(found: Tomorrow) -> list[tuple[str, Reason]]:
    (node,) = found.nodes
    titles = {name: each.versions[-1].content.title for name, each in found.broadcasts.items()}
    return [(titles[BroadcastId(each.row.occurrence.broadcast)], each.row.reason) for each in node.day.rows]


def published(staffed: Staffed, folder: Path) -> dict[NodeId, Plan]:
    """The plans as the exchange signs them from the same database."""
    signer = open_signer(folder / "keys", "xa-b", to_ms(staffed.clock.now))
    exchange = Exchange(staffed.office.engine, signer, "xa-b", staffed.clock)
    exchange.connected()
    exchange.reading_done()
    exchange.look()
    while exchange.plan():
        pass
    found = {}
    for each in exchange.to_publish():
        opened = wire.open_signed(each.payload, lambda kid: signer.public(kid) or signer.root, wire.PLAN_LIMIT)
        document = wire.decode_document(opened.payload)
        if isinstance(document, Plan):
            found[NodeId(document.to)] = document
    return found


def silence(staffed: Staffed, begin: str, end: str, *kinds: Kind, area: str = "h2") -> None:
    head = staffed.by("head").person
    made = PlacedSilence(
        SilenceId("s1"), (staffed.areas[area],), at(begin), at(end), kinds, Why.FUNERAL, "nhà ông Ba", head
    )
    row, areas = silence_rows(made, staffed.clock.now)

    def work(session: object) -> None:
        session.add(row)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        session.add_all(areas)  # type: ignore[attr-defined]

    transact(staffed.office.engine, work)


def test_the_rows_are_those_of_the_plan_that_the_exchange_publishes(staffed: Staffed, tmp_path: Path) -> None:
    sessions(staffed)
    staffed.approved(title="Trong buổi", recurrence=daily(), session=InSession(EVENING, 2))
    staffed.approved(title="Cũng trong buổi", recurrence=daily(), session=InSession(EVENING, 1), playlist=(item("b"),))
    submitted(staffed, title="Chờ", recurrence=daily(), session=InSession(EVENING, 0), playlist=(item("c"),))
    staffed.approved(title="Sáng", recurrence=daily("05:30", "11:00"), places=Places(hamlets=(staffed.areas["h2"],)))
    staffed.approved(title="Tối", recurrence=daily("20:50"), late=Late(LateKind.WHOLE, 300))
    silence(staffed, "2026-11-25 11:00", "2026-11-25 12:00")
    for hours in (0, 8, 16):
        staffed.clock.advance(hours=8 if hours else 0)
        plans = published(staffed, tmp_path)
        with reading(staffed.office.engine) as session:
            tree = queries.tree_at(session, staffed.clock.now)
        for name in ("h1", "h2"):
            for day in (WEDNESDAY - timedelta(days=1), WEDNESDAY, WEDNESDAY + timedelta(days=20)):
                expected = hamlet_day(tree, staffed.areas[name], day, plans, {})
                found = asked(staffed, "editor", name, day)
                assert [each.row for each in expected[0].rows] == [each.row for each in found.nodes[0].day.rows]
                assert expected[0].rows


def test_each_row_has_its_reason_and_a_silence_its_maker(staffed: Staffed) -> None:
    staffed.approved(title="Đầu", **once("2026-11-25", "17:00"), rank=1)
    staffed.approved(title="Sau", **once("2026-11-25", "17:00:30"), late=Late(LateKind.WHOLE, 600))
    staffed.approved(title="Bỏ", **once("2026-11-25", "17:00:20"), rank=-1)
    staffed.approved(title="Tang", **once("2026-11-25", "19:00"))
    silence(staffed, "2026-11-25 18:00", "2026-11-25 20:00")
    found = asked(staffed)
    assert rows(found) == [
        ("Đầu", Reason.ON_TIME),
        ("Bỏ", Reason.PRE_EMPTED),
        ("Sau", Reason.HELD_BACK),
        ("Tang", Reason.QUIET),
    ]
    (hush,) = found.nodes[0].hushes
    assert (hush.by, hush.silence and hush.silence.why, hush.silence and hush.silence.note) == (
        "head", Why.FUNERAL, "nhà ông Ba",
    )  # fmt: skip
    assert hush.holds(at("2026-11-25 19:00"), Kind.NOTICE)
    assert not hush.holds(at("2026-11-25 20:00"), Kind.NOTICE)


def test_the_week_says_at_how_many_nodes_a_silence_takes_an_airing_away(staffed: Staffed) -> None:
    staffed.approved(**once("2026-11-25", "19:00"))
    silence(staffed, "2026-11-25 18:00", "2026-11-25 20:00")
    span = at("2026-11-25 00:00"), at("2026-11-26 00:00")
    for who, quiet_at in (("editor", (1, 3)), ("head", (1, 1))):
        (found,) = week.airings_between(staffed.office, staffed.by(who), *span)
        assert (found.quiet, found.nodes) == quiet_at


def test_a_mute_is_named_with_who_pressed_it_and_a_lifted_one_is_not(staffed: Staffed) -> None:
    staffed.approved(title="Trưa", **once("2026-11-24", "13:00"))
    quiet.mute(staffed.office, staffed.by("officer"))
    found = asked(staffed, day=date(2026, 11, 24))
    assert rows(found) == [("Trưa", Reason.QUIET)]
    assert [(each.by, each.silence) for each in found.nodes[0].hushes] == [("officer", None)]
    quiet.lift(staffed.office, staffed.by("officer"))
    found = asked(staffed, day=date(2026, 11, 24))
    assert (rows(found), found.nodes[0].hushes) == ([("Trưa", Reason.ON_TIME)], ())


def test_what_waits_is_skipped_or_taken_back_is_said_beside_the_rows(staffed: Staffed) -> None:
    made = staffed.approved(title="Hằng ngày", recurrence=daily("17:00"))
    skip = content(title="Hằng ngày", playlist=None, places=None, recurrence=None, start=Start(skip=True))
    scope = NamedStarts((to_ms(at("2026-11-25 17:00")),))
    editor, approver = staffed.by("editor"), staffed.by("approver")
    broadcasts.revise_broadcast(staffed.office, editor, made, 1, scope, skip)
    broadcasts.submit_version(staffed.office, editor, made, 2)
    submitted(staffed, title="Chờ", **once("2026-11-25", "18:00"))
    gone = staffed.approved(title="Thu hồi", **once("2026-11-25", "19:00"))
    broadcasts.withdraw_broadcast(staffed.office, approver, gone)
    submitted(staffed, title="Nơi khác", places=Places(hamlets=(staffed.areas["h1"],)), **once("2026-11-25", "20:00"))
    found = asked(staffed)
    said = [(each.airing.title, each.state) for each in found.nodes[0].others if each.airing]
    assert rows(found) == []
    assert sorted(said) == [
        ("Chờ", AiringState.WAITING),
        ("Hằng ngày", AiringState.SKIPPED),
        ("Thu hồi", AiringState.WITHDRAWN),
    ]


def test_a_node_lacks_audio_until_it_says_that_it_holds_it(staffed: Staffed) -> None:
    staffed.approved(**once("2026-11-25"))
    staffed.owe()
    assert [(each.current, each.day.lacking) for each in asked(staffed).nodes] == [(False, frozenset({sha("a")}))]
    says(staffed, "n2", sequence=1, missing=(sha("a"),))
    assert [(each.current, each.day.lacking) for each in asked(staffed).nodes] == [(True, frozenset({sha("a")}))]
    says(staffed, "n1", sequence=1)
    (node,) = asked(staffed, "editor", "h1").nodes
    assert (node.current, node.day.lacking) == (True, frozenset())


def test_only_hamlets_of_ones_own_branches_and_days_that_are_planned(staffed: Staffed) -> None:
    with pytest.raises(NotFound):
        asked(staffed, "head", "h1")
    with pytest.raises(NotFound):
        asked(staffed, "stranger", "h2")
    for day in (date(2026, 11, 22), date(2026, 12, 25)):
        with pytest.raises(Invalid):
            asked(staffed, day=day)
    assert asked(staffed, day=date(2026, 12, 24)).nodes[0].day.rows == ()
    assert asked(staffed, "editor", "commune").nodes == ()
