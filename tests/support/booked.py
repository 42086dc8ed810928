"""A message book in an office's database: every alarm and its drill, with words, as if its clips had been spoken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.storage.engine import transact
from controller.storage.tables import MessageBookRow, MessageClipRow
from playlists import wire
from playlists.book import NO_SPEECH, Clip, MessageBook, Part, PreparedMessage
from playlists.models import Kind
from tests.support.desk import MORNING

WORDS: Mapping[str, tuple[str, ...]] = {
    "flood": ("Báo động lũ! Nước đang lên nhanh tại", "{place}", "mực nước báo động cấp", "{level}"),
    "fire": ("Cháy! Cháy! Có cháy tại", "{place}", "Bà con gần đó rời khỏi nhà ngay."),
    "storm": ("Bão khẩn cấp! Bà con vào nơi trú ẩn an toàn.",),
    "correction": ("Xin đính chính. Lời vừa phát là không đúng.",),
    "all-clear": ("Báo yên! Nguy hiểm đã qua.",),
    "closing": ("Lời báo động xin dừng tại đây.",),
}
_KINDS = {"correction": Kind.CORRECTION, "all-clear": Kind.ALL_CLEAR}
_LEVELS = ("1", "2", "3")


def with_book(engine: Engine, places: tuple[str, ...]) -> None:
    """The book of a commune of these places."""
    fixed = {f"{name}-{at}": said for name, parts in WORDS.items() for at, said in enumerate(parts) if said[0] != "{"}
    fixed |= {"drill-before": "Đây là diễn tập.", "drill-after": "Đây là diễn tập."}
    clips = [
        _clip("tone", language=NO_SPEECH), *map(_clip, fixed), *(_clip("place", each) for each in places),
        *(_clip("level", each) for each in _LEVELS),
    ]  # fmt: skip
    content = wire.dump(MessageBook(messages=tuple(_messages()), clips=tuple(clips)))

    def work(session: Session) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        session.add(MessageBookRow(sha256=sha256, content=content, built_at=MORNING))
        session.add_all(
            MessageClipRow(name=name, value="", language="vi", text=text, at=MORNING) for name, text in fixed.items()
        )

    transact(engine, work)


def _messages() -> Iterator[PreparedMessage]:
    for name, said in WORDS.items():
        parts = tuple(
            Part(name=each[1:-1], slot=True) if each[0] == "{" else Part(name=f"{name}-{at}")
            for at, each in enumerate(said)
        )
        yield PreparedMessage(name=name, kind=_KINDS.get(name, Kind.ALARM), opening=("tone",), parts=parts)
        if name not in _KINDS and name != "closing":
            framed = (Part(name="drill-before"), *parts, Part(name="drill-after"))
            yield PreparedMessage(name=f"drill-{name}", kind=Kind.DRILL, opening=("tone",), parts=framed)


def _clip(name: str, value: str = "", language: str = "vi") -> Clip:
    sha256 = hashlib.sha256(f"{name} {value} {language}".encode()).hexdigest()
    return Clip(name=name, value=value, language=language, sha256=sha256, bytes=9000, frames=48_000)
