"""The first hour of an office: its site, a one-time code, and with it the first administrator."""

from datetime import date, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.checks import zone_named
from controller.domain.problems import Problem
from controller.domain.values import Area, AreaId, Language, Role, SessionId, Timetable
from controller.domain.values import Session as Sitting
from controller.operations import secrets
from controller.operations.acting import Office
from controller.operations.areas import plant, require_area
from controller.operations.errors import Conflict, Invalid
from controller.operations.people import checked_username
from controller.operations.throttle import guarded
from controller.storage.engine import reading, transact
from controller.storage.mapping import timetables_column
from controller.storage.tables import AreaRow, AuditRow, GrantRow, PersonRow, SetupCodeRow, SiteRow

CODE_LIVES = timedelta(hours=24)
USUAL = (("Sáng", time(5, 30), 3600), ("Trưa", time(11), 1800), ("Chiều", time(17), 3600))
"""The sessions with which a new office begins: as the decree is applied, two of an hour, and midday by need."""


def found_site(office: Office, site: str) -> int:
    """The site's row, made at the first start; gives its epoch. Raises Conflict if the database is another site's."""

    def unit(session: Session) -> int:
        row = session.get(SiteRow, 1)
        if row is None:
            row = SiteRow(id=1, site=site, epoch=1, created_at=office.clock())
            session.add(row)
        if row.site != site:
            params = {"site": row.site}
            raise Conflict(Problem("site", "other_site", "This database belongs to the site {site}.", params))
        return row.epoch

    return transact(office.engine, unit)


def raise_epoch(office: Office) -> int:
    """An operator's act after a restore: all documents from now on outrank those before. Gives the new epoch."""

    def unit(session: Session) -> int:
        row = session.get_one(SiteRow, 1)
        row.epoch, row.epoch_raised_at = row.epoch + 1, office.clock()
        row.plans_held_at = None
        session.add(
            AuditRow(
                at=row.epoch_raised_at,
                person_name="operator",
                act="raise_epoch",
                object_kind="site",
                object_id=row.site,
                details={"epoch": row.epoch},
            )
        )
        return row.epoch

    epoch = transact(office.engine, unit)
    office.nudge.nudge()
    return epoch


def setup_code(office: Office) -> str | None:
    """A new one-time code, of which only the newest counts; None once there is a person."""

    def unit(session: Session) -> str | None:
        if session.scalar(select(func.count()).select_from(PersonRow)):
            return None
        code, now = secrets.random_code(), office.clock()
        for row in session.scalars(select(SetupCodeRow).where(SetupCodeRow.used_at.is_(None))):
            session.delete(row)
        session.add(SetupCodeRow(code_sha256=secrets.digest(code), created_at=now, expires_at=now + CODE_LIVES))
        return code

    return transact(office.engine, unit)


def needs_setup(office: Office) -> bool:
    """Whether nobody is known yet."""
    with reading(office.engine) as session:
        return not session.scalar(select(func.count()).select_from(PersonRow))


def set_up(
    office: Office,
    code: str,
    area: str,
    kind: str,
    time_zone: str,
    name: str,
    username: str,
    password: str,
    address: str | None = None,
    languages: tuple[str, ...] = ("vi",),
) -> str:
    """The topmost area and its first administrator; gives the person's id. The code is used up."""
    if not guarded(office, "set-up", address, lambda: _code_counts(office, code)):
        raise Invalid(Problem("code", "wrong_code", "This set-up code is wrong or no longer valid."))
    root = Area(AreaId(office.new_id()), None, area, kind, None, time_zone, tuple(map(Language, languages)))
    require_area(root)
    person = _first_person(office, name, username, password)
    transact(office.engine, lambda session: _begin(session, office, code, root, person, address))
    office.nudge.nudge()
    return person.id


def _code_counts(office: Office, code: str) -> bool:
    with reading(office.engine) as session:
        return _live_code(session, office, code) is not None


def _live_code(session: Session, office: Office, code: str) -> SetupCodeRow | None:
    digest = secrets.digest(code.strip().upper())
    row = session.scalar(select(SetupCodeRow).where(SetupCodeRow.code_sha256 == digest))
    return row if row is not None and row.used_at is None and row.expires_at > office.clock() else None


def _first_person(office: Office, name: str, username: str, password: str) -> PersonRow:
    if not name.strip():
        raise Invalid(Problem("name", "empty", "Give it a name."))
    login = checked_username(username)
    return PersonRow(
        id=office.new_id(),
        username=login,
        name=name.strip(),
        language="vi",
        password=secrets.password_hash(password, login),
        created_at=office.clock(),
    )


def _begin(session: Session, office: Office, code: str, root: Area, person: PersonRow, address: str | None) -> None:
    row, now = _live_code(session, office, code), office.clock()
    if row is None or session.scalar(select(func.count()).select_from(PersonRow)):
        raise Conflict(Problem("code", "wrong_code", "This set-up code is wrong or no longer valid."))
    row.used_at = now
    zone = zone_named(root.time_zone or "")
    today = now.astimezone(zone).date()
    plant(session, root, office.new_id(), now, today)
    session.get_one(AreaRow, root.id).sessions = timetables_column((_usual(office, today),))
    session.add(person)
    session.flush()
    session.add(
        GrantRow(id=office.new_id(), person_id=person.id, role=Role.ADMINISTRATOR, area_id=root.id, granted_at=now)
    )
    session.add(
        AuditRow(
            at=now,
            person_id=person.id,
            person_name=person.name,
            address=address,
            act="set_up",
            area_id=root.id,
            object_kind="person",
            object_id=person.id,
            details={"area": root.name},
        )
    )


def _usual(office: Office, today: date) -> Timetable:
    return Timetable(today, tuple(Sitting(SessionId(office.new_id()), *each) for each in USUAL))
