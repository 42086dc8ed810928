"""Requests on their way down: each signed once, for the connection that the node has now, and never kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.owed import OFFICE
from controller.domain.values import to_ms
from controller.exchange.ports import Signer
from controller.exchange.shelf import Outgoing
from controller.storage.tables import ConditionRow, RequestRow
from playlists.models import Request
from playlists.topics import Lane, Topics


def send_requests(session: Session, signer: Signer, topics: Topics, now: datetime) -> list[Outgoing]:
    """Those that were asked and wait, as messages; they count as sent with this transaction, whatever then happens."""
    waiting = session.execute(
        select(RequestRow, ConditionRow)
        .join(ConditionRow, ConditionRow.node_id == RequestRow.node_id)
        .where(RequestRow.sent_at.is_(None), RequestRow.expires_at > now, ConditionRow.online.is_(True))
        .order_by(RequestRow.asked_at, RequestRow.id)
    )
    found = []
    for row, condition in waiting:
        birth = condition.birth
        if birth is None or birth["connection"] != condition.connection_id:
            continue
        row.sent_at = now
        asked = Request(
            to=row.node_id,
            nonce=birth["nonce"],
            id=row.id,
            expires_at=to_ms(row.expires_at),
            action=row.action,
            arguments=tuple(sorted((str(name), str(value)) for name, value in row.arguments.items())),
        )
        found.append(Outgoing(topics.node(row.node_id, Lane.MSG), signer.sign(asked, OFFICE)))
    return found
