"""People and what they may. Who holds a role may give it only below where they administer."""

import re

from sqlalchemy import func, select

from controller.domain.problems import Problem
from controller.domain.tree import branch
from controller.domain.values import AreaId, PersonId, Role
from controller.operations import secrets
from controller.operations.account import end_all
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right, may
from controller.storage.tables import GrantRow, PersonRow

LANGUAGES = ("vi", "en")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


@query(Right.PEOPLE)
def areas_to_give(act: Act) -> frozenset[AreaId]:
    """The areas in which the person may give and take roles."""
    return frozenset[AreaId]().union(*(branch(act.tree, top) for top in act.permit_somewhere()))


@operation(Right.PEOPLE)
def add_person(
    act: Act,
    area: AreaId,
    role: Role,
    name: str,
    username: str,
    password: str | None = None,
    pen_name: str | None = None,
    language: str = "vi",
) -> str:
    """A new person with a first role; gives the id. Without a password nobody signs in under this name."""
    act.permit(area, "area")
    login = checked_username(username)
    if not name.strip():
        raise Invalid(Problem("name", "empty", "Give it a name."))
    if language not in LANGUAGES:
        raise Invalid(Problem("language", "unknown_language", "There is no language named {name}.", {"name": language}))
    if act.session.scalar(select(func.count()).select_from(PersonRow).where(PersonRow.username == login)):
        raise Conflict(Problem("username", "taken", "This user name is taken."))
    person = PersonRow(
        id=act.office.new_id(),
        username=login,
        name=name.strip(),
        pen_name=pen_name,
        language=language,
        password=None if password is None else secrets.password_hash(password, login),
        created_at=act.now,
    )
    act.session.add(person)
    act.session.flush()
    _grant(act, PersonId(person.id), role, area)
    act.record("add_person", "person", person.id, area, name=person.name, username=login, role=role)
    return person.id


@operation(Right.PEOPLE)
def grant_role(act: Act, person: PersonId, role: Role, area: AreaId) -> str:
    """A further role for a person; gives the grant's id."""
    act.permit(area, "area")
    _require_known(act, person)
    same = select(GrantRow).where(GrantRow.person_id == person, GrantRow.role == role, GrantRow.area_id == area)
    if act.session.scalar(same.where(GrantRow.revoked_at.is_(None))) is not None:
        raise Conflict(Problem("role", "taken", "This person has this role there already."))
    grant = _grant(act, person, role, area)
    act.record("grant_role", "person", person, area, role=role)
    return grant


@operation(Right.PEOPLE)
def revoke_role(act: Act, grant: str) -> None:
    """Takes a role away. The last administrator of the topmost area keeps theirs."""
    row = act.session.get(GrantRow, grant)
    if row is None or row.revoked_at is not None:
        raise not_found()
    act.permit(AreaId(row.area_id))
    row.revoked_at = act.now
    _require_administrator(act)
    act.record("revoke_role", "person", row.person_id, AreaId(row.area_id), role=row.role)


@operation(Right.PEOPLE)
def disable_person(act: Act, person: PersonId) -> None:
    """Ends a person's sign-ins, tokens and roles at once; what they did stays."""
    row = _administered(act, person)
    row.disabled_at = act.now
    end_all(act, person)
    _require_administrator(act)
    act.record("disable_person", "person", person, name=row.name)


@operation(Right.PEOPLE)
def set_password(act: Act, person: PersonId, password: str) -> None:
    """A new password for somebody; their sign-ins and tokens end."""
    row = _administered(act, person)
    row.password = secrets.password_hash(password, row.username)
    end_all(act, person)
    act.record("set_password", "person", person)


@operation(Right.OWN_ACCOUNT)
def set_language(act: Act, language: str) -> None:
    """The language in which the pages speak to the person."""
    act.permit_self()
    if language not in LANGUAGES:
        raise Invalid(Problem("language", "unknown_language", "There is no language named {name}.", {"name": language}))
    _existing(act, act.actor.person).language = language
    act.record("set_language", "person", act.actor.person, language=language)


def checked_username(username: str) -> str:
    """A user name as it is kept. Raises Invalid."""
    login = username.strip().casefold()
    if not _USERNAME.fullmatch(login):
        message = "A user name has 2 to 64 of the letters a to z, digits, dot, dash, underscore and @."
        raise Invalid(Problem("username", "bad_username", message))
    return login


def _existing(act: Act, person: PersonId) -> PersonRow:
    row = act.session.get(PersonRow, person)
    if row is None or row.disabled_at is not None:
        raise not_found("person")
    return row


def _require_known(act: Act, person: PersonId) -> None:
    """Whoever has no role where the asker administers does not exist for them."""
    _existing(act, person)
    if not any(may(act.tree, act.grants, act.right, area) for area in _areas_of(act, person)):
        raise not_found("person")


def _grant(act: Act, person: PersonId, role: Role, area: AreaId) -> str:
    row = GrantRow(
        id=act.office.new_id(),
        person_id=person,
        role=role.value,
        area_id=area,
        granted_at=act.now,
        granted_by=act.actor.person,
    )
    act.session.add(row)
    return row.id


def _administered(act: Act, person: PersonId) -> PersonRow:
    """The person; only who administers every area in which they have a role may end or change them."""
    act.permit_somewhere()
    row = _existing(act, person)
    if not all(may(act.tree, act.grants, act.right, area) for area in _areas_of(act, person)):
        raise not_found("person")
    return row


def _areas_of(act: Act, person: PersonId) -> list[AreaId]:
    """Where a person has a role; who has none at all is the root's."""
    areas = act.session.scalars(
        select(GrantRow.area_id).where(GrantRow.person_id == person, GrantRow.revoked_at.is_(None))
    ).all()
    return [AreaId(area) for area in areas] or [area.id for area in act.tree.areas.values() if area.parent is None]


def _require_administrator(act: Act) -> None:
    """The topmost area is never left without an administrator."""
    act.session.flush()
    roots = [area.id for area in act.tree.areas.values() if area.parent is None]
    left = act.session.scalar(
        select(func.count())
        .select_from(GrantRow)
        .join(PersonRow, PersonRow.id == GrantRow.person_id)
        .where(GrantRow.role == Role.ADMINISTRATOR.value, GrantRow.area_id.in_(roots))
        .where(GrantRow.revoked_at.is_(None), PersonRow.disabled_at.is_(None))
    )
    if not left:
        raise Conflict(Problem("", "last_administrator", "Nobody would administer the topmost area any more."))
