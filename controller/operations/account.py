"""One's own account: where one is signed in, one's tokens, and the ends of both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from controller.domain.problems import Problem
from controller.operations import secrets
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Invalid, not_found
from controller.operations.rights import Right
from controller.operations.signing_in import is_over
from controller.storage.tables import DeviceRow, PersonRow, SignInRow, TokenRow


@dataclass(frozen=True, slots=True)
class SignInView:
    """A browser in which the person is signed in. `remembered`: it stays so for 30 days."""

    id: str
    browser: str | None
    address: str | None
    began: datetime
    seen: datetime
    ends: datetime
    remembered: bool


@dataclass(frozen=True, slots=True)
class TokenView:
    """A programme that speaks for the person."""

    id: str
    name: str
    made: datetime
    ends: datetime
    used: datetime | None


@query(Right.OWN_ACCOUNT)
def sign_ins(act: Act) -> tuple[SignInView, ...]:
    """Where the person is signed in, the latest seen first."""
    act.permit_self()
    rows = sorted(_live(act), key=lambda row: row.seen_at, reverse=True)
    return tuple(
        SignInView(
            row.id, row.browser, row.address, row.created_at, row.seen_at, row.expires_at, row.device_id is not None
        )
        for row in rows
    )


@query(Right.OWN_ACCOUNT)
def tokens(act: Act) -> tuple[TokenView, ...]:
    """The person's tokens that still count, the newest first."""
    act.permit_self()
    rows = act.session.scalars(
        select(TokenRow)
        .where(TokenRow.person_id == act.actor.person, TokenRow.revoked_at.is_(None), TokenRow.expires_at > act.now)
        .order_by(TokenRow.created_at.desc())
    )
    return tuple(TokenView(row.id, row.name, row.created_at, row.expires_at, row.used_at) for row in rows)


@operation(Right.OWN_ACCOUNT)
def end_sign_in(act: Act, sign_in: str) -> None:
    """Signs the person out in one browser, which is no longer a known device."""
    act.permit_self()
    row = next((each for each in _live(act) if each.id == sign_in), None)
    if row is None:
        raise not_found()
    end(act, [row])
    act.record("end_sign_in", "sign_in", sign_in, browser=row.browser)


@operation(Right.OWN_ACCOUNT)
def end_other_sign_ins(act: Act, kept: str) -> int:
    """Signs the person out everywhere but in one browser; gives how many sign-ins ended."""
    act.permit_self()
    others = [row for row in _live(act) if row.id != kept]
    end(act, others)
    act.record("end_other_sign_ins", "person", act.actor.person, count=len(others))
    return len(others)


@operation(Right.OWN_ACCOUNT)
def change_own_password(act: Act, old: str, new: str, kept: str = "") -> None:
    """A new password of one's own; all sign-ins but the `kept` one end, and all tokens."""
    act.permit_self()
    row = act.session.get_one(PersonRow, act.actor.person)
    if not secrets.matches(old, row.password):
        raise Invalid(Problem("old", "wrong_password", "The old password is wrong."))
    row.password = secrets.password_hash(new, row.username, "new")
    end_all(act, act.actor.person, kept)
    act.record("change_own_password", "person", row.id)


def end_all(act: Act, person: str, kept: str = "") -> None:
    """Ends a person's sign-ins but one, and their tokens, and forgets the devices of what ended."""
    rows = act.session.scalars(select(SignInRow).where(SignInRow.person_id == person, SignInRow.id != kept)).all()
    end(act, rows)
    for token in act.session.scalars(select(TokenRow).where(TokenRow.person_id == person)):
        token.revoked_at = token.revoked_at or act.now


def end(act: Act, rows: Iterable[SignInRow]) -> None:
    """Ends sign-ins and forgets their devices."""
    for row in rows:
        row.ended_at = row.ended_at or act.now
        device = None if row.device_id is None else act.session.get(DeviceRow, row.device_id)
        if device is not None:
            device.forgotten_at = act.now


def _live(act: Act) -> list[SignInRow]:
    mine = select(SignInRow).where(SignInRow.person_id == act.actor.person, SignInRow.ended_at.is_(None))
    return [row for row in act.session.scalars(mine) if not is_over(row, act.now)]
