"""Deciding in one act: what saving would give, and saving that asks for approval."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from controller.domain.values import AreaId, BroadcastId, ProgrammeId, Tree
from controller.operations import deciding, reading
from controller.operations.deciding import Wish
from controller.web.api.answers.deciding import LookAnswer
from controller.web.api.decisions import NewBroadcast
from controller.web.api.fields import Answer, Id
from controller.web.identity import Reader, WebPort, Writer
from controller.web.language import language_of

router = APIRouter(tags=["deciding"])


class WishBody(NewBroadcast):
    """What is to be heard: a broadcast of an area in a programme, or a new version of `broadcast` on top of `base`."""

    broadcast: Id | None = None
    base: Annotated[int, Field(ge=1, le=2**31)] | None = None

    def wish(self, tree: Tree) -> Wish:
        """As the office has it. Raises NotFound for an unknown zone."""
        return Wish(
            AreaId(self.area), ProgrammeId(self.programme), self.scope_value(), self.content(tree),
            BroadcastId(self.broadcast) if self.broadcast else None, self.base,
        )  # fmt: skip


class DecisionBody(WishBody):
    """A wish that is saved; `replace`: broadcasts whose airings in the way are left out for it."""

    submit: bool = True
    replace: Annotated[tuple[Id, ...], Field(max_length=50)] = ()


class Decided(Answer):
    """What was saved, and how it stands: draft, submitted, or approved at once."""

    broadcast: str
    version: int
    state: str


@router.post("/broadcasts/look")
def look(body: WishBody, request: Request, actor: Reader, web: WebPort) -> LookAnswer:
    """What saving would give; nothing is saved."""
    found = deciding.look(web.office, actor, body.wish(reading.tree(web.office, actor)))
    return LookAnswer.of(found, language_of(request))


@router.post("/broadcasts/decide", status_code=201)
def decide(body: DecisionBody, actor: Writer, web: WebPort) -> Decided:
    """Saves and, unless it is to stay a draft, asks for approval."""
    wish = body.wish(reading.tree(web.office, actor))
    answer = deciding.decide(web.office, actor, wish, body.submit, tuple(map(BroadcastId, body.replace)))
    return Decided(**answer)
