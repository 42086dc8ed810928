"""What is answered to what came up: Welcome to a birth, Acknowledgement of events, documents that a node lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from controller.domain.owed import OFFICE
from controller.domain.values import to_ms
from controller.exchange.documents import PLAN, SHEET, Current, Name
from controller.exchange.office import Standing
from controller.exchange.ports import Signer
from controller.exchange.shelf import Outgoing, Shelf
from controller.storage.ingest import Acknowledged
from controller.storage.tables import EventRow, StreamRow
from playlists.models import Acknowledgement, Welcome
from playlists.reports import Birth, Heartbeat, Held
from playlists.topics import Lane, Topics

ELSEWHERE_FOR = timedelta(hours=48)
ELSEWHERE_MOST = 500
SETTLE = timedelta(seconds=5)
"""How long after its signing a document may still be on its way to a node that says it lacks it."""
SEND_AGAIN = timedelta(seconds=30)
"""How often at most one document is sent again to one node."""
KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a Welcome says, but its time."""

    birth: Birth
    acknowledged: int
    elsewhere: tuple[str, ...]
    older: tuple[tuple[str, int], ...] = ()


def greetings(session: Session, births: Sequence[Birth], now: datetime) -> list[Greeting]:
    """What each birth is to be told, as the database stands."""
    return [_greeting(session, birth, now) for birth in births]


def _greeting(session: Session, birth: Birth, now: datetime) -> Greeting:
    held = _held(session, birth)
    older = tuple((stream, held.get(stream, 0)) for stream in birth.older)
    return Greeting(birth, held.get(birth.stream, 0), _elsewhere(session, birth, now), older)


def welcome(greeting: Greeting, lacks: Iterable[Name], now: datetime) -> Welcome:
    """The Welcome to a birth; its time is `now`."""
    birth = greeting.birth
    return Welcome(
        to=birth.node,
        nonce=birth.nonce,
        time=to_ms(now),
        stream=birth.stream,
        acknowledged=greeting.acknowledged,
        lacks=tuple("/".join(name) for name in lacks),
        elsewhere=greeting.elsewhere,
        older=greeting.older,
    )


def acknowledgement(held: Acknowledged) -> Acknowledgement:
    """The Acknowledgement of a stream."""
    return Acknowledgement(to=held.node, stream=held.stream, number=held.number, digest=held.digest)


def lacking(
    report: Birth | Heartbeat, zones: Iterable[str], issuers: Sequence[str], standing: Standing, keys: str
) -> list[Name]:
    """The documents for a node that it does not hold, or holds older."""
    held = {(each.kind, each.to, each.issuer): each for each in report.held}
    names = [(PLAN, report.node, OFFICE), *((SHEET, zone, issuer) for zone in zones for issuer in issuers)]
    found = [name for name in names if name in standing and _older(held.get(name), standing[name])]
    if not any(each.kind == KEYS and each.digest == keys for each in report.held):
        found.append((KEYS, "", ""))
    return found


def _older(held: Held | None, ours: Current) -> bool:
    return held is None or held.number < ours.number


_HELD = select(StreamRow.stream, StreamRow.number).where(
    StreamRow.node_id == bindparam("node"), StreamRow.stream.in_(bindparam("of", expanding=True))
)
_ELSEWHERE = (
    select(EventRow.occurrence_id)
    .where(EventRow.node_id == bindparam("node"), EventRow.stream != bindparam("of"))
    .where(EventRow.kind.in_(("start", "closed")), EventRow.received_at > bindparam("since"))
    .order_by(EventRow.received_at.desc())
)


def _held(session: Session, birth: Birth) -> dict[str, int]:
    """Up to which number each stream that a birth names is held."""
    found = session.connection().execute(_HELD, {"node": birth.node, "of": [birth.stream, *birth.older]})
    return {str(stream): int(number) for stream, number in found}


def _elsewhere(session: Session, birth: Birth, now: datetime) -> tuple[str, ...]:
    """Occurrences with a START or CLOSED in the node's other streams, the newest first."""
    where = {"node": birth.node, "of": birth.stream, "since": now - ELSEWHERE_FOR}
    rows = session.connection().scalars(_ELSEWHERE, where)
    return tuple(dict.fromkeys(row for row in rows if row is not None))[:ELSEWHERE_MOST]


class Resender:
    """Sends again what nodes say they lack, each document to each node at most once in a while."""

    def __init__(self, topics: Topics, shelf: Shelf, signer: Signer) -> None:
        self._topics, self._shelf, self._signer = topics, shelf, signer
        self._sent: dict[tuple[str, Name], datetime] = {}

    def again(self, node: str, lacks: Iterable[Name], now: datetime, *, at_birth: bool) -> list[Outgoing]:
        """The documents that a node lacks, as messages. At a birth, what lies at the broker is on its way already."""
        found = []
        for name in lacks:
            message = self._message(node, name, now, at_birth)
            if message is not None and self._due(node, name, now):
                found.append(message)
        return found

    def _message(self, node: str, name: Name, now: datetime, at_birth: bool) -> Outgoing | None:
        mailbox = self._topics.node(node, Lane.MSG)
        if name[0] == KEYS:
            return Outgoing(mailbox, self._signer.key_set)
        document = self._shelf.standing[name]
        if now - document.signed_at < SETTLE or (at_birth and self._shelf.lies(name)):
            return None
        if name[0] == SHEET:
            return Outgoing(mailbox, document.signed)
        return self._shelf.outgoing(document)

    def _due(self, node: str, name: Name, now: datetime) -> bool:
        last = self._sent.get((node, name))
        if last is not None and now - last < SEND_AGAIN:
            return False
        self._sent[node, name] = now
        return True
