"""Coming in and going out: sign-ins of browsers, and tokens of programmes.

A password is checked outside any transaction, since that takes its time; a failure is counted in one of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.problems import Problem
from controller.domain.values import Grant, PersonId
from controller.operations import secrets, throttle
from controller.operations.acting import Act, Actor, Office, operation
from controller.operations.errors import Invalid, NotSignedIn, not_found
from controller.operations.rights import Right
from controller.storage import queries
from controller.storage.engine import reading, transact
from controller.storage.tables import AuditRow, DeviceRow, PersonRow, SignInRow, TokenRow

IDLE = timedelta(hours=12)
"""A browser that is not remembered and asked for nothing so long has to sign in again."""
LONGEST = timedelta(days=30)
REMEMBERED = timedelta(days=180)
"""How long after the last sign-in a device counts as known."""
NOTED_EVERY = timedelta(minutes=5)
"""How exactly it is noted when a browser was last seen."""
LONGEST_TOKEN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a browser or a programme speaks for. `sign_in` is the id of a browser's sign-in; a token has none."""

    person: PersonId
    name: str
    username: str
    language: str
    grants: tuple[Grant, ...]
    sign_in: str = ""

    def actor(self, address: str | None = None) -> Actor:
        """The person as operations know them."""
        return Actor(self.person, self.name, address)


@dataclass(frozen=True, slots=True)
class Visit:
    """Where somebody signs in: address, browser, the device's secret if it brings one, whether to remember it."""

    address: str | None = None
    browser: str | None = None
    device: str | None = None
    remember: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """The secret of a new sign-in, and of the device where it is known from now on."""

    secret: str
    device: str | None = None


def sign_in(office: Office, username: str, password: str, visit: Visit) -> Entered:
    """Begins a sign-in: of 30 days on a device that is remembered, else until it is left idle.

    Raises NotSignedIn, or TooOften.
    """
    now = office.clock()
    name = username.strip().casefold()
    with reading(office.engine) as session:
        person = session.scalar(select(PersonRow).where(PersonRow.username == name, PersonRow.disabled_at.is_(None)))
        device = known_device(session, person, visit.device, now)
        trusted = device is not None and throttle.is_trusted(session, device, now)
        if not trusted:
            throttle.require_patience(session, name, visit.address, now)
    if not secrets.matches(password, person.password if person else None) or person is None:
        throttle.count_failure(office, name, visit.address, now, device if trusted else None)
        raise NotSignedIn(Problem("", "wrong_password", "User name or password is wrong."))
    entered = Entered(secrets.random_secret(), (visit.device or secrets.random_secret()) if visit.remember else None)
    transact(office.engine, lambda session: _begin(session, office, person, entered, visit, now))
    return entered


def sign_out(office: Office, secret: str, address: str | None = None) -> None:
    """Ends a sign-in; one that is over or unknown is left as it is."""

    def end(session: Session) -> None:
        row = session.get(SignInRow, secrets.digest(secret))
        if row is not None and row.ended_at is None:
            row.ended_at = office.clock()
            person = session.get_one(PersonRow, row.person_id)
            session.add(_audited(person, address, "sign_out", row.ended_at))

    transact(office.engine, end)


def signed_in(office: Office, secret: str) -> SignedIn | None:
    """Who a browser's secret belongs to; None if it is unknown, ended, idle too long, or the person disabled."""
    now = office.clock()
    with reading(office.engine) as session:
        row = session.get(SignInRow, secrets.digest(secret))
        if row is None or row.ended_at is not None or is_over(row, now):
            return None
        found = known_person(session, row.person_id, row.id)
        seen_at, key = row.seen_at, row.secret_sha256
    if found is not None and now - seen_at >= NOTED_EVERY:
        transact(office.engine, lambda session: _note(session, SignInRow, key, "seen_at", now))
    return found


def has_signed_in(office: Office, secret: str) -> bool:
    """Whether a browser's secret is that of a sign-in, however long it is over."""
    with reading(office.engine) as session:
        return session.get(SignInRow, secrets.digest(secret)) is not None


def is_over(row: SignInRow, now: datetime) -> bool:
    """Whether a sign-in has run out: at its end, or left idle on a device that is not remembered."""
    return row.expires_at <= now or (row.device_id is None and row.seen_at + IDLE <= now)


def token_holder(office: Office, secret: str) -> SignedIn | None:
    """Who a token belongs to; None if it is unknown, revoked, over, or the person disabled."""
    now = office.clock()
    with reading(office.engine) as session:
        row = session.scalar(select(TokenRow).where(TokenRow.secret_sha256 == secrets.digest(secret)))
        if row is None or row.revoked_at is not None or row.expires_at <= now:
            return None
        found = known_person(session, row.person_id)
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


def known_device(session: Session, person: PersonRow | None, secret: str | None, now: datetime) -> str | None:
    """The device's id if it is one that knows the person."""
    if person is None or secret is None:
        return None
    row = _device(session, person.id, secret)
    return row.id if row is not None and row.forgotten_at is None and row.expires_at > now else None


def _device(session: Session, person: str, secret: str) -> DeviceRow | None:
    digest = secrets.digest(secret)
    return session.scalar(select(DeviceRow).where(DeviceRow.person_id == person, DeviceRow.secret_sha256 == digest))


def _begin(session: Session, office: Office, person: PersonRow, entered: Entered, visit: Visit, now: datetime) -> None:
    device = None if entered.device is None else _remembered(session, office, person.id, entered.device, now)
    row = SignInRow(
        secret_sha256=secrets.digest(entered.secret),
        id=office.new_id(),
        person_id=person.id,
        device_id=device,
        address=visit.address,
        browser=visit.browser,
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST,
    )
    session.add_all([row, _audited(person, visit.address, "sign_in", now)])


def _remembered(session: Session, office: Office, person: str, secret: str, now: datetime) -> str:
    row = _device(session, person, secret)
    if row is None:
        row = DeviceRow(id=office.new_id(), secret_sha256=secrets.digest(secret), person_id=person, created_at=now)
        session.add(row)
    row.expires_at, row.forgotten_at = now + REMEMBERED, None
    session.flush()
    return row.id


def _audited(person: PersonRow, address: str | None, act: str, now: datetime) -> AuditRow:
    return AuditRow(
        at=now,
        person_id=person.id,
        person_name=person.name,
        address=address,
        act=act,
        object_kind="person",
        object_id=person.id,
        details={},
    )


def known_person(session: Session, person: str, sign_in: str = "") -> SignedIn | None:
    """A person as they are asked for; None for one who is disabled."""
    row = session.get(PersonRow, person)
    if row is None or row.disabled_at is not None:
        return None
    id_ = PersonId(row.id)
    return SignedIn(id_, row.name, row.username, row.language, queries.grants_of(session, id_), sign_in)


def _note(session: Session, table: type[SignInRow] | type[TokenRow], key: str, column: str, now: datetime) -> None:
    row = session.get(table, key)
    if row is not None:
        setattr(row, column, now)
