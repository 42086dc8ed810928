"""One airing: read as it stands, and edited: only this, from now on, or all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.values import BroadcastId, OccurrenceId, SessionId, Tree, to_ms
from controller.operations import airing as airings
from controller.operations import editing, reading
from controller.operations.editing import Edit
from controller.web.api.answers.airings import AiringAnswer, EditLookAnswer
from controller.web.api.deciding import Decided
from controller.web.api.decisions import Ids, Moment, PlaylistBody, places
from controller.web.api.fields import Body, Id, IdPath, Line
from controller.web.identity import Reader, WebPort, Writer
from controller.web.language import language_of
from controller.web.recordings import Recordings

router = APIRouter(tags=["airings"])


class ChangeBody(Body):
    """What is changed; what is not named stays. `session`: after what stands there already."""

    title: Line | None = None
    skip: bool | None = None
    starts_at: Moment | None = None
    session: Id | None = None
    zones: Ids | None = None
    playlist: PlaylistBody | None = None

    def value(self, tree: Tree) -> Change:
        """As the domain has it. Raises NotFound for an unknown zone."""
        return Change(
            self.title,
            self.skip,
            self.starts_at,
            None if self.session is None else SessionId(self.session),
            None if self.zones is None else places(self.zones, tree),
            None if self.playlist is None else tuple(each.value() for each in self.playlist),
        )


class EditBody(Body):
    """An edit on top of version `base`, which must be the newest.

    `nominals`: the airings meant, first the one whose time is changed. `rest`: from a day on, what is still to come
    today is meant, too.
    """

    base: Annotated[int, Field(ge=1, le=2**31)]
    choice: Choice
    nominals: Annotated[tuple[Moment, ...], Field(min_length=1, max_length=400)]
    change: ChangeBody
    rest: bool = False


@router.post("/broadcasts/{broadcast}/edit/look")
def look_at_edit(broadcast: IdPath, body: EditBody, request: Request, actor: Reader, web: WebPort) -> EditLookAnswer:
    """What an edit would give; nothing is saved."""
    found = editing.look_at_edit(web.office, actor, _edit(broadcast, body, reading.tree(web.office, actor)))
    return EditLookAnswer.of(found, language_of(request))


@router.post("/broadcasts/{broadcast}/edit", status_code=201)
def edit_airing(broadcast: IdPath, body: EditBody, actor: Writer, web: WebPort) -> Decided:
    """A new version of airings, which asks for approval at once."""
    wanted = _edit(broadcast, body, reading.tree(web.office, actor))
    return Decided(**editing.edit_airing(web.office, actor, wanted))


@router.get("/airings/{occurrence}")
def airing(occurrence: IdPath, actor: Reader, web: WebPort) -> AiringAnswer:
    """One airing, past, on air, or to come, with the version that governs it and its results."""
    return AiringAnswer.of(airings.airing(web.office, actor, OccurrenceId(occurrence)), Recordings(web.recordings))


def _edit(broadcast: str, body: EditBody, tree: Tree) -> Edit:
    nominals = tuple(to_ms(each) for each in body.nominals)
    return Edit(BroadcastId(broadcast), body.base, body.choice, nominals, body.change.value(tree), body.rest)
