"""The message book is bound: its clips are spoken where they lack, and a new book is built when they have changed.

The book's bytes follow from its clips alone, so the same clips give the same hash. The fixed words are made first: with
them a first book is bound, and what fills the slots comes with the next.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import struct
import tempfile
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Engine, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.domain.broadcasts import Refused
from controller.domain.prepared import CHIME, HOUR, LEVEL, NUMBER, PLACE, TONE, ClipText, default_words, messages
from controller.operations.ports import MadeAsset, Nudge
from controller.storage import queries
from controller.storage.books import book_file
from controller.storage.engine import StorageError, reading, transact
from controller.storage.tables import AssetRow, MessageBookRow, MessageClipRow
from playlists import wire
from playlists.book import NO_SPEECH, Clip, MessageBook

log = logging.getLogger(__name__)

T = TypeVar("T")

START_S, LOOK_S = 15.0, 10.0
"""How long after the start it begins, and how often it looks for words that changed."""
NICE = 15
"""Speaking takes what the machine has to spare: pages, plans and nodes go first."""
PAUSE_S = 0.1
AT_ONCE = 12
"""Clips that are made before the words are looked at again."""
_SLOTS = (LEVEL, PLACE, HOUR, NUMBER)
_RATE = 48_000
_TONES = {TONE: (((720, 960) * 4), 0.35), CHIME: ((880, 660, 660), 0.4)}
"""Hertz one after another, seconds of each."""


class StoredFile(Protocol):
    """A file that was kept under its hash."""

    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True)
class Bindery:
    """What makes clips and keeps files: `speak(text, voice, wav)`, `make(wav, name)`, `keep(file)`; language → voice.

    `making`: where unfinished work lies. They raise domain Refused for the words and OSError for the machine.
    """

    speak: Callable[[str, str, Path], None]
    make: Callable[[Path, str], MadeAsset]
    keep: Callable[[Path], StoredFile]
    making: Path
    voices: dict[str, str]


class Binder:
    """Keeps the book of one office as its words are."""

    def __init__(self, engine: Engine, bindery: Bindery, nudge: Nudge, clock: Callable[[], datetime]) -> None:
        self._engine, self._bindery, self._nudge, self._clock = engine, bindery, nudge, clock
        self._refused: set[tuple[str, str, str, str]] = set()

    def round(self, ended: Callable[[], bool] = lambda: False) -> None:
        """Every clip that lacks, then the book; in between too, so that what is needed most is there first."""
        if self._reading(lambda session: _missing(session, self._clock())):
            transact(self._engine, lambda session: _begin(session, self._clock()))
        while (waiting := self._reading(self._waiting)) and not ended():
            for clip in waiting[:AT_ONCE]:
                self._make(clip)
            if any(clip.name not in (HOUR, NUMBER) for clip in waiting[:AT_ONCE]):
                self.bind()
        self.bind()

    def bind(self) -> bool:
        """Builds the book of the clips there are; whether it is another than the last."""
        content = wire.dump(self._reading(_book))
        sha256 = hashlib.sha256(content).hexdigest()
        newest = self._reading(book_file)
        if newest is not None and newest.sha256 == sha256:
            return False
        with tempfile.TemporaryDirectory(dir=self._bindery.making) as folder:
            file = Path(folder, "book")
            file.write_bytes(content)
            self._bindery.keep(file)
        row = MessageBookRow(sha256=sha256, content=content, built_at=self._clock())
        transact(self._engine, lambda session: session.add(row))
        log.info("the message book is %s", sha256[:12])
        self._nudge.nudge()
        return True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Looks again and again, for the length of a `with`."""
        ended = threading.Event()
        thread = threading.Thread(target=self._run, args=(ended,), name="bookbinder", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _run(self, ended: threading.Event) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        wait = START_S
        while not ended.wait(wait):
            wait = LOOK_S
            try:
                self.round(lambda: ended.wait(PAUSE_S))
            except (StorageError, SQLAlchemyError, OSError) as error:
                log.error("the message book was not bound: %s", error)

    def _reading(self, work: Callable[[Session], T]) -> T:
        with reading(self._engine) as session:
            return work(session)

    def _waiting(self, session: Session) -> list[ClipText]:
        """The clips that have no sound of their words yet, and can have one here."""
        other = or_(MessageClipRow.spoken.is_(None), MessageClipRow.spoken != MessageClipRow.text)
        lacking = or_(MessageClipRow.sha256.is_(None), MessageClipRow.text.is_not(None) & other)
        rows = session.scalars(select(MessageClipRow).where(lacking))
        found = {(row.name, row.value, row.language): row.text for row in rows}
        keys = sorted(found, key=_need)
        texts = [ClipText(*key, found[key]) for key in keys]
        return [each for each in texts if self._can(each) and (*each.key, each.text or "") not in self._refused]

    def _can(self, clip: ClipText) -> bool:
        return clip.name in _TONES if clip.language == NO_SPEECH else clip.text is not None and self._voice(clip)

    def _voice(self, clip: ClipText) -> bool:
        return clip.language in self._bindery.voices

    def _make(self, clip: ClipText) -> None:
        try:
            with tempfile.TemporaryDirectory(dir=self._bindery.making) as folder:
                wav = Path(folder, "speech.wav")
                self._speak(clip, wav)
                made = self._bindery.make(wav, "speech.wav")
        except Refused as refused:
            log.warning("no clip says %s %s in %s: %s", clip.name, clip.value, clip.language, refused)
            self._refused.add((*clip.key, clip.text or ""))
            return
        transact(self._engine, lambda session: _keep(session, clip, made, self._clock()))

    def _speak(self, clip: ClipText, wav: Path) -> None:
        if clip.text is None:
            _write_tone(wav, *_TONES[clip.name])
            return
        self._bindery.speak(clip.text, self._bindery.voices[clip.language], wav)
        _pad(wav)


def _need(key: tuple[str, str, str]) -> tuple[int, tuple[str, str, str]]:
    """What is spoken first: fixed words, then the slots that most alarms have."""
    return (_SLOTS.index(key[0]) if key[0] in _SLOTS else -1), key


def _missing(session: Session, now: datetime) -> list[ClipText]:
    """The words with which a book begins that nobody has written yet, nor others in their place."""
    areas = queries.tree_at(session, now).areas.values()
    keys = session.execute(select(MessageClipRow.name, MessageClipRow.value, MessageClipRow.language))
    known = {(name, value, language) for name, value, language in keys}
    ordered = sorted(areas, key=lambda area: area.id)
    return [clip for clip in default_words(ordered) if clip.key not in known] if ordered else []


def _begin(session: Session, now: datetime) -> None:
    session.add_all(
        MessageClipRow(name=clip.name, value=clip.value, language=clip.language, text=clip.text, at=now)
        for clip in _missing(session, now)
    )


def _keep(session: Session, clip: ClipText, made: MadeAsset, now: datetime) -> None:
    if session.get(AssetRow, made.sha256) is None:
        asset = AssetRow(
            sha256=made.sha256, bytes=made.bytes, frames=made.frames, loudness_lufs=made.loudness,
            peak_dbtp=made.true_peak, made_at=now,
        )  # fmt: skip
        session.add(asset)
        session.flush()
    row = session.get(MessageClipRow, clip.key)
    if row is not None and row.text == clip.text:
        row.sha256, row.spoken = made.sha256, clip.text


def _book(session: Session) -> MessageBook:
    """The book of the clips that sound; what was rewritten sounds as before until its new words do."""
    rows = session.execute(
        select(MessageClipRow, AssetRow)
        .join(AssetRow, AssetRow.sha256 == MessageClipRow.sha256)
        .order_by(MessageClipRow.language != "vi", MessageClipRow.language, MessageClipRow.name, MessageClipRow.value)
    )
    clips = tuple(
        Clip(
            name=clip.name, value=clip.value, language=clip.language, sha256=asset.sha256, bytes=asset.bytes,
            frames=asset.frames,
        )
        for clip, asset in rows
    )  # fmt: skip
    return MessageBook(messages=messages() if clips else (), clips=clips)


def _write_tone(wav: Path, pitches: tuple[int, ...], seconds: float) -> None:
    samples: list[int] = []
    for pitch in pitches:
        length = int(seconds * _RATE)
        for at in range(length):
            edge = min(1.0, at / 480, (length - at) / 480)
            samples.append(int(16_000 * edge * math.sin(2 * math.pi * pitch * at / _RATE)))
    with wave.open(str(wav), "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def _pad(wav: Path) -> None:
    """A short pause after the words: clips follow one another without a gap."""
    with wave.open(str(wav), "rb") as file:
        params, frames = file.getparams(), file.readframes(file.getnframes())
    pause = bytes(params.sampwidth * params.nchannels * (params.framerate // 4))
    with wave.open(str(wav), "wb") as file:
        file.setparams(params)
        file.writeframes(frames + pause)
