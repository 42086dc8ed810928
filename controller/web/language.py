"""In which language an answer speaks: Vietnamese unless English was asked for."""

from __future__ import annotations

from starlette.requests import Request

from controller.locale import FIRST, LANGUAGES

COOKIE = "lang"


def language_of(request: Request) -> str:
    """The language of an answer. Pages follow the choice made on the page, the API follows Accept-Language.

    A clerk's browser is often an English one: that says nothing about what the clerk reads.
    """
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    if request.url.path.startswith("/api/"):
        return preferred(request.headers.get("accept-language", ""))
    return FIRST


def preferred(accept: str) -> str:
    """The first of our languages by the weights of an Accept-Language header."""
    best, most = FIRST, 0.0
    for part in accept.lower().split(","):
        tag, _, weight = part.partition(";")
        language, worth = tag.strip().split("-")[0], _weight(weight)
        if language in LANGUAGES and worth > most:
            best, most = language, worth
    return best


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
