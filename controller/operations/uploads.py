"""What nodes bring of themselves: each file is announced under the node's own key, for a Request that is open."""

import re
from dataclasses import dataclass
from datetime import timedelta

from joserfc.jwk import OKPKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.problems import Problem
from controller.operations.acting import Office
from controller.operations.asking import Action
from controller.operations.errors import Conflict, Invalid, NotSignedIn, not_found
from controller.storage.engine import transact
from controller.storage.tables import NodeRow, RequestRow
from playlists import wire
from playlists.reports import Upload

LARGEST = 5 * 2**20
"""Bytes that one file has at most."""
QUOTA = 20 * 2**20
"""Bytes that one node brings at most within a day."""
OPEN_FOR = timedelta(minutes=15)
"""How long after a Request's end its file may still come: the line may be slow."""
_SCHEME = re.compile(r"Loa ([A-Za-z0-9_.-]{1,4096})")


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that may come now."""

    node: str
    request: str
    sha256: str
    bytes: int


def announced(office: Office, authorization: str, sha256: str) -> Announced:
    """What a node announces: NotSignedIn for no key of ours, Conflict for no open Request, Invalid for too much."""
    token = _SCHEME.fullmatch(authorization)
    if token is None:
        raise _not_a_node()
    return transact(office.engine, lambda session: _announced(office, session, token[1].encode(), sha256))


def brought(office: Office, file: Announced) -> None:
    """The file is here, whole."""

    def work(session: Session) -> None:
        row = session.get_one(RequestRow, file.request)
        row.sha256, row.bytes, row.uploaded_at = file.sha256, file.bytes, office.clock()

    transact(office.engine, work)


def _announced(office: Office, session: Session, token: bytes, sha256: str) -> Announced:
    said = _opened(session, token)
    if said.sha256 != sha256:
        raise Invalid(Problem("sha256", "other_file", "Another file was announced."))
    row = session.get(RequestRow, said.request)
    if row is None or row.node_id != said.node or row.action != Action.UPLOAD_LOG.value or row.sent_at is None:
        raise not_found("request")
    if office.clock() > row.expires_at + OPEN_FOR or (row.uploaded_at is not None and row.sha256 != sha256):
        raise Conflict(Problem("request", "over", "This request is over."))
    day = office.clock() - timedelta(days=1)
    so_far = session.scalar(
        select(func.sum(RequestRow.bytes)).where(RequestRow.node_id == said.node, RequestRow.uploaded_at > day)
    )
    if said.bytes > LARGEST or (so_far or 0) + said.bytes > QUOTA:
        raise Invalid(Problem("bytes", "too_much", "This is more than a node may bring."))
    return Announced(said.node, said.request, sha256, said.bytes)


def _opened(session: Session, token: bytes) -> Upload:
    try:
        owner, key = _key(session, wire.read_envelope(token, wire.SHEET_LIMIT).kid)
        opened = wire.open_signed(token, lambda _: key, wire.SHEET_LIMIT)
        said = wire.decode_upload(opened.payload)
    except ValueError as error:
        raise _not_a_node() from error
    if said.node != owner:
        raise _not_a_node()
    return said


def _key(session: Session, kid: str) -> tuple[str, OKPKey | None]:
    """Whose key that is, and the key: a stranger's token costs no key of all the others."""
    rows = session.execute(select(NodeRow.id, NodeRow.public_key).where(NodeRow.removed_at.is_(None)))
    named = ((node, str(key["x"])) for node, key in rows if str(key.get("kid", node)) == kid)
    node, x = next(named, ("", ""))
    return node, wire.public_key(kid, x) if x else None


def _not_a_node() -> NotSignedIn:
    return NotSignedIn(Problem("Authorization", "not_signed_in", "Only a node's own key is taken here."))
