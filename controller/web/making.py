"""An upload or a text becomes audio: asked first, since making takes its time; then made; then put into a library."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from starlette.datastructures import UploadFile

from controller.domain.values import AreaId, Sha256
from controller.operations import library, reading
from controller.operations.acting import Actor
from controller.operations.errors import not_found
from controller.operations.library import Spoken
from controller.web.ports import Made, Web


def keep_upload(web: Web, actor: Actor, area: AreaId, file: UploadFile, title: str) -> Made:
    """An audio file in the library of an area. Raises Refused in a sentence, with nothing kept; OSError; as library."""
    name = file.filename or ""

    def make(spool: Path) -> Made:
        with spool.open("wb") as copy:
            shutil.copyfileobj(file.file, copy, 1 << 20)
        return web.studio.make(spool, name)

    return _kept(web, actor, area, _made(web, actor, area, make), title, name)


def keep_speech(web: Web, actor: Actor, area: AreaId, text: str, voice: str, title: str) -> Made:
    """A text, spoken by a voice of this machine, in the library of an area. Raises as `keep_upload`."""
    language = web.studio.voices.get(voice, voice)
    key = hashlib.sha256(f"{voice}\n{language}\n{text}".encode()).hexdigest()
    made = hear_first(web, actor, area, text, voice)
    return _kept(web, actor, area, made, title, None, Spoken(key, voice, language, text))


def hear_first(web: Web, actor: Actor, area: AreaId, text: str, voice: str) -> Made:
    """A text as it would sound, in no library yet. Raises as `keep_upload`."""

    def make(spool: Path) -> Made:
        web.studio.speak(text, voice, spool)
        return web.studio.make(spool, "speech.wav")

    return _made(web, actor, area, make)


def keep_cut(web: Web, actor: Actor, area: AreaId, sha256: Sha256, begin: float, end: float, title: str) -> Made:
    """Seconds of an asset as an asset of its own, made from the upload where that is kept. Raises as `keep_upload`."""
    held = reading.asset(web.office, actor, sha256).asset
    source = web.studio.original(held.original_sha256 or "") or web.studio.asset(sha256)
    if source is None:
        raise not_found("item")
    library.may_upload(web.office, replace(actor, once=None), area)
    made = web.studio.cut(source, title, begin, end)
    return _kept(web, replace(actor, once=None), area, made, title, None)


def title_of(name: str) -> str:
    """What an uploaded file is called if nobody says more."""
    return Path(name).stem or name


def _made(web: Web, actor: Actor, area: AreaId, make: Callable[[Path], Made]) -> Made:
    library.may_upload(web.office, replace(actor, once=None), area)
    with tempfile.TemporaryDirectory(dir=web.studio.making) as folder:
        return make(Path(folder, "upload"))


def _kept(
    web: Web, actor: Actor, area: AreaId, made: Made, title: str, name: str | None, spoken: Spoken | None = None
) -> Made:
    known = library.Made(
        Sha256(made.sha256), made.bytes, made.frames, made.loudness, made.true_peak,
        made.original.sha256, str(made.original.path), name,
    )  # fmt: skip
    library.register_asset(web.office, actor, area, known, title, spoken)
    return made
