"""Areas, zones, nodes, programmes."""

from datetime import date

import pytest
from sqlalchemy import select

from controller.domain.tree import nodes_of_zone, tier, zones_of_node
from controller.domain.values import AreaId, Field, FromDay, NodeId, Places, ProgrammeId, Tree, ZoneId
from controller.operations import areas, broadcasts, library, nodes, reading
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound
from controller.storage import queries
from controller.storage.engine import reading as view
from controller.storage.tables import AreaPeriodRow, SpeechRow
from playlists.models import Kind, PlannedBroadcast
from tests.support.commune import content, sha
from tests.support.staffed import Staffed


def tree(staffed: Staffed) -> Tree:
    with view(staffed.office.engine) as session:
        return queries.tree_at(session, staffed.clock.now)


def test_an_area_has_a_zone_that_follows_it(staffed: Staffed) -> None:
    assert nodes_of_zone(tree(staffed), staffed.zone("commune")) == ("n1", "n2", "n3")
    assert tree(staffed).zones[staffed.zone("h1")].name == "Thôn 1"


def test_a_new_name_holds_from_its_day_on_and_the_old_one_stays_known(staffed: Staffed) -> None:
    office, admin, hamlet = staffed.office, staffed.by("admin"), staffed.areas["h1"]
    areas.change_area(office, admin, hamlet, name="Thôn Một")
    staffed.clock.advance(days=10)
    areas.change_area(office, admin, hamlet, name="Tổ dân phố 1")
    assert tree(staffed).areas[hamlet].name == "Tổ dân phố 1"
    with view(office.engine) as session:
        rows = session.scalars(select(AreaPeriodRow).where(AreaPeriodRow.area_id == hamlet)).all()
        before = queries.tree_at(session, staffed.clock.now.replace(day=3))
    days = [(row.name, row.from_day, row.to_day) for row in sorted(rows, key=lambda row: row.from_day)]
    assert days == [
        ("Thôn Một", date(2026, 11, 24), date(2026, 12, 4)),
        ("Tổ dân phố 1", date(2026, 12, 4), None),
    ]
    assert before.areas[hamlet].name == "Thôn Một"


def test_a_hamlet_moves_to_another_commune_but_no_area_below_itself(staffed: Staffed) -> None:
    office, admin = staffed.office, staffed.by("admin")
    areas.change_area(office, admin, staffed.areas["h1"], parent=staffed.areas["other"])
    assert nodes_of_zone(tree(staffed), staffed.zone("other")) == ("n1",)
    for area, parent in (("commune", "h2"), ("commune", "commune"), ("province", "h1")):
        with pytest.raises(Conflict):
            areas.change_area(office, admin, staffed.areas[area], parent=staffed.areas[parent])


def test_the_tree_grows_no_deeper_than_documents_can_say(staffed: Staffed) -> None:
    office, admin = staffed.office, staffed.by("admin")
    lowest = staffed.areas["province"]
    for level in range(1, PlannedBroadcast.model_json_schema()["properties"]["tier"]["maximum"] + 1):
        lowest = AreaId(areas.add_area(office, admin, lowest, f"Cấp {level}", "cấp"))
    assert tier(tree(staffed), lowest) == areas.DEEPEST
    with pytest.raises(Conflict) as deeper:
        areas.add_area(office, admin, lowest, "Cấp cuối", "cấp")
    with pytest.raises(Conflict) as moved:
        areas.change_area(office, admin, staffed.areas["commune"], parent=tree(staffed).areas[lowest].parent)
    assert [each.value.problems[0].reason for each in (deeper, moved)] == ["too_deep", "too_deep"]


def test_bad_areas_name_their_fields(staffed: Staffed) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    with pytest.raises(Invalid) as caught:
        areas.add_area(office, admin, commune, " ", "", time_zone="Mars", languages=["Tiếng Tày"])
    assert [each.where for each in caught.value.problems] == ["name", "kind", "time_zone", "languages"]
    with pytest.raises(Invalid) as caught:
        areas.set_area(office, admin, staffed.areas["province"])
    assert caught.value.problems[0].where == "time_zone"
    with pytest.raises(NotFound):
        areas.add_area(office, admin, AreaId("nowhere"), "x", "x")
    with pytest.raises(Invalid):
        areas.change_area(office, admin, commune, name=" ")


