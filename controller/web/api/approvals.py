"""Approval: what waits for whom, by paper, standing; and who approves in an area, in which order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from controller.domain.values import AreaId, BroadcastId, PersonId
from controller.operations import approvers, approving
from controller.web.api.fields import Answer, Body, Hash, Id, IdPath, Lines, VersionPath
from controller.web.identity import Reader, WebPort, Writer

router = APIRouter(tags=["approval"])

People = Annotated[tuple[Id, ...], Field(max_length=100)]


class PaperApproval(Body):
    """Who approved on paper the version with this digest, and which paper it is."""

    digest: Hash
    approver: Id
    note: Lines


class Approvers(Body):
    """The approvers of an area in the order in which they are asked; none: the order that is inherited."""

    persons: People


class ApproverAnswer(Answer):
    """Somebody who may approve in an area."""

    person: str
    name: str


class WaitingAnswer(Answer):
    """A version that waits for one's approval; `late`: its first air is at most 60 minutes ahead, or past."""

    broadcast: str
    number: int
    digest: str
    title: str
    owner: str
    areas: tuple[str, ...]
    author: str
    submitted_at: datetime
    starts_at: datetime | None
    late: bool
    turn: str
    asked: tuple[str, ...]
    link: str


class PaperAnswer(Answer):
    """An approval on paper recorded in one's name and not seen yet."""

    broadcast: str
    number: int
    title: str
    recorder: str
    recorded_at: datetime
    note: str


@router.get("/approvals")
def waiting(actor: Reader, web: WebPort) -> list[WaitingAnswer]:
    """What waits for one's approval, the earliest start first."""
    return [WaitingAnswer.model_validate(each) for each in approving.waiting(web.office, actor)]


@router.get("/approvals/on-paper")
def papers(actor: Reader, web: WebPort) -> list[PaperAnswer]:
    """What was recorded as approved by oneself on paper and not seen yet."""
    return [PaperAnswer.model_validate(each) for each in approving.papers(web.office, actor)]


@router.post("/broadcasts/{broadcast}/versions/{number}/approve-on-paper", status_code=204)
def approve_on_paper(broadcast: IdPath, number: VersionPath, body: PaperApproval, actor: Writer, web: WebPort) -> None:
    """Somebody approved the version on paper; they see it on their page."""
    approving.approve_on_paper(
        web.office, actor, BroadcastId(broadcast), number, body.digest, PersonId(body.approver), body.note
    )


@router.post("/broadcasts/{broadcast}/versions/{number}/seen", status_code=204)
def see_paper(broadcast: IdPath, number: VersionPath, actor: Writer, web: WebPort) -> None:
    """One saw what was recorded in one's name."""
    approving.see_paper(web.office, actor, BroadcastId(broadcast), number)


@router.get("/areas/{area}/approvers")
def area_approvers(area: IdPath, actor: Reader, web: WebPort) -> list[ApproverAnswer]:
    """Who approves in an area, in the order in which they are asked."""
    return [ApproverAnswer.model_validate(each) for each in approvers.approvers(web.office, actor, AreaId(area))]


@router.put("/areas/{area}/approvers", status_code=204)
def set_approvers(area: IdPath, body: Approvers, actor: Writer, web: WebPort) -> None:
    """Another order."""
    approvers.set_approvers(web.office, actor, AreaId(area), [PersonId(each) for each in body.persons])
