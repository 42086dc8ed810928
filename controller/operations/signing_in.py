"""Coming in and going out: sign-ins of browsers, tokens of programmes, and the throttle on both.

A password is checked outside any transaction, since that takes its time; a failure is counted in one of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.problems import Problem
from controller.domain.values import Grant, PersonId
from controller.operations import secrets
from controller.operations.acting import Act, Actor, Office, operation
from controller.operations.errors import Invalid, NotSignedIn, TooOften, not_found
from controller.operations.rights import Right
from controller.storage import queries
from controller.storage.engine import reading, transact
from controller.storage.tables import AuditRow, PersonRow, SignInFailureRow, SignInRow, TokenRow

IDLE = timedelta(hours=12)
"""A browser that asked for nothing so long has to sign in again."""
LONGEST = timedelta(days=14)
NOTED_EVERY = timedelta(minutes=5)
"""How exactly it is noted when a browser was last seen."""
WINDOW = timedelta(minutes=15)
MOST_FAILURES, MOST_FAILURES_OF_NAME, MOST_FAILURES_OF_ADDRESS = 5, 50, 30
"""Failures within WINDOW after which a user name has to wait at one address, at all of them, or an address has to."""
LONGEST_TOKEN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a browser or a programme speaks for. `form_secret` guards a browser's forms; a token has none."""

    person: PersonId
    name: str
    username: str
    language: str
    grants: tuple[Grant, ...]
    form_secret: str = ""

    def actor(self, address: str | None = None) -> Actor:
        """The person as operations know them."""
        return Actor(self.person, self.name, address)


def sign_in(office: Office, username: str, password: str, address: str | None, browser: str | None = None) -> str:
    """The secret of a new sign-in. Raises NotSignedIn, or TooOften."""
    now = office.clock()
    name = username.strip().casefold()
    with reading(office.engine) as session:
        _require_patience(session, name, address, now)
        person = session.scalar(select(PersonRow).where(PersonRow.username == name, PersonRow.disabled_at.is_(None)))
    if not secrets.matches(password, person.password if person else None) or person is None:
        transact(office.engine, lambda session: session.add(_failure(name, address, now)))
        raise NotSignedIn(Problem("", "wrong_password", "User name or password is wrong."))
    secret = secrets.random_secret()
    transact(office.engine, lambda session: _begin(session, person, secret, address, browser, now))
    return secret


def sign_out(office: Office, secret: str) -> None:
    """Ends a sign-in; one that is over or unknown is left as it is."""

    def end(session: Session) -> None:
        row = session.get(SignInRow, secrets.digest(secret))
        if row is not None and row.ended_at is None:
            row.ended_at = office.clock()

    transact(office.engine, end)


def signed_in(office: Office, secret: str) -> SignedIn | None:
    """Who a browser's secret belongs to; None if it is unknown, ended, idle too long, or the person disabled."""
    now = office.clock()
    with reading(office.engine) as session:
        row = session.get(SignInRow, secrets.digest(secret))
        if row is None or row.ended_at is not None or row.expires_at <= now or row.seen_at + IDLE <= now:
            return None
        found = _known(session, row.person_id, row.form_secret)
        seen_at, key = row.seen_at, row.secret_sha256
    if found is not None and now - seen_at >= NOTED_EVERY:
        transact(office.engine, lambda session: _note(session, SignInRow, key, "seen_at", now))
    return found


def token_holder(office: Office, secret: str) -> SignedIn | None:
    """Who a token belongs to; None if it is unknown, revoked, over, or the person disabled."""
    now = office.clock()
    with reading(office.engine) as session:
        row = session.scalar(select(TokenRow).where(TokenRow.secret_sha256 == secrets.digest(secret)))
        if row is None or row.revoked_at is not None or row.expires_at <= now:
            return None
        found = _known(session, row.person_id, "")
        used_at, key = row.used_at, row.id
    if found is not None and (used_at is None or now - used_at >= NOTED_EVERY):
        transact(office.engine, lambda session: _note(session, TokenRow, key, "used_at", now))
    return found


