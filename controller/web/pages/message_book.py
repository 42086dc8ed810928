"""The message book: what each prepared message says, in which languages, and who holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.locale import N_, sentence
from controller.operations import messages
from controller.operations.errors import OperationError
from controller.operations.messages import BookView, MessageView
from controller.operations.rights import Right
from controller.operations.signing_in import SignedIn
from controller.web.api.messages import Words
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.alarm_view import slot_label, tongue
from controller.web.pages.forms import Author, Given, Signed, again, given_of
from controller.web.pages.frame import frame_of, holds
from controller.web.pages.rendering import after, page
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)

_FIRST = "vi"


@dataclass(frozen=True)
class PartView:
    """A part: words that can be written anew, or a slot ("" as its clip)."""

    clip: str
    text: str
    ready: bool


@dataclass(frozen=True)
class MessageLine:
    """A message in words."""

    title: str
    parts: tuple[PartView, ...]
    whole: str
    lacking: str


@router.get("/message-book")
def book(request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """Every message with its words."""
    return _shown(request, web, who, given_of(request), done=done)


@router.post("/message-book")
def set_words(request: Request, writing: Author, web: WebPort) -> Response:
    """Other words for a clip: a voice speaks them."""
    try:
        wish = writing.read(Words)
        messages.set_words(web.office, writing.actor, wish.name, wish.text, wish.language, wish.value)
    except OperationError as error:
        return again(request, writing, error, lambda given, status: _shown(request, web, writing.who, given, status))
    return after("/message-book", "words")


def _shown(request: Request, web: Web, who: SignedIn, given: Given, status: int = 200, done: str = "") -> Response:
    found, language = messages.book(web.office, who.actor(address_of(request))), language_of(request)
    said = sentence(language, N_("The new words are being spoken. Until then the old ones sound.")) if done else ""
    return page(
        request, "message_book.html", status, frame=frame_of(request, web, who), given=given, done=said,
        lines=_lines(found, language), holding=len(found.holding), behind=len(found.behind),
        may=holds(who.grants, Right.BOOK),
    )  # fmt: skip


def _lines(book: BookView, language: str) -> tuple[MessageLine, ...]:
    words = {
        each.name: (each.text or "", each.ready) for each in book.clips if each.language == _FIRST and not each.value
    }
    return tuple(_line(each, words, language) for each in book.messages)


def _line(message: MessageView, words: Mapping[str, tuple[str, bool]], language: str) -> MessageLine:
    return MessageLine(
        message.title,
        tuple(_part(each, words, language) for each in dict.fromkeys(message.parts)),
        ", ".join(tongue(each, language) for each in message.whole),
        ", ".join(tongue(each, language) for each in message.lacking),
    )


def _part(part: str, words: Mapping[str, tuple[str, bool]], language: str) -> PartView:
    if part.startswith("{"):
        return PartView("", slot_label(part[1:-1], language), True)
    text, ready = words.get(part, ("", False))
    return PartView(part, text, ready)
