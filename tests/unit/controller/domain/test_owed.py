"""What documents make nodes owe."""

from dataclasses import replace

from controller.domain.owed import Known, changes, owed_of_plan, owed_of_sheet
from controller.domain.planning import listener_at, outlook, plan
from controller.domain.sheets import sheet
from controller.domain.values import Lane, NodeId, Owed, ZoneId, to_ms
from controller.domain.verdicts import GoneCause
from playlists.models import Millis, Number
from tests.support.commune import COMMUNE, HCM, N1, N2, N23, NOON, assets, at, broadcast, content, sha, tree, version
from tests.unit.controller.domain.test_sheets import play

NOW = to_ms(NOON)


def owed(node: NodeId = N1) -> tuple[Owed, ...]:
    made, commune = broadcast(), tree()
    listener = listener_at(commune.nodes[node], commune, assets())
    found = plan(listener, outlook([made], HCM, NOON, tree(), assets()), (), NOON, "f" * 64)
    numbered = found.model_copy(update={"number": Number(epoch=1, sequence=7)})
    return owed_of_plan(numbered, listener, {made.id: made})


def test_each_airing_of_a_plan_is_owed_with_all_that_reports_read() -> None:
    first = owed(N23)[0]
    assert (first.node, first.occurrence, first.version) == (N23, f"bulletin01-{to_ms(at('2026-11-24 17:00'))}", 1)
    assert (first.due, first.hashes, first.lane, first.zone) == (60_000, (sha("a"),), Lane.PLAN, None)
    assert (first.document, first.issuer) == (Number(epoch=1, sequence=7), "office")
    assert first.day.isoformat() == "2026-11-24"
    assert [(each.name, each.homes) for each in first.hamlets] == [("Thôn 2", 20), ("Thôn 3", 30)]
    assert [name for _, name in first.hamlets[0].path] == ["Tỉnh A", "Xã B", "Thôn 2"]
    assert (first.area, [name for _, name in first.area_path]) == (COMMUNE, ["Tỉnh A", "Xã B"])
    assert (first.node_name, first.title, first.programme) == ("Loa giữa", "Tiêm phòng", "Bản tin sáng")
    assert len(owed(N23)) == 31


def test_of_a_sheet_a_node_owes_those_of_its_languages_that_the_items_have() -> None:
    commune, one_off = tree(), broadcast(version(1, content(title="Khẩn")), name="now0000001", lane=Lane.SHEET)
    said = sheet(ZoneId("z-commune"), "office", [play()], (), (), assets(), NOON)
    due = {}
    for node in (N1, N2):
        (found,) = owed_of_sheet(said, listener_at(commune.nodes[node], commune, assets()), {one_off.id: one_off})
        due[node] = (found.due, found.hashes, found.zone, found.lane, found.title)
    assert due[N1] == (60_000, (sha("a"),), "z-commune", Lane.SHEET, "Khẩn")
    assert due[N2][:2] == (90_000, (sha("b"), sha("a")))


def known(*rows: Owed, cause: GoneCause | None = None) -> list[Known]:
    return [(each, cause) for each in rows]


def test_the_same_document_again_changes_nothing() -> None:
    found = changes(known(*owed()), owed(), NOW)
    assert (found.added, found.wanted_again, found.altered, found.gone) == ((), (), (), ())


def test_what_is_owed_follows_the_tree_until_its_start_and_is_frozen_then() -> None:
    first = owed()[0]
    renamed = replace(first, node_name="Loa mới", document=Number(epoch=1, sequence=8))
    assert changes(known(first), [renamed], Millis(first.starts_at - 1)).altered == (renamed,)
    assert changes(known(first), [renamed], first.starts_at).altered == ()
    assert changes(known(first), [replace(first, document=Number(epoch=1, sequence=8))], NOW).altered == ()


def test_a_new_version_replaces_and_what_is_left_out_is_dropped() -> None:
    first, second, *_ = owed()
    newer = replace(first, version=2)
    found = changes(known(first, second), [newer], NOW)
    assert found.added == (newer,)
    assert found.gone == ((first, GoneCause.REPLACED), (second, GoneCause.DROPPED))


def test_what_is_over_is_not_gone_when_the_window_moves_on() -> None:
    first = owed()[0]
    assert changes(known(first), [], first.ends_at).gone == ()
    assert changes(known(first), [], Millis(first.ends_at - 1)).gone == ((first, GoneCause.DROPPED),)


def test_what_a_document_dropped_it_may_want_again_but_not_what_a_person_took_back() -> None:
    first = owed()[0]
    for cause in GoneCause:
        found = changes(known(first, cause=cause), [first], NOW)
        by_document = cause in (GoneCause.DROPPED, GoneCause.REPLACED)
        assert found.wanted_again == ((first,) if by_document else ()), cause
        assert (found.added, found.gone) == ((), ())


def test_what_is_gone_stays_gone_once() -> None:
    first = owed()[0]
    assert changes(known(first, cause=GoneCause.WITHDRAWN), [], NOW).gone == ()
