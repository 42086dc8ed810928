"""Assets: an upload or a text becomes one; programmes in which they air."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import StringConstraints

from controller.domain.problems import Problem
from controller.domain.values import AreaId, Field, ProgrammeId, Sha256
from controller.locale import N_
from controller.operations import library, reading
from controller.web.api.decisions import LateBody
from controller.web.api.fields import Answer, Body, HashPath, Id, IdPath, IdQuery, Line, Lines, Made
from controller.web.files import by_hash
from controller.web.identity import Reader, WebPort, Writer
from controller.web.making import keep_speech, keep_upload, title_of
from controller.web.ports import Made as MadeAsset
from controller.web.problems import HttpProblem
from playlists.models import RATE, Kind

router = APIRouter(tags=["library"])

UPLOAD_PATH = "/api/v1/assets"


class AssetAnswer(Answer):
    """An asset: length in frames at 48 kHz and seconds, loudness in LUFS, true peak in dBTP, where its bytes are."""

    sha256: str
    bytes: int
    frames: int
    seconds: float
    loudness: float | None
    true_peak: float | None
    title: str
    href: str


class SpeechWish(Body):
    """A text to be spoken into the library of an area."""

    area: Id
    text: Lines
    voice: Annotated[str, StringConstraints(max_length=40)] = "vi"
    title: Line = ""


class NewProgramme(Body):
    """An editorial strand; the late rule that comes with it is the usual one of its kind unless said."""

    area: Id
    name: Line
    kind: Literal["notice", "music", "rebroadcast"] = "notice"
    field: Field = Field.GENERAL
    late: LateBody | None = None


@router.post("/assets", status_code=201)
def upload(
    file: Annotated[UploadFile, File()],
    area: Annotated[Id, Form()],
    actor: Writer,
    web: WebPort,
    title: Annotated[Line, Form()] = "",
) -> AssetAnswer:
    """An audio file becomes an asset in the library of an area, or is refused in a sentence; then nothing is kept."""
    title = title or title_of(file.filename or "")
    return _answer(keep_upload(web, actor, AreaId(area), file, title), title)


@router.post("/speech", status_code=201)
def speak(body: SpeechWish, actor: Writer, web: WebPort) -> AssetAnswer:
    """A text becomes an asset, spoken by a voice of this machine."""
    title = body.title or body.text[:60]
    return _answer(keep_speech(web, actor, AreaId(body.area), body.text, body.voice, title), title)


@router.get("/voices")
def voices(_: Reader, web: WebPort) -> list[dict[str, str]]:
    """The voices of this machine, with their languages."""
    return [{"voice": voice, "language": language} for voice, language in web.studio.voices.items()]


@router.get("/assets/{sha256}/file")
def asset_file(sha256: HashPath, actor: Reader, web: WebPort) -> object:
    """The asset's bytes (Ogg Opus), with ranges; nodes fetch the same at /assets/{sha256}."""
    reading.asset(web.office, actor, Sha256(sha256))
    return by_hash(web.studio.asset(sha256), sha256, "audio/ogg")


@router.delete("/assets/{sha256}", status_code=204)
def remove_asset(sha256: HashPath, actor: Writer, web: WebPort, area: IdQuery = None) -> None:
    """Takes an asset out of the library of an area; broadcasts that hold it keep it."""
    if area is None:
        raise HttpProblem(422, "invalid", problems=[Problem("area", "missing", N_("This is missing."))])
    library.remove_asset(web.office, actor, AreaId(area), Sha256(sha256))


@router.post("/programmes", status_code=201)
def add_programme(body: NewProgramme, actor: Writer, web: WebPort) -> Made:
    """A new programme."""
    late = None if body.late is None else body.late.value()
    made = library.add_programme(web.office, actor, AreaId(body.area), body.name, Kind(body.kind), body.field, late)
    return Made(id=made)


@router.delete("/programmes/{programme}", status_code=204)
def remove_programme(programme: IdPath, actor: Writer, web: WebPort) -> None:
    """No new broadcasts in it."""
    library.remove_programme(web.office, actor, ProgrammeId(programme))


def _answer(made: MadeAsset, title: str) -> AssetAnswer:
    return AssetAnswer(
        sha256=made.sha256, bytes=made.bytes, frames=made.frames, seconds=round(made.frames / RATE, 3),
        loudness=made.loudness, true_peak=made.true_peak, title=title, href=f"/assets/{made.sha256}",
    )  # fmt: skip
