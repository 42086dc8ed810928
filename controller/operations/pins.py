"""PINs: short secrets that start alarms, on a device that knows the person, or by somebody who is signed in.

Whoever has neither cannot try one at all. Each try is counted before it is checked, so that many at once get no further
than one after another: 5 wrong ones in a quarter of an hour, 15 in a day, whatever the device.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.problems import Problem
from controller.operations import secrets
from controller.operations.acting import Act, Actor, Office, operation, query
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotSignedIn
from controller.operations.rights import Right
from controller.operations.signing_in import SignedIn, Visit, known_device, known_person
from controller.operations.throttle import too_often
from controller.storage.engine import reading, transact
from controller.storage.tables import PersonRow, SignInFailureRow

SHORTEST, LONGEST = 6, 12
LIMITS = ((timedelta(minutes=15), 5), (timedelta(days=1), 15))
"""In how long how many wrong PINs of a person are taken."""
_WRONG = Problem("pin", "wrong_pin", "The PIN is wrong, or this device does not know you.")


@operation(Right.OWN_ACCOUNT)
def set_pin(act: Act, password: str, pin: str) -> None:
    """A new PIN of one's own, by one's password: six to twelve digits that nobody guesses first."""
    act.permit_self()
    row = act.session.get_one(PersonRow, act.actor.person)
    if not secrets.matches(password, row.password):
        raise Invalid(Problem("password", "wrong_password", "The old password is wrong."))
    if not _usable(pin):
        message = "A PIN has 6 to 12 digits, not all alike and not one after another."
        raise Invalid(Problem("pin", "bad_pin", message))
    row.pin = secrets.pin_hash(pin)
    act.record("set_pin", "person", row.id)


@query(Right.OWN_ACCOUNT)
def has_pin(act: Act) -> bool:
    """Whether the person has a PIN."""
    act.permit_self()
    return act.session.get_one(PersonRow, act.actor.person).pin is not None


def require(office: Office, actor: Actor, pin: str) -> None:
    """The PIN of somebody who is signed in. Raises NotAllowed, TooOften; Conflict where there is none."""
    with reading(office.engine) as session:
        person = session.get_one(PersonRow, actor.person)
    if person.pin is None:
        raise Conflict(Problem("pin", "no_pin", "You have no PIN yet: set one on your own page."))
    if not _right(office, person, pin):
        raise NotAllowed(_WRONG)


def enter(office: Office, username: str, pin: str, visit: Visit) -> SignedIn:
    """Who gives a PIN on a device that knows them, though their sign-in may be over. Raises NotSignedIn, TooOften."""
    name = username.strip().casefold()
    with reading(office.engine) as session:
        person = session.scalar(select(PersonRow).where(PersonRow.username == name, PersonRow.disabled_at.is_(None)))
        known = known_device(session, person, visit.device, office.clock()) is not None
    if person is None or not known or not _right(office, person, pin):
        raise NotSignedIn(_WRONG)
    with reading(office.engine) as session:
        found = known_person(session, person.id)
    if found is None:
        raise NotSignedIn(_WRONG)
    return found


def _right(office: Office, person: PersonRow, pin: str) -> bool:
    """Whether it is the PIN; a try counts as wrong until it is found right."""
    now, name = office.clock(), f"pin:{person.username}"
    tried = transact(office.engine, lambda session: _count(session, name, now))
    if person.pin is None or not secrets.matches(pin, person.pin):
        return False
    transact(office.engine, lambda session: session.delete(session.get_one(SignInFailureRow, tried)))
    return True


def _count(session: Session, name: str, now: datetime) -> int:
    for span, most in LIMITS:
        recent = select(func.count(), func.min(SignInFailureRow.at))
        recent = recent.where(SignInFailureRow.username == name, SignInFailureRow.at > now - span)
        count, first = session.execute(recent).one()
        if count >= most:
            raise too_often(first + span - now)
    row = SignInFailureRow(username=name, address=None, at=now, device_id=None)
    session.add(row)
    session.flush()
    return row.id


def _usable(pin: str) -> bool:
    if not SHORTEST <= len(pin) <= LONGEST or not (pin.isascii() and pin.isdigit()):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return len(steps) > 1 or steps.isdisjoint({0, 1, -1})
