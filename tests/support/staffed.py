"""An office over a real database whose commune is set up: areas, nodes, audio, and a person for each role."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.owed import owed_of_plan
from controller.domain.planning import listener_at, outlook, plan
from controller.domain.values import AreaId, BroadcastId, FromDay, NodeId, PersonId, Places, ProgrammeId, Role, ZoneId
from controller.domain.values import Field as Lines
from controller.operations import approving, areas, broadcasts, library, nodes, people, setting_up
from controller.operations.acting import Actor, Office
from controller.storage import queries
from controller.storage.engine import open_database, reading, transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import AuditRow, OwedRow
from playlists.models import RATE, Kind, Number
from tests.support.commune import HCM, NOON, content, sha
from tests.support.databases import FILE, fresh_sqlite, sqlite_url

PASSWORD = "mật khẩu dài"


@dataclass
class Clock:
    """The office's clock, moved by hand."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Moves on."""
        self.now += timedelta(**span)


@dataclass
class Counted:
    """A nudge that counts."""

    times: int = 0

    def nudge(self) -> None:
        """One more."""
        self.times += 1


@dataclass
class Staffed:
    """The office under test, and the names of what stands in it."""

    office: Office
    clock: Clock
    nudges: Counted
    people: dict[str, Actor] = field(default_factory=dict)
    areas: dict[str, AreaId] = field(default_factory=dict)
    programme: ProgrammeId = field(init=False)

    def by(self, name: str) -> Actor:
        """A person: admin, editor, approver, officer, technician, auditor, head, stranger."""
        return self.people[name]

    def zone(self, area: str) -> ZoneId:
        """The zone of an area."""
        with reading(self.office.engine) as session:
            tree = queries.tree_at(session, self.clock.now)
        return next(zone.id for zone in tree.zones.values() if zone.area == self.areas[area])

    def audit(self) -> list[tuple[str, str]]:
        """Acts with the person's name, oldest first."""
        with reading(self.office.engine) as session:
            return [(row.act, row.person_name) for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]

    def approved(self, **changes: object) -> BroadcastId:
        """A broadcast in the whole commune that was submitted and approved."""
        said = content(**{"places": Places(areas=(self.areas["commune"],)), **changes})
        scope = FromDay(self.clock.now.astimezone(HCM).date())
        editor, approver = self.by("editor"), self.by("approver")
        made = BroadcastId(
            broadcasts.create_broadcast(self.office, editor, self.areas["commune"], self.programme, scope, said)
        )
        broadcasts.submit_version(self.office, editor, made, 1)
        approving.approve_version(self.office, approver, made, 1, self.digest(made))
        return made

    def digest(self, broadcast: BroadcastId) -> str:
        """Of the newest version."""
        with reading(self.office.engine) as session:
            found = queries.broadcast(session, broadcast)
        assert found is not None
        return found.versions[-1].digest

    def owe(self) -> None:
        """Write what the plans of all nodes make owed, as the exchange does when it signs them."""
        transact(self.office.engine, self._owe)

    def _owe(self, session: Session) -> None:
        now = self.clock.now
        tree, every, audio = queries.tree_at(session, now), queries.broadcasts(session), queries.assets(session)
        for node in tree.nodes.values():
            listener = listener_at(node, tree, audio)
            found = plan(listener, outlook(every, HCM, now, tree, audio), (), now, "f" * 64)
            numbered = found.model_copy(update={"number": Number(epoch=1, sequence=1)})
            owed = owed_of_plan(numbered, listener, {each.id: each for each in every})
            session.add_all(OwedRow(**owed_columns(each)) for each in owed)


@contextmanager
def staffed_office(folder: Path) -> Iterator[Staffed]:
    """Province A with the communes B (hamlets 1 to 3, a node each) and C, and one person for each role in B."""
    file, model, ids = _model()
    (folder / FILE).write_bytes(file)
    made = _opened(folder, count(ids))
    made.people, made.areas, made.programme = dict(model.people), dict(model.areas), model.programme
    made.nudges.times = model.nudges.times
    yield made
    made.office.engine.dispose()


@cache
def _model() -> tuple[bytes, Staffed, int]:
    """It is set up once and copied afterwards: its file, who and what stands in it, the number of the next id."""
    ids = count(1)
    with tempfile.TemporaryDirectory() as folder:
        fresh_sqlite(Path(folder))
        made = _opened(Path(folder), ids)
        for step in (_begin, _people, _hamlets, _library):
            step(made)
        made.office.engine.dispose()
        return Path(folder, FILE).read_bytes(), made, next(ids)


def _opened(folder: Path, ids: Iterator[int]) -> Staffed:
    clock, nudges = Clock(), Counted()
    engine = open_database(sqlite_url(folder))
    return Staffed(Office(engine, nudges, clock, lambda: f"id{next(ids):08d}"), clock, nudges)


def _begin(made: Staffed) -> None:
    setting_up.found_site(made.office, "xa-b")
    code = setting_up.setup_code(made.office) or ""
    zone, kind = "Asia/Ho_Chi_Minh", "tỉnh"
    person = setting_up.set_up(made.office, code, "Tỉnh A", kind, zone, "Quản trị", "admin", PASSWORD)
    made.people["admin"] = Actor(PersonId(person), "Quản trị")
    with reading(made.office.engine) as session:
        made.areas["province"] = next(iter(queries.tree_at(session, made.clock.now).areas))
    for name, title in (("commune", "Xã B"), ("other", "Xã C")):
        made.areas[name] = _area(made, "province", title, "xã")
    for number in (1, 2, 3):
        made.areas[f"h{number}"] = _area(made, "commune", f"Thôn {number}", "thôn")


def _area(made: Staffed, parent: str, name: str, kind: str) -> AreaId:
    return AreaId(areas.add_area(made.office, made.by("admin"), made.areas[parent], name, kind))


def _people(made: Staffed) -> None:
    roles = [
        ("editor", Role.EDITOR, "commune"),
        ("approver", Role.APPROVER, "commune"),
        ("officer", Role.DUTY_OFFICER, "commune"),
        ("technician", Role.TECHNICIAN, "commune"),
        ("auditor", Role.AUDITOR, "commune"),
        ("head", Role.DUTY_OFFICER, "h2"),
        ("stranger", Role.EDITOR, "other"),
    ]
    for name, role, area in roles:
        person = people.add_person(made.office, made.by("admin"), made.areas[area], role, name, name)
        made.people[name] = Actor(PersonId(person), name)


def _hamlets(made: Staffed) -> None:
    for number in (1, 2, 3):
        home = made.areas[f"h{number}"]
        key = f"{number}" * 43
        nodes.enrol_node(made.office, made.by("admin"), f"Loa {number}", home, {home: 100}, key, NodeId(f"n{number}"))


def _library(made: Staffed) -> None:
    editor, commune = made.by("editor"), made.areas["commune"]
    made.programme = ProgrammeId(
        library.add_programme(made.office, editor, commune, "Bản tin", Kind.NOTICE, Lines.GENERAL)
    )
    for letter, seconds in (("a", 60), ("b", 30), ("c", 10)):
        audio = library.Made(sha(letter), 6000 * seconds, seconds * RATE, -23.0, -1.0, sha("f"), "x", "tin.mp3")
        library.register_asset(made.office, editor, commune, audio, f"Tệp {letter}")
