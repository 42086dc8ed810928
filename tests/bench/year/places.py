"""A commune with its hamlets, a loudspeaker node in each, its staff, sessions and programmes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from controller.domain.values import AreaId, NodeId, PersonId, ProgrammeId, Role, SessionId, Timetable, Tree
from controller.domain.values import Field as Lines
from controller.domain.values import Session as Habit
from controller.operations import areas, library, nodes, people, setting_up
from controller.operations.acting import Actor, Office
from controller.storage import queries
from controller.storage.engine import reading, transact
from controller.storage.mapping import timetables_column
from controller.storage.tables import AreaRow
from playlists import wire
from playlists.models import Kind

PASSWORD = "mật khẩu rất dài"
ZONE = "Asia/Ho_Chi_Minh"
STAFF = {
    "admin": ("Trần Văn Quản", Role.ADMINISTRATOR),
    "editor": ("Nguyễn Thị Lan", Role.EDITOR),
    "approver": ("Lê Văn Duyệt", Role.APPROVER),
    "deputy": ("Phạm Thị Hoa", Role.APPROVER),
    "officer": ("Hoàng Văn Trực", Role.DUTY_OFFICER),
    "technician": ("Vũ Văn Kỹ", Role.TECHNICIAN),
    "auditor": ("Đỗ Thị Soát", Role.AUDITOR),
}
"""The staff by username; each signs in with PASSWORD."""
PROGRAMMES = {Kind.NOTICE: "Bản tin xã", Kind.MUSIC: "Nhạc buổi sáng", Kind.REBROADCAST: "Tiếp âm đài tỉnh"}
MORNING, NOON, EVENING = (SessionId(each) for each in ("morning", "noon", "evening"))
HABITS = (
    Habit(MORNING, "Sáng", time(5, 30), 3600),
    Habit(NOON, "Trưa", time(11, 0), 1800),
    Habit(EVENING, "Chiều", time(17, 0), 3600),
)


@dataclass(frozen=True)
class Commune:
    """Who and where. `tree` is as it stands after set-up."""

    root: AreaId
    hamlets: tuple[AreaId, ...]
    nodes: tuple[NodeId, ...]
    people: dict[str, PersonId]
    programmes: dict[Kind, ProgrammeId]
    tree: Tree


def usernames() -> dict[Role, str]:
    """Under which name each role signs in."""
    return {role: username for username, (_, role) in reversed(STAFF.items())}


def found(office: Office, site: str, hamlets: int, habits_from: date) -> Commune:
    """Set the commune up, as its administrator would at the office's clock."""
    setting_up.found_site(office, site)
    name, _ = STAFF["admin"]
    code = setting_up.setup_code(office) or ""
    admin = Actor(PersonId(setting_up.set_up(office, code, "Tân Phú", "xã", ZONE, name, "admin", PASSWORD)), name)
    root = next(iter(_tree(office, office.clock()).areas))
    staff = {"admin": admin.person, **_staff(office, admin, root)}
    transact(office.engine, lambda session: _keep_habits(session, root, habits_from))
    homes = tuple(_hamlet(office, admin, root, number) for number in range(1, hamlets + 1))
    served = tuple(_node(office, admin, home, number) for number, home in enumerate(homes, 1))
    programmes = _programmes(office, Actor(staff["editor"], STAFF["editor"][0]), root)
    return Commune(root, homes, served, staff, programmes, _tree(office, office.clock()))


def _tree(office: Office, now: datetime) -> Tree:
    with reading(office.engine) as session:
        return queries.tree_at(session, now)


def _staff(office: Office, admin: Actor, root: AreaId) -> dict[str, PersonId]:
    return {
        username: PersonId(people.add_person(office, admin, root, role, name, username, PASSWORD))
        for username, (name, role) in STAFF.items()
        if username != "admin"
    }


def _keep_habits(session: Session, root: AreaId, day: date) -> None:
    session.get_one(AreaRow, root).sessions = timetables_column((Timetable(day, HABITS),))


def _hamlet(office: Office, admin: Actor, root: AreaId, number: int) -> AreaId:
    made = AreaId(areas.add_area(office, admin, root, f"Thôn {number}", "thôn", "trưởng thôn"))
    password = PASSWORD if number == 1 else None
    people.add_person(office, admin, made, Role.DUTY_OFFICER, f"Trưởng thôn {number}", f"thon{number}", password)
    return made


def _node(office: Office, admin: Actor, home: AreaId, number: int) -> NodeId:
    key = wire.public_x(wire.new_key(f"loa-{number}"))
    homes = {home: 80 + 7 * number % 120}
    return NodeId(nodes.enrol_node(office, admin, f"Cụm loa {number}", home, homes, key, NodeId(f"loa-{number}")))


def _programmes(office: Office, editor: Actor, root: AreaId) -> dict[Kind, ProgrammeId]:
    return {
        kind: ProgrammeId(library.add_programme(office, editor, root, name, kind, Lines.GENERAL))
        for kind, name in PROGRAMMES.items()
    }
