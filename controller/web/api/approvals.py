"""Approval: what waits for whom, by paper, standing; and who approves in an area, in which order."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from controller.domain.carrying import StandingId
from controller.domain.values import AreaId, BroadcastId, PersonId, Sha256
from controller.operations import approvers, approving, standing
from controller.web.api.decisions import Day
from controller.web.api.fields import Answer, Body, Hash, Id, IdPath, Lines, Made, VersionPath
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


class AskedAnswer(Answer):
    """A version that waits for approval, or was returned; `asked`: the approver and the deputy."""

    broadcast: str
    number: int
    title: str
    author: str
    mine: bool
    returned: bool
    why: str
    at: datetime
    starts_at: datetime | None
    asked: tuple[str, ...]


class PaperAnswer(Answer):
    """An approval on paper recorded in one's name and not seen yet."""

    broadcast: str
    number: int
    title: str
    recorder: str
    recorded_at: datetime
    note: str


class StandingWish(Body):
    """An asset that may be aired in an area up to and on a day."""

    area: Id
    asset: Hash
    until: Day


class StandingAnswer(Answer):
    """A standing approval; `ends_soon`: within 7 days."""

    id: str
    area: str
    asset: str
    title: str
    until: date
    by: str
    ends_soon: bool


class Revoked(Answer):
    """How many versions rested on it."""

    versions: int


@router.get("/approvals")
def waiting(actor: Reader, web: WebPort) -> list[WaitingAnswer]:
    """What waits for one's approval, the earliest start first."""
    return [WaitingAnswer.model_validate(each) for each in approving.waiting(web.office, actor)]


@router.get("/approvals/asked")
def asked(actor: Reader, web: WebPort) -> list[AskedAnswer]:
    """What waits or was lately returned where one writes: returned first, then the earliest start."""
    return [AskedAnswer.model_validate(each) for each in approving.asked(web.office, actor)]


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


@router.get("/standing-approvals")
def standing_approvals(actor: Reader, web: WebPort) -> list[StandingAnswer]:
    """The standing approvals that count in one's branches, the first to end first."""
    return [StandingAnswer.model_validate(each) for each in standing.standing(web.office, actor)]


@router.get("/standing-approvals/ending")
def standing_ending(actor: Reader, web: WebPort) -> list[StandingAnswer]:
    """Those that end within 7 days."""
    return [StandingAnswer.model_validate(each) for each in standing.standing_ending(web.office, actor)]


@router.post("/standing-approvals", status_code=201)
def grant_standing(body: StandingWish, actor: Writer, web: WebPort) -> Made:
    """Whoever plans this asset there until then needs no other approval."""
    made = standing.grant_standing(web.office, actor, AreaId(body.area), Sha256(body.asset), body.until)
    return Made(id=made)


@router.delete("/standing-approvals/{standing_approval}")
def revoke_standing(standing_approval: IdPath, actor: Writer, web: WebPort) -> Revoked:
    """It counts no longer: later starts of what rested on it are not planned."""
    return Revoked(versions=standing.revoke_standing(web.office, actor, StandingId(standing_approval)))


@router.get("/areas/{area}/approvers")
def area_approvers(area: IdPath, actor: Reader, web: WebPort) -> list[ApproverAnswer]:
    """Who approves in an area, in the order in which they are asked."""
    return [ApproverAnswer.model_validate(each) for each in approvers.approvers(web.office, actor, AreaId(area))]


@router.put("/areas/{area}/approvers", status_code=204)
def set_approvers(area: IdPath, body: Approvers, actor: Writer, web: WebPort) -> None:
    """Another order."""
    approvers.set_approvers(web.office, actor, AreaId(area), [PersonId(each) for each in body.persons])
