"""What was saved: when it will sound, whether it waits for approval or carries one, and the ways on and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from starlette.responses import Response

from controller.domain import broadcasts as life
from controller.domain.tree import time_zone
from controller.domain.values import Broadcast, BroadcastId, Tree, Version, VersionState
from controller.domain.words import shown_back
from controller.locale import N_, sentence
from controller.operations import deciding, reading
from controller.operations.acting import Actor
from controller.operations.deciding import Look, Wish
from controller.operations.errors import not_found
from controller.operations.signing_in import SignedIn
from controller.web.identity import address_of
from controller.web.language import language_of
from controller.web.pages.approvals_view import state_of
from controller.web.pages.deciding_view import lunar_words
from controller.web.pages.frame import frame_of
from controller.web.pages.rendering import page
from controller.web.ports import Web
from controller.web.words import State

_SHOWN = 5
_MEANS = {
    VersionState.DRAFT: N_("It was not sent yet, and holds no place."),
    VersionState.SUBMITTED: N_("It sounds once somebody has approved it."),
    VersionState.RETURNED: N_("Somebody gave it back: write on it, and send it again."),
    VersionState.APPROVED: N_("It will sound."),
}
_CARRIED = N_("It was approved at once: it carries an approval that was given before.")
_UNWRITTEN = (VersionState.DRAFT, VersionState.RETURNED)


def saved_page(request: Request, web: Web, who: SignedIn, broadcast: BroadcastId, done: str) -> Response:
    """The page of a broadcast that was saved. Raises NotFound, and NotAllowed where the person does not write."""
    actor = who.actor(address_of(request))
    found = reading.broadcast(web.office, actor, broadcast)
    newest = life.newest(found)
    if newest is None:
        raise not_found()
    look = _look(web, actor, found, newest)
    view = saved_view(found, newest, look, reading.tree(web.office, actor), language_of(request))
    return page(request, "deciding_saved.html", frame=frame_of(request, web, who), saved=view, fresh=bool(done))


def saved_view(
    broadcast: Broadcast, newest: Version, look: Look | None, tree: Tree, language: str
) -> dict[str, Any]:  # fmt: skip
    """What the page shows, by name."""
    state, means = _state(broadcast, newest, language)
    return {
        "id": broadcast.id,
        "title": newest.content.title,
        "programme": broadcast.programme.name,
        "state": state,
        "means": means,
        "why": newest.returned_why or "",
        "airings": list(_airings(broadcast, look, tree, language)),
        "day": _day(broadcast, look, tree),
        "open": broadcast.withdrawn_at is None,
        "unwritten": broadcast.withdrawn_at is None and newest.state in _UNWRITTEN,
        "several": len(broadcast.versions) > 1,
    }


def _look(web: Web, actor: Actor, broadcast: Broadcast, newest: Version) -> Look | None:
    if broadcast.withdrawn_at is not None:
        return None
    wish = Wish(
        broadcast.owner, broadcast.programme.id, newest.scope, newest.content, broadcast.id, newest.number
    )  # fmt: skip
    return deciding.look(web.office, actor, wish)


def _state(broadcast: Broadcast, newest: Version, language: str) -> tuple[State, str]:
    """Its state, and what that means."""
    if broadcast.withdrawn_at is not None:
        gone = State("off", sentence(language, N_("Withdrawn")), "none")
        return gone, sentence(language, N_("Nothing of it sounds any more."))
    means = _CARRIED if newest.carried_from is not None else _MEANS[newest.state]
    return state_of(newest.state, language), sentence(language, means)


def _airings(broadcast: Broadcast, look: Look | None, tree: Tree, language: str) -> Iterator[str]:
    zone = time_zone(tree, broadcast.owner)
    for each in look.airings[:_SHOWN] if look else ():
        words = shown_back(
            each.starts_at, each.ends_at - each.starts_at, zone, lambda text, params: sentence(language, text, params)
        )
        yield f"{words} ({lunar_words(each.starts_at.astimezone(zone).date(), language)})"


def _day(broadcast: Broadcast, look: Look | None, tree: Tree) -> str:
    """The day of its first airing, for the way to the week."""
    if look is None or not look.airings:
        return ""
    return look.airings[0].starts_at.astimezone(time_zone(tree, broadcast.owner)).date().isoformat()
