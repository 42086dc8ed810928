"""The message book as it was last built."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.storage.tables import MessageBookRow
from playlists.book import MessageBook
from playlists.models import BookFile


def book_file(session: Session) -> BookFile | None:
    """The file that nodes fetch; None before the first was built."""
    size = func.length(MessageBookRow.content)
    row = session.execute(select(MessageBookRow.sha256, size).order_by(MessageBookRow.id.desc()).limit(1)).first()
    return None if row is None else BookFile(sha256=row[0], bytes=row[1])


def message_book(session: Session) -> MessageBook | None:
    """What the newest book holds; None before the first was built."""
    file = book_file(session)
    if file is None:
        return None
    content = select(MessageBookRow.content).where(MessageBookRow.sha256 == file.sha256)
    return _read(session.scalars(content.limit(1)).one())


@lru_cache(maxsize=4)
def _read(content: bytes) -> MessageBook:
    return MessageBook.model_validate_json(content)
