"""The message book, and bulletins in quiet hours."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints

from controller.domain.values import AreaId, ProgrammeId, Sha256, ZoneId
from controller.operations import messages, playing_now
from controller.web.api.fields import Answer, Body, Hash, Id, Line, Made, Tongue
from controller.web.api.now import PlayNowBody
from controller.web.identity import Reader, WebPort, Writer

router = APIRouter(tags=["messages"])

SlotValue = Annotated[Line, StringConstraints(max_length=40)]


class ClipName(Body):
    """A clip: fixed words by their name, or a value of a slot, in a language."""

    name: Id
    language: Tongue = "vi"
    value: SlotValue = ""


class Words(ClipName):
    """What a voice is to say."""

    text: Annotated[Line, StringConstraints(max_length=400)]


class Recorded(ClipName):
    """A recording of the library."""

    asset: Hash


class ClipAnswer(Answer):
    """A clip; without a text it is a recording."""

    name: str
    value: str
    language: str
    text: str | None
    asset: str | None
    ready: bool


class MessageAnswer(Answer):
    """A prepared message, with the languages in which it is whole, and those of nodes in which it is not."""

    name: str
    kind: str
    title: str
    parts: tuple[str, ...]
    slots: tuple[str, ...]
    whole: tuple[str, ...]
    lacking: tuple[str, ...]


class BookAnswer(Answer):
    """The message book and the nodes that hold it whole, or not yet."""

    sha256: str | None
    messages: tuple[MessageAnswer, ...]
    clips: tuple[ClipAnswer, ...]
    holding: tuple[str, ...]
    behind: tuple[str, ...]


class OutOfHours(PlayNowBody):
    """A priority bulletin of at most three minutes, with the reason that leaders see."""

    reason: Line


class OutOfHoursAnswer(Answer):
    """What was aired in quiet hours, by whom and why."""

    occurrence: str
    area: str
    title: str
    by: str
    asked_at: datetime
    reason: str


@router.get("/message-book")
def book(actor: Reader, web: WebPort) -> BookAnswer:
    """The prepared messages, their clips, what lacks, and who holds them."""
    return BookAnswer.model_validate(messages.book(web.office, actor))


@router.put("/message-book/words", status_code=204)
def set_words(body: Words, actor: Writer, web: WebPort) -> None:
    """Other words for a clip, or a new value of a slot."""
    messages.set_words(web.office, actor, body.name, body.text, body.language, body.value)


@router.put("/message-book/recordings", status_code=204)
def put_clip(body: Recorded, actor: Writer, web: WebPort) -> None:
    """A recording as a clip."""
    messages.put_clip(web.office, actor, body.name, Sha256(body.asset), body.language, body.value)


@router.post("/message-book/remove", status_code=204)
def remove_clip(body: ClipName, actor: Writer, web: WebPort) -> None:
    """Takes a clip out."""
    messages.remove_clip(web.office, actor, body.name, body.language, body.value)


@router.post("/out-of-hours", status_code=201)
def air_out_of_hours(body: OutOfHours, actor: Writer, web: WebPort) -> Made:
    """Airs a bulletin in quiet hours."""
    made = playing_now.air_out_of_hours(
        web.office, actor, AreaId(body.area), ProgrammeId(body.programme), body.title,
        tuple(each.value() for each in body.playlist), [ZoneId(zone) for zone in body.zones], body.reason,
    )  # fmt: skip
    return Made(id=made)


@router.get("/out-of-hours")
def aired_out_of_hours(actor: Reader, web: WebPort) -> list[OutOfHoursAnswer]:
    """What was aired in quiet hours within a month, with the reasons."""
    return [OutOfHoursAnswer.model_validate(each) for each in playing_now.aired_out_of_hours(web.office, actor)]