@operation(Right.OWN_ACCOUNT)
def make_token(act: Act, name: str, lives: timedelta = timedelta(days=90)) -> str:
    """A token that speaks for the person who asks; its secret is shown this once."""
    act.permit_self()
    if not name.strip():
        raise Invalid(Problem("name", "empty", "Give it a name."))
    if not timedelta() < lives <= LONGEST_TOKEN:
        raise Invalid(Problem("lives", "out_of_range", "A token lives for at most 400 days."))
    act.keeps_answer = False
    secret = secrets.random_secret()
    token = TokenRow(
        id=act.office.new_id(),
        secret_sha256=secrets.digest(secret),
        person_id=act.actor.person,
        name=name.strip(),
        created_at=act.now,
        expires_at=act.now + lives,
    )
    act.session.add(token)
    act.record("make_token", "token", token.id, name=token.name)
    return secret


@operation(Right.OWN_ACCOUNT)
def revoke_token(act: Act, token: str) -> None:
    """Ends one of the person's own tokens."""
    act.permit_self()
    row = act.session.get(TokenRow, token)
    if row is None or row.person_id != act.actor.person:
        raise not_found()
    row.revoked_at = row.revoked_at or act.now
    act.record("revoke_token", "token", token)


def guarded(office: Office, name: str, address: str | None, check: Callable[[], bool]) -> bool:
    """A check of something secret under the throttle: a failure is counted. Raises TooOften."""
    now = office.clock()
    with reading(office.engine) as session:
        _require_patience(session, name, address, now)
    if check():
        return True
    transact(office.engine, lambda session: session.add(_failure(name, address, now)))
    return False


def _require_patience(session: Session, username: str, address: str | None, now: datetime) -> None:
    since = now - WINDOW
    recent = select(func.count(), func.min(SignInFailureRow.at)).where(SignInFailureRow.at > since)
    name, place = SignInFailureRow.username == username, SignInFailureRow.address == address
    checks = [(recent.where(name, place), MOST_FAILURES), (recent.where(name), MOST_FAILURES_OF_NAME)]
    checks.append((recent.where(place), MOST_FAILURES_OF_ADDRESS))
    for asked, most in checks:
        count, first = session.execute(asked).one()
        if count >= most:
            wait = max(1, int((first + WINDOW - now).total_seconds()))
            minutes = str(-(-wait // 60))
            raise TooOften(
                wait,
                Problem("", "too_often", "Too many failures. Try again in {minutes} minutes.", {"minutes": minutes}),
            )


def _failure(username: str, address: str | None, now: datetime) -> SignInFailureRow:
    return SignInFailureRow(username=username, address=address, at=now)


def _begin(
    session: Session, person: PersonRow, secret: str, address: str | None, browser: str | None, now: datetime
) -> None:
    row = SignInRow(
        secret_sha256=secrets.digest(secret),
        person_id=person.id,
        form_secret=secrets.random_secret(),
        address=address,
        browser=browser,
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST,
    )
    entry = AuditRow(
        at=now,
        person_id=person.id,
        person_name=person.name,
        address=address,
        act="sign_in",
        object_kind="person",
        object_id=person.id,
        details={},
    )
    session.add_all([row, entry])


def _known(session: Session, person: str, form_secret: str) -> SignedIn | None:
    row = session.get(PersonRow, person)
    if row is None or row.disabled_at is not None:
        return None
    id_ = PersonId(row.id)
    return SignedIn(id_, row.name, row.username, row.language, queries.grants_of(session, id_), form_secret)


def _note(session: Session, table: type[SignInRow] | type[TokenRow], key: str, column: str, now: datetime) -> None:
    row = session.get(table, key)
    if row is not None:
        setattr(row, column, now)
