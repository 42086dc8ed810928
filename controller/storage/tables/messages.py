"""The message book: the words of its clips, and the books that were built of them."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.storage.tables.base import Base, Counter


class MessageClipRow(Base):
    """A clip of fixed words (`value` empty) or of one value of a slot, in one language.

    A voice speaks `text`, and has spoken `spoken`; what somebody uploaded has no text.
    """

    __tablename__ = "message_clip"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    spoken: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(ForeignKey("asset.sha256"))
    by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class MessageBookRow(Base):
    """A book as it was built: the bytes that nodes fetch by their hash. The newest counts."""

    __tablename__ = "message_book"

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    sha256: Mapped[str]
    content: Mapped[bytes]
    built_at: Mapped[datetime]
