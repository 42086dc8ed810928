"""The throttle on guessing: failures are counted, and who fails too often waits. A known device is counted by itself.

A device is *known* for a person once they signed in on it and let it be remembered. What others do wrong under that
person's name, or from the same address, never keeps it out; too many failures of its own make it a stranger again
until the window has passed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.domain.problems import Problem
from controller.operations.acting import Office
from controller.operations.errors import TooOften
from controller.storage.engine import reading, transact
from controller.storage.tables import SignInFailureRow

WINDOW = timedelta(minutes=15)
MOST_FAILURES, MOST_FAILURES_OF_NAME, MOST_FAILURES_OF_ADDRESS = 5, 50, 30
"""Failures within WINDOW after which a user name has to wait at one address, at all of them, or an address has to."""
MOST_FAILURES_OF_DEVICE = 10
"""Failures within WINDOW after which a known device is taken for a stranger."""


def guarded(office: Office, name: str, address: str | None, check: Callable[[], bool]) -> bool:
    """A check of something secret under the throttle: a failure is counted. Raises TooOften."""
    now = office.clock()
    with reading(office.engine) as session:
        require_patience(session, name, address, now)
    if check():
        return True
    count_failure(office, name, address, now)
    return False


def require_patience(session: Session, username: str, address: str | None, now: datetime) -> None:
    """Raises TooOften for a stranger where the name or the address failed too often."""
    name, place = SignInFailureRow.username == username, SignInFailureRow.address == address
    for which, most in (
        ((name, place), MOST_FAILURES),
        ((name,), MOST_FAILURES_OF_NAME),
        ((place,), MOST_FAILURES_OF_ADDRESS),
    ):
        count, first = _failures(session, now, SignInFailureRow.device_id.is_(None), *which)
        if first is not None and count >= most:
            raise too_often(first + WINDOW - now)


def is_trusted(session: Session, device: str, now: datetime) -> bool:
    """Whether a known device has failed so seldom of late that it need not wait with the strangers."""
    count, _ = _failures(session, now, SignInFailureRow.device_id == device)
    return count < MOST_FAILURES_OF_DEVICE


def count_failure(office: Office, username: str, address: str | None, now: datetime, device: str | None = None) -> None:
    """One more failure, of a known device if it is one."""
    row = SignInFailureRow(username=username, address=address, at=now, device_id=device)
    transact(office.engine, lambda session: session.add(row))


def _failures(session: Session, now: datetime, *which: ColumnElement[bool]) -> tuple[int, datetime | None]:
    recent = select(func.count(), func.min(SignInFailureRow.at)).where(SignInFailureRow.at > now - WINDOW, *which)
    count, first = session.execute(recent).one()
    return int(count), first


def too_often(left: timedelta) -> TooOften:
    """What is answered who has to wait so long."""
    wait = max(1, int(left.total_seconds()))
    params = {"minutes": str(-(-wait // 60))}
    return TooOften(wait, Problem("", "too_often", "Too many failures. Try again in {minutes} minutes.", params))