def test_what_an_area_says_itself_is_inherited_below_it(staffed: Staffed) -> None:
    areas.set_area(staffed.office, staffed.by("admin"), staffed.areas["commune"], "Chủ tịch", None, ["tyz", "vi"])
    made = tree(staffed).areas[staffed.areas["commune"]]
    assert (made.head_title, made.languages) == ("Chủ tịch", ("tyz", "vi"))


def test_only_an_empty_area_is_removed_with_its_zone(staffed: Staffed) -> None:
    office, admin = staffed.office, staffed.by("admin")
    for name in ("province", "commune", "h1"):
        with pytest.raises(Conflict):
            areas.remove_area(office, admin, staffed.areas[name])
    zone = staffed.zone("other")
    areas.remove_area(office, admin, staffed.areas["other"])
    assert staffed.areas["other"] not in tree(staffed).areas
    assert zone not in tree(staffed).zones


def test_zones_are_made_by_hand_of_hamlets_in_ones_branch(staffed: Staffed) -> None:
    office, editor, commune = staffed.office, staffed.by("editor"), staffed.areas["commune"]
    hamlets = [staffed.areas["h1"], staffed.areas["h2"]]
    zone = ZoneId(areas.add_zone(office, editor, commune, "Vùng trũng", hamlets))
    assert nodes_of_zone(tree(staffed), zone) == ("n1", "n2")
    areas.change_zone(office, editor, zone, "Vùng thấp", hamlets[:1])
    assert (tree(staffed).zones[zone].name, nodes_of_zone(tree(staffed), zone)) == ("Vùng thấp", ("n1",))
    areas.remove_zone(office, editor, zone)
    with pytest.raises(NotFound):
        areas.remove_zone(office, editor, zone)
    with pytest.raises(Invalid):
        areas.add_zone(office, editor, commune, "Trống", [])
    with pytest.raises(Invalid):
        areas.add_zone(office, editor, commune, " ", hamlets)
    with pytest.raises(NotFound):
        areas.add_zone(office, editor, commune, "Lạ", [staffed.areas["other"]])
    with pytest.raises(Conflict):
        areas.remove_zone(office, editor, staffed.zone("h1"))


def test_a_node_is_in_32_zones_at_most(staffed: Staffed) -> None:
    office, editor, commune = staffed.office, staffed.by("editor"), staffed.areas["commune"]
    for number in range(29):
        areas.add_zone(office, editor, commune, f"Vùng {number}", [staffed.areas["h1"]])
    assert len(zones_of_node(tree(staffed), tree(staffed).nodes[NodeId("n1")])) == 32
    with pytest.raises(Conflict) as caught:
        areas.add_zone(office, editor, commune, "Thừa", [staffed.areas["h1"]])
    assert caught.value.problems[0].reason == "too_many_zones"
    deeper = AreaId(areas.add_area(office, staffed.by("admin"), commune, "Cụm", "cụm"))
    with pytest.raises(Conflict):
        areas.change_area(office, staffed.by("admin"), staffed.areas["h1"], parent=deeper)


KEY = "x" * 43


def test_a_node_is_enrolled_with_its_key_and_serves_hamlets(staffed: Staffed) -> None:
    office, admin = staffed.office, staffed.by("admin")
    homes = {staffed.areas["h2"]: 20, staffed.areas["h3"]: 30}
    node = NodeId(nodes.enrol_node(office, admin, "Loa giữa", staffed.areas["h3"], homes, KEY))
    assert node in nodes_of_zone(tree(staffed), staffed.zone("h2"))
    seen = reading.node(office, staffed.by("technician"), node)
    assert (seen.node.name, seen.public_key, seen.condition) == ("Loa giữa", KEY, None)
    nodes.change_node(office, admin, node, "Loa 3b", staffed.areas["h3"], {staffed.areas["h3"]: 30})
    assert node not in nodes_of_zone(tree(staffed), staffed.zone("h2"))
    nodes.replace_key(office, admin, node, "y" * 43)
    nodes.remove_node(office, admin, node)
    with pytest.raises(NotFound):
        reading.node(office, staffed.by("technician"), node)


