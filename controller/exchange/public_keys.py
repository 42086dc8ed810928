"""The public halves of our keys, written down for whoever reads old documents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.exchange.ports import Signer
from controller.storage.tables import KeyRow


def keep_keys(session: Session, signer: Signer, now: datetime) -> None:
    """Write those that are not there yet."""
    known = set(session.scalars(select(KeyRow.kid)))
    session.add_all(
        KeyRow(kid=key.kid, issuer=key.issuer, rights=list(key.rights), x=key.x, made_at=now)
        for key in signer.keys
        if key.kid not in known
    )