@pytest.mark.parametrize(
    ("changes", "error", "where"),
    [
        ({"name": " "}, Invalid, "name"),
        ({"home": "h1"}, Invalid, "home"),
        ({"homes": -1}, Invalid, "homes"),
        ({"public_key": "kurz"}, Invalid, "public_key"),
        ({"public_key": "1" * 43}, Conflict, "public_key"),
        ({"node": "n1"}, Conflict, "node"),
        ({"settings": {"volume": 11}}, Invalid, "settings.volume"),
        ({"settings": {"warm_up": -1}}, Invalid, "settings.warm_up"),
    ],
)
def test_a_bad_node_names_its_field(
    staffed: Staffed, changes: dict[str, object], error: type[Exception], where: str
) -> None:
    given = {"name": "Loa", "home": "h3", "homes": 1, "public_key": KEY, "node": None, "settings": {}, **changes}
    with pytest.raises((Invalid, Conflict)) as caught:
        nodes.enrol_node(
            staffed.office,
            staffed.by("admin"),
            str(given["name"]),
            staffed.areas[str(given["home"])],
            {staffed.areas["h3"]: int(str(given["homes"]))},
            str(given["public_key"]),
            NodeId(str(given["node"])) if given["node"] else None,
            given["settings"],  # type: ignore[arg-type]
        )
    assert type(caught.value) is error
    assert caught.value.problems[0].where == where


def test_a_technician_sets_a_node_and_nobody_else_does(staffed: Staffed) -> None:
    nodes.set_node(staffed.office, staffed.by("technician"), NodeId("n1"), {"warm_up": 2500, "gain_normal": -6.0})
    assert tree(staffed).nodes[NodeId("n1")].settings.warm_up == 2500
    with pytest.raises(NotAllowed):
        nodes.set_node(staffed.office, staffed.by("admin"), NodeId("n1"), {})
    with pytest.raises(NotFound):
        nodes.set_node(staffed.office, staffed.by("stranger"), NodeId("n1"), {})


def test_a_programme_is_of_one_area_and_lends_itself_to_those_below(staffed: Staffed) -> None:
    office, editor, commune = staffed.office, staffed.by("editor"), staffed.areas["commune"]
    with pytest.raises(Conflict):
        library.add_programme(office, editor, commune, "Bản tin", Kind.MUSIC, Field.GENERAL)
    with pytest.raises(Invalid):
        library.add_programme(office, editor, commune, "Báo động", Kind.ALARM, Field.GENERAL)
    assert [each.name for each in reading.programmes(office, staffed.by("head"))] == ["Bản tin"]
    assert reading.programmes(office, staffed.by("stranger")) == ()
    library.remove_programme(office, editor, staffed.programme)
    said = content(places=Places(areas=(commune,)))
    with pytest.raises(NotFound) as caught:
        broadcasts.create_broadcast(office, editor, commune, staffed.programme, FromDay(date(2026, 11, 24)), said)
    assert caught.value.problems[0].where == "programme"
    with pytest.raises(NotFound):
        library.remove_programme(office, editor, ProgrammeId("nothing"))


def test_the_same_audio_stands_once_and_in_each_library_under_its_own_title(staffed: Staffed) -> None:
    office, stranger = staffed.office, staffed.by("stranger")
    again = library.Made(sha("a"), 1, 1, None, None, None, None, "khac.mp3")
    library.register_asset(office, stranger, staffed.areas["other"], again, "Tên khác")
    (theirs,) = reading.assets(office, stranger)
    ours = reading.asset(office, staffed.by("editor"), sha("a"))
    assert (theirs.entry.title, ours.entry.title) == ("Tên khác", "Tệp a")
    assert theirs.asset.frames == ours.asset.frames == 60 * 48_000
    with pytest.raises(NotFound):
        reading.asset(office, stranger, sha("b"))
    with pytest.raises(NotAllowed):
        library.may_upload(office, staffed.by("approver"), staffed.areas["commune"])
    with pytest.raises(Invalid):
        library.register_asset(office, stranger, staffed.areas["other"], again, "  ")


def test_what_a_voice_spoke_stands_once_under_its_key(staffed: Staffed) -> None:
    office, editor = staffed.office, staffed.by("editor")
    made = library.Made(sha("e"), 1, 48_000, None, None, None, None, None)
    spoken = library.Spoken("k" * 64, "vi", "vi", "Xin chào")
    for _ in range(2):
        library.register_asset(office, editor, staffed.areas["commune"], made, "Chào", spoken)
    with view(office.engine) as session:
        (row,) = session.scalars(select(SpeechRow))
    assert (row.key, row.sha256, row.text) == ("k" * 64, sha("e"), "Xin chào")
